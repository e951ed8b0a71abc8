"""Messages in doubt: looked for where their provider files what it took, instead of being sent again blindly.

Found: it was sent. Not there after a decent time: sent once more under the same Message-ID, and never a third time. That
it is not there counts only when something that was surely sent is. Where nobody can look, staff decide. E-mail only: a
text waits for its provider's report. (guarantees.md 3.3; RFC 5321 4.5.3.2.6, RFC 1047)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select

from careops_app.errors import DeliveryFailed, Refused
from careops_app.inbox import outage, reports, rules
from careops_app.inbox.channels import Filed, filed_of
from careops_app.inbox.models import ChannelKind, DeliveryAttempt, Message, MessageState, Outcome
from careops_app.infra import clock, queue, security
from careops_app.infra.db import SYSTEM, Scope, fetch, load, transact
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

LOOKS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 300, 600, 900))  # after the doubt began
SETTLED_AFTER = LOOKS[-1]  # a server may take ten minutes over the final dot, and file it after that
STUCK = timedelta(hours=1)  # how long to keep asking a mailbox that does not answer
BATCH = 200
WITNESSES = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Doubt:
    """One message that may have arrived."""

    message_id: int
    workspace_id: int
    rfc_message_id: str


@dataclass(frozen=True)
class Place:
    """Where to look: the account, and Message-IDs of what it has surely sent lately."""

    provider: str
    sealed: str
    witnesses: frozenset[str]


@dataclass(frozen=True)
class Seen:
    """What looking showed. `says` is None when absence proves nothing, else a key of rules.REASONS."""

    found: frozenset[str] = frozenset()
    absence_counts: bool = False
    cannot: str | None = None


async def look(scope: Scope = SYSTEM) -> int:
    """Look for every message in doubt whose time has come; returns how many were looked for."""
    doubts = await transact(due, scope)
    by_workspace: dict[int, list[Doubt]] = defaultdict(list)
    for each in doubts:
        by_workspace[each.workspace_id].append(each)
    for workspace_id, group in by_workspace.items():
        seen = await _seen(await fetch(_place, workspace_id), group)
        for each in group:
            await transact(settle_doubt, workspace_id, each, seen)
    return len(doubts)


def due(session: Session, scope: Scope = SYSTEM) -> list[Doubt]:
    """Take the doubts whose time has come; another worker sees them again when this one does not come to an end."""
    if not queue.may_claim(session, scope):
        return []
    now = clock.now()
    rows = session.exec(
        select(Message)
        .where(col(Message.probe_at) <= now)
        .order_by(col(Message.probe_at))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.probe_at = now + LOOKS[1]
    session.flush()
    return [Doubt(row.id, row.workspace_id, row.rfc_message_id or "") for row in rows]


def _place(session: Session, workspace_id: int) -> Place | None:
    account = outage.account_of(session, ChannelKind.EMAIL)
    if account is None:
        return None
    sent = session.exec(
        select(Message.rfc_message_id)
        .where(
            Message.channel == ChannelKind.EMAIL, Message.provider == account.provider,
            col(Message.state).in_([MessageState.SENT, MessageState.DELIVERED]), col(Message.rfc_message_id).is_not(None),
            col(Message.sent_at) >= account.created_at,
        )
        .order_by(col(Message.id).desc())
        .limit(WITNESSES)
    )  # fmt: skip
    return Place(account.provider, account.sealed, frozenset(each for each in sent if each))


async def _seen(place: Place | None, doubts: list[Doubt]) -> Seen:
    """Everything in one visit. A mailbox that cannot be opened is asked again later."""
    filed = _filed(place) if place else None
    if place is None or filed is None:
        return Seen(cannot="doubt_no_sight")
    asked = frozenset(each.rfc_message_id for each in doubts)
    try:
        found = await filed.find(asked | place.witnesses)
    except DeliveryFailed as failure:
        log.warning("the sent folder cannot be looked into", workspace=doubts[0].workspace_id, reason=str(failure))
        return Seen(cannot="doubt_mailbox_closed")
    return Seen(found & asked, absence_counts=bool(found & place.witnesses))


def _filed(place: Place) -> Filed | None:
    try:
        return filed_of(ChannelKind.EMAIL, place.provider, security.unseal(place.sealed) if place.sealed else {})
    except ValueError:
        return None


def settle_doubt(session: Session, workspace_id: int, doubt: Doubt, seen: Seen) -> None:
    """Write what looking showed, unless somebody has decided meanwhile."""
    message = load(session, Message, doubt.message_id, lock=True)
    if message.state != MessageState.UNCERTAIN:
        return
    if doubt.rfc_message_id in seen.found:
        message.probe_at = None
        reports.found(session, message, "Found in the Sent folder")
        return
    since, tries = _doubted(session, message)
    message.probe_at = _next_look(since, STUCK if seen.cannot == "doubt_mailbox_closed" else SETTLED_AFTER)
    message.reason = seen.cannot or "doubt_looking"
    if seen.cannot == "doubt_no_sight":
        message.probe_at = None
    elif seen.cannot is None and message.probe_at is None:
        _not_there(message, seen, tries)
    session.add(message)


def _not_there(message: Message, seen: Seen, tries: int) -> None:
    """It is not there although it has had the time: once more, if it has not been tried twice and is still of use."""
    if not seen.absence_counts:
        message.reason = "doubt_no_witness"
    elif tries > 1:
        message.reason = "doubt_twice"
    elif rules.is_late(message.not_after, clock.now()):
        message.reason = "doubt_late"
    else:
        message.state, message.due_at, message.reason = MessageState.QUEUED, clock.now(), "doubt_again"


def _doubted(session: Session, message: Message) -> tuple[datetime, int]:
    """Since when it has been in doubt, and how many tries ended in doubt."""
    in_doubt = DeliveryAttempt.message_id == message.id, DeliveryAttempt.outcome == Outcome.UNCERTAIN
    last, tries = session.exec(select(func.max(DeliveryAttempt.ended_at), func.count()).where(*in_doubt)).one()
    return last or message.at, tries


def _next_look(since: datetime, until: timedelta) -> datetime | None:
    """When to look again; None when there was time enough."""
    now = clock.now()
    if now >= since + until:
        return None
    return next((since + after for after in LOOKS if since + after > now), now + LOOKS[2])


def first_look(kind: ChannelKind) -> datetime | None:
    """When to look for a message that has just come into doubt; None on channels that report by themselves."""
    return clock.now() + LOOKS[0] if kind == ChannelKind.EMAIL else None


def mark_arrived(session: Session, actor: Actor, message_id: int) -> None:
    """A member knows that a message in doubt arrived. Raises Forbidden, NotFound, Refused."""
    require(actor, Permission.INBOX)
    message = load(session, Message, message_id, lock=True)
    if message.state not in rules.MAY_CONFIRM:
        raise Refused("Only a message that is not certain can be said to have arrived.", code="not_uncertain")
    message.probe_at = None
    reports.found(session, message, f"{actor.name} knows that it arrived")
    audit(session, actor, "said that a message arrived", message.recipient or "")
