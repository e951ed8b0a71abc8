"""Stock commands on the real database: the ledger, bookings, crossings, permissions, tenancy."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, ProgrammingError

from careops_app.bookings.models import BookingStatus
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.infra import db
from careops_app.inventory import catalogue, queries, service
from careops_app.inventory.catalogue import ItemDraft
from careops_app.inventory.queries import StockFilter
from careops_app.inventory.rules import StockStatus, stock_status
from careops_app.workspace.access import Permission
from tests import facts, people


def test_the_shelf_follows_the_ledger(store):
    item = store.item(on_hand=10)
    store.do(service.receive, item, Decimal(5), "Delivery 4711")
    store.do(service.waste, item, Decimal("0.5"), "expired")
    store.do(service.count, item, Decimal(12))
    assert store.figures(item) == (Decimal(12), 0)
    rows = db.fetch_now(queries.movements, store.owner, item).rows
    assert [(row.kind, row.on_hand_change, row.reason) for row in rows] == [
        ("adjust", Decimal("-2.50"), "Counted 12 pairs"), ("waste", Decimal("-0.50"), "expired"),
        ("receive", Decimal(5), "Delivery 4711"), ("receive", Decimal(10), "On the shelf at the start"),
    ]  # fmt: skip
    assert all(row.author == "Olivia Owner" and row.may_undo for row in rows)
    assert store.drift() == ()


def test_a_count_that_agrees_is_written_down_too(store):
    item = store.item(on_hand=10)
    store.do(service.count, item, Decimal(10), "stocktake")
    assert db.fetch_now(queries.movements, store.owner, item).rows[0].on_hand_change == 0


def test_undo_restores_exactly_the_quantity_and_leaves_both_entries(store):
    item = store.item(on_hand=10)
    wasted = store.do(service.waste, item, Decimal("2.25"), "dropped")
    store.do(service.undo, wasted)
    assert store.figures(item) == (Decimal(10), 0)
    newest, undone = db.fetch_now(queries.movements, store.owner, item).rows[:2]
    assert (newest.kind, newest.on_hand_change, newest.undoes_id) == ("undo", Decimal("2.25"), wasted)
    assert undone.is_undone and not undone.may_undo and not newest.may_undo
    with pytest.raises(Refused, match="already"):
        store.do(service.undo, wasted)
    with pytest.raises(Refused):
        store.do(service.undo, newest.id)
    assert store.figures(item) == (Decimal(10), 0)


def test_a_delivery_that_is_used_up_cannot_be_undone(store):
    item = store.item(on_hand=0)
    delivery = store.do(service.receive, item, Decimal(5))
    store.do(service.waste, item, Decimal(3), "expired")
    with pytest.raises(Refused, match="Only 2 pairs"):
        store.do(service.undo, delivery)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "1000001"])
def test_amounts_the_ledger_cannot_hold(store, amount):
    item = store.item()
    with pytest.raises(Invalid):
        store.do(service.receive, item, Decimal(amount))
    with pytest.raises(Invalid, match="1,000,000"):
        store.do(service.receive, item, Decimal(1_000_000))


def test_waste_needs_a_reason_and_something_to_throw_away(store):
    item = store.item(on_hand=3)
    with pytest.raises(Invalid) as refused:
        store.do(service.waste, item, Decimal(1), "  ")
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Refused, match="Only 3 pairs"):
        store.do(service.waste, item, Decimal(4), "expired")


# --- bookings


def test_a_visit_reserves_then_uses(store):
    gloves, peel = store.item(name="Gloves"), store.item(on_hand=30, name="Peel")
    store.uses({gloves: 2, peel: 7.5})
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    assert (store.figures(gloves), store.figures(peel)) == ((10, 2), (30, Decimal("7.5")))
    db.transact_now(service.consume_for_booking, store.owner.workspace_id, visit)
    assert (store.figures(gloves), store.figures(peel)) == ((8, 0), (Decimal("22.5"), 0))
    assert [type(e).__name__ for e in store.events("stock.reserved", "stock.consumed")] == [
        "StockReserved",
        "StockConsumed",
    ]
    usage = db.fetch_now(queries.usage_of_booking, store.owner, visit)
    assert [(row.item_name, row.reserved, row.used) for row in usage] == [("Gloves", 0, 2), ("Peel", 0, Decimal("7.5"))]


def test_a_cancelled_visit_gives_back_once_however_often_it_is_cancelled(store):
    gloves = store.item()
    store.uses({gloves: 2})
    visit = store.visit()
    for _ in range(2):
        db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    assert store.figures(gloves) == (10, 2)
    for _ in range(2):
        db.transact_now(service.release_for_booking, store.owner.workspace_id, visit)
    db.transact_now(service.consume_for_booking, store.owner.workspace_id, visit)
    assert store.figures(gloves) == (10, 0)
    assert len(store.events("stock.released")) == 1 and store.events("stock.consumed") == []


def test_a_booking_without_supplies_says_nothing(store):
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    db.transact_now(service.release_for_booking, store.owner.workspace_id, visit)
    assert store.events("stock.reserved", "stock.released") == []


def test_too_little_stock_never_stops_a_booking(store):
    gloves = store.item(on_hand=3, threshold=1)
    store.uses({gloves: 2})
    visits = [store.visit() for _ in range(2)]
    for visit in visits:
        db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    card = db.fetch_now(queries.item_card, store.owner, gloves)
    assert (card.item.available, card.item.status, card.item.short_visits) == (-1, StockStatus.RUNS_SHORT, 1)
    assert [(row.booking_id, row.quantity, row.missing) for row in card.needs] == [(visits[0], 2, 0), (visits[1], 2, 1)]
    for visit in visits:
        db.transact_now(service.consume_for_booking, store.owner.workspace_id, visit)
    assert store.figures(gloves) == (0, 0)
    newest = db.fetch_now(queries.movements, store.owner, gloves).rows[1]
    assert newest.reason == "Count corrected: a visit used 1 pairs more than was on hand"
    assert db.fetch_now(queries.usage_of_booking, store.owner, visits[1])[0].used == 2
    assert store.drift() == ()


def test_reusable_items_are_not_used_up(store):
    towels = store.item(name="Towels", reusable=True)
    store.uses({towels: 2})
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    assert store.figures(towels) == (10, 0)


def test_an_item_that_became_reusable_is_given_back_instead_of_used(store):
    towels = store.item(name="Towels")
    store.uses({towels: 2})
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    store.do(catalogue.edit_item, towels, ItemDraft("Towels", "pieces", reusable=True))
    db.transact_now(service.consume_for_booking, store.owner.workspace_id, visit)
    assert store.figures(towels) == (10, 0)


def test_what_a_visit_really_used_can_be_corrected_after_it(store):
    gloves = store.item()
    store.uses({gloves: 2})
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    with pytest.raises(Refused, match="not completed"):
        store.do(service.correct_usage, visit, gloves, Decimal(3))
    db.transact_now(service.consume_for_booking, store.owner.workspace_id, visit)
    correction = store.do(service.correct_usage, visit, gloves, Decimal(3))
    assert store.figures(gloves) == (7, 0)
    assert db.fetch_now(queries.usage_of_booking, store.owner, visit)[0].used == 3
    store.do(service.undo, correction)
    assert db.fetch_now(queries.usage_of_booking, store.owner, visit)[0].used == 2
    with pytest.raises(Refused, match="Only 8 pairs"):
        store.do(service.correct_usage, visit, gloves, Decimal(11))


def test_new_supplies_are_reserved_for_visits_to_come(store):
    gloves, peel = store.item(name="Gloves"), store.item(name="Peel")
    store.uses({gloves: 2})
    early, cancelled = store.visit(), store.visit()
    facts.set_status(store.owner, cancelled, BookingStatus.CANCELLED)
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, early, store.service_id)
    store.uses({gloves: 3, peel: 1})
    assert (store.figures(gloves), store.figures(peel)) == ((10, 2), (10, 1))
    late = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, late, store.service_id)
    assert store.figures(gloves) == (10, 5)


# --- crossings


def test_one_alert_per_crossing_whatever_path_changed_the_stock(store):
    gloves = store.item(on_hand=6, threshold=5)
    store.uses({gloves: 1})
    visits = [store.visit() for _ in range(3)]
    for visit in visits:
        db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    assert [(e.available, e.threshold) for e in store.events("stock.low")] == [("4.00", "5.00")]
    db.transact_now(service.release_for_booking, store.owner.workspace_id, visits[0])
    assert store.events("stock.replenished") == []
    db.transact_now(service.release_for_booking, store.owner.workspace_id, visits[1])
    assert [e.available for e in store.events("stock.replenished")] == ["5.00"]
    store.do(service.waste, gloves, Decimal(1), "torn")
    assert len(store.events("stock.low")) == 2


def test_a_new_threshold_counts_at_once(store):
    gloves = store.item(on_hand=6)
    draft = ItemDraft("Gloves", "pairs", Decimal(7))
    store.do(catalogue.edit_item, gloves, draft)
    store.do(catalogue.edit_item, gloves, draft)
    assert len(store.events("stock.low")) == 1
    store.do(catalogue.edit_item, gloves, ItemDraft("Gloves", "pairs", Decimal(6)))
    assert len(store.events("stock.replenished")) == 1


def test_a_new_item_below_its_threshold_is_low_from_the_start(store):
    store.item(on_hand=0, threshold=1)
    assert len(store.events("stock.low")) == 1


def test_completing_a_visit_that_was_short_does_not_flap(store):
    gloves = store.item(on_hand=1, threshold=0)
    store.uses({gloves: 2})
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    db.transact_now(service.consume_for_booking, store.owner.workspace_id, visit)
    assert [e.name for e in store.events("stock.low", "stock.replenished")] == ["stock.low", "stock.replenished"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["receive", "waste", "count", "threshold", "reserve", "release", "consume"]), st.integers(1, 6)
    ),
    min_size=1,
    max_size=14,
)


class Oracle:
    """The same stock kept by hand: what is on hand, held by each visit, and what was told."""

    def __init__(self) -> None:
        self.on_hand, self.threshold, self.is_low, self.told = 5, 4, False, []
        self.held: dict[int, int] = {}

    @property
    def free(self) -> int:
        return self.on_hand - sum(self.held.values())

    def look(self) -> None:
        if self.is_low != (self.free < self.threshold):
            self.is_low = not self.is_low
            self.told.append("stock.low" if self.is_low else "stock.replenished")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=steps)
def test_crossings_of_a_random_walk_are_those_of_an_oracle(store, walk):
    name = f"Gloves {facts.service(store.owner)}"
    item, oracle, workspace_id = store.item(on_hand=5, threshold=4, name=name), Oracle(), store.owner.workspace_id
    store.uses({item: 2})
    for step, size in walk:
        if step == "receive":
            oracle.on_hand += size
            store.do(service.receive, item, Decimal(size))
        elif step == "count":
            oracle.on_hand = size
            store.do(service.count, item, Decimal(size))
        elif step == "threshold":
            oracle.threshold = size
            store.do(catalogue.edit_item, item, ItemDraft(name, "pairs", Decimal(size)))
        elif step == "waste" and size <= oracle.on_hand:
            oracle.on_hand -= size
            store.do(service.waste, item, Decimal(size), "walk")
        elif step == "reserve":
            visit = store.visit()
            oracle.held[visit] = 2
            db.transact_now(service.reserve_for_booking, workspace_id, visit, store.service_id)
        elif step in ("release", "consume") and oracle.held:
            visit = sorted(oracle.held)[size % len(oracle.held)]
            held = oracle.held.pop(visit)
            if step == "consume":
                oracle.on_hand = max(0, oracle.on_hand - held)
            end_visit(store, visit, service.consume_for_booking if step == "consume" else service.release_for_booking)
        oracle.look()
    assert [e.name for e in store.events("stock.low", "stock.replenished") if e.item_id == item] == oracle.told
    assert store.figures(item) == (oracle.on_hand, sum(oracle.held.values()))
    assert store.drift() == ()
    for visit in oracle.held:
        end_visit(store, visit, service.release_for_booking)
    store.do(catalogue.retire, item)


def end_visit(store, visit, end):
    db.transact_now(end, store.owner.workspace_id, visit)
    facts.set_status(store.owner, visit, BookingStatus.COMPLETED)


# --- many at once


def test_the_ledger_equals_the_totals_under_twenty_threads(store):
    items = [store.item(on_hand=40, threshold=20, name=f"Item {number}") for number in range(3)]
    store.uses(dict.fromkeys(items, 2))
    visits = [store.visit() for _ in range(12)]
    start = threading.Barrier(20)

    def work(number: int) -> None:
        start.wait()
        workspace_id, visit = store.owner.workspace_id, visits[number % len(visits)]
        db.transact_now(service.reserve_for_booking, workspace_id, visit, store.service_id)
        end = service.consume_for_booking if number % 2 else service.release_for_booking
        for _ in range(2):
            db.transact_now(end, workspace_id, visit)
        store.do(service.receive, items[number % 3], Decimal(1))

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(20)))
    assert store.drift() == ()
    received = {items[0]: 7, items[1]: 7, items[2]: 6}
    for item in items:
        used = -sum(row.on_hand_change for row in _all(store, item) if row.kind == "consume")
        assert store.figures(item) == (40 + received[item] - used, 0)
        kinds = [(row.booking_id, row.kind) for row in _all(store, item) if row.booking_id]
        assert len(kinds) == len(set(kinds))


def _all(store, item_id):
    first = db.fetch_now(queries.movements, store.owner, item_id)
    rest = (db.fetch_now(queries.movements, store.owner, item_id, page) for page in range(2, first.pages + 1))
    return [*first.rows, *(row for page in rest for row in page.rows)]


def test_a_delivery_undone_twice_at_once_is_undone_once(store):
    item = store.item(on_hand=50)
    delivery = store.do(service.receive, item, Decimal(5))

    def undo(_: int) -> bool:
        try:
            store.do(service.undo, delivery)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(undo, range(8))) == 1
    assert store.figures(item) == (50, 0)


# --- what the database refuses


@pytest.mark.parametrize(
    "statement",
    [
        "update stock_movement set on_hand_change = 100",
        "delete from stock_movement",
        "update item set on_hand = 100",
        "update item set reserved = reserved + 1",
        "insert into item (workspace_id, name, unit, threshold, supplier, cost_text, reusable, on_hand, reserved,"
        " created_at) select workspace_id, 'x', 'x', 0, '', '', false, 5, 0, now() from item",
    ],
)
@pytest.mark.parametrize("role", ["careops_app", "careops_system", None])
def test_neither_ledger_nor_totals_can_be_changed_by_hand(store, statement, role):
    item = store.item(on_hand=10)
    workspace = str(store.owner.workspace_id)
    with db.engine().connect() as connection:
        connection.execute(sqlalchemy.text("select set_config('careops.workspace_id', :w, true)"), {"w": workspace})
        if role:
            connection.execute(sqlalchemy.text(f"set local role {role}"))
        with pytest.raises((IntegrityError, ProgrammingError), match=r"append-only|ledger|permission denied"):
            connection.execute(sqlalchemy.text(statement))
    assert store.figures(item) == (10, 0)


def test_on_hand_never_goes_below_zero_even_by_a_raw_entry(store):
    store.item(on_hand=1)
    raw = (
        "insert into stock_movement (workspace_id, item_id, kind, on_hand_change, reserved_change, author, reason, at)"
        " select workspace_id, id, 'waste', -2, 0, 'x', 'x', now() from item"
    )
    with db.engine().connect() as connection, pytest.raises(IntegrityError, match="ck_item_on_hand"):
        connection.execute(sqlalchemy.text(raw))


def test_a_workspace_leaves_with_its_ledger(store):
    store.item(on_hand=10)
    with db.engine().connect() as connection:
        connection.execute(sqlalchemy.text("delete from workspace"))
        assert connection.execute(sqlalchemy.text("select count(*) from stock_movement")).scalar() == 0


# --- the catalogue, permissions, tenancy


def test_names_are_told_apart_while_they_are_in_use(store):
    gloves = store.item(name="Gloves")
    with pytest.raises(Invalid) as refused:
        store.item(name="gloves")
    assert set(refused.value.fields) == {"name"}
    store.do(catalogue.retire, gloves)
    store.item(name="gloves")


def test_an_item_that_visits_hold_cannot_be_retired(store):
    gloves = store.item(threshold=50)
    store.uses({gloves: 2})
    visit = store.visit()
    db.transact_now(service.reserve_for_booking, store.owner.workspace_id, visit, store.service_id)
    with pytest.raises(Refused, match="hold 2 pairs"):
        store.do(catalogue.retire, gloves)
    db.transact_now(service.release_for_booking, store.owner.workspace_id, visit)
    store.do(catalogue.retire, gloves)
    assert len(store.events("stock.replenished")) == 1
    assert db.fetch_now(queries.supplies_of_service, store.owner, store.service_id) == ()
    with pytest.raises(Refused, match="retired"):
        store.do(service.receive, gloves, Decimal(1))


def test_staff_with_stock_may_move_it_but_not_configure_it(store):
    item = store.item()
    sam = people.staff(_person(store), Permission.INVENTORY).actor
    db.transact_now(service.receive, sam, item, Decimal(1))
    db.transact_now(service.count, sam, item, Decimal(9))
    for command, args in (
        (catalogue.add_item, (ItemDraft("Masks", "pieces"),)),
        (catalogue.edit_item, (item, ItemDraft("Masks", "pieces"))),
        (catalogue.retire, (item,)),
        (catalogue.set_supplies, (store.service_id, [])),
    ):
        with pytest.raises(Forbidden):
            db.transact_now(command, sam, *args)


def test_staff_without_stock_may_not_move_it(store):
    item = store.item()
    sam = people.staff(_person(store), Permission.BOOKINGS).actor
    for command, args in (
        (service.receive, (item, Decimal(1))), (service.count, (item, Decimal(1))),
        (service.waste, (item, Decimal(1), "lost")), (service.undo, (1,)),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            db.transact_now(command, sam, *args)


def _person(store):
    return people.Person("", 0, store.owner)


def test_another_business_sees_and_moves_nothing(store):
    item = store.item()
    movement = db.fetch_now(queries.movements, store.owner, item).rows[0].id
    stranger = people.owner("Other Clinic", "else@example.com").actor
    assert db.fetch_now(queries.item_list, stranger).rows == ()
    assert db.fetch_now(queries.stock_counts, stranger).all == 0
    for command, args in (
        (service.receive, (item, Decimal(1))), (service.undo, (movement,)), (catalogue.retire, (item,)),
        (catalogue.set_supplies, (store.service_id, [])), (service.correct_usage, (1, item, Decimal(1))),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            db.transact_now(command, stranger, *args)
    with pytest.raises(NotFound):
        db.fetch_now(queries.item_card, stranger, item)


def test_every_number_equals_the_list_it_opens(store):
    for number, (on_hand, threshold) in enumerate([(10, 5), (4, 5), (0, 0), (0, 5), (1, 0), (5, 5)]):
        store.item(on_hand=on_hand, threshold=threshold, name=f"Item {number}")
    counts = db.fetch_now(queries.stock_counts, store.owner)
    listed = {which: db.fetch_now(queries.item_list, store.owner, which) for which in StockFilter}
    assert (counts.all, counts.attention, counts.low, counts.critical, counts.in_stock) == (6, 3, 1, 2, 3)
    for which in (StockFilter.ALL, StockFilter.ATTENTION, StockFilter.LOW, StockFilter.CRITICAL, StockFilter.IN_STOCK):
        assert listed[which].total == getattr(counts, which.value) == len(listed[which].rows)
        for row in listed[which].rows:
            assert row.status == stock_status(row.on_hand, row.reserved, row.threshold)


def test_the_list_is_paged_and_searched(store):
    for number in range(27):
        store.item(name=f"Item {number:02}", on_hand=0)
    pages = [db.fetch_now(queries.item_list, store.owner, StockFilter.ALL, page) for page in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [25, 2, 0]
    assert pages[0].pages == 2 and pages[1].rows[-1].name == "Item 26"
    assert db.fetch_now(queries.item_list, store.owner, search=" m 1").total == 10
    assert db.fetch_now(queries.item_list, store.owner, search="%").total == 0
