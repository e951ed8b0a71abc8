"""Rooms and equipment: what services need of them, and what an owner can no longer take away."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread

import pytest
from sqlalchemy.exc import IntegrityError

from careops_app.bookings import catalogue, leaving, offering, requirements, resources
from careops_app.bookings.catalogue import Blocker
from careops_app.bookings.models import Allocation, NeedChoice, ResourceKind
from careops_app.bookings.offering import Absence
from careops_app.bookings.requirements import ResourceCard
from careops_app.bookings.resources import ResourceDraft
from careops_app.bookings.service_draft import Need, ServiceDraft
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.infra import db
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import audit_log
from tests import people
from tests.bookings.clinic import Clinic, tuesday

PEEL = ServiceDraft("Peel treatment", 45)


def room(clinic: Clinic, name: str = "Room 1", lanes: int = 1) -> int:
    return clinic.do(resources.add_resource, ResourceDraft(ResourceKind.ROOM, name, lanes))


def laser(clinic: Clinic) -> int:
    return clinic.do(resources.add_resource, ResourceDraft(ResourceKind.EQUIPMENT, "Laser"))


def shown(clinic: Clinic, resource_id: int) -> ResourceCard:
    return next(one for one in clinic.ask(requirements.resource_cards, retired=True) if one.id == resource_id)


def needing(clinic: Clinic, *needs: Need) -> None:
    clinic.do(offering.edit_service, clinic.peel, replace(PEEL, needs=needs, staff_ids=(clinic.priya,)))


def put_into(clinic: Clinic, booking_id: int, resource_id: int, lane: int = 0, reason: str = "") -> None:
    """The visit takes the room as well."""
    card = clinic.card(booking_id)
    clinic.do(
        lambda session, _: session.add(
            Allocation(
                workspace_id=clinic.owner.workspace_id, booking_id=booking_id, resource_id=resource_id, lane=lane,
                from_at=card.starts_at, until_at=card.ends_at, overlap_reason=reason,
            )
        )
    )  # fmt: skip


def test_rooms_come_before_equipment_and_what_is_out_of_use_last(clinic: Clinic):
    machine, second, first = laser(clinic), room(clinic, " Room  2 ", 4), room(clinic)
    clinic.do(resources.retire_resource, first)
    cards = clinic.ask(requirements.resource_cards, retired=True)
    assert [(one.name, one.lanes, one.is_retired) for one in cards] == [
        ("Room 2", 4, False), ("Laser", 1, False), ("Room 1", 1, True),
    ]  # fmt: skip
    assert [one.id for one in clinic.ask(requirements.resource_cards)] == [second, machine]
    assert [one.name for one in clinic.ask(catalogue.team_calendars)] == ["Jonas Lindqvist", "Priya Raman"]
    assert [one.name for one in clinic.ask(catalogue.room_calendars)] == ["Laser", "Room 2"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ResourceDraft(ResourceKind.ROOM, " "), "name"),
        (ResourceDraft(ResourceKind.ROOM, "x" * 81), "name"),
        (ResourceDraft(ResourceKind.ROOM, "Room", 0), "lanes"),
        (ResourceDraft(ResourceKind.ROOM, "Room", 101), "lanes"),
        (ResourceDraft(ResourceKind.STAFF, "Room"), "kind"),
    ],
)
def test_what_cannot_be_a_room_is_refused_beside_its_field(clinic: Clinic, draft: ResourceDraft, field: str):
    kept = room(clinic)
    for command in (
        lambda: clinic.do(resources.add_resource, draft),
        lambda: clinic.do(resources.edit_resource, kept, draft),
    ):
        with pytest.raises(Invalid) as invalid:
            command()
        assert set(invalid.value.fields) == {field}


def test_a_service_shows_what_it_needs_in_the_order_it_was_written(clinic: Clinic):
    one, two, machine = room(clinic), room(clinic, "Room 2"), laser(clinic)
    needing(clinic, Need(NeedChoice.ANY, (two, one, two)), Need(NeedChoice.ALL, (machine,)))
    card = clinic.ask(catalogue.service_card, clinic.peel)
    assert [(need.choice, need.words) for need in card.needs] == [
        (NeedChoice.ANY, "Room 1 or Room 2"), (NeedChoice.ALL, "Laser"),
    ]  # fmt: skip
    assert shown(clinic, one).services == ("Peel treatment",)
    needing(clinic)
    assert clinic.ask(catalogue.service_card, clinic.peel).needs == () and shown(clinic, one).services == ()


def test_needs_that_make_no_sense_are_refused_and_the_old_ones_stay(clinic: Clinic, elsewhere: Clinic):
    one, gone, theirs = room(clinic), room(clinic, "Old room"), room(elsewhere)
    clinic.do(resources.retire_resource, gone)
    needing(clinic, Need(NeedChoice.ANY, (one,)))
    for needs, words in [
        ((Need(NeedChoice.ANY, ()),), "at least one"),
        ((Need(NeedChoice.ANY, (one,)), Need(NeedChoice.ALL, (one,))), "named twice"),
        ((Need(NeedChoice.ANY, (gone,)),), "Old room is out of use"),
        ((Need(NeedChoice.ANY, (one,)),) * 21, "at most 20"),
    ]:
        with pytest.raises(Invalid, match=words) as invalid:
            needing(clinic, *needs)
        assert set(invalid.value.fields) == {"needs"}
    for foreign in (theirs, clinic.priya, 987_654):
        with pytest.raises(NotFound):
            needing(clinic, Need(NeedChoice.ANY, (foreign,)))
    assert [need.words for need in clinic.ask(catalogue.service_card, clinic.peel).needs] == ["Room 1"]


def test_a_room_gives_no_service_and_a_person_is_no_room(clinic: Clinic):
    one = room(clinic)
    for refused in (
        lambda: clinic.do(offering.set_staff, clinic.peel, [one]),
        lambda: clinic.do(offering.rename_calendar, one, "Priya"),
        lambda: clinic.do(leaving.retire_calendar, one),
        lambda: clinic.do(resources.retire_resource, clinic.priya),
        lambda: clinic.do(resources.edit_resource, clinic.priya, ResourceDraft(ResourceKind.ROOM, "Room 9")),
    ):
        with pytest.raises(NotFound):
            refused()


def test_a_room_that_services_need_stays_until_they_no_longer_do(clinic: Clinic):
    one = room(clinic)
    needing(clinic, Need(NeedChoice.ALL, (one,)))
    with pytest.raises(Refused, match="Peel treatment needs Room 1\\. Change what they need first"):
        clinic.do(resources.retire_resource, one)
    clinic.do(offering.retire_service, clinic.peel)
    assert clinic.do(resources.retire_resource, one) == 0
    clinic.do(offering.restore_service, clinic.peel)
    assert clinic.ask(catalogue.service_card, clinic.peel).blocker == Blocker.NO_ROOM
    clinic.do(resources.restore_resource, one)
    assert clinic.ask(catalogue.service_card, clinic.peel).is_bookable


def test_one_of_several_rooms_left_is_enough_and_all_of_them_is_not(clinic: Clinic):
    one, two = room(clinic), room(clinic, "Room 2")
    for choice, blocker in ((NeedChoice.ANY, None), (NeedChoice.ALL, Blocker.NO_ROOM)):
        needing(clinic, Need(choice, (one, two)))
        clinic.do(offering.retire_service, clinic.peel)
        clinic.do(resources.retire_resource, two)
        clinic.do(offering.restore_service, clinic.peel)
        assert clinic.ask(catalogue.service_card, clinic.peel).blocker == blocker
        clinic.do(resources.restore_resource, two)


def test_visits_keep_the_room_they_have_and_are_counted(clinic: Clinic):
    one = room(clinic, lanes=3)
    put_into(clinic, clinic.booked(tuesday("10:00"), staff_id=clinic.priya), one, lane=1)
    put_into(clinic, clinic.booked(tuesday("14:00"), staff_id=clinic.priya), one)
    with pytest.raises(Invalid, match="Keep at least 2"):
        clinic.do(resources.edit_resource, one, ResourceDraft(ResourceKind.ROOM, "Room 1", 1))
    clinic.do(resources.edit_resource, one, ResourceDraft(ResourceKind.EQUIPMENT, "Bath", 2))
    assert (shown(clinic, one).kind, shown(clinic, one).name, shown(clinic, one).lanes) == ("equipment", "Bath", 2)
    touched = clinic.do(offering.take_time_off, Absence(tuesday("13:00"), tuesday("16:00"), one, "Repair"))
    assert len(touched.booking_ids) == 1
    assert [row.reason for row in clinic.ask(catalogue.room_calendars)[0].time_off] == ["Repair"]
    assert clinic.do(resources.retire_resource, one) == 2


def test_lanes_of_visits_that_are_over_or_stand_beside_with_a_reason_can_go(clinic: Clinic, clock):
    one = room(clinic, lanes=3)
    put_into(clinic, clinic.booked(tuesday("10:00"), staff_id=clinic.priya), one, lane=2)
    put_into(clinic, clinic.booked(tuesday("14:00"), staff_id=clinic.priya), one, lane=7, reason="Twins")
    clock.move_to(tuesday("12:00"))
    clinic.do(resources.edit_resource, one, ResourceDraft(ResourceKind.ROOM, "Room 1", 1))
    assert shown(clinic, one).lanes == 1


def test_a_visit_that_takes_a_lane_at_the_same_moment_waits_for_the_owner(clinic: Clinic):
    one = room(clinic, lanes=2)
    booking = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    looked, refused = Event(), []

    def take_the_second_lane() -> None:
        looked.wait(10)
        try:
            put_into(clinic, booking, one, lane=1)
        except IntegrityError as error:
            refused.append("beyond those of resource" in str(error))

    visitor = Thread(target=take_the_second_lane)
    visitor.start()

    def narrow(session, actor) -> None:
        resources.edit_resource(session, actor, one, ResourceDraft(ResourceKind.ROOM, "Room 1", 1))
        session.flush()
        looked.set()
        visitor.join(0.5)
        assert visitor.is_alive()

    clinic.do(narrow)
    visitor.join(10)
    assert refused == [True]


def test_only_owners_change_rooms_and_every_change_is_written_down(clinic: Clinic):
    staff = people.staff(people.Person("", 0, clinic.owner), Permission.BOOKINGS).actor
    one = room(clinic)
    for command, arguments in [
        (resources.add_resource, (ResourceDraft(ResourceKind.ROOM, "Room 2"),)),
        (resources.edit_resource, (one, ResourceDraft(ResourceKind.ROOM, "Room 3"))),
        (resources.retire_resource, (one,)),
        (resources.restore_resource, (one,)),
    ]:
        with pytest.raises(Forbidden):
            db.transact_now(command, staff, *arguments)
        before = len(clinic.ask(audit_log))
        clinic.do(command, *arguments)
        assert len(clinic.ask(audit_log)) == before + 1
