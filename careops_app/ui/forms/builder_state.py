"""What an owner does with one form: its name, questions, documents, and which services ask for it.

Each change is kept at once. A version that somebody was asked is never changed: the next change begins a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid, NotFound
from careops_app.forms import building, queries, rules, starters
from careops_app.forms.queries import DocumentRow, FormCard
from careops_app.forms.rules import Question, QuestionKind
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.forms.address import Place
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

NEW = "new"  # of `editing`, beside the key of the question in hand
KINDS: dict[QuestionKind, str] = {
    QuestionKind.TEXT: "Short text",
    QuestionKind.LONG_TEXT: "Long text",
    QuestionKind.NUMBER: "Number",
    QuestionKind.DATE: "Date",
    QuestionKind.CHOICE: "One choice",
    QuestionKind.CHECKBOX: "Several choices, or a box to tick",
    QuestionKind.FILE: "File",
    QuestionKind.CONSENT: "Consent",
    QuestionKind.SIGNATURE: "Signature",
}
Kind = Literal["text", "long_text", "number", "date", "choice", "checkbox", "file", "consent", "signature"]
MOST_TYPED = 6_000


class QuestionForm(TypedDict):
    kind: Kind
    label: str
    help: str
    options: str
    required: bool


class NameForm(TypedDict):
    name: str
    intro: str


class NewForm(TypedDict):
    name: str
    starter: str


class ServicesForm(TypedDict):
    services: list[str]


@dataclass(frozen=True)
class Asked:
    """A question as the builder and the preview show it."""

    key: str = ""
    kind: str = "text"
    word: str = ""
    label: str = ""
    help: str = ""
    required: bool = False
    options: list[str] = field(default_factory=list)
    support: str = ""
    is_first: bool = False
    is_last: bool = False


@dataclass(frozen=True)
class Paper:
    """A document of the form."""

    id: int
    title: str
    about: str
    address: str


@dataclass(frozen=True)
class Tick:
    """A service that may ask for the form."""

    value: str
    word: str
    on: bool


class BuilderState(rx.State):
    """The form in hand; `editing` is empty, NEW, or the key of a question. `version` makes its fields fresh."""

    shown: bool = False
    gone: bool = False
    id: int = 0
    name: str = ""
    intro: str = ""
    number: int = 1
    note: str = ""
    is_retired: bool = False
    questions: list[Asked] = []
    has_questions: bool = False
    papers: list[Paper] = []
    services: list[Tick] = []
    sent_with: str = ""
    editing: str = ""
    version: int = 0
    draft: Asked = Asked()
    options_text: str = ""
    draft_label: str = ""
    draft_help: str = ""
    errors: dict[str, str] = {}
    renaming: bool = False
    linking: bool = False
    making: bool = False
    upload_to: str = ""
    uploads: int = 0
    upload_errors: dict[str, str] = {}
    is_preview: bool = False
    _card: FormCard | None = None

    # --- the form ----------------------------------------------------------------------------------------------------

    @handler(Permission.CONFIGURE)
    async def begin(self, open: bool) -> None:
        """Opens the dialog for a new form, or closes it."""
        assign(self, making=open, errors={}, version=self.version + 1)

    @handler(Permission.CONFIGURE, temporal=True)
    async def make(self, form: NewForm) -> Any:
        """Makes a form, empty or from a starter, and opens it."""
        try:
            form_id = await self._make(form)
        except Invalid as invalid:
            assign(self, errors=invalid.fields)
            return focus_first()
        assign(self, making=False, errors={})
        return rx.redirect(Place(form=form_id).address())

    async def _make(self, form: NewForm) -> int:
        if form["starter"] not in starters.STARTERS:
            return await transact(building.create_form, actor(), form["name"])
        form_id = await transact(starters.start_from, actor(), form["starter"])
        if form["name"].strip():
            intro = (await fetch(queries.form_card, actor(), form_id)).intro
            await transact(building.rename, actor(), form_id, form["name"], intro)
        return form_id

    @handler(Permission.CONFIGURE)
    async def ask_rename(self, open: bool) -> None:
        assign(self, renaming=open, errors={}, version=self.version + 1)

    @handler(Permission.CONFIGURE, temporal=True)
    async def rename(self, form: NameForm) -> Any:
        """Keeps the name and the sentence above the questions."""
        try:
            await transact(building.rename, actor(), self.id, form["name"], form["intro"])
        except Invalid as invalid:
            assign(self, errors=invalid.fields)
            return focus_first()
        assign(self, renaming=False, errors={})
        await self._read()
        return toasts.done("Saved.")

    @handler(Permission.CONFIGURE, temporal=True)
    async def retire(self, on: bool) -> Any:
        """Stops asking for the form, or uses it again."""
        await transact(building.retire if on else building.restore, actor(), self.id)
        await self._read()
        if not on:
            return toasts.done("Used again.")
        return toasts.done("Retired. Nobody else is asked; answers stay readable.", undo=BuilderState.retire(False))

    @handler(Permission.CONFIGURE)
    async def ask_link(self, open: bool) -> None:
        assign(self, linking=open, version=self.version + 1)

    @handler(Permission.CONFIGURE, temporal=True)
    async def link(self, form: ServicesForm) -> Any:
        """Says which services ask for the form."""
        chosen = [int(text) for text in form["services"] if text.isdecimal() and len(text) < 19]
        await transact(building.link_to_services, actor(), self.id, chosen)
        assign(self, linking=False)
        await self._read()
        return toasts.done("Saved. Bookings from now on ask for it.")

    # --- its questions -----------------------------------------------------------------------------------------------

    @handler(Permission.CONFIGURE)
    async def add(self, kind: Kind) -> None:
        """Opens a new question at the end."""
        self._edit(NEW, Question(NEW, QuestionKind(kind), "", required=kind == "consent"))

    @handler(Permission.CONFIGURE)
    async def edit(self, key: str) -> None:
        """Opens a question."""
        found = next((each for each in self._questions() if each.key == key), None)
        if found is not None:
            self._edit(key, found)

    @handler(Permission.CONFIGURE)
    async def close(self) -> None:
        """Puts the question away; nothing is changed."""
        assign(self, editing="", errors={})

    @handler(Permission.CONFIGURE)
    async def pick_kind(self, kind: Kind) -> None:
        """Asks for another kind of answer; what was typed stays."""
        assign(self, draft=replace(self.draft, kind=kind, word=KINDS[QuestionKind(kind)]))

    @handler(Permission.CONFIGURE, debounce=250)
    async def typing(self, part: Literal["label", "help", "options"], text: str) -> None:
        """Keeps the preview current while somebody types."""
        text = text[:MOST_TYPED]
        if part == "options":
            assign(self, draft=replace(self.draft, options=_lines(text)))
        else:
            assign(self, draft=replace(self.draft, **{part: text}))

    @handler(Permission.CONFIGURE)
    async def tick_required(self, on: bool) -> None:
        assign(self, draft=replace(self.draft, required=on))

    @handler(Permission.CONFIGURE, temporal=True)
    async def save_question(self, form: QuestionForm) -> Any:
        """Keeps the question in hand, or says beside the field what is wrong."""
        await self._load()
        before = self._questions()
        question = rules.tidy(
            Question(
                rules.new_key(before) if self.editing == NEW else self.editing, QuestionKind(form["kind"]),
                form["label"], form["help"], form["required"], tuple(_lines(form["options"])),
            )
        )  # fmt: skip
        if problem := rules.question_problem(question):
            assign(self, errors={_field_of(question): problem})
            return focus_first()
        try:
            after = rules.added(before, question) if self.editing == NEW else rules.changed(before, question)
            await transact(building.save_questions, actor(), self.id, after)
        except Invalid as invalid:
            assign(self, errors={"label": str(next(iter(invalid.fields.values())))})
            return focus_first()
        assign(self, editing="", errors={})
        await self._read()
        return None

    @handler(Permission.CONFIGURE, temporal=True)
    async def remove(self, key: str) -> Any:
        """Asks a question no more; answers given to it stay."""
        await self._load()
        kept = self._questions()
        gone = next((each for each in kept if each.key == key), None)
        if gone is None:
            return None
        await transact(building.save_questions, actor(), self.id, rules.removed(kept, key))
        assign(self, editing="", errors={})
        await self._read()
        return toasts.done(f"“{gone.label[:60]}” removed. Answers given to it stay.")

    @handler(Permission.CONFIGURE, temporal=True)
    async def move(self, key: str, by: Literal[-1, 1]) -> None:
        """Moves a question up or down by one."""
        await self._load()
        await transact(building.save_questions, actor(), self.id, rules.moved(self._questions(), key, by))
        await self._read()

    @handler(Permission.CONFIGURE)
    async def preview(self, on: bool) -> None:
        """On a phone: shows the preview instead of the questions."""
        assign(self, is_preview=on)

    # --- its documents -----------------------------------------------------------------------------------------------

    @handler(Permission.CONFIGURE)
    async def uploaded(self, problems: dict[str, str]) -> Any:
        """The browser has sent a document to its own route (ui/files.py) and tells what became of it."""
        assign(self, upload_errors=problems)
        if problems:
            return focus_first()
        assign(self, uploads=self.uploads + 1)
        await self._read()
        return toasts.done("Added. It is sent with the form from now on.")

    @handler(Permission.CONFIGURE, temporal=True)
    async def remove_paper(self, document_id: int) -> Any:
        """Sends a document no more; who was asked before keeps it."""
        await transact(building.remove_document, actor(), self.id, document_id)
        await self._read()
        return toasts.done("Removed. Who was asked before still sees it.")

    # --- reading -----------------------------------------------------------------------------------------------------

    async def _open(self, form_id: int | None) -> None:
        if form_id != self.id:
            assign(self, editing="", errors={}, upload_errors={}, is_preview=False)
        assign(self, id=form_id or 0, making=False, renaming=False, linking=False)
        await self._read()

    async def _load(self) -> None:
        self._card = await fetch(queries.form_card, actor(), self.id)

    async def _read(self) -> None:
        if not self.id or not actor().may(Permission.CONFIGURE):
            assign(self, shown=False, gone=False)
            return
        try:
            await self._load()
        except NotFound:
            assign(self, shown=False, gone=True)
            return
        card, asked = self._card, self._questions()
        assert card is not None
        linked = [service.name for service in card.services if service.is_linked]
        assign(
            self,
            shown=True, gone=False, name=card.name, intro=card.intro, number=card.version, note=_note(card),
            is_retired=card.is_retired, papers=[_paper(row) for row in card.documents],
            questions=[_asked(each, place, len(asked)) for place, each in enumerate(asked)],
            has_questions=bool(asked), upload_to=f"/app/files/for-form/{card.id}",
            services=[Tick(str(service.id), service.name, service.is_linked) for service in card.services],
            sent_with=wording.listing(linked) if linked else "No service yet",
        )  # fmt: skip

    def _questions(self) -> tuple[Question, ...]:
        return self._card.questions if self._card else ()

    def _edit(self, key: str, question: Question) -> None:
        assign(
            self,
            editing=key, draft=_asked(question, 0, 1), options_text="\n".join(question.options), errors={},
            draft_label=question.label, draft_help=question.help, version=self.version + 1,
        )  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()][: rules.MOST_OPTIONS + 1]


def _field_of(question: Question) -> str:
    """The field that a question's problem belongs to."""
    if not 1 <= len(question.label) <= rules.LONGEST_LABEL:
        return "label"
    return "help" if len(question.help) > rules.LONGEST_HELP else "options"


def _asked(question: Question, place: int, count: int) -> Asked:
    word = "Box to tick" if question.kind == QuestionKind.CHECKBOX and not question.options else KINDS[question.kind]
    word = "Several choices" if question.takes_several else word
    answers = wording.plural(len(question.options), "answer") if question.options else ""
    return Asked(
        question.key, question.kind.value, word, question.label, question.help, question.required,
        list(question.options), ", ".join(part for part in (word, answers) if part), place == 0, place == count - 1,
    )  # fmt: skip


def _paper(row: DocumentRow) -> Paper:
    return Paper(row.id, row.title, f"{row.name}, {wording.file_size(row.size)}", f"/app/files/{row.file_id}")


def _note(card: FormCard) -> str:
    """Who is still on an older version, and what the next change will do."""
    if card.open_on_older:
        who = wording.plural(card.open_on_older, "person", "people")
        has = "has" if card.open_on_older == 1 else "have"
        return f"{who} still {has} an older version open and will finish that one. The answers stay tied to it."
    if card.is_requested:
        return f"Version {card.version} has been sent. Your next change begins version {card.version + 1}."
    return ""


def starter_choices() -> list[tuple[str, str]]:
    """What a new form may start from."""
    return [("", "An empty form"), *((each.key, f"{each.name}: {each.about}") for each in starters.STARTERS.values())]
