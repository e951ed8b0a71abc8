"""The screen on which an owner tries a rule: what it would have done, what will go, and who may ask."""

from collections.abc import AsyncIterator, Callable

import pytest

from careops_app.app import app
from careops_app.automation.models import RuleVersion
from careops_app.ui.dry_run.state import DryRunState, _leads
from tests.people import Person, owner, staff
from tests.tab import Tab, tabs
from tests.ui.test_explain_screen import amelia_writes, found

OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str) -> Person:
    return owner()


async def tried(tab: Tab, query: str) -> DryRunState:
    await tab.fire(DryRunState.load(), path=f"/app/dry-run{query}")
    return await tab.state(DryRunState)


async def test_a_rule_that_would_be_off_shows_what_would_not_have_gone(open_tab: OpenTab, me: Person) -> None:
    await amelia_writes(me)
    state = await tried(open_tab(me), "?rule=welcome&on=off")
    assert [(line.who, line.word, line.was) for line in state.lines] == [
        ("Amelia Hart", "No longer", "Then: Sent on email.")
    ]
    assert state.summary == "Of 1 look shown here: 1 sent, 0 with this change" and state.errors == {}
    with pytest.raises(Exception, match="No row was found"):
        found(me, RuleVersion)


async def test_another_channel_keeps_the_moments_that_the_rule_has(open_tab: OpenTab, me: Person) -> None:
    await amelia_writes(me)
    state = await tried(open_tab(me), "?rule=welcome&via=sms")
    assert [line.then for line in state.lines] == ["With the change: Would be sent by text."]


async def test_what_the_form_says_goes_into_the_address(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tried(tab, "?rule=booking-reminder")
    await tab.fire(
        DryRunState.run({"on": "on", "via": "", "leads": "2 days, 45 min", "service": "", "until": "2026-12-24"})
    )
    assert "/app/dry-run/?rule=booking-reminder&on=on&leads=2880%2C45&until=2026-12-24" in tab.said


async def test_moments_that_are_none_are_said_to_be(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    assert "leads" in (await tried(tab, "?rule=booking-reminder&leads=soon")).errors
    assert "steps" in (await tried(tab, "?rule=booking-reminder&leads=1")).errors
    assert "until" in (await tried(tab, "?rule=booking-reminder&until=never")).errors


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("24 h, 2 h", [1440, 120]),
        ("1440,120", [1440, 120]),
        ("2 days", [2880]),
        ("45 min", [45]),
        ("soon", []),
        ("3 y", []),
    ],
)
def test_moments_are_read_as_people_write_them(words: str, minutes: list[int]) -> None:
    assert _leads(words) == minutes


async def test_staff_do_not_try_rules(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(staff(me))
    await tab.fire(DryRunState.load(), path="/app/dry-run")
    assert "may not do this" in tab.said
