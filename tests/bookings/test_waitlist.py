"""The waitlist: joining and leaving, a freed time held for the next, one answer per offer, and passing on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from careops_app.bookings import offering, service, waitlist, waitlist_offers, waitlist_queries
from careops_app.bookings.holding import HoldRequest, hold_time
from careops_app.bookings.making import StaffEntry
from careops_app.bookings.models import BookingStatus, Service
from careops_app.bookings.offering import ServiceDraft
from careops_app.bookings.waitlist_models import OfferOutcome, WaitlistStatus
from careops_app.bookings.waitlist_queries import WaitlistFilter, entry_card, waitlist_counts, waitlist_page
from careops_app.bookings.waitlist_rules import Wish
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.infra import db
from careops_app.infra.outbox import OutboxEvent
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Permission
from tests import people
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.waiting import (
    FRIDAY,
    TUESDAY,
    accept,
    asked,
    cancelled,
    decline,
    entry,
    freed,
    join,
    leave,
    offers,
    waits,
)
from tests.conftest import HandClock


def said(clinic: Clinic) -> list[str]:
    """The waitlist's events so far."""
    rows = clinic.ask(lambda session, _: session.exec(select(OutboxEvent.name).order_by(OutboxEvent.id)).all())
    return [name for name in rows if name.startswith("waitlist.")]


class TestJoining:
    def test_one_form_is_one_entry(self, clinic: Clinic) -> None:
        wanted = asked(clinic)
        assert join(clinic, wanted) == join(clinic, wanted)
        assert said(clinic) == ["waitlist.joined"]

    def test_the_same_key_with_another_wish_is_refused(self, clinic: Clinic) -> None:
        first = asked(clinic)
        join(clinic, first)
        with pytest.raises(Refused) as refused:
            join(clinic, asked(clinic, last_on=TUESDAY, idempotency_key=first.idempotency_key))
        assert refused.value.code == "key_reused"

    def test_who_is_on_the_list_keeps_the_place_and_is_sent_the_link_again_once_an_hour(
        self, clinic: Clinic, clock: HandClock
    ) -> None:
        first = waits(clinic)
        waits(clinic, "Second Person")
        assert waits(clinic) == waits(clinic) == first
        again = "select count(*) from outbox_event where name = 'link.requested'"
        count = lambda: clinic.ask(lambda session, _: session.execute(db.text(again)).scalar())  # noqa: E731
        assert count() == 1
        clock.advance(hours=1)
        waits(clinic)
        assert count() == 2

    def test_who_left_may_join_again_at_the_end(self, clinic: Clinic) -> None:
        first = waits(clinic)
        leave(clinic, first)
        second = waits(clinic)
        assert second > first and entry(clinic, first).status == WaitlistStatus.WITHDRAWN

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"last_on": TUESDAY - timedelta(days=9)}, "last_on"),
            ({"from_minute": 700, "until_minute": 600}, "until"),
            ({"seats": 2}, "seats"),
            ({"email": ""}, "email"),
            ({"email": "nobody"}, "email"),
            ({"name": "-" * 300}, "name"),
            ({"note": "x" * 2_001}, "note"),
        ],
    )
    def test_each_mistake_is_named(self, clinic: Clinic, changes, field: str) -> None:
        with pytest.raises(Invalid) as invalid:
            waits(clinic, **changes)
        assert field in invalid.value.fields and said(clinic) == []

    def test_a_service_without_a_waitlist_says_so(self, clinic: Clinic) -> None:
        def without(session, _):
            row = session.get(Service, clinic.peel)
            row.takes_waitlist = False
            session.add(row)

        clinic.do(without)
        with pytest.raises(Refused) as refused:
            waits(clinic)
        assert refused.value.code == "no_waitlist"

    def test_a_person_who_does_not_give_it_cannot_be_waited_for(self, clinic: Clinic) -> None:
        with pytest.raises(Refused) as refused:
            waits(clinic, service_id=clinic.cut, staff_id=clinic.priya)
        assert refused.value.code == "staff_unavailable"

    def test_a_retired_service_and_one_of_another_business_are_refused(self, clinic: Clinic, elsewhere: Clinic) -> None:
        with pytest.raises(NotFound):
            waits(clinic, service_id=elsewhere.peel)
        clinic.do(offering.retire_service, clinic.peel)
        with pytest.raises(Refused) as refused:
            waits(clinic)
        assert refused.value.code == "service_retired"


class TestByStaff:
    def wish(self, clinic: Clinic) -> Wish:
        return Wish(clinic.peel, TUESDAY, FRIDAY)

    def test_staff_put_somebody_on_and_take_them_off(self, clinic: Clinic) -> None:
        added = clinic.do(waitlist.join_by_staff, StaffEntry(self.wish(clinic), "k1", name="Ada Byron"))
        assert entry(clinic, added).given_name == "Ada Byron"
        clinic.do(waitlist.remove, added)
        clinic.do(waitlist.remove, added)
        assert entry(clinic, added).status == WaitlistStatus.WITHDRAWN
        assert said(clinic) == ["waitlist.joined", "waitlist.left"]

    def test_a_contact_is_on_one_list_once(self, clinic: Clinic) -> None:
        contact_id = entry(clinic, waits(clinic)).contact_id
        with pytest.raises(Refused) as refused:
            clinic.do(waitlist.join_by_staff, StaffEntry(self.wish(clinic), "k1", contact_id=contact_id))
        assert refused.value.code == "already_waiting"

    def test_it_takes_the_permission(self, clinic: Clinic) -> None:
        person = people.staff(people.Person("", 0, clinic.owner), Permission.INBOX)
        with pytest.raises(Forbidden):
            db.transact_now(waitlist.join_by_staff, person.actor, StaffEntry(self.wish(clinic), "k1", name="Ada"))
        with pytest.raises(Forbidden):
            db.transact_now(waitlist.remove, person.actor, waits(clinic))


class TestOffering:
    def test_a_freed_time_is_held_for_the_first_whom_it_suits(self, clinic: Clinic, clock: HandClock) -> None:
        waits(clinic, "Too Late", from_minute=15 * 60)
        waits(clinic, "With Jonas", staff_id=clinic.jonas)
        waits(clinic, "Other Day", first_on=FRIDAY)
        first, second = waits(clinic, "First Match"), waits(clinic, "Second Match")
        offer_id = freed(clinic, tuesday("10:00"))
        (made,) = offers(clinic)
        assert (made.id, made.entry_id) == (offer_id, first)
        assert made.expires_at == clock.now + timedelta(minutes=30)
        assert (entry(clinic, first).status, entry(clinic, second).status) == ("offered", "waiting")
        assert "10:00" not in clinic.free(tuesday("10:00"), staff_id=clinic.priya)
        with pytest.raises(Refused) as refused:
            clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        assert refused.value.code == "slot_taken"

    def test_nobody_waits_and_nothing_is_held(self, clinic: Clinic) -> None:
        assert freed(clinic, tuesday("10:00")) is None
        assert "10:00" in clinic.free(tuesday("10:00"), staff_id=clinic.priya)

    def test_a_time_that_was_taken_meanwhile_is_offered_to_nobody(self, clinic: Clinic) -> None:
        waits(clinic)
        clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        with pytest.raises(Refused):
            freed(clinic, tuesday("10:00"))
        assert offers(clinic) == []

    def test_a_time_too_soon_to_book_is_not_offered(self, clinic: Clinic, clock: HandClock) -> None:
        waits(clinic)
        clock.move_to(tuesday("08:56"))
        assert freed(clinic, tuesday("10:00")) is None
        clock.move_to(tuesday("08:50"))
        assert freed(clinic, tuesday("10:00")) is not None
        assert offers(clinic)[0].expires_at == tuesday("09:00"), "never past the service's notice"

    def test_one_time_is_offered_to_one_person_once(self, clinic: Clinic) -> None:
        mine = waits(clinic)
        decline(clinic, mine, freed(clinic, tuesday("10:00")))
        assert freed(clinic, tuesday("10:00")) is None
        assert freed(clinic, tuesday("11:00")) is not None

    def test_who_has_an_offer_is_not_offered_another(self, clinic: Clinic) -> None:
        first, second = waits(clinic, "First Match"), waits(clinic, "Second Match")
        freed(clinic, tuesday("10:00"))
        freed(clinic, tuesday("11:00"))
        assert [one.entry_id for one in offers(clinic)] == [first, second]
        assert freed(clinic, tuesday("12:00")) is None

    def test_who_gave_a_time_up_is_not_offered_it(self, clinic: Clinic) -> None:
        mine = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        waits(clinic, "Nora Vance", email="nora@example.com")
        cancelled(clinic, mine)
        assert freed(clinic, tuesday("10:00")) is None


class TestAnswering:
    def test_a_yes_books_the_held_time(self, clinic: Clinic) -> None:
        mine = waits(clinic, note="Quiet room please")
        booking_id = accept(clinic, mine, freed(clinic, tuesday("10:00")))
        card = clinic.card(booking_id)
        assert (card.starts_at, card.staff_id, card.status) == (tuesday("10:00"), clinic.priya, BookingStatus.CONFIRMED)
        assert (card.contact, card.note, card.source) == ("Wanda Ito", "Quiet room please", "waitlist")
        assert clinic.taken(booking_id) == [(clinic.priya, "10:00", "11:00", True)]
        assert (entry(clinic, mine).status, entry(clinic, mine).booking_id) == ("booked", booking_id)
        assert said(clinic) == ["waitlist.joined", "waitlist.offered", "waitlist.accepted"]

    def test_a_second_yes_is_the_same_booking(self, clinic: Clinic) -> None:
        mine = waits(clinic)
        offer_id = freed(clinic, tuesday("10:00"))
        assert accept(clinic, mine, offer_id) == accept(clinic, mine, offer_id)

    def test_somebody_without_an_address_can_be_booked(self, clinic: Clinic) -> None:
        wish = Wish(clinic.peel, TUESDAY, FRIDAY)
        mine = clinic.do(waitlist.join_by_staff, StaffEntry(wish, "k1", name="Ada Byron"))
        assert clinic.card(accept(clinic, mine, freed(clinic, tuesday("10:00")))).contact == "Ada Byron"

    def test_a_service_that_needs_approval_is_asked_for(self, clinic: Clinic) -> None:
        mine = waits(clinic, service_id=clinic.cut)
        time = waitlist_offers.Freed(clinic.cut, clinic.jonas, tuesday("10:00"))
        offer_id = db.transact_now(waitlist_offers.offer_next, clinic.owner.workspace_id, time)
        assert clinic.card(accept(clinic, mine, offer_id)).status == BookingStatus.PENDING

    def test_after_its_time_an_offer_is_over(self, clinic: Clinic, clock: HandClock) -> None:
        mine = waits(clinic)
        offer_id = freed(clinic, tuesday("10:00"))
        clock.advance(minutes=30)
        with pytest.raises(Refused) as refused:
            accept(clinic, mine, offer_id)
        assert refused.value.code == "offer_over"
        with pytest.raises(Refused):
            decline(clinic, mine, offer_id)
        assert clinic.booked(tuesday("10:00"), staff_id=clinic.priya)

    def test_a_no_keeps_the_place_and_frees_the_time(self, clinic: Clinic) -> None:
        mine = waits(clinic)
        offer_id = freed(clinic, tuesday("10:00"))
        decline(clinic, mine, offer_id)
        decline(clinic, mine, offer_id)
        assert entry(clinic, mine).status == WaitlistStatus.WAITING
        assert "10:00" in clinic.free(tuesday("10:00"), staff_id=clinic.priya)
        with pytest.raises(Refused):
            accept(clinic, mine, offer_id)
        assert said(clinic).count("waitlist.declined") == 1

    def test_who_leaves_lets_the_offered_time_go(self, clinic: Clinic) -> None:
        mine = waits(clinic)
        freed(clinic, tuesday("10:00"))
        leave(clinic, mine)
        assert offers(clinic)[0].outcome == OfferOutcome.DECLINED
        assert "10:00" in clinic.free(tuesday("10:00"), staff_id=clinic.priya)

    def test_an_offer_is_answered_by_whom_it_was_made_to(self, clinic: Clinic, elsewhere: Clinic) -> None:
        waits(clinic, "First Match")
        other = waits(clinic, "Second Match")
        offer_id = freed(clinic, tuesday("10:00"))
        with pytest.raises(NotFound):
            accept(clinic, other, offer_id)
        with pytest.raises(NotFound):
            accept(elsewhere, other, offer_id)


class TestPassingOn:
    def test_a_cancelled_visit_goes_down_the_list_until_somebody_takes_it(
        self, clinic: Clinic, clock: HandClock
    ) -> None:
        gone = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        first, second, third = (waits(clinic, name) for name in ("First Match", "Second Match", "Third Match"))
        cancelled(clinic, gone)
        drain_now()
        assert [one.entry_id for one in offers(clinic)] == [first]
        clock.advance(minutes=29)
        drain_now()
        assert [one.entry_id for one in offers(clinic)] == [first], "the offer still stands"
        clock.advance(minutes=1)
        drain_now()
        assert [(one.entry_id, one.outcome) for one in offers(clinic)] == [(first, "lapsed"), (second, "open")]
        assert entry(clinic, first).status == WaitlistStatus.WAITING
        decline(clinic, second, offers(clinic)[-1].id)
        drain_now()
        assert offers(clinic)[-1].entry_id == third
        accept(clinic, third, offers(clinic)[-1].id)
        drain_now()
        clock.advance(hours=1)
        drain_now()
        assert [one.outcome for one in offers(clinic)] == ["lapsed", "declined", "accepted"]

    def test_a_moved_visit_frees_the_time_it_had_with_whom_it_had_it(self, clinic: Clinic) -> None:
        mine = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        waits(clinic)
        clinic.moved(mine, tuesday("10:00"), staff_id=clinic.jonas)
        drain_now()
        assert [(one.staff_id, one.starts_at) for one in offers(clinic)] == [(clinic.priya, tuesday("10:00"))]

    def test_places_of_a_group_are_offered_to_as_many_as_there_is_room_for(self, clinic: Clinic) -> None:
        yoga = clinic.do(offering.add_service, ServiceDraft("Yoga", 60, staff_ids=(clinic.priya,), capacity=3))
        gone = clinic.booked(tuesday("10:00"), service_id=yoga, seats=2)
        clinic.booked(tuesday("10:00"), service_id=yoga, email="other@example.com")
        alone, pair, other = (
            waits(clinic, f"{name} Person", service_id=yoga, seats=seats)
            for name, seats in (("Alone", 1), ("Pair", 2), ("Other", 1))
        )
        cancelled(clinic, gone)
        drain_now()
        assert [one.entry_id for one in offers(clinic)] == [alone, other], "no room for two any more"
        assert clinic.card(accept(clinic, other, offers(clinic)[1].id)).starts_at == tuesday("10:00")
        decline(clinic, alone, offers(clinic)[0].id)
        drain_now()
        assert entry(clinic, pair).status == WaitlistStatus.WAITING and len(offers(clinic)) == 2

    def test_a_request_nobody_decided_about_frees_its_time(self, clinic: Clinic, clock: HandClock) -> None:
        request = clinic.booked(tuesday("15:00") + timedelta(days=3), service_id=clinic.cut)
        waits(clinic, service_id=clinic.cut)
        clock.advance(days=2)
        drain_now()
        assert clinic.card(request).status == BookingStatus.CANCELLED
        assert [one.starts_at for one in offers(clinic)] == [tuesday("15:00") + timedelta(days=3)]

    def test_a_visitors_hold_that_expires_is_offered_to_nobody(self, clinic: Clinic, clock: HandClock) -> None:
        waits(clinic)
        wanted = HoldRequest(clinic.peel, tuesday("10:00"), "somebody", clinic.priya)
        db.transact_now(hold_time, clinic.owner.workspace_id, wanted)
        clock.advance(minutes=11)
        drain_now()
        assert offers(clinic) == []

    def test_a_declined_request_frees_its_time(self, clinic: Clinic) -> None:
        request = clinic.booked(tuesday("10:00"), service_id=clinic.cut)
        waits(clinic, service_id=clinic.cut)
        clinic.do(service.decline, request)
        drain_now()
        assert len(offers(clinic)) == 1

    def test_a_rule_that_is_switched_off_offers_nothing(self, clinic: Clinic) -> None:
        from careops_app.automation.service import switch_rule

        gone = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        waits(clinic)
        clinic.do(switch_rule, "waitlist-offer", False)
        cancelled(clinic, gone)
        drain_now()
        assert offers(clinic) == []

    def test_a_wish_ends_with_its_last_day_on_the_venues_calendar(self, clinic: Clinic, clock: HandClock) -> None:
        mine = waits(clinic, last_on=TUESDAY)
        clock.move_to(tuesday("23:59"))
        drain_now()
        assert entry(clinic, mine).status == WaitlistStatus.WAITING
        clock.advance(minutes=1)
        drain_now()
        assert entry(clinic, mine).status == WaitlistStatus.EXPIRED


class TestLists:
    def test_who_waits_is_listed_in_turn_with_the_offer_that_stands(self, clinic: Clinic, clock: HandClock) -> None:
        first, second = waits(clinic, "First Match"), waits(clinic, "Second Match", staff_id=clinic.priya)
        gone = waits(clinic, "Gone Away")
        leave(clinic, gone)
        freed(clinic, tuesday("10:00"))
        page = clinic.ask(waitlist_page, WaitlistFilter.OPEN)
        assert ([row.id for row in page.rows], page.total) == ([first, second], 2)
        assert page.rows[0].offer and page.rows[0].offer.staff == "Priya Raman" and page.rows[0].offers == 1
        assert (page.rows[1].offer, page.rows[1].staff) == (None, "Priya Raman")
        assert [row.id for row in clinic.ask(waitlist_page, WaitlistFilter.ENDED).rows] == [gone]
        assert list(clinic.ask(waitlist_counts).values()) == [2, 1, 0, 1]
        clock.advance(minutes=30)
        assert clinic.ask(entry_card, first).offer is None, "over, even before a worker closed it"

    def test_pages_have_25_entries(self, clinic: Clinic) -> None:
        for number in range(27):
            waits(clinic, f"P{number} Name")
        assert len(clinic.ask(waitlist_page, WaitlistFilter.OPEN).rows) == waitlist_queries.PAGE
        second = clinic.ask(waitlist_page, WaitlistFilter.OPEN, page=2)
        assert (len(second.rows), second.total) == (2, 27)

    def test_another_business_sees_nothing(self, clinic: Clinic, elsewhere: Clinic) -> None:
        mine = waits(clinic)
        assert elsewhere.ask(waitlist_page, WaitlistFilter.OPEN).total == 0
        with pytest.raises(NotFound):
            elsewhere.ask(entry_card, mine)
