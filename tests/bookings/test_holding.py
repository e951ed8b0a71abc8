"""A held time takes what a booking takes, ends by itself, and becomes the booking of whoever holds it and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from careops_app.bookings import holding, why
from careops_app.bookings.holding import HOLD_MINUTES, Held
from careops_app.errors import Refused
from careops_app.infra import db
from careops_app.inventory.models import ShortagePolicy
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.equipped import any_of, held, lanes_of, later, number, offered, room, stocked
from tests.bookings.test_races import all_at_once

TEN, NOON = tuesday("10:00"), tuesday("12:00")
HOLDS = "select count(*) from slot_hold"


def live(clinic: Clinic, hold: Held) -> bool:
    return db.transact_now(holding.held, clinic.owner.workspace_id, hold.token) is not None


def test_a_held_time_is_taken_from_others_with_all_that_the_service_needs(clinic: Clinic):
    one = room(clinic)
    care = offered(clinic, "Care", needs=(any_of(one),))
    held(clinic, care, TEN, staff_id=clinic.priya)
    assert "10:00" not in clinic.free(TEN, service_id=care)
    assert "10:00" not in clinic.free(TEN, staff_id=clinic.priya)
    with pytest.raises(Refused) as no:
        clinic.booked(TEN, service_id=care, staff_id=clinic.jonas)
    assert no.value.code == "no_resource"


def test_a_holder_keeps_two_times_and_the_oldest_is_let_go(clinic: Clinic):
    first, second, third = (held(clinic, clinic.peel, at, holder="Nora") for at in (TEN, NOON, tuesday("14:00")))
    assert [live(clinic, hold) for hold in (first, second, third)] == [False, True, True]
    assert live(clinic, held(clinic, clinic.peel, TEN, holder="Ben", staff_id=first.staff_id))
    assert live(clinic, second) and number(clinic, HOLDS) == 3


def test_a_hold_ends_by_itself_and_its_time_is_free_again(clinic: Clinic, clock):
    hold = held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    clock.advance(minutes=HOLD_MINUTES, seconds=-1)
    assert live(clinic, hold) and "10:00" not in clinic.free(TEN, staff_id=clinic.priya)
    clock.advance(seconds=1)
    assert not live(clinic, hold) and "10:00" in clinic.free(TEN, staff_id=clinic.priya)
    clinic.booked(TEN, staff_id=clinic.priya)  # past the row that is still there
    assert number(clinic, HOLDS) == 0


def test_expired_holds_are_swept_and_live_ones_stay(clinic: Clinic, clock):
    held(clinic, clinic.peel, TEN)
    clock.advance(minutes=HOLD_MINUTES)
    held(clinic, clinic.peel, NOON)
    db.transact_now(holding.sweep_holds, db.SYSTEM)
    assert number(clinic, HOLDS) == 1 == number(clinic, "select count(*) from allocation")


def test_the_holder_books_the_held_time_and_the_hold_is_gone(clinic: Clinic):
    one = room(clinic)
    care = offered(clinic, "Care", needs=(any_of(one),))
    hold = held(clinic, care, TEN, staff_id=clinic.jonas)
    visit = clinic.booked(TEN, service_id=care, hold_token=hold.token)
    assert lanes_of(clinic, visit) == [(clinic.jonas, 0), (one, 0)]
    assert number(clinic, HOLDS) == 0 and not live(clinic, hold)


def test_the_hold_of_somebody_else_opens_nothing(clinic: Clinic, elsewhere: Clinic):
    hold = held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    theirs = held(elsewhere, elsewhere.peel, TEN)
    for token in ("", "made-up", hold.token[:-1], theirs.token, str(hold.hold_id)):
        with pytest.raises(Refused) as no:
            clinic.booked(TEN, staff_id=clinic.priya, hold_token=token)
        assert no.value.code == "slot_taken"
    assert live(clinic, hold) and live(elsewhere, theirs)


def test_a_hold_is_for_its_own_service_start_and_person(clinic: Clinic):
    hold = held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    with pytest.raises(Refused):
        clinic.booked(later(TEN, 15), staff_id=clinic.priya, hold_token=hold.token)
    clinic.booked(TEN, staff_id=clinic.jonas, hold_token=hold.token)
    assert live(clinic, hold), "another person was wanted: the hold was not used"


def test_after_the_end_the_time_is_booked_if_nobody_was_faster(clinic: Clinic, clock):
    hold = held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    clock.advance(minutes=HOLD_MINUTES)
    assert clinic.booked(TEN, staff_id=clinic.priya, hold_token=hold.token)
    late = held(clinic, clinic.peel, NOON, staff_id=clinic.priya)
    clock.advance(minutes=HOLD_MINUTES)
    clinic.booked(NOON, staff_id=clinic.priya)
    with pytest.raises(Refused) as no:
        clinic.booked(NOON, staff_id=clinic.priya, hold_token=late.token)
    assert no.value.code == "slot_taken" and len(no.value.nearest) == 3


def test_the_notice_is_given_by_holding_and_not_asked_for_once_more(clinic: Clinic, clock):
    clock.move_to(tuesday("09:00"))
    hold = held(clinic, clinic.peel, TEN, staff_id=clinic.priya)  # an hour ahead, as the service asks
    clock.advance(minutes=5)
    with pytest.raises(Refused) as no:
        clinic.booked(TEN, staff_id=clinic.jonas)
    assert no.value.code == "too_soon"
    assert clinic.card(clinic.booked(TEN, hold_token=hold.token)).staff_id == clinic.priya


def test_a_held_visit_counts_for_the_caps_and_is_not_counted_twice_when_booked(clinic: Clinic):
    few = offered(clinic, "Few", daily_cap=1)
    hold = held(clinic, few, TEN)
    with pytest.raises(Refused) as no:
        clinic.booked(NOON, service_id=few)
    assert no.value.code == "day_full"
    clinic.booked(TEN, service_id=few, hold_token=hold.token)


def test_a_time_that_needs_missing_stock_is_not_held(clinic: Clinic):
    care = offered(clinic, "Care")
    stocked(clinic, care, 0, ShortagePolicy.HIDE)
    with pytest.raises(Refused) as no:
        held(clinic, care, TEN)
    assert no.value.code == "no_stock" and number(clinic, HOLDS) == 0


def test_forty_want_to_hold_one_time_and_one_does(clinic: Clinic):
    results = all_at_once([lambda: held(clinic, clinic.peel, TEN, staff_id=clinic.priya)] * 40)
    won = [one for one in results if isinstance(one, Held)]
    assert len(won) == 1 and {one.code for one in results if isinstance(one, Refused)} == {"slot_taken"}
    assert number(clinic, "select count(*) from allocation") == 1


def test_two_tabs_of_one_holder_keep_two_times_between_them(clinic: Clinic):
    starts = [tuesday(f"{hour:02}:00") for hour in range(9, 16)]
    results = all_at_once([lambda at=at: held(clinic, clinic.peel, at, holder="Nora") for at in starts])
    assert all(isinstance(one, Held) for one in results)
    assert number(clinic, HOLDS) == 2 == number(clinic, "select count(*) from allocation")


def test_an_expired_hold_is_taken_away_once_though_many_want_its_time(clinic: Clinic, clock):
    held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    clock.advance(minutes=HOLD_MINUTES + 1)
    wishes = [
        clinic.wish(TEN, staff_id=clinic.priya, email=f"visitor{each}@example.com") for each in range(20)
    ]  # fmt: skip
    results = all_at_once([lambda wish=wish: clinic.request(wish) for wish in wishes])
    assert len([one for one in results if isinstance(one, int)]) == 1
    assert number(clinic, HOLDS) == 0


def test_a_hold_that_has_ended_does_not_make_it_somebody_else(clinic: Clinic, clock):
    visit = clinic.booked(NOON, staff_id=clinic.priya)
    held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    clock.advance(minutes=HOLD_MINUTES)
    clinic.moved(visit, TEN)
    assert clinic.card(visit).staff_id == clinic.priya


def test_staff_read_that_a_visitor_holds_the_time(clinic: Clinic):
    hold = held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    told = {one.staff_id: one.reasons for one in clinic.ask(why.why_no_slot, clinic.peel, TEN)}
    assert told[clinic.jonas] == ()
    assert told[clinic.priya] == (f"A visitor holds this time until {hold.expires_at:%H:%M} GMT.",)


def test_what_a_hold_takes_ends_with_it_in_the_database(clinic: Clinic):
    hold = held(clinic, clinic.peel, TEN)
    with pytest.raises(Exception, match="ck_allocation_expires"):
        clinic.do(lambda session, _: session.execute(text("update allocation set expires_at = null")))
    for _ in range(2):
        db.transact_now(holding.let_go, clinic.owner.workspace_id, hold.hold_id)
    assert number(clinic, "select count(*) from allocation") == 0
    assert hold.expires_at - hold.ends_at < timedelta()
