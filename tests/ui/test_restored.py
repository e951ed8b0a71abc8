"""After a restore every screen says that nothing is sent, and an owner lets it go out again."""

from collections.abc import AsyncIterator, Callable

import pytest

from careops_app.app import app
from careops_app.infra import clock, db
from careops_app.ui.restored import RestoredState
from careops_app.ui.shell_state import ShellState
from careops_app.workspace import queries, restored
from careops_app.workspace.access import Permission
from tests.people import Person, owner, staff
from tests.tab import Tab, tabs


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[Callable[[Person | None], Tab]]:
    async with tabs(app) as open_one:
        yield open_one


def hold() -> None:
    with db.engine().connect() as connection:
        restored.hold_all(connection, clock.now())
        connection.commit()


async def test_an_owner_sees_what_holds_the_business_and_releases_it(open_tab) -> None:
    olivia = owner()
    hold()
    tab = open_tab(olivia)
    await tab.fire(ShellState.refresh)
    assert (await tab.state(RestoredState)).taken != ""
    await tab.fire(RestoredState.release)
    assert "Messages go out again" in tab.said
    assert db.fetch_now(restored.standing, olivia.actor) is None
    await tab.fire(ShellState.refresh)
    assert (await tab.state(RestoredState)).taken == ""
    (entry,) = db.fetch_now(queries.audit_log, olivia.actor)
    assert entry.action.startswith("released sending")


async def test_staff_see_it_and_may_not_release(open_tab) -> None:
    olivia = owner()
    sam = staff(olivia, Permission.INBOX)
    hold()
    tab = open_tab(sam)
    await tab.fire(ShellState.refresh)
    assert (await tab.state(RestoredState)).taken != ""
    await tab.fire(RestoredState.release)
    assert db.fetch_now(restored.standing, olivia.actor) is not None


async def test_otherwise_nothing_is_said(open_tab) -> None:
    tab = open_tab(owner())
    await tab.fire(ShellState.refresh)
    assert (await tab.state(RestoredState)).taken == ""
