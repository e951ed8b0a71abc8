"""Putting messages into the queue, and deciding about those that did not get through."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.contacts.models import AddressKind, ContactAddress
from careops_app.errors import Refused
from careops_app.events import MessageDropped, MessageHeld
from careops_app.inbox import rules, suppression, templates
from careops_app.inbox.channels import Invite
from careops_app.inbox.models import (
    Author,
    ChannelAccount,
    ChannelKind,
    Conversation,
    Direction,
    Message,
    MessageClass,
    MessageState,
)
from careops_app.inbox.rules import Pause, Route
from careops_app.inbox.setup import wording_of
from careops_app.inbox.templates import Filled, Template, Text, Words
from careops_app.infra import clock, outbox
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require

USEFUL_FOR: dict[MessageClass, timedelta] = {
    MessageClass.HUMAN: timedelta(hours=72),
    MessageClass.TRANSACTIONAL: timedelta(hours=72),
    MessageClass.AUTOMATION: timedelta(hours=24),
    MessageClass.ALERT: timedelta(hours=24),
    MessageClass.ACCOUNT: timedelta(days=7),
}
"""How long a message may wait for its channel when its draft does not say."""

ADDRESS_OF = {ChannelKind.EMAIL: AddressKind.EMAIL, ChannelKind.SMS: AddressKind.PHONE}
INVITE = TypeAdapter(Invite)
OWN_WORDS = Words()  # none: the standard ones


@dataclass(frozen=True)
class Draft:
    """One automatic message to a contact. `dedupe_key` names the effect; the same key never makes a second message.

    `not_after`: no longer useful after this instant. `due_at`: not before; None is now. `via` is the channel it goes out
    on where the contact can be reached there. `words` are the rule's own. `refused`: it is written down, and not sent.
    """

    contact_id: int
    template: Template | str
    values: Mapping[str, str]
    dedupe_key: str
    message_class: MessageClass = MessageClass.TRANSACTIONAL
    stops_on_reply: bool = False
    about: str | None = None
    about_id: int | None = None
    revision: int | None = None
    not_after: datetime | None = None
    due_at: datetime | None = None
    invite: Invite | None = None
    via: ChannelKind | None = None
    words: Words = OWN_WORDS
    refused: str = ""
    rule_version: int | None = None
    rule_since: datetime | None = None
    step_minutes: int | None = None


@dataclass(frozen=True)
class AccountMail:
    """A mail to somebody of the business. `{{private.link}}` stays in the stored text until the moment of sending."""

    recipient: str
    template: Template | str
    values: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None
    about_id: int | None = None
    message_class: MessageClass = MessageClass.ACCOUNT
    not_after: datetime | None = None
    dedupe_key: str | None = None
    words: Words = OWN_WORDS


@dataclass(frozen=True)
class QueueOutcome:
    """What became of a draft: queued, held or skipped, and why. `repeated`: the same effect was there already."""

    message_id: int
    state: MessageState
    reason: str
    repeated: bool = False


def queue_message(session: Session, workspace_id: int, draft: Draft, event_id: int, rule: str) -> QueueOutcome:
    """Write an automatic message into the contact's conversation, to be sent as soon as it may.

    Held when the conversation is paused and the message stops on staff reply; skipped when nobody can carry it.
    Raises Invalid when the wording asks for a value the draft does not have.
    """
    conversation = conversation_of(session, workspace_id, draft.contact_id)
    accounts = accounts_of(session)
    open_to = channels_to(session, draft.contact_id)
    route = rules.choose_channel(open_to, providers(accounts), last_used(session, conversation), draft.via)
    filled = filled_for(session, route.kind if route else None, draft.template, draft.values, draft.words)
    state, reason = _first_state(conversation, draft, route)
    if route is None and not draft.refused and len(open_to) < len(addresses_of(session, draft.contact_id)):
        reason = _why_closed(session, addresses_of(session, draft.contact_id))
    row = _row(
        workspace_id, draft, event_id, rule, conversation_id=conversation.id, state=state, reason=reason, route=route,
        accounts=accounts, subject=filled.subject, body=filled.body, dedupe_key=draft.dedupe_key,
        due_at=draft.due_at, epoch=conversation.epoch, stops_on_reply=draft.stops_on_reply, revision=draft.revision,
        invite=INVITE.dump_python(draft.invite, mode="json") if draft.invite else None, rule_version=draft.rule_version,
        rule_since=draft.rule_since, step_minutes=draft.step_minutes,
    )  # fmt: skip
    outcome = _insert(session, row)
    if not outcome.repeated:
        _note_in_conversation(session, conversation, outcome, draft)
    return outcome


def _why_closed(session: Session, addresses: Mapping[ChannelKind, str]) -> str:
    found = (suppression.why_suppressed(session, kind, address) for kind, address in addresses.items())
    return next(filter(None, found), suppression.OPTED_OUT)


def channels_to(session: Session, contact_id: int) -> dict[ChannelKind, str]:
    """Where automatic messages may reach a contact: the addresses that are known and not closed to them."""
    addresses = addresses_of(session, contact_id)
    closed = suppression.suppressed(session, addresses)
    return {kind: address for kind, address in addresses.items() if kind not in closed}


def filled_for(
    session: Session, channel: ChannelKind | None, template: Template | str, values: Mapping[str, str], own: Words
) -> Filled:
    """A message as it reads on a channel: the rule's own words, else the business's, else the standard ones.

    Raises Invalid when the wording asks for a value that is not there.
    """
    text = Text(own.subject, own.body) if own.body else wording_of(session, template)
    filled = templates.fill(template, values, text)
    if channel == ChannelKind.SMS and own.text:
        return replace(filled, body=templates.fill_text(template, values, own.text))
    return filled


def queue_account_message(
    session: Session, workspace_id: int, mail: AccountMail, event_id: int, rule: str
) -> QueueOutcome:
    """Queue a mail to a member or invitee, outside every conversation. Raises Invalid as `queue_message` does."""
    accounts = accounts_of(session)
    route = Route(ChannelKind.EMAIL, mail.recipient) if ChannelKind.EMAIL in accounts else None
    filled = filled_for(session, ChannelKind.EMAIL, mail.template, mail.values, mail.words)
    row = _row(
        workspace_id, mail, event_id, rule, route=route, accounts=accounts, subject=filled.subject, body=filled.body,
        recipient=mail.recipient, dedupe_key=mail.dedupe_key or f"{rule}:{event_id}:{mail.recipient}",
        state=MessageState.QUEUED if route else MessageState.SKIPPED, reason=None if route else "no_channel",
    )  # fmt: skip
    return _insert(session, row)


def queue_alert(session: Session, workspace_id: int, mail: AccountMail, event_id: int, rule: str) -> QueueOutcome:
    """Queue a mail that tells an owner of something; of class alert, whatever the mail says."""
    alert = AccountMail(**{**mail.__dict__, "message_class": MessageClass.ALERT})
    return queue_account_message(session, workspace_id, alert, event_id, rule)


def _first_state(conversation: Conversation, draft: Draft, route: Route | None) -> tuple[MessageState, str | None]:
    if draft.refused:
        return MessageState.SKIPPED, draft.refused
    if route is None:
        return MessageState.SKIPPED, "no_address"
    if rules.is_late(draft.not_after, clock.now()):
        return MessageState.SKIPPED, "too_late"
    free = rules.may_automate(
        pause_of(conversation), stops_on_reply=draft.stops_on_reply, template=draft.template, epoch=conversation.epoch
    )
    return (MessageState.QUEUED, None) if free else (MessageState.HELD, "staff_replied")


def pause_of(conversation: Conversation) -> Pause:
    return Pause(conversation.paused_at, conversation.keeps_reminders, conversation.epoch)


def _row(
    workspace_id: int, draft: Draft | AccountMail, event_id: int, rule: str, *, state: MessageState,
    route: Route | None, accounts: Mapping[ChannelKind, ChannelAccount], due_at: datetime | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    now = clock.now()
    message = Message(
        workspace_id=workspace_id, direction=Direction.OUT, channel=route.kind if route else None, state=state,
        recipient=more.pop("recipient", route.address if route else None), author=Author.AUTOMATION, rule=rule,
        event_id=event_id, template=Template(draft.template), message_class=draft.message_class, about=draft.about,
        about_id=draft.about_id, not_after=draft.not_after or now + USEFUL_FOR[draft.message_class], at=now,
        due_at=(due_at or now) if state == MessageState.QUEUED else None, rfc_message_id=new_message_id(accounts),
        provider=accounts[route.kind].provider if route else None, **more,
    )  # fmt: skip
    return message.model_dump(exclude={"id"})


def _insert(session: Session, row: dict[str, Any]) -> QueueOutcome:
    """The row, or what an earlier call with the same dedupe key made of it."""
    statement = insert(Message).values(row).on_conflict_do_nothing(index_elements=["workspace_id", "dedupe_key"])
    if (message_id := session.execute(statement.returning(col(Message.id))).scalar()) is not None:
        return QueueOutcome(message_id, row["state"], row["reason"] or "")
    earlier = session.exec(select(Message).where(Message.dedupe_key == row["dedupe_key"])).one()
    return QueueOutcome(earlier.id, earlier.state, earlier.reason or "", repeated=True)


def _note_in_conversation(session: Session, conversation: Conversation, outcome: QueueOutcome, draft: Draft) -> None:
    if outcome.state != MessageState.SKIPPED:
        conversation.last_message_at = clock.now()
        session.add(conversation)
    if outcome.state == MessageState.HELD:
        booking_id = draft.about_id if draft.about == "booking" else None
        announce_held(session, conversation, outcome.message_id, booking_id)


def announce_held(session: Session, conversation: Conversation, message_id: int, booking_id: int | None) -> None:
    event = MessageHeld(conversation.id, conversation.contact_id, message_id, booking_id)
    outbox.emit(session, conversation.workspace_id, event)


def conversation_of(session: Session, workspace_id: int, contact_id: int) -> Conversation:
    """The one conversation of a contact, made when it is missing, locked for this transaction."""
    now = clock.now()
    session.execute(
        insert(Conversation)
        .values(workspace_id=workspace_id, contact_id=contact_id, last_message_at=now, created_at=now)
        .on_conflict_do_nothing(index_elements=["workspace_id", "contact_id"])
    )
    statement = select(Conversation).where(Conversation.contact_id == contact_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()


def accounts_of(session: Session) -> dict[ChannelKind, ChannelAccount]:
    """The connected channels."""
    return {ChannelKind(account.kind): account for account in session.exec(select(ChannelAccount))}


def providers(accounts: Mapping[ChannelKind, ChannelAccount]) -> dict[ChannelKind, str]:
    return {kind: account.provider for kind, account in accounts.items()}


def addresses_of(session: Session, contact_id: int) -> dict[ChannelKind, str]:
    """Where a contact can be reached: the primary address of each kind."""
    kinds = {address: channel for channel, address in ADDRESS_OF.items()}
    rows = session.exec(
        select(ContactAddress)
        .where(ContactAddress.contact_id == contact_id)
        .order_by(col(ContactAddress.is_primary), col(ContactAddress.id).desc())
    )
    return {kinds[AddressKind(row.kind)]: row.value for row in rows}


def last_used(session: Session, conversation: Conversation) -> ChannelKind | None:
    """The channel of the latest message that went out or came in by e-mail or text."""
    found = session.exec(
        select(Message.channel)
        .where(
            Message.conversation_id == conversation.id, col(Message.channel).in_([ChannelKind.EMAIL, ChannelKind.SMS]),
            Message.state != MessageState.SKIPPED,
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
    ).first()  # fmt: skip
    return ChannelKind(found) if found else None


def last_subject(session: Session, conversation: Conversation) -> str:
    """What the e-mails of the conversation are about, as the latest one says."""
    found = session.exec(
        select(Message.subject)
        .where(Message.conversation_id == conversation.id, Message.channel == ChannelKind.EMAIL, Message.subject != "")
        .order_by(col(Message.at).desc(), col(Message.id).desc())
    ).first()
    return found or ""


def new_message_id(accounts: Mapping[ChannelKind, ChannelAccount]) -> str:
    """An RFC 5322 Message-ID under the sender's domain; it stays the same through every retry."""
    account = accounts.get(ChannelKind.EMAIL)
    domain = account.sender.rpartition("@")[2] if account else ""
    return f"<{uuid.uuid4().hex}@{domain or 'careops.invalid'}>"


def retry_message(session: Session, actor: Actor, message_id: int) -> None:
    """Send a failed or uncertain message again, with the same Message-ID. Raises Forbidden, NotFound, Refused."""
    require(actor, Permission.INBOX)
    message = load(session, Message, message_id, lock=True)
    if message.state not in rules.MAY_RETRY:
        raise Refused("Only a message that failed or is not certain can be sent again.", code="not_failed")
    now = clock.now()
    message.state, message.due_at, message.reason, message.claims = MessageState.QUEUED, now, None, 0
    message.probe_at = None
    if rules.is_late(message.not_after, now) and message.message_class == MessageClass.HUMAN:
        message.not_after = now + USEFUL_FOR[MessageClass.HUMAN]
    session.add(message)


def drop_message(session: Session, actor: Actor, message_id: int) -> None:
    """Decide that a message which has not gone out never will. Raises Forbidden, NotFound, Refused."""
    require(actor, Permission.INBOX)
    message = load(session, Message, message_id, lock=True)
    if message.state not in rules.MAY_DROP:
        raise Refused("This message can no longer be dropped.", code="not_waiting")
    skip(session, message, "dropped")


def skip(session: Session, message: Message, reason: str) -> None:
    """End a message that will not be sent (`message` is locked) and say so."""
    message.state, message.reason = MessageState.SKIPPED, reason
    unlease(message)
    message.due_at, message.probe_at = None, None
    session.add(message)
    outbox.emit(session, message.workspace_id, MessageDropped(message.id, contact_of(session, message), reason))


def unlease(message: Message) -> None:
    """Take the message back from whoever had claimed it."""
    message.lease_token, message.lease_until = None, None


def contact_of(session: Session, message: Message) -> int | None:
    """Whose conversation a message belongs to; None for mails within the business."""
    if message.conversation_id is None:
        return None
    return load(session, Conversation, message.conversation_id).contact_id
