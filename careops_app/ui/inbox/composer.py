"""The composer: channel, what sending will hold, the text, Send. What is typed stays in the browser (assets/inbox.js)."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, icon
from careops_app.ui.inbox.rows import NOTE, Choice, Waiting
from careops_app.ui.inbox.thread_state import ThreadState


def composer() -> rx.Component:
    """The form below the thread."""
    return rx.el.form(
        rx.el.input(type="hidden", name="conversation", value=f"{ThreadState.conversation_id}"),
        rx.el.input(type="hidden", name="client_key", value=ThreadState.send_key),
        rx.el.input(type="hidden", name="seen", default_value=""),
        rx.el.div(_channels(), rx.el.span(ThreadState.to, class_name="small muted addr"), class_name="to"),
        _closed(),
        _told(ThreadState.newer, "warn", "message-square-dot"),
        _told(ThreadState.refusal, "bad", "circle-alert"),
        rx.cond((ThreadState.will_title != "") & (ThreadState.channel != NOTE), _will_hold(), rx.fragment()),
        rx.el.textarea(
            name="body", rows="2", aria_label="Message to " + ThreadState.name, placeholder=_placeholder(),
            custom_attrs={"data-reply": "1"}, key=ThreadState.draft,
        ),
        _foot(),
        class_name="cmp",
        aria_label="Reply to " + ThreadState.first_name,
        on_submit=ThreadState.send,
        custom_attrs={"data-draft": ThreadState.draft, "data-last-reply": ThreadState.last_reply},
    )  # fmt: skip


def _channels() -> rx.Component:
    return rx.el.span(
        rx.foreach(ThreadState.channels, _channel), class_name="seg", role="radiogroup", aria_label="Channel"
    )


def _channel(choice: ObjectVar[Choice]) -> rx.Component:
    drawn = rx.match(choice.kind, ("sms", icon("smartphone", 14)), ("email", icon("mail", 14)), icon("sticky-note", 14))
    reason = rx.cond(choice.why_not != "", rx.el.span(". ", choice.why_not, class_name="sr"), rx.fragment())
    return rx.el.button(
        drawn, choice.word, reason, type="button", role="radio", title=choice.why_not,
        aria_checked=rx.cond(choice.kind == ThreadState.channel, "true", "false"),
        aria_disabled=rx.cond(choice.why_not != "", "true", "false"),
        on_click=ThreadState.pick(choice.kind), key=choice.kind,
    )  # fmt: skip


def _closed() -> rx.Component:
    words = rx.el.span("This conversation is closed. Sending opens it again.")
    return rx.cond(ThreadState.closed, rx.el.div(icon("check"), words, class_name="will", role="note"), rx.fragment())


def _told(words: Any, tone: str, drawing: str) -> rx.Component:
    """Why it was not sent; nothing while there is nothing to say."""
    said = rx.el.div(
        icon(drawing), rx.el.span(words), class_name="will told", role="alert", custom_attrs={"data-tone": tone}
    )
    return rx.cond(words != "", said, rx.fragment())


def _will_hold() -> rx.Component:
    keep = rx.el.label(
        rx.el.input(type="checkbox", checked=ThreadState.keep, on_change=ThreadState.set_keep),
        rx.el.span("Keep booking reminders going"),
        class_name="check",
    )
    return rx.el.div(
        icon("circle-pause"),
        rx.el.div(
            rx.el.b(rx.cond(ThreadState.keep, ThreadState.will_title_kept, ThreadState.will_title)),
            rx.el.ul(rx.foreach(ThreadState.will, _held_then)),
            rx.cond(ThreadState.has_reminders, keep, rx.fragment()),
        ),
        class_name="will",
        role="note",
    )


def _held_then(each: ObjectVar[Waiting]) -> rx.Component:
    kept = ThreadState.keep & each.is_reminder
    words = rx.cond(kept, rx.el.span(each.when, ", ", each.what, ": goes out"), rx.el.span(each.when, ", ", each.what))
    return rx.el.li(words, key=each.key)


def _placeholder() -> rx.Var[str]:
    return rx.match(
        ThreadState.channel,
        (NOTE, "A note for the team"),
        ("sms", "Write a text message"),
        "Write an email",
    )  # pyright: ignore[reportReturnType]


def _foot() -> rx.Component:
    booking_link = rx.el.button(
        icon("calendar-plus"), type="button", class_name="btn icon sm ghost", aria_label="Insert the booking link",
        title="Insert the booking link", custom_attrs={"data-insert": ThreadState.booking_page},
    )  # fmt: skip
    beside = rx.el.span(
        rx.cond(ThreadState.channel == "sms", rx.el.span(custom_attrs={"data-count": "1"}), rx.fragment()),
        rx.cond(ThreadState.captured, rx.el.span("Nothing leaves this machine"), rx.fragment()),
        class_name="cnt",
    )
    label: Any = rx.match(ThreadState.channel, (NOTE, "Save note"), ("sms", "Send SMS"), "Send email")
    named: Any = rx.cond(ThreadState.newer != "", "Send anyway", label)
    send = button(named, icon_name="send", kind="primary", size="sm", type="submit")
    return rx.el.div(booking_link, beside, send, class_name="foot")
