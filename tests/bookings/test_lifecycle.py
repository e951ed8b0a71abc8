"""The life of bookings and held times against a bitmap of minutes: whatever staff and customers do, in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import select

from careops_app.bookings import holding, service
from careops_app.bookings.holding import HoldRequest
from careops_app.bookings.models import Booking, NeedChoice
from careops_app.bookings.service import Move
from careops_app.bookings.status import BookingStatus as S
from careops_app.errors import Refused
from careops_app.infra import db
from tests import figures
from tests.bookings.clinic import Clinic, open_clinic
from tests.bookings.equipped import all_of, any_of, machine, offered, room, rows
from tests.bookings.ledger import (
    CLOSES,
    DAYS,
    HOLD_MINUTES,
    MOST_HOLDS,
    OPENS,
    Kind,
    Lane,
    Ledger,
    Promise,
    Visit,
    minutes_of,
)
from tests.conftest import MONDAY, HandClock

RUNS, STEPS = figures.amount("RUNS", 4), figures.amount("STEPS", 25)
MIDNIGHT = MONDAY.replace(hour=0)
NEXT = {
    S.PENDING: {S.CONFIRMED, S.CANCELLED},
    S.CONFIRMED: {S.CHECKED_IN, S.COMPLETED, S.NO_SHOW, S.CANCELLED},
    S.CHECKED_IN: {S.COMPLETED},
}
TAKEN = """
    select resource_id, lane, from_at, until_at from allocation a
    where active and (expires_at is null or expires_at > :now) and (session_id is null or exists (
        select from seat s where s.session_id = a.session_id and (s.expires_at is null or s.expires_at > :now)))
"""
SEATS = """
    select g.service_id, g.staff_id, g.starts_at, count(*) from seat s join group_session g on g.id = s.session_id
    where s.expires_at is null or s.expires_at > :now group by 1, 2, 3
"""
_names = count()

starts = st.builds(
    lambda day, step: day * 1440 + OPENS - 30 + 5 * step,
    st.integers(0, DAYS - 1),
    st.integers(0, (CLOSES - OPENS) // 5 + 12),
)
grid = st.builds(lambda day, step: day * 1440 + OPENS + 15 * step, st.integers(0, DAYS - 1), st.integers(0, 31))
wanted_starts = st.one_of(grid, starts)
aims = st.sampled_from([True, True, False])  # most want a time that is free, some whatever comes to mind
whose = st.sampled_from([None, 0, 1])
kinds = st.sampled_from(["peel", "cut", "hall", "room", "suite", "group"])
parties = st.integers(1, 3)
tried: dict[str, int] = {}


class Lifecycle(RuleBasedStateMachine):
    """Every rule asks the oracle first, then the real thing; both are compared after each step."""

    bookings = Bundle("bookings")
    holds = Bundle("holds")
    clock: HandClock
    empty: Callable[[], object]

    @initialize()
    def open(self) -> None:
        """The same numbers in every run: who takes a visit that anyone may take depends on them."""
        type(self).empty()
        self.clock.move_to(MONDAY)
        number = next(_names)
        self.clinic: Clinic = open_clinic(f"Machine {number}", f"machine{number}@example.com")
        self.kinds = kinds_of(self.clinic)
        self.ledger = Ledger(now=self._now())
        tried["runs"] = tried.get("runs", 0) + 1

    # what happens

    @rule(target=bookings, kind=kinds, at=wanted_starts, who=whose, seats=parties, aim=aims)
    def request(self, kind: str, at: int, who: int | None, seats: int, aim: bool) -> Any:
        return self._made(self.kinds[kind], at, who, seats, aim, by_staff=False)

    @rule(target=bookings, kind=kinds, at=wanted_starts, who=whose, seats=parties, aim=aims)
    def add_by_staff(self, kind: str, at: int, who: int | None, seats: int, aim: bool) -> Any:
        return self._made(self.kinds[kind], at, who, seats, aim, by_staff=True)

    @rule(target=holds, kind=kinds, at=wanted_starts, who=whose, seats=parties, aim=aims, by=st.sampled_from("AB"))
    def hold(self, kind: str, at: int, who: int | None, seats: int, aim: bool, by: str) -> Any:
        wanted, staff = self.kinds[kind], self._staff(who)
        seats = seats if wanted.capacity > 1 else 1
        at = self._aimed(wanted, at, staff, seats, by_staff=False) if aim else at
        free, rooms = self._free(wanted, at, staff, seats, by_staff=False), self.ledger.rooms(wanted, at)
        ask = HoldRequest(wanted.service_id, self._instant(at), by, staff, seats)
        made = self._expect(bool(free), lambda: self._by_visitor(holding.hold_time, ask), None)
        if made is None:
            return multiple()
        assert made.staff_id in free
        mine = [one for one in self.ledger.live() if one.holder == by]
        for oldest in mine[: max(0, len(mine) - MOST_HOLDS + 1)]:
            oldest.gone = True
        until = self._now() + HOLD_MINUTES
        promise = Promise(
            made.hold_id, wanted, made.staff_id, at, seats, rooms or (), holder=by, token=made.token, until=until
        )
        self.ledger.promises.append(promise)
        return promise

    @rule(target=bookings, hold=holds, names=st.booleans())
    def book_what_is_held(self, hold: Promise, names: bool) -> Any:
        lives, staff = hold in self.ledger.live(), hold.staff if names else None
        mine = hold if lives else None
        free = self._free(hold.kind, hold.at, staff, hold.seats, by_staff=False, without=mine, held=lives)
        assert not lives or hold.staff in free, "what is promised is kept"
        rooms = self.ledger.rooms(hold.kind, hold.at, mine)
        wish = {"service_id": hold.kind.service_id, "staff_id": staff, "seats": hold.seats, "hold_token": hold.token}
        made = self._expect(bool(free), lambda: self.clinic.booked(self._instant(hold.at), **wish), None)
        hold.gone = hold.gone or lives
        given = self.clinic.card(made).staff_id if made else None
        assert not lives or given == hold.staff
        return self._kept(made, hold.kind, hold.at, hold.seats, free, rooms, pending=hold.kind.approval)

    @rule(hold=holds)
    def let_go(self, hold: Promise) -> None:
        self._by_visitor(holding.let_go, hold.id)
        hold.gone = True

    @rule()
    def sweep(self) -> None:
        db.transact_now(holding.sweep_holds, db.SYSTEM)

    @rule(booking=bookings)
    def confirm(self, booking: Visit) -> None:
        self._becomes(booking, S.CONFIRMED, service.confirm)

    @rule(booking=bookings)
    def decline(self, booking: Visit) -> None:
        legal = booking.status == S.PENDING
        self._expect(legal, lambda: self.clinic.do(service.decline, booking.id), {"illegal_move"})
        booking.status = S.CANCELLED if legal else booking.status

    @rule(booking=bookings)
    def cancel(self, booking: Visit) -> None:
        self._becomes(booking, S.CANCELLED, service.cancel)

    @rule(booking=bookings)
    def restore(self, booking: Visit) -> None:
        kind, at, ahead = booking.kind, booking.at, booking.at > self._now()
        legal = booking.status == S.NO_SHOW or (booking.status == S.CANCELLED and ahead)
        free = self.ledger.has_place(kind, at, booking.staff, booking.seats, capped=ahead) if legal else []
        rooms = self.ledger.rooms(kind, at) or ()
        self._expect(bool(free), lambda: self.clinic.do(service.restore, booking.id), None)
        if free:
            booking.status, booking.rooms = S.CONFIRMED, rooms

    @rule(booking=bookings)
    def lapse(self, booking: Visit) -> None:
        due = booking.status == S.PENDING and booking.decide_by <= self._now()
        assert self._by_visitor(service.lapse, booking.id) == due
        booking.status = S.CANCELLED if due else booking.status

    @rule(booking=bookings)
    def check_in(self, booking: Visit) -> None:
        self._becomes(booking, S.CHECKED_IN, service.check_in)

    @rule(booking=bookings)
    def complete(self, booking: Visit) -> None:
        self._becomes(booking, S.COMPLETED, service.complete)

    @rule(booking=bookings)
    def mark_no_show(self, booking: Visit) -> None:
        self._becomes(booking, S.NO_SHOW, service.mark_no_show)

    @rule(booking=bookings)
    def cancel_by_customer(self, booking: Visit) -> None:
        if booking.status == S.CANCELLED:
            self._by_visitor(service.cancel_by_customer, booking.id)
            return
        allowed = self._policy_allows(booking)
        refusals = {"too_late", "no_more"}
        self._expect(allowed, lambda: self._by_visitor(service.cancel_by_customer, booking.id), refusals)
        booking.status = S.CANCELLED if allowed else booking.status

    @rule(booking=bookings, at=wanted_starts, who=whose, aim=aims)
    def reschedule(self, booking: Visit, at: int, who: int | None, aim: bool) -> None:
        allowed = booking.status in (S.PENDING, S.CONFIRMED)
        self._moved(booking, at, self._staff(who), aim, allowed=allowed, by_staff=True)

    @rule(booking=bookings, at=wanted_starts, aim=aims)
    def reschedule_by_customer(self, booking: Visit, at: int, aim: bool) -> None:
        self._moved(booking, at, None, aim, allowed=self._policy_allows(booking), by_staff=False)

    @rule(minutes=st.sampled_from([7, 7, 30, 240, 960]))
    @precondition(lambda self: self._now() < DAYS * 1440)
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)
        self.ledger.now = self._now()

    # what must be so

    @invariant()
    def the_table_is_the_bitmap(self) -> None:
        if not hasattr(self, "ledger"):
            return
        tried["steps"] = tried.get("steps", 0) + 1
        taken: dict[Lane, int] = {}
        for resource_id, lane, from_at, until_at in rows(self.clinic, TAKEN, now=self.clock.now):
            minutes = minutes_of(self._minute(from_at), self._minute(until_at))
            assert not taken.get((resource_id, lane), 0) & minutes, "a minute of a lane is taken twice"
            taken[resource_id, lane] = taken.get((resource_id, lane), 0) | minutes
        assert taken == self.ledger.bitmap()

    @invariant()
    def every_seat_is_somebodys(self) -> None:
        if not hasattr(self, "ledger"):
            return
        found = rows(self.clinic, SEATS, now=self.clock.now)
        assert {(kind, staff, self._minute(at)): seats for kind, staff, at, seats in found} == self.ledger.seats()

    @invariant()
    def every_booking_is_as_known(self) -> None:
        if not hasattr(self, "ledger"):
            return
        found = self.clinic.ask(lambda session, _: session.exec(select(Booking).order_by(Booking.id)).all())
        shown = [(row.id, row.staff_id, self._minute(row.starts_at), S(row.status)) for row in found]
        assert shown == [(one.id, one.staff, one.at, one.status) for one in self.ledger.visits]

    # the oracle

    def _free(
        self, kind: Kind, at: int, staff: int | None, seats: int, *, by_staff: bool, without: Any = None,
        held: bool = False,
    ) -> list[int]:  # fmt: skip
        within = self.ledger.within_rules(kind, at, by_staff=by_staff, held=held)
        return self.ledger.has_place(kind, at, staff, seats, without) if within else []

    def _aimed(self, kind: Kind, at: int, staff: int | None, seats: int, **how: Any) -> int:
        """The next start from here on that is free; the same one when there is none."""
        later = range(at - at % 15, DAYS * 1440, 15)
        return next((one for one in later if self._free(kind, one, staff, seats, **how)), at)

    def _policy_allows(self, booking: Visit) -> bool:
        in_time = self._now() < booking.at - booking.kind.cancel_notice
        return booking.status in (S.PENDING, S.CONFIRMED) and in_time

    def _may_become(self, booking: Visit, to: S) -> bool:
        if to not in NEXT.get(booking.status, set()):
            return False
        if to in (S.COMPLETED, S.NO_SHOW):
            return self._now() >= booking.at
        return to != S.CHECKED_IN or self._now() // 1440 >= booking.at // 1440

    # the real thing

    def _made(self, kind: Kind, at: int, who: int | None, seats: int, aim: bool, *, by_staff: bool) -> Any:
        staff, seats = self._staff(who), seats if kind.capacity > 1 else 1
        at = self._aimed(kind, at, staff, seats, by_staff=by_staff) if aim else at
        free, rooms = self._free(kind, at, staff, seats, by_staff=by_staff), self.ledger.rooms(kind, at)
        wish = {"service_id": kind.service_id, "staff_id": staff, "seats": seats}
        ask = self.clinic.added if by_staff else self.clinic.booked
        made = self._expect(bool(free), lambda: ask(self._instant(at), **wish), None)
        return self._kept(made, kind, at, seats, free, rooms, pending=kind.approval and not by_staff)

    def _kept(
        self, made: int | None, kind: Kind, at: int, seats: int, free: list[int], rooms: Any, *, pending: bool
    ) -> Any:
        """What was booked, as the oracle keeps it."""
        if made is None:
            return multiple()
        staff = self.clinic.card(made).staff_id
        assert staff in free
        decide_by = int(min(self._now() + kind.decide_minutes, at))
        status = S.PENDING if pending else S.CONFIRMED
        booking = Visit(made, kind, staff, at, seats, rooms or (), status, decide_by)
        self.ledger.visits.append(booking)
        return booking

    def _moved(self, booking: Visit, at: int, staff: int | None, aim: bool, *, allowed: bool, by_staff: bool) -> None:
        how = {"by_staff": by_staff, "without": booking}
        at = self._aimed(booking.kind, at, staff, booking.seats, **how) if aim else at
        same = at == booking.at and staff in (None, booking.staff)
        free = self._free(booking.kind, at, staff, booking.seats, **how) if allowed and not same else []
        stays = same and (allowed or by_staff)
        rooms = self.ledger.rooms(booking.kind, at, booking)
        move = Move(booking.id, self._instant(at), staff)
        if by_staff:
            self._expect(bool(free) or stays, lambda: self.clinic.do(service.reschedule, move), None)
        else:
            self._expect(bool(free) or stays, lambda: self._by_visitor(service.reschedule_by_customer, move), None)
        if free:
            given = self.clinic.card(booking.id).staff_id
            assert given == booking.staff if staff is None and booking.staff in free else given in free
            booking.at, booking.staff, booking.rooms = at, given, rooms or ()
            booking.decide_by = min(booking.decide_by, at)

    def _becomes(self, booking: Visit, to: S, command: Any) -> None:
        legal = self._may_become(booking, to)
        self._expect(legal, lambda: self.clinic.do(command, booking.id), {"illegal_move", "too_early"})
        booking.status = to if legal else booking.status

    def _by_visitor(self, command: Any, *args: Any) -> Any:
        return db.transact_now(command, self.clinic.owner.workspace_id, *args)

    def _expect(self, allowed: bool, act: Callable[[], Any], codes: set[str] | None) -> Any:
        """It is done exactly when the oracle says so; a refusal has one of these codes."""
        tried["done" if allowed else "refused"] = tried.get("done" if allowed else "refused", 0) + 1
        if allowed:
            return act()
        with pytest.raises(Refused) as refused:
            act()
        assert codes is None or refused.value.code in codes
        return None

    def _staff(self, who: int | None) -> int | None:
        return None if who is None else (self.clinic.priya, self.clinic.jonas)[who]

    def _now(self) -> float:
        return (self.clock.now - MIDNIGHT) / timedelta(minutes=1)

    def _minute(self, instant: datetime) -> int:
        return int((instant - MIDNIGHT) / timedelta(minutes=1))

    def _instant(self, at: int) -> datetime:
        return (MIDNIGHT + timedelta(minutes=at)).astimezone(UTC)


def kinds_of(clinic: Clinic) -> dict[str, Kind]:
    """The clinic's services and more: with a hall for two, one of two rooms, a room and a machine, a cap, and seats."""
    both = (clinic.priya, clinic.jonas)
    hall, first, second, laser = room(clinic, "Hall", 2), room(clinic), room(clinic, "Room 2"), machine(clinic)
    draft = {"step_minutes": 15, "staff_ids": both}
    in_hall = offered(clinic, "In the hall", 60, buffer_after_minutes=15, needs=(all_of(hall),), **draft)
    in_room = offered(clinic, "In a room", 60, needs=(any_of(first, second),), **draft)
    slow = {"needs_approval": True, "decide_minutes": 60}
    suite = offered(clinic, "Suite", 90, needs=(all_of(first, laser),), daily_cap=3, **slow, **draft)
    group = offered(clinic, "Group", 60, capacity=4, daily_cap=2, **draft)
    any_room, two = (NeedChoice.ANY, ((first, 1), (second, 1))), (NeedChoice.ALL, ((first, 1), (laser, 1)))
    return {
        "peel": Kind(clinic.peel, 45, both, after=15),
        "cut": Kind(clinic.cut, 30, (clinic.jonas,), approval=True, cancel_notice=1440),
        "hall": Kind(in_hall, 60, both, after=15, needs=((NeedChoice.ALL, ((hall, 2),)),)),
        "room": Kind(in_room, 60, both, needs=(any_room,)),
        "suite": Kind(suite, 90, both, approval=True, decide_minutes=60, needs=(two,), daily_cap=3),
        "group": Kind(group, 60, both, capacity=4, daily_cap=2),
    }


def test_whatever_happens_to_bookings_the_table_is_the_bitmap(
    database: str, clock: HandClock, empty: Callable[[], object]
):
    Lifecycle.clock, Lifecycle.empty = clock, staticmethod(empty)
    tried.clear()
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    figures.note(
        f"the life of bookings, holds, rooms and seats against a bitmap of minutes: {tried['runs']} runs,"
        f" {tried['steps']:,} steps ({tried['done']:,} commands done, {tried['refused']:,} refused), 0 breaks"
    )
