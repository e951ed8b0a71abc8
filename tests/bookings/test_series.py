"""A series: every date looked at first, then all of it or nothing; told once, changed together or one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import select

from careops_app.bookings import group_changes, group_rows, offering, series
from careops_app.bookings.group_changes import GroupMove, Reach
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.models import Booking, BookingStatus, GroupKind
from careops_app.bookings.offering import Absence, ServiceDraft
from careops_app.bookings.recurring import Every, Rhythm
from careops_app.bookings.series import Instead, SeriesBooking, SeriesDay, SeriesWish
from careops_app.bookings.spans import Window
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.infra import db
from careops_app.workspace.access import Actor
from tests.bookings.clinic import Clinic, tuesday

NORA = ForWhom("Nora Vance", "nora@example.com")
WEEKLY = Rhythm(Every.WEEK, 1, visits=4)
TEN = datetime.combine(date(2026, 11, 24), time(10))


def wish(clinic: Clinic, **changes: object) -> SeriesWish:
    """A peel by Priya, every Tuesday at ten, four times."""
    return replace(SeriesWish(clinic.peel, TEN, WEEKLY, clinic.priya), **changes)


def saved(clinic: Clinic, key: str = "series-1", instead: tuple[Instead, ...] = (), **changes: object) -> SeriesBooking:
    return SeriesBooking(wish(clinic, **changes), NORA, key, instead)


def by_visitor(clinic: Clinic, wanted: SeriesBooking) -> int:
    return db.transact_now(series.book_series, clinic.owner.workspace_id, wanted)


def preview(clinic: Clinic, scope: Actor | int | None = None, **changes: object) -> tuple[SeriesDay, ...]:
    return db.fetch_now(series.preview_series, scope or clinic.owner.workspace_id, wish(clinic, **changes))


def rows(clinic: Clinic) -> list[Booking]:
    return clinic.ask(lambda session, _: list(session.exec(select(Booking).order_by(Booking.starts_at))))


def starts(clinic: Clinic) -> list[str]:
    return [f"{row.starts_at:%d %b %H:%M}" for row in rows(clinic)]


@pytest.fixture
def yearly(clinic: Clinic) -> Clinic:
    """The same clinic, booked up to a year and a half ahead, open on Sunday nights too."""
    draft = ServiceDraft(
        "Peel treatment", 45, buffer_after_minutes=15, horizon_days=540, staff_ids=(clinic.priya, clinic.jonas)
    )
    clinic.do(offering.edit_service, clinic.peel, draft)
    always = ((Window(0, 1440),),) * 7
    clinic.do(offering.set_hours, None, always)
    return clinic


def test_every_date_says_who_is_free(clinic: Clinic):
    found = preview(clinic, staff_id=None)
    assert [day.day for day in found] == [date(2026, 11, 24) + timedelta(weeks=n) for n in range(4)]
    assert all(day.is_free and len(day.staff) == 2 for day in found)


def test_a_taken_date_is_named_with_the_nearest_times_of_that_day(clinic: Clinic):
    taken = tuesday("10:00") + timedelta(weeks=1)
    clinic.booked(taken, staff_id=clinic.priya)
    found = preview(clinic)
    assert [day.is_free for day in found] == [True, False, True, True]
    assert found[1].problem == "Tue 1 December 2026, 10:00 GMT is not free any more."
    assert [f"{one:%d %H:%M}" for one in found[1].nearest] == ["01 09:00", "01 11:00", "01 11:15"]
    assert preview(clinic, staff_id=None)[1].staff[0].id == clinic.jonas


def test_what_is_listed_as_free_is_accepted_and_the_reverse(clinic: Clinic):
    clinic.booked(tuesday("10:00") + timedelta(weeks=2), staff_id=clinic.priya)
    free = [day for day in preview(clinic) if day.is_free]
    left_out = tuple(Instead(day.day, None) for day in preview(clinic) if not day.is_free)
    by_visitor(clinic, saved(clinic, instead=left_out))
    mine = [row for row in rows(clinic) if row.group_id is not None]
    assert [row.starts_at for row in mine] == [day.starts_at for day in free]
    with pytest.raises(Refused, match="8 December 2026, 10:00 GMT"):
        by_visitor(clinic, saved(clinic, "series-2", first=TEN + timedelta(weeks=2)))


def test_a_closed_day_and_one_beyond_the_horizon_are_conflicts_without_times(clinic: Clinic):
    closed = tuesday("00:00") + timedelta(weeks=1)
    clinic.do(offering.take_time_off, Absence(closed, closed + timedelta(days=1)))
    found = preview(clinic, rhythm=Rhythm(Every.WEEK, 1, visits=12))
    assert found[1].problem.endswith("is outside the opening hours.") and found[1].nearest == ()
    assert found[-1].problem == "Tue 9 February 2027, 10:00 GMT is too far away: bookings open 60 days ahead."


def test_the_wall_time_is_kept_when_the_clocks_change(yearly: Clinic):
    first = datetime.combine(date(2027, 3, 23), time(10))
    by_visitor(yearly, saved(yearly, first=first, rhythm=Rhythm(Every.WEEK, 1, visits=2)))
    assert starts(yearly) == ["23 Mar 10:00", "30 Mar 09:00"]
    assert [row.wall_start for row in rows(yearly)] == ["2027-03-23T10:00", "2027-03-30T10:00"]


def test_a_time_that_the_clocks_skip_is_a_conflict_with_valid_neighbours(yearly: Clinic):
    first = datetime.combine(date(2027, 3, 21), time(1, 30))
    skipped = wish(yearly, first=first, rhythm=Rhythm(Every.WEEK, 1, visits=2))
    found = preview(yearly, first=first, rhythm=skipped.rhythm)
    assert found[1].problem == (
        "The clocks go forward on Sun 28 March 2027 and skip 01:30. Choose a time before 01:00, or 02:00 or later."
    )
    assert found[1].starts_at is None
    assert [f"{one:%H:%M}" for one in found[1].nearest] == ["01:15", "01:30", "01:45"]
    with pytest.raises(Refused, match="skip 01:30") as refused:
        by_visitor(yearly, SeriesBooking(skipped, NORA, "series-1"))
    assert refused.value.code == "no_such_time" and rows(yearly) == []
    by_visitor(yearly, SeriesBooking(skipped, NORA, "series-1", (Instead(date(2027, 3, 28), found[1].nearest[0]),)))
    assert starts(yearly) == ["21 Mar 01:30", "28 Mar 01:15"]


def test_all_dates_become_bookings_of_one_group_for_one_contact(clinic: Clinic):
    group_id = by_visitor(clinic, saved(clinic))
    mine = rows(clinic)
    assert {(row.group_id, row.contact_id, row.staff_id, row.status) for row in mine} == {
        (group_id, mine[0].contact_id, clinic.priya, BookingStatus.CONFIRMED)
    }
    card = clinic.ask(group_rows.group_of, mine[2].id)
    assert (card.kind, card.number, len(card.rows)) == (GroupKind.SERIES, 3, 4)
    assert all(row.is_ahead for row in card.rows)


def test_other_starts_and_left_out_dates_are_taken_as_chosen(clinic: Clinic):
    moved = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
    by_visitor(clinic, saved(clinic, instead=(Instead(date(2026, 12, 1), moved), Instead(date(2026, 12, 8), None))))
    assert starts(clinic) == ["24 Nov 10:00", "01 Dec 14:00", "15 Dec 10:00"]


def test_one_taken_date_refuses_the_whole_series_and_writes_nothing(clinic: Clinic):
    clinic.booked(tuesday("10:00") + timedelta(weeks=3), staff_id=clinic.priya, email="else@example.com")
    with pytest.raises(Refused) as refused:
        by_visitor(clinic, saved(clinic))
    assert refused.value.code == "slot_taken" and "15 December 2026" in str(refused.value)
    assert len(refused.value.nearest) == 3 and len(rows(clinic)) == 1


def test_the_same_form_twice_is_one_series_and_changed_it_is_refused(clinic: Clinic):
    first = by_visitor(clinic, saved(clinic))
    assert by_visitor(clinic, saved(clinic)) == first and len(rows(clinic)) == 4
    with pytest.raises(Refused) as refused:
        by_visitor(clinic, saved(clinic, instead=(Instead(date(2026, 12, 15), None),)))
    assert refused.value.code == "key_reused" and len(rows(clinic)) == 4


def test_staff_book_a_series_by_name_only_for_one_new_contact(clinic: Clinic):
    clinic.do(series.book_series, SeriesBooking(wish(clinic, staff_id=None), ForWhom("Walk In"), "staff-series"))
    assert len({row.contact_id for row in rows(clinic)}) == 1 and len(rows(clinic)) == 4
    assert {row.booked_by for row in rows(clinic)} == {"Olivia Owner"}


def test_staff_are_not_bound_to_notice_and_horizon(clinic: Clinic):
    yearly = Rhythm(Every.WEEK, 1, visits=52)
    assert not all(day.is_free for day in preview(clinic, rhythm=yearly))
    assert all(day.is_free for day in preview(clinic, clinic.owner, rhythm=yearly))
    clinic.do(series.book_series, saved(clinic, rhythm=yearly))
    assert len(rows(clinic)) == 52


@pytest.mark.parametrize(
    ("instead", "field"),
    [
        ((Instead(date(2026, 11, 25), None),), "instead"),
        (tuple(Instead(date(2026, 11, 24) + timedelta(weeks=n), None) for n in range(4)), "instead"),
        ((Instead(date(2026, 11, 24), TEN),), "starts_at"),
    ],
)
def test_choices_that_cannot_be_meant_are_refused(clinic: Clinic, instead: tuple[Instead, ...], field: str):
    with pytest.raises(Invalid) as problem:
        by_visitor(clinic, saved(clinic, instead=instead))
    assert list(problem.value.fields) == [field] and rows(clinic) == []


def test_other_peoples_ids_and_long_keys_are_refused(clinic: Clinic, elsewhere: Clinic):
    with pytest.raises(NotFound):
        by_visitor(clinic, saved(clinic, service_id=elsewhere.peel))
    with pytest.raises(NotFound):
        preview(clinic, staff_id=elsewhere.priya)
    with pytest.raises(Invalid):
        by_visitor(clinic, saved(clinic, key="k" * 198))
    with pytest.raises(Invalid):
        preview(clinic, first=tuesday("10:00"))


# --- several at once --------------------------------------------------------------------------------------------------


def test_cancelling_this_and_later_keeps_what_was_before(clinic: Clinic):
    by_visitor(clinic, saved(clinic))
    third = rows(clinic)[2].id
    assert clinic.do(group_changes.cancel_several, third, Reach.LATER, "Priya moves away") == 2
    assert [row.status for row in rows(clinic)] == ["confirmed", "confirmed", "cancelled", "cancelled"]
    assert rows(clinic)[3].cancel_reason == "Priya moves away"


def test_cancelling_all_leaves_visits_that_are_over(clinic: Clinic, clock):
    by_visitor(clinic, saved(clinic))
    clock.move_to(tuesday("12:00"))
    assert clinic.do(group_changes.cancel_several, rows(clinic)[3].id, Reach.ALL) == 3
    assert [row.status for row in rows(clinic)] == ["confirmed", *["cancelled"] * 3]
    with pytest.raises(Refused):
        clinic.do(group_changes.cancel_several, rows(clinic)[3].id, Reach.ALL)


@pytest.mark.parametrize("weeks", [1, -1])
def test_all_move_by_as_much_even_onto_each_others_times(clinic: Clinic, weeks: int):
    by_visitor(clinic, saved(clinic, first=TEN + timedelta(weeks=2)))
    first = rows(clinic)[0]
    moved = GroupMove(first.id, Reach.ALL, TEN + timedelta(weeks=2 + weeks))
    assert clinic.do(group_changes.move_several, moved) == 4
    assert [row.starts_at for row in rows(clinic)] == [
        tuesday("10:00") + timedelta(weeks=2 + weeks + n) for n in range(4)
    ]
    assert {row.revision for row in rows(clinic)} == {2}


def test_moving_later_ones_keeps_the_wall_time_and_may_change_the_person(yearly: Clinic):
    first = datetime.combine(date(2027, 3, 16), time(10))
    by_visitor(yearly, saved(yearly, first=first))
    second = rows(yearly)[1].id
    moved = GroupMove(second, Reach.LATER, datetime.combine(date(2027, 3, 24), time(15)), yearly.jonas)
    yearly.do(group_changes.move_several, moved)
    assert [row.wall_start for row in rows(yearly)] == [
        "2027-03-16T10:00", "2027-03-24T15:00", "2027-03-31T15:00", "2027-04-07T15:00",
    ]  # fmt: skip
    assert [row.staff_id for row in rows(yearly)] == [yearly.priya, *[yearly.jonas] * 3]


def test_when_one_cannot_move_none_does(clinic: Clinic):
    by_visitor(clinic, saved(clinic))
    clinic.booked(tuesday("15:00") + timedelta(weeks=2), staff_id=clinic.priya, email="else@example.com")
    before = [(row.id, row.starts_at) for row in rows(clinic)]
    move = GroupMove(rows(clinic)[0].id, Reach.ALL, TEN.replace(hour=15), clinic.priya)
    with pytest.raises(Refused, match="8 December 2026, 15:00 GMT"):
        clinic.do(group_changes.move_several, move)
    assert [(row.id, row.starts_at) for row in rows(clinic)] == before


def test_a_series_that_waits_is_approved_at_once(clinic: Clinic):
    by_visitor(clinic, saved(clinic, service_id=clinic.cut, staff_id=None))
    assert {row.status for row in rows(clinic)} == {"pending"}
    assert clinic.do(group_changes.confirm_several, rows(clinic)[1].id) == 4
    assert {row.status for row in rows(clinic)} == {"confirmed"}


def test_only_who_may_manage_bookings_changes_several(clinic: Clinic):
    by_visitor(clinic, saved(clinic))
    stranger = replace(clinic.owner, permissions=frozenset())
    for command, wanted in (
        (group_changes.cancel_several, (rows(clinic)[0].id, Reach.ALL)),
        (group_changes.confirm_several, (rows(clinic)[0].id,)),
        (group_changes.move_several, (GroupMove(rows(clinic)[0].id, Reach.ALL, TEN),)),
    ):
        with pytest.raises(Forbidden):
            db.transact_now(command, stranger, *wanted)


def test_a_booking_made_alone_has_no_group(clinic: Clinic):
    booking_id = clinic.booked(tuesday("10:00"))
    assert clinic.ask(group_rows.group_of, booking_id) is None
    with pytest.raises(Refused):
        clinic.do(group_changes.cancel_several, booking_id, Reach.ALL)
