"""Many at once on the waitlist: an offer has one winner, a freed time one offer; and without the hold it goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from careops_app.bookings import holding, service, waitlist, waitlist_offers
from careops_app.bookings.waitlist_offers import Answer
from careops_app.errors import Refused
from careops_app.infra import db
from careops_app.worker.run import drain_now
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.test_races import HALF_DONE, OVERLAPS, all_at_once, count
from tests.bookings.waiting import accept, asked, entry, freed, join, leave, offers, waits

VISITS_AT_TEN = "select count(*) from booking where starts_at = '2026-11-24 10:00+00' and booking_occupies(status)"


def visitor_wins(clinic: Clinic) -> bool:
    """Whether a visitor of the booking page gets the time that is kept for somebody."""
    try:
        clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    except Refused:
        return False
    return True


def test_twenty_say_yes_and_visitors_want_the_same_time_and_one_booking_is_made(clinic: Clinic) -> None:
    mine = waits(clinic)
    offer_id = freed(clinic, tuesday("10:00"))
    wishes = [
        clinic.wish(tuesday("10:00"), staff_id=clinic.priya, email=f"visitor{number}@example.com")
        for number in range(5)
    ]
    yes = [lambda: accept(clinic, mine, offer_id)] * 20
    results = all_at_once([*yes, *(lambda wish=wish: clinic.request(wish) for wish in wishes)])
    booked = {one for one in results if isinstance(one, int)}
    assert booked == {entry(clinic, mine).booking_id}
    assert all(isinstance(one, Refused) for one in results[20:])
    assert (count(clinic, VISITS_AT_TEN), count(clinic, OVERLAPS), count(clinic, HALF_DONE)) == (1, 0, 0)


def test_yes_no_leaving_and_running_out_at_the_same_moment_are_one_outcome(clinic: Clinic, clock) -> None:
    for hour in range(10, 16):
        mine = waits(clinic, f"Person {hour}")
        offer_id = freed(clinic, tuesday(f"{hour}:00"))
        answer = Answer(mine, offer_id)
        tasks = [
            lambda answer=answer: db.transact_now(waitlist_offers.accept, clinic.owner.workspace_id, answer),
            lambda answer=answer: db.transact_now(waitlist_offers.decline, clinic.owner.workspace_id, answer),
            lambda mine=mine: leave(clinic, mine),
            lambda mine=mine: clinic.do(waitlist.remove, mine),
        ]
        all_at_once(tasks * 3)
        (offer,) = [one for one in offers(clinic) if one.id == offer_id]
        took = entry(clinic, mine).booking_id is not None
        assert (offer.outcome == "accepted") == took
        assert count(clinic, f"select count(*) from slot_hold where id = {offer.hold_id or 0}") == 0
        if not took:
            leave(clinic, mine)
    assert (count(clinic, OVERLAPS), count(clinic, HALF_DONE), count(clinic, "select count(*) from slot_hold")) == (
        0,
        0,
        0,
    )


def test_visits_cancelled_at_once_are_each_offered_once(clinic: Clinic) -> None:
    hours = [tuesday(f"{hour:02}:00") for hour in range(9, 16)]
    booked = [clinic.booked(at, staff_id=clinic.priya, email=f"c{at.hour}@example.com") for at in hours]
    waiting = [waits(clinic, f"Person {number}") for number in range(10)]
    all_at_once([lambda one=one: clinic.do(service.cancel, one) for one in booked])
    all_at_once([drain_now] * 4)
    drain_now()
    made = offers(clinic)
    assert sorted(one.starts_at for one in made) == hours
    assert sorted(one.entry_id for one in made) == waiting[: len(hours)], "first come, first offered"
    assert count(clinic, OVERLAPS) == 0


def test_one_freed_time_found_by_many_workers_is_offered_once(clinic: Clinic) -> None:
    for number in range(5):
        waits(clinic, f"Person {number}")
    results = all_at_once([lambda: freed(clinic, tuesday("10:00"))] * 12)
    assert len([one for one in results if isinstance(one, int)]) == 1 == len(offers(clinic))


def test_one_person_who_joins_many_times_at_once_has_one_place(clinic: Clinic) -> None:
    results = all_at_once([lambda: join(clinic, asked(clinic))] * 15)
    assert len(set(results)) == 1 and count(clinic, "select count(*) from waitlist_entry") == 1


def test_whoever_is_offered_a_time_has_it_until_the_last_minute(clinic: Clinic, clock) -> None:
    mine = waits(clinic)
    offer_id = freed(clinic, tuesday("10:00"))
    clock.advance(minutes=29, seconds=59)
    assert not visitor_wins(clinic)
    assert accept(clinic, mine, offer_id)


@pytest.fixture
def without_the_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offers are made, but the time is not kept: the hold is let go in the moment it was taken."""
    really = holding.hold_time

    def hold_time(session, workspace_id, wanted):
        held = really(session, workspace_id, wanted)
        holding.let_go(session, workspace_id, held.hold_id)
        return held

    monkeypatch.setattr(holding, "hold_time", hold_time)


def test_without_the_hold_a_visitor_takes_what_was_promised(clinic: Clinic, without_the_hold: None) -> None:
    """The same as above goes wrong: it is the hold that keeps the promise."""
    mine = waits(clinic)
    offer_id = freed(clinic, tuesday("10:00"))
    assert visitor_wins(clinic)
    with pytest.raises(Refused):
        accept(clinic, mine, offer_id)
    assert count(clinic, VISITS_AT_TEN) == 1, "and even then the database lets nobody win twice"
    assert offers(clinic)[0].expires_at - offers(clinic)[0].created_at == timedelta(minutes=30)
