"""Dates and times of time off, from what was typed to instants and back to words. Pure."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from careops_app.bookings.catalogue import TimeOffRow
from careops_app.bookings.readings import instant_at, remark
from careops_app.bookings.spans import DAY, Span, Window, whole_days
from careops_app.errors import Invalid
from careops_app.infra import clock, wording

NO_DAY = "Enter a day."


class AbsenceForm(TypedDict):
    """Whole days, unless times are given."""

    away: str
    first_day: str
    first_time: str
    last_day: str
    last_time: str
    reason: str


def span_of(form: AbsenceForm, zone: ZoneInfo) -> Span:
    """Whole days when no times are given; a last day left empty is the first one. Raises Invalid per field."""
    first = date_of(form["first_day"], "first_day")
    last = date_of(form["last_day"], "last_day") if form["last_day"] else first
    if last < first:
        raise Invalid(last_day="The last day is before the first.")
    days = whole_days(first, last, zone)
    start = _instant(first, form["first_time"], zone, "first_time") if form["first_time"] else days.start
    end = _instant(last, form["last_time"], zone, "last_time") if form["last_time"] else days.end
    return Span(start, end)


def date_of(text: str, field: str) -> date:
    """The day of a date field. Raises Invalid(field)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(**{field: NO_DAY}) from None


def _instant(day: date, text: str, zone: ZoneInfo, field: str) -> datetime:
    """The instant at which the venue's clock shows this; the first one when it shows it twice."""
    return instant_at(datetime.combine(day, _time(text, field)), zone, field)


def remarks(form: AbsenceForm, zone: ZoneInfo) -> str:
    """Which of two is meant, for every time of the form that the clocks show twice; otherwise empty."""
    days = ((form["first_day"], form["first_time"]), (form["last_day"] or form["first_day"], form["last_time"]))
    typed = (datetime.fromisoformat(f"{day}T{text[:5]}") for day, text in days if text)
    return " ".join(filter(None, (remark(reading, zone) for reading in typed)))


def _time(text: str, field: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Invalid(**{field: "Enter a time, for example 13:30."}) from None


def window_of(opens: str, closes: str, fields: tuple[str, str] = ("opens", "closes")) -> Window:
    """The hours of one date; “00:00” as an end is the end of the day. Raises Invalid under the names of the fields."""
    first, last = _time(opens, fields[0]), _time(closes, fields[1])
    return Window(first.hour * 60 + first.minute, (last.hour * 60 + last.minute) or int(DAY.total_seconds() // 60))


def in_words(row: TimeOffRow, zone: str) -> str:
    """Days alone when whole ones are meant, times otherwise."""
    place = clock.zone(zone)
    first, last = row.starts_at.astimezone(place), row.ends_at.astimezone(place)
    if first.time() == last.time() == time():
        return wording.days(first.date(), (last - DAY).date())
    return wording.span(row.starts_at, row.ends_at, zone)


def clock_words(window: Window) -> str:
    """“09:00–17:30”."""
    return f"{window.opens // 60:02d}:{window.opens % 60:02d}–{window.closes // 60:02d}:{window.closes % 60:02d}"
