"""The chosen day as a list, for phones: visits, the free time between them, and where now is. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime

from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import AgendaRow
from careops_app.bookings.spans import Windows
from careops_app.infra import wording
from careops_app.infra.states import STATE
from careops_app.ui.bookings import grid
from careops_app.ui.bookings.columns import MIDNIGHT, Shown
from careops_app.ui.bookings.reading import STEP_MINUTES, shown

SHORTEST_GAP = 15
OVER = (BookingStatus.COMPLETED, BookingStatus.NO_SHOW)


@dataclass(frozen=True)
class Part:
    """A line of the agenda: a "visit", a free "gap" that a visit can be added to, or "now"."""

    key: str
    kind: str
    time: str
    until: str = ""
    who: str = ""
    what: str = ""
    status: str = ""
    address: str = ""
    minute: int = 0
    is_over: bool = False


def agenda_of(view: Shown, day: date, now: datetime) -> list[Part]:
    """The day in order of time; what lies behind and needs nothing any more is marked as over."""
    rows, minute = view.on(day), _minute_now(view, day, now)
    parts = [(_start(view, row), 1, _visit(view, row, minute)) for row in rows]
    parts += [(first, 2, _gap(first, last)) for first, last in _gaps(view.windows(day), _busy(view, rows), minute)]
    if day == view.today and parts:
        parts.append((minute, 0, Part("now", "now", shown(minute))))
    return [part for _, _, part in sorted(parts, key=lambda each: each[:2])]


def over_word(parts: list[Part]) -> str:
    """“3 earlier: 2 completed, 1 no-show”; nothing when nothing is over."""
    over = Counter(STATE[f"booking.{part.status}"].word.lower() for part in parts if part.is_over)
    told = ", ".join(f"{number} {word}" for word, number in over.items())
    return f"{over.total()} earlier: {told}" if over else ""


def _minute_now(view: Shown, day: date, now: datetime) -> int:
    """How much of that day is over, in minutes."""
    return grid.minute_of(now, view.zone) if day == view.today else 0 if day > view.today else MIDNIGHT


def _start(view: Shown, row: AgendaRow) -> int:
    return grid.minute_of(row.starts_at, view.zone)


def _busy(view: Shown, rows: list[AgendaRow]) -> list[tuple[int, int]]:
    """When somebody is with a customer, joined, in order."""
    busy: list[tuple[int, int]] = []
    for first, last in sorted((_start(view, row), grid.end_minute(row, view.zone)) for row in rows):
        if busy and first <= busy[-1][1]:
            busy[-1] = (busy[-1][0], max(last, busy[-1][1]))
        else:
            busy.append((first, last))
    return busy


def _gaps(windows: Windows, busy: list[tuple[int, int]], now: int) -> list[tuple[int, int]]:
    """The free stretches from now on that are worth a line."""
    at, gaps = -(-now // STEP_MINUTES) * STEP_MINUTES, []
    for window in windows:
        at = max(at, window.opens)
        for first, last in [*busy, (window.closes, window.closes)]:
            end = min(first, window.closes)
            if end - at >= SHORTEST_GAP:
                gaps.append((at, end))
            at = max(at, min(last, window.closes))
    return gaps


def _visit(view: Shown, row: AgendaRow, minute: int) -> Part:
    return Part(
        str(row.id), "visit", wording.clock_time(row.starts_at, view.zone), wording.clock_time(row.ends_at, view.zone),
        row.contact, f"{row.service}, {row.staff}", row.status, replace(view.place, booking=row.id).address(),
        is_over=row.status in OVER and 0 < minute < MIDNIGHT and grid.end_minute(row, view.zone) <= minute,
    )  # fmt: skip


def _gap(first: int, last: int) -> Part:
    length = wording.duration(last - first)
    return Part(
        f"gap-{first}", "gap", shown(first), f"{last // 60:02d}:{last % 60:02d}", what=f"{length} free", minute=first
    )
