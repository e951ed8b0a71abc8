"""The Automation screen, through the real event pipeline: sentences, switches, delays, and the log the address asks for."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from careops_app.app import app
from careops_app.automation.queries import rule_rows
from careops_app.automation.rules import RULES
from careops_app.errors import Refused
from careops_app.inbox import setup
from careops_app.inbox.service import InquiryForm, submit_inquiry
from careops_app.infra import db
from careops_app.ui.automation.state import AutomationState, RuleLine
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Permission
from tests.people import Person, owner, staff
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str) -> Person:
    return owner()


async def opened(tab: Tab, query: str = "") -> AutomationState:
    await tab.fire(AutomationState.load(), path=f"/app/automation{query}")
    return await tab.state(AutomationState)


def line(state: AutomationState, key: str) -> RuleLine:
    return next(rule for group in state.groups for rule in group.rules if rule.key == key)


async def somebody_writes(me: Person, name: str = "Amelia Hart") -> None:
    """An inquiry, and everything automation makes of it."""
    form = InquiryForm(name, f"{name.split()[0].lower()}@example.com", "", "Hello", f"key-{name}")
    db.transact_now(setup.ensure_captured, me.actor.workspace_id)
    db.transact_now(submit_inquiry, me.actor.workspace_id, form)
    await asyncio.to_thread(drain_now, me.actor.workspace_id)


async def test_every_rule_stands_there_as_a_sentence_the_six_first(open_tab: OpenTab, me: Person) -> None:
    state = await opened(open_tab(me))
    assert sum(len(group.rules) for group in state.groups) == len(RULES) and len(state.groups[0].rules) == 6
    reminder = "".join(part.text for part in line(state, "form-reminder").parts)
    assert reminder == "When a form is still open, send a reminder 2 days before it is due."
    assert line(state, "form-reminder").how == "On the channel last used"
    assert line(state, "staff-reply").word == "Always on" and line(state, "welcome").stops == "Stops when staff reply"


async def test_a_rule_is_switched_off_and_on(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(AutomationState.switch("welcome", False))
    assert line(await opened(tab), "welcome").word == "Off"
    await tab.fire(AutomationState.switch("welcome", True))
    assert line(await opened(tab), "welcome").word == "On"


async def test_a_locked_rule_stays_on(open_tab: OpenTab, me: Person) -> None:
    with pytest.raises(Refused, match="stays on"):
        await open_tab(me).fire(AutomationState.switch("staff-reply", False))


async def test_counts_lead_to_the_decisions_they_count(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await somebody_writes(me)
    (count,) = line(await opened(tab), "welcome").counts
    assert count.words == "1 sent" and count.address.startswith("/app/automation/?rule=welcome&state=fired")
    state = await opened(tab, "?rule=welcome&state=fired")
    assert [run.who for run in state.runs] == ["Amelia Hart"] and state.log_is_asked
    assert line(state, "welcome").current
    assert (await opened(tab, "?rule=welcome&state=skipped")).runs == []


async def test_the_log_goes_back_page_by_page(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    for number in range(26):
        await somebody_writes(me, f"Guest{number} Test")
    first = await opened(tab, "?rule=welcome")
    assert len(first.runs) == 25 and first.newest == ""
    address = first.older.partition("#")[0].removeprefix("/app/automation/")
    second = await opened(tab, address)
    assert len(second.runs) == 1 and second.older == "" and second.newest != ""


async def test_staff_read_and_change_nothing(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(staff(me, Permission.INBOX))
    assert (await opened(tab)).may_configure is False
    await tab.fire(AutomationState.switch("welcome", False))
    assert "Ask an owner" in tab.said
    assert next(row for row in db.fetch_now(rule_rows, me.actor) if row.key == "welcome").enabled
