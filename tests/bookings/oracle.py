"""The oracle of free times: it knows nothing of spans and looks at the venue's clock minute by minute.

Zone data comes from the same package, read by the standard library; everything else is counted anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import available_timezones

from careops_app.bookings.rules import Calendar, Limits
from careops_app.bookings.spans import Hours, Span
from careops_app.infra import clock

MINUTE = timedelta(minutes=1)
YEARS = range(2024, 2031)
ORDINARY = date(2026, 6, 16)


@cache
def change_days(name: str) -> tuple[date, ...]:
    """The days of 2024 to 2030 on which the zone's clocks change, and their neighbours."""
    zone, found = clock.zone(name), []
    noon = datetime(YEARS[0], 1, 1, 12, tzinfo=UTC)
    while noon.year in YEARS:
        if noon.astimezone(zone).utcoffset() != (noon + timedelta(days=1)).astimezone(zone).utcoffset():
            found += [noon.date() + timedelta(days=away) for away in (-1, 0, 1, 2)]
        noon += timedelta(days=1)
    return tuple(found)


@cache
def changing_zones() -> tuple[str, ...]:
    """Every IANA zone whose clocks change in those years, aliases included."""
    return tuple(name for name in sorted(available_timezones()) if _changes(name))


def _changes(name: str) -> bool:
    zone, first = clock.zone(name), datetime(YEARS[0], 1, 1, tzinfo=UTC)
    weeks = (first + timedelta(weeks=number) for number in range(52 * len(YEARS) + 8))
    return len({week.astimezone(zone).utcoffset() for week in weeks}) > 1


def open_starts(calendar: Calendar, day: date, limits: Limits, name: str, now: datetime) -> list[datetime]:
    """Every start on this date of the venue that a visitor may have."""
    minutes, walls = _readings(name, day)
    opened = [_in_windows(wall, calendar.hours) for wall in walls]
    bookable = [
        is_open and not _inside(minute, calendar.closed) for minute, is_open in zip(minutes, opened, strict=True)
    ]
    today = now.astimezone(clock.zone(name)).date()
    found, anchor = [], None
    for index, minute in enumerate(minutes):
        on_day = opened[index] and walls[index].date() == day
        anchor = (minute if anchor is None else anchor) if on_day else None
        if (
            anchor is not None
            and (minute - anchor) % timedelta(minutes=limits.step_minutes) == timedelta()
            and minute >= now + timedelta(minutes=limits.notice_minutes)
            and (day - today).days <= limits.horizon_days
            and all(bookable[index : index + limits.duration_minutes])
            and _clear(minute, limits, calendar.busy)
        ):
            found.append(minute)
    return found


@lru_cache(maxsize=64)
def _readings(name: str, day: date) -> tuple[list[datetime], list[datetime]]:
    """The minutes around a day, and what the venue's clock shows at each of them."""
    begin, zone = datetime.combine(day, time(), UTC) - timedelta(hours=30), clock.zone(name)
    minutes = [begin + MINUTE * number for number in range(5 * 1440)]
    return minutes, [minute.astimezone(zone) for minute in minutes]


def _in_windows(wall: datetime, hours: Hours) -> bool:
    reading = wall.hour * 60 + wall.minute
    return any(window.opens <= reading < window.closes for window in hours.on(wall.date()))


def _inside(minute: datetime, spans: Iterable[Span]) -> bool:
    return any(span.start <= minute < span.end for span in spans)


def _clear(minute: datetime, limits: Limits, busy: Iterable[Span]) -> bool:
    first = minute - timedelta(minutes=limits.before_minutes)
    last = minute + timedelta(minutes=limits.duration_minutes + limits.after_minutes)
    return all(last <= other.start or other.end <= first for other in busy)
