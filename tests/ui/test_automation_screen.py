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
from careops_app.ui.automation.editor_state import EditorState
from careops_app.ui.automation.state import AutomationState, RuleLine
from careops_app.ui.automation.switch_state import SwitchState
from careops_app.ui.shell_state import ShellState
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
    await tab.fire(SwitchState.switch("welcome", False))
    assert line(await opened(tab), "welcome").word == "Off"
    await tab.fire(SwitchState.switch("welcome", True))
    assert line(await opened(tab), "welcome").word == "On"


async def test_a_locked_rule_stays_on(open_tab: OpenTab, me: Person) -> None:
    with pytest.raises(Refused, match="stays on"):
        await open_tab(me).fire(SwitchState.switch("staff-reply", False))


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
    await tab.fire(SwitchState.switch("welcome", False))
    assert "Ask an owner" in tab.said
    assert next(row for row in db.fetch_now(rule_rows, me.actor) if row.key == "welcome").enabled


# changing a rule


async def in_hand(tab: Tab, key: str) -> EditorState:
    await opened(tab)
    await tab.fire(EditorState.open(key))
    return await tab.state(EditorState)


def form(state: EditorState, **changed: str) -> dict[str, str]:
    return {"subject": state.subject, "body": state.body, "text": state.text} | changed


async def test_a_rule_is_opened_tried_and_saved_as_its_next_version(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    state = await in_hand(tab, "welcome")
    assert (state.number, state.is_timed, state.shown_subject) == (1, False, "Thanks for writing to Harbour Clinic")
    await tab.fire(EditorState.show("subject", "Hello {{contact.first_name}}"))
    assert (await tab.state(EditorState)).shown_subject == "Hello Amelia"
    await tab.fire(EditorState.pick_via(0, "sms"))
    await tab.fire(EditorState.save(form(state, subject="Hello {{contact.first_name}}", text="Hi")))
    assert "Version 1 of" in tab.said and "is in use" in tab.said
    welcome = line(await opened(tab), "welcome")
    assert (welcome.version, welcome.how) == ("Version 1", "At once, by text, in your own words")


async def test_an_unknown_placeholder_is_shown_at_its_field_and_saves_nothing(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    state = await in_hand(tab, "welcome")
    await tab.fire(EditorState.save(form(state, body="Hello {{contact.nmae}}")))
    state = await tab.state(EditorState)
    assert state.key == "welcome" and "Write {{contact.name}} instead" in state.errors["body"]
    assert line(await opened(tab), "welcome").version == ""


async def test_moments_that_crowd_each_other_are_told_before_they_are_saved(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    state = await in_hand(tab, "booking-reminder")
    assert [each.lead for each in state.steps] == ["24 hours", "2 hours"]
    await tab.fire(EditorState.pick_lead(0, "90"))
    await tab.fire(EditorState.save(form(state)))
    state = await tab.state(EditorState)
    assert state.warnings == ["Two reminders reach the same person 30 min apart: 2 hours and 1 h 30 min before."]
    await tab.fire(EditorState.save(form(state)))
    sentence = "".join(part.text for part in line(await opened(tab), "booking-reminder").parts)
    assert sentence == "When a booking comes near, send a reminder 2 hours and 1 h 30 min before the start."


async def test_a_test_goes_to_whoever_presses(open_tab: OpenTab, me: Person) -> None:
    db.transact_now(setup.ensure_captured, me.actor.workspace_id)
    tab = open_tab(me)
    await in_hand(tab, "welcome")
    await tab.fire(EditorState.send_test())
    assert "A test is on its way to" in tab.said


async def test_everything_stops_with_one_switch_and_goes_on_with_another(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await opened(tab)
    await tab.fire(SwitchState.stop_all())
    assert "stopped it" in (await tab.state(ShellState)).stopped
    await somebody_writes(me)
    await tab.fire(ShellState.refresh())
    assert (await tab.state(ShellState)).stopped_waiting == 1
    await tab.fire(SwitchState.resume_all("send"))
    assert "1 message on the way" in tab.said and (await tab.state(ShellState)).stopped == ""
