"""What was said and what happened: bubbles, one-line events, days, and a conversation in a list."""

from typing import Any

import reflex as rx

from careops_app.ui.components.buttons import Text, Truth, link
from careops_app.ui.components.icons import icon
from careops_app.ui.components.people import avatar
from careops_app.ui.components.state import Key, badge, state_icon, tone_of, word_of

CHANNELS = {
    "email": ("Email", "mail"),
    "sms": ("SMS", "smartphone"),
    "web": ("Contact form", "globe"),
    "note": ("Note", "sticky-note"),
}


def channel_icon(channel: Text) -> rx.Component:
    """The icon of a channel value; the word must stand beside it or be read out."""
    if isinstance(channel, str):
        return icon(CHANNELS[channel][1])
    return _channel_icon(channel=channel.to(str))


def channel_word(channel: Text) -> Text:
    """ "Email", "SMS", "Contact form", "Note"."""
    if isinstance(channel, str):
        return CHANNELS[channel][0]
    return rx.match(channel.to(str), *[(name, word) for name, (word, _) in CHANNELS.items()], "")  # pyright: ignore


def message_bubble(
    *children: Any,
    author: Text,
    side: Text,
    channel: Text,
    time: Text,
    instant: Text,
    state: Key | None = None,
    state_label: Text | None = None,
    subject: Text = "",
    why: Any = None,
    key: Any = None,
) -> rx.Component:
    """One message. `side` is "in", "out", "auto" or "note"; of an automatic one `author` is the rule's name.

    `instant` is ISO 8601, `time` what is read. `why` is the link to the reason, the delivery record, or both.
    """
    sided = rx.Var.create(side).to(str)
    lead = rx.cond(sided == "auto", rx.fragment(icon("zap"), "automation: "), rx.fragment())
    who = rx.el.div(
        rx.el.span(lead, rx.el.b(author)),
        rx.el.span(channel_icon(channel), " ", channel_word(channel)),
        rx.el.time(time, date_time=instant),
        class_name="who",
    )
    below = [badge(state, area="message", label=state_label, bare=True)] if state is not None else []
    status = rx.el.div(*below, *([why] if why is not None else []), class_name="st")
    headline = _headline(subject)
    look = rx.match(sided, ("out", "msg out"), ("auto", "msg out auto"), ("note", "msg out memo"), "msg")
    return rx.el.div(who, rx.el.div(*headline, *children, class_name="bub"), status, class_name=look, key=key)


def event_line(*words: Any, icon_name: str, time: Text, instant: Text, key: Any = None) -> rx.Component:
    """Something that happened between messages, in one line: a booking, a form, stock."""
    text = rx.el.span(*words, " ", rx.el.time(time, date_time=instant), class_name="grow")
    return rx.el.div(icon(icon_name), text, class_name="ev", key=key)


def day_line(words: Text, key: Any = None) -> rx.Component:
    """The day that begins here."""
    return rx.el.div(words, class_name="dayline", key=key)


def conversation_item(
    *states: rx.Component,
    name: Text,
    initials: Text,
    time: Text,
    instant: Text,
    channel: Text,
    line: Text,
    to: Text,
    unanswered: Truth = False,
    current: Truth = False,
    key: Any = None,
) -> rx.Component:
    """A conversation in the list: who, when, the last line, and its states as badges."""
    first = rx.el.div(rx.el.b(name, class_name="trunc"), rx.el.time(time, date_time=instant), class_name="l1")
    spoken = rx.el.span(channel_word(channel), ": ", class_name="sr")
    second = rx.el.div(channel_icon(channel), spoken, line, class_name="l2 trunc")
    third = rx.el.div(*states, class_name="l3")
    body = rx.el.div(first, second, third, class_name="grow")
    waits = rx.cond(unanswered, "cv un", "cv") if isinstance(unanswered, rx.Var) else "cv un" if unanswered else "cv"
    chosen = rx.cond(current, "true", "false") if isinstance(current, rx.Var) else "true" if current else "false"
    return rx.el.li(
        link(
            avatar(initials if isinstance(initials, rx.Var) else name),
            body,
            to=to,
            class_name=waits,
            aria_current=chosen,
        ),
        key=key,
    )


def alert_row(
    *,
    kind: Key,
    severity: Key,
    title: Text,
    why: Text,
    age: Text,
    go: Text,
    to: Text,
    menu: rx.Component | None = None,
    key: Any = None,
) -> rx.Component:
    """Something that needs a person: what, how soon, why, since when, and the one place to act. `menu` is extra."""
    severe = word_of(severity, area="severity")
    return rx.el.li(
        rx.el.span(state_icon(kind, area="alert"), class_name="ic"),
        rx.el.div(
            rx.el.h3(link(title, to=to)),
            rx.el.p(rx.el.span(severe, class_name="sev"), " ", why, class_name="why"),
            class_name="grow",
        ),
        rx.el.div(
            rx.el.span(age, class_name="age"),
            rx.el.span(go, icon("arrow-right", 14), class_name="go", aria_hidden="true"),
            class_name="meta",
        ),
        *([menu] if menu is not None else []),
        class_name="alert",
        custom_attrs={"data-tone": tone_of(kind, area="alert")},
        key=key,
    )


def _headline(subject: Text) -> list[rx.Component]:
    if isinstance(subject, rx.Var):
        return [rx.cond(subject, rx.el.span(subject, class_name="sub"), rx.fragment())]
    return [rx.el.span(subject, class_name="sub")] if subject else []


@rx.memo
def _channel_icon(channel: rx.Var[str]) -> rx.Component:
    cases = [(name, icon(drawing)) for name, (_, drawing) in CHANNELS.items()]
    return rx.fragment(rx.match(channel, *cases, icon("message-square")))
