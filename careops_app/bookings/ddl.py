"""What the database itself guarantees of bookings, in words of SQL, for migrations.

An allocation is active exactly while its booking's status occupies time, whoever writes either of the two. The list of
such statuses is `rules.OCCUPIES`; a test compares both.
"""

from __future__ import annotations

_OCCUPIES = """
create or replace function booking_occupies(status text) returns boolean language sql immutable as $$
    select status in ('pending', 'confirmed', 'checked_in', 'completed')
$$
"""

# The lock keeps a status change that runs at the same moment from being missed.
_TAKES = """
create or replace function allocation_takes_status() returns trigger language plpgsql as $$
begin
    select booking_occupies(status) into new.active from booking
     where workspace_id = new.workspace_id and id = new.booking_id for no key update;
    return new;
end $$
"""

_FOLLOWS = """
create or replace function allocation_follows_booking() returns trigger language plpgsql as $$
begin
    update allocation set active = booking_occupies(new.status)
     where workspace_id = new.workspace_id and booking_id = new.id and active <> booking_occupies(new.status);
    return null;
end $$
"""

UP: list[str] = [
    _OCCUPIES,
    _TAKES,
    "create trigger allocation_takes_status before insert or update of active, booking_id on allocation"
    " for each row execute function allocation_takes_status()",
    _FOLLOWS,
    "create trigger allocation_follows_booking after update of status on booking"
    " for each row when (old.status is distinct from new.status) execute function allocation_follows_booking()",
]

DOWN: list[str] = [
    "drop trigger if exists allocation_follows_booking on booking",
    "drop trigger if exists allocation_takes_status on allocation",
    "drop function if exists allocation_follows_booking()",
    "drop function if exists allocation_takes_status()",
    "drop function if exists booking_occupies(text)",
]


# --- revision 2: holds, seats, and a stamp that changes with whatever decides what is offered -------------------

# A lane beyond those the resource has is for staff who say why. The key share, which the foreign key takes anyway, makes
# this wait for an owner who is taking lanes away.
_TAKES_2 = """
create or replace function allocation_takes_status() returns trigger language plpgsql as $$
begin
    new.active := true;
    if new.booking_id is not null then
        select booking_occupies(status) into new.active from booking
         where workspace_id = new.workspace_id and id = new.booking_id for no key update;
    end if;
    if new.overlap_reason = '' and new.lane >= (
        select lanes from resource where workspace_id = new.workspace_id and id = new.resource_id for key share)
    then
        raise exception 'lane % is beyond those of resource %', new.lane, new.resource_id
            using errcode = 'check_violation', constraint = 'allocation_within_lanes';
    end if;
    return new;
end $$
"""

_SEATS_FOLLOW = """
create or replace function seats_follow_booking() returns trigger language plpgsql as $$
begin
    delete from seat where workspace_id = new.workspace_id and booking_id = new.id;
    return null;
end $$
"""

# The lock first, the look second: whoever takes a seat at this moment is seen. A key keeps sessions with seats anyway.
_SESSION_ENDS = """
create or replace function session_ends_with_its_last_seat() returns trigger language plpgsql as $$
begin
    perform from group_session where workspace_id = old.workspace_id and id = old.session_id for update;
    delete from group_session where workspace_id = old.workspace_id and id = old.session_id
       and not exists (select from seat where workspace_id = old.workspace_id and session_id = old.session_id);
    return null;
end $$
"""

# A stamp never comes twice, not even after a restore: what was read under another one is out of date.
_STAMP = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"

_CALENDAR_CHANGED = """
create or replace function calendar_changed() returns trigger language plpgsql as $$
begin
    update workspace set calendar_stamp = STAMP
     where id = (case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end);
    return null;
end $$
""".replace("STAMP", _STAMP)

_WORKSPACE_CHANGED = """
create or replace function workspace_calendar_changed() returns trigger language plpgsql as $$
begin
    new.calendar_stamp := STAMP;
    return new;
end $$
""".replace("STAMP", _STAMP)

DECIDE_OFFERS = (
    "service", "service_staff", "service_need", "need_resource", "resource", "opening_hours", "special_hours", "time_off",
    "service_supply",
)  # fmt: skip
"""Tables whose every change may change what is offered."""

PROMISES_UP: list[str] = [
    _TAKES_2,
    "drop trigger allocation_takes_status on allocation",
    "create trigger allocation_takes_status before insert or update of active, booking_id, lane, overlap_reason"
    " on allocation for each row execute function allocation_takes_status()",
    _SEATS_FOLLOW,
    "create trigger seats_follow_booking after update of status on booking for each row"
    " when (not booking_occupies(new.status)) execute function seats_follow_booking()",
    _SESSION_ENDS,
    "create trigger session_ends_with_its_last_seat after delete on seat"
    " for each row execute function session_ends_with_its_last_seat()",
    _CALENDAR_CHANGED,
    *(
        f"create trigger {table}_decides_offers after insert or update or delete on {table}"
        " for each row execute function calendar_changed()"
        for table in DECIDE_OFFERS
    ),
    "create trigger member_decides_offers after update of deactivated_at on member"
    " for each row execute function calendar_changed()",
    "create trigger item_decides_offers after update of shortage_policy, retired_at, reusable on item"
    " for each row execute function calendar_changed()",
    _WORKSPACE_CHANGED,
    "create trigger workspace_decides_offers before insert or update of time_zone, activated_at, name, slug, address, phone,"
    " contact_email, brand_color, phone_region, contact_intro, contact_form_confirmed_at, steps_skipped,"
    " unanswered_after_minutes, staff_see_all, is_demo on workspace for each row execute function workspace_calendar_changed()",
]

PROMISES_DOWN: list[str] = [
    "drop trigger workspace_decides_offers on workspace",
    "drop trigger item_decides_offers on item",
    "drop trigger member_decides_offers on member",
    *(f"drop trigger {table}_decides_offers on {table}" for table in DECIDE_OFFERS),
    "drop trigger session_ends_with_its_last_seat on seat",
    "drop trigger seats_follow_booking on booking",
    "drop trigger allocation_takes_status on allocation",
    "drop function workspace_calendar_changed()",
    "drop function calendar_changed()",
    "drop function session_ends_with_its_last_seat()",
    "drop function seats_follow_booking()",
    _TAKES,
    "create trigger allocation_takes_status before insert or update of active, booking_id on allocation"
    " for each row execute function allocation_takes_status()",
]
