"""The inventory screen through the real pipeline: lists that agree with their figures, dialogs, refusals."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest

from careops_app.app import app
from careops_app.infra import db
from careops_app.inventory import catalogue, queries
from careops_app.inventory.catalogue import ItemDraft
from careops_app.ui.inventory.item_state import ItemState
from careops_app.ui.inventory.keeping_state import KeepingState
from careops_app.ui.inventory.state import InventoryState
from careops_app.ui.inventory.stocking_state import StockingState
from careops_app.workspace.access import Permission
from tests import facts, people
from tests.people import Person
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
GLOVES = {
    "name": "Gloves",
    "unit": "pairs",
    "threshold": "20",
    "supplier": "",
    "cost_text": "",
    "on_hand": "12",
    "reusable": False,
    "shortage_policy": "warn",
}


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


def gloves(of: Person, on_hand: int = 12, threshold: int = 20) -> int:
    draft = ItemDraft("Gloves", "pairs", Decimal(threshold))
    return db.transact_now(catalogue.add_item, of.actor, draft, Decimal(on_hand))


def on_hand(of: Person, item: int) -> Decimal:
    return db.fetch_now(queries.item_card, of.actor, item).item.on_hand


async def test_an_owner_adds_an_item_and_hears_what_is_wrong(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    tab = open_tab(me)
    await tab.fire(KeepingState.add())
    await tab.fire(KeepingState.save_item({**GLOVES, "threshold": "many"}))
    assert list((await tab.state(KeepingState)).errors) == ["threshold"]
    await tab.fire(KeepingState.save_item(GLOVES))
    await tab.fire(InventoryState.load(), path="/app/inventory?filter=attention")
    state = await tab.state(InventoryState)
    assert [(line.name, line.free, line.status) for line in state.lines] == [("Gloves", "12", "low")]
    assert {each.key: each.number for each in state.filters}["attention"] == "1"


async def test_what_a_shortage_does_is_chosen_kept_and_shown(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    item, tab = gloves(me), open_tab(me)
    await tab.fire(KeepingState.edit(item))
    assert (await tab.state(KeepingState)).text.shortage_policy == "warn"
    await tab.fire(KeepingState.save_item({**GLOVES, "on_hand": "", "shortage_policy": "hide"}))
    await tab.fire(KeepingState.edit(item))
    assert (await tab.state(KeepingState)).text.shortage_policy == "hide"
    await tab.fire(InventoryState.load(), path=f"/app/inventory?item={item}")
    assert (await tab.state(ItemState)).facts.about == "in pairs, no times when short"
    await tab.fire(KeepingState.save_item({**GLOVES, "shortage_policy": "explode"}))
    assert db.fetch_now(queries.item_card, me.actor, item).item.shortage_policy == "hide"


async def test_a_delivery_a_count_and_its_undo_stay_in_the_ledger(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    item = gloves(me)
    tab = open_tab(me)
    await tab.fire(InventoryState.load(), path=f"/app/inventory?item={item}")
    await tab.fire(StockingState.begin("receive"))
    await tab.fire(StockingState.save({"item": str(item), "quantity": "30", "reason": "Order 4711"}))
    assert on_hand(me, item) == 42
    entry = (await tab.state(ItemState)).entries
    await tab.fire(InventoryState.refresh())
    entry = (await tab.state(ItemState)).entries[0]
    assert (entry.what, entry.change, entry.may_undo) == ("Received", "+30", True)
    await tab.fire(ItemState.undo(entry.id))
    newest, undone = (await tab.state(ItemState)).entries[:2]
    assert (newest.what, newest.change, undone.is_undone) == ("Undone", "−30", True)
    assert on_hand(me, item) == 12


async def test_more_than_there_is_cannot_be_thrown_away(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    item = gloves(me)
    tab = open_tab(me)
    await tab.fire(StockingState.begin("waste"))
    await tab.fire(StockingState.save({"item": str(item), "quantity": "13", "reason": "Expired"}))
    state = await tab.state(StockingState)
    assert state.kind == "waste" and "Only 12 pairs" in state.errors["quantity"]
    assert on_hand(me, item) == 12


async def test_what_a_visit_uses_is_kept_per_service(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    item, service = gloves(me), facts.service(me.actor)
    tab = open_tab(me)
    await tab.fire(KeepingState.open_uses(service))
    await tab.fire(KeepingState.save_uses({f"item-{item}": "two"}))
    assert list((await tab.state(KeepingState)).errors) == [f"item-{item}"]
    await tab.fire(KeepingState.save_uses({f"item-{item}": "2"}))
    (supply,) = db.fetch_now(queries.supplies_of_service, me.actor, service)
    assert (supply.item_id, supply.quantity) == (item, 2)


async def test_staff_keep_stock_but_do_not_decide_what_there_is(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    item = gloves(me)
    tab = open_tab(people.staff(me, Permission.INVENTORY))
    await tab.fire(StockingState.begin("count"))
    await tab.fire(StockingState.save({"item": str(item), "quantity": "9", "reason": ""}))
    assert on_hand(me, item) == 9
    await tab.fire(KeepingState.edit(item))
    assert "Ask an owner" in tab.said
    none = open_tab(people.staff(me, Permission.INBOX, email="ines@example.com"))
    await none.fire(InventoryState.load())
    assert "Ask an owner" in none.said and (await none.state(InventoryState)).lines == []
