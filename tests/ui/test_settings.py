"""What owners do under Settings, through the real event pipeline: sentences beside fields, refusals, lasting effects."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from careops_app.app import app
from careops_app.bookings.catalogue import business_calendar, service_cards, team_calendars
from careops_app.bookings.models import NeedChoice, ResourceKind
from careops_app.bookings.offering import add_service
from careops_app.bookings.requirements import resource_cards
from careops_app.bookings.resources import ResourceDraft, add_resource
from careops_app.bookings.service_draft import Need, ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.errors import Refused
from careops_app.inbox.channel_queries import channel_status, wordings
from careops_app.inbox.queries import inbox_counts
from careops_app.inbox.service import InquiryForm, submit_inquiry
from careops_app.infra import db
from careops_app.ui.settings.account.state import AccountState
from careops_app.ui.settings.activity.state import ActivityState
from careops_app.ui.settings.business.state import BusinessState
from careops_app.ui.settings.channels.outbox_state import OutboxState
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.hours.state import HoursState
from careops_app.ui.settings.keys.state import KeysState
from careops_app.ui.settings.rooms.state import RoomsState
from careops_app.ui.settings.services.state import NEW, ServicesState
from careops_app.ui.settings.state import BLOCKS, SettingsState
from careops_app.ui.settings.team.state import TeamState
from careops_app.ui.settings.time_off.state import TimeOffState
from careops_app.ui.settings.wordings.state import WordingState
from careops_app.worker.run import drain_now
from careops_app.workspace import queries
from careops_app.workspace.access import Permission, Role
from tests.people import Person, owner, sign_out, signed_in, staff
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
BUSINESS = {
    "name": "Harbour Clinic",
    "address": "1 Quay Road",
    "time_zone": "Europe/London",
    "contact_email": "hello@harbour.example",
    "phone_region": "GB",
    "phone": "0131 496 0142",
    "brand_color": "#0b6478",
    "unanswered_after_minutes": "120",
}
SERVICE: dict[str, Any] = {
    "name": "Facial",
    "duration_minutes": "60",
    "price_text": "£72",
    "description": "",
    "location": "",
    "payment_url": "",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "0",
    "step_minutes": "15",
    "notice_minutes": "60",
    "horizon_days": "60",
    "cancel_notice_minutes": "0",
    "needs_approval": False,
    "decide_minutes": "2880",
    "capacity": "1",
    "daily_cap": "",
    "weekly_cap": "",
    "takes_waitlist": True,
    "offer_minutes": "30",
    "reminders": ["1440"],
    "staff": [],
}
DATE = {"whose": "business", "on_date": "2027-06-01", "opens_again": "", "closes_again": ""}
ROOM = {"kind": "room", "room": "Room 1", "lanes": "1"}
SMTP = {
    "host": "localhost",
    "port": "2",
    "security": "none",
    "username": "",
    "password": "",
    "sender": "hello@harbour.example",
    "sender_name": "",
    "imap_host": "",
    "imap_port": "993",
    "authserv": "",
}


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str) -> Person:
    return owner()


async def test_a_profile_that_cannot_be_accepted_is_answered_beside_each_field(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(BusinessState.save({**BUSINESS, "name": "H", "contact_email": "nonsense", "phone": "call me"}))
    errors = (await tab.state(BusinessState)).errors
    assert set(errors) == {"name", "contact_email", "phone"}
    assert db.fetch_now(queries.workspace_card, me.actor).contact_email == "olivia@example.com"


async def test_a_saved_profile_is_kept(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(BusinessState.save({**BUSINESS, "brand_color": "#F5C518"}))
    card = db.fetch_now(queries.workspace_card, me.actor)
    assert (card.address, card.brand_color, card.contact_email) == ("1 Quay Road", "#f5c518", "hello@harbour.example")
    assert (await tab.state(BusinessState)).errors == {}


async def test_saving_the_contact_form_confirms_it(open_tab: OpenTab, me: Person) -> None:
    await open_tab(me).fire(BusinessState.save_contact_page({"contact_intro": "Ask us anything."}))
    card = db.fetch_now(queries.workspace_card, me.actor)
    assert card.contact_form_confirmed and card.contact_intro == "Ask us anything."


async def test_a_mail_server_that_does_not_answer_is_kept_and_named(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_smtp(SMTP))
    state = await tab.state(ChannelsState)
    assert state.result.works is False and "localhost" in state.result.words and state.testing == ""
    assert state.email.state == "not_working" and state.choice == "smtp"
    email, _ = db.fetch_now(channel_status, me.actor)
    assert email.is_connected and not email.works


async def test_incomplete_mail_settings_are_answered_beside_the_field(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_smtp({**SMTP, "host": "", "port": "many"}))
    state = await tab.state(ChannelsState)
    assert set(state.errors) == {"host", "port"} and state.testing == ""
    email, _ = db.fetch_now(channel_status, me.actor)
    assert not email.is_connected


async def test_keeping_mail_on_this_machine_counts_as_tested(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_captured())
    assert (await tab.state(ChannelsState)).email.state == "working"
    email, _ = db.fetch_now(channel_status, me.actor)
    assert email.captured and email.tested_at is not None


async def test_an_invitation_shows_up_and_can_be_withdrawn(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    form = {"email": "priya@example.com", "person": "Priya", "role": "staff", "permissions": ["inbox", "configure"]}
    await tab.fire(TeamState.invite(form))
    (line,) = (await tab.state(TeamState)).invitations
    assert line.email == "priya@example.com" and line.rights == "Staff: Inbox"
    await tab.fire(TeamState.withdraw(line.id))
    assert (await tab.state(TeamState)).invitations == []


async def test_inviting_somebody_who_is_here_already_is_refused_beside_the_field(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    staff(me)
    await tab.fire(TeamState.invite({"email": "sam@example.com", "person": "", "role": "staff", "permissions": []}))
    assert "already belongs" in (await tab.state(TeamState)).errors["email"]


async def test_an_owner_says_what_staff_see(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(TeamState.load())
    assert (await tab.state(TeamState)).staff_see_all
    await tab.fire(TeamState.let_staff_see_all(False))
    assert "their own visits and customers only" in tab.said
    assert not (await tab.state(TeamState)).staff_see_all
    assert not db.fetch_now(queries.workspace_card, me.actor).staff_see_all
    assert not staff(me).actor.sees_all and signed_in(me.actor.user_id, me.actor.workspace_id).actor.sees_all


async def test_the_last_owner_cannot_become_staff(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(TeamState.edit(me.actor.member_id))
    with pytest.raises(Refused, match="at least one owner"):
        await tab.fire(TeamState.save_rights({"new_role": "staff", "permissions": []}))


async def test_rights_and_access_change_at_once(open_tab: OpenTab, me: Person) -> None:
    sam, tab = staff(me, Permission.INBOX), open_tab(me)
    await tab.fire(TeamState.edit(sam.actor.member_id))
    await tab.fire(TeamState.save_rights({"new_role": "staff", "permissions": ["bookings"]}))
    assert _member(me, sam).permissions == ("bookings",)
    await tab.fire(TeamState.ask_to_leave(sam.actor.member_id))
    await tab.fire(TeamState.deactivate())
    assert not _member(me, sam).is_active
    await tab.fire(TeamState.reactivate(sam.actor.member_id))
    assert _member(me, sam).is_active and _member(me, sam).role == Role.STAFF


def _member(me: Person, whom: Person) -> queries.MemberRow:
    return next(row for row in db.fetch_now(queries.members, me.actor) if row.id == whom.actor.member_id)


async def test_a_member_becomes_bookable_and_stops(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(TeamState.take_bookings(me.actor.member_id, True))
    assert [one.member_id for one in db.fetch_now(team_calendars, me.actor)] == [me.actor.member_id]
    await tab.fire(TeamState.take_bookings(me.actor.member_id, False))
    assert db.fetch_now(team_calendars, me.actor) == ()


async def test_a_service_is_added_with_who_gives_it(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ServicesState.take_bookings_myself())
    await tab.fire(ServicesState.add())
    state = await tab.state(ServicesState)
    assert state.editing == NEW and [choice.on for choice in state.givers] == [True]
    await tab.fire(ServicesState.save({**SERVICE, "staff": [state.givers[0].value]}))
    (card,) = db.fetch_now(service_cards, me.actor)
    assert (card.name, card.duration_minutes, [one.name for one in card.staff]) == ("Facial", 60, ["Olivia Owner"])
    assert (await tab.state(ServicesState)).services[0].state == "no_hours"


async def test_a_service_that_cannot_be_accepted_keeps_the_form_open(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ServicesState.add())
    await tab.fire(ServicesState.save({**SERVICE, "name": " ", "duration_minutes": "an hour", "payment_url": "pay.me"}))
    state = await tab.state(ServicesState)
    assert set(state.errors) == {"name", "duration_minutes", "payment_url"} and state.editing == NEW
    assert db.fetch_now(service_cards, me.actor) == ()


async def test_seats_caps_approval_and_waitlist_are_kept_and_shown_again(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    wanted = {
        "capacity": "8",
        "daily_cap": "3",
        "needs_approval": True,
        "decide_minutes": "1440",
        "takes_waitlist": False,
    }
    await tab.fire(ServicesState.add())
    await tab.fire(ServicesState.save({**SERVICE, **wanted}))
    (card,) = db.fetch_now(service_cards, me.actor)
    assert (card.capacity, card.daily_cap, card.weekly_cap, card.decide_minutes) == (8, 3, None, 1440)
    await tab.fire(ServicesState.edit(card.id))
    state = await tab.state(ServicesState)
    assert (state.text.capacity, state.text.daily_cap, state.text.weekly_cap) == ("8", "3", "")
    assert state.about["seats"] == "8 seats, at most 3 a day"
    assert state.about["approval"] == "Waits up to 24 hours, no waitlist"


async def test_what_is_refused_opens_its_section(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ServicesState.add())
    await tab.fire(ServicesState.save({**SERVICE, "capacity": "none", "daily_cap": "0", "location": "x" * 201}))
    state = await tab.state(ServicesState)
    assert set(state.errors) == {"capacity", "daily_cap", "location"} and state.wrong == ["text", "seats"]


async def test_a_service_asks_for_rooms_one_of_some_and_all_of_others(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    for name, kind in (("Room 1", "room"), ("Room 2", "room"), ("Laser", "equipment")):
        await tab.fire(RoomsState.add())
        await tab.fire(RoomsState.save({**ROOM, "room": name, "kind": kind}))
    one, two, laser = [line.id for line in (await tab.state(RoomsState)).rooms]
    await tab.fire(ServicesState.add())
    for event in (
        ServicesState.add_need(), ServicesState.tick_need(0, str(one)), ServicesState.tick_need(0, str(two)),
        ServicesState.add_need(), ServicesState.choose_need(1, NeedChoice.ALL), ServicesState.tick_need(1, str(laser)),
    ):  # fmt: skip
        await tab.fire(event)
    offered = [[choice.word for choice in line.ticks] for line in (await tab.state(ServicesState)).needs]
    assert offered == [["Room 1", "Room 2"], ["Laser"]]
    await tab.fire(ServicesState.save(SERVICE))
    (card,) = db.fetch_now(service_cards, me.actor)
    assert [(need.choice, need.words) for need in card.needs] == [("any", "Room 1 or Room 2"), ("all", "Laser")]
    await tab.fire(ServicesState.edit(card.id))
    await tab.fire(ServicesState.remove_need(0))
    await tab.fire(ServicesState.save(SERVICE))
    (card,) = db.fetch_now(service_cards, me.actor)
    assert [need.words for need in card.needs] == ["Laser"]


async def test_a_requirement_without_a_room_is_refused_and_the_form_stays(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(RoomsState.add())
    await tab.fire(RoomsState.save(ROOM))
    await tab.fire(ServicesState.add())
    await tab.fire(ServicesState.add_need())
    await tab.fire(ServicesState.tick_need(0, "999"))
    await tab.fire(ServicesState.tick_need(7, "1"))
    await tab.fire(ServicesState.save(SERVICE))
    state = await tab.state(ServicesState)
    assert set(state.errors) == {"needs"} and state.wrong == ["rooms"] and len(state.needs) == 1


async def test_rooms_are_added_changed_taken_out_of_use_and_back(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(RoomsState.add())
    await tab.fire(RoomsState.save({**ROOM, "room": " ", "lanes": "many"}))
    state = await tab.state(RoomsState)
    assert set(state.errors) == {"name", "lanes"} and state.editing == NEW
    await tab.fire(RoomsState.save({**ROOM, "lanes": "2"}))
    (line,) = (await tab.state(RoomsState)).rooms
    assert line.about == "Room, 2 visits at once, no service needs it"
    await tab.fire(RoomsState.edit(line.id))
    await tab.fire(RoomsState.retire(line.id))
    assert (await tab.state(RoomsState)).rooms[0].is_retired
    await tab.fire(RoomsState.restore(line.id))
    assert [one.name for one in db.fetch_now(resource_cards, me.actor)] == ["Room 1"]


async def test_a_room_that_a_service_needs_stays_and_the_reason_is_shown(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    room = db.transact_now(add_resource, me.actor, ResourceDraft(ResourceKind.ROOM, "Room 1"))
    needs = (Need(NeedChoice.ALL, (room,)),)
    db.transact_now(add_service, me.actor, ServiceDraft("Facial", 60, needs=needs))
    await tab.fire(RoomsState.load())
    await tab.fire(RoomsState.edit(room))
    await tab.fire(RoomsState.retire(room))
    state = await tab.state(RoomsState)
    assert state.refusal.startswith("Facial needs Room 1.") and state.editing == room and not state.rooms[0].is_retired


async def test_a_room_gets_time_off_for_repairs(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    room = db.transact_now(add_resource, me.actor, ResourceDraft(ResourceKind.ROOM, "Room 1"))
    await tab.fire(TimeOffState.load(), path=f"/app/settings?section=time_off&away={room}")
    state = await tab.state(TimeOffState)
    assert state.away_of == str(room) and [str(room), "Room 1"] in state.whose
    form = {
        "away": str(room),
        "first_day": "2027-03-27",
        "last_day": "",
        "first_time": "",
        "last_time": "",
        "reason": "",
    }
    await tab.fire(TimeOffState.plan(form))
    assert [away.who for away in (await tab.state(TimeOffState)).away] == ["Room 1"]
    await tab.fire(RoomsState.load())
    assert (await tab.state(RoomsState)).rooms[0].away == "Cannot be used 27 March 2027"


async def test_own_hours_without_any_day_are_refused(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ServicesState.take_bookings_myself())
    await tab.fire(HoursState.load())
    mine = (await tab.state(HoursState)).choices[1].key
    await tab.fire(HoursState.show(mine))
    await tab.fire(HoursState.own_hours(True))
    for day in [day.at for day in (await tab.state(HoursState)).days if day.is_open]:
        await tab.fire(HoursState.toggle(day))
    await tab.fire(HoursState.save())
    assert (await tab.state(HoursState)).error.startswith("Open at least one day")


async def test_a_new_business_is_offered_usual_hours_and_keeps_them_only_when_saved(
    open_tab: OpenTab, me: Person
) -> None:
    tab = open_tab(me)
    await tab.fire(HoursState.load())
    state = await tab.state(HoursState)
    assert state.is_suggestion and [day.is_open for day in state.days] == [True] * 5 + [False] * 2
    assert not any(db.fetch_now(business_calendar, me.actor).week)
    await tab.fire(HoursState.save())
    assert not (await tab.state(HoursState)).is_suggestion
    assert db.fetch_now(business_calendar, me.actor).week[4] == (Window(540, 1020),)


async def test_hours_are_drawn_copied_parted_and_kept(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(HoursState.load())
    await tab.fire(HoursState.set_closes(0, 0, "18:00"))
    await tab.fire(HoursState.copy_to_weekdays(0))
    await tab.fire(HoursState.add_break(2))
    await tab.fire(HoursState.save())
    week = db.fetch_now(business_calendar, me.actor).week
    assert week[0] == (Window(540, 1080),) and week[5] == () and len(week[2]) == 2


async def test_hours_that_overlap_are_refused_by_day_and_nothing_typed_is_lost(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(HoursState.load())
    await tab.fire(HoursState.set_opens(1, 0, "18:00"))
    await tab.fire(HoursState.save())
    state = await tab.state(HoursState)
    assert state.error.startswith("Tuesday:") and state.days[1].times[0].opens == "18:00"
    await tab.fire(HoursState.refresh())
    assert (await tab.state(HoursState)).days[1].times[0].opens == "18:00"


async def test_time_off_is_planned_in_whole_days_of_the_venue_and_cancelled(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    form = {"away": "business", "first_day": "2027-03-27", "last_day": "2027-03-28", "first_time": "", "last_time": ""}
    await tab.fire(TimeOffState.plan({**form, "reason": "Easter"}))
    (away,) = (await tab.state(TimeOffState)).away
    assert away.when == "27–28 March 2027" and away.reason == "Easter"
    (row,) = db.fetch_now(business_calendar, me.actor).time_off
    assert (row.ends_at - row.starts_at).total_seconds() == 47 * 3600  # the clocks go forward that night
    await tab.fire(TimeOffState.cancel(away.id))
    assert (await tab.state(TimeOffState)).away == []


async def test_time_off_with_wrong_days_is_answered_beside_the_field(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    form = {"away": "business", "first_time": "", "last_time": "", "reason": ""}
    await tab.fire(TimeOffState.plan({**form, "first_day": "", "last_day": ""}))
    assert (await tab.state(TimeOffState)).errors == {"first_day": "Enter a day."}
    await tab.fire(TimeOffState.plan({**form, "first_day": "2027-03-28", "last_day": "2027-03-27"}))
    assert set((await tab.state(TimeOffState)).errors) == {"last_day"}


async def test_a_date_gets_hours_of_its_own(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(TimeOffState.set_date({**DATE, "opens": "10:00", "closes": "00:00"}))
    (special,) = db.fetch_now(business_calendar, me.actor).special
    assert special.windows == (Window(600, 1440),)
    again = {"opens": "09:00", "closes": "12:00", "opens_again": "14:00"}
    await tab.fire(TimeOffState.set_date({**DATE, **again, "closes_again": ""}))
    assert set((await tab.state(TimeOffState)).errors) == {"closes_again"}
    await tab.fire(TimeOffState.set_date({**DATE, **again, "closes_again": "18:30"}))
    (special,) = db.fetch_now(business_calendar, me.actor).special
    assert special.windows == (Window(540, 720), Window(840, 1110))
    await tab.fire(TimeOffState.clear_date("business", "2027-06-01"))
    assert (await tab.state(TimeOffState)).other == []


async def test_an_unknown_placeholder_is_refused_beside_the_text(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(WordingState.load(), path="/app/settings?section=wording&template=reminder")
    await tab.fire(WordingState.save({"subject": "See you", "body": "Hello {{contact.shoe_size}}"}))
    assert "shoe_size" in (await tab.state(WordingState)).errors["body"]
    assert not any(row.is_own for row in db.fetch_now(wordings, me.actor))


async def test_a_text_of_ones_own_is_kept_shown_and_taken_back(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(WordingState.load(), path="/app/settings?section=wording&template=reminder")
    await tab.fire(WordingState.save({"subject": "See you", "body": "Hello {{contact.first_name}}"}))
    state = await tab.state(WordingState)
    assert state.is_own and state.shown_body == "Hello Amelia"
    await tab.fire(WordingState.restore())
    assert not (await tab.state(WordingState)).is_own


async def test_a_new_key_is_shown_once_and_can_be_revoked(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(KeysState.create({"key_name": "Evening report"}))
    fresh = (await tab.state(KeysState)).fresh
    assert db.fetch_now(queries.actor_for_api_key, db.SYSTEM, fresh) is not None
    await tab.fire(KeysState.load())
    state = await tab.state(KeysState)
    assert state.fresh == "" and state.keys_shown[0].prefix == fresh[:9] + "…"
    await tab.fire(KeysState.ask_to_revoke(state.keys_shown[0].id))
    await tab.fire(KeysState.revoke())
    assert db.fetch_now(queries.actor_for_api_key, db.SYSTEM, fresh) is None


async def test_what_was_changed_is_written_down_with_its_author(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(KeysState.create({"key_name": "Evening report"}))
    await tab.fire(ActivityState.load())
    deed = (await tab.state(ActivityState)).deeds[0]
    assert (deed.who, deed.what, deed.subject) == ("Olivia Owner", "created the API key", "Evening report")


async def test_signing_out_elsewhere_keeps_this_browser(open_tab: OpenTab, me: Person) -> None:
    assert me.actor.user_id is not None
    other = signed_in(me.actor.user_id, me.actor.workspace_id)
    await open_tab(me).fire(AccountState.sign_out_elsewhere())
    assert db.fetch_now(queries.actor_for_session_id, db.SYSTEM, other.session_id) is None
    assert db.fetch_now(queries.actor_for_session_id, db.SYSTEM, me.session_id) is not None
    sign_out(other)


async def test_staff_see_their_own_section_whatever_they_ask_for(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(staff(me, Permission.INBOX))
    await tab.fire(SettingsState.load(), path="/app/settings?section=keys")
    assert (await tab.state(SettingsState)).section == "account"
    assert (await tab.state(AccountState)).rights == "Dashboard, Contacts and Inbox"


@pytest.mark.parametrize("section", [name for name in BLOCKS if name != "account"])
async def test_staff_cannot_load_what_owners_set_up(open_tab: OpenTab, me: Person, section: str) -> None:
    tab = open_tab(staff(me, Permission.INBOX, Permission.BOOKINGS))
    for block in BLOCKS[section]:
        await tab.fire(block.load())
        assert not (await tab.state(block)).loaded
        assert "Ask an owner" in tab.said


async def test_a_customer_answers_from_the_outbox(open_tab: OpenTab, me: Person) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.use_captured())
    inquiry = InquiryForm("Amelia Hart", "amelia@example.com", "", "Hello", "key-1")
    db.transact_now(submit_inquiry, me.actor.workspace_id, inquiry)
    await asyncio.to_thread(drain_now, me.actor.workspace_id)
    await tab.fire(OutboxState.load())
    (kept,) = (await tab.state(OutboxState)).kept
    assert kept.recipient == "amelia@example.com" and any(piece.address for piece in kept.pieces)
    await tab.fire(OutboxState.answer(kept.id))
    await tab.fire(OutboxState.simulate({"reply_text": " "}))
    assert "reply_text" in (await tab.state(OutboxState)).errors
    await tab.fire(OutboxState.simulate({"reply_text": "Thank you, Tuesday is fine."}))
    assert (await tab.state(OutboxState)).answering == 0
    assert db.fetch_now(inbox_counts, me.actor).unanswered == 1
