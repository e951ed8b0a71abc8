"""Many at once for the last visit of a day, the last piece of an item, the last lane; and without the lock that counts."""

from __future__ import annotations

from datetime import datetime

import pytest

from careops_app.bookings import making, placing, service, supplies
from careops_app.errors import Refused
from careops_app.inventory import queries as inventory
from careops_app.inventory.models import ShortagePolicy
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.equipped import all_of, any_of, machine, number, offered, room, stocked
from tests.bookings.test_races import all_at_once, meeting

TEN = tuesday("10:00")
STARTS = [tuesday(f"{hour:02}:00") for hour in range(9, 17)]
LANES_TWICE = """
    select count(*) from allocation a join allocation b on a.resource_id = b.resource_id and a.lane = b.lane
       and a.id < b.id and a.active and b.active and a.during && b.during
"""


def rush(clinic: Clinic, service_id: int, starts: list[datetime]) -> tuple[int, set[str]]:
    """Both people are wanted at each start, all at once: how many got one, and the codes of the others."""
    wishes = [
        clinic.wish(at, service_id=service_id, staff_id=staff_id, email=f"visitor{index}@example.com")
        for index, (at, staff_id) in enumerate((at, one) for at in starts for one in (clinic.priya, clinic.jonas))
    ]
    results = all_at_once([lambda wish=wish: clinic.request(wish) for wish in wishes])
    won = [one for one in results if isinstance(one, int)]
    return len(won), {one.code for one in results if isinstance(one, Refused)}


@pytest.mark.parametrize(("cap", "code"), [("daily_cap", "day_full"), ("weekly_cap", "week_full")])
def test_as_many_as_the_cap_allows_get_in_though_all_times_are_free(clinic: Clinic, cap: str, code: str):
    few = offered(clinic, "Few", 30, **{cap: 3})
    assert rush(clinic, few, STARTS) == (3, {code})


def test_without_the_lock_the_cap_is_passed(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(placing, "lock_times", lambda *_: None)
    monkeypatch.setattr(making, "find", meeting(making.find, 4, first=4))
    won, _ = rush(clinic, offered(clinic, "Few", 30, daily_cap=3), STARTS)
    assert won > 3


def drift(clinic: Clinic) -> tuple[object, ...]:
    return clinic.ask(inventory.drift)


def test_the_last_pieces_go_to_as_many_as_there_are(clinic: Clinic):
    care = offered(clinic, "Care", 30)
    stocked(clinic, care, 3, ShortagePolicy.HIDE)
    assert rush(clinic, care, STARTS) == (3, {"no_stock"})
    assert number(clinic, "select reserved::int from item") == 3 and drift(clinic) == ()


def test_with_approval_all_get_in_and_as_many_as_there_are_pieces_at_once(clinic: Clinic):
    care = offered(clinic, "Care", 30)
    stocked(clinic, care, 3, ShortagePolicy.APPROVE)
    won, codes = rush(clinic, care, STARTS)
    assert (won, codes) == (16, set())
    assert number(clinic, "select count(*) from booking where status = 'confirmed'") == 3
    assert number(clinic, "select count(*) from booking where status = 'pending'") == 13


def test_without_the_lock_of_the_item_its_last_pieces_are_promised_twice(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    care = offered(clinic, "Care", 30)
    stocked(clinic, care, 3, ShortagePolicy.HIDE)
    look = meeting(supplies.supply, 2, first=4)
    monkeypatch.setattr(supplies, "supply", lambda *about, lock=False: look(*about))
    won, _ = rush(clinic, care, STARTS)
    assert won > 3


def test_rooms_and_machines_are_never_taken_twice(clinic: Clinic):
    """Services that need the same things in other orders: each visit has all it needs or does not exist; no deadlock."""
    hall, lasers = room(clinic, "Hall", 2), (machine(clinic, "Laser A"), machine(clinic, "Laser B"))
    kinds = [
        offered(clinic, "Hall first", needs=(any_of(hall), any_of(*lasers))),
        offered(clinic, "Laser first", needs=(any_of(*lasers), all_of(hall))),
        offered(clinic, "All", needs=(all_of(*lasers),)),
    ]
    before = number(clinic, "select deadlocks from pg_stat_database where datname = current_database()")
    wishes = [
        clinic.wish(at, service_id=kinds[turn % 3], email=f"visitor{turn}@example.com")
        for turn, at in enumerate([TEN, TEN, tuesday("10:30"), tuesday("11:00")] * 9)
    ]
    results = all_at_once([lambda wish=wish: clinic.request(wish) for wish in wishes])
    won = [one for one in results if isinstance(one, int)]
    assert won and number(clinic, LANES_TWICE) == 0
    short_of_something = """
        select count(*) from booking b where booking_occupies(b.status) and 3 <> (
            select count(*) from allocation a where a.booking_id = b.id and a.active)
    """
    assert number(clinic, short_of_something) == 0
    assert number(clinic, "select deadlocks from pg_stat_database where datname = current_database()") == before


def test_who_cancels_and_who_wants_the_piece_at_the_same_moment(clinic: Clinic):
    care = offered(clinic, "Care", 30)
    stocked(clinic, care, 1, ShortagePolicy.HIDE)
    for at in STARTS[:4]:
        mine = clinic.booked(at, service_id=care)
        wishes = [clinic.wish(at, service_id=care, email=f"visitor{each}@example.com") for each in range(6)]
        results = all_at_once(
            [lambda mine=mine: clinic.do(service.cancel, mine), *[lambda w=w: clinic.request(w) for w in wishes]]
        )
        won = [one for one in results if isinstance(one, int)]
        assert len(won) <= 1 and drift(clinic) == ()
        for one in won:
            clinic.do(service.cancel, one)
    assert number(clinic, "select reserved::int from item") == 0
