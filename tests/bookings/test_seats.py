"""Groups: one start, several seats, numbered by the database; the last seat has one winner, and an empty group is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from careops_app.bookings import placing, queries, service
from careops_app.bookings.queries import SlotSearch
from careops_app.errors import Refused
from tests.bookings.clinic import Clinic, tuesday
from tests.bookings.equipped import any_of, held, later, number, offered, room, rows
from tests.bookings.test_races import all_at_once, meeting

TEN = tuesday("10:00")
VISITORS = 30
SESSIONS, SEATS = "select count(*) from group_session", "select count(*) from seat"
OF_SESSIONS = "select count(*) from allocation where session_id is not null and active"


def yoga(clinic: Clinic, capacity: int = 3, **draft) -> int:
    return offered(clinic, "Yoga", capacity=capacity, **({"staff_ids": (clinic.priya,)} | draft))


def left(clinic: Clinic, group: int, at=TEN) -> int:
    """Seats that are offered for this start; none when it is not offered."""
    (day,) = clinic.ask(queries.slots_on, SlotSearch(group, at.date()))
    return next((slot.seats_left for slot in day.slots if slot.starts_at == at), 0)


def test_seats_go_one_by_one_and_by_parties_until_there_are_none(clinic: Clinic):
    group = yoga(clinic, 4)
    assert left(clinic, group) == 4
    clinic.booked(TEN, service_id=group, seats=2)
    assert (left(clinic, group), number(clinic, SESSIONS), number(clinic, OF_SESSIONS)) == (2, 1, 1)
    with pytest.raises(Refused) as no:
        clinic.booked(TEN, service_id=group, seats=3)
    assert no.value.code == "no_seats" and all(start != TEN for start in no.value.nearest)
    assert "10:00" not in clinic.free(TEN, service_id=group, seats=3)
    for _ in range(2):
        clinic.booked(TEN, service_id=group)
    assert left(clinic, group) == 0 and "10:00" not in clinic.free(TEN, service_id=group)
    assert rows(clinic, "select seat_no from seat order by 1") == [(1,), (2,), (3,), (4,)]


def test_a_party_larger_than_any_group_is_refused_everywhere(clinic: Clinic):
    group = yoga(clinic)
    with pytest.raises(Refused) as no:
        clinic.booked(TEN, service_id=group, seats=4)
    assert no.value.code == "no_seats"
    assert clinic.free(TEN, service_id=group, seats=4) == []


def test_a_started_group_is_filled_before_another_begins(clinic: Clinic):
    group = yoga(clinic, 3, staff_ids=(clinic.priya, clinic.jonas))
    first = clinic.card(clinic.booked(TEN, service_id=group)).staff_id
    assert {clinic.card(clinic.booked(TEN, service_id=group)).staff_id for _ in range(2)} == {first}
    assert clinic.card(clinic.booked(TEN, service_id=group)).staff_id != first
    assert (number(clinic, SESSIONS), number(clinic, SEATS)) == (2, 4)


def test_a_group_takes_its_person_and_room_from_other_services(clinic: Clinic):
    hall = room(clinic, "Hall")
    group = yoga(clinic, needs=(any_of(hall),))
    care = offered(clinic, "Care", needs=(any_of(hall),), staff_ids=(clinic.jonas,))
    visit = clinic.booked(TEN, service_id=group)
    for wish, code in [({"staff_id": clinic.priya}, "slot_taken"), ({"service_id": care}, "no_resource")]:
        with pytest.raises(Refused) as no:
            clinic.booked(later(TEN, 30), **wish)
        assert no.value.code == code
    clinic.do(service.cancel, visit)
    clinic.booked(later(TEN, 30), service_id=care)


def test_a_group_ends_with_its_last_seat_and_frees_all_it_took(clinic: Clinic):
    group = yoga(clinic)
    one, two = (clinic.booked(TEN, service_id=group) for _ in range(2))
    clinic.do(service.cancel, one)
    assert (number(clinic, SESSIONS), left(clinic, group)) == (1, 2)
    clinic.do(service.cancel, two)
    assert [number(clinic, question) for question in (SESSIONS, SEATS, "select count(*) from allocation")] == [0, 0, 0]
    clinic.booked(TEN, staff_id=clinic.priya)


def test_who_moves_leaves_the_seat_and_takes_another(clinic: Clinic):
    group = yoga(clinic, 2)
    one = clinic.booked(TEN, service_id=group)
    clinic.booked(TEN, service_id=group)
    clinic.moved(one, later(TEN, 120))
    assert (left(clinic, group), left(clinic, group, later(TEN, 120))) == (1, 1)
    clinic.moved(one, TEN)
    assert (left(clinic, group), number(clinic, SESSIONS)) == (0, 1)


def test_a_held_seat_counts_until_the_hold_ends(clinic: Clinic, clock):
    group = yoga(clinic, 2)
    held(clinic, group, TEN, seats=1)
    clinic.booked(TEN, service_id=group)
    assert left(clinic, group) == 0
    clock.advance(minutes=11)
    assert left(clinic, group) == 1
    clinic.booked(TEN, service_id=group)
    assert number(clinic, SEATS) == 2


def test_a_group_counts_once_for_a_cap(clinic: Clinic):
    group = yoga(clinic, 3, daily_cap=1)
    clinic.booked(TEN, service_id=group)
    clinic.booked(TEN, service_id=group)
    with pytest.raises(Refused) as no:
        clinic.booked(later(TEN, 120), service_id=group)
    assert no.value.code == "day_full"
    assert clinic.free(TEN, service_id=group) == ["10:00"]


def test_more_seats_later_are_offered_of_groups_to_come(clinic: Clinic):
    """A group that has begun keeps the seats it was opened with; the database ties its seats to that number."""
    group = yoga(clinic, 2)
    clinic.booked(TEN, service_id=group, seats=2)
    with pytest.raises(IntegrityError, match="seat"):
        clinic.do(lambda session, _: session.execute(text("update group_session set capacity = 1")))
    assert left(clinic, group) == 0


def rush(clinic: Clinic, group: int) -> tuple[int, set[str]]:
    """Everybody wants one seat of the same start at once: how many got one, and the codes of the others."""
    wishes = [
        clinic.wish(TEN, service_id=group, name=f"Visitor {each}", email=f"visitor{each}@example.com")
        for each in range(VISITORS)
    ]
    results = all_at_once([lambda wish=wish: clinic.request(wish) for wish in wishes])
    won = [one for one in results if isinstance(one, int)]
    return len(won), {one.code for one in results if isinstance(one, Refused)}


def test_thirty_for_the_last_seats_and_no_more_get_in_than_fit(clinic: Clinic):
    group = yoga(clinic, 5)
    clinic.booked(TEN, service_id=group, seats=2)
    assert rush(clinic, group) == (3, {"no_seats"})
    assert (number(clinic, SEATS), number(clinic, SESSIONS)) == (5, 1)


def test_the_numbered_seats_alone_keep_the_group_within_its_size(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(placing, "lock_times", lambda *_: None)
    group = yoga(clinic, 5)
    won, _ = rush(clinic, group)
    assert 1 <= won <= 5
    assert number(clinic, SEATS) == won


def test_without_lock_and_numbers_the_group_is_sold_over(
    without: Callable[[str], Clinic], monkeypatch: pytest.MonkeyPatch
):
    unguarded = without("alter table seat drop constraint uq_seat_workspace_id_session_id_seat_no")
    group = yoga(unguarded, 5)
    unguarded.booked(TEN, service_id=group)
    monkeypatch.setattr(placing, "lock_times", lambda *_: None)
    monkeypatch.setattr(placing, "_sit_down", meeting(placing._sit_down, 6, first=6))
    won, _ = rush(unguarded, group)
    assert won > 5 and number(unguarded, SEATS) == won + 1


BEYOND = text(
    "insert into seat (workspace_id, session_id, capacity, seat_no, booking_id)"
    " select workspace_id, session_id, capacity, capacity + 1, booking_id from seat limit 1"
)


def test_a_seat_beyond_the_group_cannot_be_written(clinic: Clinic):
    clinic.booked(TEN, service_id=yoga(clinic))
    with pytest.raises(IntegrityError, match="within_capacity"):
        clinic.do(lambda session, _: session.execute(BEYOND))
    larger = text("update seat set capacity = capacity + 1, seat_no = capacity + 1")
    with pytest.raises(IntegrityError, match="fk_seat"):
        clinic.do(lambda session, _: session.execute(larger))


def test_without_the_check_it_can(without: Callable[[str], Clinic]):
    unguarded = without("alter table seat drop constraint ck_seat_within_capacity")
    unguarded.booked(TEN, service_id=yoga(unguarded))
    unguarded.do(lambda session, _: session.execute(BEYOND))
    assert number(unguarded, SEATS) == 2
