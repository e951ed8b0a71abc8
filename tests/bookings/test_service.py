"""Asking for a visit, moving it and what becomes of it, on the real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from careops_app.bookings import leaving, offering, queries, rules, service
from careops_app.bookings.models import BookingStatus as S
from careops_app.bookings.offering import Absence, ServiceDraft
from careops_app.bookings.service import Move, StaffBooking
from careops_app.bookings.spans import Window
from careops_app.contacts import service as contacts
from careops_app.contacts.service import ContactDraft
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.infra import db
from careops_app.workspace.access import Permission
from tests import people
from tests.bookings.clinic import Clinic, tuesday


class TestAsking:
    def test_a_visitor_gets_a_confirmed_booking_with_its_time_taken(self, clinic: Clinic):
        booking_id = clinic.booked(
            tuesday("10:00"), staff_id=clinic.priya, note="First time", customer_time_zone="Europe/Madrid"
        )
        card = clinic.card(booking_id)
        assert (card.status, card.revision, card.staff, card.service) == (
            S.CONFIRMED,
            1,
            "Priya Raman",
            "Peel treatment",
        )
        assert (card.starts_at, card.ends_at) == (tuesday("10:00"), tuesday("10:45"))
        assert (card.given_name, card.given_email, card.note, card.source) == (
            "Nora Vance",
            "nora@example.com",
            "First time",
            "public",
        )
        assert (card.time_zone, card.customer_time_zone, card.reference[:3]) == (
            "Europe/London",
            "Europe/Madrid",
            "SA-",
        )
        assert clinic.taken(booking_id) == [(clinic.priya, "10:00", "11:00", True)]
        assert clinic.events(booking_id) == ["booking.requested", "booking.confirmed"]
        assert clinic.payload("booking.requested") == {
            "booking_id": booking_id, "contact_id": card.contact_id, "revision": 1, "new_contact": True,
            "needs_approval": False, "by": "customer",
        }  # fmt: skip

    def test_a_service_with_approval_waits_and_takes_the_time_meanwhile(self, clinic: Clinic):
        booking_id = clinic.booked(tuesday("10:00"), service_id=clinic.cut)
        assert clinic.card(booking_id).status == S.PENDING
        assert clinic.events(booking_id) == ["booking.requested"]
        assert clinic.taken(booking_id)[0][3]
        with pytest.raises(Refused):
            clinic.booked(tuesday("10:00"), service_id=clinic.cut)

    def test_a_known_visitor_is_not_a_new_contact(self, clinic: Clinic):
        first, second = clinic.booked(tuesday("10:00")), clinic.booked(tuesday("13:00"), name="N. Vance")
        assert clinic.card(first).contact_id == clinic.card(second).contact_id
        assert (clinic.card(second).contact, clinic.card(second).given_name) == ("Nora Vance", "N. Vance")
        assert not clinic.payload("booking.requested")["new_contact"]

    def test_anyone_means_the_least_busy_that_day(self, clinic: Clinic):
        clinic.booked(tuesday("09:00"), staff_id=clinic.priya)
        assert clinic.card(clinic.booked(tuesday("11:00"))).staff_id == clinic.jonas
        clinic.booked(tuesday("14:00"), staff_id=clinic.jonas)
        assert clinic.card(clinic.booked(tuesday("15:30"))).staff_id == clinic.priya

    def test_when_all_are_taken_the_nearest_free_times_are_named(self, clinic: Clinic):
        for staff_id in (clinic.priya, clinic.jonas):
            clinic.booked(tuesday("10:00"), staff_id=staff_id)
        with pytest.raises(Refused, match=r"Tue 24 November 2026, 10:15 GMT is not free any more\.") as refused:
            clinic.booked(tuesday("10:15"))
        assert refused.value.code == "slot_taken"
        assert refused.value.nearest == (tuesday("09:00"), tuesday("11:00"), tuesday("11:15"))

    @pytest.mark.parametrize(
        ("at", "code", "words"),
        [
            ("2026-11-23T08:00", "past", "is already past"),
            ("2026-11-23T09:30", "too_soon", "at least 1 hour ahead"),
            ("2027-01-23T10:00", "too_far", "bookings open 60 days ahead"),
            ("2026-11-24T08:45", "closed", "outside the opening hours"),
            ("2026-11-24T16:30", "closed", "outside the opening hours"),
            ("2026-11-28T10:00", "closed", "outside the opening hours"),
            ("2026-11-24T10:05", "off_grid", "No visit starts at 10:05 GMT"),
        ],
    )
    def test_a_start_that_was_never_offered_is_refused_with_a_reason(
        self, clinic: Clinic, at: str, code: str, words: str
    ):
        start = datetime.fromisoformat(at).replace(tzinfo=UTC)
        with pytest.raises(Refused, match=words) as refused:
            clinic.booked(start)
        assert refused.value.code == code
        assert len(refused.value.nearest) == 3
        for free in refused.value.nearest:
            assert f"{free:%H:%M}" in clinic.free(free)
        assert clinic.booked(refused.value.nearest[0])

    def test_nothing_is_written_by_a_refusal(self, clinic: Clinic):
        with pytest.raises(Refused):
            clinic.booked(tuesday("08:00"))
        counted = (
            "select (select count(*) from contact) + (select count(*) from booking) + (select count(*) from allocation)"
        )
        assert clinic.ask(lambda session, _: session.execute(text(counted)).scalar()) == 0

    def test_every_field_is_checked(self, clinic: Clinic):
        for changes, field in [
            ({"name": " "}, "name"), ({"name": "x" * 10_000}, "name"), ({"email": "nora@"}, "email"),
            ({"email": ""}, "email"), ({"phone": "12"}, "phone"), ({"note": "x" * 2_001}, "note"),
            ({"idempotency_key": ""}, "idempotency_key"), ({"idempotency_key": "k\x00"}, "idempotency_key"),
            ({"starts_at": tuesday("10:00").replace(tzinfo=None)}, "starts_at"),
            ({"starts_at": datetime.max.replace(tzinfo=UTC)}, "starts_at"),
            ({"starts_at": datetime.min.replace(tzinfo=UTC)}, "starts_at"),
        ]:  # fmt: skip
            with pytest.raises(Invalid) as invalid:
                clinic.request(replace(clinic.wish(tuesday("10:00")), **changes))
            assert field in invalid.value.fields

    def test_before_the_pages_open_visitors_are_refused_and_staff_are_not(self, clinic: Clinic):
        clinic.do(lambda session, _: session.execute(text("update workspace set activated_at = null")))
        with pytest.raises(Refused, match="Saltmarsh Skin is not taking online requests yet") as refused:
            clinic.booked(tuesday("10:00"))
        assert refused.value.code == "not_open"
        assert clinic.added(tuesday("10:00"))

    def test_a_service_or_calendar_that_was_withdrawn_meanwhile_is_refused(self, clinic: Clinic):
        with pytest.raises(Refused, match="Priya Raman does not offer Cut") as refused:
            clinic.booked(tuesday("10:00"), service_id=clinic.cut, staff_id=clinic.priya)
        assert refused.value.code == "staff_unavailable"
        clinic.do(leaving.retire_calendar, clinic.priya)
        with pytest.raises(Refused):
            clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        clinic.do(offering.retire_service, clinic.peel)
        with pytest.raises(Refused, match="no longer offered") as refused:
            clinic.booked(tuesday("10:00"))
        assert refused.value.code == "service_retired"

    def test_a_colleague_who_left_cannot_be_booked(self, clinic: Clinic):
        sam = people.staff(people.Person("", 0, clinic.owner), Permission.BOOKINGS).actor
        calendar = clinic.do(offering.add_calendar, offering.CalendarDraft(member_id=sam.member_id))
        clinic.do(offering.set_staff, clinic.cut, [calendar])
        assert clinic.free(tuesday("09:00"), service_id=clinic.cut)
        clinic.do(leaving.deactivate, sam.member_id)
        assert clinic.free(tuesday("09:00"), service_id=clinic.cut) == []
        with pytest.raises(Refused):
            clinic.booked(tuesday("10:00"), service_id=clinic.cut)


class TestIdempotency:
    def test_the_same_form_sent_twice_is_one_booking(self, clinic: Clinic):
        wanted = clinic.wish(tuesday("10:00"))
        first = clinic.request(wanted)
        assert [clinic.request(wanted) for _ in range(3)] == [first] * 3
        assert clinic.events(first) == ["booking.requested", "booking.confirmed"]

    def test_the_same_instant_in_another_zone_is_the_same_form(self, clinic: Clinic):
        wanted = clinic.wish(tuesday("10:00"))
        first = clinic.request(wanted)
        madrid = wanted.starts_at.astimezone(rules_zone("Europe/Madrid"))
        assert clinic.request(replace(wanted, starts_at=madrid)) == first

    def test_the_same_key_for_another_wish_is_refused(self, clinic: Clinic):
        wanted = clinic.wish(tuesday("10:00"))
        clinic.request(wanted)
        with pytest.raises(Refused, match="sent already") as refused:
            clinic.request(replace(wanted, starts_at=tuesday("11:00")))
        assert refused.value.code == "key_reused"

    def test_a_refused_form_may_be_sent_again_with_another_time(self, clinic: Clinic):
        wanted = clinic.wish(tuesday("08:00"))
        with pytest.raises(Refused):
            clinic.request(wanted)
        assert clinic.request(replace(wanted, starts_at=tuesday("10:00")))

    def test_two_businesses_may_see_the_same_key(self, clinic: Clinic, elsewhere: Clinic):
        wanted = clinic.wish(tuesday("10:00"))
        assert clinic.request(wanted) != elsewhere.request(replace(wanted, service_id=elsewhere.peel))


def rules_zone(name: str):
    from careops_app.infra import clock

    return clock.zone(name)


class TestStaffBookings:
    def test_staff_book_without_notice_or_step_and_confirmed_at_once(self, clinic: Clinic, clock):
        clock.move_to(tuesday("10:07"))
        booking_id = clinic.added(tuesday("10:05"), service_id=clinic.cut)
        card = clinic.card(booking_id)
        assert (card.status, card.source, card.booked_by) == (S.CONFIRMED, "staff", "Olivia Owner")
        with pytest.raises(Refused):
            clinic.added(tuesday("10:15"), service_id=clinic.cut)
        with pytest.raises(Refused):
            clinic.added(tuesday("18:00"))

    def test_staff_pick_a_contact_or_name_a_new_one(self, clinic: Clinic):
        nora = clinic.do(contacts.create, ContactDraft("Nora Vance", ("nora@example.com",)))
        card = clinic.card(clinic.added(tuesday("10:00"), contact_id=nora, name=""))
        assert (card.contact_id, card.given_name, card.given_email) == (nora, "Nora Vance", "nora@example.com")
        walk_in = clinic.card(clinic.added(tuesday("12:00"), name="Wanda"))
        assert (walk_in.contact, walk_in.given_email) == ("Wanda", "")
        known = clinic.card(clinic.added(tuesday("13:00"), name="N.", email="NORA@example.com"))
        assert known.contact_id == nora
        with pytest.raises(NotFound):
            clinic.added(tuesday("14:00"), contact_id=999)
        with pytest.raises(Invalid):
            clinic.added(tuesday("14:00"), name="")

    def test_staff_forms_are_idempotent_too(self, clinic: Clinic):
        wanted = StaffBooking(clinic.peel, tuesday("10:00"), "one-key", name="Wanda")
        assert clinic.do(service.add_by_staff, wanted) == clinic.do(service.add_by_staff, wanted)

    def test_every_command_needs_the_permission_for_bookings(self, clinic: Clinic):
        booking_id = clinic.booked(tuesday("10:00"))
        helper = people.staff(people.Person("", 0, clinic.owner), Permission.INBOX).actor
        for command, argument in [
            (service.add_by_staff, StaffBooking(clinic.peel, tuesday("12:00"), "k", name="W")),
            (service.reschedule, Move(booking_id, tuesday("12:00"))),
            *((act, booking_id) for act in (service.cancel, service.decline, service.confirm, service.check_in)),
            (service.complete, booking_id),
            (service.mark_no_show, booking_id),
        ]:
            with pytest.raises(Forbidden):
                db.transact_now(command, helper, argument)


class TestMoving:
    def test_a_move_takes_the_new_time_and_frees_the_old(self, clinic: Clinic):
        booking_id = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        clinic.moved(booking_id, tuesday("14:00"))
        card = clinic.card(booking_id)
        assert (card.starts_at, card.ends_at, card.revision) == (tuesday("14:00"), tuesday("14:45"), 2)
        assert card.moved_at is not None and card.staff_id == clinic.priya
        assert clinic.taken(booking_id) == [(clinic.priya, "14:00", "15:00", True)]
        assert clinic.events(booking_id)[-1] == "booking.rescheduled"
        assert clinic.payload("booking.rescheduled")["was_at"] == "2026-11-24T10:00:00Z"
        assert clinic.booked(tuesday("10:00"), staff_id=clinic.priya)

    def test_a_booking_may_move_within_its_own_time(self, clinic: Clinic):
        booking_id = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        assert "10:15" not in clinic.free(tuesday("10:00"), staff_id=clinic.priya)
        assert "10:15" in clinic.free(tuesday("10:00"), staff_id=clinic.priya, except_booking=booking_id)
        clinic.moved(booking_id, tuesday("10:15"), staff_id=clinic.priya)
        assert clinic.taken(booking_id) == [(clinic.priya, "10:15", "11:15", True)]

    def test_a_refused_move_changes_nothing(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        clinic.booked(tuesday("14:00"), staff_id=clinic.priya)
        before = clinic.card(mine), clinic.taken(mine), clinic.events(mine)
        with pytest.raises(Refused) as refused:
            clinic.moved(mine, tuesday("14:00"), staff_id=clinic.priya)
        assert refused.value.code == "slot_taken" and len(refused.value.nearest) == 3
        assert (clinic.card(mine), clinic.taken(mine), clinic.events(mine)) == before

    def test_who_gives_it_stays_when_free_and_changes_when_not(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        clinic.booked(tuesday("14:00"), staff_id=clinic.priya)
        clinic.moved(mine, tuesday("14:00"))
        assert clinic.card(mine).staff_id == clinic.jonas
        clinic.moved(mine, tuesday("14:00"), staff_id=clinic.jonas)
        assert clinic.card(mine).revision == 2
        clinic.moved(mine, tuesday("10:00"), staff_id=clinic.priya)
        assert (clinic.card(mine).staff_id, clinic.card(mine).revision) == (clinic.priya, 3)

    def test_a_move_that_was_decided_on_old_facts_is_refused(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        clinic.moved(mine, tuesday("12:00"), revision=1)
        with pytest.raises(Refused) as refused:
            clinic.moved(mine, tuesday("14:00"), revision=1)
        assert refused.value.code == "changed_meanwhile"

    def test_what_has_ended_cannot_be_moved(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        clinic.do(service.cancel, mine)
        with pytest.raises(Refused, match="A visit that is cancelled cannot be moved") as refused:
            clinic.moved(mine, tuesday("12:00"))
        assert refused.value.code == "illegal_move"

    def test_a_retired_service_can_still_be_moved_by_staff(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        clinic.do(offering.retire_service, clinic.peel)
        clinic.moved(mine, tuesday("12:00"))
        assert clinic.card(mine).starts_at == tuesday("12:00")


class TestCustomersChange:
    def by_customer(self, clinic: Clinic, command, *args):
        return db.transact_now(command, clinic.owner.workspace_id, *args)

    def test_customers_move_and_cancel_inside_the_policy(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        assert clinic.card(mine).policy == "You can move or cancel until Tue 24 November 2026, 10:00 GMT."
        self.by_customer(clinic, service.reschedule_by_customer, Move(mine, tuesday("12:00")))
        self.by_customer(clinic, service.cancel_by_customer, mine, "Cold")
        self.by_customer(clinic, service.cancel_by_customer, mine)
        card = clinic.card(mine)
        assert (card.status, card.revision, card.cancelled_by, card.cancel_reason) == (
            S.CANCELLED,
            3,
            "customer",
            "Cold",
        )
        assert clinic.events(mine)[-2:] == ["booking.rescheduled", "booking.cancelled"]
        assert clinic.payload("booking.cancelled")["by"] == "customer"

    def test_inside_the_notice_customers_are_stopped_and_staff_are_not(self, clinic: Clinic, clock):
        mine = clinic.booked(tuesday("10:00"), service_id=clinic.cut)
        clock.move_to(tuesday("10:00") - timedelta(hours=23))
        assert clinic.card(mine).customer_may == "too_late"
        for command, argument in (
            (service.cancel_by_customer, mine),
            (service.reschedule_by_customer, Move(mine, tuesday("12:00"))),
        ):
            with pytest.raises(
                Refused, match="Changes here were possible until Mon 23 November 2026, 10:00 GMT"
            ) as refused:
                self.by_customer(clinic, command, argument)
            assert refused.value.code == "too_late"
        clinic.moved(mine, tuesday("12:00"))
        clinic.do(service.cancel, mine)

    def test_customers_are_held_to_notice_and_grid_when_they_move(self, clinic: Clinic, clock):
        mine = clinic.booked(tuesday("15:00"))
        clock.move_to(tuesday("10:00"))
        with pytest.raises(Refused) as refused:
            self.by_customer(clinic, service.reschedule_by_customer, Move(mine, tuesday("10:30")))
        assert refused.value.code == "too_soon"
        with pytest.raises(Refused) as refused:
            self.by_customer(clinic, service.reschedule_by_customer, Move(mine, tuesday("12:10")))
        assert refused.value.code == "off_grid"

    def test_a_visit_that_has_begun_is_no_longer_the_customers_to_change(self, clinic: Clinic, clock):
        mine = clinic.booked(tuesday("10:00"))
        clock.move_to(tuesday("10:00"))
        with pytest.raises(Refused, match="can no longer be changed"):
            self.by_customer(clinic, service.cancel_by_customer, mine)


class TestWhatBecomesOfIt:
    def test_a_visit_goes_its_way(self, clinic: Clinic, clock):
        mine = clinic.booked(tuesday("10:00"), service_id=clinic.cut)
        clinic.do(service.confirm, mine)
        clock.move_to(tuesday("09:55"))
        clinic.do(service.check_in, mine)
        clock.move_to(tuesday("10:25"))
        clinic.do(service.complete, mine)
        assert clinic.events(mine) == [
            "booking.requested", "booking.confirmed", "booking.checked_in", "booking.completed",
        ]  # fmt: skip
        assert (clinic.card(mine).status, clinic.card(mine).revision) == (S.COMPLETED, 1)
        assert clinic.payload("booking.completed")["by"] == "Olivia Owner"
        assert clinic.taken(mine)[0][3]

    def test_a_no_show_and_a_cancellation_free_the_time(self, clinic: Clinic, clock):
        missed, cancelled = clinic.booked(tuesday("10:00")), clinic.booked(tuesday("14:00"))
        clinic.do(service.cancel, cancelled, "Ill")
        clock.move_to(tuesday("10:15"))
        clinic.do(service.mark_no_show, missed)
        assert [clinic.taken(one)[0][3] for one in (missed, cancelled)] == [False, False]
        card = clinic.card(cancelled)
        assert (card.revision, card.cancelled_by, card.cancel_reason) == (2, "Olivia Owner", "Ill")
        assert clinic.added(tuesday("10:20"), staff_id=clinic.card(missed).staff_id)

    def test_declining_is_for_those_that_wait(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"), service_id=clinic.cut)
        clinic.do(service.decline, mine, "Fully booked")
        assert clinic.card(mine).status == S.CANCELLED
        with pytest.raises(Refused, match="no longer waits for approval: it is cancelled"):
            clinic.do(service.decline, mine)

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            (service.confirm, "This visit is already confirmed"),
            (service.check_in, "Check-in opens on that day"),
            (service.complete, "It can be completed once it has started"),
            (service.mark_no_show, "It can be no-show once it has started"),
        ],
    )
    def test_what_is_not_allowed_yet_is_refused_in_words(self, clinic: Clinic, command, words: str):
        mine = clinic.booked(tuesday("10:00"))
        with pytest.raises(Refused, match=words):
            clinic.do(command, mine)
        assert clinic.card(mine).status == S.CONFIRMED

    def test_every_illegal_step_is_refused_and_changes_nothing(self, clinic: Clinic, clock):
        commands = {
            S.CONFIRMED: service.confirm, S.CHECKED_IN: service.check_in, S.COMPLETED: service.complete,
            S.NO_SHOW: service.mark_no_show, S.CANCELLED: service.cancel,
        }  # fmt: skip
        mine = clinic.booked(tuesday("10:00"))
        clock.move_to(tuesday("10:15"))
        for was in S:
            clinic.do(lambda session, _, was=was: session.execute(text(f"update booking set status = '{was}'")))
            for to, command in commands.items():
                if to not in rules.MAY_BECOME[was]:
                    with pytest.raises(Refused) as refused:
                        clinic.do(command, mine)
                    assert refused.value.code == "illegal_move"
            assert clinic.card(mine).status == was
        assert clinic.events(mine) == ["booking.requested", "booking.confirmed"]

    def test_the_database_frees_time_whoever_changes_the_status(self, clinic: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        for status, takes in rules.OCCUPIES.items():
            clinic.do(
                lambda session, _, status=status: session.execute(text(f"update booking set status = '{status}'"))
            )
            assert clinic.taken(mine)[0][3] == takes
        clinic.do(lambda session, _: session.execute(text("update allocation set active = true")))
        assert clinic.taken(mine)[0][3] == rules.OCCUPIES[S.CANCELLED]


class TestTenancy:
    def test_another_business_finds_nothing_of_ours(self, clinic: Clinic, elsewhere: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        for command, argument in [
            (service.reschedule, Move(mine, tuesday("12:00"))),
            *((act, mine) for act in (service.cancel, service.decline, service.confirm, service.check_in)),
            (service.complete, mine),
            (service.mark_no_show, mine),
            (offering.retire_service, clinic.peel),
            (leaving.retire_calendar, clinic.priya),
            (offering.take_time_off, Absence(tuesday("10:00"), tuesday("12:00"), clinic.priya)),
        ]:
            with pytest.raises(NotFound):
                elsewhere.do(command, argument)
        for changes in ({"service_id": clinic.peel}, {"staff_id": clinic.priya}):
            with pytest.raises(NotFound):
                elsewhere.booked(tuesday("10:00"), **changes)
        with pytest.raises(NotFound):
            elsewhere.added(tuesday("10:00"), contact_id=clinic.card(mine).contact_id)
        with pytest.raises(NotFound):
            elsewhere.do(offering.set_hours, clinic.priya, ((),) * 7)
        with pytest.raises(NotFound):
            elsewhere.do(offering.add_service, ServiceDraft("Peel", 30, staff_ids=(clinic.priya,)))
        with pytest.raises(NotFound):
            db.transact_now(service.cancel_by_customer, elsewhere.owner.workspace_id, mine)
        with pytest.raises(NotFound):
            elsewhere.ask(queries.booking_card, mine)
        assert clinic.card(mine).status == S.CONFIRMED

    def test_the_same_time_in_two_businesses_is_no_conflict(self, clinic: Clinic, elsewhere: Clinic):
        assert clinic.booked(tuesday("10:00")) and elsewhere.booked(tuesday("10:00"))


def test_windows_of_a_clinic_are_those_of_its_hours(clinic: Clinic):
    clinic.do(offering.set_hours, clinic.priya, ((Window(600, 720),),) * 7)
    assert clinic.free(tuesday("09:00"), staff_id=clinic.priya) == [
        "10:00",
        "10:15",
        "10:30",
        "10:45",
        "11:00",
        "11:15",
    ]
