"""What the owner offers, and how hours and absences show in free times at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from careops_app.bookings import catalogue, leaving, offering
from careops_app.bookings.catalogue import Blocker, ServiceCard, TeamCalendar
from careops_app.bookings.offering import Absence, CalendarDraft, ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.errors import Forbidden, Invalid, Refused
from careops_app.infra import db
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import audit_log
from tests import people
from tests.bookings.clinic import NINE_TO_FIVE, WORKDAYS, Clinic, tuesday

TUESDAY = date(2026, 11, 24)
MORNING, AFTERNOON = (Window(540, 600),), (Window(900, 1020),)
PEEL = ServiceDraft("Peel treatment", 45, step_minutes=60)


def card(clinic: Clinic, service_id: int) -> ServiceCard:
    return clinic.ask(catalogue.service_card, service_id)


def calendar(clinic: Clinic, calendar_id: int) -> TeamCalendar:
    return next(one for one in clinic.ask(catalogue.team_calendars, retired=True) if one.id == calendar_id)


def test_a_service_is_shown_as_it_was_written(clinic: Clinic):
    draft = ServiceDraft(
        "  Hydrating \n facial ", 60, "For dry skin.\nBring nothing.", "£72", "https://pay.example.com/x", "Room 2",
        reminder_offsets=(120, 2880, 120), cancel_notice_minutes=2880, staff_ids=(clinic.jonas, clinic.priya),
    )  # fmt: skip
    shown = card(clinic, clinic.do(offering.add_service, draft))
    assert (shown.name, shown.description, shown.place) == (
        "Hydrating facial",
        "For dry skin.\nBring nothing.",
        "Room 2",
    )
    assert (shown.reminder_offsets, [one.name for one in shown.staff]) == (
        (2880, 120),
        ["Jonas Lindqvist", "Priya Raman"],
    )
    assert shown.policy == "You can move or cancel until 2 days before the visit."
    assert shown.is_bookable and shown.blocker is None
    assert [one.name for one in clinic.ask(catalogue.bookable_services)] == [
        "Peel treatment",
        "Cut",
        "Hydrating facial",
    ]


def test_seats_caps_approval_and_waitlist_are_kept_as_written(clinic: Clinic):
    draft = replace(
        PEEL, capacity=8, daily_cap=3, weekly_cap=10, needs_approval=True, decide_minutes=1440, takes_waitlist=False,
        offer_minutes=45,
    )  # fmt: skip
    shown = card(clinic, clinic.do(offering.add_service, draft))
    assert (shown.capacity, shown.daily_cap, shown.weekly_cap) == (8, 3, 10)
    assert (shown.decide_minutes, shown.takes_waitlist, shown.offer_minutes) == (1440, False, 45)
    clinic.do(offering.edit_service, shown.id, replace(draft, daily_cap=None))
    assert (card(clinic, shown.id).daily_cap, card(clinic, shown.id).weekly_cap) == (None, 10)


def test_an_edited_service_changes_the_free_times(clinic: Clinic):
    clinic.do(offering.edit_service, clinic.peel, replace(PEEL, staff_ids=(clinic.priya,)))
    assert clinic.free(tuesday("09:00")) == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    booking = clinic.booked(tuesday("10:00"))
    clinic.do(offering.edit_service, clinic.peel, replace(PEEL, duration_minutes=120, staff_ids=(clinic.priya,)))
    assert clinic.card(booking).duration_minutes == 45
    assert clinic.free(tuesday("09:00")) == ["11:00", "12:00", "13:00", "14:00", "15:00"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"duration_minutes": 4}, "duration_minutes"),
        ({"duration_minutes": 1441}, "duration_minutes"),
        ({"buffer_after_minutes": -1}, "buffer_after_minutes"),
        ({"step_minutes": 0}, "step_minutes"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"cancel_notice_minutes": -1}, "cancel_notice_minutes"),
        ({"payment_url": "javascript:alert(1)"}, "payment_url"),
        ({"payment_url": "https://"}, "payment_url"),
        ({"reminder_offsets": (0,)}, "reminder_offsets"),
        ({"reminder_offsets": (60,) * 6}, "reminder_offsets"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 501}, "capacity"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"weekly_cap": -1}, "weekly_cap"),
        ({"decide_minutes": 14}, "decide_minutes"),
        ({"offer_minutes": 1441}, "offer_minutes"),
    ],
)
def test_what_cannot_be_offered_is_refused_beside_its_field(clinic: Clinic, changes: dict, field: str):
    with pytest.raises(Invalid) as invalid:
        clinic.do(offering.add_service, replace(PEEL, **changes))
    assert set(invalid.value.fields) == {field}


def test_what_keeps_a_service_from_being_bookable_is_named(clinic: Clinic):
    alone = clinic.do(offering.add_service, ServiceDraft("Alone", 30))
    assert card(clinic, alone).blocker == Blocker.NO_STAFF
    clinic.do(offering.set_hours, None, ((),) * 7)
    assert [one.blocker for one in clinic.ask(catalogue.services_without_hours)] == [
        Blocker.NO_HOURS, Blocker.NO_HOURS, Blocker.NO_STAFF,
    ]  # fmt: skip
    assert clinic.ask(catalogue.bookable_services_count) == 0
    clinic.do(offering.set_special_hours, clinic.jonas, TUESDAY, MORNING)
    assert clinic.ask(catalogue.bookable_services_count) == 2
    clinic.do(offering.retire_service, clinic.cut)
    assert clinic.ask(catalogue.bookable_services_count) == 1
    clinic.do(offering.restore_service, clinic.cut)
    assert clinic.ask(catalogue.bookable_services_count) == 2


def test_retired_services_are_listed_last_and_only_when_asked_for(clinic: Clinic):
    clinic.do(offering.retire_service, clinic.peel)
    assert [one.name for one in clinic.ask(catalogue.service_cards)] == ["Cut"]
    assert [one.name for one in clinic.ask(catalogue.service_cards, retired=True)] == ["Cut", "Peel treatment"]


def test_the_owner_and_every_member_can_have_a_calendar(clinic: Clinic):
    mine = clinic.do(offering.add_calendar, CalendarDraft(member_id=clinic.owner.member_id))
    assert (calendar(clinic, mine).name, calendar(clinic, mine).member_id) == ("Olivia Owner", clinic.owner.member_id)
    clinic.do(leaving.retire_calendar, mine)
    assert calendar(clinic, mine).is_retired
    assert clinic.do(offering.add_calendar, CalendarDraft(member_id=clinic.owner.member_id)) == mine
    clinic.do(offering.rename_calendar, mine, " Olivia ")
    assert (calendar(clinic, mine).name, calendar(clinic, mine).is_retired) == ("Olivia", False)
    with pytest.raises(Invalid):
        clinic.do(offering.add_calendar, CalendarDraft(" "))


def test_somebody_who_left_gets_no_calendar(clinic: Clinic):
    sam = people.staff(people.Person("", 0, clinic.owner), Permission.BOOKINGS).actor
    clinic.do(leaving.deactivate, sam.member_id)
    with pytest.raises(Refused, match="no longer works here"):
        clinic.do(offering.add_calendar, CalendarDraft(member_id=sam.member_id))


def test_a_retired_calendar_takes_no_new_bookings(clinic: Clinic):
    clinic.do(leaving.retire_calendar, clinic.priya)
    clinic.do(leaving.retire_calendar, clinic.jonas)
    assert clinic.free(tuesday("09:00")) == []


def test_own_hours_replace_those_of_the_business_until_they_are_emptied(clinic: Clinic):
    clinic.do(offering.set_hours, clinic.priya, (AFTERNOON, MORNING + AFTERNOON, *((),) * 5))
    assert clinic.free(tuesday("09:00"), staff_id=clinic.priya) == [
        "09:00", "09:15", "15:00", "15:15", "15:30", "15:45", "16:00", "16:15",
    ]  # fmt: skip
    assert not calendar(clinic, clinic.priya).keeps_business_hours
    clinic.do(offering.set_hours, clinic.priya, ((),) * 7)
    assert calendar(clinic, clinic.priya).keeps_business_hours
    assert clinic.free(tuesday("09:00"), staff_id=clinic.priya)[0] == "09:00"
    assert clinic.ask(catalogue.business_calendar).week == WORKDAYS


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ((NINE_TO_FIVE,) * 6, "seven days"),
        (((), NINE_TO_FIVE + MORNING, *((),) * 5), "Tuesday: Two of these times overlap"),
        (((Window(600, 540),), *((),) * 6), "Monday: The end must be after the start"),
    ],
)
def test_impossible_hours_are_refused_and_nothing_changes(clinic: Clinic, week: tuple, words: str):
    with pytest.raises(Invalid, match=words):
        clinic.do(offering.set_hours, None, week)
    assert clinic.ask(catalogue.business_calendar).week == WORKDAYS


def test_one_date_may_have_hours_of_its_own(clinic: Clinic):
    clinic.do(offering.set_special_hours, None, TUESDAY, MORNING)
    assert clinic.free(tuesday("09:00")) == ["09:00", "09:15"]
    assert clinic.ask(catalogue.business_calendar).special[0].on == TUESDAY
    clinic.do(offering.set_special_hours, clinic.priya, TUESDAY, AFTERNOON)
    assert clinic.free(tuesday("09:00"), staff_id=clinic.priya)[0] == "15:00"
    for whose in (None, clinic.priya):
        clinic.do(offering.set_special_hours, whose, TUESDAY, ())
    assert clinic.free(tuesday("09:00"))[-1] == "16:15"


def test_time_off_closes_at_once_tells_whom_it_touches_and_can_be_taken_back(clinic: Clinic):
    touched = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    clinic.booked(tuesday("10:00"), staff_id=clinic.jonas)
    absence = Absence(tuesday("10:30"), tuesday("16:00"), clinic.priya, "Dentist")
    taken = clinic.do(offering.take_time_off, absence)
    assert taken.booking_ids == (touched,)
    assert clinic.free(tuesday("09:00"), staff_id=clinic.priya) == ["09:00", "16:00", "16:15"]
    assert [row.reason for row in calendar(clinic, clinic.priya).time_off] == ["Dentist"]
    clinic.do(offering.cancel_time_off, taken.id)
    assert "12:00" in clinic.free(tuesday("09:00"), staff_id=clinic.priya)
    closed = clinic.do(offering.take_time_off, Absence(tuesday("00:00"), tuesday("23:00")))
    assert len(closed.booking_ids) == 2 and clinic.free(tuesday("09:00")) == []


@pytest.mark.parametrize(
    "absence",
    [
        Absence(tuesday("10:00"), tuesday("10:00")),
        Absence(tuesday("10:00").replace(tzinfo=None), tuesday("12:00").replace(tzinfo=None)),
        Absence(tuesday("10:00"), tuesday("10:00").replace(year=2030)),
    ],
)
def test_impossible_absences_are_refused(clinic: Clinic, absence: Absence):
    with pytest.raises(Invalid):
        clinic.do(offering.take_time_off, absence)


def test_only_owners_configure_and_every_change_is_written_down(clinic: Clinic):
    staff = people.staff(people.Person("", 0, clinic.owner), Permission.BOOKINGS).actor
    for command, arguments in [
        (offering.add_service, (PEEL,)),
        (offering.edit_service, (clinic.peel, PEEL)),
        (offering.retire_service, (clinic.peel,)),
        (offering.restore_service, (clinic.peel,)),
        (offering.set_staff, (clinic.peel, [clinic.priya])),
        (offering.add_calendar, (CalendarDraft("Tom"),)),
        (offering.rename_calendar, (clinic.priya, "P")),
        (offering.set_hours, (None, WORKDAYS)),
        (offering.set_special_hours, (None, TUESDAY, MORNING)),
        (offering.take_time_off, (Absence(tuesday("10:00"), tuesday("12:00")),)),
        (offering.cancel_time_off, (1,)),
        (leaving.retire_calendar, (clinic.priya,)),
    ]:
        with pytest.raises(Forbidden):
            db.transact_now(command, staff, *arguments)
        before = len(clinic.ask(audit_log))
        clinic.do(command, *arguments)
        assert len(clinic.ask(audit_log)) == before + 1
