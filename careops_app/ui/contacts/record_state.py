"""What a person does with one contact: reads its story, writes a note, tags, moves its stage, corrects addresses."""

from datetime import datetime
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.automation.stops import StopRow, resume_contact, stop_contact
from careops_app.contacts import service
from careops_app.contacts.service import ContactDraft
from careops_app.contacts.stages import Stage
from careops_app.dashboard.records import OpenContact, open_contact
from careops_app.dashboard.timeline import PAGE
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.inbox import service as conversations
from careops_app.inbox import thread_queries
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.contacts import rows
from careops_app.ui.contacts.rows import STORIES, Address, StageMove, Tab
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox.person_state import FormLine, Visit, form_of, past_visits, visit_of
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.timeline.lines import Line, lines_of
from careops_app.workspace.access import Permission

EMPTY_NOTE = "(() => { const form = document.getElementById('note-form'); form?.reset(); })()"
EMPTY_TAG = "document.getElementById('tag-form')?.reset()"


class NoteForm(TypedDict):
    note: str


class TagForm(TypedDict):
    tag: str


class EditForm(TypedDict):
    name: str
    emails: str
    phones: str


class RecordState(rx.State):
    """One contact. `contact_id` 0: the list is shown; `missing`: the address names one that is not here."""

    contact_id: int = 0
    missing: bool = False
    name: str = ""
    first_name: str = ""
    initials: str = ""
    came: str = ""
    stage: str = ""
    moves: list[StageMove] = []
    addresses: list[Address] = []
    time_zone: str = ""
    tags: list[str] = []
    next_visit: list[Visit] = []
    past_visits: str = ""
    forms: list[FormLine] = []
    tabs: list[Tab] = []
    lines: list[Line] = []
    has_earlier: bool = False
    is_narrowed: bool = False
    editing: bool = False
    stopped: str = ""
    emails: str = ""
    phones: str = ""
    errors: dict[str, str] = {}
    _show: str = ""
    _since: datetime | None = None
    _entries: int = 0

    @handler(Permission.MEMBER)
    async def show_earlier(self) -> None:
        """Adds what happened before the first line."""
        await self._load(most=self._entries + PAGE)

    @handler(Permission.INBOX)
    async def write(self) -> Any:
        """Opens the conversation with this contact."""
        conversation_id = await transact(conversations.start_conversation, actor(), self.contact_id)
        return rx.redirect(f"/app/inbox/?c={conversation_id}")

    @handler(Permission.INBOX)
    async def switch_messages(self, on: bool) -> Any:
        """Stops automatic messages to this contact, or lets them go on."""
        command, said = (resume_contact, "go out again") if on else (stop_contact, "are stopped")
        try:
            await transact(command, actor(), self.contact_id)
        except Refused as refusal:
            await self._load()
            return toasts.refused(str(refusal))
        await self._load()
        return toasts.done(f"Automatic messages to {self.name} {said}.")

    @handler(Permission.INBOX)
    async def open_message(self, message_id: int) -> Any:
        """Shows how a message fared, where it belongs."""
        row = await fetch(thread_queries.message, actor(), message_id)
        return rx.redirect(f"/app/inbox/?c={row.conversation_id}&message={row.id}")

    @handler(Permission.MEMBER)
    async def move_to(self, stage: str) -> Any:
        """Moves the lead to another stage by hand."""
        if stage not in tuple(Stage):
            return None
        await transact(service.move_stage, actor(), self.contact_id, Stage(stage))
        await self._load()
        return toasts.done(f"{self.name} is now: {rows.stage_word(Stage(stage))}.")

    @handler(Permission.MEMBER)
    async def add_tag(self, form: TagForm) -> Any:
        """Tags the contact."""
        try:
            await transact(service.add_tag, actor(), self.contact_id, form["tag"])
        except Invalid as problem:
            self.errors = problem.fields
            return None
        self.errors = {}
        await self._load()
        return rx.call_script(EMPTY_TAG)

    @handler(Permission.MEMBER)
    async def remove_tag(self, tag: str) -> None:
        """Takes a tag off."""
        await transact(service.remove_tag, actor(), self.contact_id, tag)
        await self._load()

    @handler(Permission.MEMBER)
    async def add_note(self, form: NoteForm) -> Any:
        """Writes something down; the text stays when it is refused."""
        try:
            await transact(service.add_note, actor(), self.contact_id, form["note"])
        except Invalid as problem:
            self.errors = problem.fields
            return None
        self.errors = {}
        await self._load()
        return [rx.call_script(EMPTY_NOTE), toasts.done("Note kept. Only the team sees it.")]

    @handler(Permission.MEMBER)
    def set_editing(self, editing: bool) -> None:
        """Opens and closes the dialog with name and addresses."""
        self.editing, self.errors = editing, {}

    @handler(Permission.MEMBER)
    async def save(self, form: EditForm) -> Any:
        """Keeps name and addresses as they are in the dialog; the first of each kind is the one that is used."""
        draft = ContactDraft(
            form["name"], tuple(form["emails"].splitlines()), tuple(form["phones"].splitlines()), self.time_zone or None
        )
        try:
            await transact(service.edit, actor(), self.contact_id, draft)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        except Refused as problem:
            self.errors = {"form": str(problem)}
            return None
        self.editing, self.errors = False, {}
        await self._load()
        return toasts.done("Saved.")

    async def _open(self, contact_id: int | None, show: str) -> None:
        """Shows a contact with the part of its story that is asked for; None shows the list."""
        show = show if show in STORIES else ""
        if (contact_id or 0, show) != (self.contact_id, self._show):
            self._since, self._entries, self.editing, self.errors = None, 0, False, {}
        self._show = show
        self.contact_id = contact_id or 0
        self.missing = False
        await self._read()

    async def _read(self) -> None:
        if not self.contact_id:
            return
        try:
            await self._load()
        except NotFound:
            assign(self, contact_id=0, missing=True, lines=[])

    async def _load(self, most: int = 0) -> None:
        kinds, since = STORIES[self._show][1], None if most else self._since
        length = most or max(self._entries, PAGE)
        view = await fetch(open_contact, actor(), self.contact_id, kinds, most=length, since=since)
        self._show_record(view)
        self._show_story(view)

    def _show_story(self, view: OpenContact) -> None:
        entries = view.story.entries
        self._since, self._entries = entries[0].at if entries else None, len(entries)
        assign(
            self,
            lines=lines_of(entries, view.time_zone, fold_idle=self._show != "automation"),
            has_earlier=view.story.has_earlier,
            tabs=rows.story_tabs(self.contact_id, self._show),
            is_narrowed=self._show != "",
        )

    def _show_record(self, view: OpenContact) -> None:
        record, zone = view.person.record, view.time_zone
        kinds = {
            kind: "\n".join(each.shown for each in record.addresses if each.kind == kind) for kind in ("email", "phone")
        }
        assign(
            self,
            stopped=_stopped(view.person.stop, zone),
            name=record.name,
            first_name=record.name.partition(" ")[0],
            initials=wording.initials(record.name),
            came=f"{rows.source_word(record.source)}, {wording.plain_day(record.created_at, zone)}",
            stage=str(record.stage),
            moves=rows.moves(record),
            addresses=rows.addresses(record),
            time_zone=record.time_zone or "",
            tags=list(record.tags),
            next_visit=[visit_of(view.person.next_visit, zone)] if view.person.next_visit else [],
            past_visits=past_visits(view.person),
            forms=[form_of(row, zone) for row in view.person.forms[:6]],
            emails=kinds["email"],
            phones=kinds["phone"],
        )


def _stopped(stop: StopRow | None, zone: str) -> str:
    """Who stopped automatic messages and when; empty while they go out."""
    return f"{stop.by}, {wording.near(stop.since, zone, clock.now())}" if stop else ""
