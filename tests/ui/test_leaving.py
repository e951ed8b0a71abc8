"""The page on which an owner decides about the visits of somebody who stops: refusals, counts, and doing it."""

from collections.abc import AsyncIterator, Callable

import pytest

from careops_app.app import app
from careops_app.bookings import catalogue, offering
from careops_app.ui.settings.team.leaving_state import LeavingState
from careops_app.ui.settings.team.state import TeamState
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission
from tests import people
from tests.bookings.clinic import Clinic, open_clinic, tuesday
from tests.people import Person
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
def clinic(database: str, clock: object) -> Clinic:
    return open_clinic()


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


async def test_ending_access_leads_to_the_decisions_and_they_are_carried_out(clinic: Clinic, open_tab: OpenTab) -> None:
    me = people.signed_in(clinic.owner.user_id or 0, clinic.owner.workspace_id)
    sam = people.staff(me, Permission.BOOKINGS).actor.member_id
    calendar = clinic.do(offering.add_calendar, offering.CalendarDraft(member_id=sam))
    clinic.do(offering.set_staff, clinic.peel, [calendar, clinic.jonas])
    first, second, third = (
        clinic.booked(tuesday(at), staff_id=calendar, email=f"{at[:2]}@example.com")
        for at in ("10:00", "12:00", "14:00")
    )
    clinic.booked(tuesday("14:15"), staff_id=clinic.jonas)
    tab = open_tab(me)
    await tab.fire(TeamState.load())
    await tab.fire(TeamState.ask_to_leave(sam))
    await tab.fire(TeamState.deactivate())
    assert "Sam Staff has 3 visits ahead. Decide first" in tab.said
    page = f"/app/settings/?section=leaving&calendar={calendar}&access=1"
    assert page in tab.said

    await tab.fire(LeavingState.load(), path=page)
    state = await tab.state(LeavingState)
    assert (state.name, state.total, state.ends_access) == ("Sam Staff", 3, True)
    assert state.summary == "0 reassigned, 0 kept, 0 cancelled; 3 not decided yet; 0 customers told."
    assert [word for _, word in state.lines[2].choices] == ["Not decided", "Keep with Sam Staff", "Cancel the visit"]
    assert state.lines[2].blocked and not state.is_ready
    await tab.fire(LeavingState.choose_for_all("anyone"))
    assert len(state.conflicts) == 1 and not state.is_ready
    await tab.fire(LeavingState.choose(second, "keep"))
    await tab.fire(LeavingState.choose(third, "cancel"))
    assert state.summary == "1 reassigned, 1 kept, 1 cancelled; 2 customers told."
    assert (state.verb, state.is_ready) == ("Reassign 1, keep 1, cancel 1 and end access", True)
    await tab.fire(LeavingState.decide())
    assert "1 reassigned, 1 kept, 1 cancelled. Sam Staff is signed out everywhere." in tab.said
    assert [clinic.card(one).staff for one in (first, second)] == ["Jonas Lindqvist", "Sam Staff"]
    assert clinic.card(third).status == "cancelled"
    assert not next(row for row in clinic.ask(workspaces.members) if row.id == sam).is_active


async def test_taking_no_more_bookings_asks_too_and_invented_choices_decide_nothing(
    clinic: Clinic, open_tab: OpenTab
) -> None:
    me = people.signed_in(clinic.owner.user_id or 0, clinic.owner.workspace_id)
    mine = clinic.do(offering.add_calendar, offering.CalendarDraft(member_id=me.actor.member_id))
    clinic.do(offering.set_staff, clinic.peel, [mine])
    visit = clinic.booked(tuesday("10:00"))
    tab = open_tab(me)
    await tab.fire(TeamState.load())
    await tab.fire(TeamState.take_bookings(me.actor.member_id, False))
    page = f"/app/settings/?section=leaving&calendar={mine}"
    assert "Olivia Owner has 1 visit ahead" in tab.said and page in tab.said
    await tab.fire(LeavingState.load(), path=page)
    for invented in ("to:", "to:x", "to:99999999999999999999", "everything"):
        await tab.fire(LeavingState.choose(visit, invented))
        assert not (await tab.state(LeavingState)).is_ready
    await tab.fire(LeavingState.choose_for_all("keep"))
    await tab.fire(LeavingState.decide())
    assert clinic.card(visit).status == "confirmed"
    assert mine not in {one.id for one in clinic.ask(catalogue.team_calendars)}
