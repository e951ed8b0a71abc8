"""What is shown of stock: the list, an item with its ledger and forecast, what bookings hold. Frozen rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from careops_app.bookings.models import Booking, Service
from careops_app.contacts.models import Contact
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load, whole_sight
from careops_app.inventory import rules
from careops_app.inventory.models import Item, MovementKind, ServiceSupply, ShortagePolicy, StockMovement
from careops_app.inventory.rules import DayLeft, Need, Projection, StockStatus
from careops_app.inventory.service import UNDOABLE
from careops_app.workspace.queries import workspace_card

PAGE = 25


class StockFilter(StrEnum):
    """Which items a list shows; every number on the dashboard opens the list of the same filter."""

    ALL = "all"
    ATTENTION = "attention"  # low or critical
    LOW = "low"  # below the threshold, something is free
    CRITICAL = "critical"  # nothing is free
    IN_STOCK = "in_stock"
    RETIRED = "retired"


@dataclass(frozen=True)
class ItemRow:
    """An item with its figures.

    `runs_out_on` is None while upcoming visits leave something; `short_visits` counts those that cannot be served.
    """

    id: int
    name: str
    unit: str
    supplier: str
    cost_text: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    threshold: Decimal
    status: StockStatus
    low_since: datetime | None
    runs_out_on: date | None
    short_visits: int
    shortage_policy: ShortagePolicy
    reusable: bool
    is_retired: bool


@dataclass(frozen=True)
class ItemPage:
    """One page of the list, counted from 1; `total` counts all pages."""

    rows: tuple[ItemRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class StockCounts:
    """The dashboard's figures; each equals the `total` of the list with the filter of its name."""

    all: int
    attention: int
    low: int
    critical: int
    in_stock: int


@dataclass(frozen=True)
class MovementRow:
    """A line of the ledger. `is_undone`: a counter-entry exists."""

    id: int
    kind: MovementKind
    on_hand_change: Decimal
    reserved_change: Decimal
    booking_id: int | None
    booking_reference: str | None
    contact_name: str | None
    author: str
    reason: str
    at: datetime
    undoes_id: int | None
    is_undone: bool
    may_undo: bool


@dataclass(frozen=True)
class MovementPage:
    rows: tuple[MovementRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class NeedRow:
    """An upcoming visit that has reserved some of the item; `missing` of it cannot be met."""

    booking_id: int
    reference: str
    contact_name: str
    service_name: str
    starts_at: datetime
    quantity: Decimal
    missing: Decimal


@dataclass(frozen=True)
class UseRow:
    """A service that uses the item."""

    service_id: int
    service_name: str
    quantity: Decimal


@dataclass(frozen=True)
class ItemCard:
    """An item with its forecast, the visits that need it, the services that use it, and a page of its ledger."""

    item: ItemRow
    days: tuple[DayLeft, ...]
    needs: tuple[NeedRow, ...]
    used_by: tuple[UseRow, ...]
    movements: MovementPage


@dataclass(frozen=True)
class SupplyRow:
    """What one visit of a service uses of an item."""

    item_id: int
    item_name: str
    unit: str
    quantity: Decimal
    reusable: bool


@dataclass(frozen=True)
class UsageRow:
    """What a booking holds or has used of an item, corrections included."""

    item_id: int
    item_name: str
    unit: str
    reserved: Decimal
    used: Decimal


@dataclass(frozen=True)
class DriftRow:
    """An item whose totals are not the sum of its ledger."""

    workspace_id: int
    item_id: int
    item_name: str
    on_hand: Decimal
    ledger_on_hand: Decimal
    reserved: Decimal
    ledger_reserved: Decimal


def item_list(
    session: Session,
    scope: InWorkspace | int,
    which: StockFilter = StockFilter.ALL,
    page: int = 1,
    *,
    search: str = "",
) -> ItemPage:
    """Items under a filter by name, 25 a page; `search` is a part of the name."""
    conditions = [_matches(which)]
    if words := search.strip():
        conditions.append(col(Item.name).icontains(words, autoescape=True))
    total = session.exec(select(func.count()).select_from(Item).where(*conditions)).one()
    page = max(1, page)
    items = session.exec(
        select(Item)
        .where(*conditions)
        .order_by(func.lower(Item.name), col(Item.id))
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    forecasts = _forecasts(session, scope, items)
    rows = tuple(_item_row(item, forecasts[item.id]) for item in items)
    return ItemPage(rows, total, page, _pages(total))


def stock_counts(session: Session, scope: InWorkspace | int) -> StockCounts:
    """How many items are in use, need attention, are low, critical, and in stock."""
    filters = (StockFilter.ALL, StockFilter.ATTENTION, StockFilter.LOW, StockFilter.CRITICAL, StockFilter.IN_STOCK)
    counted = [func.count(case((_matches(which), 1))) for which in filters]
    return StockCounts(*session.execute(sqlalchemy.select(*counted).select_from(Item)).one())


def item_card(session: Session, scope: InWorkspace | int, item_id: int, page: int = 1) -> ItemCard:
    """One item; `page` turns its ledger. Raises NotFound."""
    item = load(session, Item, item_id)
    forecast = _forecasts(session, scope, [item])[item_id]
    return ItemCard(
        item=_item_row(item, forecast), days=forecast.days, needs=_need_rows(session, item_id, forecast),
        used_by=_used_by(session, item_id), movements=movements(session, scope, item_id, page),
    )  # fmt: skip


def movements(session: Session, scope: InWorkspace | int, item_id: int, page: int = 1) -> MovementPage:
    """The ledger of an item, newest first, 25 a page."""
    of_item, counter = col(StockMovement.item_id) == item_id, aliased(StockMovement)
    total = session.exec(select(func.count()).select_from(StockMovement).where(of_item)).one()
    page = max(1, page)
    rows = session.execute(
        sqlalchemy.select(StockMovement, col(Booking.reference), col(Contact.name), col(counter.id))
        .outerjoin(Booking, col(Booking.id) == StockMovement.booking_id)
        .outerjoin(Contact, col(Contact.id) == Booking.contact_id)
        .outerjoin(counter, col(counter.undoes_id) == StockMovement.id)
        .where(of_item)
        .order_by(col(StockMovement.id).desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return MovementPage(tuple(_movement_row(*row) for row in rows), total, page, _pages(total))


def supplies_of_service(session: Session, scope: InWorkspace | int, service_id: int) -> tuple[SupplyRow, ...]:
    """What one visit of a service uses, by item name."""
    rows = session.exec(
        select(ServiceSupply, Item)
        .join(Item, col(Item.id) == ServiceSupply.item_id)
        .where(ServiceSupply.service_id == service_id)
        .order_by(func.lower(Item.name))
    )
    return tuple(SupplyRow(item.id, item.name, item.unit, supply.quantity, item.reusable) for supply, item in rows)


def usage_of_booking(session: Session, scope: InWorkspace | int, booking_id: int) -> tuple[UsageRow, ...]:
    """What a booking holds and has used, by item name."""
    rows = session.execute(
        sqlalchemy.select(
            col(Item.id), col(Item.name), col(Item.unit),
            func.sum(StockMovement.reserved_change), -func.sum(StockMovement.on_hand_change),
        )
        .join(Item, col(Item.id) == StockMovement.item_id)
        .where(col(StockMovement.booking_id) == booking_id)
        .group_by(col(Item.id))
        .order_by(func.lower(Item.name))
    )  # fmt: skip
    return tuple(UsageRow(*row) for row in rows if row[3] or row[4])


def drift(session: Session, scope: InWorkspace | int) -> tuple[DriftRow, ...]:
    """Items whose totals are not the sum of their ledger; always empty unless the database was tampered with."""
    with whole_sight(session):
        return drift_anywhere(session)


def drift_anywhere(session: Session) -> tuple[DriftRow, ...]:
    """The same for every business that the session sees: all of them for the worker (SYSTEM scope)."""
    on_hand = func.coalesce(func.sum(StockMovement.on_hand_change), 0)
    reserved = func.coalesce(func.sum(StockMovement.reserved_change), 0)
    rows = session.execute(
        sqlalchemy.select(
            col(Item.workspace_id),
            col(Item.id),
            col(Item.name),
            col(Item.on_hand),
            on_hand,
            col(Item.reserved),
            reserved,
        )
        .outerjoin(StockMovement, col(StockMovement.item_id) == Item.id)
        .group_by(col(Item.id))
        .having(or_(on_hand != Item.on_hand, reserved != Item.reserved))
        .order_by(col(Item.id))
    )
    return tuple(DriftRow(*row) for row in rows)


def _matches(which: StockFilter) -> ColumnElement[bool]:
    """rules.stock_status in words of SQL: the list shows exactly the items whose status says so."""
    free, used = col(Item.on_hand) - col(Item.reserved), col(Item.retired_at).is_(None)
    below = free < col(Item.threshold)
    return {
        StockFilter.ALL: used,
        StockFilter.ATTENTION: and_(used, or_(below, free <= 0)),
        StockFilter.LOW: and_(used, below, free > 0),
        StockFilter.CRITICAL: and_(used, free <= 0),
        StockFilter.IN_STOCK: and_(used, ~below, free > 0),
        StockFilter.RETIRED: col(Item.retired_at).is_not(None),
    }.get(which, true())


def _forecasts(session: Session, scope: InWorkspace | int, items: Sequence[Item]) -> dict[int, Projection]:
    """The projection of each item from what visits hold of it at the moment."""
    zone = clock.zone(workspace_card(session, scope).time_zone)
    today = clock.now().astimezone(zone).date()
    with whole_sight(session):
        needs = _needs(session, [item.id for item in items])
    return {item.id: rules.projection(item.on_hand, needs[item.id], today, zone) for item in items}


def _needs(session: Session, item_ids: list[int]) -> defaultdict[int, list[Need]]:
    held = func.sum(StockMovement.reserved_change)
    rows = session.execute(
        sqlalchemy.select(col(StockMovement.item_id), col(Booking.id), col(Booking.starts_at), held)
        .join(Booking, col(Booking.id) == StockMovement.booking_id)
        .where(col(StockMovement.item_id).in_(item_ids))
        .group_by(col(StockMovement.item_id), col(Booking.id))
        .having(held > 0)
    )
    needs: defaultdict[int, list[Need]] = defaultdict(list)
    for item_id, booking_id, starts_at, quantity in rows:
        needs[item_id].append(Need(booking_id, starts_at, quantity))
    return needs


def _need_rows(session: Session, item_id: int, forecast: Projection) -> tuple[NeedRow, ...]:
    """The visits that need the item, soonest first."""
    needs = {need.booking_id: need.quantity for need in _needs(session, [item_id])[item_id]}
    missing = {shortage.booking_id: shortage.missing for shortage in forecast.short}
    rows = session.execute(
        sqlalchemy.select(
            col(Booking.id), col(Booking.reference), col(Contact.name), col(Service.name), col(Booking.starts_at)
        )
        .join(Contact, col(Contact.id) == Booking.contact_id)
        .join(Service, col(Service.id) == Booking.service_id)
        .where(col(Booking.id).in_(needs))
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    return tuple(NeedRow(*row, quantity=needs[row[0]], missing=missing.get(row[0], rules.NONE)) for row in rows)


def _used_by(session: Session, item_id: int) -> tuple[UseRow, ...]:
    rows = session.exec(
        select(ServiceSupply, Service)
        .join(Service, col(Service.id) == ServiceSupply.service_id)
        .where(ServiceSupply.item_id == item_id, col(Service.retired_at).is_(None))
        .order_by(col(Service.position), col(Service.id))
    )
    return tuple(UseRow(service.id, service.name, supply.quantity) for supply, service in rows)


def _item_row(item: Item, forecast: Projection) -> ItemRow:
    return ItemRow(
        id=item.id, name=item.name, unit=item.unit, supplier=item.supplier, cost_text=item.cost_text,
        on_hand=item.on_hand, reserved=item.reserved, available=rules.available(item.on_hand, item.reserved),
        threshold=item.threshold, status=rules.stock_status(item.on_hand, item.reserved, item.threshold),
        low_since=item.low_since, runs_out_on=forecast.runs_out_on, short_visits=len(forecast.short),
        shortage_policy=ShortagePolicy(item.shortage_policy), reusable=item.reusable,
        is_retired=item.retired_at is not None,
    )  # fmt: skip


def _movement_row(
    movement: StockMovement, reference: str | None, contact_name: str | None, counter_id: Any
) -> MovementRow:
    undone = counter_id is not None
    return MovementRow(
        id=movement.id, kind=MovementKind(movement.kind), on_hand_change=movement.on_hand_change,
        reserved_change=movement.reserved_change, booking_id=movement.booking_id, booking_reference=reference,
        contact_name=contact_name, author=movement.author, reason=movement.reason, at=movement.at,
        undoes_id=movement.undoes_id, is_undone=undone, may_undo=not undone and movement.kind in UNDOABLE,
    )  # fmt: skip


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))
