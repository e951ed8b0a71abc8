"""The messages that wait when a rule changes: written and not yet gone, or planned; and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.automation import coming, subjects, versions
from careops_app.automation.actions import draft_of
from careops_app.automation.coming import AFTERWARDS, FORM_REMINDER, REMINDER, Coming
from careops_app.automation.dispatcher import occasion_of
from careops_app.automation.rules import RULES
from careops_app.automation.terms import Terms, Version, Via, Waiting, terms_of
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.contacts.models import Contact
from careops_app.forms.models import FormRequest
from careops_app.inbox import rules as inbox_rules
from careops_app.inbox import sending
from careops_app.inbox.models import ChannelKind, Conversation, Message, MessageState
from careops_app.inbox.templates import TITLES, Template, Words
from careops_app.infra import clock

WAITS = (MessageState.QUEUED, MessageState.HELD)
MOST_LOOKED_AT = 500
SHOWN = 5
PLANNED_WITHIN = timedelta(days=60)
AFTER_WITHIN = timedelta(days=16)


@dataclass(frozen=True)
class WaitingMessage:
    """One message that waits: to whom, what, when."""

    who: str
    what: str
    when: datetime


@dataclass(frozen=True)
class WaitingMessages:
    """How many wait, and the first of them. `ids` are those that are written. `more`: there may be more than counted."""

    count: int = 0
    first: tuple[WaitingMessage, ...] = ()
    ids: tuple[int, ...] = ()
    more: bool = False


def under_change(
    session: Session, rule: str, service_id: int | None, past: Sequence[Version], then: Sequence[Version]
) -> WaitingMessages:
    """What waits for which the rule would stand differently."""
    differs = _differs(session, rule, past, then)
    written = [
        message
        for message in session.exec(_written(rule))
        if differs(subjects.service_of_record(session, message.about, message.about_id))
    ]
    planned, more = _planned(session, rule, service_id)
    still = [one for one in planned if differs(subjects.service_of_record(session, one.key.about, one.key.about_id))]
    names = _names(session, written, still)
    found = [*(_of_message(message, names) for message in written), *(_of_plan(one, names) for one in still)]
    found.sort(key=lambda each: each.when)
    return WaitingMessages(len(found), tuple(found[:SHOWN]), tuple(message.id for message in written), more)


def _differs(
    session: Session, rule: str, past: Sequence[Version], then: Sequence[Version]
) -> Callable[[int | None], bool]:
    known: dict[int | None, bool] = {}

    def differs(service_id: int | None) -> bool:
        if service_id not in known:
            standard = versions.standard_of(session, rule, service_id)
            now, later = (_plain(terms_of(each, service_id, None, standard)) for each in (past, then))
            known[service_id] = now != later
        return known[service_id]

    return differs


def _plain(terms: Terms) -> tuple[bool, tuple[tuple[int, Via], ...], Words]:
    return terms.enabled, tuple((step.minutes, step.via) for step in terms.steps), terms.words


def _written(rule: str):
    return (
        select(Message)
        .where(Message.rule == rule, col(Message.state).in_(WAITS), col(Message.conversation_id).is_not(None))
        .order_by(col(Message.id))
    )


def _planned(session: Session, rule: str, service_id: int | None) -> tuple[list[Coming], bool]:
    """What the rule will send that is not written yet, as far as it is looked at; and whether there may be more."""
    if rule == FORM_REMINDER:
        requests = list(session.exec(_open_forms().limit(MOST_LOOKED_AT)))
        found = coming.of_forms(session, requests)
        return [one for one in found if one.stopped != "skipped"], len(requests) == MOST_LOOKED_AT
    if rule != REMINDER and rule not in AFTERWARDS:
        return [], False
    query = _visits(rule).limit(MOST_LOOKED_AT)
    bookings = list(session.exec(query.where(Booking.service_id == service_id) if service_id else query))
    found = [one for one in coming.of_bookings(session, bookings) if one.key.rule == rule]
    return [one for one in found if one.sure and one.stopped != "skipped"], len(bookings) == MOST_LOOKED_AT


def _open_forms():
    return (
        select(FormRequest)
        .where(FormRequest.due_at > clock.now(), col(FormRequest.submitted_at).is_(None))
        .order_by(col(FormRequest.due_at))
    )


def _visits(rule: str):
    now = clock.now()
    if rule == REMINDER:
        ahead = (Booking.starts_at > now, Booking.starts_at < now + PLANNED_WITHIN)
        return select(Booking).where(Booking.status == BookingStatus.CONFIRMED, *ahead).order_by(col(Booking.starts_at))
    status, _ = AFTERWARDS[rule]
    lately = Booking.starts_at > now - AFTER_WITHIN
    return select(Booking).where(Booking.status == status, lately).order_by(col(Booking.starts_at))


def _names(
    session: Session, written: Sequence[Message], planned: Sequence[Coming]
) -> dict[tuple[str, int | None], str]:
    """Who each is for: of planned ones by contact, of written ones by conversation."""
    threads = {message.conversation_id for message in written}
    by_thread = session.exec(
        select(Conversation.id, Contact.name)
        .join(Contact, col(Contact.id) == Conversation.contact_id)
        .where(col(Conversation.id).in_(threads))
    )
    people = {one.contact_id for one in planned}
    by_contact = session.exec(select(Contact.id, Contact.name).where(col(Contact.id).in_(people)))
    names: dict[tuple[str, int | None], str] = {("thread", key): name for key, name in by_thread}
    return names | {("contact", key): name for key, name in by_contact}


def _of_message(message: Message, names: Mapping[tuple[str, int | None], str]) -> WaitingMessage:
    what = TITLES[Template(message.template)] if message.template else ""
    return WaitingMessage(names.get(("thread", message.conversation_id), ""), what, message.due_at or message.at)


def _of_plan(one: Coming, names: Mapping[tuple[str, int | None], str]) -> WaitingMessage:
    return WaitingMessage(names.get(("contact", one.contact_id), ""), one.what, one.when)


def carry_out(session: Session, rule: str, ids: Sequence[int], decision: Waiting, number: int) -> None:
    """Do with written messages what was decided; planned ones follow by themselves, since they are derived."""
    if decision == Waiting.KEEP:
        return
    locked = select(Message).where(col(Message.id).in_(ids)).order_by(col(Message.id)).with_for_update()
    for message in session.exec(locked.execution_options(populate_existing=True)):
        if message.state not in WAITS:
            continue
        if decision == Waiting.DROP:
            sending.skip(session, message, "dropped_with_change")
        else:
            _follow(session, message, number)


def _follow(session: Session, message: Message, number: int) -> None:
    """Write the message anew under the present terms; one that the rule no longer sends is skipped."""
    occasion = occasion_of(session, message.workspace_id, message.rule or "", message.event_id or 0)
    if not occasion.terms.enabled:
        return sending.skip(session, message, "rule_switched_off")
    if occasion.step is None:
        return sending.skip(session, message, "no_longer_a_moment")
    _route(session, message, occasion.step.via)
    rewrite(session, message, occasion.terms.words)
    message.rule_version = number
    session.add(message)
    return None


def rewrite(session: Session, message: Message, words: Words) -> None:
    """Put a message that waits (and is locked) into other words, with the values of now. Raises Invalid, NotFound."""
    template = RULES[message.rule or ""].template or message.template or ""
    occasion = occasion_of(session, message.workspace_id, message.rule or "", message.event_id or 0)
    draft = draft_of(session, occasion, template)
    filled = sending.filled_for(
        session, ChannelKind(message.channel) if message.channel else None, template, draft.values, words
    )
    message.subject, message.body = filled.subject, filled.body
    session.add(message)


def _route(session: Session, message: Message, via: Via) -> None:
    """Send it over another channel when the rule now names one on which the contact can be reached."""
    wanted = {Via.EMAIL: ChannelKind.EMAIL, Via.SMS: ChannelKind.SMS}.get(via)
    contact_id = sending.contact_of(session, message)
    if wanted is None or wanted == message.channel or contact_id is None:
        return
    accounts = sending.accounts_of(session)
    route = inbox_rules.choose_channel(
        sending.channels_to(session, contact_id), sending.providers(accounts), None, wanted
    )
    if route is not None:
        message.channel, message.recipient = route.kind, route.address
        message.provider = accounts[route.kind].provider
