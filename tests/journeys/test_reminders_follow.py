"""A week of visits that are moved and cancelled all the time: every reminder that is due goes out once, no other does."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from careops_app.automation import dispatcher, timers
from careops_app.automation.editing import RuleDraft, save_rule
from careops_app.automation.terms import Step
from careops_app.bookings import service
from careops_app.bookings.models import Service
from careops_app.bookings.service import BookingRequest, Move
from careops_app.demo import cast
from careops_app.errors import Refused
from careops_app.inbox.models import Message, MessageState
from careops_app.infra import db
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests import figures
from tests.cast import Business
from tests.conftest import HandClock

CHANGES = figures.amount("CHANGES", 40)
IN_FULL = CHANGES >= 1_000
VISITS, DAYS = (80, 7) if IN_FULL else (20, 3)
TICK = timedelta(minutes=30 if IN_FULL else 60)
TICKS = DAYS * (timedelta(days=1) // TICK)
OFFERS = (cast.CUT, cast.CONSULT, cast.FACIAL)
Reminder = tuple[int, datetime, int]  # of which visit, for which start, how many minutes before


@dataclass
class Told:
    """A visit as the oracle knows it: since when it has its start, and the reminders it must have caused."""

    id: int
    offer: cast.Offer
    starts_at: datetime
    since: datetime
    offsets: list[int]
    due: set[Reminder] = field(default_factory=set)

    def settle(self, last: datetime) -> None:
        """The start counted from `since` to `last`, both included: what became due meanwhile had to go out."""
        for minutes in self.offsets:
            if self.since <= self.starts_at - timedelta(minutes=minutes) <= last:
                self.due.add((self.id, self.starts_at, minutes))


@dataclass
class Week:
    """The clinic, its clock, and what was done to the visits so far."""

    clinic: Business
    clock: HandClock
    chance: random.Random
    visits: list[Told] = field(default_factory=list)
    over: list[Told] = field(default_factory=list)
    moved: int = 0
    cancelled: int = 0
    overtaken: int = 0

    def book(self) -> None:
        offer = self.chance.choice(OFFERS)
        free = self.clinic.free(offer, self.chance.randrange(1, 7))
        if not free:
            return
        number = len(self.visits) + len(self.over)
        request = BookingRequest(
            self.clinic.service(offer), self.chance.choice(free), f"Visitor {number}", f"week-{number}",
            email=f"visitor{number}@example.com",
        )  # fmt: skip
        booking_id = db.transact_now(service.request, self.clinic.id, request)
        offsets = self.clinic.ask(_offsets, request.service_id)
        self.visits.append(Told(booking_id, offer, request.starts_at, self.clock.now, offsets))

    def change(self, visit: Told, last: datetime) -> None:
        """Cancel it, or move it to a time that is free, to any of the next days."""
        if self.chance.random() < 0.12:
            self.clinic.do(service.cancel, visit.id)
            visit.settle(last)
            self.visits.remove(visit)
            self.over.append(visit)
            self.cancelled += 1
            return
        free = self.clinic.free(visit.offer, self.chance.randrange(0, 5))
        if not free:
            return
        at = self.chance.choice(free)
        try:
            self.clinic.do(service.reschedule, Move(visit.id, at))
        except Refused:
            return
        if at != visit.starts_at:
            visit.settle(last)
            visit.starts_at, visit.since = at, self.clock.now
            self.moved += 1

    def tick(self, wanted: int) -> None:
        """Some time passes. Sometimes the changes come after a message was written and before it leaves."""
        self.clock.advance(minutes=TICK.total_seconds() / 60)
        overtaken = self.chance.random() < 0.5
        if overtaken:
            timers.tick()
            while dispatcher.fan_out() + dispatcher.run_due():
                pass
        else:
            drain_now()
        for visit in self._chosen(wanted, due_first=overtaken):
            self.overtaken += overtaken and self._is_due(visit)
            self.change(visit, self.clock.now - TICK if overtaken else self.clock.now)
        drain_now()
        self.over += [visit for visit in self.visits if visit.starts_at <= self.clock.now]
        for visit in [visit for visit in self.visits if visit.starts_at <= self.clock.now]:
            visit.settle(self.clock.now)
            self.visits.remove(visit)

    def _chosen(self, wanted: int, *, due_first: bool) -> list[Told]:
        """Which visits change now: any, or those first whose reminder was written a moment ago."""
        open_ones = [visit for visit in self.visits if visit.starts_at > self.clock.now]
        self.chance.shuffle(open_ones)
        return sorted(open_ones, key=lambda visit: due_first and not self._is_due(visit))[:wanted]

    def _is_due(self, visit: Told) -> bool:
        """Whether one of its reminders became due since the last tick."""
        due = [visit.starts_at - timedelta(minutes=minutes) for minutes in visit.offsets]
        return any(self.clock.now - TICK < at <= self.clock.now and visit.since <= at for at in due)


def _offsets(session: Session, _: Actor, service_id: int) -> list[int]:
    return list(session.exec(select(Service.reminder_offsets).where(Service.id == service_id)).one())


def _sent(session: Session, _: Actor) -> list[tuple[int, int, str]]:
    rows = session.exec(
        select(Message).where(Message.template == "reminder", Message.state == MessageState.SENT).order_by(Message.id)
    )
    return [(row.about_id or 0, _minutes(row), row.body) for row in rows]


def _minutes(message: Message) -> int:
    return int((message.dedupe_key or "").rsplit(":", 1)[-1])


@pytest.mark.timeout(3600)
def test_a_week_of_moves_and_cancellations_reminds_exactly_of_what_takes_place(clinic: Business, clock: HandClock):
    week = Week(clinic, clock, random.Random(3))
    for _ in range(VISITS):
        week.book()
    drain_now()
    for number in range(TICKS):
        planned = CHANGES * (number + 1) // TICKS - CHANGES * number // TICKS
        while len(week.visits) < VISITS // 2 and number < TICKS * 3 // 4:
            week.book()
        week.tick(planned)
    for visit in week.visits:
        visit.settle(clock.now)
    expected = set().union(*(visit.due for visit in [*week.visits, *week.over]))
    sent = clinic.ask(_sent)
    shown = [(booking_id, _start_told(body), minutes) for booking_id, minutes, body in sent]
    assert sorted(expected - set(shown)) == [], "missing"
    assert sorted(set(shown) - expected) == [], "stale"
    assert len(shown) == len(set(shown)), "duplicate"
    figures.note(
        f"reminders through a week of {week.moved + week.cancelled:,} changes ({week.moved:,} moves,"
        f" {week.cancelled:,} cancellations, {week.overtaken:,} of them just before a reminder left):"
        f" {len(shown):,} sent of {len(expected):,} due; 0 stale, 0 duplicate, 0 missing"
    )


def _start_told(body: str) -> datetime:
    """The start that a reminder names in its text; the clinic's clock shows UTC at that time of the year."""
    told = re.search(r"^When: \w+ (.+), (\d\d:\d\d) GMT$", body, re.MULTILINE)
    assert told, body
    return datetime.strptime(f"{told[1]} {told[2]}", "%d %B %Y %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(("lead", "after", "states"), [(10, 20, ["sent"]), (5, 60, ["sent"]), (10, 400, [])])
def test_a_reminder_shortly_before_the_start_still_has_its_time(
    clinic: Business, clock: HandClock, lead: int, after: int, states: list[str]
) -> None:
    """The timers come some seconds after the moment itself: `after` says how many."""
    clinic.do(save_rule, RuleDraft("booking-reminder", steps=(Step(lead),)))
    start = clinic.free(cast.CUT, 2)[0]
    request = BookingRequest(clinic.service(cast.CUT), start, "Nora Vance", "short", email="nora@example.com")
    db.transact_now(service.request, clinic.id, request)
    drain_now()
    clock.move_to(start - timedelta(minutes=lead) + timedelta(seconds=after))
    drain_now()
    assert [message.state for message in clinic.messages("Nora Vance", "reminder")] == states
