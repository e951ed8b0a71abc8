"""The message plan beside the calendar: what will go, one skipped, one put into other words, by whoever keeps bookings."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from careops_app.app import app
from careops_app.ui.bookings.plan_state import PlanState, key_of
from careops_app.ui.bookings.record_state import MessageLine, RecordState
from careops_app.ui.bookings.state import BookingsState
from careops_app.workspace.access import Permission
from tests import facts, people
from tests.people import Person
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str, clock: Any) -> Person:
    return people.owner()


@pytest.fixture
def booking(me: Person) -> int:
    return facts.visit(me.actor, facts.service(me.actor)).id


async def plan(tab: Tab, booking: int) -> list[MessageLine]:
    await tab.fire(BookingsState.load(), path=f"/app/bookings?booking={booking}")
    return (await tab.state(RecordState)).messages


async def test_a_message_is_skipped_and_sent_after_all(me: Person, open_tab: OpenTab, booking: int) -> None:
    tab = open_tab(people.staff(me, Permission.BOOKINGS))
    first, second = await plan(tab, booking)
    assert [line.what for line in (first, second)] == ["Reminder, 24 hours before", "Reminder, 2 hours before"]
    await tab.fire(PlanState.skip(first.id))
    skipped = (await plan(tab, booking))[0]
    assert (skipped.state, skipped.skipped) == ("message.skipped", True) and skipped.reason.startswith("Skipped by ")
    await tab.fire(PlanState.go(first.id))
    assert (await plan(tab, booking))[0] == first


async def test_a_message_gets_words_of_its_own(me: Person, open_tab: OpenTab, booking: int) -> None:
    tab = open_tab(me)
    _, second = await plan(tab, booking)
    await tab.fire(PlanState.reword(second.id))
    state = await tab.state(PlanState)
    assert (state.title, "{{booking.when}}" in state.subject) == ("Booking reminder", True)
    await tab.fire(PlanState.save({"subject": "Soon", "body": "Bring {{booking.shoes}}", "text": ""}))
    assert "cannot be used here" in (await tab.state(PlanState)).errors["body"]
    await tab.fire(PlanState.save({"subject": "Soon", "body": "Ring twice", "text": ""}))
    assert [line.reason for line in await plan(tab, booking)] == ["", f"Reworded by {me.actor.name}"]


async def test_who_keeps_no_bookings_decides_about_no_message(me: Person, open_tab: OpenTab, booking: int) -> None:
    first, _ = await plan(open_tab(me), booking)
    tab = open_tab(people.staff(me, Permission.FORMS))
    await tab.fire(PlanState.skip(first.id))
    assert "Ask an owner" in tab.said
    assert (await plan(open_tab(me), booking))[0] == first


def test_only_what_a_plan_may_name_is_a_key() -> None:
    assert key_of("booking/12/booking-reminder/120") is not None
    for text in ("", "booking/12/nothing/120", "booking/x/booking-reminder/120", "a/b/c", "booking/1/welcome/-1"):
        assert key_of(text) is None
