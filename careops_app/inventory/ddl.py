"""What the database itself guarantees of stock, in words of SQL, for migrations.

The ledger is append-only, an item's totals are the ledger's sum because only the ledger's trigger may write them, and
`0 <= on_hand`, `0 <= reserved` are checked on every write.
"""

from __future__ import annotations

_COUNT = """
create or replace function stock_movement_counts() returns trigger language plpgsql as $$
begin
    update item set on_hand = on_hand + new.on_hand_change, reserved = reserved + new.reserved_change
     where workspace_id = new.workspace_id and id = new.item_id;
    return null;
end $$
"""

# Entries leave only with the whole workspace: the cascade runs after the workspace's own row is gone.
_CLOSED = """
create or replace function stock_movement_is_closed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from workspace where id = old.workspace_id) then
        return old;
    end if;
    raise exception 'the stock ledger is append-only: add a counter-entry instead' using errcode = 'restrict_violation';
end $$
"""

# pg_trigger_depth() is 2 when the update comes from the ledger's own trigger, 1 when it comes from a statement.
_TOTALS = """
create or replace function item_totals_follow_the_ledger() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' and (new.on_hand <> 0 or new.reserved <> 0)
        or tg_op = 'UPDATE' and pg_trigger_depth() < 2
    then
        raise exception 'stock totals are written by the ledger: add a movement' using errcode = 'restrict_violation';
    end if;
    return new;
end $$
"""

UP: list[str] = [
    _COUNT,
    """create trigger stock_movement_counts after insert on stock_movement
       for each row execute function stock_movement_counts()""",
    _CLOSED,
    """create trigger stock_movement_is_closed before update or delete on stock_movement
       for each row execute function stock_movement_is_closed()""",
    _TOTALS,
    """create trigger item_starts_empty before insert on item
       for each row execute function item_totals_follow_the_ledger()""",
    """create trigger item_totals_follow_the_ledger before update on item for each row
       when (old.on_hand is distinct from new.on_hand or old.reserved is distinct from new.reserved)
       execute function item_totals_follow_the_ledger()""",
]

DOWN: list[str] = [
    "drop trigger if exists stock_movement_counts on stock_movement",
    "drop trigger if exists stock_movement_is_closed on stock_movement",
    "drop trigger if exists item_starts_empty on item",
    "drop trigger if exists item_totals_follow_the_ledger on item",
    "drop function if exists stock_movement_counts()",
    "drop function if exists stock_movement_is_closed()",
    "drop function if exists item_totals_follow_the_ledger()",
]
