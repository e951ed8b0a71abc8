"""The life of bookings against a bitmap of minutes: whatever staff and customers do, in whatever order."""

from __future__ import annotations

from dataclasses import dataclass
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

from careops_app.bookings import service
from careops_app.bookings.models import Allocation, Booking
from careops_app.bookings.service import Move
from careops_app.bookings.status import BookingStatus as S
from careops_app.errors import Refused
from careops_app.infra import db
from tests import figures
from tests.bookings.clinic import Clinic, open_clinic
from tests.conftest import MONDAY, HandClock

RUNS, STEPS = figures.amount("RUNS", 4), figures.amount("STEPS", 25)
DAYS = 3  # Monday to Wednesday, 09:00 to 17:00, in a zone that is at UTC then
MIDNIGHT = MONDAY.replace(hour=0)
OPENS, CLOSES = 540, 1020
TAKES_TIME = {S.PENDING, S.CONFIRMED, S.CHECKED_IN, S.COMPLETED}
NEXT = {
    S.PENDING: {S.CONFIRMED, S.CANCELLED},
    S.CONFIRMED: {S.CHECKED_IN, S.COMPLETED, S.NO_SHOW, S.CANCELLED},
    S.CHECKED_IN: {S.COMPLETED},
}
_names = count()


@dataclass(frozen=True)
class Kind:
    """A service as the oracle knows it: minutes, and who gives it."""

    service_id: int
    minutes: int
    after: int
    approval: bool
    cancel_notice: int
    staff: tuple[int, ...]


@dataclass
class Known:
    """A booking as it should be; `at` counts minutes from the Monday's midnight."""

    id: int
    kind: Kind
    staff: int
    at: int
    status: S = S.CONFIRMED

    @property
    def taken(self) -> range:
        return range(self.at, self.at + self.kind.minutes + self.kind.after)


starts = st.builds(
    lambda day, step: day * 1440 + OPENS - 30 + 5 * step,
    st.integers(0, DAYS - 1),
    st.integers(0, (CLOSES - OPENS) // 5 + 12),
)
grid = st.builds(lambda day, step: day * 1440 + OPENS + 15 * step, st.integers(0, DAYS - 1), st.integers(0, 31))
wanted_starts = st.one_of(grid, starts)
aims = st.sampled_from([True, True, False])  # most want a time that is free, some whatever comes to mind
whose = st.sampled_from([None, 0, 1])
tried: dict[str, int] = {}


class Lifecycle(RuleBasedStateMachine):
    """Every rule asks the oracle first, then the real thing; the bitmap and the table are compared after each step."""

    bookings = Bundle("bookings")
    clock: HandClock

    @initialize()
    def open(self) -> None:
        self.clock.move_to(MONDAY)
        number = next(_names)
        self.clinic: Clinic = open_clinic(f"Machine {number}", f"machine{number}@example.com")
        both, jonas = (self.clinic.priya, self.clinic.jonas), (self.clinic.jonas,)
        self.kinds = {
            "peel": Kind(self.clinic.peel, 45, 15, False, 0, both),
            "cut": Kind(self.clinic.cut, 30, 0, True, 1440, jonas),
        }
        self.known: list[Known] = []
        tried["runs"] = tried.get("runs", 0) + 1

    # what happens

    @rule(target=bookings, kind=st.sampled_from(["peel", "cut"]), at=wanted_starts, who=whose, aim=aims)
    def request(self, kind: str, at: int, who: int | None, aim: bool) -> Any:
        return self._made(self.kinds[kind], at, who, aim, by_staff=False)

    @rule(target=bookings, kind=st.sampled_from(["peel", "cut"]), at=wanted_starts, who=whose, aim=aims)
    def add_by_staff(self, kind: str, at: int, who: int | None, aim: bool) -> Any:
        return self._made(self.kinds[kind], at, who, aim, by_staff=True)

    @rule(booking=bookings)
    def confirm(self, booking: Known) -> None:
        self._becomes(booking, S.CONFIRMED, service.confirm)

    @rule(booking=bookings)
    def decline(self, booking: Known) -> None:
        legal = booking.status == S.PENDING
        self._expect(legal, lambda: self.clinic.do(service.decline, booking.id), {"illegal_move"})
        booking.status = S.CANCELLED if legal else booking.status

    @rule(booking=bookings)
    def cancel(self, booking: Known) -> None:
        self._becomes(booking, S.CANCELLED, service.cancel)

    @rule(booking=bookings)
    def check_in(self, booking: Known) -> None:
        self._becomes(booking, S.CHECKED_IN, service.check_in)

    @rule(booking=bookings)
    def complete(self, booking: Known) -> None:
        self._becomes(booking, S.COMPLETED, service.complete)

    @rule(booking=bookings)
    def mark_no_show(self, booking: Known) -> None:
        self._becomes(booking, S.NO_SHOW, service.mark_no_show)

    @rule(booking=bookings)
    def cancel_by_customer(self, booking: Known) -> None:
        if booking.status == S.CANCELLED:
            self._by_customer(service.cancel_by_customer, booking.id)
            return
        allowed = self._policy_allows(booking)
        refusals = {"too_late", "no_more"}
        self._expect(allowed, lambda: self._by_customer(service.cancel_by_customer, booking.id), refusals)
        booking.status = S.CANCELLED if allowed else booking.status

    @rule(booking=bookings, at=wanted_starts, who=whose, aim=aims)
    def reschedule(self, booking: Known, at: int, who: int | None, aim: bool) -> None:
        staff = self._staff(who)
        at = self._aimed(booking.kind, at, staff, by_staff=True, moving=booking) if aim else at
        same = at == booking.at and staff in (None, booking.staff)
        if not same and booking.status in (S.PENDING, S.CONFIRMED):
            free = self._free(booking.kind, at, staff, by_staff=True, moving=booking)
        else:
            free = [booking.staff] if same else []
        move = Move(booking.id, self._instant(at), staff)
        self._expect(bool(free), lambda: self.clinic.do(service.reschedule, move), None)
        if free:
            self._moved(booking, at, free, staff)

    @rule(booking=bookings, at=wanted_starts, aim=aims)
    def reschedule_by_customer(self, booking: Known, at: int, aim: bool) -> None:
        at = self._aimed(booking.kind, at, None, by_staff=False, moving=booking) if aim else at
        allowed, same = self._policy_allows(booking), at == booking.at
        free = self._free(booking.kind, at, None, by_staff=False, moving=booking) if allowed and not same else []
        free = [booking.staff] if allowed and same else free
        move = Move(booking.id, self._instant(at))
        self._expect(bool(free), lambda: self._by_customer(service.reschedule_by_customer, move), None)
        if free:
            self._moved(booking, at, free, None)

    @rule(minutes=st.sampled_from([7, 30, 240, 960]))
    @precondition(lambda self: self._now() < DAYS * 1440)
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    # what must be so

    @invariant()
    def the_table_is_the_bitmap(self) -> None:
        if not hasattr(self, "known"):
            return
        tried["steps"] = tried.get("steps", 0) + 1
        rows = self.clinic.ask(lambda session, _: session.exec(select(Allocation).where(Allocation.active)).all())
        counted: dict[int, list[int]] = {staff: [0] * (DAYS * 1440 + 1440) for staff in self._everybody()}
        for row in rows:
            for minute in range(self._minute(row.from_at), self._minute(row.until_at)):
                counted[row.resource_id][minute] += 1
        for staff in self._everybody():
            assert counted[staff] == self._bitmap(staff)
        assert max(max(minutes) for minutes in counted.values()) <= 1

    @invariant()
    def every_booking_is_as_known(self) -> None:
        if not hasattr(self, "known"):
            return
        rows = self.clinic.ask(lambda session, _: session.exec(select(Booking).order_by(Booking.id)).all())
        shown = [(row.id, row.staff_id, self._minute(row.starts_at), S(row.status)) for row in rows]
        assert shown == [(one.id, one.staff, one.at, one.status) for one in self.known]

    # the oracle

    def _free(
        self, kind: Kind, at: int, staff: int | None, *, by_staff: bool, moving: Known | None = None
    ) -> list[int]:
        """Who could give it then, minute by minute; nobody when the hours, the grid or the notice say no."""
        in_hours = all(OPENS <= minute % 1440 < CLOSES for minute in range(at, at + kind.minutes))
        on_grid = (at % 1440 - OPENS) % (5 if by_staff else 15) == 0
        in_time = at >= self._now() - 15 if by_staff else at >= self._now() + 60
        if not (in_hours and on_grid and in_time):
            return []
        wanted = range(at, at + kind.minutes + kind.after)
        return [
            one for one in kind.staff
            if staff in (None, one) and not any(self._bitmap(one, without=moving)[minute] for minute in wanted)
        ]  # fmt: skip

    def _aimed(self, kind: Kind, at: int, staff: int | None, **how: Any) -> int:
        """The next start from here on that is free; the same one when there is none."""
        later = range(at - at % 15, DAYS * 1440, 15)
        return next((one for one in later if self._free(kind, one, staff, **how)), at)

    def _bitmap(self, staff: int, without: Known | None = None) -> list[int]:
        minutes = [0] * (DAYS * 1440 + 1440)
        for one in self.known:
            if one is not without and one.staff == staff and one.status in TAKES_TIME:
                for minute in one.taken:
                    minutes[minute] += 1
        return minutes

    def _policy_allows(self, booking: Known) -> bool:
        before = self._now() < booking.at and self._now() < booking.at - booking.kind.cancel_notice
        return booking.status in (S.PENDING, S.CONFIRMED) and before

    def _may_become(self, booking: Known, to: S) -> bool:
        if to not in NEXT.get(booking.status, set()):
            return False
        if to in (S.COMPLETED, S.NO_SHOW):
            return self._now() >= booking.at
        return to != S.CHECKED_IN or self._now() // 1440 >= booking.at // 1440

    # the real thing

    def _made(self, kind: Kind, at: int, who: int | None, aim: bool, *, by_staff: bool) -> Any:
        staff = self._staff(who)
        at = self._aimed(kind, at, staff, by_staff=by_staff) if aim else at
        free = self._free(kind, at, staff, by_staff=by_staff)
        wish = {"service_id": kind.service_id, "staff_id": staff}
        ask = self.clinic.added if by_staff else self.clinic.booked
        made = self._expect(bool(free), lambda: ask(self._instant(at), **wish), None)
        if not free:
            return multiple()
        card = self.clinic.card(made)
        assert card.staff_id in free
        pending = kind.approval and not by_staff
        booking = Known(made, kind, card.staff_id, at, S.PENDING if pending else S.CONFIRMED)
        self.known.append(booking)
        return booking

    def _moved(self, booking: Known, at: int, free: list[int], staff: int | None) -> None:
        booking.at = at
        given = self.clinic.card(booking.id).staff_id
        keeps = staff is None and booking.staff in free
        assert given == booking.staff if keeps else given in free
        booking.staff = given

    def _becomes(self, booking: Known, to: S, command: Any) -> None:
        legal = self._may_become(booking, to)
        self._expect(legal, lambda: self.clinic.do(command, booking.id), {"illegal_move", "too_early"})
        booking.status = to if legal else booking.status

    def _by_customer(self, command: Any, *args: Any) -> Any:
        return db.transact_now(command, self.clinic.owner.workspace_id, *args)

    def _expect(self, allowed: bool, act: Any, codes: set[str] | None) -> Any:
        """It is done exactly when the oracle says so; a refusal has one of these codes."""
        tried["done" if allowed else "refused"] = tried.get("done" if allowed else "refused", 0) + 1
        if allowed:
            return act()
        with pytest.raises(Refused) as refused:
            act()
        assert codes is None or refused.value.code in codes
        return None

    def _staff(self, who: int | None) -> int | None:
        return None if who is None else self._everybody()[who]

    def _everybody(self) -> tuple[int, int]:
        return self.clinic.priya, self.clinic.jonas

    def _now(self) -> float:
        return (self.clock.now - MIDNIGHT) / timedelta(minutes=1)

    def _minute(self, instant: datetime) -> int:
        return int((instant - MIDNIGHT) / timedelta(minutes=1))

    def _instant(self, at: int) -> datetime:
        return (MIDNIGHT + timedelta(minutes=at)).astimezone(UTC)


def test_whatever_happens_to_bookings_the_table_is_the_bitmap(database: str, clock: HandClock):
    Lifecycle.clock = clock
    tried.clear()
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    figures.note(
        f"the life of bookings against a bitmap of minutes: {tried['runs']} runs, {tried['steps']:,} steps"
        f" ({tried['done']:,} commands done, {tried['refused']:,} refused), 0 breaks"
    )
