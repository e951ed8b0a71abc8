"""How the lines of a timeline are drawn. Opening a message is up to the screen around it."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, day_line, event_line, icon, link, message_bubble, out_link
from careops_app.ui.timeline.lines import Enclosure, Line, Piece

Open = Callable[[Any], Any]

ICONS: dict[str, tuple[str, ...]] = {
    "calendar-plus": ("booking.requested",),
    "calendar-check": ("booking.confirmed", "booking.completed", "booking.restored", "waitlist.accepted"),
    "calendar-clock": ("booking.rescheduled", "booking.resized", "booking.clock_agreed"),
    "users": ("booking.reassigned",),
    "user-check": ("booking.checked_in",),
    "user-x": ("booking.no_show",),
    "ban": ("booking.cancelled", "waitlist.left", "waitlist.declined"),
    "hourglass": ("waitlist.joined", "waitlist.offered"),
    "timer": ("waitlist.lapsed", "waitlist.days_over"),
    "send": ("form.requested",),
    "clipboard-check": ("form.submitted",),
    "clock-alert": ("form.overdue",),
    "shield-off": ("form.waived",),
    "user-plus": ("contact.created",),
    "milestone": ("contact.stage_changed",),
    "circle-play": ("conversation.automation_resumed",),
    "check": ("conversation.closed",),
}


def timeline_line(line: ObjectVar[Line], open_message: Open) -> rx.Component:
    """One line; `open_message(id)` is the event that shows how a message fared."""
    return rx.match(
        line.look,
        ("day", day_line(line.text, key=line.key)),
        ("event", _event(line)),
        ("decision", _decision(line)),
        ("idle", _idle(line)),
        _message(line, open_message),
    )  # pyright: ignore[reportReturnType]


def _message(line: ObjectVar[Line], open_message: Open) -> rx.Component:
    state = rx.cond(line.state != "", badge(line.state, area="message", bare=True), rx.fragment())
    reason = rx.cond(line.reason != "", rx.el.span(line.reason), rx.fragment())
    record = rx.el.button(line.asks, type="button", class_name="aslink", on_click=open_message(line.message_id))
    followed = rx.cond(line.followed != "", link("What followed?", to=line.followed), rx.fragment())
    asks = rx.cond(line.asks != "", record, followed)
    words = rx.foreach(line.body, _piece)
    folded = rx.el.details(rx.el.summary(line.subject), words)
    return message_bubble(
        rx.cond(line.folds, folded, words),
        _files(line),
        rx.cond(line.quoted != "", _quoted(line), rx.fragment()),
        rx.cond(line.formatted != "", _formatted(line), rx.fragment()),
        rx.foreach(line.hints, lambda hint: rx.el.p(icon("info", 14), hint, class_name="differs")),
        author=line.author, side=line.look, channel=line.channel, time=line.time, instant=line.instant,
        subject=rx.cond(line.folds, "", line.subject), why=rx.fragment(state, reason, asks),
        key=line.key,
    )  # fmt: skip


def _files(line: ObjectVar[Line]) -> rx.Component:
    return rx.cond(
        line.files.length() > 0, rx.el.ul(rx.foreach(line.files, _file), class_name="enclosed"), rx.fragment()
    )


def _file(file: ObjectVar[Enclosure]) -> rx.Component:
    there = rx.el.a(icon("paperclip", 14), file.name, href=file.href, download=True)
    gone = rx.el.span(icon("file-x", 14), file.name)
    return rx.el.li(
        rx.cond(file.href != "", there, gone), " ", rx.el.span(file.note, class_name="small muted"), key=file.key
    )


def _quoted(line: ObjectVar[Line]) -> rx.Component:
    return rx.el.details(rx.el.summary("Earlier letters"), rx.el.div(line.quoted, class_name="quoted"))


def _formatted(line: ObjectVar[Line]) -> rx.Component:
    """In a frame without scripts, forms and anything from elsewhere; links open in a tab of their own."""
    frame = rx.el.iframe(
        src=line.formatted, title="The mail as it was formatted", loading="lazy", class_name="formatted",
        custom_attrs={"sandbox": "allow-popups allow-popups-to-escape-sandbox", "referrerPolicy": "no-referrer"},
    )  # fmt: skip
    return rx.el.details(rx.el.summary("As it was formatted"), frame)


def _piece(piece: ObjectVar[Piece]) -> rx.Component:
    return rx.cond(piece.href != "", out_link(piece.text, href=piece.href), rx.fragment(piece.text))


def _event(line: ObjectVar[Line]) -> rx.Component:
    words = rx.cond(line.link != "", link(line.text, to=line.link), rx.fragment(line.text))
    drawn = rx.match(line.event, *[(*names, icon(name)) for name, names in ICONS.items()], icon("circle-dot"))
    text = rx.el.span(words, " ", rx.el.time(line.time, date_time=line.instant), class_name="grow")
    return rx.el.div(drawn, text, class_name="ev", key=line.key)


def _decision(line: ObjectVar[Line]) -> rx.Component:
    return event_line(
        "automation: ", link(line.author, to=line.link), " ", badge(line.state, area="run", bare=True), " ", line.text,
        icon_name="zap", time=line.time, instant=line.instant, key=line.key,
    )  # fmt: skip


def _idle(line: ObjectVar[Line]) -> rx.Component:
    reasons = rx.el.ul(rx.foreach(line.hints, lambda reason: rx.el.li(reason)))
    time = rx.el.time(line.time, date_time=line.instant)
    return rx.el.div(
        icon("zap"), rx.el.details(rx.el.summary(line.text, " ", time), reasons), class_name="ev idle", key=line.key
    )
