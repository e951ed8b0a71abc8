"""What changes what is asked of whom: requests, their sending, waiving and withdrawal.

Making forms is in `building`, answering them in `answering`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.bookings.models import Booking, BookingStatus
from careops_app.contacts.models import Contact
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.events import FormRequested, FormWaived
from careops_app.forms import rules
from careops_app.forms.models import Form, FormDocument, FormRequest, FormVersion, ServiceForm
from careops_app.forms.rules import FormStatus
from careops_app.infra import clock, outbox
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

LONGEST_REASON = 300
ENDED = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW})


@dataclass(frozen=True)
class Asked:
    """Which form is asked of whom, until when."""

    form_id: int
    contact_id: int
    booking_id: int | None
    due_at: datetime
    by_staff: bool = False


def request_for_booking(session: Session, workspace_id: int, booking_id: int) -> list[int]:
    """Ask for every form of the booking's service, each once per booking; announces FormRequested for new ones.

    Returns the ids of all requests of this booking that are still open, for the message that carries their links; none
    when the booking has ended. Raises NotFound.
    """
    booking = _steady(session, booking_id)
    if booking.status in ENDED:
        return []
    due_at = rules.due_at(booking.starts_at, booking.moved_at or booking.created_at)
    for form_id in _forms_of_service(session, booking.service_id):
        _request(session, workspace_id, Asked(form_id, booking.contact_id, booking_id, due_at))
    return [request.id for request in _unfinished_of(session, booking_id)]


def _steady(session: Session, booking_id: int) -> Booking:
    """The booking, neither moved nor cancelled before this transaction ends. Raises NotFound."""
    held = session.get(Booking, booking_id, with_for_update={"read": True}, populate_existing=True)
    if held is None:
        raise NotFound("The booking")
    return held


def request_by_staff(
    session: Session, actor: Actor, form_id: int, contact_id: int, booking_id: int | None = None
) -> int:
    """Ask one form of a contact by hand; without a booking it is due in 7 days.

    Raises Forbidden, NotFound, Refused when the form is retired or empty, or the booking has this form already.
    """
    require(actor, Permission.FORMS)
    form = load(session, Form, form_id)
    if form.retired_at is not None:
        raise Refused(f"“{form.name}” is retired. Choose another form.", code="retired")
    if not _asks_something(session, form_id):
        raise Refused(f"“{form.name}” has no questions yet.", code="empty_form")
    load(session, Contact, contact_id)
    asked = Asked(form_id, contact_id, booking_id, _due_by_hand(session, contact_id, booking_id), by_staff=True)
    if (request_id := _request(session, actor.workspace_id, asked)) is None:
        raise Refused(f"“{form.name}” has already been asked for this visit.", code="already_requested")
    return request_id


def _due_by_hand(session: Session, contact_id: int, booking_id: int | None) -> datetime:
    now = clock.now()
    if booking_id is None:
        return now + rules.DUE_WITHOUT_BOOKING
    booking = _steady(session, booking_id)
    if booking.contact_id != contact_id:
        raise Refused("This visit belongs to another customer.", code="other_contact")
    if booking.status in ENDED:
        raise Refused("This visit will not take place, so it needs no forms.", code="booking_ended")
    return rules.due_at(booking.starts_at, now)


def _request(session: Session, workspace_id: int, asked: Asked) -> int | None:
    """One row per booking and form; None when it was there."""
    request_id = session.execute(
        insert(FormRequest)
        .values(
            workspace_id=workspace_id, form_id=asked.form_id, version_id=newest_version(session, asked.form_id).id,
            booking_id=asked.booking_id, contact_id=asked.contact_id, due_at=asked.due_at, created_at=clock.now(),
            waived_reason="",
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "booking_id", "form_id"])
        .returning(col(FormRequest.id))
    ).scalar()  # fmt: skip
    if request_id is not None:
        announcement = FormRequested(request_id, asked.contact_id, asked.booking_id, by_staff=asked.by_staff)
        outbox.emit(session, workspace_id, announcement, once=f"form.requested:{request_id}")
    return request_id


def _forms_of_service(session: Session, service_id: int) -> list[int]:
    """Forms linked to a service that are in use and ask something."""
    linked = session.exec(
        select(ServiceForm.form_id)
        .join(Form, col(Form.id) == ServiceForm.form_id)
        .where(ServiceForm.service_id == service_id, col(Form.retired_at).is_(None))
        .order_by(col(ServiceForm.form_id))
    )
    return [form_id for form_id in linked if _asks_something(session, form_id)]


def _asks_something(session: Session, form_id: int) -> bool:
    """A form without questions and documents is still being built: nobody is sent an empty page."""
    version = newest_version(session, form_id)
    documents = select(FormDocument.id).where(FormDocument.version_id == version.id).limit(1)
    return bool(version.questions) or session.exec(documents).first() is not None


def newest_version(session: Session, form_id: int) -> FormVersion:
    """The version that is sent from now on. Raises NotFound."""
    newest = select(FormVersion).where(FormVersion.form_id == form_id).order_by(col(FormVersion.number).desc()).limit(1)
    if (version := session.exec(newest).first()) is None:
        raise NotFound("The form")
    return version


def mark_sent(session: Session, workspace_id: int, request_id: int) -> None:
    """The message with the link has left; the first time counts. Raises NotFound."""
    request = load(session, FormRequest, request_id, lock=True)
    request.sent_at = request.sent_at or clock.now()
    session.add(request)


def mark_sent_for_booking(session: Session, workspace_id: int, booking_id: int) -> None:
    """The message with all links of a booking has left: every form still asked for counts as sent."""
    for request in _unfinished_of(session, booking_id):
        request.sent_at = request.sent_at or clock.now()
        session.add(request)


def waive(session: Session, actor: Actor, request_id: int, reason: str) -> None:
    """Do without the answers; written down with name and reason. Announces FormWaived once.

    Raises Forbidden, NotFound, Invalid(reason), Refused when the form is done or withdrawn.
    """
    require(actor, Permission.FORMS)
    reason = " ".join(reason.split())
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise Invalid(reason=f"Say why the form is not needed, 3 to {LONGEST_REASON} characters.")
    request = load(session, FormRequest, request_id, lock=True)
    if (stage := rules.status(request, clock.now())) == FormStatus.WAIVED:
        return
    if stage in rules.FINISHED:
        raise Refused("This form is finished, so there is nothing to waive.", code="form_ended")
    request.waived_at, request.waived_by, request.waived_reason = clock.now(), actor.name, reason
    session.add(request)
    audit(
        session, actor, "waived the form", load(session, Form, request.form_id).name, request=request_id, reason=reason
    )
    announcement = FormWaived(request_id, request.contact_id, request.booking_id)
    outbox.emit(session, actor.workspace_id, announcement, once=f"form.waived:{request_id}")


def withdraw_for_booking(session: Session, workspace_id: int, booking_id: int) -> list[int]:
    """The booking was cancelled: its unfinished forms are no longer asked for. Returns their ids."""
    requests = _unfinished_of(session, booking_id)
    for request in requests:
        request.withdrawn_at = clock.now()
        session.add(request)
    return [request.id for request in requests]


def ask_again_for_booking(session: Session, workspace_id: int, booking_id: int, starts_at: datetime) -> None:
    """The booking takes place after all: forms that its cancellation withdrew are asked for again."""
    withdrawn = select(FormRequest).where(
        FormRequest.booking_id == booking_id, col(FormRequest.withdrawn_at).is_not(None)
    )  # fmt: skip
    for request in session.exec(withdrawn).all():
        request.withdrawn_at, request.due_at = None, rules.due_at(starts_at, clock.now())
        session.add(request)


def move_due_times(session: Session, workspace_id: int, booking_id: int, starts_at: datetime) -> list[int]:
    """The booking was moved: its unfinished forms are due by the new start. Returns their ids."""
    requests = _unfinished_of(session, booking_id)
    for request in requests:
        request.due_at = rules.due_at(starts_at, clock.now())
        session.add(request)
    return [request.id for request in requests]


def _unfinished_of(session: Session, booking_id: int) -> list[FormRequest]:
    return list(
        session.exec(
            select(FormRequest)
            .where(
                FormRequest.booking_id == booking_id,
                col(FormRequest.submitted_at).is_(None),
                col(FormRequest.waived_at).is_(None),
                col(FormRequest.withdrawn_at).is_(None),
            )
            .order_by(col(FormRequest.id))
            .with_for_update()
        )
    )
