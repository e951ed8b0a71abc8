"""A week as it is being edited: texts of the clock per window, checked when it is saved. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from careops_app.bookings.spans import Window, Windows
from careops_app.errors import Invalid
from careops_app.infra.wording import WEEKDAYS

MIDNIGHT = 1440
USUAL = ("09:00", "17:00")


@dataclass(frozen=True)
class Times:
    """One window: from, until, as typed. “00:00” as an end is the end of the day."""

    at: int
    opens: str
    closes: str


@dataclass(frozen=True)
class Day:
    """One weekday; without windows it is closed."""

    at: int
    name: str
    short: str
    is_open: bool
    times: list[Times]


def days_of(week: tuple[Windows, ...]) -> list[Day]:
    """The kept week, ready for editing."""
    return [_day(at, [(_clock(window.opens), _clock(window.closes)) for window in sorted(week[at])]) for at in range(7)]


def suggested() -> list[Day]:
    """What most businesses start from: Monday to Friday, nine to five."""
    return [_day(at, [USUAL] if at < 5 else []) for at in range(7)]


def week_of(days: list[Day]) -> tuple[Windows, ...]:
    """The edited week, ready to be kept. Raises Invalid(hours) naming the day."""
    return tuple(tuple(_window(day, times) for times in day.times) for day in days)


def toggled(days: list[Day], at: int) -> list[Day]:
    """The day opened, with the hours of the nearest open day before it, or closed."""
    model = next((day for day in reversed(days[:at]) if day.is_open), None)
    usual = [(times.opens, times.closes) for times in model.times] if model else [USUAL]
    return _with(days, at, [] if days[at].is_open else usual)


def typed(days: list[Day], at: int, window: int, opens: str | None = None, closes: str | None = None) -> list[Day]:
    """One end of one window changed."""
    pairs = [(times.opens, times.closes) for times in days[at].times]
    was_opens, was_closes = pairs[window]
    pairs[window] = (was_opens if opens is None else opens, was_closes if closes is None else closes)
    return _with(days, at, pairs)


def split(days: list[Day], at: int) -> list[Day]:
    """The last window of a day parted by a break of half an hour in its middle."""
    pairs = [(times.opens, times.closes) for times in days[at].times]
    opens, closes = (_minutes(text) for text in pairs[-1])
    closes = closes or MIDNIGHT if closes is not None else None
    if opens is None or closes is None or closes - opens < 90:
        return _with(days, at, [*pairs, (pairs[-1][1], pairs[-1][1])])
    middle = (opens + closes) // 2 // 30 * 30
    return _with(days, at, [*pairs[:-1], (_clock(opens), _clock(middle)), (_clock(middle + 30), _clock(closes))])


def without(days: list[Day], at: int, window: int) -> list[Day]:
    """One window less."""
    return _with(days, at, [(t.opens, t.closes) for t in days[at].times if t.at != window])


def copied(days: list[Day], at: int, targets: range) -> list[Day]:
    """The windows of one day on other days too."""
    pairs = [(times.opens, times.closes) for times in days[at].times]
    return [_day(day.at, pairs) if day.at in targets else day for day in days]


def _with(days: list[Day], at: int, pairs: Sequence[tuple[str, str]]) -> list[Day]:
    return [_day(day.at, pairs) if day.at == at else day for day in days]


def _day(at: int, pairs: Sequence[tuple[str, str]]) -> Day:
    times = [Times(number, opens, closes) for number, (opens, closes) in enumerate(pairs)]
    return Day(at, WEEKDAYS[at], WEEKDAYS[at][:3], bool(times), times)


def _window(day: Day, times: Times) -> Window:
    opens, closes = _minutes(times.opens), _minutes(times.closes)
    if opens is None or closes is None:
        raise Invalid(hours=f"{day.name}: enter both times, for example 09:00 to 17:00.")
    return Window(opens, closes or MIDNIGHT)


def _minutes(text: str) -> int | None:
    """“09:30” as minutes after midnight; None for anything else."""
    hours, colon, minutes = text.strip()[:5].partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) <= 24 and int(minutes) < 60):
        return None
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes % MIDNIGHT, 60)
    return f"{hours:02d}:{rest:02d}"
