"""What the database itself guarantees of messages, in words of SQL, for migrations.

A message's state moves only as rules.MAY_BECOME says, and a finished delivery attempt is never changed.
"""

from __future__ import annotations

from careops_app.inbox.rules import MAY_BECOME, MAY_BEGIN

_PAIRS = ", ".join(f"'{was}>{becomes}'" for was, after in MAY_BECOME.items() for becomes in sorted(after))
_FIRST = ", ".join(f"'{state}'" for state in sorted(MAY_BEGIN))

_MOVES = f"""
create or replace function message_state_moves() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state in ({_FIRST}) then return new; end if;
        raise exception 'a message cannot begin as %', new.state using errcode = 'check_violation';
    end if;
    if old.state || '>' || new.state in ({_PAIRS}) then return new; end if;
    raise exception 'a message cannot go from % to %', old.state, new.state using errcode = 'check_violation';
end $$
"""

_FINISHED = """
create or replace function delivery_attempt_is_closed() returns trigger language plpgsql as $$
begin
    if old.outcome = 'started' and new.message_id = old.message_id and new.number = old.number and new.at = old.at then
        return new;
    end if;
    raise exception 'a finished delivery attempt is never changed' using errcode = 'restrict_violation';
end $$
"""

UP: list[str] = [
    _MOVES,
    "create trigger message_state_begins before insert on message for each row execute function message_state_moves()",
    "create trigger message_state_moves before update on message for each row"
    " when (old.state is distinct from new.state) execute function message_state_moves()",
    _FINISHED,
    "create trigger delivery_attempt_is_closed before update on delivery_attempt"
    " for each row execute function delivery_attempt_is_closed()",
]

DOWN: list[str] = [
    "drop trigger if exists message_state_begins on message",
    "drop trigger if exists message_state_moves on message",
    "drop trigger if exists delivery_attempt_is_closed on delivery_attempt",
    "drop function if exists message_state_moves()",
    "drop function if exists delivery_attempt_is_closed()",
]
