"""Series and visits that want the same times at the same moment: all of one or nothing, and nobody sees a deadlock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from careops_app.bookings import group_changes, series, visits
from careops_app.bookings.group_changes import GroupMove, Reach
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.recurring import Every, Rhythm
from careops_app.bookings.series import Instead, SeriesBooking, SeriesWish
from careops_app.bookings.visits import Part, VisitBooking
from careops_app.errors import Refused
from careops_app.infra import db
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.test_races import HALF_DONE, OVERLAPS, all_at_once, count

DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
LEFT_OVER = """
    select count(*) from booking_group g where not exists (select from booking b where b.group_id = g.id)
"""
TEN = datetime.combine(date(2026, 11, 24), time(10))


def crossing(clinic: Clinic, number: int) -> SeriesBooking:
    """Six Tuesdays; every second visitor wants the same dates in the opposite order, one after the other swapped."""
    days = [TEN.date() + timedelta(weeks=n) for n in range(6)]
    starts = [tuesday("10:00") + timedelta(weeks=n) for n in range(6)]
    swapped = starts if number % 2 else starts[::-1]
    return SeriesBooking(
        SeriesWish(clinic.peel, TEN, Rhythm(Every.WEEK, 1, visits=6), clinic.priya),
        ForWhom(f"Visitor {number}", f"visitor{number}@example.com"), f"series-{number}",
        tuple(Instead(day, start) for day, start in zip(days, swapped, strict=True)),
    )  # fmt: skip


def test_twenty_series_in_opposite_orders_make_one(clinic: Clinic):
    before = count(clinic, DEADLOCKS)
    wishes = [crossing(clinic, number) for number in range(20)]
    results = all_at_once(
        [lambda wish=wish: db.transact_now(series.book_series, clinic.owner.workspace_id, wish) for wish in wishes]
    )
    won = [one for one in results if isinstance(one, int)]
    assert len(won) == 1 and all(isinstance(one, Refused) for one in results if one not in won)
    assert count(clinic, "select count(*) from booking") == 6
    assert count(clinic, "select count(*) from contact") == 1
    assert [count(clinic, check) for check in (OVERLAPS, HALF_DONE, LEFT_OVER)] == [0, 0, 0]
    assert count(clinic, DEADLOCKS) == before


def test_one_series_sent_ten_times_at_once_is_one_series(clinic: Clinic):
    wanted = crossing(clinic, 1)
    results = all_at_once([lambda: db.transact_now(series.book_series, clinic.owner.workspace_id, wanted)] * 10)
    assert len(set(results)) == 1 and isinstance(results[0], int)
    assert count(clinic, "select count(*) from booking") == 6


def test_visits_through_the_same_people_crosswise_overlap_nowhere(clinic: Clinic):
    before = count(clinic, DEADLOCKS)
    both = ((Part(clinic.peel, clinic.priya), Part(clinic.cut)), (Part(clinic.cut), Part(clinic.peel, clinic.priya)))

    def wish(number: int) -> VisitBooking:
        at = tuesday("10:00") + timedelta(minutes=15 * (number % 4))
        whom = ForWhom(f"Visitor {number}", f"visitor{number}@example.com")
        return VisitBooking(both[number % 2], at, whom, f"visit-{number}")

    results = all_at_once(
        [lambda n=n: db.transact_now(visits.book_visit, clinic.owner.workspace_id, wish(n)) for n in range(20)]
    )
    won = [one for one in results if isinstance(one, int)]
    assert won and len(won) * 2 == count(clinic, "select count(*) from booking")
    assert [count(clinic, check) for check in (OVERLAPS, HALF_DONE, LEFT_OVER)] == [0, 0, 0]
    assert count(clinic, DEADLOCKS) == before


def test_two_series_that_swap_their_times_move_or_stay_whole(clinic: Clinic):
    """One moves later while the other moves earlier, onto each other's times: each moves as a whole or not at all."""
    at_ten, at_two = (
        db.transact_now(series.book_series, clinic.owner.workspace_id, SeriesBooking(
            SeriesWish(clinic.peel, TEN.replace(hour=hour), Rhythm(Every.WEEK, 1, visits=4), clinic.priya),
            ForWhom(f"At {hour}", f"at{hour}@example.com"), f"series-{hour}",
        ))
        for hour in (10, 14)
    )  # fmt: skip
    first_of = "select min(id) from booking where group_id = {}"
    mine, yours = (count(clinic, first_of.format(group)) for group in (at_ten, at_two))
    moves = [GroupMove(mine, Reach.ALL, TEN.replace(hour=14)), GroupMove(yours, Reach.ALL, TEN.replace(hour=10))]
    results = all_at_once([lambda move=move: clinic.do(group_changes.move_several, move) for move in moves])
    assert all(one == 4 or isinstance(one, Refused) for one in results)
    per_group = "select count(distinct starts_at::time) from booking where group_id = {}"
    assert [count(clinic, per_group.format(group)) for group in (at_ten, at_two)] == [1, 1]
    assert [count(clinic, check) for check in (OVERLAPS, HALF_DONE)] == [0, 0]
