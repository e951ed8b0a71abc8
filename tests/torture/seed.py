"""A year of bookings put straight into the tables, for measurements: eleven months behind and one ahead.

The days ahead are equally full whatever the size; the rest is history, as much of it as is asked for. Three of ten past
visits were cancelled. Triggers are off while rows go in; what they would have written is written here.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from tests.torture.ground import Ground
from tests.torture.venue import Venue

DAYS_BEHIND, DAYS_AHEAD = 335, 31
AHEAD_PER_DAY = 14  # of the 18 half hours of a day
CONTACTS = 20_000
CANCELLED_IN_TEN = 3

_CONTACTS = """
    with made as (
        insert into contact (workspace_id, name, source, stage, created_at)
        select %(workspace)s, 'Contact ' || n, 'booking', 'booked', now() from generate_series(1, %(contacts)s) n
        returning id)
    insert into contact_address (workspace_id, contact_id, kind, value, is_primary)
    select %(workspace)s, id, 'email', 'contact' || id || '@example.com', true from made
"""
# Visit number v of a person's day begins at `opens` + v * length; a cancelled one shares the time of another.
_BOOKINGS = """
    insert into booking (
        workspace_id, reference, service_id, contact_id, staff_id, starts_at, ends_at, time_zone, wall_start, status,
        revision, given_name, given_email, given_phone, note, source, booked_by, idempotency_key, fingerprint, created_at,
        cancel_reason, seats, overlap_reason)
    select %(workspace)s, 'SEED-' || %(mark)s || '-' || row_number() over (), %(service)s,
           %(first_contact)s + (n.v * 31 + d.day * 7 + s.id) %% %(contacts)s, s.id, at.starts_at,
           at.starts_at + make_interval(mins => %(length)s), 'Europe/London',
           to_char(at.starts_at at time zone 'Europe/London', 'YYYY-MM-DD"T"HH24:MI'),
           case when n.v >= %(kept)s then 'cancelled' when d.day < 0 then 'completed' else 'confirmed' end,
           1, 'Seeded', 'seeded@example.com', '', '', 'public', '', 'seed-' || %(mark)s || '-' || row_number() over (),
           'seed', at.starts_at - interval '9 days', '', 1, ''
      from generate_series(cast(%(first)s as int), cast(%(last)s as int)) d(day)
     cross join unnest(cast(%(staff)s as bigint[])) s(id)
     cross join generate_series(0, cast(%(per_day)s as int) - 1) n(v)
     cross join lateral (
        select (date_trunc('day', now() at time zone 'UTC') + make_interval(days => d.day, mins => %(opens)s)
                + make_interval(mins => (n.v %% %(kept)s) * %(length)s)) at time zone 'UTC' as starts_at) at
"""
_ALLOCATIONS = """
    insert into allocation (workspace_id, booking_id, resource_id, lane, from_at, until_at, active)
    select b.workspace_id, b.id, b.staff_id, 0, b.starts_at, b.ends_at, booking_occupies(b.status)
      from booking b where b.workspace_id = %(workspace)s
       and not exists (select from allocation a where a.workspace_id = b.workspace_id and a.booking_id = b.id)
"""


@dataclass(frozen=True)
class Part:
    """Days of the year, relative to today, and how they are filled: minutes of a visit, and visits of a person's day."""

    first: int
    last: int
    opens: int
    length: int
    per_day: int


def fill(ground: Ground, venue: Venue, total: int) -> int:
    """Give an empty business about so many bookings; returns how many there are."""
    ahead = AHEAD_PER_DAY * DAYS_AHEAD * len(venue.staff)
    with ground.connect() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        _run(connection, venue, _CONTACTS)
        _book(connection, venue, Part(1, DAYS_AHEAD, 540, 30, AHEAD_PER_DAY), cancelled=0)
        _book(connection, venue, _history(total - ahead, len(venue.staff)), cancelled=CANCELLED_IN_TEN)
        _run(connection, venue, _ALLOCATIONS)
        for table in ("booking", "allocation", "contact", "contact_address"):
            connection.execute(f"vacuum analyze {table}".encode())
    return ground.count("select count(*) from booking")


def _history(wanted: int, staff: int) -> Part:
    """So many visits on the days behind: the shorter the more there are."""
    per_day = max(1, round(wanted / (DAYS_BEHIND * staff)))
    kept = per_day - per_day * CANCELLED_IN_TEN // 10
    length = max(5, min(20, 1440 // max(kept, 1) // 5 * 5))
    return Part(-DAYS_BEHIND, -1, 540 if kept * length <= 540 else 0, length, per_day)


def _book(connection: psycopg.Connection[tuple[int, ...]], venue: Venue, part: Part, cancelled: int) -> None:
    kept = part.per_day - part.per_day * cancelled // 10
    _run(
        connection, venue, _BOOKINGS, first=part.first, last=part.last, opens=part.opens, length=part.length,
        per_day=part.per_day, kept=kept, mark=f"{part.first}x{part.per_day}",
    )  # fmt: skip


def _run(connection: psycopg.Connection[tuple[int, ...]], venue: Venue, statement: str, **more: object) -> None:
    first = connection.execute("select coalesce(min(id), 0) from contact").fetchone()
    assert first is not None
    values = {
        "workspace": venue.owner.workspace_id, "service": venue.services["short"], "staff": venue.staff,
        "contacts": CONTACTS, "first_contact": first[0],
    }  # fmt: skip
    used = {name: value for name, value in (values | more).items() if f"%({name})s" in statement}
    connection.execute(statement.encode(), used)
