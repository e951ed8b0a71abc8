"""What stock figures mean: free, low, short, and until when it lasts. Pure functions over exact decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from careops_app.errors import Invalid

NONE = Decimal(0)
LARGEST = Decimal(1_000_000)


class StockStatus(StrEnum):
    """How an item stands; the words and colours are in infra/states."""

    IN_STOCK = "in_stock"
    LOW = "low"  # below the threshold
    RUNS_SHORT = "runs_short"  # upcoming visits need more than there is
    OUT = "out"  # nothing left, or nothing that is not promised to a visit


CRITICAL = frozenset({StockStatus.RUNS_SHORT, StockStatus.OUT})


def available(on_hand: Decimal, reserved: Decimal) -> Decimal:
    """What is free: on hand less reserved; negative when visits need more than there is."""
    return on_hand - reserved


def is_low(free: Decimal, threshold: Decimal) -> bool:
    """Below threshold means less than it; the threshold itself is still enough."""
    return free < threshold


def stock_status(on_hand: Decimal, reserved: Decimal, threshold: Decimal) -> StockStatus:
    """How an item stands; critical exactly when nothing is free."""
    free = available(on_hand, reserved)
    if on_hand <= NONE or free == NONE:
        return StockStatus.OUT
    if free < NONE:
        return StockStatus.RUNS_SHORT
    return StockStatus.LOW if is_low(free, threshold) else StockStatus.IN_STOCK


@dataclass(frozen=True)
class Need:
    """What an upcoming visit has reserved."""

    booking_id: int
    starts_at: datetime
    quantity: Decimal


@dataclass(frozen=True)
class DayLeft:
    """What is left on hand after a day's visits; negative when it does not suffice."""

    day: date
    left: Decimal


@dataclass(frozen=True)
class Shortage:
    """A visit whose need cannot be met, and by how much."""

    booking_id: int
    quantity: Decimal
    missing: Decimal


@dataclass(frozen=True)
class Projection:
    """Stock after the reservations of upcoming visits. `runs_out_on` is the first day after which nothing is left."""

    days: tuple[DayLeft, ...]
    runs_out_on: date | None
    short: tuple[Shortage, ...]


def projection(on_hand: Decimal, needs: Iterable[Need], today: date, zone: tzinfo) -> Projection:
    """Take each visit's need from what is on hand, in the order of their starts on the clock of `zone`.

    Visits that should have been completed already count on `today`.
    """
    left, days, short = on_hand, dict[date, Decimal](), list[Shortage]()
    for need in sorted(needs, key=lambda need: (need.starts_at, need.booking_id)):
        left -= need.quantity
        days[max(today, need.starts_at.astimezone(zone).date())] = left
        if left < NONE:
            short.append(Shortage(need.booking_id, need.quantity, min(need.quantity, -left)))
    runs_out_on = next((day for day, after in days.items() if after <= NONE), None)
    return Projection(tuple(DayLeft(day, after) for day, after in days.items()), runs_out_on, tuple(short))


def quantity(text: str, field: str = "quantity") -> Decimal:
    """The amount a person typed, above zero, at most two decimals. Raises Invalid(field)."""
    return above_zero(amount_or_zero(text, field), field)


def amount_or_zero(text: str, field: str = "quantity") -> Decimal:
    """The amount a person typed, zero allowed, at most two decimals. Raises Invalid(field)."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text.strip()):
        raise Invalid(**{field: "Write an amount such as 12 or 0.5, with at most two decimals."})
    return checked(Decimal(text.strip()), field)


def checked(amount: Decimal, field: str = "quantity") -> Decimal:
    """An amount that the ledger can hold: zero or more, at most two decimals. Raises Invalid(field)."""
    if not amount.is_finite() or not NONE <= amount <= LARGEST or amount != round(amount, 2):
        raise Invalid(**{field: f"Write an amount between 0 and {LARGEST:,}, with at most two decimals."})
    return amount


def above_zero(amount: Decimal, field: str = "quantity") -> Decimal:
    """An amount that the ledger can hold and that is something. Raises Invalid(field)."""
    if checked(amount, field) == NONE:
        raise Invalid(**{field: "Write an amount above zero."})
    return amount
