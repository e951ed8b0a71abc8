"""Items and their ledger in words, with the lengths of the bar that shows what is free, reserved, short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from careops_app.infra import wording
from careops_app.inventory.models import MovementKind, ShortagePolicy
from careops_app.inventory.queries import ItemRow, MovementRow, NeedRow, StockCounts, StockFilter
from careops_app.inventory.rules import DayLeft
from careops_app.ui.inventory.address import Place

FILTERS: dict[StockFilter, str] = {
    StockFilter.ALL: "All",
    StockFilter.ATTENTION: "Needs attention",
    StockFilter.CRITICAL: "Critical",
    StockFilter.LOW: "Below threshold",
    StockFilter.IN_STOCK: "In stock",
    StockFilter.RETIRED: "Retired",
}
WORDS: dict[MovementKind, str] = {
    MovementKind.RECEIVE: "Received",
    MovementKind.ADJUST: "Counted",
    MovementKind.WASTE: "Thrown away",
    MovementKind.RESERVE: "Reserved",
    MovementKind.RELEASE: "Given back",
    MovementKind.CONSUME: "Used",
    MovementKind.UNDO: "Undone",
}
ON_SHORTAGE = {ShortagePolicy.APPROVE: "approval when short", ShortagePolicy.HIDE: "no times when short"}
HEADROOM = Decimal("1.2")


@dataclass(frozen=True)
class Choice:
    """A list that can be chosen, with its count."""

    key: str
    word: str
    address: str
    is_current: bool
    number: str


@dataclass(frozen=True)
class Line:
    """An item of the list. Lengths are CSS percentages; `short` is empty unless visits need more than there is."""

    id: int
    name: str
    about: str
    status: str
    free: str
    short: str
    reserved: str
    label: str
    free_share: str
    reserved_at: str
    reserved_share: str
    short_at: str
    short_share: str
    threshold_at: str
    lasts: str
    is_ending: bool
    affected: str
    address: str
    is_open: bool


@dataclass(frozen=True)
class Entry:
    """A line of the ledger."""

    id: int
    what: str
    reason: str
    when: str
    change: str
    booking: int
    may_undo: bool
    is_undone: bool


@dataclass(frozen=True)
class Visit:
    """A visit that needs the item."""

    booking: int
    who: str
    when: str
    need: str
    is_short: bool


@dataclass(frozen=True)
class Day:
    """What is left after a day's visits."""

    day: str
    left: str
    is_short: bool


def filters(place: Place, counts: StockCounts) -> list[Choice]:
    """The lists with their counts; while searching no count is shown, because it would not agree."""
    numbers = {} if place.q else vars(counts)
    return [
        Choice(
            each.value, word, Place(chosen=each, q=place.q).address(), place.chosen == each,
            str(numbers[each.value]) if each.value in numbers else "",
        )
        for each, word in FILTERS.items()
    ]  # fmt: skip


def line(row: ItemRow, place: Place) -> Line:
    """An item as the list shows it."""
    free, short = max(row.available, Decimal(0)), max(-row.available, Decimal(0))
    scale = max(row.on_hand, row.reserved, row.threshold * HEADROOM, Decimal(1)) * HEADROOM
    held = row.reserved - short
    return Line(
        id=row.id, name=row.name, about=about(row), status=row.status, free=wording.quantity(free),
        short=wording.quantity(short) if short else "", reserved=_reserved(row),
        label=_label(row), free_share=_share(free, scale), reserved_at=_share(free, scale),
        reserved_share=_share(held, scale), short_at=_share(row.on_hand, scale), short_share=_share(short, scale),
        threshold_at=_share(row.threshold, scale), lasts=lasts(row), is_ending=row.runs_out_on is not None, affected=_affected(row),
        address=replace(place, item=row.id, entries=1).address(), is_open=place.item == row.id,
    )  # fmt: skip


def about(row: ItemRow) -> str:
    """What it is counted in, and who supplies it."""
    return ", ".join(part for part in (f"in {row.unit}", "reusable" if row.reusable else "", row.supplier) if part)


def about_in_full(row: ItemRow) -> str:
    """That, and what a shortage does to bookings, unless it only warns."""
    policy = ON_SHORTAGE.get(row.shortage_policy, "")
    return f"{about(row)}, {policy}" if policy else about(row)


def lasts(row: ItemRow) -> str:
    """Until when it lasts, as far as visits are booked."""
    if row.reusable:
        return "Not used up"
    if row.runs_out_on is None:
        return "Covers all bookings"
    return wording.day(row.runs_out_on).rsplit(" ", 1)[0]


def _affected(row: ItemRow) -> str:
    return f"{wording.plural(row.short_visits, 'visit')} affected" if row.short_visits else ""


def _reserved(row: ItemRow) -> str:
    return f"{wording.quantity(row.reserved)} reserved of {wording.quantity(row.on_hand)}"


def _label(row: ItemRow) -> str:
    return (
        f"{wording.quantity(row.on_hand)} on hand, {wording.quantity(row.reserved)} reserved, "
        f"threshold {wording.quantity(row.threshold)}"
    )


def _share(amount: Decimal, scale: Decimal) -> str:
    return f"{min(amount / scale, Decimal(1)) * 100:.1f}%"


def entry(row: MovementRow, zone: ZoneInfo, now: datetime) -> Entry:
    """A line of the ledger in words."""
    who = f"{WORDS[row.kind]} for {row.contact_name}" if row.contact_name else WORDS[row.kind]
    by_hand = f", {row.author}" if row.author and not row.booking_id else ""
    reference = f", booking {row.booking_reference}" if row.booking_reference else ""
    return Entry(
        row.id, who, "" if row.booking_id and row.kind != MovementKind.UNDO else row.reason,
        f"{wording.near(row.at, zone, now)}{by_hand}{reference}", _change(row), row.booking_id or 0, row.may_undo,
        row.is_undone,
    )  # fmt: skip


def _change(row: MovementRow) -> str:
    if row.on_hand_change or not row.reserved_change:
        return signed(row.on_hand_change)
    return f"{signed(row.reserved_change)} reserved"


def signed(amount: Decimal) -> str:
    """“+5”, “−2”, “0”."""
    return f"+{wording.quantity(amount)}" if amount > 0 else wording.quantity(amount)


def visit(row: NeedRow, unit: str, zone: ZoneInfo, now: datetime) -> Visit:
    """A visit and what it needs."""
    need = (
        f"{wording.quantity(row.missing)} of {wording.quantity(row.quantity)} missing"
        if row.missing
        else wording.quantity(row.quantity, unit)
    )
    when = f"{wording.near(row.starts_at, zone, now)}, {row.service_name}"
    return Visit(row.booking_id, row.contact_name, when, need, bool(row.missing))


def day(row: DayLeft) -> Day:
    """A day and what it leaves."""
    return Day(wording.day(row.day).rsplit(" ", 1)[0], wording.quantity(row.left), row.left < 0)
