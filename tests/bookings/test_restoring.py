"""Undo of a cancellation: the visit takes back what it had, if that is still free; and a request nobody decides lapses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from careops_app.bookings import offering, service
from careops_app.bookings.offering import Absence
from careops_app.bookings.status import BookingStatus as S
from careops_app.errors import Forbidden, Refused
from careops_app.infra import db
from careops_app.inventory.models import ShortagePolicy
from careops_app.workspace.access import Permission
from tests import people
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.equipped import any_of, held, lanes_of, number, offered, room, stocked
from tests.bookings.test_races import all_at_once

TEN = tuesday("10:00")


def restored(clinic: Clinic, booking_id: int) -> S:
    clinic.do(service.restore, booking_id)
    return S(clinic.card(booking_id).status)


def refusal(clinic: Clinic, booking_id: int) -> str:
    before = clinic.card(booking_id)
    with pytest.raises(Refused) as no:
        clinic.do(service.restore, booking_id)
    assert clinic.card(booking_id) == before
    return no.value.code


def test_a_cancelled_visit_takes_back_its_time_and_room(clinic: Clinic):
    one = room(clinic)
    visit = clinic.booked(TEN, service_id=offered(clinic, "Care", needs=(any_of(one),)), staff_id=clinic.priya)
    clinic.do(service.cancel, visit, "The customer called")
    assert lanes_of(clinic, visit) == []
    assert restored(clinic, visit) == S.CONFIRMED
    assert lanes_of(clinic, visit) == [(clinic.priya, 0), (one, 0)]
    card = clinic.card(visit)
    assert (card.starts_at, card.staff_id, card.revision, card.cancelled_at) == (TEN, clinic.priya, 3, None)
    assert clinic.events(visit)[-2:] == ["booking.cancelled", "booking.restored"]


def test_a_time_that_somebody_has_by_now_is_not_taken_back(clinic: Clinic):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    clinic.do(service.cancel, visit)
    other = clinic.booked(tuesday("10:30"), staff_id=clinic.priya)
    assert refusal(clinic, visit) == "slot_taken"
    clinic.do(service.cancel, other)
    held(clinic, clinic.peel, TEN, staff_id=clinic.priya)
    assert refusal(clinic, visit) == "slot_taken"


def test_a_room_a_cap_or_a_piece_that_is_gone_is_said(clinic: Clinic):
    one = room(clinic)
    needy = offered(clinic, "Needy", needs=(any_of(one),), daily_cap=1)
    visit = clinic.booked(TEN, service_id=needy, staff_id=clinic.priya)
    clinic.do(service.cancel, visit)
    other = clinic.booked(tuesday("14:00"), service_id=needy, staff_id=clinic.jonas)
    assert refusal(clinic, visit) == "day_full"
    clinic.do(service.cancel, other)
    clinic.do(offering.take_time_off, Absence(TEN, tuesday("11:00"), one, "Repair"))
    assert refusal(clinic, visit) == "no_resource"


def test_stock_is_reserved_again_and_given_back_as_often_as_it_takes(clinic: Clinic):
    care = offered(clinic, "Care")
    stocked(clinic, care, 1, ShortagePolicy.HIDE)
    visit = clinic.booked(TEN, service_id=care)
    reserved = "select reserved::int from item"
    for _ in range(3):
        clinic.do(service.cancel, visit)
        assert number(clinic, reserved) == 0
        restored(clinic, visit)
        assert number(clinic, reserved) == 1
    clinic.do(service.cancel, visit)
    clinic.booked(tuesday("14:00"), service_id=care)
    assert refusal(clinic, visit) == "no_stock"
    assert number(clinic, reserved) == 1


def test_the_seats_of_a_group_are_taken_back_while_there_are_enough(clinic: Clinic):
    group = offered(clinic, "Group", capacity=3, staff_ids=(clinic.priya,))
    party = clinic.booked(TEN, service_id=group, seats=2)
    clinic.do(service.cancel, party)
    restored(clinic, party)
    assert number(clinic, "select count(*) from seat where booking_id = :id", id=party) == 2
    clinic.do(service.cancel, party)
    clinic.booked(TEN, service_id=group, seats=2)
    assert refusal(clinic, party) == "no_seats"


def test_a_no_show_who_comes_late_is_welcome_even_after_the_start(clinic: Clinic, clock):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    clock.move_to(tuesday("10:20"))
    clinic.do(service.mark_no_show, visit)
    assert restored(clinic, visit) == S.CONFIRMED
    assert lanes_of(clinic, visit) == [(clinic.priya, 0)]
    clinic.do(service.complete, visit)


def test_a_no_show_whose_time_went_to_a_walk_in_stays_one(clinic: Clinic, clock):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    clock.move_to(tuesday("10:20"))
    clinic.do(service.mark_no_show, visit)
    clinic.added(tuesday("10:20"), staff_id=clinic.priya)
    assert refusal(clinic, visit) == "slot_taken"


def test_only_what_was_cancelled_or_missed_and_lies_ahead_is_taken_back(clinic: Clinic, clock):
    visit, gone = clinic.booked(TEN), clinic.booked(tuesday("09:00"), staff_id=clinic.jonas)
    assert refusal(clinic, visit) == "illegal_move"
    clinic.do(service.cancel, gone)
    clock.move_to(tuesday("09:00"))
    assert refusal(clinic, gone) == "too_late"
    nobody = people.staff(people.Person("", 0, clinic.owner), Permission.INBOX).actor
    with pytest.raises(Forbidden):
        db.transact_now(service.restore, nobody, visit)


def test_what_stood_beside_another_with_a_reason_stands_there_again(clinic: Clinic):
    clinic.booked(TEN, staff_id=clinic.priya)
    beside = clinic.added(TEN, staff_id=clinic.priya, overlap_reason="Siblings come together")
    clinic.do(service.cancel, beside)
    restored(clinic, beside)
    assert lanes_of(clinic, beside) == [(clinic.priya, 1)]


def test_an_undo_and_a_visitor_at_the_same_moment_are_one_visit(clinic: Clinic):
    for hour in (9, 11, 13, 15):
        at = tuesday(f"{hour:02}:00")
        visit = clinic.booked(at, staff_id=clinic.priya)
        clinic.do(service.cancel, visit)
        wish = clinic.wish(at, staff_id=clinic.priya)
        results = all_at_once(
            [lambda visit=visit: clinic.do(service.restore, visit), lambda wish=wish: clinic.request(wish)]
        )
        assert sum(isinstance(one, Refused) for one in results) == 1
    assert number(clinic, "select count(*) from allocation where active") == 4


# --- nobody decides ---------------------------------------------------------------------------------------------------


def lapses(clinic: Clinic, booking_id: int) -> bool:
    return db.transact_now(service.lapse, clinic.owner.workspace_id, booking_id)


def test_a_request_lapses_when_its_time_to_decide_is_over_and_not_before(clinic: Clinic, clock):
    slow = offered(clinic, "Slow", needs_approval=True, decide_minutes=120)
    visit = clinic.booked(TEN, service_id=slow, staff_id=clinic.priya)
    clock.advance(minutes=119)
    assert not lapses(clinic, visit) and clinic.card(visit).status == S.PENDING
    clock.advance(minutes=1)
    assert lapses(clinic, visit)
    card = clinic.card(visit)
    assert (card.status, card.cancelled_by, card.cancel_reason) == (
        S.CANCELLED,
        "automation",
        "Nobody decided in time.",
    )
    clinic.booked(TEN, service_id=slow, staff_id=clinic.priya)
    assert not lapses(clinic, visit)


def test_there_is_never_more_time_to_decide_than_until_the_visit(clinic: Clinic, clock):
    slow = offered(clinic, "Slow", needs_approval=True)
    visit = clinic.booked(TEN, service_id=slow)
    clinic.moved(visit, tuesday("09:00"))
    clock.move_to(tuesday("09:00") - timedelta(seconds=1))
    assert not lapses(clinic, visit)
    clock.move_to(tuesday("09:00"))
    assert lapses(clinic, visit)


def test_whoever_decides_at_the_last_moment_decides(clinic: Clinic, clock):
    slow = offered(clinic, "Slow", needs_approval=True, decide_minutes=60)
    visit = clinic.booked(TEN, service_id=slow)
    clock.advance(minutes=60)
    clinic.do(service.confirm, visit)
    assert not lapses(clinic, visit) and clinic.card(visit).status == S.CONFIRMED
