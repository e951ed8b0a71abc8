"""What an owner does with the texts of automatic messages: chooses one by `?template=`, rewrites it, looks at it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.automation.queries import rule_rows
from careops_app.errors import Invalid
from careops_app.inbox import channel_queries, setup
from careops_app.inbox.channel_queries import WordingRow
from careops_app.inbox.templates import Placeholder, Template
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import asked, assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

HOME = "/app/settings/?section=wording"


class WordingForm(TypedDict):
    subject: str
    body: str


@dataclass(frozen=True)
class TemplateLine:
    """A message that can be rewritten."""

    key: str
    title: str


@dataclass(frozen=True)
class Chip:
    """A placeholder to put into the text."""

    code: str
    meaning: str
    example: str


class WordingState(rx.State):
    """One message open for rewriting, and how it reads with example values."""

    loaded: bool = False
    version: int = 0
    lines: list[TemplateLine] = []
    template: str = ""
    title: str = ""
    subject: str = ""
    body: str = ""
    is_own: bool = False
    rule: str = ""
    rule_name: str = ""
    rule_has_own: bool = False
    chips: list[Chip] = []
    shown_subject: str = ""
    shown_body: str = ""
    errors: dict[str, str] = {}
    _typed_subject: str = ""
    _typed_body: str = ""

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the message that the address names, the first one otherwise."""
        wanted = asked(self, "template")
        self.template = wanted if wanted in tuple(Template) else Template.WELCOME.value
        await self._open()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads the list again; the text in hand is left alone."""
        assign(self, lines=[_line(row) for row in await fetch(channel_queries.wordings, actor())])

    @handler(Permission.CONFIGURE)
    def show(self, template: str) -> Any:
        """Opens another message."""
        return rx.redirect(f"{HOME}&template={template}") if template in tuple(Template) else None

    @handler(Permission.CONFIGURE)
    async def save(self, form: WordingForm) -> Any:
        """Uses this text from the next message on, or says what is wrong with it."""
        try:
            await transact(setup.reword, actor(), self.template, form["subject"], form["body"])
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        await self._open()
        return toasts.done(f"“{self.title}” is used from the next message on.")

    @handler(Permission.CONFIGURE)
    async def restore(self) -> Any:
        """Goes back to the text CareOps came with."""
        await transact(setup.restore_wording, actor(), self.template)
        await self._open()
        return toasts.done(f"“{self.title}” is back to its first text.")

    @handler(Permission.CONFIGURE)
    def show_subject(self, text: str) -> None:
        """Shows how the subject reads once it was left."""
        self._typed_subject = text
        self._show()

    @handler(Permission.CONFIGURE)
    def show_body(self, text: str) -> None:
        """Shows how the text reads once it was left."""
        self._typed_body = text
        self._show()

    async def _open(self) -> None:
        rows = await fetch(channel_queries.wordings, actor())
        row = next(row for row in rows if row.template.value == self.template)
        self.title, self.subject, self.body, self.is_own = row.title, row.subject, row.body, row.is_own
        self._typed_subject, self._typed_body = row.subject, row.body
        rule = next((one for one in await fetch(rule_rows, actor()) if one.template == self.template), None)
        editable = rule if rule is not None and rule.may_be_edited else None
        assign(
            self, rule=editable.key if editable else "", rule_name=editable.name if editable else "",
            rule_has_own=editable is not None and editable.has_own_words,
        )  # fmt: skip
        assign(self, lines=[_line(row) for row in rows], chips=[_chip(each) for each in row.placeholders])
        self.version += 1
        self._show()

    def _show(self) -> None:
        try:
            filled = channel_queries.wording_preview(self.template, self._typed_subject, self._typed_body)
        except Invalid as problem:
            self.errors = problem.fields
            return
        self.errors = {}
        self.shown_subject, self.shown_body = filled.subject, filled.body


def _line(row: WordingRow) -> TemplateLine:
    return TemplateLine(row.template.value, f"{row.title}, your text" if row.is_own else row.title)


def _chip(placeholder: Placeholder) -> Chip:
    return Chip("{{" + placeholder.name + "}}", placeholder.meaning, placeholder.example)
