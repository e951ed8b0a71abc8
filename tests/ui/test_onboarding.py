"""The set-up, through the real event pipeline: steps that resume, optional ones that are left out, opening at the end."""

from collections.abc import AsyncIterator, Callable

import pytest

from careops_app.app import app
from careops_app.bookings.catalogue import service_cards
from careops_app.errors import Refused
from careops_app.forms.queries import form_list
from careops_app.infra import db
from careops_app.inventory.queries import item_list, supplies_of_service
from careops_app.ui.onboarding.forms.state import StartFormsState
from careops_app.ui.onboarding.inventory.state import StartStockState
from careops_app.ui.onboarding.state import OnboardingState
from careops_app.ui.settings.business.state import BusinessState
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.hours.state import HoursState
from careops_app.ui.settings.services.state import ServicesState
from careops_app.workspace import queries
from careops_app.workspace.access import Permission
from tests.people import Person, owner, staff
from tests.tab import Tab, tabs
from tests.ui.test_settings import SERVICE

OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str) -> Person:
    return owner()


async def offer(tab: Tab) -> None:
    """A service that can be booked on Mondays."""
    await tab.fire(ServicesState.take_bookings_myself())
    await tab.fire(ServicesState.add())
    (giver,) = (await tab.state(ServicesState)).givers
    await tab.fire(ServicesState.save({**SERVICE, "staff": [giver.value]}))
    await tab.fire(HoursState.load())
    await tab.fire(HoursState.toggle(0))
    await tab.fire(HoursState.save())


async def test_the_set_up_resumes_at_the_first_step_that_is_not_settled(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(OnboardingState.load(), path="/app/onboarding")
    state = await tab.state(OnboardingState)
    assert state.step == "channels" and state.next_step == "contact" and not state.may_skip
    assert [line.state for line in state.steps][:3] == ["done", "missing", "missing"]
    await tab.fire(ChannelsState.use_captured())
    await tab.fire(OnboardingState.load(), path="/app/onboarding")
    assert (await tab.state(OnboardingState)).step == "contact"


async def test_the_address_names_the_step_and_its_block_is_loaded(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(OnboardingState.load(), path="/app/onboarding?step=business")
    assert (await tab.state(OnboardingState)).step == "business"
    assert (await tab.state(BusinessState)).name == "Harbour Clinic"


async def test_an_unknown_step_opens_the_first_unsettled_one(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(OnboardingState.load(), path="/app/onboarding?step=<script>")
    assert (await tab.state(OnboardingState)).step == "channels"


async def test_an_optional_step_is_left_out_for_good(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(OnboardingState.load(), path="/app/onboarding?step=forms")
    assert (await tab.state(OnboardingState)).may_skip
    await tab.fire(OnboardingState.skip())
    assert db.fetch_now(queries.workspace_card, me.actor).steps_skipped == ("forms",)
    assert "step=inventory" in tab.said


async def test_a_needed_step_cannot_be_left_out(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(OnboardingState.load(), path="/app/onboarding?step=services")
    with pytest.raises(Refused, match="needed before"):
        await tab.fire(OnboardingState.skip())


async def test_a_starter_is_linked_to_services(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await offer(tab)
    await tab.fire(StartFormsState.start("agreement"))
    state = await tab.state(StartFormsState)
    assert state.linking == state.lines[0].id
    await tab.fire(StartFormsState.save_links({"services": [state.lines[0].services[0].id]}))
    (row,) = db.fetch_now(form_list, me.actor)
    assert row.name == "Agreement" and row.services == ("Facial",)


async def test_an_item_is_added_and_used_by_a_service(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await offer(tab)
    await tab.fire(StartStockState.add({"name": "Cotton pads", "unit": "packs", "on_hand": "lots", "threshold": "5"}))
    assert "on_hand" in (await tab.state(StartStockState)).errors
    await tab.fire(StartStockState.add({"name": "Cotton pads", "unit": "packs", "on_hand": "20", "threshold": "5"}))
    (item,) = db.fetch_now(item_list, me.actor).rows
    (card,) = db.fetch_now(service_cards, me.actor)
    await tab.fire(StartStockState.open_service(card.id))
    await tab.fire(StartStockState.save_uses({f"item-{item.id}": "none"}))
    assert f"item-{item.id}" in (await tab.state(StartStockState)).errors
    await tab.fire(StartStockState.save_uses({f"item-{item.id}": "0.5"}))
    (supply,) = db.fetch_now(supplies_of_service, me.actor, card.id)
    assert str(supply.quantity) == "0.50"


async def test_pages_open_when_every_check_passes_and_not_before(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(OnboardingState.load(), path="/app/onboarding?step=launch")
    with pytest.raises(Refused, match="channel"):
        await tab.fire(OnboardingState.open_pages())
    await tab.fire(ChannelsState.use_captured())
    await offer(tab)
    await tab.fire(OnboardingState.refresh())
    assert (await tab.state(OnboardingState)).is_ready
    await tab.fire(OnboardingState.open_pages())
    assert db.fetch_now(queries.workspace_card, me.actor).is_open
    assert (await tab.state(OnboardingState)).booking_page.endswith("/b/harbour-clinic")


async def test_staff_cannot_set_up_or_open(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(staff(me, Permission.BOOKINGS))
    for spec in (OnboardingState.load(), OnboardingState.open_pages(), StartFormsState.start("intake")):
        await tab.fire(spec, path="/app/onboarding")
        assert "Ask an owner" in tab.said
    assert not (await tab.state(OnboardingState)).loaded
