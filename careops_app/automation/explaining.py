"""Why something was sent, and why it was not: an event, every rule's look at it with its checks, and what came of each.

All of it goes by one number, the event's: runs and messages carry it, and so does every line of the log ("trace").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.automation import looking
from careops_app.automation.models import AutomationRun, RunState
from careops_app.automation.reasons import check_in_words, in_words
from careops_app.automation.rules import RULES
from careops_app.contacts.models import Contact
from careops_app.errors import NotFound
from careops_app.inbox import thread_queries
from careops_app.inbox.models import Conversation, Direction, Message
from careops_app.inbox.thread_queries import AttemptRow, MessageRow
from careops_app.infra.db import load
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor, Permission, require

AROUND = timedelta(minutes=1)  # a message and the event that announces it are of one transaction
NOT_THERE = "The rule has not looked at this event. Replay carries out what is missing."
NOT_YET = "The rule has not looked yet: the worker comes to it within seconds."


@dataclass(frozen=True)
class Check:
    """One question. `holds` None: it was not asked, because one before it had decided."""

    words: str
    holds: bool | None
    why_not: str = ""


@dataclass(frozen=True)
class Sending:
    """A message that a rule wrote, and every try to deliver it."""

    message: MessageRow
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True)
class Look:
    """One rule's look at one event. `run_id` None: it has not looked, and `reason` says why.

    `version` of the rule: 0 is as CareOps came.
    """

    rule: str
    rule_name: str
    sentence: str
    event_id: int
    event: str
    event_at: datetime
    run_id: int | None
    state: RunState
    reason: str
    decided_at: datetime | None
    version: int
    tries: int
    checks: tuple[Check, ...]
    sent: tuple[Sending, ...]

    @property
    def state_key(self) -> str:
        """What came of it in the end: the message's state when it wrote one, else the rule's decision."""
        return self.sent[-1].message.state_key if self.sent else f"run.{self.state}"

    @property
    def in_the_end(self) -> str:
        """Why it ended like this, in words; empty when there is nothing to say."""
        return (self.sent[-1].message.reason if self.sent else "") or ("" if self.sent else self.reason)

    @property
    def may_replay(self) -> bool:
        """Whether there is something that a replay would carry out."""
        return self.state == RunState.FAILED or (self.run_id is None and self.reason == NOT_THERE)


@dataclass(frozen=True)
class Trace:
    """An event and all that followed from it. `number` is the trace id, under which the logs tell of it too."""

    number: int
    event: str
    at: datetime
    contact_id: int | None
    contact: str
    booking_id: int | None
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Explained:
    """Where one message comes from and what followed; `trace` None: no event announces it (a note of the team)."""

    message: MessageRow
    attempts: tuple[AttemptRow, ...]
    trace: Trace | None


def explain_message(session: Session, actor: Actor, message_id: int) -> Explained:
    """Any message: the event behind it, the rules that looked, the tries. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    message = load(session, Message, message_id)
    event = _event_of(session, message)
    return Explained(
        thread_queries.message(session, actor, message_id), thread_queries.attempts(session, actor, message_id),
        _trace(session, actor, event) if event else None,
    )  # fmt: skip


def trace(session: Session, actor: Actor, event_id: int) -> Trace:
    """An event and every rule's look at it. Raises NotFound."""
    require(actor, Permission.MEMBER)
    return _trace(session, actor, load(session, OutboxEvent, event_id))


def _event_of(session: Session, message: Message) -> OutboxEvent | None:
    """The event that made a rule write it; of what a person wrote, the event that announced it."""
    if message.event_id is not None:
        return session.get(OutboxEvent, message.event_id)
    if message.direction == Direction.NOTE or message.conversation_id is None:
        return None
    contact_id = load(session, Conversation, message.conversation_id).contact_id
    found = session.exec(
        select(OutboxEvent)
        .where(
            OutboxEvent.workspace_id == message.workspace_id, OutboxEvent.contact_id == contact_id,
            col(OutboxEvent.at).between(message.at - AROUND, message.at + AROUND),
            col(OutboxEvent.name).in_(("message.replied", "message.received", "inquiry.received")),
        )
        .order_by(col(OutboxEvent.id))
        .limit(50)
    )  # fmt: skip
    return next((event for event in found if _announces(event, message)), None)


def _announces(event: OutboxEvent, message: Message) -> bool:
    if event.name == "inquiry.received":
        return message.about == "inquiry" and event.payload.get("inquiry_id") == message.about_id
    return event.payload.get("message_id") == message.id


def _trace(session: Session, actor: Actor, event: OutboxEvent) -> Trace:
    contact = session.get(Contact, event.contact_id) if event.contact_id else None
    return Trace(
        event.id, event.name, event.at, event.contact_id, contact.name if contact else "", event.booking_id,
        tuple(looks(session, actor, [event])),
    )  # fmt: skip


def looks(session: Session, actor: Actor, events: Sequence[OutboxEvent], rules: Iterable[str] = RULES) -> list[Look]:
    """How each of these rules looked at each event, in the order of the events and of the table of rules.

    What was sent is told to members who may read the inbox.
    """
    ids = [event.id for event in events]
    wanted = set(rules)
    runs = {
        (run.event_id, run.rule): run
        for run in session.exec(select(AutomationRun).where(col(AutomationRun.event_id).in_(ids)))
    }
    sendings = _sendings(session, actor, ids) if actor.may(Permission.INBOX) else {}
    found = []
    for event in events:
        heard = [key for key, rule in RULES.items() if event.name in {each.name for each in rule.on}]
        gone = [rule for at, rule in runs if at == event.id and rule not in RULES]
        for key in [*heard, *gone]:
            if key in wanted or key in gone:
                found.append(_look(event, key, runs.get((event.id, key)), sendings.get((event.id, key), ())))
    return found


def _look(event: OutboxEvent, key: str, run: AutomationRun | None, sent: tuple[Sending, ...]) -> Look:
    rule = RULES.get(key)
    missing = NOT_YET if event.fanned_out_at is None else NOT_THERE
    return Look(
        rule=key, rule_name=rule.name if rule else key, sentence=rule.sentence.replace("**", "") if rule else "",
        event_id=event.id, event=event.name, event_at=event.at, run_id=run.id if run else None,
        state=RunState(run.state) if run else RunState.WAITING, reason=_reason(run) if run else missing,
        decided_at=run.decided_at if run else None, version=run.version if run else 0, tries=run.claims if run else 0,
        checks=_checks(key, run), sent=sent,
    )  # fmt: skip


def _reason(run: AutomationRun) -> str:
    if run.state == RunState.WAITING and not run.reason:
        return NOT_YET
    return in_words(run.reason)


def _checks(key: str, run: AutomationRun | None) -> tuple[Check, ...]:
    """Those that were made as they were kept, then those that were not asked any more."""
    made = [(name, reason) for name, reason in run.checks] if run else []
    done = [Check(check_in_words(name), reason is None, in_words(reason or "")) for name, reason in made]
    rule = RULES.get(key)
    asked = {name for name, _ in made}
    left = [name for name in looking.keys_of(rule) if name not in asked] if rule and made else []
    return (*done, *(Check(check_in_words(name), None) for name in left))


def _sendings(session: Session, actor: Actor, event_ids: list[int]) -> dict[tuple[int, str], tuple[Sending, ...]]:
    found: dict[tuple[int, str], tuple[Sending, ...]] = {}
    for row in thread_queries.messages_of_events(session, actor, event_ids):
        if row.why is None:
            raise NotFound("The rule of the message")
        key = (row.why.event_id, row.why.rule)
        found[key] = (*found.get(key, ()), Sending(row, thread_queries.attempts(session, actor, row.id)))
    return found
