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
