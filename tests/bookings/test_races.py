"""Many at once: one wins, nothing overlaps, nothing is half done; and without the guarantees the same race goes wrong."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from careops_app.bookings import making, placing, service
from careops_app.bookings.service import Move
from careops_app.errors import Refused
from tests.bookings.clinic import Clinic, tuesday

VISITORS = 40

OVERLAPS = """
    select count(*) from allocation a join allocation b on a.resource_id = b.resource_id and a.lane = b.lane
       and a.id < b.id and a.active and b.active and a.during && b.during
"""
HALF_DONE = """
    select count(*) from booking b where booking_occupies(b.status) and 1 <> (
        select count(*) from allocation a where a.booking_id = b.id and a.active and a.resource_id = b.staff_id
           and a.from_at = b.starts_at and a.until_at >= b.ends_at)
"""


def count(clinic: Clinic, statement: str) -> int:
    return clinic.ask(lambda session, _: session.execute(text(statement)).scalar())


def all_at_once(tasks: list[Callable[[], object]]) -> list[object]:
    """The results of all, started together; refusals are results too."""
    start = Barrier(len(tasks))

    def attempt(task: Callable[[], object]) -> object:
        start.wait()
        try:
            return task()
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(attempt, tasks))


def meeting(act: Callable[..., Any], together: int, first: int) -> Callable[..., Any]:
    """`act`, whose first callers wait for each other once they have done it, so many `together`: none is before another."""
    calls, met = itertools.count(), Barrier(together)

    def done(*args: Any, **named: Any) -> Any:
        result = act(*args, **named)
        if next(calls) < first:
            met.wait(60)
        return result

    return done


def forty_for_one_slot(clinic: Clinic) -> tuple[list[object], list[Refused]]:
    wishes = [
        clinic.wish(tuesday("10:00"), staff_id=clinic.priya, email=f"visitor{number}@example.com")
        for number in range(VISITORS)
    ]
    results = all_at_once([lambda wish=wish: clinic.request(wish) for wish in wishes])
    return [one for one in results if isinstance(one, int)], [one for one in results if isinstance(one, Refused)]


def test_forty_visitors_want_one_slot_and_one_gets_it(clinic: Clinic):
    won, refused = forty_for_one_slot(clinic)
    assert (len(won), len(refused)) == (1, VISITORS - 1)
    assert {one.code for one in refused} == {"slot_taken"}
    assert all(len(one.nearest) == 3 for one in refused)
    assert (count(clinic, OVERLAPS), count(clinic, HALF_DONE)) == (0, 0)
    assert count(clinic, "select count(*) from contact") == 1


def test_forty_visitors_and_two_who_can_give_it_make_two_bookings(clinic: Clinic):
    wishes = [clinic.wish(tuesday("10:00"), email=f"visitor{number}@example.com") for number in range(VISITORS)]
    results = all_at_once([lambda wish=wish: clinic.request(wish) for wish in wishes])
    won = [clinic.card(one).staff_id for one in results if isinstance(one, int)]
    assert sorted(won) == sorted([clinic.priya, clinic.jonas])


def test_one_form_sent_thirty_times_at_once_is_one_booking(clinic: Clinic):
    wanted = clinic.wish(tuesday("10:00"))
    results = all_at_once([lambda: clinic.request(wanted)] * 30)
    assert len(set(results)) == 1 and isinstance(results[0], int)
    assert clinic.events(results[0]) == ["booking.requested", "booking.confirmed"]


def test_the_constraint_alone_keeps_bookings_apart(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(placing, "lock_times", lambda *_: None)
    won, refused = forty_for_one_slot(clinic)
    assert (len(won), len(refused), count(clinic, OVERLAPS)) == (1, VISITORS - 1, 0)


def test_a_writer_that_knows_nothing_of_the_rules_cannot_overlap_either(clinic: Clinic):
    first = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    second = clinic.booked(tuesday("12:00"), staff_id=clinic.priya)
    for statement in (
        "update allocation set from_at = '2026-11-24T10:30Z' where booking_id = :second",
        "insert into allocation (workspace_id, booking_id, resource_id, lane, from_at, until_at, active)"
        " select workspace_id, :second, resource_id, 0, from_at + interval '5 min', until_at, false"
        " from allocation where booking_id = :first",
    ):
        with pytest.raises(IntegrityError, match="ex_allocation_overlap"):
            clinic.do(
                lambda session, _, statement=statement: session.execute(
                    text(statement), {"first": first, "second": second}
                )
            )


def test_without_lock_and_constraint_the_race_is_lost(
    without: Callable[[str], Clinic], monkeypatch: pytest.MonkeyPatch
):
    """Proves that the race above would notice: with both guards off, the slot is sold more than once."""
    unguarded = without("alter table allocation drop constraint ex_allocation_overlap")
    monkeypatch.setattr(placing, "lock_times", lambda *_: None)
    monkeypatch.setattr(making, "find", meeting(making.find, 2, first=2))
    won, _ = forty_for_one_slot(unguarded)
    assert len(won) > 1
    assert count(unguarded, OVERLAPS) > 0


def test_moving_crosswise_leaves_every_booking_with_exactly_one_time(clinic: Clinic):
    """Ten bookings, eighty moves and cancellations at random, all at once: each keeps its old time or gets its new one."""
    hours = [tuesday(f"{hour:02}:00") for hour in range(9, 16)]
    bookings = [clinic.booked(at, staff_id=one) for at in hours[:5] for one in (clinic.priya, clinic.jonas)]
    chance = random.Random(7)

    def change(number: int) -> object:
        booking_id, at = chance.choice(bookings), chance.choice(hours)
        if number % 20 == 0:
            return clinic.do(service.cancel, booking_id)
        return clinic.do(service.reschedule, Move(booking_id, at, chance.choice([None, clinic.priya, clinic.jonas])))

    results = [
        one for _ in range(4) for one in all_at_once([lambda number=number: change(number) for number in range(20)])
    ]
    assert any(one is None for one in results) and any(isinstance(one, Refused) for one in results)
    assert (count(clinic, OVERLAPS), count(clinic, HALF_DONE)) == (0, 0)
    assert count(clinic, "select count(*) from allocation") == len(bookings)


def test_two_decisions_at_once_are_one_decision(clinic: Clinic):
    for hour in range(9, 16):
        mine = clinic.booked(tuesday(f"{hour:02}:00"), service_id=clinic.cut)
        results = all_at_once(
            [
                lambda mine=mine, act=act: clinic.do(act, mine)
                for act in (service.confirm, service.decline, service.confirm, service.decline)
            ]
        )
        done = [one for one in results if one is None]
        assert len(done) == 1
        assert len(clinic.events(mine)) == 2
