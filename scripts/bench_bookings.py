"""Measures the paths that every booking takes, on a year of 100,000 and of 1,000,000 bookings for ten people.

    make bench-bookings                                            both sizes, one after the other
    .venv/bin/python scripts/bench_bookings.py --sizes 10000       another one

Each query is measured in turns with the plainest SQL that answers the same question, so that whatever else the machine
does slows both. HTTP figures are of the real server in its own process, asked by a light client in this one. Targets
stand beside the figures; a missed one is marked and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
import psycopg  # noqa: E402
from sqlalchemy import text  # noqa: E402

from careops_app.bookings import lists, queries, service  # noqa: E402
from careops_app.bookings.lists import BookingFilter  # noqa: E402
from careops_app.bookings.making import BookingRequest  # noqa: E402
from careops_app.bookings.queries import AgendaFilter, SlotSearch  # noqa: E402
from careops_app.infra import db, embedded  # noqa: E402
from tests.torture import ground, load, measure, seed, venue  # noqa: E402
from tests.torture.ground import Ground, Server  # noqa: E402
from tests.torture.load import Run  # noqa: E402
from tests.torture.report import Report  # noqa: E402
from tests.torture.venue import Venue  # noqa: E402

SIZES = (100_000, 1_000_000)
CLIENTS = 8
COMMITS = 600
FIRST_EMPTY_DAY = seed.DAYS_AHEAD + 2
MOST_GROWTH = 1.5  # of the 31 days' slots from the smaller size to the larger

# Visits of one person never overlap, so the last one that begins before a visit's end is the only one in its way.
PLAIN_SLOTS = """
    select at.starts_at, array_agg(s.id) from generate_series(0, 30) d(day)
     cross join generate_series(540, 1050, 15) m(minute)
     cross join lateral (select (%(first)s::date + d.day + make_interval(mins => m.minute))
                                at time zone 'Europe/London' as starts_at) at
     cross join unnest(%(staff)s::bigint[]) s(id)
      left join lateral (
        select until_at from allocation a where a.workspace_id = %(workspace)s and a.resource_id = s.id and a.active
           and a.from_at < at.starts_at + interval '30 minutes' order by a.from_at desc limit 1) last on true
     where at.starts_at >= now() and (last.until_at is null or last.until_at <= at.starts_at)
     group by at.starts_at order by at.starts_at
"""
PLAIN_WEEK = """
    select b.id, b.reference, b.starts_at, b.ends_at, b.status, b.note, s.id, s.name, r.id, r.name, c.id, c.name
      from booking b join service s on s.id = b.service_id join resource r on r.id = b.staff_id
      join contact c on c.id = b.contact_id
     where b.workspace_id = %(workspace)s and b.starts_at >= %(first)s and b.starts_at < %(first)s + interval '7 days'
     order by b.starts_at, b.id
"""
BARE_TABLE = """
    create table bare (id bigserial primary key, workspace_id bigint, resource_id bigint, lane int, from_at timestamptz,
        until_at timestamptz, during tstzrange generated always as (tstzrange(from_at, until_at, '[)')) stored,
        exclude using gist (int8range(resource_id, resource_id, '[]') with &&, int4range(lane, lane, '[]') with &&,
                            during with &&));
    grant insert on bare to careops_app; grant usage on sequence bare_id_seq to careops_app
"""
_BARE_INSERT = text(
    "insert into bare (workspace_id, resource_id, lane, from_at, until_at) values (:workspace, :staff, 0, :at, :until)"
)

report = Report()
_keys = count()


def main() -> int:
    """Both sizes, then what was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many bookings the year has")
    sizes = parser.parse_args().sizes
    slots_p95 = [_measured(size) for size in sizes]
    if len(slots_p95) > 1:
        report.tell("slots of 31 days, larger against smaller", slots_p95[-1] / slots_p95[0], "x", most=MOST_GROWTH)
    return report.end()


def _measured(size: int) -> float:
    with ground.prepared(embedded.DURABLE) as base:
        place = venue.open_venue()
        began = monotonic()
        made = seed.fill(base, place, size)
        people = f"{len(place.staff)} people in a year, {seed.AHEAD_PER_DAY} a day ahead each"
        print(f"\n{made:,} bookings of {people} (put in within {monotonic() - began:.0f} s)", flush=True)
        slots_p95 = _queries(base, place)
        _commits(base, place)
        db.dispose()
        with ground.serving(base) as server:
            _through_http(server, place)
        return slots_p95


def _queries(base: Ground, place: Venue) -> float:
    """In this process: the calendar's queries beside plain SQL. Returns the p95 of the slots of 31 days."""
    tomorrow = _today() + timedelta(days=1)
    values = {"first": tomorrow, "staff": place.staff, "workspace": place.owner.workspace_id}
    slots = partial(
        db.fetch_now, queries.slots_on, place.owner, SlotSearch(place.services["short"], tomorrow, seed.DAYS_AHEAD)
    )
    monday = datetime.combine(tomorrow, time(), UTC)
    week = partial(db.fetch_now, queries.agenda, place.owner, AgendaFilter(monday, monday + timedelta(days=7)))
    figures = partial(db.fetch_now, lists.figures, place.owner)
    past = partial(db.fetch_now, lists.booking_list, place.owner, BookingFilter.PAST)
    with base.connect() as plain:
        ours, sql = measure.in_turns(slots, lambda: plain.execute(PLAIN_SLOTS, values).fetchall(), 60)
        report.compare("slots of one service, 31 days", ours, "plain SQL", sql)
        report.tell("slots of one service, 31 days, p95", ours.p95, most=25)
        shown, sql = measure.in_turns(week, lambda: plain.execute(PLAIN_WEEK, values | {"first": monday}).fetchall())
        report.compare("staff's week", shown, "plain SQL", sql)
        report.tell("staff's week, p95", shown.p95, most=25)
    for name, query in {"the dashboard's figures": figures, "past visits, first page": past}.items():
        report.tell(f"{name}, p95", measure.repeated(query, 60).p95, most=25)
    return ours.p95


def _commits(base: Ground, place: Venue) -> None:
    """Bookings a second beside bare inserts under the same constraint: same driver, same threads, same door."""
    with base.connect() as connection:
        for statement in BARE_TABLE.split(";"):
            connection.execute(statement.encode())
    starts = _starts(place, FIRST_EMPTY_DAY)
    asked = [_request(place, at, staff) for at, staff in (next(starts) for _ in range(COMMITS))]
    bookings = [partial(db.transact_now, service.request, place.owner.workspace_id, one) for one in asked]
    inserts = [partial(db.transact_now, _bare, place.owner.workspace_id, one.starts_at, one.staff_id) for one in asked]
    measure.per_second(bookings[:20], CLIENTS)
    half = COMMITS // 2
    through = [measure.per_second(inserts[:half], CLIENTS), measure.per_second(bookings[20:half], CLIENTS)]
    again = [measure.per_second(inserts[half:], CLIENTS), measure.per_second(bookings[half:], CLIENTS)]
    bare, ours = ((one + other) / 2 for one, other in zip(through, again, strict=True))
    with ProcessPoolExecutor(1) as alone:
        driver = alone.submit(_bare_by_driver, base.plain_url, len(asked)).result()
    print(
        f"  commits at {CLIENTS} connections: {ours:.0f} bookings a second; bare inserts {bare:.0f} by the same door,"
    )
    print(f"    {driver:.0f} by the driver alone")
    report.tell("bookings for one bare insert, same driver, threads and door", ours / bare, "x", least=0.5)


def _bare(session: Any, workspace_id: int, at: datetime, staff: int) -> None:
    values = {"workspace": workspace_id, "staff": staff, "at": at, "until": at + timedelta(minutes=30)}
    session.execute(_BARE_INSERT, values)


def _bare_by_driver(url: str, times: int) -> float:
    """In a process of its own: so many inserts by threads with a connection each."""
    lines = [psycopg.connect(url, autocommit=True) for _ in range(CLIENTS)]
    insert = "insert into bare (resource_id, lane, from_at, until_at) values (%s, 1, %s, %s)"
    first = datetime(2040, 1, 1, tzinfo=UTC)

    def send(number: int) -> None:
        at = first + timedelta(hours=number)
        lines[number % CLIENTS].execute(insert, [1, at, at + timedelta(minutes=30)])

    return measure.per_second([partial(send, number) for number in range(times)], CLIENTS)


def _through_http(server: Server, place: Venue) -> None:
    """The public API and the booking page, by one client and by several."""
    root, tomorrow = f"/api/v1/public/{place.slug}", _today() + timedelta(days=1)
    days = [tomorrow + timedelta(days=number % 28) for number in range(400)]
    short = f"{root}/services/{place.services['short']}"
    one_day = [load.get(f"{short}/slots?from={day}&days=1") for day in days]
    month = [load.get(f"{short}/free-days?month={tomorrow + timedelta(days=20)}")] * 100
    picked = f"/b/{place.slug}?service={place.services['short']}&staff=any"
    page = [load.get(f"{picked}&day={day}") for day in days[:200]]
    load.fire(server.port, one_day[:100], CLIENTS)  # warm
    report.tell("free times of a day, one client, median", _fired(server, one_day, 1).milliseconds(0.5), most=5)
    report.tell("free days of a month, one client, median", _fired(server, month, 1).milliseconds(0.5), most=12)
    report.tell("booking page, one client, p95", _fired(server, page, 1).milliseconds(0.95), most=30)
    report.tell(
        f"free times of a day, {CLIENTS} clients", _fired(server, one_day * 4, CLIENTS).per_second, "/s", least=800
    )
    starts = _starts(place, FIRST_EMPTY_DAY + 60)
    wishes = [_post(place, at, staff) for at, staff in (next(starts) for _ in range(1200))]
    load.fire(server.port, wishes[:200], CLIENTS)
    run = _fired(server, wishes[200:], CLIENTS, 201)
    report.tell(f"complete bookings, {CLIENTS} clients", run.per_second, "/s", least=300)
    at, staff = next(_starts(place, FIRST_EMPTY_DAY + 200))
    race = load.fire(server.port, [_post(place, at, staff) for _ in range(100)], 100)
    won = Counter(answer.status for answer in race.answers)
    report.tell("bookings of 100 clients for one time", won[201], "", least=1, most=1)


def _fired(server: Server, requests: list[bytes], clients: int, status: int = 200) -> Run:
    """The load, every answer of which must have this status; says what one request cost the server's processor."""
    before = _processor_seconds(server)
    run = _good(load.fire(server.port, requests, clients), status)
    spent = (_processor_seconds(server) - before) / len(requests)
    print(f"  ... {1000 * spent:.2f} ms of the server's processor for each:", end="")
    return run


def _processor_seconds(server: Server) -> float:
    started = psutil.Process(server.pid)
    times = [one.cpu_times() for one in (started, *started.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def _good(run: Run, status: int) -> Run:
    kinds = Counter(answer.status for answer in run.answers)
    assert set(kinds) == {status}, (kinds, next(one.body[:300] for one in run.answers if one.status != status))
    return run


def _starts(place: Venue, days_ahead: int) -> Iterator[tuple[datetime, int]]:
    """Free starts of an empty part of the calendar with whom to book, person after person."""
    for number in count(days_ahead):
        opens = datetime.combine(_today() + timedelta(days=number), time(10), UTC)
        for half_hour in range(14):
            for staff in place.staff:
                yield opens + timedelta(minutes=30 * half_hour), staff


def _request(place: Venue, at: datetime, staff: int) -> BookingRequest:
    number = next(_keys)
    return BookingRequest(
        place.services["short"],
        at,
        f"Bench {number}",
        f"bench-{number:08}",
        f"bench{number}@example.com",
        staff_id=staff,
    )


def _post(place: Venue, at: datetime, staff: int) -> bytes:
    number = next(_keys)
    body = {
        "service_id": place.services["short"], "starts_at": at.isoformat(), "name": f"Bench {number}",
        "email": f"bench{number}@example.com", "staff_id": staff,
    }  # fmt: skip
    return load.post(f"/api/v1/public/{place.slug}/bookings", body, f"bench-{number:08}", load.network(number // 500))


def _today() -> date:
    return datetime.now(UTC).date()


if __name__ == "__main__":
    sys.exit(main())
