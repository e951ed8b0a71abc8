"""Visits are moved and cancelled all the time while four workers, each with its own timetable, remind of them and are killed.

A trigger notes how a visit stands in the moment in which its reminder begins to leave: that is what is compared, not what
anybody remembers. The clock of the business runs twenty times as fast.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from careops_app.bookings import offering, service
from careops_app.bookings.making import BookingRequest
from careops_app.bookings.offering import CalendarDraft
from careops_app.bookings.service import Move
from careops_app.bookings.service_draft import ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.errors import Refused
from careops_app.inbox import setup
from careops_app.infra import clock, db, embedded
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Actor
from tests import people
from tests.torture import fast_time, ground, letters, workers
from tests.torture.fast_time import KEY, KEY_AND_LOCK, REVISION, Pace
from tests.torture.ground import Ground
from tests.torture.part import LONG, Part
from tests.torture.workers import Haste, Nursery, Worker

CHANGES, CHANGES_LONG = 400, 10_000  # on two cores ten thousand take half an hour: they are for the long run
FEW = 60  # with a defence switched off
PROCESSES, VISITS, CHANGERS = 4, 100, 2
SPEED = 20.0
LEADS = (120, 60)  # minutes before the start
PATIENCE = timedelta(minutes=8)  # of the fast clock: what is due longer than this before the next change has to go
HASTE = Haste(lease=60, send_lease=120, margin=-3600, backoff=5)
KILL_EVERY = (3.0, 8.0)  # seconds
QUIET = (
    "select (select count(*) from outbox_event where fanned_out_at is null) + (select count(*) from automation_run where"
    " due_at is not null) + (select count(*) from message where state in ('queued', 'sending'))"
)
NOTE = """
    create table torture_left (message_id bigint, told int, revision int, status text);
    create function torture_note() returns trigger language plpgsql security definer as $$ begin
      insert into torture_left select m.id, m.revision, b.revision, b.status from message m join booking b on b.id = m.about_id
      where m.id = new.message_id and m.about = 'booking' and m.template = 'reminder';
      return new; end $$;
    create trigger torture_note after insert on delivery_attempt for each row execute function torture_note();
"""
TRIES = 4  # of a race that chance may win
STALE = "select count(*) from torture_left where told <> revision or status <> 'confirmed'"
TWICE = """
    select coalesce(sum(n - 1), 0) from (select count(*) as n from message m join outbox_event e on e.id = m.event_id
      where m.template = 'reminder' and m.state in ('sent', 'uncertain')
      group by m.about_id, m.revision, e.payload->>'offset_minutes') as sent"""
DOUBLE_LOOKS = (
    "select coalesce(sum(n - 1), 0) from (select count(*) as n from automation_run group by event_id, rule) as runs"
)
NO_KEY = "alter table automation_run drop constraint uq_automation_run_workspace_id_event_id_rule"


@dataclass
class Time:
    """One start of a visit: it counted at least from `since` until `until`."""

    booking: int
    revision: int
    start: datetime
    since: datetime
    until: datetime | None = None


@dataclass
class Shop:
    """The business, its visits, and everything that was done to them."""

    base: Ground
    owner: Actor
    service: int
    calendars: list[int]
    now: dict[int, Time] = field(default_factory=dict)  # by calendar
    past: list[Time] = field(default_factory=list)
    moved: int = 0
    cancelled: int = 0
    kills: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20261123))

    def start(self) -> datetime:
        """Soon after one of the two moments at which it is reminded of."""
        lead = self.chance.choice(LEADS) + self.chance.uniform(0.0, 3.0)
        at = clock.now() + timedelta(minutes=lead)
        return at.replace(second=0, microsecond=0) + timedelta(minutes=5 - at.minute % 5)

    def book(self, calendar: int) -> None:
        at = self.start()
        number = f"{calendar}-{len(self.past)}-{self.chance.random()}"
        wanted = BookingRequest(
            self.service, at, f"Visitor {calendar}", number, email=f"v{calendar}@example.com", staff_id=calendar
        )
        booking = db.transact_now(service.request, self.owner.workspace_id, wanted)
        self.now[calendar] = Time(booking, 1, at, clock.now())

    def change(self, calendar: int) -> bool:
        """Move or cancel a visit; False when its time is too near for that."""
        told, began = self.now[calendar], clock.now()
        if self.chance.random() < 0.12:
            db.transact_now(service.cancel, self.owner, told.booking)
            self._over(calendar, began)
            self.cancelled += 1
            self.book(calendar)
            return True
        at = self.start()
        if at == told.start:
            return False
        try:
            db.transact_now(service.reschedule, self.owner, Move(told.booking, at))
        except Refused:
            self._over(calendar, began)  # over by now
            self.book(calendar)
            return False
        self._over(calendar, began)
        self.now[calendar] = Time(told.booking, told.revision + 1, at, clock.now())
        self.moved += 1
        return True

    def _over(self, calendar: int, until: datetime) -> None:
        told = self.now.pop(calendar)
        told.until = until
        self.past.append(told)

    def due(self, end: datetime) -> set[tuple[int, int, int]]:
        """Reminders that must have gone: due while the start counted, and long enough before it changed."""
        return {
            (told.booking, told.revision, lead)
            for told in [*self.past, *self.now.values()]
            for lead in LEADS
            if told.since <= told.start - timedelta(minutes=lead) <= (told.until or end) - PATIENCE
        }


def run(times: float) -> list[str]:
    """With every defence on; at full size then, in small, without the revision, without the key, without key and lock."""
    whole = times >= 1
    problems = _guarded(
        CHANGES_LONG if times >= LONG else max(40, int(CHANGES * times)), VISITS if whole else VISITS // 4
    )
    return problems + (_without_look() + _without_key() if whole else [])


def _without_look() -> list[str]:
    stale = next((found for _ in range(TRIES) if (found := _unguarded(REVISION, "", STALE, PATIENCE))), 0)
    print(f"  without the look at the visit: {stale} stale", flush=True)
    return [] if stale else ["nobody looks at the visit, and nothing stale leaves: the part proves nothing"]


def _without_key() -> list[str]:
    key_alone = _unguarded(KEY, NO_KEY, DOUBLE_LOOKS, timedelta())
    neither = _unguarded(KEY_AND_LOCK, NO_KEY, DOUBLE_LOOKS, PATIENCE)
    print(
        f"  without the key per event and rule: {key_alone} looked at twice; without its lock as well: {neither}",
        flush=True,
    )
    problems = [f"{key_alone} events looked at twice although they are locked"] if key_alone else []
    return problems + (
        [] if neither else ["neither key nor lock, and no event is looked at twice: the part proves nothing"]
    )


def _guarded(changes: int, visits: int) -> list[str]:
    with _shop(visits) as shop, workers.nursery(shop.base, HASTE) as nursery:
        end = _storm(shop, nursery, changes, 2 * PATIENCE, kills=True)
        sent = _sent(shop.base)
        due = shop.due(end)
        stale, twice, looks = (shop.base.count(query) for query in (STALE, TWICE, DOUBLE_LOOKS))
        told_late = _too_late(shop.base)
        late, missing = len((due - sent) & told_late), len(due - sent - told_late)
        left = shop.base.count(QUIET)
    print(
        f"  {PROCESSES} processes, {shop.kills} killed; {shop.moved + shop.cancelled:,} changes ({shop.moved:,} moves, "
        f"{shop.cancelled:,} cancellations): {len(sent):,} reminders sent, {len(due):,} of them had to be; "
        f"{stale} stale, {twice} duplicate, {missing} missing"
        + (f"; {late} recorded as too late: the machine cannot keep up with the fast clock" if late else ""),
        flush=True,
    )
    wrong = {"stale": stale, "duplicate": twice, "missing": missing, "looked at twice": looks, "left in a queue": left}
    return [f"{number} {what}" for what, number in wrong.items() if number] + ([] if due else ["no reminder was due"])


def _unguarded(without: str, statement: str, count: str, wait: timedelta) -> int:
    """How many go wrong without this defence."""
    with _shop(VISITS // 2) as shop:
        if statement:
            with shop.base.connect() as connection:
                connection.execute(statement.encode())
        with workers.nursery(shop.base, replace(HASTE, without=without)) as nursery:
            _storm(shop, nursery, FEW, wait, kills=False)
        return shop.base.count(count)


@contextmanager
def _shop(visits: int) -> Iterator[Shop]:
    with ground.prepared(embedded.DURABLE) as base:
        fast_time.set_going(Pace(time.time(), datetime.now(UTC).isoformat(), SPEED))
        try:
            yield _opened(base, visits)
        finally:
            fast_time.stop()


def _opened(base: Ground, visits: int) -> Shop:
    owner = people.owner("Moving Visits", "moving@example.com").actor

    def do(command: Callable[..., Any], *args: Any) -> Any:
        return db.transact_now(command, owner, *args)

    db.transact_now(setup.ensure_captured, owner.workspace_id)
    do(offering.set_hours, None, ((Window(0, 1440),),) * 7)
    calendars = [do(offering.add_calendar, CalendarDraft(f"Person {number}")) for number in range(visits)]
    draft = ServiceDraft(
        "A visit", 15, step_minutes=5, notice_minutes=0, horizon_days=400, reminder_offsets=LEADS,
        staff_ids=tuple(calendars), takes_waitlist=False,
    )  # fmt: skip
    shop = Shop(base, owner, do(offering.add_service, draft), calendars)
    do(workspaces.activate, [])
    with base.connect() as connection:
        connection.execute(NOTE.encode())
    for calendar in calendars:
        shop.book(calendar)
    return shop


def _storm(shop: Shop, nursery: Nursery, changes: int, wait: timedelta, *, kills: bool) -> datetime:
    """Change visits as fast as it goes, then wait, then let the workers finish. Returns when the waiting was over."""
    done, crew = threading.Event(), [nursery.start() for _ in range(PROCESSES)]
    killer = threading.Thread(target=_kill_some, args=(shop, nursery, crew, done)) if kills else None
    if killer:
        killer.start()
    piles = [shop.calendars[at::CHANGERS] for at in range(CHANGERS)]
    changers = [threading.Thread(target=_change_some, args=(shop, pile, changes // CHANGERS)) for pile in piles]
    for thread in changers:
        thread.start()
    for thread in changers:
        thread.join()
    time.sleep(wait.total_seconds() / SPEED)
    end = clock.now()
    done.set()
    if killer:
        killer.join()
    letters.until(shop.base, QUIET, seconds=120)
    for one in crew:
        one.kill()
    return end


def _change_some(shop: Shop, calendars: list[int], number: int) -> None:
    made = 0
    while made < number:
        made += shop.change(shop.chance.choice(calendars))


def _kill_some(shop: Shop, nursery: Nursery, crew: list[Worker], done: threading.Event) -> None:
    while not done.wait(shop.chance.uniform(*KILL_EVERY)):
        crew.pop(shop.chance.randrange(len(crew))).kill()
        crew.append(nursery.start())
        shop.kills += 1


def _sent(base: Ground) -> set[tuple[int, int, int]]:
    """Reminders that left, or of which nobody knows: those are shown to the team."""
    with base.connect() as connection:
        rows = connection.execute(
            b"select m.about_id, m.revision, (e.payload->>'offset_minutes')::int from message m join outbox_event e"
            b" on e.id = m.event_id where m.template = 'reminder' and m.state in ('sent', 'uncertain')"
        ).fetchall()
    return {(int(booking), int(revision), int(lead)) for booking, revision, lead in rows}


def _too_late(base: Ground) -> set[tuple[int, int, int]]:
    """Reminders of which it is recorded, for the team to see, that their time had passed before a worker came to them."""
    with base.connect() as connection:
        rows = connection.execute(
            b"select (e.payload->>'booking_id')::bigint, (e.payload->>'revision')::int, (e.payload->>'offset_minutes')::int"
            b" from outbox_event e join automation_run r on r.event_id = e.id left join message m on m.event_id = e.id"
            b" where r.rule = 'booking-reminder' and (r.reason = 'too_late' or m.reason = 'too_late')"
        ).fetchall()
    return {(int(booking), int(revision), int(lead)) for booking, revision, lead in rows}


PART = Part(
    "reminders", "a visit that moves is reminded of at its present time only, once, whoever dies meanwhile", run
)
