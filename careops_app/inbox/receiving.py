"""What comes in: the public contact form, and messages from outside. One contact, one conversation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from sqlmodel import Session, select

from careops_app.contacts import service as contacts
from careops_app.contacts.models import Contact
from careops_app.contacts.service import Identified, Identity
from careops_app.errors import Invalid, Refused
from careops_app.events import InquiryReceived, MessageReceived
from careops_app.inbox import rules, suppression
from careops_app.inbox.channels import Incoming
from careops_app.inbox.models import (
    Author,
    ChannelKind,
    Conversation,
    ConversationState,
    Direction,
    Inquiry,
    Message,
    MessageState,
)
from careops_app.inbox.sending import (
    accounts_of,
    addresses_of,
    conversation_of,
    last_subject,
    new_message_id,
    providers,
)
from careops_app.inbox.texts import Keyword, keyword_of
from careops_app.infra import clock, outbox, security
from careops_app.infra.db import load, lock_names
from careops_app.workspace.access import Actor, Permission, require

LONGEST_KEY = 250


@dataclass(frozen=True)
class InquiryForm:
    """The public contact form as it was typed; `idempotency_key` is made by the page, once per form shown."""

    name: str
    email: str
    phone: str
    message: str
    idempotency_key: str


def submit_inquiry(session: Session, workspace_id: int, form: InquiryForm) -> int:
    """Take an inquiry: contact, conversation, message, event. The same idempotency key returns the same inquiry.

    Raises Invalid per field; Refused(code="key_reused") when the key was used for other words.
    """
    check_key(form)
    lock_names(session, [lock_of(workspace_id, form)])
    if earlier := session.exec(select(Inquiry).where(Inquiry.idempotency_key == form.idempotency_key)).first():
        return _same(earlier, form)
    clean = typed(form)
    identified = contacts.identify(
        session, workspace_id, Identity(clean.name, clean.email, clean.phone), "contact_form"
    )
    conversation = conversation_of(session, workspace_id, identified.contact_id)
    inquiry = _keep_inquiry(session, conversation, clean, form, identified)
    _keep_received(session, conversation, _inquiry_line(inquiry, clean), waits=True)
    outbox.emit(
        session, workspace_id,
        InquiryReceived(identified.contact_id, conversation.id, inquiry.id, new_contact=identified.created),
    )  # fmt: skip
    return inquiry.id


def check_key(form: InquiryForm) -> None:
    """Raises Invalid(idempotency_key) for what cannot name a submission."""
    if not 1 <= len(form.idempotency_key) <= LONGEST_KEY or not form.idempotency_key.isprintable():
        raise Invalid(idempotency_key=f"Use a key of 1 to {LONGEST_KEY} characters.")


def lock_of(workspace_id: int, form: InquiryForm) -> str:
    """What two submissions of one form wait for."""
    return f"inquiry:{workspace_id}:{form.idempotency_key}"


def typed(form: InquiryForm) -> InquiryForm:
    """The form's words, cleaned. Raises Invalid(name | email | message)."""
    name = rules.one_line(form.name)
    problems = {} if name else {"name": "Enter your name."}
    if not form.email.strip() and not form.phone.strip():
        problems["email"] = "Enter an e-mail address or a phone number, so that we can answer."
    if problems:
        raise Invalid(**problems)
    message = rules.message_text(form.message, "message", may_be_empty=True)
    email, phone = rules.one_line(form.email, 254), rules.one_line(form.phone, 40)
    return InquiryForm(name, email, phone, message, form.idempotency_key)


def _same(earlier: Inquiry, form: InquiryForm) -> int:
    check_same_words(earlier.fingerprint, form)
    return earlier.id


def check_same_words(kept: str, form: InquiryForm) -> None:
    """A key is good for one submission. Raises Refused(code="key_reused") when it was used for other words."""
    if kept != fingerprint(form):
        raise Refused(
            "This form was sent already, with other words. Open the page again to write anew.", code="key_reused"
        )


def fingerprint(form: InquiryForm) -> str:
    return security.digest("\x1f".join((form.name, form.email, form.phone, form.message)))


def _keep_inquiry(
    session: Session, conversation: Conversation, clean: InquiryForm, form: InquiryForm, identified: Identified
) -> Inquiry:
    inquiry = Inquiry(
        workspace_id=conversation.workspace_id, conversation_id=conversation.id, contact_id=conversation.contact_id,
        name=clean.name, email=clean.email, phone=clean.phone, message=clean.message, at=clock.now(),
        differing=[asdict(each) for each in identified.differing], idempotency_key=form.idempotency_key,
        fingerprint=fingerprint(form),
    )  # fmt: skip
    session.add(inquiry)
    session.flush()
    return inquiry


def _inquiry_line(inquiry: Inquiry, clean: InquiryForm) -> Message:
    return Message(
        workspace_id=inquiry.workspace_id, conversation_id=inquiry.conversation_id, direction=Direction.IN,
        channel=ChannelKind.WEB, author=Author.CONTACT, author_name=clean.name, body=clean.message,
        about="inquiry", about_id=inquiry.id, state=MessageState.RECEIVED, at=inquiry.at,
    )  # fmt: skip


def _keep_received(session: Session, conversation: Conversation, message: Message, *, waits: bool) -> int:
    """Add a line from the customer; when it `waits` for an answer the conversation opens and starts to wait."""
    session.add(message)
    conversation.last_message_at = max(conversation.last_message_at, message.at)
    if waits:
        conversation.state = ConversationState.OPEN
        conversation.waiting_since = conversation.waiting_since or message.at
        conversation.unread += 1
    session.add(conversation)
    session.flush()
    return message.id


def receive(session: Session, workspace_id: int, incoming: Incoming) -> int:
    """Put a message from outside into its contact's conversation; the same Message-ID arrives once.

    Automatic ones (out of office, lists) are kept but nobody waits and no event is announced. Raises Invalid for an
    address that is none.
    """
    if earlier := _already_here(session, workspace_id, incoming):
        return earlier
    email = incoming.sender if incoming.channel == ChannelKind.EMAIL else ""
    phone = incoming.sender if incoming.channel == ChannelKind.SMS else ""
    name = rules.one_line(incoming.sender_name) or incoming.sender
    identified = contacts.identify(session, workspace_id, Identity(name, email, phone), str(incoming.channel))
    return put_in(session, conversation_of(session, workspace_id, identified.contact_id), incoming, name)


def put_in(session: Session, conversation: Conversation, incoming: Incoming, name: str) -> int:
    """Add a message from outside to a conversation (locked), whoever sent it; `name` is shown as its author."""
    if incoming.channel == ChannelKind.SMS and _obeyed(session, conversation, incoming):
        incoming = replace(incoming, automatic=True)
    message_id = _keep_received(
        session, conversation, _received_line(conversation, incoming, name), waits=not incoming.automatic
    )
    if not incoming.automatic:
        told = MessageReceived(conversation.id, conversation.contact_id, message_id)
        outbox.emit(session, conversation.workspace_id, told)
    return message_id


def _obeyed(session: Session, conversation: Conversation, incoming: Incoming) -> bool:
    """STOP and START, said to us: recorded while the conversation is locked, so that no text leaves after it.

    “Yes” starts only what was stopped; otherwise it is an answer.
    """
    keyword = incoming.keyword or keyword_of(incoming.body)
    number = incoming.sender.strip()
    if keyword == Keyword.STOP:
        suppression.suppress(session, conversation.workspace_id, ChannelKind.SMS, number)
        return True
    return keyword == Keyword.START and suppression.lift(session, ChannelKind.SMS, number)


def _already_here(session: Session, workspace_id: int, incoming: Incoming) -> int | None:
    if incoming.message_id is None:
        return None
    lock_names(session, [f"incoming:{workspace_id}:{incoming.message_id}"])
    return session.exec(select(Message.id).where(Message.rfc_message_id == _header_id(incoming.message_id))).first()


def _header_id(given: str | None) -> str | None:
    """A Message-ID of others as far as it is kept: one line, no longer than any real one."""
    return rules.one_line(given, LONGEST_KEY) or None if given else None


def _received_line(conversation: Conversation, incoming: Incoming, name: str) -> Message:
    return Message(
        workspace_id=conversation.workspace_id, conversation_id=conversation.id, direction=Direction.IN,
        channel=incoming.channel, author=Author.CONTACT, author_name=name, state=MessageState.RECEIVED,
        subject=rules.one_line(incoming.subject, 300),
        body=rules.message_text(incoming.body[: rules.LONGEST_MESSAGE], may_be_empty=True),
        rfc_message_id=_header_id(incoming.message_id), in_reply_to=_header_id(incoming.in_reply_to),
        at=incoming.at or clock.now(),
    )  # fmt: skip


def simulate_reply(session: Session, actor: Actor, conversation_id: int, channel: ChannelKind, body: str) -> int:
    """Write as the customer would, through a captured channel; everything after it is as real as ever.

    Raises Forbidden, NotFound, Invalid(body), Refused when the channel is a real one.
    """
    require(actor, Permission.INBOX)
    conversation = load(session, Conversation, conversation_id)
    if providers(accounts_of(session)).get(channel) != rules.CAPTURED:
        raise Refused("This channel is real: the customer answers for themselves.", code="not_captured")
    address = addresses_of(session, conversation.contact_id).get(channel)
    if address is None:
        raise Refused("The customer has no address on this channel.", code="no_address")
    name = load(session, Contact, conversation.contact_id).name
    subject = rules.reply_subject(last_subject(session, conversation), "") if channel == ChannelKind.EMAIL else ""
    return receive(
        session,
        actor.workspace_id,
        Incoming(channel, address, rules.message_text(body), name, subject, new_message_id({})),
    )
