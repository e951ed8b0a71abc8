"""The outbox of this machine: what customers would have got, and a way to answer as they would."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    button,
    channel_icon,
    channel_word,
    empty,
    icon,
    pager,
    textarea_field,
)
from careops_app.ui.settings.channels.outbox_state import Kept, OutboxState, Piece

S = OutboxState


def outbox() -> rx.Component:
    """Messages that were kept here, newest first."""
    nothing = empty(
        "Nothing was kept here so far",
        "With a channel kept on this machine, every message stands here instead of leaving it. "
        "Book a visit on your booking page and its confirmation appears.",
        icon_name="inbox",
    )
    paged = pager("Newest first", to_earlier=S.older, to_later=S.newest)
    more = rx.cond((S.older != "") | (S.newest != ""), paged, rx.fragment())
    return rx.fragment(rx.cond(S.kept, rx.el.ul(rx.foreach(S.kept, _kept), class_name="kept"), nothing), more)


def _kept(message: ObjectVar[Kept]) -> rx.Component:
    headline = rx.el.summary(
        rx.el.span(channel_icon(message.channel), rx.el.span(channel_word(message.channel), class_name="sr")),
        rx.el.span(
            rx.el.b(rx.cond(message.subject != "", message.subject, message.what), class_name="strong trunc"),
            rx.el.small(f"{message.what}, to {message.recipient}", class_name="trunc"),
            class_name="grow stack tight",
        ),
        rx.el.time(message.time, date_time=message.instant, class_name="micro muted"),
    )
    invite = rx.el.p(icon("calendar-plus", 14), " With a calendar entry", class_name="small muted")
    may_answer = (message.conversation_id != 0) & (S.answering != message.id)
    return rx.el.li(
        rx.el.details(
            headline,
            rx.el.div(
                rx.el.p(rx.foreach(message.pieces, _piece), class_name="letter-text"),
                rx.cond(message.has_invite, invite, rx.fragment()),
                rx.cond(
                    may_answer,
                    button("Answer as the customer", icon_name="reply", size="sm", on_click=S.answer(message.id)),
                    rx.fragment(),
                ),
                rx.cond(S.answering == message.id, _answer_form(), rx.fragment()),
                class_name="letter",
            ),
        ),
        key=message.id.to_string(),
    )


def _piece(piece: ObjectVar[Piece]) -> rx.Component:
    out = rx.el.a(piece.text, href=piece.address, target="_blank", rel="noopener")
    return rx.fragment(rx.cond(piece.address != "", out, rx.fragment(piece.text)))


def _answer_form() -> rx.Component:
    return rx.el.form(
        textarea_field("The customer's answer", "reply_text", error=S.errors["reply_text"], rows=3),
        rx.el.div(
            button("Send the answer", kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.answer(0)),
            class_name="row wrap",
        ),
        on_submit=S.simulate,
        class_name="setup",
    )
