"""The editor of one automatic message: its text, what may be put into it, and how it will read."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, icon, link, note, text_field, textarea_field
from careops_app.ui.settings.wordings.state import Chip, TemplateLine, WordingState

S = WordingState
PUT_IN = "(code => { const box = document.getElementById('body'); box.focus();"
PUT_IN += " box.setRangeText(code, box.selectionStart, box.selectionEnd, 'end') })"


def wording_editor() -> rx.Component:
    """The message in hand."""
    return rx.el.div(
        _choice(),
        rx.cond(S.rule != "", _of_rule(), rx.fragment()),
        rx.el.form(
            text_field("Subject", "subject", error=S.errors["subject"], default_value=S.subject, on_blur=S.show_subject),
            textarea_field(
                "Text", "body", error=S.errors["body"], default_value=S.body, on_blur=S.show_body, rows=12,
                hint="A line whose placeholders are all empty is left out.",
            ),
            _chips(),
            rx.el.div(
                button("Save the text", kind="primary", type="submit"),
                rx.cond(S.is_own, button("Back to the first text", on_click=S.restore), rx.fragment()),
                class_name="row wrap",
            ),
            on_submit=S.save,
            class_name="setup",
            key=f"wording-{S.version}",
        ),
        _preview(),
        class_name="write",
    )  # fmt: skip


def _of_rule() -> rx.Component:
    """Which rule sends it, and whether that has words of its own, which count before these."""
    to = link("Open the rule", to="/app/automation/?edit=" + S.rule)
    first = rx.cond(
        S.rule_has_own, " has words of its own, which are used instead of these. ",
        " sends these words. Words for texts, or for one service, are set with the rule. ",
    )  # fmt: skip
    return note("The rule “", S.rule_name, "”", first, to, tone=rx.cond(S.rule_has_own, "warn", "info"))


def _choice() -> rx.Component:
    def option(line: ObjectVar[TemplateLine]) -> rx.Component:
        return rx.el.option(line.title, value=line.key, key=line.key)

    picked = rx.el.select(
        rx.foreach(S.lines, option), value=S.template, on_change=S.show, class_name="input", id="template"
    )
    return rx.el.div(
        rx.el.label("Message", html_for="template"),
        rx.el.span(picked, icon("chevron-down"), class_name="select"),
        class_name="field",
    )


def _chips() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Put in, at the cursor", class_name="label"),
        rx.el.div(rx.foreach(S.chips, _chip), class_name="chips"),
    )


def _chip(chip: ObjectVar[Chip]) -> rx.Component:
    script = rx.Var.create(f"{PUT_IN}('{chip.code}')")
    return rx.el.button(
        chip.meaning, type="button", class_name="tag", title=chip.code, on_click=rx.call_script(script), key=chip.code
    )


def _preview() -> rx.Component:
    return rx.el.section(
        rx.el.h3("How it reads, with example values"),
        rx.el.div(
            rx.el.b(S.shown_subject, class_name="strong"), rx.el.p(S.shown_body, class_name="letter-text"),
            class_name="letter",
        ),
        aria_live="polite",
        class_name="stack",
    )  # fmt: skip
