"""What a visit needs besides a free person: rooms and machines, a place below the caps, stock, a length, a reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from careops_app.bookings import offering, service
from careops_app.bookings.offering import Absence
from careops_app.bookings.status import BookingStatus as S
from careops_app.errors import Invalid, Refused
from careops_app.inbox.models import Message
from careops_app.inventory import service as stock
from careops_app.inventory.models import ShortagePolicy
from careops_app.worker.run import drain_now
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.equipped import all_of, any_of, lanes_of, later, machine, number, offered, room, stocked

TEN, NOON = tuesday("10:00"), tuesday("12:00")
ALLOCATIONS = "select count(*) from allocation"


def refused(clinic: Clinic, at, **wish) -> str:
    """The code with which a visitor is refused; the three nearest starts can be booked, and nothing is half taken."""
    before = number(clinic, ALLOCATIONS)
    with pytest.raises(Refused) as no:
        clinic.booked(at, **wish)
    assert number(clinic, ALLOCATIONS) == before
    for nearest in no.value.nearest:
        assert f"{nearest:%H:%M}" in clinic.free(nearest, **{k: v for k, v in wish.items() if k != "email"})
    return no.value.code


# --- rooms and machines -----------------------------------------------------------------------------------------------


def test_any_of_two_rooms_are_two_visits_and_a_third_is_refused(clinic: Clinic):
    one, two = room(clinic), room(clinic, "Room 2")
    care = offered(clinic, "Care", needs=(any_of(one, two),))
    other = offered(clinic, "Other care", needs=(any_of(one),), staff_ids=(clinic.jonas,))
    first = clinic.booked(TEN, service_id=care, staff_id=clinic.priya)
    assert lanes_of(clinic, first) == [(clinic.priya, 0), (one, 0)]
    assert refused(clinic, TEN, service_id=other) == "no_resource"
    second = clinic.booked(TEN, service_id=care)
    assert lanes_of(clinic, second) == [(clinic.jonas, 0), (two, 0)]
    assert "10:00" not in clinic.free(TEN, service_id=care)


def test_a_room_is_taken_for_as_long_as_the_visit_and_its_buffers(clinic: Clinic):
    one = room(clinic)
    care = offered(clinic, "Care", 60, buffer_before_minutes=30, buffer_after_minutes=30, needs=(any_of(one),))
    clinic.booked(NOON, service_id=care, staff_id=clinic.priya)
    free = clinic.free(NOON, service_id=care)
    assert free[free.index("10:00") + 1] == "14:00"
    assert refused(clinic, tuesday("13:30"), service_id=care, staff_id=clinic.jonas) == "no_resource"
    clinic.booked(tuesday("14:00"), service_id=care, staff_id=clinic.jonas)


def test_a_room_of_two_lanes_holds_two_visits_at_once(clinic: Clinic):
    hall = room(clinic, "Hall", 2)
    care = offered(clinic, "Care", needs=(all_of(hall),))
    taken = [clinic.booked(TEN, service_id=care) for _ in range(2)]
    assert sorted(lane for one in taken for lane in lanes_of(clinic, one) if lane[0] == hall) == [(hall, 0), (hall, 1)]
    third = offered(clinic, "Third", needs=(any_of(hall),), staff_ids=(clinic.jonas,))
    assert refused(clinic, later(TEN, 30), service_id=third) in {"no_resource", "slot_taken"}


def test_lanes_are_filled_one_by_one_so_that_long_visits_still_fit(clinic: Clinic):
    """Back to back visits share a lane, and the other stays free for one that is as long as both."""
    hall = room(clinic, "Hall", 2)
    short = offered(clinic, "Short", 60, needs=(any_of(hall),), staff_ids=(clinic.priya,))
    for at in (TEN, later(TEN, 60)):
        assert (hall, 0) in lanes_of(clinic, clinic.booked(at, service_id=short))
    long = offered(clinic, "Long", 120, needs=(any_of(hall),), staff_ids=(clinic.jonas,))
    assert (hall, 1) in lanes_of(clinic, clinic.booked(TEN, service_id=long))


def test_all_of_several_takes_each_and_one_missing_is_no(clinic: Clinic):
    one, laser = room(clinic), machine(clinic)
    whole = offered(clinic, "Whole", needs=(all_of(one, laser),), staff_ids=(clinic.priya,))
    only_laser = offered(clinic, "Laser only", needs=(any_of(laser),), staff_ids=(clinic.jonas,))
    visit = clinic.booked(TEN, service_id=whole)
    assert lanes_of(clinic, visit) == [(clinic.priya, 0), (one, 0), (laser, 0)]
    clinic.booked(NOON, service_id=only_laser)
    assert refused(clinic, NOON, service_id=whole) == "no_resource"
    clinic.do(service.cancel, visit)
    assert "10:00" in clinic.free(TEN, service_id=only_laser)


def test_a_room_that_is_closed_is_not_free(clinic: Clinic):
    one = room(clinic)
    care = offered(clinic, "Care", needs=(any_of(one),))
    clinic.do(offering.take_time_off, Absence(TEN, NOON, one, "Repair"))
    assert refused(clinic, later(TEN, 60), service_id=care) == "no_resource"
    assert clinic.free(TEN, service_id=care)[:2] == ["09:00", "12:00"]


def test_of_two_rooms_the_one_that_is_open_is_taken(clinic: Clinic):
    one, two = room(clinic), room(clinic, "Room 2")
    care = offered(clinic, "Care", needs=(any_of(one, two),))
    clinic.do(offering.take_time_off, Absence(TEN, NOON, one, "Repair"))
    assert (two, 0) in lanes_of(clinic, clinic.booked(TEN, service_id=care))


def test_a_move_takes_the_room_along_and_frees_the_old_time(clinic: Clinic):
    one = room(clinic)
    care = offered(clinic, "Care", needs=(any_of(one),))
    visit = clinic.booked(TEN, service_id=care, staff_id=clinic.priya)
    clinic.moved(visit, later(TEN, 30))  # onto its own time: it is not in its own way
    assert clinic.free(TEN, service_id=care)[:2] == ["09:00", "09:30"]
    clinic.moved(visit, NOON, staff_id=clinic.jonas)
    assert lanes_of(clinic, visit) == [(clinic.jonas, 0), (one, 0)]
    assert {"10:00", "11:00"} <= set(clinic.free(TEN, service_id=care)) and "12:00" not in clinic.free(
        TEN, service_id=care
    )


# --- caps -------------------------------------------------------------------------------------------------------------


def test_a_full_day_offers_nothing_until_one_is_cancelled(clinic: Clinic):
    few = offered(clinic, "Few", daily_cap=2)
    first = clinic.booked(TEN, service_id=few)
    clinic.booked(NOON, service_id=few)
    assert refused(clinic, tuesday("15:00"), service_id=few) == "day_full"
    assert clinic.free(TEN, service_id=few) == []
    assert clinic.free(TEN + timedelta(days=1), service_id=few) != []
    clinic.do(service.cancel, first)
    clinic.booked(tuesday("15:00"), service_id=few)


def test_a_move_within_a_full_day_is_no_further_visit(clinic: Clinic):
    few = offered(clinic, "Few", daily_cap=1)
    visit = clinic.booked(TEN, service_id=few)
    clinic.moved(visit, NOON)
    assert clinic.card(visit).starts_at == NOON


def test_a_week_counts_from_monday_to_sunday_on_the_venues_calendar(clinic: Clinic):
    few = offered(clinic, "Few", weekly_cap=2)
    clinic.booked(TEN, service_id=few)
    clinic.booked(TEN + timedelta(days=3), service_id=few)
    assert refused(clinic, TEN + timedelta(days=1), service_id=few) == "week_full"
    assert clinic.free(TEN + timedelta(days=1), service_id=few) == []
    clinic.booked(TEN + timedelta(days=6), service_id=few)  # the next Monday


def test_staff_go_over_a_cap_with_a_reason_and_not_without(clinic: Clinic):
    few = offered(clinic, "Few", daily_cap=1)
    clinic.booked(TEN, service_id=few)
    with pytest.raises(Refused) as no:
        clinic.added(NOON, service_id=few)
    assert no.value.code == "day_full"
    visit = clinic.added(NOON, service_id=few, overlap_reason="Pain since this morning")
    assert clinic.card(visit).status == S.CONFIRMED
    assert lanes_of(clinic, visit)[0][1] == 0, "the time itself was free: nothing stands beside another"


# --- stock ------------------------------------------------------------------------------------------------------------


def test_without_stock_a_service_offers_nothing_and_customers_read_no_word_of_it(clinic: Clinic):
    care = offered(clinic, "Care")
    item = stocked(clinic, care, 1, ShortagePolicy.HIDE)
    first = clinic.booked(TEN, service_id=care)
    with pytest.raises(Refused) as no:
        clinic.booked(NOON, service_id=care)
    assert (no.value.code, no.value.nearest) == ("no_stock", ())
    assert "stock" not in str(no.value) and "cream" not in str(no.value)
    assert clinic.free(NOON, service_id=care) == []
    clinic.added(NOON, service_id=care, overlap_reason="The delivery comes at eleven")
    clinic.do(stock.receive, item, Decimal(5), "Delivery")
    assert "15:00" in clinic.free(NOON, service_id=care)
    clinic.do(service.cancel, first)
    assert number(clinic, "select reserved::int from item") == 1


def test_without_stock_a_visit_waits_for_approval_when_the_item_says_so(clinic: Clinic):
    care = offered(clinic, "Care")
    stocked(clinic, care, 1, ShortagePolicy.APPROVE)
    first, second = (clinic.booked(at, service_id=care) for at in (TEN, NOON))
    assert [clinic.card(one).status for one in (first, second)] == [S.CONFIRMED, S.PENDING]
    assert clinic.card(clinic.added(tuesday("15:00"), service_id=care)).status == S.CONFIRMED, (
        "staff decide as they book"
    )


# --- a visit beside another, with a reason ----------------------------------------------------------------------------


def test_staff_put_a_visit_beside_another_only_with_a_reason(clinic: Clinic):
    clinic.booked(TEN, staff_id=clinic.priya)
    with pytest.raises(Refused) as no:
        clinic.added(later(TEN, 15), staff_id=clinic.priya)
    assert no.value.code == "slot_taken"
    beside = clinic.added(later(TEN, 15), staff_id=clinic.priya, overlap_reason="Siblings come together")
    assert lanes_of(clinic, beside) == [(clinic.priya, 1)]
    assert number(clinic, "select count(*) from booking where overlap_reason = 'Siblings come together'") == 1
    third = clinic.added(later(TEN, 30), staff_id=clinic.priya, overlap_reason="And a third")
    assert lanes_of(clinic, third) == [(clinic.priya, 2)]


def test_what_stands_beside_is_in_the_way_of_customers_until_its_own_end(clinic: Clinic):
    clinic.booked(TEN, staff_id=clinic.priya)
    clinic.added(tuesday("10:30"), staff_id=clinic.priya, overlap_reason="Siblings come together")
    assert "11:15" not in clinic.free(TEN, staff_id=clinic.priya), "10:30 to 11:30 with its cleaning"
    assert "11:30" in clinic.free(TEN, staff_id=clinic.priya)


def test_a_reason_sets_aside_hours_and_others_but_not_the_past_nor_seats(clinic: Clinic):
    clinic.added(tuesday("19:00"), overlap_reason="After hours for a regular")
    group = offered(clinic, "Group", capacity=2, staff_ids=(clinic.priya,))
    clinic.added(NOON, service_id=group, seats=2)
    for at, code in [(TEN - timedelta(days=3), "past"), (NOON, "no_seats")]:
        with pytest.raises(Refused) as no:
            clinic.added(at, service_id=group, overlap_reason="Please")
        assert no.value.code == code
    with pytest.raises(Invalid):
        clinic.added(TEN, overlap_reason="x" * 1001)


@pytest.mark.parametrize("lane", [1, 7])
def test_the_database_refuses_a_lane_beyond_without_a_reason_whoever_writes_it(clinic: Clinic, lane: int):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    write = text(
        "insert into allocation (workspace_id, booking_id, resource_id, lane, from_at, until_at, active, overlap_reason)"
        " select workspace_id, booking_id, resource_id, :lane, from_at, until_at, true, :reason from allocation"
        " where booking_id = :visit and lane = 0"
    )
    with pytest.raises(IntegrityError, match="is beyond those of resource"):
        clinic.do(lambda session, _: session.execute(write, {"lane": lane, "reason": "", "visit": visit}))
    clinic.do(lambda session, _: session.execute(write, {"lane": lane, "reason": "Twins", "visit": visit}))
    for undo in ("overlap_reason = ''", f"lane = {lane + 1}, overlap_reason = ''"):
        with pytest.raises(IntegrityError, match="is beyond those of resource"):
            clinic.do(
                lambda session, _, undo=undo: session.execute(text(f"update allocation set {undo} where lane = {lane}"))
            )


# --- another length ---------------------------------------------------------------------------------------------------


def test_a_visit_is_made_longer_and_keeps_its_length_when_it_moves(clinic: Clinic):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    clinic.moved(visit, TEN, minutes=90)
    assert clinic.card(visit).ends_at == later(TEN, 90)
    assert clinic.taken(visit) == [(clinic.priya, "10:00", "11:45", True)]
    clinic.moved(visit, tuesday("13:00"))
    assert clinic.card(visit).ends_at == tuesday("14:30")
    assert clinic.events(visit)[-2:] == ["booking.resized", "booking.rescheduled"]


def test_a_customer_is_told_the_new_length_and_not_that_the_visit_moved(clinic: Clinic):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    clinic.moved(visit, TEN, minutes=90)
    drain_now()
    about = select(Message).where(Message.about_id == visit, Message.template == "booking_resized")
    message = clinic.ask(lambda session, _: session.exec(about).one())
    assert message.subject == "Your visit takes 1 h 30 min" and "moved" not in message.body
    assert message.invite is not None


def test_a_longer_visit_must_not_reach_into_the_next_nor_past_closing(clinic: Clinic):
    visit = clinic.booked(TEN, staff_id=clinic.priya)
    clinic.booked(tuesday("11:30"), staff_id=clinic.priya)
    for at, minutes, code in [(TEN, 80, "slot_taken"), (tuesday("16:00"), 65, "closed")]:
        with pytest.raises(Refused) as no:
            clinic.moved(visit, at, staff_id=clinic.priya, minutes=minutes)
        assert no.value.code == code
    assert (clinic.card(visit).starts_at, clinic.card(visit).ends_at) == (TEN, later(TEN, 45))
    clinic.moved(visit, TEN, minutes=75)
    for minutes in (3, 47, 1445):
        with pytest.raises(Invalid):
            clinic.moved(visit, TEN, minutes=minutes)


def test_staff_book_another_length_at_once(clinic: Clinic):
    visit = clinic.added(TEN, staff_id=clinic.priya, minutes=20)
    assert clinic.card(visit).ends_at == later(TEN, 20)
    assert clinic.taken(visit) == [(clinic.priya, "10:00", "10:35", True)]


def test_what_is_offered_with_needs_caps_and_seats_is_what_is_accepted(clinic: Clinic):
    """Every five minutes of a day: offered exactly when a booking would be taken."""
    one, hall = room(clinic), room(clinic, "Hall", 2)
    busy = offered(clinic, "Busy", 30, needs=(any_of(one),))
    for at in ("09:30", "11:00", "13:30"):
        clinic.booked(tuesday(at), service_id=busy)
    needs = (any_of(one), all_of(hall))
    care = offered(clinic, "Care", 45, step_minutes=15, buffer_after_minutes=15, needs=needs, weekly_cap=50)
    offers = set(clinic.free(TEN, service_id=care))
    for minute in range(540, 1020, 5):
        at = tuesday("00:00") + timedelta(minutes=minute)
        try:
            visit = clinic.booked(at, service_id=care)
        except Refused:
            assert f"{at:%H:%M}" not in offers
        else:
            assert f"{at:%H:%M}" in offers
            clinic.do(service.cancel, visit)
