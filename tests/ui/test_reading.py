"""Many screens that are told of one change read once, and each shows what its own person would have read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from careops_app.app import app
from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.inbox import service as inbox
from careops_app.inbox.receiving import InquiryForm, submit_inquiry
from careops_app.infra import db
from careops_app.infra.live import Hub
from careops_app.ui import live, reading
from careops_app.ui.reading import Readings
from careops_app.ui.routes import SCREENS, Screen
from careops_app.ui.shell_state import ShellState
from careops_app.workspace.access import GRANTABLE, Permission
from tests import people
from tests.people import Person
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
OF_A_TAB = ("rx_router", "router", "box", "drawn")  # what differs from tab to tab by itself


class Asked:
    """A question to the database that counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> int:
        self.times += 1
        mine = self.times
        await asyncio.sleep(0.01)
        return mine


async def test_all_who_read_after_the_same_change_share_one_answer() -> None:
    changes, asked = Hub(), Asked()
    readings = Readings(changes)
    assert await asyncio.gather(*(readings.read(1, "list", asked) for _ in range(50))) == [1] * 50
    assert await readings.read(1, "list", asked) == 1
    assert await readings.read(1, "another list", asked) == 2


async def test_after_the_next_change_it_is_read_anew_also_while_the_last_answer_is_under_way() -> None:
    changes, asked = Hub(), Asked()
    readings = Readings(changes)
    first = asyncio.create_task(readings.read(1, "list", asked))
    await asyncio.sleep(0)
    changes.announce(1)
    assert await readings.read(1, "list", asked) == 2
    assert await first == 1
    changes.announce(2)
    assert await readings.read(1, "list", asked) == 2


async def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    readings, asked = Readings(Hub()), Asked()

    async def fails() -> None:
        await asyncio.sleep(0.01)
        raise RuntimeError("gone")

    failed = await asyncio.gather(*(readings.read(1, "list", fails) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [RuntimeError] * 3
    await asyncio.sleep(0)
    assert await readings.read(1, "list", asked) == 1


async def test_an_answer_is_kept_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "KEPT_SECONDS", 0.01)
    readings, asked = Readings(Hub()), Asked()
    assert await readings.read(1, "list", asked) == 1
    await asyncio.sleep(0.05)
    assert await readings.read(1, "list", asked) == 2


def seen_by(_: Any, who: Any) -> tuple[int | None, int | None]:
    return who.member_id, who.sees_only


async def test_only_what_was_pushed_is_read_for_nobody_in_particular(database: str) -> None:
    me = people.owner()
    assert await reading.read(seen_by, me.actor) == (me.actor.member_id, None)
    reading.is_pushed.set(True)
    assert await reading.read(seen_by, me.actor) == (None, None)


async def test_who_sees_their_own_only_reads_alone(database: str) -> None:
    narrow = replace(people.owner().actor, sees_all=False)
    reading.is_pushed.set(True)
    assert await reading.read(seen_by, narrow) == (narrow.member_id, narrow.member_id)


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.route.rpartition("/")[2])
async def test_a_screen_that_was_told_shows_what_each_person_would_have_read(
    open_tab: OpenTab, clock: Any, screen: Screen
) -> None:
    first, second = _two_who_may_the_same(screen)
    told = [open_tab(first), open_tab(second)]
    for tab in told:
        await _load(tab, screen)
    _change(first)
    live.hub.announce(first.actor.workspace_id)
    for tab in told:
        await _push(tab)
    for tab, person in zip(told, (first, second), strict=True):
        fresh = open_tab(person)
        await _load(fresh, screen)
        assert await _shown(tab) == await _shown(fresh)


def _two_who_may_the_same(screen: Screen) -> tuple[Person, Person]:
    owner = people.owner()
    db.transact_now(inbox.ensure_captured, owner.actor.workspace_id)
    if screen.permission == Permission.CONFIGURE:
        return owner, people.signed_in(owner.actor.user_id or 0, owner.actor.workspace_id)
    return tuple(people.staff(owner, *GRANTABLE, email=f"{name}@example.com") for name in ("sam", "ann"))  # pyright: ignore


def _change(person: Person) -> None:
    """Somebody writes, and the first of the two looks after it: one has something that the other has not."""
    where = person.actor.workspace_id
    form = InquiryForm("Nora Vance", "nora@example.com", "", "May I come on Monday?", "the key of this inquiry")
    db.transact_now(submit_inquiry, where, form)
    nora = db.transact_now(contacts.identify, where, Identity("Nora Vance", "nora@example.com", ""), "test").contact_id
    conversation = db.transact_now(inbox.start_conversation, person.actor, nora)
    db.transact_now(inbox.assign, person.actor, conversation, person.actor.member_id)


async def _load(tab: Tab, screen: Screen) -> None:
    for each in (ShellState.refresh, *screen.on_load):
        await tab.fire(each(), path=screen.route)


async def _push(tab: Tab) -> None:
    """As the server does it, whatever this screen has joined with."""
    joined = live._tabs._tabs.get(tab.token)
    for refresh in filter(None, (ShellState.refresh, joined and joined.refresh)):
        await tab.push(refresh())


async def _shown(tab: Tab) -> dict[str, Any]:
    """Everything the browser has of this tab, less what belongs to the tab itself."""
    return {name: value for name, value in (await tab.shown()).items() if not name.split(".")[1].startswith(OF_A_TAB)}
