"""What the rules of bookings say in words, for customers and staff alike: why not, until when, what is illegal."""

from __future__ import annotations

from datetime import datetime, tzinfo

from careops_app.bookings import rules
from careops_app.bookings.rules import CustomerMay, Limits, Obstacle
from careops_app.bookings.status import BookingStatus
from careops_app.bookings.waitlist_rules import WHOLE_DAY, Wish
from careops_app.infra import wording
from careops_app.infra.states import state


def why_not(obstacle: Obstacle, start: datetime, limits: Limits, zone: tzinfo) -> str:
    """Why a start cannot be booked."""
    when = wording.moment(start, zone)
    match obstacle:
        case Obstacle.PAST:
            return f"{when} is already past."
        case Obstacle.TOO_SOON:
            return f"{when} is too soon: this service is booked at least {wording.before(limits.notice_minutes)} ahead."
        case Obstacle.TOO_FAR:
            ahead = wording.plural(limits.horizon_days, "day")
            return f"{when} is too far away: bookings open {ahead} ahead."
        case Obstacle.CLOSED:
            return f"{when} is outside the opening hours."
        case Obstacle.OFF_GRID:
            return f"No visit starts at {wording.time_with_zone(start, zone)}."
        case Obstacle.TAKEN:
            return f"{when} is not free any more."
        case Obstacle.NO_SEATS:
            return f"{when} has not enough places left."
        case Obstacle.NO_RESOURCE | Obstacle.NO_STOCK:
            return f"{when} is not available."
        case Obstacle.DAY_FULL:
            return f"{wording.day(start, zone)} is fully booked for this service."
        case Obstacle.WEEK_FULL:
            return f"The week of {wording.day(start, zone)} is fully booked for this service."


def skipped_reading(reading: datetime, before: datetime, after: datetime) -> str:
    """Why a naive reading of the venue's clock is no time, and which ones are: the clocks jump from `before` to `after`."""
    is_one_day = before.date() == after.date()
    last, first = (f"{one:%H:%M}" if is_one_day else wording.reading(one) for one in (before, after))
    return (
        f"The clocks go forward on {wording.day(reading.date())} and skip {reading:%H:%M}. "
        f"Choose a time before {last}, or {first} or later."
    )


def twice(first: datetime, zone: tzinfo) -> str:
    """Which of two is meant when the clocks go back and show a reading twice."""
    return f"The clocks go back and show this time twice; the first is meant, {wording.moment(first, zone)}."


def policy(cancel_notice_minutes: int) -> str:
    """Until when customers may change a visit, before there is one."""
    if cancel_notice_minutes == 0:
        return "You can move or cancel until the visit starts."
    return f"You can move or cancel until {wording.before(cancel_notice_minutes)} before the visit."


def may_change(may: CustomerMay, starts_at: datetime, cancel_notice_minutes: int, zone: tzinfo) -> str:
    """What a customer may do with this visit now."""
    deadline = wording.moment(rules.change_deadline(starts_at, cancel_notice_minutes), zone)
    match may:
        case CustomerMay.CHANGE:
            return f"You can move or cancel until {deadline}."
        case CustomerMay.TOO_LATE:
            return f"Changes here were possible until {deadline}. Call us instead."
        case CustomerMay.NO_MORE:
            return "This visit can no longer be changed."


def illegal(was: BookingStatus, to: BookingStatus) -> str:
    """Why a booking in one status cannot get another."""
    if was == to:
        return f"This visit is already {_word(was)}."
    return f"A visit that is {_word(was)} cannot become {_word(to)}."


def not_movable(status: BookingStatus) -> str:
    """Why a booking in this status cannot be moved."""
    return f"A visit that is {_word(status)} cannot be moved."


def not_restorable(status: BookingStatus) -> str:
    """Why there is nothing to take back."""
    return f"This visit is {_word(status)}: there is nothing to take back."


def decided(status: BookingStatus) -> str:
    """Why a booking can no longer be declined."""
    return f"This visit no longer waits for approval: it is {_word(status)}."


def too_early(to: BookingStatus, starts_at: datetime, zone: tzinfo) -> str:
    """Why the clock does not allow this status yet."""
    when = wording.moment(starts_at, zone)
    if to in rules.AFTER_THE_START:
        return f"This visit starts on {when}. It can be {_word(to)} once it has started."
    return f"This visit is on {wording.day(starts_at, zone)}. Check-in opens on that day."


def wish(wanted: Wish, staff: str = "") -> str:
    """“15–20 June 2026, from 09:00 and before 12:00, with Priya Raman, for 2 people”."""
    parts = [
        wording.days(wanted.first_on, wanted.last_on),
        _hours_of(wanted),
        f"with {staff}" if staff else "",
        f"for {wanted.seats} people" if wanted.seats > 1 else "",
    ]
    return ", ".join(part for part in parts if part)


def _hours_of(wanted: Wish) -> str:
    opens, closes = wanted.from_minute, wanted.until_minute
    parts = [
        f"from {_clock(opens)}" if opens > WHOLE_DAY[0] else "",
        f"before {_clock(closes)}" if closes < WHOLE_DAY[1] else "",
    ]
    return " and ".join(part for part in parts if part)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _word(status: BookingStatus) -> str:
    return state(f"booking.{status}").word.lower()
