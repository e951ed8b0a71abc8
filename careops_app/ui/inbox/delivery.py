"""The delivery record of one message: why it was sent, every try, and what can be done now."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, button, drawer, link, note
from careops_app.ui.inbox.rows import Attempt
from careops_app.ui.inbox.thread_state import ThreadState

RECORD = ThreadState.record


def delivery_record() -> rx.Component:
    """A drawer over the thread."""
    actions = rx.cond(
        RECORD.may_retry | RECORD.may_drop,
        rx.fragment(
            rx.cond(
                RECORD.may_confirm,
                button("It arrived", icon_name="check", on_click=ThreadState.arrived),
                rx.fragment(),
            ),
            rx.cond(RECORD.may_drop, button("Drop it", icon_name="bell-off", on_click=ThreadState.drop), rx.fragment()),
            rx.cond(
                RECORD.may_retry,
                button("Send again", icon_name="rotate-cw", kind="primary", on_click=ThreadState.retry),
                rx.fragment(),
            ),
        ),
        rx.fragment(),
    )
    return drawer(
        RECORD.title, rx.cond(RECORD.rule != "", _why(), rx.fragment()), _state(), _tries(), _explain(),
        open=ThreadState.shows_record, on_open_change=ThreadState.set_shows_record, description=RECORD.recipient,
        actions=actions,
    )  # fmt: skip


def _why() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Why it was written", link("Open the rule", to=RECORD.rule_link)),
        rx.el.p(rx.el.b(RECORD.rule), ": ", RECORD.sentence),
        rx.el.p("Event: ", RECORD.event, class_name="small muted"),
    )


def _explain() -> rx.Component:
    return rx.el.p(link("Explain: the event, every check, every step", to=RECORD.explain_link))


def _state() -> rx.Component:
    reason = rx.cond(RECORD.reason != "", note(RECORD.reason), rx.fragment())
    return rx.el.section(
        rx.el.h3("Where it stands"), rx.el.p(badge(RECORD.state, area="message")), reason, class_name="stack"
    )


def _tries() -> rx.Component:
    none = rx.el.p("Not tried yet.", class_name="small muted")
    return rx.el.section(
        rx.el.h3("Tries to deliver it"),
        rx.cond(ThreadState.tries, rx.el.ol(rx.foreach(ThreadState.tries, _try), class_name="tries"), none),
    )


def _try(each: ObjectVar[Attempt]) -> rx.Component:
    return rx.el.li(
        rx.el.span(each.word, class_name="tonetext strong", custom_attrs={"data-tone": each.tone}),
        rx.el.time(each.time, class_name="small muted"),
        rx.cond(each.detail != "", rx.el.q(each.detail, class_name="small"), rx.fragment()),
        key=each.key,
    )
