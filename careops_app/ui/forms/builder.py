"""The builder of a form: its questions in place, and beside them the phone that shows what customers see."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.forms.rules import QuestionKind
from careops_app.ui.components import (
    back_link,
    badge,
    body,
    button,
    checkbox,
    empty,
    icon,
    icon_button,
    link_button,
    note,
    select,
    text_field,
    textarea_field,
)
from careops_app.ui.forms.builder_dialogs import renaming
from careops_app.ui.forms.builder_side import documents, usage
from careops_app.ui.forms.builder_state import KINDS, NEW, Asked, BuilderState
from careops_app.ui.forms.preview import preview

S = BuilderState
ICONS: dict[QuestionKind, str] = {
    QuestionKind.TEXT: "type",
    QuestionKind.LONG_TEXT: "text",
    QuestionKind.NUMBER: "hash",
    QuestionKind.DATE: "calendar",
    QuestionKind.CHOICE: "circle-dot",
    QuestionKind.CHECKBOX: "square-check",
    QuestionKind.FILE: "upload",
    QuestionKind.CONSENT: "shield-check",
    QuestionKind.SIGNATURE: "signature",
}
SHORT: dict[QuestionKind, str] = {
    QuestionKind.TEXT: "Text",
    QuestionKind.LONG_TEXT: "Long text",
    QuestionKind.NUMBER: "Number",
    QuestionKind.DATE: "Date",
    QuestionKind.CHOICE: "Choice",
    QuestionKind.CHECKBOX: "Boxes",
    QuestionKind.FILE: "File",
    QuestionKind.CONSENT: "Consent",
    QuestionKind.SIGNATURE: "Signature",
}


def builder() -> rx.Component:
    """The form in hand, or why there is none."""
    return rx.cond(S.shown, rx.fragment(_head(), _board(), renaming()), rx.cond(S.gone, _gone(), _owners_only()))


def _head() -> rx.Component:
    phone = button(
        rx.cond(S.is_preview, "Questions", "Preview"), icon_name="eye", class_name="phone",
        on_click=S.preview(~S.is_preview), aria_pressed=rx.cond(S.is_preview, "true", "false"),
    )  # fmt: skip
    state = rx.cond(
        S.is_retired, badge("work.off", label="Retired"), rx.el.span("Version ", S.number, class_name="tag")
    )
    end = rx.cond(
        S.is_retired,
        button("Use it again", icon_name="rotate-ccw", on_click=S.retire(False)),
        button("Retire", icon_name="archive", on_click=S.retire(True)),
    )
    name = button("Rename", icon_name="pencil", on_click=S.ask_rename(True))
    return rx.el.header(
        back_link("All forms", to="/app/forms/?tab=forms"),
        rx.el.div(
            rx.el.h1(S.name, id="title", tab_index=-1),
            state,
            rx.el.div(phone, end, name, class_name="acts"),
            class_name="r1",
        ),
        class_name="fhead",
    )


def _board() -> rx.Component:
    said = rx.cond(S.note != "", note(S.note, tone="info"), rx.fragment())
    edited = rx.fragment(rx.foreach(S.questions, _question), rx.cond(S.editing == NEW, _editor(), rx.fragment()))
    none = empty(
        "No questions yet", "Add the first one below, such as “Do you have any allergies?” as a choice of Yes and No.",
        icon_name="clipboard-list",
    )  # fmt: skip
    questions = rx.el.div(
        rx.cond(S.has_questions | (S.editing == NEW), rx.el.ul(edited), none), _add(), class_name="card"
    )
    side = rx.el.aside(preview(), usage(), class_name="side3", aria_label="Preview and use")
    return rx.el.div(
        rx.el.div(said, questions, documents(), class_name="stack wide-gap"), side, class_name="fb",
        custom_attrs={"data-view": rx.cond(S.is_preview, "preview", "build")},
    )  # fmt: skip


def _question(row: ObjectVar[Asked]) -> rx.Component:
    return rx.fragment(rx.cond(S.editing == row.key, _editor(), _closed(row)), key=row.key)  # pyright: ignore[reportArgumentType]


def _closed(row: ObjectVar[Asked]) -> rx.Component:
    move = rx.el.span(
        icon_button(
            "chevron-up", f"Move up: {row.label}", size="sm", on_click=S.move(row.key, -1), disabled=row.is_first
        ),
        icon_button(
            "chevron-down", f"Move down: {row.label}", size="sm", on_click=S.move(row.key, 1), disabled=row.is_last
        ),
        class_name="mv",
    )  # fmt: skip
    optional = rx.cond(row.required, rx.fragment(), rx.el.span("Optional", class_name="small muted"))
    return rx.el.li(
        rx.el.span(_kind_icon(row.kind), class_name="ty"),
        rx.el.span(
            rx.el.button(row.label, type="button", class_name="cover", on_click=S.edit(row.key)),
            rx.el.small(row.support),
            class_name="tx",
        ),
        rx.el.span(optional, move, class_name="mk"),
        class_name="q",
    )


def _kind_icon(kind: rx.Var[str]) -> rx.Component:
    cases = [(each.value, icon(drawing)) for each, drawing in ICONS.items()]
    return rx.fragment(rx.match(kind, *cases, icon("type")))


def _editor() -> rx.Component:
    kinds = [(kind.value, word) for kind, word in KINDS.items()]
    has_options = (S.draft.kind == "choice") | (S.draft.kind == "checkbox")
    is_new = S.editing == NEW
    head = rx.el.div(
        select(
            "kind",
            kinds,
            id="kind",
            value=S.draft.kind,
            on_change=S.pick_kind,
            small=True,
            aria_label="Kind of answer",
        ),
        rx.cond(
            is_new,
            rx.fragment(),
            button(
                "Remove", icon_name="trash-2", size="sm", kind="ghost", class_name="sp", on_click=S.remove(S.editing)
            ),
        ),
        class_name="hd",
    )
    options = textarea_field(
        "Answers", "options", id="options", error=S.errors["options"], default_value=S.options_text, rows=4,
        hint=rx.cond(S.draft.kind == "choice", "One answer per line.", "One per line; leave it empty for one box to tick."),
        on_change=S.typing("options"),
    )  # fmt: skip
    form = rx.el.form(
        head,
        text_field(
            "Question", "label", id="label", error=S.errors["label"], default_value=S.draft_label,
            on_change=S.typing("label"), auto_focus=True,
        ),
        rx.el.div(options, hidden=rx.cond(has_options, False, True)),
        text_field(
            "Explanation", "help", id="help", error=S.errors["help"], default_value=S.draft_help, optional=True,
            on_change=S.typing("help"),
        ),
        rx.el.div(
            checkbox("Must be answered", "required", default_checked=S.draft.required, on_change=S.tick_required),
            class_name="set",
        ),
        rx.el.div(
            button(rx.cond(is_new, "Add the question", "Save the question"), kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.close),
            class_name="row wrap",
        ),
        on_submit=S.save_question, no_validate=True, class_name="stack", key=f"question-{S.version}",
    )  # fmt: skip
    return rx.el.li(form, class_name="qe", aria_label=rx.cond(is_new, "A new question", "Editing: " + S.draft.label))


def _add() -> rx.Component:
    shown = [button(word, size="sm", icon_name=ICONS[kind], on_click=S.add(kind.value)) for kind, word in SHORT.items()]
    return rx.el.div(rx.el.span("Add", class_name="small muted"), *shown, class_name="addq")


def _gone() -> rx.Component:
    said = empty(
        "This form is not here", "It may belong to another business, or the address is mistyped.",
        link_button("All forms", to="/app/forms/?tab=forms"), icon_name="search-x",
    )  # fmt: skip
    return body(rx.el.div(said, class_name="card"))


def _owners_only() -> rx.Component:
    said = empty(
        "Owners change forms", "You can ask for forms and read their answers under Requests.",
        link_button("See requests", to="/app/forms/"), icon_name="lock",
    )  # fmt: skip
    return body(rx.el.div(said, class_name="card"))
