"""The owner's commands: which items there are, when they are low, and what each service uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from careops_app.bookings.models import Booking, BookingStatus, Service
from careops_app.errors import Invalid, Refused
from careops_app.infra import clock, wording
from careops_app.infra.db import load
from careops_app.inventory import rules
from careops_app.inventory.ledger import Entry, enter, locked, tell_crossing
from careops_app.inventory.models import Item, MovementKind, ServiceSupply, ShortagePolicy
from careops_app.inventory.service import reserve_for_booking
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

LONGEST = {"name": 80, "unit": 20, "supplier": 120, "cost_text": 60}
HOLDS_STOCK = (BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


@dataclass(frozen=True)
class ItemDraft:
    """What an owner says of an item: `threshold` is what must at least be free, the policy what a shortage does to bookings."""

    name: str
    unit: str
    threshold: Decimal = rules.NONE
    supplier: str = ""
    cost_text: str = ""
    reusable: bool = False
    shortage_policy: ShortagePolicy = ShortagePolicy.WARN


@dataclass(frozen=True)
class Supply:
    """One visit uses this much of an item."""

    item_id: int
    quantity: Decimal


def add_item(session: Session, actor: Actor, draft: ItemDraft, on_hand: Decimal = rules.NONE) -> int:
    """A new item with what is on the shelf now. Raises Forbidden, Invalid per field of the draft, or on_hand."""
    require(actor, Permission.CONFIGURE)
    draft, on_hand = _checked(draft), rules.checked(on_hand, "on_hand")
    item = Item(workspace_id=actor.workspace_id, created_at=clock.now(), name=draft.name, unit=draft.unit)
    _write(session, item, draft)
    if on_hand > rules.NONE:
        enter(session, item, Entry(MovementKind.RECEIVE, on_hand=on_hand, reason="On the shelf at the start", by=actor))
    tell_crossing(session, item)
    audit(session, actor, "added the item", item.name)
    return item.id


def edit_item(session: Session, actor: Actor, item_id: int, draft: ItemDraft) -> None:
    """Change an item's settings; a new threshold counts at once. Raises Forbidden, NotFound, Invalid per field."""
    require(actor, Permission.CONFIGURE)
    draft = _checked(draft)
    item = load(session, Item, item_id, lock=True)
    _write(session, item, draft)
    tell_crossing(session, item)
    audit(
        session,
        actor,
        "edited the item",
        item.name,
        threshold=draft.threshold,
        reusable=draft.reusable,
        shortage=draft.shortage_policy,
    )


def retire(session: Session, actor: Actor, item_id: int) -> None:
    """Keep no more stock of an item; its ledger stays. Services no longer use it.

    Raises Forbidden, NotFound, Refused while visits hold some of it.
    """
    require(actor, Permission.CONFIGURE)
    item = load(session, Item, item_id, lock=True)
    if item.reserved > rules.NONE:
        held = wording.quantity(item.reserved, item.unit)
        raise Refused(f"Upcoming visits hold {held} of {item.name}. Retire it when they are over.", code="reserved")
    if item.retired_at is not None:
        return
    item.retired_at = clock.now()
    session.add(item)
    session.exec(delete(ServiceSupply).where(col(ServiceSupply.item_id) == item_id))
    tell_crossing(session, item)
    audit(session, actor, "retired the item", item.name)


def set_supplies(session: Session, actor: Actor, service_id: int, supplies: Iterable[Supply]) -> None:
    """What one visit of a service uses, exactly these. Upcoming visits reserve items that are new to the service.

    What they have reserved already stays as it was. The lock on the service makes a booking that is being written wait,
    so that no visit slips between the old list and the new one; visits are locked before items, as bookings do it.
    Raises Forbidden, NotFound, Invalid(quantity), Refused.
    """
    require(actor, Permission.CONFIGURE)
    wanted = {supply.item_id: rules.above_zero(supply.quantity) for supply in supplies}
    service = load(session, Service, service_id, lock=True)
    upcoming = _upcoming(session, service_id)
    for item in locked(session, wanted):
        if item.retired_at is not None:
            raise Refused(f"{item.name} is retired.", code="retired")
    session.exec(delete(ServiceSupply).where(col(ServiceSupply.service_id) == service_id))
    for item_id, quantity in sorted(wanted.items()):
        session.add(
            ServiceSupply(workspace_id=actor.workspace_id, service_id=service_id, item_id=item_id, quantity=quantity)
        )
    session.flush()
    for booking_id in upcoming:
        reserve_for_booking(session, actor.workspace_id, booking_id, service_id)
    audit(session, actor, "set the supplies of", service.name, items=len(wanted))


def _upcoming(session: Session, service_id: int) -> list[int]:
    """Visits to come of a service, locked: none of them is cancelled or completed meanwhile."""
    return list(
        session.exec(
            select(Booking.id)
            .where(
                Booking.service_id == service_id,
                col(Booking.status).in_(HOLDS_STOCK),
                col(Booking.ends_at) > clock.now(),
            )
            .order_by(col(Booking.id))
            .with_for_update()
        )
    )


def _write(session: Session, item: Item, draft: ItemDraft) -> None:
    item.name, item.unit, item.threshold = draft.name, draft.unit, draft.threshold
    item.supplier, item.cost_text, item.reusable = draft.supplier, draft.cost_text, draft.reusable
    item.shortage_policy = draft.shortage_policy
    try:
        with session.begin_nested():
            session.add(item)
            session.flush()
    except IntegrityError as error:
        raise Invalid(name=f"There is already an item called {draft.name}.") from error


def _checked(draft: ItemDraft) -> ItemDraft:
    said = {field: " ".join(getattr(draft, field).split()) for field in LONGEST}
    problems = {field: f"Use at most {most} characters." for field, most in LONGEST.items() if len(said[field]) > most}
    problems |= {field: f"Write the {field} of the item." for field in ("name", "unit") if not said[field]}
    if problems:
        raise Invalid(**problems)
    return replace(draft, **said, threshold=rules.checked(draft.threshold, "threshold"))
