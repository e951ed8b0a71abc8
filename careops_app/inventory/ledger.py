"""The only writer of stock movements, and the only place that notices a crossing of the threshold.

An item is locked before its figures are read, so that every decision about them is made by one command at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, select

from careops_app.events import StockLow, StockReplenished
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, rows
from careops_app.inventory import rules
from careops_app.inventory.models import Item, MovementKind, StockMovement
from careops_app.workspace.access import Actor

AUTOMATIC = "Automatic"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger about one item; `by` None means that it follows from a booking by itself."""

    kind: MovementKind
    on_hand: Decimal = rules.NONE
    reserved: Decimal = rules.NONE
    reason: str = ""
    by: Actor | None = None
    booking_id: int | None = None
    undoes_id: int | None = None


def locked(session: Session, item_ids: Iterable[int]) -> list[Item]:
    """The items, locked in the order of their ids, so that two commands never wait for each other in a ring."""
    return [load(session, Item, item_id, lock=True) for item_id in sorted(set(item_ids))]


def enter(session: Session, item: Item, entry: Entry) -> int | None:
    """Write an entry about a locked item; its totals follow by trigger. None when the database has this effect already.

    Call `tell_crossing` when all entries of the command about this item are written.
    """
    entry_id = session.execute(
        insert(StockMovement)
        .values(
            workspace_id=item.workspace_id, item_id=item.id, kind=entry.kind, on_hand_change=entry.on_hand,
            reserved_change=entry.reserved, booking_id=entry.booking_id, undoes_id=entry.undoes_id,
            member_id=entry.by.member_id if entry.by else None, author=entry.by.name if entry.by else AUTOMATIC,
            reason=entry.reason, at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(col(StockMovement.id))
    ).scalar()  # fmt: skip
    session.refresh(item, ["on_hand", "reserved"])
    return entry_id


def tell_crossing(session: Session, item: Item) -> None:
    """Announce StockLow when free stock has fallen below the threshold, StockReplenished when it is back: once each."""
    if not _has_crossed(item):
        return
    low, free = item.low_since is None, rules.available(item.on_hand, item.reserved)
    item.low_since = clock.now() if low else None
    session.add(item)
    event = StockLow(item.id, str(free), str(item.threshold)) if low else StockReplenished(item.id, str(free))
    outbox.emit(session, item.workspace_id, event)


def _has_crossed(item: Item) -> bool:
    free = rules.available(item.on_hand, item.reserved)
    low = item.retired_at is None and rules.is_low(free, item.threshold)
    return low != (item.low_since is not None)


def tell_crossings(session: Session, item_ids: list[int]) -> None:
    """`tell_crossing` for each of these locked items that has crossed its threshold."""
    for item in rows(session, _STANDING, {"ids": item_ids}):
        if _has_crossed(item):
            tell_crossing(session, load(session, Item, item.id, lock=True))


_STANDING = """
    select id, on_hand, reserved, threshold, retired_at, low_since from item where id = any(%(ids)s) order by id
"""


def still_reserved(session: Session, booking_id: int) -> dict[int, Decimal]:
    """What a booking holds at the moment, by item id, in the order of the ids."""
    held = func.sum(StockMovement.reserved_change)
    rows = session.execute(
        select(StockMovement.item_id, held)
        .where(StockMovement.booking_id == booking_id)
        .group_by(col(StockMovement.item_id))
        .having(held > 0)
        .order_by(col(StockMovement.item_id))
    )
    return {row[0]: row[1] for row in rows}


def used_by_booking(session: Session, booking_id: int, item_id: int) -> Decimal:
    """How much of an item a booking has used up, corrections included."""
    taken = session.exec(
        select(func.sum(StockMovement.on_hand_change)).where(
            StockMovement.booking_id == booking_id, StockMovement.item_id == item_id
        )
    ).one()
    return -(taken or rules.NONE)
