"""The waitlist screen through the real pipeline: its parts and figures, putting somebody on and taking them off."""

from collections.abc import AsyncIterator, Callable

import pytest

from careops_app.app import app
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.waitlist.adding_state import AddingState
from careops_app.ui.waitlist.state import WaitlistState
from careops_app.workspace.access import Permission
from tests import people
from tests.bookings.clinic import Clinic, open_clinic, tuesday
from tests.bookings.waiting import accept, entry, freed, leave, waits
from tests.people import Person
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
WISH = {"first_on": "2026-11-24", "last_on": "2026-11-27", "from": "09:00", "until": "", "staff": "", "note": ""}
ADA = {"name": "Ada Byron", "email": "ada@example.com", "phone": ""}


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def clinic(database: str, clock) -> Clinic:
    return open_clinic()


@pytest.fixture
def me(clinic: Clinic) -> Person:
    assert clinic.owner.user_id
    return people.signed_in(clinic.owner.user_id, clinic.owner.workspace_id)


async def shown(tab: Tab, filter: str = "") -> WaitlistState:
    await tab.fire(WaitlistState.load(), path=f"/app/waitlist?filter={filter}")
    return await tab.state(WaitlistState)


async def test_who_waits_is_listed_in_turn_with_what_is_offered(open_tab: OpenTab, clinic: Clinic, me: Person) -> None:
    first, second = waits(clinic, "First Match"), waits(clinic, "Second Match", staff_id=clinic.priya)
    offer = freed(clinic, tuesday("10:00"))
    tab = open_tab(me)
    state = await shown(tab)
    assert [(line.id, line.who, line.status) for line in state.lines] == [
        (first, "First Match", "offered"),
        (second, "Second Match", "waiting"),
    ]
    assert state.lines[0].told == "Tue\u00a024\u00a0Nov 10:00 with Priya Raman, kept until 09:30"
    assert state.lines[1].wish == "24–27 November 2026, with Priya Raman"
    assert [(each.word, each.number) for each in state.filters] == [
        ("Waiting", "2"),
        ("Offered now", "1"),
        ("Booked", ""),
        ("Ended", ""),
    ]
    assert offer is not None
    booking = accept(clinic, first, offer)
    leave(clinic, second)
    assert [line.address for line in (await shown(tab, "booked")).lines] == [f"/app/bookings/?booking={booking}"]
    assert [line.status for line in (await shown(tab, "ended")).lines] == ["withdrawn"]
    assert (await shown(tab, "nonsense")).list_word == "Waiting"


async def test_somebody_is_put_on_the_list_and_taken_off(open_tab: OpenTab, clinic: Clinic, me: Person) -> None:
    tab = open_tab(me)
    await shown(tab)
    await tab.fire(AddingState.begin())
    await tab.fire(AddingState.save({**WISH, **ADA, "last_on": "2026-11-01"}))
    adding = await tab.state(AddingState)
    assert list(adding.problems) == ["last_on"] and adding.open
    await tab.fire(AddingState.save({**WISH, **ADA}))
    assert not (await tab.state(AddingState)).open
    (line,) = (await shown(tab)).lines
    assert (line.who, line.wish) == ("Ada Byron", "24–27 November 2026, from 09:00")
    await tab.fire(WaitlistState.ask_remove(line.id))
    assert (await tab.state(WaitlistState)).removing_who == "Ada Byron"
    await tab.fire(WaitlistState.remove())
    assert (await tab.state(WaitlistState)).lines == [] and entry(clinic, line.id).status == "withdrawn"


async def test_somebody_known_is_picked_and_not_put_on_twice(open_tab: OpenTab, clinic: Clinic, me: Person) -> None:
    waits(clinic, "Ada Byron")
    tab = open_tab(me)
    await tab.fire(AddingState.begin())
    await tab.fire(AddingState.look_up("Ada"))
    (person,) = (await tab.state(AddingState)).found
    await tab.fire(AddingState.pick_contact(person[0]))
    await tab.fire(AddingState.save(WISH))
    assert (await tab.state(AddingState)).problems == {"form": "Ada Byron is on this waitlist already."}
    await tab.fire(AddingState.pick_service(str(clinic.cut)))
    await tab.fire(AddingState.save(WISH))
    assert [line.what for line in (await shown(tab)).lines] == ["Peel treatment", "Cut"]


async def test_without_the_permission_nothing_is_shown_or_changed(
    open_tab: OpenTab, clinic: Clinic, me: Person
) -> None:
    waits(clinic)
    tab = open_tab(people.staff(me, Permission.INBOX))
    assert (await shown(tab)).lines == []
    await tab.fire(AddingState.begin())
    assert not (await tab.state(AddingState)).open


async def test_the_calendar_leads_to_the_waitlist(open_tab: OpenTab, clinic: Clinic, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(BookingsState.load(), path="/app/bookings")
    views = (await tab.state(BookingsState)).views
    assert ("Waitlist", "/app/waitlist/") in [(each.word, each.address) for each in views]
