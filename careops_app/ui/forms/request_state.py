"""The request that is open beside the list: for whom and for which visit, its answers, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from careops_app.errors import CareOpsError, Invalid, NotFound
from careops_app.forms import answers, links, service
from careops_app.forms.answers import AnswerRow, AnswerSheet
from careops_app.forms.queries import DocumentRow, RequestRow
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.forms.address import Place
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission


@dataclass(frozen=True)
class Facts:
    """The head of the request, in words."""

    id: int = 0
    who: str = ""
    contact_id: int = 0
    form: str = ""
    form_id: int = 0
    version: str = ""
    status: str = "sent"
    booking_id: int = 0
    visit: str = ""
    due: str = ""
    waived: str = ""
    may_waive: bool = False
    has_answers: bool = False


@dataclass(frozen=True)
class Answer:
    """A question and what was answered; `file` is the address of an uploaded file."""

    key: str
    label: str
    text: str
    file: str
    file_about: str


@dataclass(frozen=True)
class Document:
    id: int
    title: str
    about: str
    address: str


@dataclass(frozen=True)
class Step:
    """Something that happened to the request."""

    what: str
    when: str


class RequestState(rx.State):
    """The open request; `gone` when the address names none of this business."""

    shown: bool = False
    gone: bool = False
    facts: Facts = Facts()
    answers: list[Answer] = []
    documents: list[Document] = []
    history: list[Step] = []
    close_to: str = ""
    link: str = ""
    asks_waive: bool = False
    problem: str = ""
    _place: Place = Place()

    @handler(Permission.FORMS)
    async def ask_waive(self, open: bool) -> None:
        assign(self, asks_waive=open, problem="")

    @handler(Permission.FORMS, temporal=True)
    async def waive(self, form: dict[str, str]) -> Any:
        """Does without the answers, with a reason."""
        try:
            await transact(service.waive, actor(), self.facts.id, form.get("reason", ""))
        except Invalid as invalid:
            assign(self, problem=str(next(iter(invalid.fields.values()))))
            return focus_first()
        except CareOpsError as refusal:
            assign(self, problem=str(refusal))
            return None
        assign(self, asks_waive=False, problem="")
        await self._read()
        return toasts.done("Waived. The customer is no longer reminded.")

    @handler(Permission.FORMS)
    async def show_link(self) -> None:
        """Shows the customer's own link, to be copied."""
        assign(self, link=await transact(links.form_link, actor(), self.facts.id))

    async def _open(self, place: Place) -> None:
        if place.request != self._place.request:
            assign(self, link="")
        self._place = place
        assign(self, close_to=replace(place, request=None).address(), asks_waive=False, problem="")
        await self._read()

    async def _read(self) -> None:
        if self._place.request is None:
            assign(self, shown=False, gone=False)
            return
        try:
            sheet = await fetch(answers.answers, actor(), self._place.request)
        except NotFound:
            assign(self, shown=False, gone=True)
            return
        zone = clock.zone((await fetch(workspaces.workspace_card, actor())).time_zone)
        assign(
            self,
            shown=True, gone=False, facts=_facts(sheet, zone), answers=[_answer(row) for row in sheet.answers],
            documents=[_document(row) for row in sheet.documents], history=_history(sheet.request, zone),
        )  # fmt: skip


def _facts(sheet: AnswerSheet, zone: ZoneInfo) -> Facts:
    row, now = sheet.request, clock.now()
    visit = f"{row.service_name}, {wording.moment(row.starts_at, zone)}" if row.starts_at else ""
    said = "Was due" if row.due_at <= now else "Due"
    due = f"{said} {wording.moment(row.due_at, zone)}" if row.may_waive else ""
    return Facts(
        id=row.id, who=row.contact_name, contact_id=row.contact_id, form=row.form_name, form_id=row.form_id,
        version=f"version {sheet.version}", status=row.status, booking_id=row.booking_id or 0, visit=visit, due=due,
        waived=f"Waived by {row.waived_by}: {row.waived_reason}" if row.waived_by else "", may_waive=row.may_waive,
        has_answers=row.has_answers,
    )  # fmt: skip


def _answer(row: AnswerRow) -> Answer:
    file = row.file
    return Answer(
        row.key, row.label, row.text, f"/app/files/{file.id}" if file else "",
        wording.file_size(file.size) if file else "",
    )  # fmt: skip


def _document(row: DocumentRow) -> Document:
    return Document(row.id, row.title, f"{row.name}, {wording.file_size(row.size)}", f"/app/files/{row.file_id}")


def _history(row: RequestRow, zone: ZoneInfo) -> list[Step]:
    steps = (
        ("Asked for", row.created_at),
        ("Link sent", row.sent_at),
        ("Opened by the customer", row.opened_at),
        ("Answered", row.submitted_at),
    )
    now = clock.now()
    return [Step(what, wording.near(at, zone, now)) for what, at in steps if at is not None]
