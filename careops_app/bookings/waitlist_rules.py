"""What is allowed on the waitlist: which wishes are kept, whom a freed time suits, how long an offer may stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from careops_app.errors import Invalid

WHOLE_DAY = (0, 1440)
FARTHEST = timedelta(days=366)
SHORTEST_OFFER_MINUTES = 5  # with less time nobody reads a message and answers it
MOST_SEATS = 500
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Wish:
    """What somebody would come for: a start on one of the dates first_on to last_on of the venue's calendar.

    On the venue's clock it lies in [from_minute, until_minute). `staff_id` None means anyone.
    """

    service_id: int
    first_on: date
    last_on: date
    staff_id: int | None = None
    from_minute: int = WHOLE_DAY[0]
    until_minute: int = WHOLE_DAY[1]
    seats: int = 1

    @property
    def is_all_day(self) -> bool:
        return (self.from_minute, self.until_minute) == WHOLE_DAY


def problems(wish: Wish, today: date) -> dict[str, str]:
    """What keeps this wish off the list, a sentence per field. `today` is that of the venue."""
    found: dict[str, str] = {}
    if wish.last_on < today:
        found["last_on"] = "Choose today or a later day."
    elif wish.last_on < wish.first_on:
        found["last_on"] = "The last day comes before the first."
    elif wish.last_on - today > FARTHEST:
        found["last_on"] = "Choose a day within the next year."
    if not 0 <= wish.from_minute < wish.until_minute <= WHOLE_DAY[1]:
        found["until"] = "The end must be after the beginning."
    if not 1 <= wish.seats <= MOST_SEATS:
        found["seats"] = "Enter how many come."
    return found


def wish_typed(service_id: int, fields: Mapping[str, str]) -> Wish:
    """The wish as a form spells it: first_on, last_on, and if given from, until, staff, seats; midnight ends a day.

    Raises Invalid(first_on | last_on | from | until | seats) for what cannot be read.
    """
    wrong: dict[str, str] = {}
    first, last = (_day(fields, name, wrong) for name in ("first_on", "last_on"))
    opens, closes = _minute(fields, "from", WHOLE_DAY[0], wrong), _minute(fields, "until", WHOLE_DAY[1], wrong)
    seats = _number(fields.get("seats", "").strip() or "1")
    if seats is None:
        wrong["seats"] = "Enter how many come."
    if wrong or first is None or last is None or seats is None:
        raise Invalid(**wrong)
    return Wish(service_id, first, last, _number(fields.get("staff", "")), opens, closes or WHOLE_DAY[1], seats)


def _day(fields: Mapping[str, str], name: str, wrong: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(fields.get(name, "").strip())
    except ValueError:
        wrong[name] = "Choose a day."
        return None


def _minute(fields: Mapping[str, str], name: str, otherwise: int, wrong: dict[str, str]) -> int:
    text = fields.get(name, "").strip()
    read = CLOCK.fullmatch(text)
    if text and read is None:
        wrong[name] = "Enter a time like 09:30, or leave it empty."
    return int(read[1]) * 60 + int(read[2]) if read else otherwise


def _number(text: str) -> int | None:
    """An id or a count; nothing longer than the database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def suits(wish: Wish, starts_at: datetime, staff_id: int, zone: tzinfo) -> bool:
    """Whether a freed time of this calendar is one that was wished for."""
    day, minute = on_the_wall(starts_at, zone)
    return (
        wish.first_on <= day <= wish.last_on
        and wish.from_minute <= minute < wish.until_minute
        and wish.staff_id in (None, staff_id)
    )


def on_the_wall(starts_at: datetime, zone: tzinfo) -> tuple[date, int]:
    """The date and the minute after midnight that the venue's clock shows then."""
    local = starts_at.astimezone(zone)
    return local.date(), local.hour * 60 + local.minute


def minutes_to_answer(starts_at: datetime, now: datetime, offer_minutes: int, notice_minutes: int) -> int | None:
    """How long a freed time may be kept for somebody: as the service says, and never past the last moment at which it
    could be booked; None when that is too short to answer."""
    left = int((starts_at - now).total_seconds() // 60) - notice_minutes
    minutes = min(offer_minutes, left)
    return minutes if minutes >= SHORTEST_OFFER_MINUTES else None
