"""What an owner does with services: adds one, changes it, says who gives it, stops offering it."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.bookings import catalogue, offering, requirements
from careops_app.bookings.catalogue import Blocker, ServiceCard, TeamCalendar
from careops_app.bookings.models import NeedChoice
from careops_app.bookings.requirements import ResourceCard
from careops_app.errors import Invalid
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.settings.services import needs
from careops_app.ui.settings.services.about import USUAL, about, wrong_sections
from careops_app.ui.settings.services.draft import (
    Choice,
    ServiceForm,
    ServiceText,
    draft_of,
    lead_words,
    number,
    reminder_choices,
    text_of,
)
from careops_app.ui.settings.services.needs import NeedLine
from careops_app.workspace.access import Permission

CLOSED, NEW = -1, 0  # of `editing`, beside the id of the service in hand
STATES = {None: "bookable", Blocker.NO_STAFF: "no_staff", Blocker.NO_HOURS: "no_hours", Blocker.NO_ROOM: "no_room"}


@dataclass(frozen=True)
class ServiceLine:
    """A service in the list. `state` is "bookable", "no_staff", "no_hours", "no_room" or "retired"."""

    id: int
    name: str
    about: str
    state: str


class ServicesState(rx.State):
    """The list, and at most one service open for editing. `needs_drawn` rises when the ticks have to be drawn anew."""

    loaded: bool = False
    version: int = 0
    services: list[ServiceLine] = []
    editing: int = CLOSED
    text: ServiceText = ServiceText()
    words: dict[str, str] = {}
    givers: list[Choice] = []
    reminders: list[Choice] = []
    needs: list[NeedLine] = []
    needs_drawn: int = 0
    has_rooms: bool = False
    about: dict[str, str] = {}
    wrong: list[str] = []
    i_take_bookings: bool = False
    somebody_does: bool = False
    errors: dict[str, str] = {}
    _rooms: tuple[ResourceCard, ...] = ()

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the list with nothing in hand."""
        self._put_away()
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change; the form in hand is left alone."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def add(self) -> None:
        """Opens an empty form. When one person alone takes bookings, they give the new service."""
        who = actor()
        team = await fetch(catalogue.team_calendars, who)
        self._rooms = await fetch(requirements.resource_cards, who)
        self._open(ServiceText(), (1_440, 120), team, {team[0].id} if len(team) == 1 else set())
        self.editing, self.about, self.needs = NEW, USUAL, []

    @handler(Permission.CONFIGURE)
    async def edit(self, service_id: int) -> None:
        """Opens a service."""
        who = actor()
        card = await fetch(catalogue.service_card, who, service_id)
        team = await fetch(catalogue.team_calendars, who)
        self._rooms = await fetch(requirements.resource_cards, who)
        self._open(text_of(card), card.reminder_offsets, team, {staff.id for staff in card.staff})
        self.editing, self.about, self.needs = service_id, about(card), needs.lines_of(card.needs, self._rooms)

    @handler(Permission.CONFIGURE)
    def close(self) -> None:
        """Puts the form away; nothing is changed."""
        self._put_away()

    @handler(Permission.CONFIGURE)
    def add_need(self) -> None:
        """One more requirement, kept on Save."""
        self.needs = needs.added(self.needs, self._rooms)

    @handler(Permission.CONFIGURE)
    def remove_need(self, at: int) -> None:
        """One requirement less, kept on Save."""
        self.needs = needs.without(self.needs, at, self._rooms)
        self.needs_drawn += 1

    @handler(Permission.CONFIGURE)
    def choose_need(self, at: int, choice: NeedChoice) -> None:
        """One of these, or all of them."""
        if 0 <= at < len(self.needs):
            self.needs = needs.chosen(self.needs, at, choice, self._rooms)

    @handler(Permission.CONFIGURE)
    def tick_need(self, at: int, resource_id: str) -> None:
        """Ticks a room or machine, or no longer."""
        if 0 <= at < len(self.needs) and any(str(room.id) == resource_id for room in self._rooms):
            self.needs = needs.ticked(self.needs, at, int(resource_id), self._rooms)

    @handler(Permission.CONFIGURE)
    async def save(self, form: ServiceForm) -> Any:
        """Keeps the service in hand, or says beside each field what is wrong."""
        draft, who = draft_of(form, tuple(needs.needs_of(self.needs))), actor()
        try:
            if self.editing == NEW:
                await transact(offering.add_service, who, draft)
            else:
                await transact(offering.edit_service, who, self.editing, draft)
        except Invalid as problem:
            self.errors, self.wrong = problem.fields, wrong_sections(problem.fields)
            return focus_first()
        self._put_away()
        await self._read()
        return toasts.done(f"“{draft.name.strip()}” saved.")

    @handler(Permission.CONFIGURE)
    async def retire(self, service_id: int) -> Any:
        """Stops offering a service."""
        await transact(offering.retire_service, actor(), service_id)
        self._put_away()
        await self._read()
        return toasts.done("No longer offered. Its visits stay.", undo=ServicesState.restore(service_id))

    @handler(Permission.CONFIGURE)
    async def restore(self, service_id: int) -> None:
        """Offers a service again."""
        await transact(offering.restore_service, actor(), service_id)
        await self._read()

    @handler(Permission.CONFIGURE)
    async def take_bookings_myself(self) -> Any:
        """Makes the owner bookable, and lets them give every service that nobody gives."""
        who = actor()
        mine = await transact(offering.add_calendar, who, offering.CalendarDraft(member_id=who.member_id))
        for card in await fetch(catalogue.service_cards, who):
            if not card.staff:
                await transact(offering.set_staff, who, card.id, [mine])
        await self._read()
        return toasts.done(f"{who.name} takes bookings now.")

    async def _read(self) -> None:
        who = actor()
        cards = await fetch(catalogue.service_cards, who, retired=True)
        team = await fetch(catalogue.team_calendars, who)
        assign(
            self,
            services=[_line(card) for card in cards],
            somebody_does=bool(team),
            i_take_bookings=any(calendar.member_id == who.member_id for calendar in team),
        )
        ticked = {number(choice.value) for choice in self.givers if choice.on}
        if self.editing != CLOSED:
            assign(self, givers=_givers(team, ticked))

    def _put_away(self) -> None:
        self.editing, self.errors, self.wrong, self.needs = CLOSED, {}, [], []

    def _open(
        self,
        text: ServiceText,
        reminders: tuple[int, ...],
        team: tuple[TeamCalendar, ...],
        giving: Container[int | None],
    ) -> None:
        self.text, self.errors, self.wrong, self.has_rooms = text, {}, [], bool(self._rooms)
        self.reminders, self.givers = reminder_choices(reminders), _givers(team, giving)
        self.words = _words(text)
        self.version += 1


def _line(card: ServiceCard) -> ServiceLine:
    seats = f"{card.capacity} seats" if card.capacity > 1 else ""
    staff = wording.listing(one.name for one in card.staff)
    parts = [wording.duration(card.duration_minutes), card.price_text, seats, staff]
    state = "retired" if card.is_retired else STATES[card.blocker]
    return ServiceLine(card.id, card.name, ", ".join(part for part in parts if part), state)


def _givers(team: tuple[TeamCalendar, ...], giving: Container[int | None]) -> list[Choice]:
    return [Choice(str(calendar.id), calendar.name, calendar.id in giving) for calendar in team]


def _words(text: ServiceText) -> dict[str, str]:
    """How the present values are spoken, for the pickers that offer them first."""
    minutes = (
        "buffer_before_minutes",
        "buffer_after_minutes",
        "step_minutes",
        "notice_minutes",
        "cancel_notice_minutes",
        "decide_minutes",
        "offer_minutes",
    )
    spoken = {name: lead_words(int(getattr(text, name))) for name in minutes}
    return spoken | {"horizon_days": wording.plural(int(text.horizon_days), "day")}
