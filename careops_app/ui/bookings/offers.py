"""What the booking dialog offers: services, who gives them, free times, known people, and why a time is not offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from careops_app.bookings.catalogue import ServiceCard, bookable_services
from careops_app.bookings.queries import DaySlots, SlotSearch, slots_on
from careops_app.bookings.why import WhyNot, why_no_slot
from careops_app.contacts.queries import ContactFilter, contact_list
from careops_app.errors import Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch
from careops_app.ui.session import actor

ANYONE = "Anyone who is free"
MOST_FOUND = 6
DAYS_TO_LOOK = 14
YEARS_AROUND = timedelta(days=800)


@dataclass(frozen=True)
class Answer:
    """Why customers are not offered a time with one person; `is_offered` when they are."""

    who: str
    words: list[str]
    is_offered: bool


@dataclass(frozen=True)
class Asked:
    """Whose free times: of which service, with whom (None is anyone), beside which booking that is to be moved."""

    service: int
    person: int | None = None
    moving: int | None = None


async def services() -> dict[str, ServiceCard]:
    """What can be booked, by id as a form has it."""
    return {str(card.id): card for card in await fetch(bookable_services, actor())}


def service_word(card: ServiceCard) -> str:
    return f"{card.name}, {wording.duration(card.duration_minutes)}"


def people_of(card: ServiceCard | None) -> list[tuple[str, str]]:
    """Who gives a service, with anyone first."""
    return [("", ANYONE), *((str(one.id), one.name) for one in (card.staff if card else ()))]


def lengths(own: int, chosen: str) -> list[tuple[str, str]]:
    """(minutes, word): the usual length first, then 5 minutes to 4 hours, half hours up to 12, and what is chosen."""
    steps = {*range(5, 245, 5), *range(270, 750, 30), *([int(chosen)] if chosen.isdecimal() else [])}
    usual = [("", f"{wording.duration(own)} (usual)")] if own else []
    return [*usual, *((str(each), wording.duration(each)) for each in sorted(steps))]


async def free_times(asked: Asked, day: date, zone: ZoneInfo) -> list[tuple[str, str]]:
    """(instant, word) of the free times of a date; staff are not bound to notice, horizon and grid of the service."""
    if abs(day - clock.now().date()) > YEARS_AROUND:
        return []
    slots = [slot for each in await _slots(asked, day, 1) for slot in each.slots]
    return [(slot.starts_at.isoformat(), wording.clock_time(slot.starts_at, zone)) for slot in slots]


async def first_free_day(asked: Asked, day: date) -> date | None:
    """The first day of two weeks that has a time; staff offer these times too."""
    return next((each.day for each in await _slots(asked, day, DAYS_TO_LOOK) if each.slots), None)


async def _slots(asked: Asked, day: date, days: int) -> tuple[DaySlots, ...]:
    wanted = SlotSearch(asked.service, day, days, asked.person, by_staff=True, except_booking=asked.moving)
    try:
        return await fetch(slots_on, actor(), wanted)
    except Refused:
        return ()


async def answers(asked: Asked, start: datetime) -> list[Answer]:
    """Everybody asked for, with what keeps customers from being offered that start. Raises Invalid, Refused."""
    rows: tuple[WhyNot, ...] = await fetch(why_no_slot, actor(), asked.service, start, asked.person)
    return [Answer(row.staff, list(row.reasons), not row.reasons) for row in rows]


async def known(text: str) -> list[tuple[str, str, str]]:
    """Contacts by the beginning of a name, an address or a number."""
    if not text.strip():
        return []
    page = await fetch(contact_list, actor(), ContactFilter(text=text[:80]))
    return [(str(row.id), row.name, row.email or row.phone) for row in page.rows[:MOST_FOUND]]
