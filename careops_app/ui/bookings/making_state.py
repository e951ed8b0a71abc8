"""The dialog for a new visit, a walk-in, and another time or length of a visit: what opens it, and what it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import reflex as rx

from careops_app.bookings import service as bookings
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.making import StaffBooking
from careops_app.bookings.queries import BookingCard, booking_card
from careops_app.bookings.service import Move
from careops_app.contacts.queries import record
from careops_app.errors import CareOpsError, Invalid, NotFound
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.bookings import offers, reading
from careops_app.ui.bookings.address import Place
from careops_app.ui.bookings.choosing_state import ChoosingState
from careops_app.ui.bookings.moving import moved
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.bookings.several_state import SeveralState
from careops_app.ui.bookings.undo_state import UndoState
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

WALK_IN = "Walk-in"
VERBS = {
    "new": "Book the visit", "walk_in": "Book the walk-in", "move": "Move the visit", "length": "Change the length"
}  # fmt: skip


class MakingState(ChoosingState):
    """The dialog around the choices. `mode` is new, walk_in, move or length."""

    open: bool = False
    mode: str = "new"
    heading: str = ""
    support: str = ""
    verb: str = ""
    found: list[tuple[str, str, str]] = []
    contact: str = ""
    contact_name: str = ""
    _key: str = ""
    _revision: int = 0
    _place: Place = Place()

    @handler(Permission.BOOKINGS)
    async def begin(self) -> None:
        """Opens the dialog for a new booking."""
        await self._begin((await self.get_state(RecordState))._place, None)

    @handler(Permission.BOOKINGS)
    async def begin_at(self, day: str, minute: int, staff: str) -> None:
        """Opens the dialog for a new booking at a free time."""
        on = reading.day_of(day)
        if on is not None and 0 <= minute < 24 * 60:
            await self._begin_at(on, minute, staff, "")

    @handler(Permission.BOOKINGS)
    async def begin_on(self, day: str, staff: str) -> None:
        """Opens the dialog for a new booking in a column of the calendar."""
        place = (await self.get_state(RecordState))._place
        chosen = reading.number(staff)
        await self._begin(replace(place, day=reading.day_of(day) or place.day, staff=chosen or place.staff), None)

    @handler(Permission.BOOKINGS)
    async def begin_walk_in(self) -> None:
        """Opens the dialog for somebody who is here now: service and person, the name if they give it."""
        place = (await self.get_state(RecordState))._place
        await self._clear("walk_in", "Walk-in now", place)
        zone = clock.zone(self._zone)
        start = reading.present_step(clock.now())
        assign(
            self, service=self.services[0][0] if self.services else "", person=str(place.staff or ""),
            day=start.astimezone(zone).date().isoformat(), time=start.isoformat(),
            clock=wording.clock_time(start, zone), support=f"Starts now, {wording.time_with_zone(start, zone)}.",
        )  # fmt: skip
        await self._offer_staff()

    @handler(Permission.BOOKINGS)
    async def begin_move(self) -> None:
        """Opens the dialog for another time of the open booking."""
        card = await fetch(booking_card, actor(), (await self.get_state(RecordState)).facts.id)
        await self._begin_change("move", card, max(card.starts_at, clock.now()))
        assign(self, clock="", time="")
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def begin_length(self) -> None:
        """Opens the dialog for another length of the open booking."""
        card = await fetch(booking_card, actor(), (await self.get_state(RecordState)).facts.id)
        await self._begin_change("length", card, card.starts_at)

    @handler(Permission.BOOKINGS)
    async def toggle(self, open: bool) -> None:
        assign(self, open=open)

    @handler(Permission.BOOKINGS, debounce=250)
    async def look_up(self, text: str) -> None:
        """Finds contacts by the beginning of a name, an address or a number."""
        assign(self, found=await offers.known(text))

    @handler(Permission.BOOKINGS)
    async def pick_contact(self, value: str) -> None:
        if (contact_id := reading.number(value)) is not None:
            await self._take_contact(contact_id)

    @handler(Permission.BOOKINGS)
    async def drop_contact(self) -> None:
        assign(self, contact="", contact_name="", found=[])

    @handler(Permission.BOOKINGS, temporal=True)
    async def save(self, form: dict[str, str]) -> list[rx.event.EventSpec] | rx.event.EventSpec | None:
        """Books or moves; what was typed stays in the dialog when it is refused."""
        try:
            reason = self._reason(form)
            return await (self._move(reason) if self._card else self._book(form, reason))
        except CareOpsError as refusal:
            self._tell(refusal)
        return focus_first()

    async def _book_several(self, form: dict[str, str]) -> list[rx.event.EventSpec] | None:
        """Books as many visits as the part below says; the dialog stays open when they cannot be had."""
        whom = ForWhom(
            form.get("name", ""), form.get("email", ""), form.get("phone", ""), form.get("note", ""), reading.number(self.contact)
        )  # fmt: skip
        done = await (await self.get_state(SeveralState))._save(f"staff-{self._key}", whom)
        if done is not None:
            assign(self, open=False, problems={})
        return done

    async def _book(self, form: dict[str, str], reason: str) -> list[rx.event.EventSpec] | None:
        if self.mode == "new" and (await self.get_state(SeveralState)).kind != "once":
            return await self._book_several(form)
        service = reading.number(self.service)
        if service is None:
            raise Invalid(service="Choose one.")
        is_here = self.mode == "walk_in"
        wanted = StaffBooking(
            service_id=service, starts_at=reading.present_step(clock.now()) if is_here else self._start(),
            idempotency_key=f"staff-{self._key}",
            staff_id=reading.number(self.person), contact_id=reading.number(self.contact),
            name=form.get("name", "").strip() or (WALK_IN if is_here else ""), email=form.get("email", ""),
            phone=form.get("phone", ""), note=form.get("note", ""), minutes=reading.length(self.minutes),
            overlap_reason=reason,
        )  # fmt: skip
        booking_id = await transact(bookings.add_by_staff, actor(), wanted)
        told = "Booked from now on." if is_here else "Booked. The customer is told."
        return self._done(toasts.done(told, undo=UndoState.take_out(booking_id)), booking_id)

    async def _move(self, reason: str) -> list[rx.event.EventSpec]:
        card = self._card
        assert card is not None
        staff = reading.number(self.person) if self.mode == "move" else card.staff_id
        minutes = reading.length(self.minutes) or card.duration_minutes
        move = Move(card.id, self._start(), staff, self._revision, minutes=minutes, overlap_reason=reason)
        return self._done(await moved(card, move), card.id)

    def _done(self, toast: rx.event.EventSpec, booking_id: int) -> list[rx.event.EventSpec]:
        """The dialog closes over the calendar where the visit stands now."""
        assign(self, open=False, problems={}, overlap=False)
        view = "week" if self._place.view == "list" else self._place.view
        place = replace(self._place, view=view, day=reading.day_of(self.day), booking=booking_id)
        staff = reading.number(self.person)
        if place.staff is not None and staff != place.staff:
            place = replace(place, staff=None)
        return [toast, rx.redirect(place.address())]

    def _reason(self, form: dict[str, str]) -> str:
        reason = form.get("overlap_reason", "").strip()
        if self.overlap and not reason:
            raise Invalid(overlap_reason="Write why it is booked anyway.")
        return reason if self.overlap else ""

    async def _begin(self, place: Place, contact_id: int | None) -> None:
        """A new visit on the day one looks at, or on the next that has a free time."""
        await self._clear("new", "New booking", place)
        today = clock.now().astimezone(clock.zone(self._zone)).date()
        day = max(place.day or today, today)
        first = self.services[0][0] if self.services else ""
        assign(self, service=first, person=str(place.staff or ""), day=day.isoformat())
        if contact_id is not None:
            await self._take_contact(contact_id)
        await self._offer_staff()
        await self._offer_times()
        asked = self._asked()
        if not self.times and asked is not None and (free := await offers.first_free_day(asked, day)) is not None:
            assign(self, day=free.isoformat())
            await self._offer_times()

    async def _begin_at(self, day: date, minute: int, staff: str, minutes: str) -> None:
        """A new visit at a time that was chosen in the calendar, offered or not: the dialog says why not at once."""
        await self._clear("new", "New booking", (await self.get_state(RecordState))._place)
        first = await self._first_service(reading.number(staff))
        assign(
            self, service=first, person=staff, day=day.isoformat(), clock=reading.shown(minute),
            minutes=str(reading.number(minutes) or ""), shows_times=False, answers_first=True,
        )  # fmt: skip
        await self._offer_staff()
        await self._offer_times()

    async def _first_service(self, staff: int | None) -> str:
        """The first service that this person gives; the first of all when they give none, or for anyone."""
        cards = await offers.services()
        given = [key for key, card in cards.items() if staff in [one.id for one in card.staff]]
        return next(iter(given or cards), "")

    async def _begin_change(self, mode: str, card: BookingCard, start: datetime) -> None:
        word = "Move the visit of" if mode == "move" else "Change how long the visit takes:"
        await self._clear(mode, f"{word} {card.contact}", (await self.get_state(RecordState))._place)
        self._card, self._revision = card, card.revision
        zone = clock.zone(self._zone)
        assign(
            self, service=str(card.service_id), services=[(str(card.service_id), card.service)], person=str(card.staff_id),
            day=start.astimezone(zone).date().isoformat(), clock=wording.clock_time(start, zone), time=start.isoformat(),
            minutes=str(card.duration_minutes), earlier_reason=card.overlap_reason,
            support=wording.span(card.starts_at, card.ends_at, zone),
        )  # fmt: skip
        await self._offer_staff()

    async def _begin_refused(self, card: BookingCard, move: Move, refusal: CareOpsError) -> None:
        """A drop that was refused goes on here, where another time or a reason can be given."""
        is_longer = (move.starts_at, move.staff_id) == (card.starts_at, card.staff_id)
        await self._begin_change("length" if is_longer else "move", card, move.starts_at)
        self._revision = card.revision if move.revision is None else move.revision
        assign(self, person=str(move.staff_id or card.staff_id), minutes=str(move.minutes or card.duration_minutes))
        await self._offer_staff()
        if not is_longer:
            await self._offer_times()
            assign(self, time=move.starts_at.isoformat(), shows_times=False)
        self._tell(refusal)

    async def _clear(self, mode: str, heading: str, place: Place) -> None:
        workspace = await fetch(workspaces.workspace_card, actor())
        cards = await offers.services()
        (await self.get_state(SeveralState))._clear()
        self._key, self._zone, self._card, self._place = uuid4().hex, workspace.time_zone, None, place
        assign(
            self, open=True, mode=mode, heading=heading, verb=VERBS[mode], support="", problems={}, overlap=False,
            services=[(key, offers.service_word(card)) for key, card in cards.items()], found=[], contact="",
            contact_name="", time="", clock="", minutes="", times=[], remark="", answers=[], is_offered=True, earlier_reason="",
            shows_times=True, answers_first=False,
        )  # fmt: skip

    async def _take_contact(self, contact_id: int) -> None:
        try:
            person = await fetch(record, actor(), contact_id)
        except NotFound:
            return
        assign(self, contact=str(contact_id), contact_name=person.name, found=[])
