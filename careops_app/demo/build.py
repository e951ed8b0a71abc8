"""Tells the story: pins the clock to each moment, calls the command, and lets automation do what falls due in between."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from careops_app import wiring
from careops_app.bookings import offering, resources
from careops_app.bookings import service as bookings
from careops_app.bookings.lists import BookingFilter, booking_list
from careops_app.bookings.making import BookingRequest
from careops_app.bookings.models import BookingStatus, NeedChoice
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.bookings.queries import booking_card
from careops_app.bookings.resources import ResourceDraft
from careops_app.bookings.service_draft import Need
from careops_app.bookings.spans import Window
from careops_app.contacts.queries import ContactFilter, contact_list
from careops_app.demo import cast, story
from careops_app.demo.cast import Person, Teammate
from careops_app.demo.story import Line, Visit
from careops_app.errors import Refused
from careops_app.forms import answering, building
from careops_app.forms.queries import requests_of_booking
from careops_app.inbox import service as inbox
from careops_app.inbox import trying
from careops_app.inbox.channels import Incoming
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.service import InquiryForm, Reply
from careops_app.infra import clock, queue
from careops_app.infra.db import SYSTEM, fetch_now, transact_now
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.worker.run import drain_now
from careops_app.workspace import queries, service
from careops_app.workspace.access import Actor
from careops_app.workspace.models import Invitation
from careops_app.workspace.rules import Profile
from careops_app.workspace.service import Founding, Invitee

log = structlog.get_logger(__name__)
WEEK = tuple((Window(8 * 60, 20 * 60),) for _ in range(7))
TOGETHER = timedelta(minutes=15)  # what happens closer together than this, automation sees at once
LOOK_EVERY = timedelta(hours=6)  # how often automation looks while nothing happens

Step = tuple[datetime, int, Callable[[], object]]


def build_demo() -> int:
    """Build the demo business unless it is there; returns its workspace id. Workers stand still meanwhile."""
    wiring.install()
    with queue.quiet():
        if (built := fetch_now(queries.demo_workspace, SYSTEM)) is not None:
            return built[0]
        teller = Teller.beginning(clock.now())
        try:
            teller.tell()
        except BaseException:
            transact_now(service.remove, SYSTEM, teller.workspace_id)
            raise
        transact_now(service.mark_as_demo, SYSTEM, teller.workspace_id)
        return teller.workspace_id


@dataclass
class Teller:
    """Carries the story out. `now` is the moment the story leads up to; nothing is dated later."""

    now: datetime
    workspace_id: int
    owner: Actor
    zone: ZoneInfo
    actors: dict[str, Actor] = field(default_factory=dict)
    calendars: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    agenda: list[Step] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    def beginning(cls, now: datetime) -> Teller:
        """Found the business two weeks ago."""
        zone = clock.zone(cast.ZONE)
        start = _instant(now, zone, story.FIRST_DAY, 8 * 60)
        founding = Founding(
            cast.OWNER.name,
            cast.OWNER.email,
            secrets.token_urlsafe(24),
            cast.BUSINESS,
            cast.ZONE,
            cast.ADDRESS,
            cast.EMAIL,
        )
        with clock.at(start):
            founded = transact_now(service.found, SYSTEM, founding)
            owner = fetch_now(queries.member_actor, founded.workspace_id, founded.member_id)
        return cls(now, founded.workspace_id, owner, zone)

    def tell(self) -> None:
        """Set the business up, then live through everything that happened until now."""
        self.open_business()
        self._plan_story()
        seen = self._at(story.FIRST_DAY, 9 * 60)
        while self.agenda:
            moment, _, happen = heapq.heappop(self.agenda)
            self._let_time_pass(seen, moment)
            with clock.at(moment):
                happen()
                if not self.agenda or self.agenda[0][0] > moment + TOGETHER:
                    drain_now(self.workspace_id)
            seen = moment
        self._let_time_pass(seen, self.now)
        with clock.at(self.now):
            self._let_somebody_come_early()
            drain_now(self.workspace_id)

    def _plan(self, moment: datetime, happen: Callable[[], object]) -> None:
        """Put something on the agenda, unless it lies ahead of now."""
        if moment <= self.now:
            heapq.heappush(self.agenda, (moment, next(self.numbers), happen))

    def _at(self, day: int, minute: int) -> datetime:
        return _instant(self.now, self.zone, day, minute)

    def _let_time_pass(self, since: datetime, until: datetime) -> None:
        """Automation looks every few hours, so that reminders go when they were due."""
        moment = since + LOOK_EVERY
        while moment < until:
            with clock.at(moment):
                drain_now(self.workspace_id)
            moment += LOOK_EVERY

    # the business --------------------------------------------------------------------------------------------------

    def open_business(self) -> None:
        """Set the business up and open it, on the morning of its first day."""
        with clock.at(self._at(story.FIRST_DAY, 8 * 60)):
            self._set_up()

    def _set_up(self) -> None:
        self._do(service.edit_profile, Profile(
            cast.BUSINESS, cast.ADDRESS, cast.PHONE, cast.EMAIL, cast.ZONE, contact_intro=cast.INTRO,
        ))  # fmt: skip
        transact_now(inbox.ensure_captured, self.workspace_id)
        for kind in (ChannelKind.EMAIL, ChannelKind.SMS):
            asyncio.run(trying.check_channel(self.owner, kind))
        self._do(service.confirm_contact_form)
        self._gather_team()
        self._offer_services()
        self._prepare_forms()
        self._stock_up()
        self._do(service.activate, [])

    def _do(self, command: Callable[..., object], *args: object, by: Teammate = cast.OWNER) -> object:
        return transact_now(command, self.actors.get(by.name, self.owner), *args)

    def _gather_team(self) -> None:
        self.actors[cast.OWNER.name] = self.owner
        for mate in cast.STAFF:
            invitation = self._do(service.invite, Invitee(mate.email, mate.name, mate.role, mate.permissions))
            drain_now(self.workspace_id)
            transact_now(_join, SYSTEM, invitation, mate.name)
        for row in fetch_now(queries.members, self.owner):
            self.actors[row.name] = fetch_now(queries.member_actor, self.owner, row.id)
        for mate in (cast.OWNER, *cast.STAFF):
            if mate.takes_bookings:
                draft = CalendarDraft(member_id=self.actors[mate.name].member_id)
                self.calendars[mate.name] = _number(self._do(offering.add_calendar, draft))

    def _offer_services(self) -> None:
        self._do(offering.set_hours, None, WEEK)
        for place in cast.PLACES:
            draft = ResourceDraft(place.kind, place.name, place.lanes)
            self.places[place.name] = _number(self._do(resources.add_resource, draft))
        for offer in cast.SERVICES:
            draft = ServiceDraft(
                offer.name, offer.minutes, offer.description, offer.price, buffer_after_minutes=offer.buffer_after,
                cancel_notice_minutes=offer.cancel_notice, needs_approval=offer.needs_approval,
                staff_ids=tuple(self.calendars[mate.name] for mate in offer.by), capacity=offer.seats,
                daily_cap=offer.daily_cap,
                needs=tuple(Need(NeedChoice.ALL, (self.places[place.name],)) for place in offer.needs),
            )  # fmt: skip
            self.services[offer.name] = _number(self._do(offering.add_service, draft))

    def _prepare_forms(self) -> None:
        for name, (intro, questions, offers) in cast.FORMS.items():
            form = self._do(building.create_form, name, intro)
            self._do(building.save_questions, form, questions)
            self._do(building.link_to_services, form, [self.services[offer.name] for offer in offers])

    def _stock_up(self) -> None:
        supplies: dict[str, list[Supply]] = {}
        for stock in cast.ITEMS:
            draft = ItemDraft(
                stock.name, stock.unit, cast.amount(str(stock.threshold)), stock.supplier,
                shortage_policy=stock.on_shortage,
            )  # fmt: skip
            item = _number(self._do(catalogue.add_item, draft, cast.amount(str(stock.on_hand))))
            for offer, quantity in stock.uses:
                supplies.setdefault(offer.name, []).append(Supply(item, cast.amount(quantity)))
        for name, used in supplies.items():
            self._do(catalogue.set_supplies, self.services[name], used)

    # what happens ----------------------------------------------------------------------------------------------------

    def _plan_story(self) -> None:
        for visit in (*story.visits(), story.TODAYS_REQUEST, *story.TWO_FRIENDS, story.HELD_VISIT):
            self._plan(self._booked_at(visit), partial(self._book, visit))
        for line in story.LINES:
            moment = self.now - timedelta(minutes=line.ago) if line.ago is not None else self._at(line.day, line.minute)
            self._plan(moment, partial(self._say, line))

    def _booked_at(self, visit: Visit) -> datetime:
        """Some hour of the day it was booked on; a request of today came in 52 minutes ago."""
        if not visit.booked_before:
            return self.now - timedelta(minutes=52)
        return self._at(visit.day - visit.booked_before, 9 * 60 + (visit.minute * 7) % 540)

    def _book(self, visit: Visit) -> None:
        wanted = BookingRequest(
            self.services[visit.offer.name], self._at(visit.day, visit.minute), visit.person.name,
            f"demo-{next(self.numbers)}", visit.person.email, visit.person.phone, self.calendars[visit.staff.name],
            visit.note,
        )  # fmt: skip
        try:
            booking = transact_now(bookings.request, self.workspace_id, wanted)
        except Refused:
            return  # two visits of the rota met, or its time was over: the customer went elsewhere
        self._plan_visit(visit, booking)

    def _plan_visit(self, visit: Visit, booking: int) -> None:
        """What becomes of a booking, each part at its own moment."""
        card = fetch_now(booking_card, self.workspace_id, booking)
        if card.status == BookingStatus.PENDING and visit is not story.TODAYS_REQUEST:
            self._plan(clock.now() + timedelta(minutes=40), partial(self._move_on, bookings.confirm, visit, booking))
        if visit.fills_forms:
            self._plan(clock.now() + timedelta(hours=3), partial(self._fill_forms, visit, booking))
        elif visit.opens_forms:
            self._plan(clock.now() + timedelta(hours=4), partial(self._open_forms, booking))
        if visit.ends == "cancelled":
            self._plan(card.starts_at - timedelta(hours=30), partial(self._cancel, booking))
        elif visit.ends == "no_show":
            late = card.starts_at + timedelta(minutes=20)
            self._plan(late, partial(self._move_on, bookings.mark_no_show, visit, booking))
        else:
            self._plan(card.starts_at + timedelta(minutes=1), partial(self._move_on, bookings.check_in, visit, booking))
            if not visit.is_last_of_today:
                self._plan(card.ends_at, partial(self._move_on, bookings.complete, visit, booking))

    def _move_on(self, command: Callable[..., object], visit: Visit, booking: int) -> None:
        self._do(command, booking, by=visit.staff)

    def _cancel(self, booking: int) -> None:
        reason = "Something came up at work, sorry."
        transact_now(bookings.cancel_by_customer, self.workspace_id, booking, reason)

    def _fill_forms(self, visit: Visit, booking: int) -> None:
        for request in fetch_now(requests_of_booking, self.workspace_id, booking):
            answers: dict[str, object] = dict(cast.ANSWERS[request.form_name])
            if request.form_name == cast.CONSENT:
                answers["signature"] = {"name": visit.person.name, "on": clock.now().date().isoformat()}
            transact_now(answering.submit, self.workspace_id, request.id, answers)

    def _open_forms(self, booking: int) -> None:
        for request in fetch_now(requests_of_booking, self.workspace_id, booking):
            transact_now(answering.open_request, self.workspace_id, request.id)

    def _let_somebody_come_early(self) -> None:
        """Somebody is always there to be seen: when every chair is empty, the next visitor of today has come already."""
        to_come = fetch_now(booking_list, self.workspace_id, BookingFilter.TO_COME).rows
        waiting = next((row.id for row in to_come if row.status == BookingStatus.CONFIRMED), None)
        if waiting is not None and not fetch_now(booking_list, self.workspace_id, BookingFilter.HERE).total:
            self._do(bookings.check_in, waiting)

    def _say(self, line: Line) -> None:
        if line.form:
            form = InquiryForm(
                line.person.name, line.person.email, line.person.phone, line.text, f"demo-{next(self.numbers)}"
            )
            transact_now(inbox.submit_inquiry, self.workspace_id, form)
        elif line.by is None:
            incoming = Incoming(ChannelKind.EMAIL, line.person.email, line.text, line.person.name)
            transact_now(inbox.receive, self.workspace_id, incoming)
        else:
            self._answer(line, line.by)

    def _answer(self, line: Line, by: Teammate) -> None:
        conversation = _number(self._do(inbox.start_conversation, self._contact(line.person), by=by))
        self._do(inbox.reply, Reply(conversation, ChannelKind.EMAIL, line.text), by=by)
        if line.closes:
            drain_now(self.workspace_id)
            self._do(inbox.close, conversation, by=by)

    def _contact(self, person: Person) -> int:
        return fetch_now(contact_list, self.owner, ContactFilter(text=person.email)).rows[0].id


def _instant(now: datetime, zone: ZoneInfo, day: int, minute: int) -> datetime:
    """A time of day on the clinic's clock, so many days from today, as an instant."""
    date = now.astimezone(zone).date() + timedelta(days=day)
    return datetime.combine(date, time(minute // 60, minute % 60), zone).astimezone(UTC)


def _join(session: Session, invitation_id: object, name: str) -> None:
    """Accept an invitation as its addressee would, with a password nobody knows."""
    invitation = session.get_one(Invitation, invitation_id)
    service.accept_invitation(session, service.invitation_token(invitation), name, secrets.token_urlsafe(24))


def _number(value: object) -> int:
    """The id a command returned."""
    assert isinstance(value, int)
    return value
