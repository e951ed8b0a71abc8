"""Staff read why a time is not offered: all reasons, from the rules that offer times."""

from datetime import datetime, timedelta

import pytest

from careops_app.bookings import offering, why
from careops_app.bookings.offering import Absence
from careops_app.bookings.queries import SlotSearch, slots_on
from careops_app.errors import Invalid, NotFound
from careops_app.inventory.models import ShortagePolicy
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.equipped import all_of, any_of, machine, offered, room, stocked


def reasons(clinic: Clinic, at: str, staff_id: int | None = None) -> dict[str, tuple[str, ...]]:
    return {one.staff: one.reasons for one in clinic.ask(why.why_no_slot, clinic.peel, tuesday(at), staff_id)}


def test_a_free_time_has_no_reason_for_anybody(clinic: Clinic) -> None:
    assert reasons(clinic, "10:00") == {"Jonas Lindqvist": (), "Priya Raman": ()}


def test_the_visit_in_the_way_is_named_with_its_buffers(clinic: Clinic) -> None:
    clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    found = reasons(clinic, "10:45")
    assert found["Jonas Lindqvist"] == ()
    (reason,) = found["Priya Raman"]
    assert "Nora Vance is booked 10:00–10:45 GMT for Peel treatment" in reason
    assert "taken 10:00–11:00 GMT with its buffers" in reason


def test_every_reason_is_told_and_not_only_the_first(clinic: Clinic) -> None:
    clinic.booked(tuesday("16:00"), staff_id=clinic.priya)
    closed, taken = reasons(clinic, "16:50", clinic.priya)["Priya Raman"]
    assert closed == "Works 09:00–17:00 that day, and the visit of 45 min must lie within."
    assert "Nora Vance" in taken


def test_hours_time_off_grid_notice_and_horizon_in_words(clinic: Clinic) -> None:
    assert "every 15 min" in reasons(clinic, "10:05")["Priya Raman"][0]
    clinic.do(offering.take_time_off, Absence(tuesday("00:00"), tuesday("23:00"), clinic.priya))
    assert reasons(clinic, "10:00")["Priya Raman"] == ("Time off until Tue 24 November 2026, 23:00 GMT.",)
    assert reasons(clinic, "10:00")["Jonas Lindqvist"] == ()
    saturday = tuesday("10:00") + timedelta(days=4)
    (jonas, _) = clinic.ask(why.why_no_slot, clinic.peel, saturday)
    assert jonas.reasons == ("No hours on Sat 28 November 2026.",)
    far = tuesday("10:00") + timedelta(days=70)
    assert "too far away" in clinic.ask(why.why_no_slot, clinic.peel, far)[0].reasons[0]
    past = tuesday("10:00") - timedelta(days=7)
    assert "already past" in clinic.ask(why.why_no_slot, clinic.peel, past)[0].reasons[0]


def test_reasons_are_missing_exactly_when_the_start_is_offered(clinic: Clinic) -> None:
    clinic.booked(tuesday("11:00"), staff_id=clinic.priya)
    clinic.booked(tuesday("13:15"), staff_id=clinic.jonas)
    (day,) = clinic.ask(slots_on, SlotSearch(clinic.peel, tuesday("00:00").date()))
    offered = {(slot.starts_at, staff_id) for slot in day.slots for staff_id in slot.staff_ids}
    for minutes in range(8 * 60, 18 * 60, 5):
        start = tuesday("00:00") + timedelta(minutes=minutes)
        for one in clinic.ask(why.why_no_slot, clinic.peel, start):
            assert (one.reasons == ()) == ((start, one.staff_id) in offered), (start, one)


def test_unknown_and_foreign_ones_are_refused(clinic: Clinic, elsewhere: Clinic) -> None:
    with pytest.raises(NotFound):
        clinic.ask(why.why_no_slot, elsewhere.peel, tuesday("10:00"))
    with pytest.raises(Invalid):
        clinic.ask(why.why_no_slot, clinic.peel, tuesday("10:00").replace(year=2400))


def test_a_reading_of_the_venues_clock_is_enough_and_one_that_is_skipped_is_refused(clinic: Clinic) -> None:
    (jonas, _) = clinic.ask(why.why_no_slot, clinic.peel, datetime.fromisoformat("2026-11-24T10:05"))
    assert jonas.reasons == reasons(clinic, "10:05")["Jonas Lindqvist"]
    with pytest.raises(Invalid, match="skip 01:30"):
        clinic.ask(why.why_no_slot, clinic.peel, datetime.fromisoformat("2027-03-28T01:30"))


def told(clinic: Clinic, service_id: int, at: datetime) -> set[tuple[str, ...]]:
    """What is said of everybody who gives the service."""
    return {one.reasons for one in clinic.ask(why.why_no_slot, service_id, at)}


def test_caps_say_how_many_are_the_most(clinic: Clinic) -> None:
    few = offered(clinic, "Few", daily_cap=1, weekly_cap=2)
    clinic.booked(tuesday("10:00"), service_id=few)
    assert told(clinic, few, tuesday("14:00")) == {("At most 1 visit a day: that many are booked.",)}
    clinic.booked(tuesday("10:00") + timedelta(days=1), service_id=few)
    thursday = tuesday("14:00") + timedelta(days=2)
    assert told(clinic, few, thursday) == {("At most 2 visits a week: that many are booked.",)}
    assert len(*told(clinic, few, tuesday("14:00"))) == 2


def test_rooms_and_machines_in_the_way_are_named(clinic: Clinic) -> None:
    one, two, laser = room(clinic), room(clinic, "Room 2"), machine(clinic)
    care = offered(clinic, "Care", needs=(any_of(one, two), all_of(laser)), staff_ids=(clinic.priya,))
    quick = offered(clinic, "Quick", needs=(any_of(one),), staff_ids=(clinic.jonas,))
    clinic.booked(tuesday("10:00"), service_id=quick)
    assert told(clinic, care, tuesday("10:00")) == {()}, "the other room is free"
    clinic.do(offering.take_time_off, Absence(tuesday("10:00"), tuesday("11:00"), two, "Repair"))
    assert told(clinic, care, tuesday("10:00")) == {("Room 1 and Room 2 are not free then.",)}
    clinic.do(offering.take_time_off, Absence(tuesday("10:00"), tuesday("11:00"), laser, "Service"))
    assert told(clinic, care, tuesday("10:30")) == {
        ("Room 1 and Room 2 are not free then.", "Laser is not free then.")
    }  # fmt: skip


def test_missing_stock_and_full_groups_are_said_to_staff(clinic: Clinic) -> None:
    care = offered(clinic, "Care")
    stocked(clinic, care, 0, ShortagePolicy.HIDE)
    said = "An item that Care uses has run short, and its policy is to offer no times."
    assert told(clinic, care, tuesday("10:00")) == {(said,)}
    group = offered(clinic, "Group", capacity=2, staff_ids=(clinic.priya,))
    clinic.booked(tuesday("10:00"), service_id=group, seats=2)
    assert told(clinic, group, tuesday("10:00")) == {("The group that starts then has no place left.",)}
    assert told(clinic, group, tuesday("10:30")) == {("A group or another visit takes this time.",)}
