"""What changes stock: deliveries, counts, waste, undo, and what bookings reserve, use and give back."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from careops_app.bookings import supplies
from careops_app.bookings.models import Booking
from careops_app.bookings.supplies import Supply
from careops_app.errors import Invalid, Refused
from careops_app.events import StockConsumed, StockReleased, StockReserved
from careops_app.infra import clock, outbox, wording
from careops_app.infra.db import load, rows
from careops_app.inventory import rules
from careops_app.inventory.ledger import (
    AUTOMATIC,
    Entry,
    enter,
    locked,
    still_reserved,
    tell_crossing,
    tell_crossings,
    used_by_booking,
)
from careops_app.inventory.models import Item, MovementKind, ServiceSupply, ShortagePolicy, StockMovement
from careops_app.workspace.access import Actor, Permission, require

LONGEST_REASON = 200
UNDOABLE = frozenset({MovementKind.RECEIVE, MovementKind.ADJUST, MovementKind.WASTE})

# --- by hand ----------------------------------------------------------------------------------------------------------


def receive(session: Session, actor: Actor, item_id: int, quantity: Decimal, reason: str = "") -> int:
    """A delivery came in; returns the entry's id. Raises Forbidden, NotFound, Invalid(quantity | reason), Refused."""
    item = _item(session, actor, item_id)
    return _by_hand(
        session, item, Entry(MovementKind.RECEIVE, on_hand=rules.above_zero(quantity), reason=_said(reason), by=actor)
    )


def count(session: Session, actor: Actor, item_id: int, counted: Decimal, reason: str = "") -> int:
    """The shelf was counted: on hand becomes that figure; a count that agrees is written down too.

    Raises Forbidden, NotFound, Invalid(counted | reason), Refused.
    """
    item = _item(session, actor, item_id)
    change = rules.checked(counted, "counted") - item.on_hand
    said = _said(reason) or f"Counted {wording.quantity(counted, item.unit)}"
    return _by_hand(session, item, Entry(MovementKind.ADJUST, on_hand=change, reason=said, by=actor))


def waste(session: Session, actor: Actor, item_id: int, quantity: Decimal, reason: str) -> int:
    """Something was thrown away, broken or lost. Raises Forbidden, NotFound, Invalid(quantity | reason), Refused."""
    item = _item(session, actor, item_id)
    if not (said := _said(reason)):
        raise Invalid(reason="Say what happened, such as “expired” or “dropped”.")
    _refuse_more_than_there_is(item, rules.above_zero(quantity))
    return _by_hand(session, item, Entry(MovementKind.WASTE, on_hand=-quantity, reason=said, by=actor))


def undo(session: Session, actor: Actor, entry_id: int) -> int:
    """Take back a delivery, count, correction or waste by a counter-entry; both stay visible.

    Raises Forbidden, NotFound, Refused when it was undone already, follows from a booking, or is used up meanwhile.
    """
    require(actor, Permission.INVENTORY)
    undone = load(session, StockMovement, entry_id)
    item = _item(session, actor, undone.item_id)
    if undone.kind not in UNDOABLE:
        raise Refused("This entry follows from a visit. Correct what the visit used instead.", code="not_undoable")
    _refuse_more_than_there_is(item, undone.on_hand_change)
    entry = Entry(
        MovementKind.UNDO, on_hand=-undone.on_hand_change, reason=f"Undo: {undone.reason or undone.kind}", by=actor,
        booking_id=undone.booking_id, undoes_id=undone.id,
    )  # fmt: skip
    return _by_hand(session, item, entry)


def correct_usage(
    session: Session, actor: Actor, booking_id: int, item_id: int, used: Decimal, reason: str = ""
) -> int:
    """Say what a visit really used of an item. Raises Forbidden, NotFound, Invalid(used), Refused.

    Only after the visit was completed: before, the item is still reserved for it.
    """
    item = _item(session, actor, item_id)
    load(session, Booking, booking_id)
    if item_id in still_reserved(session, booking_id):
        raise Refused("This visit is not completed yet; its stock is still reserved.", code="still_reserved")
    more = rules.checked(used, "used") - used_by_booking(session, booking_id, item_id)
    _refuse_more_than_there_is(item, more)
    said = _said(reason) or f"The visit used {wording.quantity(used, item.unit)}"
    return _by_hand(
        session, item, Entry(MovementKind.ADJUST, on_hand=-more, reason=said, by=actor, booking_id=booking_id)
    )


def _item(session: Session, actor: Actor, item_id: int) -> Item:
    require(actor, Permission.INVENTORY)
    item = load(session, Item, item_id, lock=True)
    if item.retired_at is not None:
        raise Refused(f"{item.name} is retired. Add it again to keep stock of it.", code="retired")
    return item


def _by_hand(session: Session, item: Item, entry: Entry) -> int:
    if item.on_hand + entry.on_hand > rules.LARGEST:
        raise Invalid(quantity=f"More than {rules.LARGEST:,} cannot be kept of one item.")
    if (entry_id := enter(session, item, entry)) is None:
        raise Refused("This entry has been undone already.", code="already_undone")
    tell_crossing(session, item)
    return entry_id


def _said(reason: str) -> str:
    if len(said := " ".join(reason.split())) > LONGEST_REASON:
        raise Invalid(reason=f"Use at most {LONGEST_REASON} characters.")
    return said


def _refuse_more_than_there_is(item: Item, amount: Decimal) -> None:
    if amount > item.on_hand:
        there_is = wording.quantity(item.on_hand, item.unit)
        raise Refused(f"Only {there_is} of {item.name} on hand. Count the shelf first.", code="not_enough")


# --- by bookings ------------------------------------------------------------------------------------------------------


def reserve_for_booking(session: Session, workspace_id: int, booking_id: int, service_id: int) -> None:
    """Set aside what the service uses, each item at most once per booking; never refuses: too little is an alert."""
    values = {
        "workspace": workspace_id, "service": service_id, "booking": booking_id, "kind": MovementKind.RESERVE.value,
        "author": AUTOMATIC, "reason": "Reserved for the visit", "now": clock.now(),
    }  # fmt: skip
    if reserved := rows(session, _RESERVE, values):
        tell_crossings(session, [entry.item_id for entry in reserved])
        outbox.emit(session, workspace_id, StockReserved(booking_id))


_RESERVE = """
    insert into stock_movement (workspace_id, item_id, kind, on_hand_change, reserved_change, booking_id, author, reason, at)
    select %(workspace)s, s.item_id, %(kind)s, 0, s.quantity, %(booking)s, %(author)s, %(reason)s, %(now)s
      from service_supply s join item i on i.id = s.item_id
     where s.service_id = %(service)s and i.retired_at is null and not i.reusable
     order by s.item_id for update of i
    on conflict do nothing returning item_id
"""
"""What one visit uses up; its items are locked in the order of their ids, as everywhere."""


def release_for_booking(session: Session, workspace_id: int, booking_id: int) -> None:
    """Give back what a booking still holds; a second time finds nothing. Announces StockReleased when there was any."""
    held = _held(session, booking_id)
    for item, amount in held:
        _give_back(session, item, booking_id, amount)
    if held:
        _tell_all(session, [item for item, _ in held])
        outbox.emit(session, workspace_id, StockReleased(booking_id))


def consume_for_booking(session: Session, workspace_id: int, booking_id: int) -> None:
    """Use up what a booking still holds; a second time finds nothing. Announces StockConsumed when there was any.

    Never refuses: a visit that took place has used its stock. When the count says there was less, the count is
    corrected first, by an entry of its own.
    """
    held = _held(session, booking_id)
    for item, amount in held:
        (_give_back if item.reusable else _use_up)(session, item, booking_id, amount)
    if held:
        _tell_all(session, [item for item, _ in held])
        outbox.emit(session, workspace_id, StockConsumed(booking_id))


def _held(session: Session, booking_id: int) -> list[tuple[Item, Decimal]]:
    """What a booking holds, read again once its items are locked: another command may just have given it back."""
    items = locked(session, still_reserved(session, booking_id))
    held = still_reserved(session, booking_id)
    return [(item, held[item.id]) for item in items if item.id in held]


def _give_back(session: Session, item: Item, booking_id: int, amount: Decimal) -> None:
    """A release; a visit that was taken back and cancelled again undoes what it reserved again."""
    entry = Entry(MovementKind.RELEASE, reserved=-amount, booking_id=booking_id, reason="Given back by the visit")
    if enter(session, item, entry) is None:
        again = select(StockMovement).where(
            StockMovement.booking_id == booking_id, StockMovement.item_id == item.id,
            StockMovement.kind == MovementKind.UNDO, StockMovement.reserved_change > 0, ~_undone(),
        )  # fmt: skip
        for reserved in session.exec(again).all():
            enter(session, item, _counter(reserved, "Given back by the visit"))


def _use_up(session: Session, item: Item, booking_id: int, amount: Decimal) -> None:
    if (short := amount - item.on_hand) > rules.NONE:
        found = f"Count corrected: a visit used {wording.quantity(short, item.unit)} more than was on hand"
        enter(session, item, Entry(MovementKind.ADJUST, on_hand=short, reason=found))
    entry = Entry(
        MovementKind.CONSUME, on_hand=-amount, reserved=-amount, booking_id=booking_id, reason="Used by the visit"
    )
    enter(session, item, entry)


def reserve_again_for_booking(session: Session, workspace_id: int, booking_id: int) -> None:
    """Undo what a cancellation gave back: the visit takes place after all. Announces StockReserved when there was any."""
    given_back = list(
        session.exec(
            select(StockMovement).where(
                StockMovement.booking_id == booking_id, StockMovement.reserved_change < 0,
                col(StockMovement.kind).in_([MovementKind.RELEASE, MovementKind.UNDO]),
                ~_undone(),
            )
        )
    )  # fmt: skip
    items = {item.id: item for item in locked(session, {each.item_id: each.reserved_change for each in given_back})}
    for each in given_back:
        enter(session, items[each.item_id], _counter(each, "Reserved again: the visit takes place after all"))
    if given_back:
        _tell_all(session, list(items.values()))
        outbox.emit(session, workspace_id, StockReserved(booking_id))


def _undone():
    """Condition on StockMovement: a counter-entry of it exists."""
    counter = aliased(StockMovement)
    return select(counter.id).where(counter.undoes_id == StockMovement.id).exists()


def _counter(entry: StockMovement, reason: str) -> Entry:
    return Entry(
        MovementKind.UNDO, on_hand=-entry.on_hand_change, reserved=-entry.reserved_change, booking_id=entry.booking_id,
        reason=reason, undoes_id=entry.id,
    )  # fmt: skip


# --- what bookings ask ------------------------------------------------------------------------------------------------


def _deciding(service_id: int):
    """Supplies of a service that have a say in what it offers."""
    return (
        select(ServiceSupply, Item)
        .join(Item, col(Item.id) == ServiceSupply.item_id)
        .where(
            ServiceSupply.service_id == service_id, col(Item.retired_at).is_(None), ~col(Item.reusable),
            Item.shortage_policy != ShortagePolicy.WARN,
        )
    )  # fmt: skip


def has_deciding_supplies(session: Session, workspace_id: int, service_id: int) -> bool:
    """Whether a service uses an item whose policy is more than a warning."""
    return session.exec(_deciding(service_id).limit(1)).first() is not None


def supply_of(session: Session, workspace_id: int, service_id: int, lock: bool) -> Supply:
    """How the stock of a service stands for one more visit; with `lock` nobody changes it until the transaction ends."""
    query = _deciding(service_id).order_by(col(Item.id))
    rows = session.exec(query.with_for_update(of=Item).execution_options(populate_existing=True) if lock else query)
    short = {item.shortage_policy for supply, item in rows if item.on_hand - item.reserved < supply.quantity}
    if ShortagePolicy.HIDE in short:
        return Supply.HIDE
    return Supply.APPROVE if short else Supply.ENOUGH


supplies.answered_by(has_deciding_supplies, supply_of)


def _tell_all(session: Session, items: list[Item]) -> None:
    for item in items:
        tell_crossing(session, item)
