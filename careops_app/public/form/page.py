"""The customer's form as a page: what it is for, what to read, the questions, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import htpy as h
from htpy import Element, Node

from careops_app.forms.answers import PublicForm
from careops_app.forms.queries import DocumentRow
from careops_app.forms.rules import (
    LONGEST_LONG_TEXT,
    LONGEST_NUMBER,
    LONGEST_SIGNATURE,
    LONGEST_TEXT,
    FormStatus,
    Question,
)
from careops_app.forms.rules import QuestionKind as Kind
from careops_app.infra import wording
from careops_app.infra.files import KINDS
from careops_app.public import components as ui
from careops_app.public import layout
from careops_app.public.form.entries import Entries, field_name

MOST_RADIOS = 8
ACCEPTED = ",".join(f".{kind.extension}" for kind in KINDS) + ",.jpeg"
WORD_OF = {kind.content_type: kind.extension.upper() for kind in KINDS} | {"text/plain; charset=utf-8": "Text"}


def form_page(form: PublicForm, address: str, entries: Entries) -> Element:
    """The form to fill in; `address` is the page's own, without a slash at the end."""
    return layout.document(
        form.name,
        h.div(".pf")[
            _for_visit(form),
            h.h1[form.name],
            h.p(".lead")[_lead(form)],
            _overdue(form),
            _documents(form, address),
            _problems(form, entries),
            _questions(form, address, entries),
        ],
        layout.script("/form.js"),
        brand=layout.brand_of(form.workspace),
    )


def done_page(form: PublicForm, address: str) -> Element:
    """The answers have arrived; the documents stay here to be read again."""
    return layout.document(
        "Your answers have arrived",
        h.div(".pf")[
            ui.done_mark(),
            h.h1["Your answers have arrived"],
            h.p(".lead")[
                f"{form.name}, sent {_moment(form, form.submitted_at or form.due_at)}. You can close this page."
            ],
            _for_visit(form),
            _documents(form, address, "Documents of this form"),
        ],
        brand=layout.brand_of(form.workspace),
    )


def ended_page(form: PublicForm) -> Element:
    """Waived, or its visit was cancelled: nothing is left to do."""
    return layout.sentence_page(
        "This form is no longer needed",
        f"You have nothing to do for “{form.name}”.",
        brand=layout.brand_of(form.workspace),
    )


# --- above the questions ----------------------------------------------------------------------------------------------


def _for_visit(form: PublicForm) -> Node:
    if form.starts_at is None or form.service_name is None:
        return None
    return h.p(".for")[
        ui.icon("calendar-check"), h.span[f"For your visit: {form.service_name}, ", h.b[_moment(form, form.starts_at)]]
    ]


def _lead(form: PublicForm) -> str:
    parts = [
        form.intro,
        wording.plural(len(form.questions), "question") + "." if form.questions else "",
        f"Needed by {_moment(form, form.due_at)}." if form.status != FormStatus.OVERDUE else "",
        f"Only the team of {form.workspace.name} reads it.",
    ]
    return " ".join(part for part in parts if part)


def _overdue(form: PublicForm) -> Node:
    if form.status != FormStatus.OVERDUE:
        return None
    return ui.note(
        f"This was needed by {_moment(form, form.due_at)}. You can still send it.",
        tone=ui.Tone.WARN, icon_name="clock-alert",
    )  # fmt: skip


def _documents(form: PublicForm, address: str, heading: str = "Read this first") -> Node:
    if not form.documents:
        return None
    return h.section(aria_labelledby="documents")[
        h.h2("#documents")[heading], ui.what_next([_document(document, address) for document in form.documents])
    ]


def _document(document: DocumentRow, address: str) -> Element:
    kind = WORD_OF.get(document.content_type, "File")
    href = f"{address}/documents/{document.id}"
    open_it = ui.link_button("Download", href, icon_name="file-text", aria_label=f"Download {document.title}")
    return ui.next_line("file-text", document.title, f"{kind}, {wording.file_size(document.size)}", open_it)


def _problems(form: PublicForm, entries: Entries) -> Node:
    """What keeps the form from being sent, each with a link to its question; the reader starts here."""
    if not entries.problems:
        return None
    asked = [q for q in form.questions if q.key in entries.problems]
    count = f"Not sent yet. {wording.plural(len(asked), 'answer')} to look at:" if asked else "Not sent yet."
    return h.div(".note.errors", data_tone="bad", role="alert", tabindex="-1", autofocus=True)[
        ui.icon("circle-alert"),
        h.div[
            h.b[entries.problems.get("form") or count],
            h.ul[[h.li[h.a(href=f"#{field_name(q)}")[q.label]] for q in asked]] if asked else None,
        ],
    ]


# --- the questions ----------------------------------------------------------------------------------------------------


def _questions(form: PublicForm, address: str, entries: Entries) -> Element:
    """The first button is the one that Enter presses; without it, Enter could remove a file."""
    return h.form(
        ".qs", {"data-opened": f"{address}/opened"},
        method="post", action=address, enctype="multipart/form-data", novalidate=True,
    )[
        h.button(".sr", type="submit", tabindex="-1", aria_hidden="true")["Send answers"],
        [_question(form, question, entries) for question in form.questions],
        h.div(".end")[
            h.span(".sv")[ui.icon("lock"), h.span["Your answers go to the business only."]],
            ui.button("Send answers", large=True),
        ],
    ]  # fmt: skip


def _question(form: PublicForm, question: Question, entries: Entries) -> Node:
    if question.kind == Kind.FILE:
        return _file(form, question, entries)
    return _FIELDS[question.kind](question, entries)


def _text(question: Question, entries: Entries) -> Element:
    return _line(question, entries, {"maxlength": LONGEST_TEXT})


def _number(question: Question, entries: Entries) -> Element:
    return _line(question, entries, {"inputmode": "decimal", "maxlength": LONGEST_NUMBER})


def _date(question: Question, entries: Entries) -> Element:
    return _line(question, entries, {"min": "1900-01-01", "max": "2200-12-31"}, type="date")


def _line(question: Question, entries: Entries, attributes: dict[str, str | int], type: str = "text") -> Element:
    return ui.text_field(
        question.label, field_name(question), value=entries.text(question), problem=_problem(question, entries),
        hint=_help(question), optional=not question.required, type=type, attributes={**attributes},
    )  # fmt: skip


def _long_text(question: Question, entries: Entries) -> Element:
    return ui.textarea_field(
        question.label, field_name(question), value=entries.text(question), problem=_problem(question, entries),
        hint=_help(question), optional=not question.required, attributes={"maxlength": LONGEST_LONG_TEXT},
    )  # fmt: skip


def _choice(question: Question, entries: Entries) -> Element:
    options = [(option, option) for option in question.options]
    if len(options) > MOST_RADIOS:
        return ui.select_field(
            question.label, field_name(question), [("", "Choose"), *options], value=entries.text(question),
            problem=_problem(question, entries), hint=_help(question), optional=not question.required,
        )  # fmt: skip
    return _ticks(question, entries, several=False)


def _checkbox(question: Question, entries: Entries) -> Node:
    return _ticks(question, entries, several=True) if question.takes_several else _box(question, entries)


def _ticks(question: Question, entries: Entries, *, several: bool) -> Element:
    return ui.choices(
        question.label, field_name(question), [(option, option) for option in question.options],
        chosen=[option for option in question.options if entries.holds(question, option)], several=several,
        problem=_problem(question, entries), hint=_help(question), optional=not question.required,
    )  # fmt: skip


def _box(question: Question, entries: Entries) -> Element:
    """One box to tick; what is agreed to stands above it."""
    name, problem = field_name(question), _problem(question, entries)
    box = h.input(
        {"aria-invalid": "true" if problem else None, "aria-describedby": f"{name}-error" if problem else None},
        id=name, name=name, type="checkbox", checked=entries.holds(question), required=question.required,
    )  # fmt: skip
    optional = None if question.required else h.span(".opt-word")[" Optional"]
    return h.div(".field")[
        question.help and h.div(".agree", tabindex="0")[question.help],
        h.div(".ch")[h.label(".check")[box, h.span[question.label, optional]]],
        ui.problem_line(name, problem),
    ]


def _signature(question: Question, entries: Entries) -> Element:
    name, on = entries.signed(question)
    problem, group = _problem(question, entries), field_name(question)
    described = {"aria-invalid": "true" if problem else None, "aria-describedby": f"{group}-error" if problem else None}
    full_name, date = field_name(question, "name"), field_name(question, "on")
    signed = h.input(
        ".sig.input", described, id=full_name, name=full_name, value=name or None, autocomplete="name",
        maxlength=str(LONGEST_SIGNATURE), required=question.required,
    )  # fmt: skip
    dated = h.input(".input", described, id=date, name=date, type="date", value=on, required=question.required)
    return h.fieldset(id=group)[
        h.legend[question.label, not question.required and h.span(".opt-word")[" Optional"]],
        question.help and h.p(".hint")[question.help],
        h.div(".two")[ui.field("Type your full name", full_name, signed), ui.field("Date", date, dated)],
        ui.problem_line(group, problem),
    ]


def _file(form: PublicForm, question: Question, entries: Entries) -> Element:
    """A file that has arrived is shown with a button that takes it back; otherwise the field to choose one."""
    name, problem = field_name(question), _problem(question, entries)
    if (kept := form.uploads.get(question.key)) is not None:
        control: Node = h.div(".drop", id=name)[
            h.span(".th")[ui.icon("image" if kept.is_drawable else "file-text", 20)],
            h.div[h.b(".trunc")[kept.name], h.small[f"{wording.file_size(kept.size)}, arrived"]],
            ui.button(
                "Remove", kind="plain", name="remove", value=question.key,
                attributes={"aria-label": f"Remove {kept.name}"},
            ),
        ]  # fmt: skip
        return h.div(".field")[h.span(".label")[question.label], control, ui.problem_line(name, problem)]
    hint = [question.help and f"{question.help} ", "One file of at most 10 MB: a picture, PDF, Word, Excel or text."]
    described = f"{name}-hint {name}-error" if problem else f"{name}-hint"
    control = h.input(
        ".input", {"aria-invalid": "true" if problem else None, "aria-describedby": described},
        id=name, name=name, type="file", accept=ACCEPTED, required=question.required,
    )  # fmt: skip
    return ui.field(question.label, name, control, problem=problem, hint=hint, optional=not question.required)


_FIELDS: dict[Kind, Callable[[Question, Entries], Node]] = {
    Kind.TEXT: _text, Kind.LONG_TEXT: _long_text, Kind.NUMBER: _number, Kind.DATE: _date, Kind.CHOICE: _choice,
    Kind.CHECKBOX: _checkbox, Kind.CONSENT: _box, Kind.SIGNATURE: _signature,
}  # fmt: skip


def _problem(question: Question, entries: Entries) -> str:
    return entries.problems.get(question.key, "")


def _help(question: Question) -> Node:
    return question.help or None


def _moment(form: PublicForm, when: datetime) -> str:
    return wording.moment(when, form.workspace.time_zone)
