"""What owners do with text messages under Settings: the Twilio account, a test to the own phone, and the limits."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from careops_app.app import app
from careops_app.inbox import text_limits
from careops_app.inbox.channels import carries
from careops_app.inbox.models import ChannelKind
from careops_app.infra import db
from careops_app.integrations.sms.twilio import TwilioChannel, twilio_channel
from careops_app.ui.settings.channels.state import ChannelsState
from tests.integrations.twilio_server import ACCOUNT, KEPT, TOKEN, Twilio, twilio_server
from tests.people import Person, owner
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
FORM = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": KEPT["from"], "key_sid": "", "key_secret": ""}
LIMITS = {"quiet_from": "22:00", "quiet_until": "07:30", "countries": "gb, ie", "daily_cap": "40"}


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str) -> Person:
    return owner()


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with twilio_server() as server:
        carries(ChannelKind.SMS, "twilio")(lambda kept: TwilioChannel(kept, server.url, ()))
        yield server
    carries(ChannelKind.SMS, "twilio")(twilio_channel)


async def test_a_twilio_account_is_saved_tested_and_never_shown_again(
    open_tab: OpenTab, me: Person, twilio: Twilio
) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_twilio(FORM))
    state = await tab.state(ChannelsState)
    assert (state.sms.state, state.sms.provider, state.result.works, state.testing) == ("working", "twilio", True, "")
    assert state.account_sid == ACCOUNT and state.has_token and TOKEN not in str(state.dict())
    assert "/hooks/twilio/" in state.answers_to and twilio.requests == 0
    await tab.fire(ChannelsState.use_twilio({**FORM, "auth_token": ""}))
    assert (await tab.state(ChannelsState)).result.works, "an empty token keeps the stored one"


async def test_a_wrong_token_is_told_in_twilios_words(open_tab: OpenTab, me: Person, twilio: Twilio) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_twilio({**FORM, "auth_token": "wrong"}))
    state = await tab.state(ChannelsState)
    assert (state.result.works, state.result.words) == (False, "Authenticate (20003)")
    assert state.sms.state == "not_working" and "Account SID" in state.result.hint


async def test_an_incomplete_account_is_answered_beside_the_fields(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_twilio({**FORM, "account_sid": "AC1", "sender": "me"}))
    assert set((await tab.state(ChannelsState)).errors) == {"account_sid", "from"}


async def test_a_test_text_goes_to_the_own_phone_and_says_what_twilio_said(
    open_tab: OpenTab, me: Person, twilio: Twilio
) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_twilio(FORM))
    await tab.fire(ChannelsState.send_test({"phone": "07400 123456"}))
    state = await tab.state(ChannelsState)
    assert twilio.taken[0]["To"] == "+447400123456" and "test from CareOps" in twilio.taken[0]["Body"]
    assert state.result.works and twilio.taken[0]["sid"] in state.result.words
    twilio.answers = [(400, 21608, "The number is unverified")]
    await tab.fire(ChannelsState.send_test({"phone": "07400 123456"}))
    state = await tab.state(ChannelsState)
    assert (state.result.works, state.result.words) == (False, "The number is unverified (21608)")
    await tab.fire(ChannelsState.send_test({"phone": "nobody"}))
    assert set((await tab.state(ChannelsState)).errors) == {"phone"} and len(twilio.taken) == 1


async def test_limits_are_kept_or_answered_beside_the_field(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.load())
    state = await tab.state(ChannelsState)
    assert (state.quiet_from, state.quiet_until, state.countries, state.daily_cap) == ("21:00", "08:00", "GB", "250")
    await tab.fire(ChannelsState.save_limits({**LIMITS, "daily_cap": "none"}))
    assert set((await tab.state(ChannelsState)).errors) == {"daily_cap"}
    await tab.fire(ChannelsState.save_limits(LIMITS))
    kept = db.fetch_now(text_limits.limits_of, me.actor)
    assert (kept.quiet_from, kept.quiet_until, kept.countries, kept.daily_cap) == (1320, 450, ("GB", "IE"), 40)
    state = await tab.state(ChannelsState)
    assert (state.countries, state.errors) == ("GB, IE", {})
