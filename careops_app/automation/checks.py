"""The last look before an automatic message leaves: is what it says still so? Registered with the inbox on import.

Each check reads its record FOR SHARE, so a change of the record and the sending cannot cross.
"""

from __future__ import annotations

from sqlmodel import Session, select

from careops_app.automation import locks, plan_changes, stops, subjects, versions
from careops_app.automation.rules import RULES
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.bookings.waitlist_models import OfferOutcome, WaitlistOffer
from careops_app.errors import NotFound
from careops_app.forms.models import FormRequest
from careops_app.inbox.arming import Stop, Subject, arm_check, private_values, rule_check
from careops_app.inbox.models import Message
from careops_app.inbox.sending import contact_of
from careops_app.infra import clock
from careops_app.infra.settings import settings
from careops_app.workspace import service as workspace
from careops_app.workspace import sign_in
from careops_app.workspace.models import Invitation, PasswordReset

AFTERWARDS = {"follow_up": BookingStatus.COMPLETED, "no_show_message": BookingStatus.NO_SHOW}
"""Templates about what a visit was in the end, and which end that is."""


@rule_check
def rule_still_sends(session: Session, message: Message) -> Stop | None:
    """The kill switches, the rule as it stands for what was planned then, and what the team decided about this one."""
    locks.reading(session, message.workspace_id, locks.STOPS)
    stopped = stops.stopped_for(session, contact_of(session, message))
    if stopped == stops.CONTACT_STOPPED:
        return Stop(stopped)
    rule = RULES.get(message.rule or "")
    if rule is not None and not rule.locked and (reason := _ended(session, message, rule.key)):
        return Stop(reason)
    return Stop(stopped, clock.now() + stops.LOOK_AGAIN) if stopped else None


def _ended(session: Session, message: Message, rule: str) -> str | None:
    service_id = subjects.service_of_record(session, message.about, message.about_id)
    terms = versions.terms_for(session, rule, service_id, message.rule_since or message.at)
    if not terms.enabled:
        return "rule_switched_off"
    if terms.dropped:
        return "dropped_with_change"
    if message.step_minutes is None:
        return None
    change = plan_changes.of_message(session, message.about, message.about_id, rule, message.step_minutes)
    return plan_changes.SKIPPED if change is not None and change.skips else None


@arm_check("booking")
def booking_is_as_told(session: Session, workspace_id: int, subject: Subject) -> str | None:
    """A message about a booking is stale once the booking has moved, and a reminder once it is not confirmed."""
    booking = session.exec(select(Booking).where(Booking.id == subject.about_id).with_for_update(read=True)).first()
    if booking is None or (subject.revision is not None and booking.revision != subject.revision):
        return "superseded"
    if subject.template == "reminder" and booking.status != BookingStatus.CONFIRMED:
        return "booking_not_confirmed"
    wanted = AFTERWARDS.get(subject.template or "")
    return "visit_taken_back" if wanted is not None and booking.status != wanted else None


@arm_check("booking_group")
def group_is_as_told(session: Session, workspace_id: int, subject: Subject) -> str | None:
    """A message about several bookings is stale once none of them is what it says: cancelled, or no longer so."""
    locked = select(Booking).where(Booking.group_id == subject.about_id).with_for_update(read=True)
    statuses = {BookingStatus(booking.status) for booking in session.exec(locked)}
    is_notice = subject.template == "group_cancelled"
    stays = BookingStatus.CANCELLED in statuses if is_notice else bool(statuses - {BookingStatus.CANCELLED})
    return None if stays else "superseded"


@arm_check("waitlist_offer")
def offer_still_stands(session: Session, workspace_id: int, subject: Subject) -> str | None:
    """An offer that was answered or has run out is not sent any more."""
    offer = session.exec(
        select(WaitlistOffer).where(WaitlistOffer.id == subject.about_id).with_for_update(read=True)
    ).first()
    stands = offer is not None and offer.outcome == OfferOutcome.OPEN and offer.expires_at > clock.now()
    return None if stands else "offer_over"


@arm_check("form_request")
def form_is_still_wanted(session: Session, workspace_id: int, subject: Subject) -> str | None:
    """A message that asks for a form is stale once the form is complete, waived or withdrawn."""
    if subject.template not in ("form_request", "form_reminder"):
        return None
    request = session.exec(
        select(FormRequest).where(FormRequest.id == subject.about_id).with_for_update(read=True)
    ).first()
    if request is None or request.withdrawn_at or request.waived_at:
        return "form_withdrawn_or_waived"
    return "form_already_completed" if request.submitted_at else None


@private_values("invitation", owners_see=True)
def invitation_link(session: Session, invitation_id: int) -> dict[str, str]:
    """The link of an invitation that is still open; only read, so nothing is locked. Raises NotFound."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= clock.now():
        raise NotFound("The invitation")
    return {"private.link": f"{settings().public_url}/invitation/{workspace.invitation_token(invitation)}"}


@private_values("password_reset")
def reset_link(session: Session, reset_id: int) -> dict[str, str]:
    """The link of a reset that is still open; only read, so nothing is locked. Raises NotFound."""
    reset = session.get(PasswordReset, reset_id)
    if reset is None or reset.used_at or reset.expires_at <= clock.now():
        raise NotFound("The request for a new password")
    return {"private.link": f"{settings().public_url}/reset/{sign_in.reset_token(reset)}"}
