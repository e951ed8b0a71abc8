"""What must be nothing after any race, asked of the tables directly, past the application."""

from __future__ import annotations

import time

from tests.torture.ground import Ground

OVERLAPS = """
    select count(*) from allocation a join allocation b on a.resource_id = b.resource_id and a.lane = b.lane
       and a.id < b.id and a.active and b.active and a.during && b.during
"""
BEYOND_THE_LANES = """
    select count(*) from allocation a join resource r on r.id = a.resource_id
     where a.active and a.overlap_reason = '' and a.lane >= r.lanes
"""
# A visit has its person and, of every requirement, one of any or each of all; nothing more, and for its whole time.
HALF_ALLOCATED = """
    select count(*) from booking b
     where booking_occupies(b.status) and not exists (select from seat s where s.booking_id = b.id) and not (
        1 = (select count(*) from allocation a where a.booking_id = b.id and a.active and a.resource_id = b.staff_id)
        and (select count(*) from allocation a where a.booking_id = b.id and a.active
              and a.from_at <= b.starts_at and a.until_at >= b.ends_at)
          = (select 1 + coalesce(sum(case n.choice when 'any' then 1 else r.named end), 0)
               from service_need n
               cross join lateral (select count(*) as named from need_resource r where r.need_id = n.id) r
              where n.service_id = b.service_id)
        and not exists (
            select from service_need n where n.service_id = b.service_id and (
                select count(*) from allocation a join need_resource r on r.resource_id = a.resource_id
                 where r.need_id = n.id and a.booking_id = b.id and a.active
            ) <> case n.choice when 'any' then 1
                 else (select count(*) from need_resource r where r.need_id = n.id) end))
"""
LEFT_BEHIND = """
    select (select count(*) from allocation a join booking b on b.id = a.booking_id
             where a.active and not booking_occupies(b.status))
         + (select count(*) from seat s join booking b on b.id = s.booking_id where not booking_occupies(b.status))
         + (select count(*) from group_session g where not exists (select from seat s where s.session_id = g.id))
"""
# The shelf against the ledger, and what is set aside against the visits that hold it.
STOCK_DRIFT = """
    select count(*) from item i where i.reserved <> (
        select coalesce(sum(m.reserved_change), 0) from stock_movement m where m.item_id = i.id)
     or i.on_hand <> (select coalesce(sum(m.on_hand_change), 0) from stock_movement m where m.item_id = i.id)
     or i.reserved <> (
        select coalesce(sum(s.quantity), 0) from booking b join service_supply s on s.service_id = b.service_id
         where s.item_id = i.id and b.status in ('pending', 'confirmed', 'checked_in'))
"""
UNANNOUNCED = """
    select count(*) from booking b where 1 <> (
        select count(*) from outbox_event e where e.booking_id = b.id and e.name = 'booking.requested')
"""
MUST_BE_NONE = {
    "overlaps": OVERLAPS,
    "lanes beyond a resource's own": BEYOND_THE_LANES,
    "half-allocated bookings": HALF_ALLOCATED,
    "time or seats without a visit": LEFT_BEHIND,
    "stock drift": STOCK_DRIFT,
    "bookings announced never or twice": UNANNOUNCED,
}
STATISTICS_SECONDS = 1.5  # a session passes its counts on at most once a second
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


def findings(ground: Ground) -> dict[str, int]:
    """Each figure that must be zero, by its name."""
    return {name: ground.count(statement) for name, statement in MUST_BE_NONE.items()}


def deadlocks(ground: Ground) -> int:
    """How many deadlocks the database has broken so far, those included that were tried again unseen."""
    time.sleep(STATISTICS_SECONDS)
    return ground.count(DEADLOCKS)


def disarm(ground: Ground) -> None:
    """Take the guards away in this scratch database only: no exclusion constraint, and locks that nobody waits for."""
    with ground.connect() as connection:
        constraints = connection.execute(
            "select conrelid::regclass::text, conname from pg_constraint where contype = 'x'"
        ).fetchall()
        assert constraints, "there was nothing to disarm"
        for table, name in constraints:
            connection.execute(f"alter table {table} drop constraint {name}".encode())
        connection.execute("create schema disarmed")
        connection.execute("grant usage on schema disarmed to public")
        connection.execute(
            "create function disarmed.pg_advisory_xact_lock(bigint) returns void language sql volatile"
            " as 'select pg_catalog.pg_sleep(0.02)'"
        )
        connection.execute("alter database careops set search_path = disarmed, pg_catalog, public")
