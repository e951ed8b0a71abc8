"""A conversation and a contact's record, each with everything its screen shows, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from careops_app.automation.stops import StopRow, stop_of_contact
from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import AgendaRow, bookings_of_contact
from careops_app.contacts import queries as contacts
from careops_app.contacts.queries import ContactRecord
from careops_app.dashboard.timeline import CONVERSATION, PAGE, Kind, Timeline, timeline
from careops_app.forms.queries import RequestRow, requests_of_contact
from careops_app.inbox import thread_queries
from careops_app.inbox.thread_queries import ConversationHead, Stoppable
from careops_app.infra import clock
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.queries import MemberRow

EXPECTED = frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN})


@dataclass(frozen=True)
class Person:
    """A contact with visits (the latest start first) and forms (the newest first); `stop`: nothing automatic reaches it."""

    record: ContactRecord
    visits: tuple[AgendaRow, ...]
    forms: tuple[RequestRow, ...]
    next_visit: AgendaRow | None
    stop: StopRow | None = None


@dataclass(frozen=True)
class OpenConversation:
    """The inbox's thread: `held` waits for Resume; `will_hold` is what a reply would stop; `team` may be assigned."""

    head: ConversationHead
    person: Person
    story: Timeline
    held: tuple[Stoppable, ...]
    will_hold: tuple[Stoppable, ...]
    team: tuple[MemberRow, ...]
    time_zone: str


@dataclass(frozen=True)
class OpenContact:
    """A contact's record with the part of its story that was asked for."""

    person: Person
    story: Timeline
    time_zone: str


def open_conversation(
    session: Session, actor: Actor, conversation_id: int, *, most: int = PAGE, since: datetime | None = None
) -> OpenConversation:
    """One conversation with all that stands around it. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    head = thread_queries.conversation_head(session, actor, conversation_id)
    return OpenConversation(
        head=head,
        person=_person(session, actor, head.contact_id),
        story=timeline(session, actor, head.contact_id, CONVERSATION, most=most, since=since),
        held=thread_queries.held(session, actor, conversation_id),
        will_hold=thread_queries.will_hold(session, actor, conversation_id),
        team=tuple(member for member in workspaces.members(session, actor) if _answers(member)),
        time_zone=workspaces.workspace_card(session, actor).time_zone,
    )


def open_contact(
    session: Session,
    actor: Actor,
    contact_id: int,
    kinds: frozenset[Kind],
    *,
    most: int = PAGE,
    since: datetime | None = None,
) -> OpenContact:
    """One contact with its story. Raises NotFound."""
    return OpenContact(
        person=_person(session, actor, contact_id),
        story=timeline(session, actor, contact_id, kinds, most=most, since=since),
        time_zone=workspaces.workspace_card(session, actor).time_zone,
    )


def _person(session: Session, actor: Actor, contact_id: int) -> Person:
    visits = bookings_of_contact(session, actor, contact_id)
    now = clock.now()
    ahead = [visit for visit in visits if visit.ends_at > now and visit.status in EXPECTED]
    return Person(
        record=contacts.record(session, actor, contact_id),
        visits=visits,
        forms=requests_of_contact(session, actor, contact_id),
        next_visit=ahead[-1] if ahead else None,
        stop=stop_of_contact(session, actor, contact_id),
    )


def _answers(member: MemberRow) -> bool:
    return member.is_active and (member.role == "owner" or Permission.INBOX in member.permissions)
