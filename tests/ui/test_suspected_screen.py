"""Suspected spam through the real pipeline: the list says why, Accept leads into the conversation, Discard asks first."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from careops_app.app import app
from careops_app.inbox import quarantine
from careops_app.inbox.quarantine import Judged
from careops_app.inbox.quarantine_queries import PAGE, suspected_count
from careops_app.inbox.service import InquiryForm
from careops_app.inbox.spam_rules import SENTENCES, Sign
from careops_app.infra import db
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.suspected.state import SuspectedState
from careops_app.workspace.access import Permission
from tests import people
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


def suspected(me: Person, *names: str) -> None:
    for name in names:
        form = InquiryForm(name, f"{name.lower().replace(' ', '.')}@example.com", "", "Buy", name)
        judged = Judged(form, (Sign.LINK, Sign.TRAP), "network")
        db.transact_now(quarantine.take, me.actor.workspace_id, judged)


async def shown(tab: Tab, query: str = "") -> Any:
    await tab.fire(SuspectedState.load(), path=f"/app/suspected?{query}")
    return await tab.state(SuspectedState)


async def inbox(tab: Tab) -> Any:
    await tab.fire(InboxState.load(), path="/app/inbox")
    return await tab.state(InboxState)


async def test_the_inbox_leads_to_what_waits_and_its_number_is_that_of_the_list(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    assert (await inbox(tab)).suspected == ""
    suspected(me, "Bo Spam", "Al Spam")
    assert (await inbox(tab)).suspected == "Suspected spam (2)"
    state = await shown(tab)
    assert state.total == len(state.lines) == 2
    assert state.lines[0].signs == [SENTENCES[Sign.TRAP], SENTENCES[Sign.LINK]]


async def test_accept_leads_to_the_conversation_also_when_pressed_twice(open_tab: OpenTab, me: Person) -> None:
    suspected(me, "Mina Sato")
    tab = open_tab(me)
    (line,) = (await shown(tab)).lines
    for _ in range(2):
        await tab.fire(SuspectedState.accept(line.id))
        assert "/app/inbox/?c=" in tab.said
    assert (await shown(tab)).lines == []
    state = await inbox(tab)
    assert [item.name for item in state.waiting] == ["Mina Sato"] and state.suspected == ""


async def test_discard_asks_first_and_keeps_when_told_so(open_tab: OpenTab, me: Person) -> None:
    suspected(me, "Bo Spam")
    tab = open_tab(me)
    (line,) = (await shown(tab)).lines
    await tab.fire(SuspectedState.ask_discard(line.id))
    assert (await tab.state(SuspectedState)).discarding_who == "Bo Spam"
    await tab.fire(SuspectedState.stop_discarding(False))
    assert db.fetch_now(suspected_count, me.actor) == 1
    await tab.fire(SuspectedState.ask_discard(line.id))
    await tab.fire(SuspectedState.discard())
    assert (await tab.state(SuspectedState)).lines == [] and db.fetch_now(suspected_count, me.actor) == 0
    await tab.fire(SuspectedState.accept(line.id))
    assert "discarded this message meanwhile" in tab.said


async def test_the_list_has_pages(open_tab: OpenTab, me: Person) -> None:
    suspected(me, *(f"Bo {number}" for number in range(PAGE + 1)))
    tab = open_tab(me)
    assert len((await shown(tab)).lines) == PAGE
    second = await shown(tab, "page=2")
    assert second.pages == f"{PAGE + 1}–{PAGE + 1} of {PAGE + 1}"
    assert len(second.lines) == 1 and second.earlier_page == "/app/suspected/" and second.later_page == ""


async def test_without_the_permission_nothing_is_shown_or_changed(open_tab: OpenTab, me: Person) -> None:
    suspected(me, "Bo Spam")
    tab = open_tab(people.staff(me, Permission.BOOKINGS))
    assert (await shown(tab)).lines == []
    await tab.fire(SuspectedState.accept(1))
    assert db.fetch_now(suspected_count, me.actor) == 1
