"""Free times, cards and calendars as they are shown; and how fast."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from careops_app.bookings import offering, queries, service
from careops_app.bookings.availability import _TAKEN, NOTHING, _bound, offer
from careops_app.bookings.models import BookingStatus as S
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.bookings.queries import AgendaFilter, DayLoad, SlotSearch
from careops_app.bookings.spans import Span, Window
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.infra import db
from tests.bookings.clinic import Clinic, tuesday

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
WEEK = AgendaFilter(tuesday("00:00") - timedelta(days=1), tuesday("00:00") + timedelta(days=6))


class TestFreeTimes:
    def test_each_asked_day_is_there_even_without_a_free_time(self, clinic: Clinic):
        days = clinic.ask(queries.slots_on, SlotSearch(clinic.peel, date(2026, 11, 27), 3))
        assert [day.day.isoformat() for day in days] == ["2026-11-27", "2026-11-28", "2026-11-29"]
        assert [len(day.slots) for day in days] == [30, 0, 0]

    def test_a_slot_names_everybody_who_is_free_then(self, clinic: Clinic):
        clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
        slots = {
            slot.starts_at: slot for slot in clinic.ask(queries.slots_on, SlotSearch(clinic.peel, TUESDAY))[0].slots
        }
        assert slots[tuesday("09:00")].staff_ids == (clinic.jonas, clinic.priya)
        assert slots[tuesday("10:00")].staff_ids == (clinic.jonas,)
        assert slots[tuesday("10:00")].ends_at == tuesday("10:45")

    def test_days_may_be_those_of_another_zone(self, clinic: Clinic):
        wanted = SlotSearch(clinic.peel, WEDNESDAY, 1, zone="Pacific/Auckland")
        slots = clinic.ask(queries.slots_on, wanted)[0].slots
        assert slots[0].starts_at == tuesday("11:00")
        assert slots[-1].starts_at == datetime(2026, 11, 25, 10, 45, tzinfo=UTC)

    def test_every_offered_start_of_a_day_is_accepted(self, clinic: Clinic):
        while starts := clinic.free(tuesday("09:00")):
            clinic.booked(tuesday(starts[len(starts) // 2]), email=f"v{len(starts)}@example.com")
        with pytest.raises(Refused):
            clinic.booked(tuesday("09:00"))

    def test_the_days_of_a_month_that_have_free_times(self, clinic: Clinic):
        found = clinic.ask(queries.month_days_with_slots, SlotSearch(clinic.peel, date(2026, 11, 10)))
        assert sorted(day.day for day in found) == [23, 24, 25, 26, 27, 30]

    def test_everybodys_next_free_time(self, clinic: Clinic):
        clinic.do(offering.take_time_off, offering.Absence(tuesday("00:00"), tuesday("12:00"), clinic.priya))
        clinic.do(offering.set_hours, clinic.jonas, (*((),) * 6, (Window(600, 700),)))
        found = {one.staff.name: one.starts_at for one in clinic.ask(queries.next_free, clinic.peel)}
        assert found == {
            "Jonas Lindqvist": datetime(2026, 11, 29, 10, tzinfo=UTC),
            "Priya Raman": datetime(2026, 11, 23, 10, tzinfo=UTC),
        }

    def test_bad_questions_are_refused(self, clinic: Clinic, elsewhere: Clinic):
        for wanted in (
            SlotSearch(clinic.peel, TUESDAY, 0), SlotSearch(clinic.peel, TUESDAY, 63), SlotSearch(clinic.peel, date.max),
            SlotSearch(clinic.peel, date.min), SlotSearch(clinic.peel, TUESDAY, zone="Mars/Base"),
        ):  # fmt: skip
            with pytest.raises(Invalid):
                clinic.ask(queries.slots_on, wanted)
        for wanted in (SlotSearch(999, TUESDAY), SlotSearch(clinic.peel, TUESDAY, staff_id=999)):
            with pytest.raises(NotFound):
                clinic.ask(queries.slots_on, wanted)
        with pytest.raises(NotFound):
            elsewhere.ask(queries.slots_on, SlotSearch(clinic.peel, TUESDAY))
        with pytest.raises(NotFound):
            elsewhere.ask(queries.slots_on, SlotSearch(elsewhere.peel, TUESDAY, staff_id=clinic.priya))


class TestCalendars:
    def test_the_agenda_shows_a_stretch_of_the_calendar_in_order(self, clinic: Clinic, clock):
        late, early = (
            clinic.booked(tuesday("15:00"), staff_id=clinic.priya),
            clinic.booked(tuesday("09:00"), service_id=clinic.cut),
        )
        rows = clinic.ask(queries.agenda, WEEK)
        assert [row.id for row in rows] == [early, late]
        assert (rows[0].service, rows[0].staff, rows[0].contact, rows[0].status) == (
            "Cut",
            "Jonas Lindqvist",
            "Nora Vance",
            S.PENDING,
        )
        assert rows[0].next_statuses == (S.CONFIRMED, S.CANCELLED)
        only_priya = AgendaFilter(WEEK.from_at, WEEK.to_at, staff_id=clinic.priya)
        assert [row.id for row in clinic.ask(queries.agenda, only_priya)] == [late]
        pending = AgendaFilter(WEEK.from_at, WEEK.to_at, statuses=frozenset({S.PENDING}))
        assert [row.id for row in clinic.ask(queries.agenda, pending)] == [early]
        assert clinic.ask(queries.agenda, AgendaFilter(tuesday("09:15"), tuesday("15:00"))) == ()
        with pytest.raises(Invalid):
            clinic.ask(queries.agenda, AgendaFilter(tuesday("09:00"), tuesday("09:00") + timedelta(days=90)))

    def test_a_contacts_bookings_come_latest_first(self, clinic: Clinic):
        first, second = clinic.booked(tuesday("09:00")), clinic.booked(tuesday("15:00"))
        contact_id = clinic.card(first).contact_id
        assert [row.id for row in clinic.ask(queries.bookings_of_contact, contact_id)] == [second, first]

    def test_the_load_counts_visits_that_take_time(self, clinic: Clinic):
        kept, gone = clinic.booked(tuesday("09:00")), clinic.booked(tuesday("15:00"))
        clinic.do(service.cancel, gone)
        assert clinic.ask(queries.day_load, TUESDAY, 2) == (DayLoad(TUESDAY, 1, 45), DayLoad(WEDNESDAY, 0, 0))
        other = next(one for one in (clinic.priya, clinic.jonas) if one != clinic.card(kept).staff_id)
        assert clinic.ask(queries.day_load, TUESDAY, 1, other) == (DayLoad(TUESDAY, 0, 0),)

    def test_a_card_says_what_may_be_done_now(self, clinic: Clinic, clock):
        mine = clinic.booked(tuesday("10:00"))
        card = clinic.card(mine)
        assert (card.next_statuses, card.may_move, card.may_cancel) == ((S.CANCELLED,), True, True)
        assert (card.customer_may, card.change_deadline) == ("change", tuesday("10:00"))
        clock.move_to(tuesday("10:20"))
        card = clinic.card(mine)
        assert card.next_statuses == (S.CHECKED_IN, S.COMPLETED, S.NO_SHOW, S.CANCELLED)
        assert (card.customer_may, card.policy) == ("no_more", "This visit can no longer be changed.")

    def test_the_history_names_what_happened_and_who_did_it(self, clinic: Clinic, clock):
        mine = clinic.booked(tuesday("10:00"))
        clinic.moved(mine, tuesday("12:00"))
        clinic.do(service.cancel, mine)
        rows = [row for row in clinic.ask(queries.booking_history, mine) if row.name.startswith("booking.")]
        assert [(row.name, row.by) for row in rows] == [
            ("booking.requested", "customer"), ("booking.confirmed", "customer"),
            ("booking.rescheduled", "Olivia Owner"), ("booking.cancelled", "Olivia Owner"),
        ]  # fmt: skip

    def test_another_business_sees_nothing(self, clinic: Clinic, elsewhere: Clinic):
        mine = clinic.booked(tuesday("10:00"))
        assert elsewhere.ask(queries.agenda, WEEK) == ()
        assert elsewhere.ask(queries.bookings_of_contact, clinic.card(mine).contact_id) == ()
        assert elsewhere.ask(queries.booking_history, mine) == ()
        assert sum(day.visits for day in elsewhere.ask(queries.day_load, TUESDAY)) == 0


BOOKED = """
    with person as (
        insert into contact (workspace_id, name, source, stage, created_at)
        values (:workspace, 'Busy', 'test', 'new', now()) returning id)
    insert into booking (workspace_id, reference, service_id, contact_id, staff_id, starts_at, ends_at, time_zone, wall_start,
        status, revision, given_name, given_email, given_phone, note, source, booked_by, idempotency_key, fingerprint,
        created_at, cancel_reason)
    select :workspace, 'R' || n, :service, person.id, :first + n % 10, at, at + interval '45 min', 'Europe/London', '',
        'confirmed', 1, '', '', '', '', 'test', '', 'k' || n, '', now(), ''
    from person, generate_series(0, 1999) n, lateral (
        select timestamptz '2026-11-23 09:00Z' + (n / 90) * interval '1 day' + (n / 10 % 9) * interval '45 min' as at) clock
"""
TAKEN = """
    insert into allocation (workspace_id, booking_id, resource_id, lane, from_at, until_at, active)
    select workspace_id, id, staff_id, 0, starts_at, ends_at, true from booking
"""


@pytest.fixture
def busy_clinic(clinic: Clinic) -> Clinic:
    """Ten calendars with two thousand bookings in the next three weeks, all for one service."""
    staff = [clinic.do(offering.add_calendar, CalendarDraft(f"Colleague {number}")) for number in range(10)]
    facial = clinic.do(offering.add_service, ServiceDraft("Facial", 45, staff_ids=tuple(staff)))
    values = {"workspace": clinic.owner.workspace_id, "first": staff[0], "service": facial}

    for statement in (BOOKED, TAKEN):
        clinic.do(lambda session, _, statement=statement: session.execute(text(statement), values))
    with db.engine().begin() as connection:
        connection.execute(text("analyze"))
    return clinic


def test_free_times_of_a_full_month_cost_little_more_than_of_an_empty_one(
    busy_clinic: Clinic, capsys: pytest.CaptureFixture[str]
):
    """10 calendars with 2,000 bookings in three weeks, against the same days without any; both measured in this run."""
    facial = busy_clinic.ask(queries.agenda, WEEK)[0].service_id
    full, empty = SlotSearch(facial, TUESDAY, 24), SlotSearch(facial, TUESDAY + timedelta(days=35), 24)
    took = {search: [] for search in (full, empty)}
    for search in [full, empty] * 9:
        started = time.perf_counter()
        days = busy_clinic.ask(queries.slots_on, search)
        took[search].append((time.perf_counter() - started) * 1000)
        assert sum(len(day.slots) for day in days) > 50
    busy, free = min(took[full]), min(took[empty])
    with capsys.disabled():
        print(
            f"\n24 days x 10 calendars: {busy:.0f} ms with 2,000 bookings, {free:.0f} ms without, ratio {busy / free:.1f}"
        )
    assert busy / free < 8


def test_busy_times_are_read_by_index_under_row_level_security(busy_clinic: Clinic):
    def plan(session, scope) -> str:
        session.execute(text("set local enable_seqscan = off"))
        wanted = offer(session, scope.workspace_id, busy_clinic.peel)
        bound = _bound(wanted, Span(tuesday("00:00"), tuesday("23:00")), NOTHING) | {"resources": "{1,2,3}"}
        return "\n".join(row[0] for row in db.rows(session, f"explain {_TAKEN}", bound))

    found = busy_clinic.ask(plan)
    assert "ix_allocation_taken" in found, found
    assert "from_at >=" in found.split("Index Cond")[1]
