"""The editor of one rule, in its place in the list: the sentence with pickers, the words, a trial, and what waits."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.automation.editor_state import (
    Chip,
    EditorState,
    StepLine,
    VersionLine,
    WaitLine,
    via_choices,
)
from careops_app.ui.components import button, field, icon, icon_button, note, radio, select, text_field, textarea_field

S = EditorState
PUT_IN = "(code => { const last = window.careopsField ?? document.getElementById('rule-body'); last.focus();"
PUT_IN += " last.setRangeText(code, last.selectionStart, last.selectionEnd, 'end') })"
REMEMBER = rx.call_script("window.careopsField = document.activeElement")


def editor() -> rx.Component:
    """The rule in hand."""
    return rx.el.form(
        rx.el.div(
            rx.el.span(icon("pencil-line"), "Editing version ", S.number, class_name="badge", data_tone="info"),
            rx.el.span(rx.cond(S.number > 1, f"Version {S.number - 1}", "What came with CareOps"), " counts until you save",
                       class_name="small muted"),
            class_name="row wrap",
        ),
        rx.cond(S.may_differ, _for_service(), rx.fragment()),
        _sentence(),
        _words(),
        _trial(),
        rx.el.div(
            rx.cond(S.warnings, note(rx.foreach(S.warnings, lambda each: rx.el.p(each)), tone="warn",
                                     icon_name="triangle-alert"), rx.fragment()),
            rx.cond(S.waiting_words != "", waiting_choice(S.waiting_words, S.waiting), rx.fragment()),
            id="asked", class_name="stack", aria_live="polite",
        ),
        rx.el.div(
            button(
                rx.cond(S.warnings, f"Save version {S.number} all the same", f"Save version {S.number}"),
                kind="primary", type="submit",
            ),
            button("Send a test to me", on_click=S.send_test),
            button("Discard", kind="ghost", on_click=S.shut),
            class_name="end",
        ),
        rx.cond(S.history, _history(), rx.fragment()),
        class_name="edit", on_submit=S.save, key=f"{S.key}-{S.form_key}", aria_label="Edit: " + S.name,
    )  # fmt: skip


def _for_service() -> rx.Component:
    def option(pair: Any) -> rx.Component:
        return rx.el.option(pair[1], value=pair[0], key=pair[0])

    picker = rx.el.select(
        rx.el.option("All services", value=""), rx.foreach(S.services, option), value=S.service,
        on_change=S.pick_service, class_name="input", id="rule-service",
    )  # fmt: skip
    choices = [("", "as the rule says"), ("on", "on"), ("off", "off")]
    switched = select(
        "enabled", choices, id="rule-enabled", value=S.enabled, on_change=S.pick_enabled, aria_label="On or off for it"
    )
    return rx.el.div(
        field("For", rx.el.span(picker, icon("chevron-down"), class_name="select"), id="rule-service"),
        rx.cond(S.service != "", field("It is", switched, id="rule-enabled"), rx.fragment()),
        class_name="two",
    )


def _sentence() -> rx.Component:
    more = button("One more moment", icon_name="plus", size="sm", on_click=S.add_step)
    return rx.el.div(
        rx.el.p(S.stem, class_name="sen"),
        rx.el.ul(rx.foreach(S.steps, _step), class_name="moments"),
        rx.cond(S.may_add, more, rx.fragment()),
        rx.el.p(S.errors["steps"], class_name="error", aria_live="polite"),
        class_name="stack",
    )


def _step(line: ObjectVar[StepLine]) -> rx.Component:
    def option(pair: Any) -> rx.Component:
        return rx.el.option(pair[1], value=pair[0], key=pair[0])

    lead = rx.el.span(
        rx.el.select(
            rx.el.option(line.lead, value=line.minutes), rx.foreach(S.leads, option), value=line.minutes,
            on_change=lambda minutes: S.pick_lead(line.place, minutes), class_name="input", aria_label="How long",
        ),
        icon("chevron-down"), class_name="select sm",
    )  # fmt: skip
    timed = rx.fragment(lead, rx.el.span(S.word))
    everywhere = _via(line, via_choices(False))
    mail = rx.el.span("by e-mail", class_name="strong")
    away = icon_button("x", "Remove this moment", size="sm", on_click=S.drop_step(line.place))
    return rx.el.li(
        rx.cond(S.is_timed, timed, rx.el.span("at once")),
        rx.cond(S.by_mail_only, mail, everywhere),
        rx.cond(S.may_drop, away, rx.fragment()),
        key=line.place.to_string(),
    )


def _via(line: ObjectVar[StepLine], choices: list[tuple[str, str]]) -> rx.Component:
    return select(
        "via", choices, id="", small=True, value=line.via, on_change=lambda via: S.pick_via(line.place, via),
        aria_label="Channel",
    )  # fmt: skip


def _words() -> rx.Component:
    as_text = textarea_field(
        "Text message", "text", id="rule-text", error=S.errors["text"], default_value=S.text, rows=3,
        on_blur=lambda words: S.show("text", words), on_focus=REMEMBER,
        hint="Left empty, a text carries the words of the e-mail. Short ones are read.",
    )  # fmt: skip
    return rx.el.div(
        text_field(
            "Subject of the e-mail", "subject", id="rule-subject", error=S.errors["subject"], default_value=S.subject,
            on_blur=lambda words: S.show("subject", words), on_focus=REMEMBER,
        ),
        textarea_field(
            "E-mail", "body", id="rule-body", error=S.errors["body"], default_value=S.body, rows=9,
            on_blur=lambda words: S.show("body", words), on_focus=REMEMBER,
            hint="A line whose placeholders are all empty is left out. Emptied, the standard words are back.",
        ),
        rx.cond(S.by_mail_only, rx.fragment(), as_text),
        rx.el.fieldset(
            rx.el.legend("Put in, at the cursor", class_name="label"),
            rx.el.div(rx.foreach(S.chips, _chip), class_name="chips"),
        ),
        class_name="stack",
    )  # fmt: skip


def _chip(chip: ObjectVar[Chip]) -> rx.Component:
    script = rx.Var.create(f"{PUT_IN}('{chip.code}')")
    return rx.el.button(
        chip.meaning, type="button", class_name="tag", title=chip.code, on_click=rx.call_script(script), key=chip.code
    )


def _trial() -> rx.Component:
    def option(pair: Any) -> rx.Component:
        return rx.el.option(pair[1], value=pair[0], key=pair[0])

    picker = rx.el.select(
        rx.foreach(S.samples, option), value=S.sample, on_change=S.pick_sample, class_name="input", id="rule-sample"
    )
    with_visit = field(
        "How it reads for", rx.el.span(picker, icon("chevron-down"), class_name="select"), id="rule-sample"
    )
    none = rx.el.p("How it reads, with examples", class_name="label")
    as_text = rx.el.div(
        rx.el.p(S.shown_text, class_name="letter-text"),
        rx.el.p(S.shown_parts, class_name="small muted"),
        class_name="letter",
    )
    return rx.el.section(
        rx.cond(S.samples, with_visit, none),
        rx.el.div(rx.el.b(S.shown_subject, class_name="strong"), rx.el.p(S.shown_body, class_name="letter-text"),
                  class_name="letter"),
        rx.cond(S.shown_text != "", as_text, rx.fragment()),
        aria_live="polite", class_name="stack",
    )  # fmt: skip


def waiting_choice(title: Any, lines: Any) -> rx.Component:
    """How many messages wait, the first of them, and what becomes of them."""
    return rx.el.fieldset(
        rx.el.legend(title),
        waiting_list(lines),
        rx.el.div(
            radio("Use the change for them", "waiting", "update", default_checked=True),
            radio("Keep them as they are", "waiting", "keep"),
            radio("Drop them", "waiting", "drop"),
            class_name="inline",
        ),
    )


def waiting_list(lines: Any) -> rx.Component:
    """The first messages that wait: to whom, what, when."""
    return rx.el.ul(rx.foreach(lines, _waiting), class_name="waits")


def _waiting(line: ObjectVar[WaitLine]) -> rx.Component:
    return rx.el.li(rx.el.b(line.who), rx.el.span(line.what), rx.el.time(line.when), key=line.key)


def _history() -> rx.Component:
    return rx.el.details(
        rx.el.summary("Earlier versions"), rx.el.ul(rx.foreach(S.history, _version), class_name="waits")
    )


def _version(line: ObjectVar[VersionLine]) -> rx.Component:
    return rx.el.li(rx.el.b(line.number), rx.el.span(line.what), rx.el.time(line.by), key=line.number)
