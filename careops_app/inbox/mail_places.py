"""The places a mail can belong to, and the words for why it waits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, select

from careops_app.contacts.models import AddressKind, ContactAddress
from careops_app.contacts.rules import normalised_email
from careops_app.errors import Invalid
from careops_app.inbox.mail_models import MailState

REASONS: dict[str, str] = {
    "failed_proof": "The receiving mail server found that it does not come from where it says.",
    "repeated_id": "It carries the Message-ID of another mail, with other words.",
    "no_sender": "It does not say who sent it.",
    "other_sender": "It answers a message to somebody else than the person who sent it.",
}


@dataclass(frozen=True)
class Place:
    """Where a mail belongs. `reason` is a key of REASONS, or words."""

    state: MailState
    reason: str = ""
    contact_id: int | None = None
    conversation_id: int | None = None


def in_words(reason: str) -> str:
    return REASONS.get(reason, reason)


def contact_of_address(session: Session, address: str) -> int | None:
    """The contact with this e-mail address; None for a stranger."""
    try:
        spelled = normalised_email(address)
    except Invalid:
        return None
    found = select(ContactAddress.contact_id).where(
        ContactAddress.kind == AddressKind.EMAIL, ContactAddress.value == spelled
    )
    return session.exec(found).first()
