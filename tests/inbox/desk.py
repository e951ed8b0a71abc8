"""One business with captured channels, its owner and a contact, and short ways to write and to look."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.inbox import delivery
from careops_app.inbox import service as inbox
from careops_app.inbox.models import Conversation, DeliveryAttempt, Message, MessageClass
from careops_app.inbox.service import Draft, Reply
from careops_app.infra import db, outbox
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor
from tests.people import owner

EVENT = 1  # the event that automatic messages of these tests name as their cause


@dataclass
class Business:
    """A workspace with one contact."""

    actor: Actor
    contact_id: int

    @property
    def workspace_id(self) -> int:
        return self.actor.workspace_id

    def conversation_id(self) -> int:
        return db.transact_now(inbox.start_conversation, self.actor, self.contact_id)

    def automated(self, key: str, **more: Any) -> int:
        """Queue an automatic message that stops on staff reply."""
        return self.draft(key, **{"message_class": MessageClass.AUTOMATION, "stops_on_reply": True, **more}).message_id

    def draft(self, key: str, template: str = "welcome", **more: Any) -> inbox.QueueOutcome:
        draft = Draft(self.contact_id, template, values_for(template), key, **more)
        return db.transact_now(inbox.queue_message, self.workspace_id, draft, EVENT, "welcome")

    def reply(self, body: str = "Hello from the team", channel: str = "email", **more: Any) -> inbox.Replied:
        return db.transact_now(inbox.reply, self.actor, Reply(self.conversation_id(), channel, body, **more))  # type: ignore[arg-type]

    def message(self, message_id: int) -> Message:
        return db.fetch_now(_message, self.workspace_id, message_id)

    def messages(self) -> list[Message]:
        return db.fetch_now(_messages, self.workspace_id)

    def conversation(self) -> Conversation:
        return db.fetch_now(_conversation, self.workspace_id, self.contact_id)

    def attempts(self, message_id: int) -> list[DeliveryAttempt]:
        return db.fetch_now(_attempts, self.workspace_id, message_id)

    def events(self, name: str) -> list[Any]:
        return [outbox.told(row) for row in db.fetch_now(_events, self.workspace_id, name)]


def values_for(template: str) -> dict[str, str]:
    """A value for every placeholder the template offers."""
    from careops_app.inbox.templates import OFFERS, PLACEHOLDERS, Template

    return {name: PLACEHOLDERS[name].example for name in OFFERS[Template(template)]}


def _message(session: Session, _: int, message_id: int) -> Message:
    return db.load(session, Message, message_id)


def _messages(session: Session, _: int) -> list[Message]:
    return list(session.exec(select(Message).order_by(col(Message.id))))


def _conversation(session: Session, _: int, contact_id: int) -> Conversation:
    return session.exec(select(Conversation).where(Conversation.contact_id == contact_id)).one()


def _attempts(session: Session, _: int, message_id: int) -> list[DeliveryAttempt]:
    found = select(DeliveryAttempt).where(DeliveryAttempt.message_id == message_id).order_by(col(DeliveryAttempt.id))
    return list(session.exec(found))


def _events(session: Session, _: int, name: str) -> list[OutboxEvent]:
    return list(session.exec(select(OutboxEvent).where(OutboxEvent.name == name).order_by(col(OutboxEvent.id))))


def a_business(name: str = "Harbour Clinic", email: str = "olivia@example.com") -> Business:
    actor = owner(name, email).actor
    db.transact_now(inbox.ensure_captured, actor.workspace_id)
    amelia = Identity("Amelia Hart", "amelia@example.com", "+447400123456")
    return Business(actor, db.transact_now(contacts.identify, actor.workspace_id, amelia, "test").contact_id)


def deliver() -> int:
    """Carry everything that is due now."""
    return asyncio.run(delivery.deliver_due())
