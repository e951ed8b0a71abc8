"""The message plan of the open booking: what went, what will go, when and why; one can be skipped or reworded."""

from typing import Any

import reflex as rx

from careops_app.ui.bookings.plan_state import PlanState
from careops_app.ui.components import (
    badge,
    button,
    channel_word,
    closing,
    dialog,
    link,
    text_field,
    textarea_field,
)

S = PlanState


def plan_line(line: Any) -> rx.Component:
    """One message: when, what, over which channel, its state, and what may still be decided about it."""
    channel = rx.cond(line.channel != "", rx.el.span(channel_word(line.channel)), rx.fragment())
    reason = rx.cond(line.reason != "", rx.el.span(" ", line.reason), rx.fragment())
    why = rx.cond(line.why != "", link("Why?", to=line.why, aria_label="Why: " + line.what), rx.fragment())
    return rx.el.li(
        rx.el.time(line.when),
        rx.el.div(
            rx.el.b(line.what), rx.el.small(channel, reason), rx.cond(line.id != "", _choices(line), rx.fragment())
        ),
        rx.el.div(badge(line.state, bare=True), why, class_name="r"),
        key=line.key,
    )


def _choices(line: Any) -> rx.Component:
    back = _choice("Send after all", line, S.go(line.id))
    change = rx.fragment(_choice("Reword", line, S.reword(line.id)), _choice("Skip", line, S.skip(line.id)))
    return rx.el.div(rx.cond(line.skipped, back, change), class_name="acts-in")


def _choice(word: str, line: Any, press: Any) -> rx.Component:
    return rx.el.button(word, type="button", class_name="aslink", on_click=press, aria_label=f"{word}: {line.what}")


def reword_dialog() -> rx.Component:
    """The words of one message of this booking."""
    form = rx.el.form(
        text_field("Subject of the e-mail", "subject", id="plan-subject", error=S.errors["subject"], default_value=S.subject),
        textarea_field(
            "E-mail", "body", id="plan-body", error=S.errors["body"], default_value=S.body, rows=10,
            hint="Words in double braces are filled in when it leaves, so a moved visit is told with its new time.",
        ),
        textarea_field(
            "Text message", "text", id="plan-text", error=S.errors["text"], default_value=S.text, rows=3,
            hint="Left empty, a text carries the words of the e-mail.",
        ),
        rx.el.div(closing(button("Leave it")), button("Use these words", kind="primary", type="submit"), class_name="end"),
        on_submit=S.save, class_name="stack", key=S.key,
    )  # fmt: skip
    return dialog(
        "Reword: " + S.title, form, text="For this one message. The rule stays as it is.",
        open=S.key != "", on_open_change=S.leave, wide=True,
    )  # fmt: skip
