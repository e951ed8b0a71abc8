"""What an owner does with rooms and equipment: adds one, changes it, takes it out of use."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.bookings import catalogue, requirements, resources
from careops_app.bookings.catalogue import TimeOffRow
from careops_app.bookings.models import ResourceKind
from careops_app.bookings.requirements import ResourceCard
from careops_app.bookings.resources import ResourceDraft
from careops_app.errors import Invalid, Refused
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.settings.services.draft import number
from careops_app.ui.settings.time_off.dates import in_words
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import workspace_card

CLOSED, NEW = -1, 0  # of `editing`, beside the id of the room in hand


class RoomForm(TypedDict):
    """The form as it is submitted."""

    kind: ResourceKind
    room: str
    lanes: str


@dataclass(frozen=True)
class RoomLine:
    """A room or machine in the list. `away` is the next time it cannot be used."""

    id: int
    kind: str
    name: str
    lanes: str
    about: str
    away: str
    is_retired: bool


NOTHING = RoomLine(NEW, ResourceKind.ROOM.value, "", "1", "", "", False)


class RoomsState(rx.State):
    """The list, and at most one room open for editing."""

    loaded: bool = False
    version: int = 0
    rooms: list[RoomLine] = []
    editing: int = CLOSED
    line: RoomLine = NOTHING
    refusal: str = ""
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the list with nothing in hand."""
        self._take(CLOSED, NOTHING)
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change; the form in hand is left alone."""
        await self._read()

    @handler(Permission.CONFIGURE)
    def add(self) -> None:
        """Opens an empty form."""
        self._take(NEW, NOTHING)

    @handler(Permission.CONFIGURE)
    def edit(self, room_id: int) -> None:
        """Opens a room."""
        self._take(room_id, next((line for line in self.rooms if line.id == room_id), NOTHING))

    @handler(Permission.CONFIGURE)
    def close(self) -> None:
        """Puts the form away; nothing is changed."""
        self._take(CLOSED, NOTHING)

    @handler(Permission.CONFIGURE)
    async def save(self, form: RoomForm) -> Any:
        """Keeps the room in hand, or says beside each field what is wrong."""
        draft = ResourceDraft(form["kind"], form["room"], number(form["lanes"]))
        try:
            if self.editing == NEW:
                await transact(resources.add_resource, actor(), draft)
            else:
                await transact(resources.edit_resource, actor(), self.editing, draft)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        self._take(CLOSED, NOTHING)
        await self._read()
        return toasts.done(f"“{draft.name.strip()}” saved.")

    @handler(Permission.CONFIGURE)
    async def retire(self, room_id: int) -> Any:
        """Takes it out of use, unless services need it."""
        try:
            ahead = await transact(resources.retire_resource, actor(), room_id)
        except Refused as refusal:
            self.refusal = str(refusal)
            return None
        self._take(CLOSED, NOTHING)
        await self._read()
        left = f" {wording.plural(ahead, 'visit')} to come still count on it." if ahead else ""
        return toasts.done(f"Out of use.{left}", undo=RoomsState.restore(room_id))

    @handler(Permission.CONFIGURE)
    async def restore(self, room_id: int) -> None:
        """Uses it again."""
        await transact(resources.restore_resource, actor(), room_id)
        await self._read()

    def _take(self, editing: int, line: RoomLine) -> None:
        self.editing, self.line, self.refusal, self.errors = editing, line, "", {}
        self.version += 1

    async def _read(self) -> None:
        who = actor()
        zone = (await fetch(workspace_card, who)).time_zone
        away = {one.id: one.time_off for one in await fetch(catalogue.room_calendars, who)}
        cards = await fetch(requirements.resource_cards, who, retired=True)
        assign(self, rooms=[_line(card, away.get(card.id, ()), zone) for card in cards])


def _line(card: ResourceCard, away: tuple[TimeOffRow, ...], zone: str) -> RoomLine:
    kind = "Room" if card.kind == ResourceKind.ROOM else "Equipment"
    at_once = f"{card.lanes} visits at once" if card.lanes > 1 else "one visit at a time"
    asked = f"needed by {wording.listing(card.services)}" if card.services else "no service needs it"
    absent = f"Cannot be used {in_words(away[0], zone)}" if away else ""
    return RoomLine(
        card.id, card.kind.value, card.name, str(card.lanes), f"{kind}, {at_once}, {asked}", absent, card.is_retired
    )
