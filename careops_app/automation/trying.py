"""Trying a rule's words before they are used: with a real visit, and as a mail to oneself. Nothing reaches a customer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from careops_app.automation import values
from careops_app.automation.rules import RULES
from careops_app.bookings.models import Booking, BookingStatus, Service
from careops_app.contacts.models import Contact
from careops_app.errors import NotFound, Refused
from careops_app.events import RuleTried
from careops_app.forms.models import FormRequest
from careops_app.inbox import sending, templates, texts
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.sending import AccountMail
from careops_app.inbox.templates import PLACEHOLDERS, Filled, Template, Words
from careops_app.infra import clock, outbox, wording
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import User

SAMPLES = 12
LINKS = frozenset(
    {"booking.manage_link", "form.link", "forms.links", "group.manage_link", "waitlist.link", "link.address"}
)
"""A link of the customer's opens something; a trial shows an example of it instead."""


@dataclass(frozen=True)
class Sample:
    """A visit to try words with."""

    booking_id: int
    what: str


@dataclass(frozen=True)
class Trial:
    """How the words read. `parts`: how many texts the text message takes; `as_standard`: the mail's words serve as text."""

    mail: Filled
    text: str
    parts: int


def samples(session: Session, scope: InWorkspace | int) -> list[Sample]:
    """Visits to try words with: the next ones, then the latest."""
    now = clock.now()
    query = (
        select(Booking, Contact.name, Service.name)
        .join(Contact, col(Contact.id) == Booking.contact_id)
        .join(Service, col(Service.id) == Booking.service_id)
        .where(Booking.status != BookingStatus.CANCELLED)
        .limit(SAMPLES)
    )
    ahead = list(session.exec(query.where(Booking.starts_at > now).order_by(col(Booking.starts_at))))
    past = list(session.exec(query.where(Booking.starts_at <= now).order_by(col(Booking.starts_at).desc())))
    return [
        Sample(booking.id, f"{who}, {service}, {wording.in_list(booking.starts_at, booking.time_zone, now)}")
        for booking, who, service in [*ahead, *past][:SAMPLES]
    ]


def trial(session: Session, actor: Actor, rule: str, words: Words, booking_id: int | None = None) -> Trial:
    """How these words read for a visit; with examples where it says nothing, or for none. Only reads.

    Raises Forbidden, NotFound, Invalid(subject | body | text).
    """
    require(actor, Permission.CONFIGURE)
    template = _template(rule)
    checked = templates.checked_words(template, words)
    facts = _facts(session, actor, template, booking_id)
    mail = sending.filled_for(session, ChannelKind.EMAIL, template, facts, checked)
    text = sending.filled_for(session, ChannelKind.SMS, template, facts, checked).body
    return Trial(mail, text, texts.parts_of(text).parts)


def send_test(session: Session, actor: Actor, rule: str, words: Words, booking_id: int | None = None) -> str:
    """Mail these words to whoever asks, and the text message as a mail too when it has words of its own.

    Returns the address. Raises Forbidden, NotFound, Invalid as `trial` does, Refused without an address.
    """
    require(actor, Permission.CONFIGURE)
    found = trial(session, actor, rule, words, booking_id)
    if actor.user_id is None:
        raise Refused("Sign in as a person to get a test: a key of the API has no address.")
    address = load(session, User, actor.user_id).email
    event_id = outbox.emit(session, actor.workspace_id, RuleTried(rule, actor.member_id or 0))
    mails = [("", Words(f"Test: {found.mail.subject}", found.mail.body))]
    if words.text:
        mails.append((":text", Words(f"Test of the text message: {RULES[rule].name}", found.text)))
    for suffix, said in mails:
        mail = AccountMail(
            address, _template(rule), {}, words=Words(_plain(said.subject), _plain(said.body)),
            dedupe_key=f"test:{event_id}{suffix}",
        )  # fmt: skip
        sending.queue_account_message(session, actor.workspace_id, mail, event_id or 0, rule)
    return address


def _plain(text: str) -> str:
    """Words that are filled already: what a customer wrote in braces is no placeholder."""
    return text.replace("{{", "{ {").replace("}}", "} }")


def _template(rule: str) -> Template:
    found = RULES.get(rule)
    if found is None or found.template is None:
        raise NotFound("The rule")
    return Template(found.template)


def _facts(session: Session, actor: Actor, template: Template, booking_id: int | None) -> dict[str, str]:
    """What the placeholders stand for: of the visit where it says so, examples for the rest and for every link."""
    examples = {name: PLACEHOLDERS[name].example for name in templates.OFFERS[template]}
    if booking_id is None:
        return examples | values.of_business(session, actor.workspace_id)
    booking = load(session, Booking, booking_id)
    known = values.of_contact(session, actor.workspace_id, booking.contact_id)
    known |= values.of_booking(session, booking, link=PLACEHOLDERS["booking.manage_link"].example)
    known["booking.was"] = values.when(booking.starts_at, booking)
    request = session.exec(select(FormRequest).where(FormRequest.booking_id == booking_id)).first()
    if request is not None:
        known |= values.of_form(session, request, link=PLACEHOLDERS["form.link"].example)
    return examples | {name: value for name, value in known.items() if name not in LINKS}
