"""A new booking by staff, or another time for one: service, person, day, free times, and who it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import reflex as rx

from careops_app.bookings import service as bookings
from careops_app.bookings.catalogue import ServiceCard, bookable_services
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.making import StaffBooking
from careops_app.bookings.queries import SlotSearch, booking_card, slots_on
from careops_app.bookings.readings import remark
from careops_app.bookings.service import Move
from careops_app.bookings.why import why_no_slot
from careops_app.contacts.queries import ContactFilter, contact_list, record
from careops_app.errors import CareOpsError, Invalid, NotFound, Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.bookings.address import Place
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.bookings.several_state import SeveralState
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

MOST_FOUND = 6
DAYS_TO_LOOK = 14


@dataclass(frozen=True)
class Answer:
    """Why customers are not offered a time with one person; `is_offered` when they are."""

    who: str
    words: list[str]
    is_offered: bool


class MakingState(rx.State):
    """The dialog. `moving` is the id of the booking that gets another time; 0 for a new one."""

    open: bool = False
    moving: int = 0
    heading: str = ""
    services: list[tuple[str, str]] = []
    staff: list[tuple[str, str]] = []
    service: str = ""
    person: str = ""
    day: str = ""
    first_day: str = ""
    times: list[tuple[str, str]] = []
    time: str = ""
    no_times: str = ""
    asked_time: str = ""
    answers: list[Answer] = []
    found: list[tuple[str, str, str]] = []
    contact: str = ""
    contact_name: str = ""
    problems: dict[str, str] = {}
    _key: str = ""
    _zone: str = "UTC"
    _revision: int = 0

    @handler(Permission.BOOKINGS)
    async def begin(self) -> None:
        """Opens the dialog for a new booking."""
        record_state = await self.get_state(RecordState)
        await self._begin(record_state._place, None)

    @handler(Permission.BOOKINGS)
    async def begin_move(self) -> None:
        """Opens the dialog for another time of the open booking."""
        shown = (await self.get_state(RecordState)).facts.id
        card = await fetch(booking_card, actor(), shown)
        await self._clear()
        zone = clock.zone(self._zone)
        self._revision = card.revision
        assign(
            self, open=True, moving=card.id, heading=f"Move the visit of {card.contact}", service=str(card.service_id),
            person=str(card.staff_id), day=max(card.starts_at, clock.now()).astimezone(zone).date().isoformat(),
        )  # fmt: skip
        await self._offer_staff()
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def toggle(self, open: bool) -> None:
        assign(self, open=open)

    @handler(Permission.BOOKINGS)
    async def pick_service(self, value: str) -> None:
        assign(self, service=value, person="")
        await self._offer_staff()
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def pick_person(self, value: str) -> None:
        assign(self, person=value)
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def pick_day(self, value: str) -> None:
        assign(self, day=value)
        await self._offer_times()

    @handler(Permission.BOOKINGS)
    async def pick_time(self, value: str) -> None:
        assign(self, time=value)

    @handler(Permission.BOOKINGS)
    async def ask_why(self, value: str) -> None:
        """Says of a time of the chosen day why customers are not offered it."""
        assign(self, asked_time=value)
        await self._explain()

    @handler(Permission.BOOKINGS, debounce=250)
    async def look_up(self, text: str) -> None:
        """Finds contacts by the beginning of a name, an address or a number."""
        if not text.strip():
            assign(self, found=[])
            return
        page = await fetch(contact_list, actor(), ContactFilter(text=text[:80]))
        assign(self, found=[(str(row.id), row.name, row.email or row.phone) for row in page.rows[:MOST_FOUND]])

    @handler(Permission.BOOKINGS)
    async def pick_contact(self, value: str) -> None:
        if (contact_id := _optional(value)) is not None:
            await self._take_contact(contact_id)

    @handler(Permission.BOOKINGS)
    async def drop_contact(self) -> None:
        assign(self, contact="", contact_name="", found=[])

    @handler(Permission.BOOKINGS, temporal=True)
    async def save(self, form: dict[str, str]) -> list[rx.event.EventSpec] | rx.event.EventSpec | None:
        """Books or moves; what was typed stays in the dialog when it is refused."""
        try:
            return await (self._move() if self.moving else self._book(form))
        except Invalid as invalid:
            assign(self, problems=invalid.fields)
        except Refused as refusal:
            assign(self, problems={"time": self._with_nearest(refusal)})
            await self._offer_times()
        except CareOpsError as error:
            assign(self, problems={"time": str(error)})
        return focus_first()

    async def _book_several(self, form: dict[str, str]) -> list[rx.event.EventSpec] | None:
        """Books as many visits as the part below says; the dialog stays open when they cannot be had."""
        whom = ForWhom(
            form.get("name", ""), form.get("email", ""), form.get("phone", ""), form.get("note", ""), _optional(self.contact)
        )  # fmt: skip
        done = await (await self.get_state(SeveralState))._save(f"staff-{self._key}", whom)
        if done is not None:
            assign(self, open=False, problems={})
        return done

    async def _book(self, form: dict[str, str]) -> list[rx.event.EventSpec] | None:
        if (await self.get_state(SeveralState)).kind != "once":
            return await self._book_several(form)
        wanted = StaffBooking(
            service_id=_number(self.service, "service"), starts_at=self._start(), idempotency_key=f"staff-{self._key}",
            staff_id=_optional(self.person), contact_id=_optional(self.contact), name=form.get("name", ""),
            email=form.get("email", ""), phone=form.get("phone", ""), note=form.get("note", ""),
        )  # fmt: skip
        booking_id = await transact(bookings.add_by_staff, actor(), wanted)
        return self._done("Booked. The customer is told.", booking_id)

    async def _move(self) -> list[rx.event.EventSpec]:
        move = Move(self.moving, self._start(), _optional(self.person), self._revision)
        await transact(bookings.reschedule, actor(), move)
        return self._done("Moved. The customer is told, reminders follow.", self.moving)

    def _done(self, words: str, booking_id: int) -> list[rx.event.EventSpec]:
        assign(self, open=False, problems={})
        place = Place(view="week", day=_day(self.day), booking=booking_id)
        return [toasts.done(words), rx.redirect(place.address())]

    def _start(self) -> datetime:
        try:
            return datetime.fromisoformat(self.time).astimezone(UTC)
        except ValueError:
            raise Invalid(time="Choose a time.") from None

    def _with_nearest(self, refusal: Refused) -> str:
        if not refusal.nearest:
            return str(refusal)
        zone = clock.zone(self._zone)
        free = wording.listing([wording.near(start, zone, clock.now()) for start in refusal.nearest], "or")
        return f"{refusal} Free: {free}."

    async def _begin(self, place: Place, contact_id: int | None) -> None:
        await self._clear()
        today = clock.now().astimezone(clock.zone(self._zone)).date()
        day = max(place.day or today, today)
        first = self.services[0][0] if self.services else ""
        assign(
            self, open=True, moving=0, heading="New booking", service=first, person=str(place.staff or ""),
            day=day.isoformat(),
        )  # fmt: skip
        if contact_id is not None:
            await self._take_contact(contact_id)
        await self._offer_staff()
        await self._offer_times()
        if not self.times:
            await self._offer_first_free_day()

    async def _clear(self) -> None:
        workspace = await fetch(workspaces.workspace_card, actor())
        services = await fetch(bookable_services, actor())
        self._key, self._zone = uuid4().hex, workspace.time_zone
        (await self.get_state(SeveralState))._clear()
        today = clock.now().astimezone(clock.zone(workspace.time_zone)).date()
        assign(
            self, services=[(str(each.id), _service_word(each)) for each in services], problems={}, found=[], contact="",
            contact_name="", time="", times=[], asked_time="", answers=[], first_day=today.isoformat(),
        )  # fmt: skip

    async def _take_contact(self, contact_id: int) -> None:
        try:
            person = await fetch(record, actor(), contact_id)
        except NotFound:
            return
        assign(self, contact=str(contact_id), contact_name=person.name, found=[])

    async def _offer_staff(self) -> None:
        services = await fetch(bookable_services, actor())
        givers = next((each.staff for each in services if str(each.id) == self.service), ())
        names = [(str(one.id), one.name) for one in givers]
        keeps = self.person if any(value == self.person for value, _ in names) else ""
        assign(self, staff=[("", "Anyone who is free"), *names], person=keeps)

    async def _offer_first_free_day(self) -> None:
        """When nothing is free on the day one came from: the first day of the coming two weeks that has a time."""
        first, service = _day(self.day), _optional(self.service)
        if first is None or service is None:
            return
        wanted = SlotSearch(service, first, DAYS_TO_LOOK, _optional(self.person), by_staff=True)
        free = next((each.day for each in await fetch(slots_on, actor(), wanted) if each.slots), None)
        if free is not None:
            assign(self, day=free.isoformat())
            await self._offer_times()

    async def _offer_times(self) -> None:
        """The free times of the chosen day; staff are not bound to notice, horizon and grid of the service."""
        day, service = _day(self.day), _optional(self.service)
        if day is None or service is None:
            assign(self, times=[], time="", no_times="Choose a service and a day.")
            return
        zone = clock.zone(self._zone)
        wanted = SlotSearch(service, day, 1, _optional(self.person), by_staff=True, except_booking=self.moving or None)
        slots = [slot for each in await fetch(slots_on, actor(), wanted) for slot in each.slots]
        times = [(slot.starts_at.isoformat(), wording.clock_time(slot.starts_at, zone)) for slot in slots]
        kept = self.time if any(value == self.time for value, _ in times) else ""
        none = f"Nothing is free on {wording.day(day)}. Choose another day." if not times else ""
        assign(self, times=times, time=kept, no_times=none)
        await self._explain()

    async def _explain(self) -> None:
        day, service, asked = _day(self.day), _optional(self.service), _time(self.asked_time)
        if day is None or service is None or asked is None:
            assign(self, answers=[], problems=self.problems | {"why": ""})
            return
        try:
            rows = await fetch(why_no_slot, actor(), service, datetime.combine(day, asked), _optional(self.person))
        except (Invalid, Refused) as problem:
            assign(self, answers=[], problems=self.problems | {"why": str(problem)})
            return
        answers = [Answer(row.staff, list(row.reasons), not row.reasons) for row in rows]
        twice = remark(datetime.combine(day, asked), clock.zone(self._zone))
        assign(self, answers=answers, problems=self.problems | {"why": twice})


def _service_word(card: ServiceCard) -> str:
    return f"{card.name}, {wording.duration(card.duration_minutes)}"


def _optional(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _number(text: str, field: str) -> int:
    found = _optional(text)
    if found is None:
        raise Invalid(**{field: "Choose one."})
    return found


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if abs(found - clock.now().date()) < timedelta(days=800) else None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text[:5])
    except ValueError:
        return None
