"""What a provider reports after it took a message: kept as it comes, in any order, and never a step backwards."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.events import MessageFailed, MessageSent
from careops_app.inbox import suppression
from careops_app.inbox.models import ChannelKind, Message, MessageState
from careops_app.inbox.sending import contact_of
from careops_app.inbox.text_models import DeliveryEvent, Reported
from careops_app.infra import clock, outbox

STATUSES: dict[str, Reported] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Reported.TAKEN),
    **dict.fromkeys(("delivered", "read"), Reported.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), Reported.UNDELIVERED),
}
OPTED_OUT = "21610"
WORDS = {
    "21610": "The customer asked for no text messages (STOP)",
    "30003": "The phone is switched off or out of reach",
    "30004": "The phone or its network blocks these texts",
    "30005": "The number is not known",
    "30006": "The number cannot get texts; it may be a landline",
    "30007": "The network took it for spam",
    "30008": "The network did not say why",
}


@dataclass(frozen=True)
class Report:
    """One status of one message. `ref` is the provider's name for the try it speaks of."""

    message_id: str
    ref: str
    status: str
    code: str = ""


def report(session: Session, workspace_id: int, told: Report) -> bool:
    """Keep a report and move the message on. False for a message, or a status, that is not known, and for a repetition."""
    kind = STATUSES.get(told.status)
    statement = select(Message).where(Message.rfc_message_id == told.message_id, Message.channel == ChannelKind.SMS)
    message = session.exec(statement.with_for_update()).first()
    if kind is None or message is None:
        return False
    kept = session.execute(
        insert(DeliveryEvent)
        .values(
            workspace_id=workspace_id, message_id=message.id, external_id=f"{told.ref}:{told.status}"[:250], kind=kind,
            ref=told.ref[:100], code=told.code[:20], at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "external_id"])
        .returning(col(DeliveryEvent.id))
    ).scalar()  # fmt: skip
    if kept is None:
        return False
    if told.code == OPTED_OUT and message.recipient:
        suppression.suppress(session, workspace_id, ChannelKind.SMS, message.recipient)
    apply(session, message)
    return True


def found(session: Session, message: Message, where: str) -> None:
    """Somebody saw that a message in doubt (locked) got there; `where` says who or in which place."""
    session.execute(
        insert(DeliveryEvent)
        .values(
            workspace_id=message.workspace_id, message_id=message.id, external_id=f"found:{message.rfc_message_id}",
            kind=Reported.TAKEN, ref=where[:100], code="", at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "external_id"])
    )  # fmt: skip
    apply(session, message)


def was_taken(session: Session, message: Message) -> bool:
    """Whether the provider has spoken of this message: then it has it."""
    return session.exec(select(DeliveryEvent.id).where(DeliveryEvent.message_id == message.id)).first() is not None


def apply(session: Session, message: Message) -> None:
    """Bring a message (locked) to where its reports say it is. One still leaving waits for its settlement."""
    if message.state not in (MessageState.UNCERTAIN, MessageState.SENT):
        return
    rows = session.exec(
        select(DeliveryEvent).where(DeliveryEvent.message_id == message.id).order_by(col(DeliveryEvent.id))
    ).all()
    if not rows:
        return
    if message.state == MessageState.UNCERTAIN:
        _certain(session, message, rows[0])
    about_this = [row for row in rows if row.ref == message.provider_ref]
    if any(row.kind == Reported.DELIVERED for row in about_this):
        message.state = MessageState.DELIVERED
        session.add(message)
        session.flush()
    elif failed := next((row for row in about_this if row.kind == Reported.UNDELIVERED), None):
        _bounced(session, message, failed.code)


def _certain(session: Session, message: Message, row: DeliveryEvent) -> None:
    message.state, message.reason, message.probe_at = MessageState.SENT, None, None
    message.provider_ref, message.sent_at = row.ref, row.at
    session.add(message)
    session.flush()
    outbox.emit(session, message.workspace_id, MessageSent(message.id, contact_of(session, message)))


def _bounced(session: Session, message: Message, code: str) -> None:
    words = WORDS.get(code, "The network could not deliver it")
    message.state, message.reason = MessageState.BOUNCED, f"{words} ({code})" if code else words
    session.add(message)
    session.flush()
    failed = MessageFailed(message.id, contact_of(session, message), message.reason)
    outbox.emit(session, message.workspace_id, failed)
