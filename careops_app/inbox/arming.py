"""Claiming due messages, and the last look at each before it leaves: everything is checked again, under locks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select, tuple_

from careops_app.events import MessageFailed
from careops_app.inbox import mailboxes, mailing, outage, reply_tokens, rules, texting, unsubscribing
from careops_app.inbox.channels import Outgoing
from careops_app.inbox.models import (
    ChannelAccount,
    ChannelKind,
    Conversation,
    DeliveryAttempt,
    Direction,
    Message,
    MessageClass,
    MessageState,
)
from careops_app.inbox.sending import INVITE, announce_held, contact_of, pause_of, skip, unlease
from careops_app.infra import clock, outbox, queue
from careops_app.infra.db import SYSTEM, Scope
from careops_app.workspace import restored
from careops_app.workspace.models import Workspace

BATCH = 40
SEND_LEASE = timedelta(minutes=13)  # connection and AUTH, plus the ten minutes RFC 5321 4.5.3.2.6 grants the final dot
HANDOVER_MARGIN = 60.0  # seconds before the lease ends after which nothing may be handed over
REFERENCES = 10
LOOK_FIRST = timedelta(seconds=15)  # until the mailbox has been looked into again


@dataclass(frozen=True)
class Subject:
    """What a message is about, for the last look before it leaves."""

    about_id: int
    revision: int | None
    template: str | None
    rule: str | None


ArmCheck = Callable[[Session, int, Subject], str | None]
Resolver = Callable[[Session, int], dict[str, str]]
_arm_checks: dict[str, ArmCheck] = {}
_resolvers: dict[str, Resolver] = {}
_shown_to_owners: set[str] = set()


def arm_check(about: str) -> Callable[[ArmCheck], ArmCheck]:
    """Register `(session, workspace_id, subject) -> why it must not be sent any more, or None`.

    It reads its record FOR SHARE, so that a change of that record and the sending cannot cross. One per `about`.
    """

    def register(check: ArmCheck) -> ArmCheck:
        _arm_checks[about] = check
        return check

    return register


@dataclass(frozen=True)
class Stop:
    """Why an automatic message may not go. `until`: it waits and is looked at again then; None: it never goes."""

    reason: str
    until: datetime | None = None


RuleCheck = Callable[[Session, Message], Stop | None]
_rule_checks: list[RuleCheck] = []


def rule_check(check: RuleCheck) -> RuleCheck:
    """Register what the rules say of an automatic message to a contact in the moment before it leaves.

    It may lock only what is locked before subjects, conversations and messages.
    """
    _rule_checks.append(check)
    return check


def private_values(about: str, *, owners_see: bool = False) -> Callable[[Resolver], Resolver]:
    """Register `(session, about_id) -> {"private.link": …}`, read (SYSTEM) at the moment of sending and never stored.

    It raises NotFound when the link is no longer good; the mail then fails. `owners_see`: the captured outbox shows the
    link to owners, who may hand it on themselves.
    """

    def register(resolver: Resolver) -> Resolver:
        _resolvers[about] = resolver
        if owners_see:
            _shown_to_owners.add(about)
        return resolver

    return register


def resolver_of(about: str | None) -> Resolver | None:
    """Who fills in the personal links of mails about this."""
    return _resolvers.get(about or "")


def owners_may_see(about: str | None) -> bool:
    return about in _shown_to_owners


@dataclass(frozen=True)
class Claim:
    """A lease on one message. `trace` is the event it goes back to; None for what a person wrote."""

    message_id: int
    workspace_id: int
    channel: ChannelKind
    lease_token: str
    trace: int | None = None


Line = tuple[int, ChannelKind]  # one workspace's channel: its messages go one after the other


@dataclass(frozen=True)
class Armed:
    """Ready to leave: the message, and the account that carries it."""

    outgoing: Outgoing
    kind: ChannelKind
    provider: str
    sealed: str
    about: str | None
    about_id: int | None


def claim(session: Session, scope: Scope = SYSTEM, *, limit: int = BATCH, busy: Iterable[Line] = ()) -> list[Claim]:
    """Lease due messages, the most urgent class first; lines in `busy` are left alone."""
    claims: list[Claim] = []
    if not queue.may_claim(session, scope):
        return claims
    free_to_send = col(Message.workspace_id).not_in(restored.held())
    free = [tuple_(col(Message.workspace_id), col(Message.channel)).not_in(list(busy))] if busy else []
    for message_class in rules.URGENCY:
        if len(claims) < limit:
            due = Message.message_class == message_class, Message.state == MessageState.QUEUED, free_to_send, *free
            claims += map(_claim_of, queue.claim_due(session, Message, limit - len(claims), *due, counted=False))
    return claims


def lost(session: Session, scope: Scope = SYSTEM, *, limit: int = BATCH) -> list[Claim]:
    """Messages whose worker vanished while handing over."""
    if not queue.may_claim(session, scope):
        return []
    rows = session.exec(
        select(Message)
        .where(Message.state == MessageState.SENDING, col(Message.lease_until) < clock.now())
        .limit(limit)
    )
    return list(map(_claim_of, rows))


def _claim_of(message: Message) -> Claim:
    return Claim(
        message.id,
        message.workspace_id,
        ChannelKind(message.channel or ""),
        message.lease_token or "",
        message.event_id,
    )


@dataclass(frozen=True)
class Verdict:
    """Why a message may not leave now."""

    state: MessageState
    reason: str


def arm(session: Session, workspace_id: int, claim: Claim) -> Armed | None:
    """Check everything again under locks and mark the message as leaving; None when it may not leave.

    Locks are taken in the order rules, subject, conversation, message: the order in which commands take them.
    """
    message = _ours(session, claim)
    if message is None:
        return None
    stopped = _stopped(session, message)
    stale = _stale(session, message)
    conversation = _shared(session, message)
    message = _ours(session, claim, lock=True)
    if message is None or restored.is_held(session):
        return None  # its lease ends by itself, and `claim` leaves it alone until the business is released
    if verdict := stale or _verdict(message, conversation):
        return _turn_away(session, message, conversation, verdict)
    if stopped is not None:
        return _stop(session, message, stopped)
    return _hand_to(session, message, outage.account_of(session, claim.channel))


def _ours(session: Session, claim: Claim, *, lock: bool = False) -> Message | None:
    """The message while our lease on it is good."""
    statement = select(Message).where(
        Message.id == claim.message_id, Message.lease_token == claim.lease_token, Message.state == MessageState.QUEUED,
        col(Message.lease_until) > clock.now(),
    ).execution_options(populate_existing=True)  # fmt: skip
    return session.exec(statement.with_for_update() if lock else statement).first()


def _stale(session: Session, message: Message) -> Verdict | None:
    check = _arm_checks.get(message.about or "")
    if check is None or message.about_id is None:
        return None
    subject = Subject(message.about_id, message.revision, message.template, message.rule)
    reason = check(session, message.workspace_id, subject)
    return Verdict(MessageState.SKIPPED, reason) if reason else None


def _stopped(session: Session, message: Message) -> Stop | None:
    if message.rule is None or message.conversation_id is None:
        return None
    return next((stop for check in _rule_checks if (stop := check(session, message))), None)


def _stop(session: Session, message: Message, stop: Stop) -> None:
    if stop.until is None:
        return skip(session, message, stop.reason)
    return _put_off(session, message, stop.until, stop.reason)


def _shared(session: Session, message: Message) -> Conversation | None:
    """The conversation, locked against a staff reply (FOR SHARE): whoever commits first, the other one sees it."""
    if message.conversation_id is None:
        return None
    statement = select(Conversation).where(Conversation.id == message.conversation_id).with_for_update(read=True)
    return session.exec(statement.execution_options(populate_existing=True)).one()


def _verdict(message: Message, conversation: Conversation | None) -> Verdict | None:
    if message.claims >= queue.MOST_CLAIMS:
        return Verdict(MessageState.FAILED, "poisoned")
    if rules.is_late(message.not_after, clock.now()):
        silent = message.message_class in rules.EXPIRES_SILENTLY
        return Verdict(MessageState.SKIPPED if silent else MessageState.FAILED, "too_late")
    if conversation is not None and not _may_go(message, conversation):
        return Verdict(MessageState.HELD, "staff_replied")
    return None


def _may_go(message: Message, conversation: Conversation) -> bool:
    return rules.may_automate(
        pause_of(conversation), stops_on_reply=message.stops_on_reply, template=message.template, epoch=message.epoch
    )


def _turn_away(session: Session, message: Message, conversation: Conversation | None, verdict: Verdict) -> None:
    if verdict.state == MessageState.SKIPPED:
        return skip(session, message, verdict.reason)
    message.state, message.reason, message.due_at = verdict.state, verdict.reason, None
    unlease(message)
    session.add(message)
    if verdict.state == MessageState.FAILED:
        announce_failure(session, message, rules.in_words(verdict.reason))
    elif conversation is not None:
        announce_held(session, conversation, message.id, message.about_id if message.about == "booking" else None)
    return None


def _hand_to(session: Session, message: Message, account: ChannelAccount | None) -> Armed | None:
    if account is None:
        return _turn_away(session, message, None, Verdict(MessageState.FAILED, "no_channel"))
    if account.retry_at is not None and account.retry_at > clock.now():
        return _put_off(session, message, account.retry_at, outage.WAITS)
    if message.stops_on_reply and account.kind == ChannelKind.EMAIL and mailboxes.is_behind(session):
        return _put_off(session, message, clock.now() + LOOK_FIRST, "mailbox_behind")
    look = texting.last_look if account.kind == ChannelKind.SMS else mailing.last_look
    if stopped := look(session, message, account):
        return _hold(session, message, stopped)
    now = clock.now()
    message.state, message.lease_until, message.provider = MessageState.SENDING, now + SEND_LEASE, account.provider
    message.reason, message.claims = None, message.claims + 1
    session.add(message)
    session.add(
        DeliveryAttempt(
            workspace_id=message.workspace_id, message_id=message.id, number=message.claims, channel=account.kind,
            provider=account.provider, lease_token=message.lease_token or "", at=now,
        )
    )  # fmt: skip
    return Armed(
        _outgoing(session, message, account), ChannelKind(account.kind), account.provider, account.sealed,
        message.about, message.about_id,
    )  # fmt: skip


def _hold(session: Session, message: Message, stopped: str | texting.Wait) -> None:
    """A message waits for a better hour, or never goes; what a person wrote fails, so that they are told."""
    if isinstance(stopped, texting.Wait):
        waits = "quiet_hours" if message.channel == ChannelKind.SMS else outage.WAITS
        return _put_off(session, message, stopped.until, waits)
    told = message.message_class == MessageClass.HUMAN and stopped != "arrived"
    state = MessageState.FAILED if told else MessageState.SKIPPED
    return _turn_away(session, message, None, Verdict(state, stopped))


def _put_off(session: Session, message: Message, until: datetime, reason: str) -> None:
    """Now is not the moment: wait. It is no try."""
    message.due_at, message.reason = until, reason
    unlease(message)
    session.add(message)


def _outgoing(session: Session, message: Message, account: ChannelAccount) -> Outgoing:
    contact_email = session.exec(select(Workspace.contact_email).where(Workspace.id == message.workspace_id)).one()
    return Outgoing(
        sender=account.sender, sender_name=account.sender_name, recipient=message.recipient or "",
        subject=message.subject, body=message.body, message_id=message.rfc_message_id or "",
        in_reply_to=message.in_reply_to, references=_references(session, message),
        reply_to=_reply_to(message, account, contact_email), automated=message.message_class != MessageClass.HUMAN,
        unsubscribe=unsubscribing.link_of(message),
        invite=INVITE.validate_python(message.invite) if message.invite else None, purpose=message.template or "reply",
        deadline=time.monotonic() + SEND_LEASE.total_seconds() - HANDOVER_MARGIN,
    )  # fmt: skip


def _reply_to(message: Message, account: ChannelAccount, contact_email: str) -> str | None:
    """Where answers go: to the mailbox with the conversation's token where marks in addresses are known to arrive."""
    if message.conversation_id is not None and account.provider == "gmail":
        marked = reply_tokens.reply_address(account.sender, message.workspace_id, message.conversation_id)
        if marked is not None:
            return marked
    return contact_email if contact_email != account.sender else None


def _references(session: Session, message: Message) -> tuple[str, ...]:
    """The Message-IDs of the thread so far, oldest first (RFC 5322 3.6.4)."""
    if message.conversation_id is None or message.channel != ChannelKind.EMAIL:
        return ()
    found = session.exec(
        select(Message.rfc_message_id)
        .where(
            Message.conversation_id == message.conversation_id, Message.channel == ChannelKind.EMAIL,
            col(Message.id) < message.id, col(Message.rfc_message_id).is_not(None),
            or_(Message.direction == Direction.IN, col(Message.sent_at).is_not(None)),
        )
        .order_by(col(Message.id).desc())
        .limit(REFERENCES)
    )  # fmt: skip
    return tuple(reversed([each for each in found if each]))


def give_back(session: Session, workspace_id: int, claim: Claim) -> None:
    """Return a message that was claimed but not begun."""
    message = _ours(session, claim, lock=True)
    if message is not None:
        unlease(message)
        session.add(message)


def stumble(session: Session, workspace_id: int, claim: Claim) -> None:
    """It could not be made ready: that counts as a try, and after the last it fails visibly."""
    message = _ours(session, claim, lock=True)
    if message is None:
        return
    message.claims += 1
    if message.claims >= queue.MOST_CLAIMS:
        _turn_away(session, message, None, Verdict(MessageState.FAILED, "poisoned"))
    else:
        _put_off(session, message, clock.now() + queue.backoff(message.claims), "stumbled")


def announce_failure(session: Session, message: Message, reason: str) -> None:
    event = MessageFailed(message.id, contact_of(session, message), reason)
    outbox.emit(session, message.workspace_id, event)
