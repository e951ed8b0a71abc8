"""The contacts screen through the real pipeline: tabs that agree with their lists, and what is done to one record."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from careops_app.app import app
from careops_app.contacts import queries, service
from careops_app.contacts.service import ContactDraft
from careops_app.contacts.stages import Stage
from careops_app.errors import Forbidden
from careops_app.events import BookingRequested
from careops_app.inbox import service as inbox
from careops_app.infra import db, outbox
from careops_app.ui.contacts.state import ContactsState, RecordState
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Permission
from tests import facts, people
from tests.people import Person
from tests.tab import Tab, tabs

HOME = "/app/contacts"
OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str, clock: Any) -> Person:
    return people.owner()


def add(me: Person, name: str, **more: Any) -> int:
    return db.transact_now(service.create, me.actor, ContactDraft(name, **more))


async def listed(tab: Tab, query: str = "") -> Any:
    await tab.fire(ContactsState.load(), path=f"{HOME}?{query}")
    return await tab.state(ContactsState)


async def opened(tab: Tab, contact_id: int, show: str = "") -> Any:
    await tab.fire(ContactsState.load(), path=f"{HOME}?contact={contact_id}&show={show}")
    return await tab.state(RecordState)


async def test_each_stage_tab_counts_the_list_it_opens(me: Person, open_tab: OpenTab) -> None:
    amelia, _, leo = add(me, "Amelia Hart"), add(me, "Oscar Lind"), add(me, "Amelia Stone")
    db.transact_now(service.move_stage, me.actor, leo, Stage.CUSTOMER)
    db.transact_now(service.add_tag, me.actor, amelia, "vip")
    tab = open_tab(me)
    for query in ("", "q=amelia", "tag=vip", "q=amelia&tag=vip"):
        for each in (await listed(tab, query)).tabs:
            found = await listed(tab, each.address.partition("?")[2])
            assert (str(len(found.lines)), [one.key for one in found.tabs if one.current]) == (each.count, [each.key])


async def test_a_list_is_paged_and_keeps_its_filters(me: Person, open_tab: OpenTab) -> None:
    for number in range(30):
        add(me, f"Person {number:02}")
    tab = open_tab(me)
    first = await listed(tab, "q=person")
    assert (first.pages, first.later_page) == ("1–25 of 30", "/app/contacts/?q=person&page=2")
    second = await listed(tab, "q=person&page=2")
    assert len(second.lines) == 5 and second.earlier_page == "/app/contacts/?q=person"
    assert (await listed(tab, "q=nobody")).filtered


async def test_a_new_contact_is_checked_field_by_field_and_opened(me: Person, open_tab: OpenTab) -> None:
    add(me, "Amelia Hart", emails=("amelia@example.com",))
    tab = open_tab(me)
    await listed(tab)
    await tab.fire(ContactsState.create({"new_name": "", "new_email": "nonsense", "new_phone": ""}))
    state = await tab.state(ContactsState)
    assert set(state.errors) == {"name", "email"}
    await tab.fire(ContactsState.create({"new_name": "Eve", "new_email": "Amelia@Example.com", "new_phone": ""}))
    assert (await tab.state(ContactsState)).errors == {"form": "amelia@example.com already belongs to Amelia Hart."}
    await tab.fire(ContactsState.create({"new_name": "Eve", "new_email": "eve@example.com", "new_phone": ""}))
    assert "/app/contacts/?contact=" in tab.said


async def test_a_record_shows_who_it_is_and_its_story(me: Person, open_tab: OpenTab) -> None:
    contact_id = add(me, "Amelia Hart", emails=("amelia@example.com",), phones=("+447400123456",))
    tab = open_tab(me)
    record = await opened(tab, contact_id)
    assert [(each.kind, each.shown) for each in record.addresses] == [
        ("Email", "amelia@example.com"), ("Phone", "+44 7400 123456"),
    ]  # fmt: skip
    assert [line.text for line in record.lines if line.look == "event"] == ["Added by the team"]
    await tab.fire(RecordState.add_note({"note": "Sensitive skin"}), path=HOME)
    assert [line.look for line in (await opened(tab, contact_id, "notes")).lines] == ["day", "note"]
    assert (await opened(tab, contact_id, "visits")).lines == []


async def test_an_empty_note_is_refused_and_not_emptied(me: Person, open_tab: OpenTab) -> None:
    tab = open_tab(me)
    await opened(tab, add(me, "Amelia Hart"))
    await tab.fire(RecordState.add_note({"note": " "}), path=HOME)
    assert set((await tab.state(RecordState)).errors) == {"note"} and "reset" not in tab.said


async def test_only_legal_moves_are_offered_and_a_move_is_told(me: Person, open_tab: OpenTab, clock: Any) -> None:
    tab = open_tab(me)
    record = await opened(tab, add(me, "Amelia Hart"))
    assert [move.key for move in record.moves] == ["contacted", "booked", "customer", "lost"]
    clock.advance(minutes=1)
    await tab.fire(RecordState.move_to("customer"), path=HOME)
    record = await tab.state(RecordState)
    assert [move.key for move in record.moves] == ["lost"]
    assert record.lines[-1].text == "Stage New → Customer, by Olivia Owner"


async def test_tags_come_and_go(me: Person, open_tab: OpenTab) -> None:
    tab = open_tab(me)
    await opened(tab, add(me, "Amelia Hart"))
    await tab.fire(RecordState.add_tag({"tag": "  VIP "}), path=HOME)
    assert (await tab.state(RecordState)).tags == ["vip"]
    await tab.fire(RecordState.remove_tag("vip"), path=HOME)
    assert (await tab.state(RecordState)).tags == []


async def test_name_and_addresses_are_corrected(me: Person, open_tab: OpenTab) -> None:
    contact_id = add(me, "Amelia Hart", emails=("amelia@example.com",))
    tab = open_tab(me)
    await opened(tab, contact_id)
    typed = {"name": "Amelia Stone", "emails": "a.stone@example.com\namelia@example.com\n", "phones": "12"}
    await tab.fire(RecordState.save(typed), path=HOME)
    assert set((await tab.state(RecordState)).errors) == {"phone"}
    await tab.fire(RecordState.save(typed | {"phones": ""}), path=HOME)
    found = db.fetch_now(queries.record, me.actor, contact_id)
    assert (found.name, [address.value for address in found.addresses]) == (
        "Amelia Stone", ["a.stone@example.com", "amelia@example.com"],
    )  # fmt: skip


async def test_write_opens_the_conversation(me: Person, open_tab: OpenTab) -> None:
    contact_id = add(me, "Amelia Hart")
    tab = open_tab(me)
    await opened(tab, contact_id)
    await tab.fire(RecordState.write(), path=HOME)
    conversation_id = db.transact_now(inbox.start_conversation, me.actor, contact_id)
    assert f"/app/inbox/?c={conversation_id}" in tab.said


async def test_who_has_nothing_to_do_with_customers_only_looks(me: Person, open_tab: OpenTab) -> None:
    contact_id = add(me, "Amelia Hart")
    tab = open_tab(people.staff(me, Permission.INVENTORY))
    assert not (await listed(tab)).may_write
    await opened(tab, contact_id)
    with pytest.raises(Forbidden):
        await tab.fire(RecordState.add_tag({"tag": "vip"}), path=HOME)


async def test_a_contact_of_another_business_is_not_here(me: Person, open_tab: OpenTab) -> None:
    other = people.owner("Other", "other@example.com")
    record = await opened(open_tab(me), add(other, "Eve"))
    assert record.missing and record.contact_id == 0 and record.lines == []


async def test_reading_again_without_a_change_sends_nothing(me: Person, open_tab: OpenTab) -> None:
    contact_id = add(me, "Amelia Hart")
    tab = open_tab(me)
    await opened(tab, contact_id)
    await tab.fire(ContactsState.refresh(), path=HOME)
    assert [name for delta in tab.deltas for name in delta if "contacts" in name] == []


async def test_rules_that_had_nothing_to_do_share_one_line(me: Person, open_tab: OpenTab, clock: Any) -> None:
    contact_id = add(me, "Amelia Hart", emails=("amelia@example.com",))
    visit = facts.visit(me.actor, facts.service(me.actor), contact_id=contact_id)
    asked = BookingRequested(visit.id, contact_id, 1, new_contact=False, needs_approval=False)
    db.transact_now(lambda session, scope: outbox.emit(session, scope, asked), me.actor.workspace_id)
    drain_now(me.actor.workspace_id)
    tab = open_tab(me)
    (idle,) = [line for line in (await opened(tab, contact_id)).lines if line.look == "idle"]
    assert idle.text == "3 rules looked and had nothing to do"
    assert "Welcome: The contact was known already" in idle.hints
    looks = [line.look for line in (await opened(tab, contact_id, "automation")).lines]
    assert looks == ["day", "decision", "decision", "decision"]


async def test_automatic_messages_to_one_contact_are_stopped_and_go_on(me: Person, open_tab: OpenTab) -> None:
    amelia = add(me, "Amelia Hart")
    tab = open_tab(me)
    assert (await opened(tab, amelia)).stopped == ""
    await tab.fire(RecordState.switch_messages(False), path=HOME)
    assert "are stopped" in tab.said
    assert (await opened(tab, amelia)).stopped.startswith(f"{me.actor.name}, Today")
    await tab.fire(RecordState.switch_messages(True), path=HOME)
    assert (await opened(tab, amelia)).stopped == ""
