"""Everything the pages of one visit show, read in one go from the link that opened them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from careops_app.automation.plan import message_plan
from careops_app.bookings import catalogue, group_rows, queries
from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.group_rows import GroupRow
from careops_app.bookings.queries import BookingCard
from careops_app.bookings.rules import CustomerMay
from careops_app.bookings.status import BookingStatus
from careops_app.forms import queries as forms
from careops_app.forms.rules import FormStatus
from careops_app.infra import clock
from careops_app.infra.db import Session, fetch
from careops_app.workspace import links
from careops_app.workspace.links import LinkSubject
from careops_app.workspace.models import Purpose
from careops_app.workspace.queries import WorkspaceCard, workspace_card

REMINDER, WAITING = "booking-reminder", frozenset({"message.planned", "message.queued"})
NOT_SHOWN = frozenset({FormStatus.WAIVED, FormStatus.WITHDRAWN})


@dataclass(frozen=True)
class FormLine:
    """A form of this visit; without an address it has not been sent yet."""

    name: str
    address: str
    due_at: datetime
    is_done: bool


@dataclass(frozen=True)
class OtherVisit:
    """Another visit that was booked together with this one; without an address its own link is not known here."""

    booking: GroupRow
    address: str


@dataclass(frozen=True)
class Visit:
    """One visit as its customer sees it. `reminders` are the instants at which a reminder is planned."""

    token: str
    business: WorkspaceCard
    service: ServiceCard
    booking: BookingCard
    forms: tuple[FormLine, ...]
    reminders: tuple[datetime, ...]
    others: tuple[OtherVisit, ...] = ()

    @property
    def address(self) -> str:
        return f"/m/{self.token}"

    @property
    def calendar_address(self) -> str:
        return f"/api/v1/public/bookings/{self.token}/calendar.ics"

    @property
    def may_change(self) -> bool:
        return self.booking.customer_may == CustomerMay.CHANGE

    @property
    def is_cancelled(self) -> bool:
        return self.booking.status == BookingStatus.CANCELLED

    @property
    def is_pending(self) -> bool:
        return self.booking.status == BookingStatus.PENDING


async def visit_of(request: Request, link: LinkSubject) -> Visit:
    """The visit that this link opens, as it is now."""
    return await fetch(_visit, link.workspace_id, link.subject_id, request.path_params["token"])


def _visit(session: Session, workspace_id: int, booking_id: int, token: str) -> Visit:
    booking = queries.booking_card(session, workspace_id, booking_id)
    return Visit(
        token=token,
        business=workspace_card(session, workspace_id),
        service=catalogue.service_card(session, workspace_id, booking.service_id),
        booking=booking,
        forms=_forms(session, workspace_id, booking_id),
        reminders=_reminders(session, workspace_id, booking_id),
        others=_others(session, workspace_id, booking_id),
    )


def _others(session: Session, workspace_id: int, booking_id: int) -> tuple[OtherVisit, ...]:
    """The visits that were booked together with this one and are not cancelled, in order of time."""
    group = group_rows.group_of(session, workspace_id, booking_id)
    rows = [row for row in group.rows if row.id != booking_id] if group else []
    return tuple(_other(session, row) for row in rows if row.status != BookingStatus.CANCELLED)


def _other(session: Session, row: GroupRow) -> OtherVisit:
    token = links.known_token(session, Purpose.MANAGE_BOOKING, row.id)
    return OtherVisit(row, f"/m/{token}" if token else "")


def _forms(session: Session, workspace_id: int, booking_id: int) -> tuple[FormLine, ...]:
    lines = []
    for row in forms.requests_of_booking(session, workspace_id, booking_id):
        if row.status not in NOT_SHOWN:
            token = links.known_token(session, Purpose.FORM, row.id)
            lines.append(FormLine(row.form_name, f"/f/{token}" if token else "", row.due_at, bool(row.submitted_at)))
    return tuple(lines)


def _reminders(session: Session, workspace_id: int, booking_id: int) -> tuple[datetime, ...]:
    plan = message_plan(session, workspace_id, booking_id)
    coming = (line for line in plan if line.rule == REMINDER and line.state_key in WAITING)
    return tuple(line.when for line in coming if line.when > clock.now())
