"""Several services in one visit: offered where all fit one after the other, booked together or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from careops_app.bookings import group_rows, offering, resources, visits
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.models import Booking, GroupKind, NeedChoice, ResourceKind
from careops_app.bookings.offering import ServiceDraft
from careops_app.bookings.resources import ResourceDraft
from careops_app.bookings.service_draft import Need
from careops_app.bookings.visits import Part, VisitBooking, VisitSearch, VisitSlot
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.infra import db
from tests.bookings.clinic import Clinic, tuesday

NORA = ForWhom("Nora Vance", "nora@example.com")


@pytest.fixture
def mask(clinic: Clinic) -> int:
    """A short service by Priya alone, with ten minutes to prepare."""
    draft = ServiceDraft("Mask", 20, buffer_before_minutes=10, step_minutes=5, staff_ids=(clinic.priya,))
    return clinic.do(offering.add_service, draft)


def offered(clinic: Clinic, *parts: Part, days: int = 1) -> tuple[VisitSlot, ...]:
    wanted = VisitSearch(parts, tuesday("09:00").date(), days)
    return db.fetch_now(visits.visit_slots, clinic.owner.workspace_id, wanted)


def spelled(slot: VisitSlot) -> list[str]:
    return [f"{leg.starts_at:%H:%M}-{leg.ends_at:%H:%M}" for leg in slot.legs]


def wanted(*parts: Part, at: str = "10:00", key: str = "visit-1") -> VisitBooking:
    return VisitBooking(parts, tuesday(at), NORA, key)


def by_visitor(clinic: Clinic, visit: VisitBooking) -> int:
    return db.transact_now(visits.book_visit, clinic.owner.workspace_id, visit)


def rows(clinic: Clinic) -> list[Booking]:
    return clinic.ask(lambda session, _: list(session.exec(select(Booking).order_by(Booking.starts_at))))


def test_with_another_person_the_next_service_starts_when_the_first_ends(clinic: Clinic):
    slots = offered(clinic, Part(clinic.peel, clinic.priya), Part(clinic.cut))
    assert spelled(slots[0]) == ["09:00-09:45", "09:45-10:15"]
    assert spelled(slots[-1]) == ["15:45-16:30", "16:30-17:00"]


def test_with_the_same_person_the_buffers_of_both_lie_between(clinic: Clinic, mask: int):
    slots = offered(clinic, Part(clinic.peel, clinic.priya), Part(mask))
    assert spelled(slots[0]) == ["09:00-09:45", "10:10-10:30"]
    turned = offered(clinic, Part(mask), Part(clinic.peel, clinic.priya))
    assert spelled(turned[0]) == ["09:00-09:20", "09:30-10:15"]


def test_buffers_to_an_earlier_service_count_past_one_with_somebody_else(clinic: Clinic, mask: int):
    clinic.do(
        offering.edit_service, clinic.peel, ServiceDraft("Peel", 45, buffer_after_minutes=60, staff_ids=(clinic.priya,))
    )
    assert offered(clinic, Part(clinic.peel), Part(clinic.cut), Part(mask))[0].legs[2].starts_at == tuesday("10:55")


def test_a_room_that_both_services_need_is_cleaned_in_between(clinic: Clinic):
    room = clinic.do(resources.add_resource, ResourceDraft(ResourceKind.ROOM, "Room 1"))
    need = (Need(NeedChoice.ANY, (room,)),)
    peel = ServiceDraft("Peel", 45, buffer_after_minutes=15, staff_ids=(clinic.priya,), needs=need)
    clinic.do(offering.edit_service, clinic.peel, peel)
    clinic.do(offering.edit_service, clinic.cut, ServiceDraft("Cut", 30, staff_ids=(clinic.jonas,), needs=need))
    slots = offered(clinic, Part(clinic.peel), Part(clinic.cut))
    assert spelled(slots[0]) == ["09:00-09:45", "10:00-10:30"]
    by_visitor(clinic, wanted(Part(clinic.peel), Part(clinic.cut)))
    assert [f"{row.starts_at:%H:%M}" for row in rows(clinic)] == ["10:00", "11:00"]


def test_a_long_wait_between_two_services_is_not_offered(clinic: Clinic):
    for hour in ("10:00", "10:30", "11:00", "11:30"):
        clinic.added(tuesday(hour), service_id=clinic.cut, staff_id=clinic.jonas)
    found = [slot.starts_at for slot in offered(clinic, Part(clinic.peel, clinic.priya), Part(clinic.cut))]
    assert tuesday("09:00") not in found and tuesday("10:30") not in found
    assert tuesday("10:45") in found  # half an hour of waiting is the most


def test_anyone_finds_a_place_even_where_one_person_has_none(clinic: Clinic):
    clinic.booked(tuesday("10:00"), staff_id=clinic.priya, email="else@example.com")
    found = {slot.starts_at: slot for slot in offered(clinic, Part(clinic.peel), Part(clinic.cut))}
    at_ten = found[tuesday("10:00")]
    assert at_ten.legs[0].staff_id == clinic.jonas and at_ten.legs[1].starts_at == tuesday("11:00")


def test_every_start_that_is_offered_is_accepted_as_it_was_offered(clinic: Clinic, mask: int):
    clinic.booked(tuesday("11:00"), staff_id=clinic.priya, email="else@example.com")
    clinic.booked(tuesday("13:00"), service_id=clinic.cut, email="else@example.com")
    parts = (Part(clinic.peel), Part(mask), Part(clinic.cut))
    for number, slot in enumerate(offered(clinic, *parts)):
        with pytest.raises(KeyboardInterrupt):
            db.transact_now(_book_and_leave, clinic.owner.workspace_id, parts, slot, f"key-{number}")
    assert len(rows(clinic)) == 2


def _book_and_leave(session, workspace_id, parts, slot, key):
    """Books, compares, and undoes all of it by an error, so that the next start meets the same day."""
    group_id = visits.book_visit(session, workspace_id, VisitBooking(parts, slot.starts_at, NORA, key))
    card = group_rows.group_card(session, workspace_id, group_id)
    assert [(row.starts_at, row.ends_at) for row in card.rows] == [(leg.starts_at, leg.ends_at) for leg in slot.legs]
    raise KeyboardInterrupt


def test_all_parts_become_bookings_of_one_visit(clinic: Clinic):
    group_id = by_visitor(clinic, wanted(Part(clinic.peel), Part(clinic.cut)))
    card = clinic.ask(group_rows.group_card, group_id)
    assert (card.kind, [row.service for row in card.rows]) == (GroupKind.VISIT, ["Peel treatment", "Cut"])
    assert [row.status for row in card.rows] == ["confirmed", "pending"]
    assert len({row.contact_id for row in rows(clinic)}) == 1


def test_a_part_that_is_taken_refuses_the_whole_visit_with_the_nearest(clinic: Clinic):
    clinic.booked(tuesday("10:45"), service_id=clinic.cut, email="else@example.com")
    clinic.booked(tuesday("11:15"), service_id=clinic.cut, email="else@example.com")
    with pytest.raises(Refused, match="is not free for all of these services") as refused:
        by_visitor(clinic, wanted(Part(clinic.peel, clinic.priya), Part(clinic.cut)))
    assert refused.value.code == "slot_taken" and len(refused.value.nearest) == 3 and len(rows(clinic)) == 2
    again = wanted(Part(clinic.peel, clinic.priya), Part(clinic.cut), key="visit-2")
    by_visitor(clinic, replace(again, starts_at=refused.value.nearest[0]))


def test_the_same_form_twice_is_one_visit_and_changed_it_is_refused(clinic: Clinic):
    first = by_visitor(clinic, wanted(Part(clinic.peel), Part(clinic.cut)))
    assert by_visitor(clinic, wanted(Part(clinic.peel), Part(clinic.cut))) == first and len(rows(clinic)) == 2
    with pytest.raises(Refused) as refused:
        by_visitor(clinic, wanted(Part(clinic.cut), Part(clinic.peel)))
    assert refused.value.code == "key_reused"


def test_staff_are_not_bound_to_the_grid(clinic: Clinic):
    by_staff = clinic.ask(
        visits.visit_slots, VisitSearch((Part(clinic.peel), Part(clinic.cut)), tuesday("09:00").date())
    )
    assert [f"{slot.starts_at:%H:%M}" for slot in by_staff[:3]] == ["09:00", "09:05", "09:10"]
    clinic.do(visits.book_visit, replace(wanted(Part(clinic.peel), Part(clinic.cut)), starts_at=by_staff[1].starts_at))
    assert [row.starts_at - tuesday("09:05") for row in rows(clinic)] == [timedelta(), timedelta(minutes=45)]


def test_one_service_is_no_visit_of_several_and_six_are_too_many(clinic: Clinic, elsewhere: Clinic):
    for parts in ((Part(clinic.peel),), (Part(clinic.peel),) * 6):
        with pytest.raises(Invalid):
            offered(clinic, *parts)
        with pytest.raises(Invalid):
            by_visitor(clinic, wanted(*parts))
    with pytest.raises(NotFound):
        offered(clinic, Part(clinic.peel), Part(elsewhere.peel))
