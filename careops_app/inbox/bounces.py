"""What reports by mail change: a message that came back says so, and a dead address is not written to again.

Only who got the message knows its Message-ID, so a report that names it is believed (RFC 3464 has no signature).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.events import MessageFailed, MessageSent
from careops_app.inbox import suppression
from careops_app.inbox.mail import Report, ReportKind
from careops_app.inbox.models import ChannelKind, Direction, Message, MessageState
from careops_app.inbox.sending import contact_of
from careops_app.inbox.text_models import DeliveryEvent, Reported
from careops_app.infra import clock, outbox

BOUNCED, COMPLAINED = "bounced", "complained"
ABOUT_THE_LETTER = ("5.2.2", "5.2.3", "5.3.4", "5.6.", "5.7.")
"""Refusals for good that say nothing of the address: a full mailbox, a letter too large, a policy (RFC 3463)."""

WORDS = {
    "5.1.1": "The address does not exist", "5.1.2": "The domain does not exist", "5.1.10": "The domain takes no mail",
    "5.2.1": "The mailbox is switched off", "5.2.2": "The mailbox is full", "5.4.1": "The domain does not answer",
    "5.7.1": "The customer's mail server refused it",
}  # fmt: skip


@dataclass(frozen=True)
class TooEarly(Exception):
    """The message is leaving at this moment; look again soon."""

    message_id: int


def take_report(session: Session, workspace_id: int, report: Report, source: str) -> tuple[str, int | None]:
    """Do what a report says, once per `source`; returns what it was about in a word, and the message it names.

    Raises TooEarly while the message is still being handed over.
    """
    message = _message(session, report.message_id)
    if message is None:
        return "report_about_unknown", None
    if message.state == MessageState.SENDING:
        raise TooEarly(message.id)
    if report.kind == ReportKind.COMPLAINT and message.recipient:
        suppression.suppress(session, workspace_id, ChannelKind.EMAIL, message.recipient, COMPLAINED)
    if report.kind in (ReportKind.FAILED, ReportKind.DELIVERED) and _note(session, message, report, source):
        _apply(session, message, report)
    return f"report_{report.kind}", message.id


def _message(session: Session, message_id: str) -> Message | None:
    if not message_id:
        return None
    statement = select(Message).where(
        Message.rfc_message_id == message_id, Message.channel == ChannelKind.EMAIL, Message.direction == Direction.OUT
    )
    return session.exec(statement.with_for_update().execution_options(populate_existing=True)).first()


def _note(session: Session, message: Message, report: Report, source: str) -> bool:
    """Keep the report; False for a repetition."""
    kind = Reported.UNDELIVERED if report.kind == ReportKind.FAILED else Reported.DELIVERED
    return session.execute(
        insert(DeliveryEvent)
        .values(
            workspace_id=message.workspace_id, message_id=message.id, external_id=f"mail:{source}"[:250], kind=kind,
            ref="report", code=report.status[:20], at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "external_id"])
        .returning(col(DeliveryEvent.id))
    ).scalar() is not None  # fmt: skip


def _apply(session: Session, message: Message, report: Report) -> None:
    if message.state == MessageState.UNCERTAIN:
        _arrived_somewhere(session, message)
    if report.kind == ReportKind.DELIVERED and message.state == MessageState.SENT:
        message.state = MessageState.DELIVERED
        session.add(message)
        session.flush()
    elif report.kind == ReportKind.FAILED and message.state in (MessageState.SENT, MessageState.DELIVERED):
        _came_back(session, message, report)


def _arrived_somewhere(session: Session, message: Message) -> None:
    """A server speaks of it, so our provider had taken it."""
    message.state, message.reason, message.sent_at = MessageState.SENT, None, message.sent_at or clock.now()
    message.probe_at = None
    session.add(message)
    session.flush()
    outbox.emit(session, message.workspace_id, MessageSent(message.id, contact_of(session, message)))


def _came_back(session: Session, message: Message, report: Report) -> None:
    message.state, message.reason = MessageState.BOUNCED, _reason(report)
    session.add(message)
    session.flush()
    same_address = not report.recipient or report.recipient.lower() == (message.recipient or "").lower()
    if is_hard(report.status) and same_address and message.recipient:
        suppression.suppress(session, message.workspace_id, ChannelKind.EMAIL, message.recipient, BOUNCED)
    outbox.emit(
        session, message.workspace_id, MessageFailed(message.id, contact_of(session, message), message.reason or "")
    )


def is_hard(status: str) -> bool:
    """Whether a status means that the address itself is dead."""
    return status.startswith("5.") and not status.startswith(ABOUT_THE_LETTER)


def _reason(report: Report) -> str:
    known = WORDS.get(report.status, "It came back")
    said = report.words if not report.status or report.status in report.words else f"{report.status} {report.words}"
    return f"{known}: {said.strip()}"[:400] if said.strip() else known
