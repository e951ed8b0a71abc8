"""What the placeholders of a template stand for: facts read now, formatted for the customer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from careops_app.bookings import sentences
from careops_app.bookings.links import manage_link, waitlist_link
from careops_app.bookings.models import Booking, BookingStatus, Resource, Service
from careops_app.bookings.waitlist import wish_of
from careops_app.bookings.waitlist_models import WaitlistEntry, WaitlistOffer
from careops_app.contacts.models import Contact
from careops_app.events import BookingGroupEvent
from careops_app.forms.links import form_link
from careops_app.forms.models import Form, FormRequest
from careops_app.inbox.channels import Invite
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace, load
from careops_app.infra.settings import settings
from careops_app.inventory.models import Item
from careops_app.workspace.models import Workspace

Values = dict[str, str]


def of_business(session: Session, workspace_id: int) -> Values:
    """Placeholders every template offers."""
    workspace = load(session, Workspace, workspace_id)
    return {
        "business.name": workspace.name, "business.address": workspace.address, "business.phone": workspace.phone,
        "booking_page": f"{settings().public_url}/b/{workspace.slug}",
    }  # fmt: skip


def of_contact(session: Session, workspace_id: int, contact_id: int) -> Values:
    """Placeholders of every message to a contact."""
    name = load(session, Contact, contact_id).name
    return of_business(session, workspace_id) | {
        "contact.name": name,
        "contact.first_name": name.split()[0] if name else "",
    }


def of_booking(session: Session, booking: Booking, *, link: str = "") -> Values:
    """Placeholders about a booking; times in the venue's zone, and in the customer's when it differs.

    The customer's link is made where it is missing, unless `link` stands in for it.
    """
    service, staff = load(session, Service, booking.service_id), load(session, Resource, booking.staff_id)
    return {
        "booking.service": service.name, "booking.staff": staff.name, "booking.reference": booking.reference,
        "booking.when": when(booking.starts_at, booking), "booking.location": _location(session, service),
        "booking.duration": wording.duration(booking.minutes), "booking.price": service.price_text,
        "booking.payment_link": service.payment_url, "booking.reason": booking.cancel_reason,
        "booking.manage_link": link or manage_link(session, booking.workspace_id, booking.id),
    }  # fmt: skip


def visits_as_told(session: Session, event: BookingGroupEvent) -> list[Booking]:
    """The bookings that are still as the event tells of them, in order of time; others have messages of their own."""
    rows = session.exec(
        select(Booking)
        .where(col(Booking.id).in_([booking_id for booking_id, _ in event.visits]))
        .order_by(col(Booking.starts_at))
    )
    told = dict(event.visits)
    return [booking for booking in rows if booking.revision == told[booking.id]]


def of_group(session: Session, bookings: Sequence[Booking]) -> Values:
    """Placeholders about several bookings that were made, moved or cancelled together."""
    first = bookings[0]
    return {
        "group.visits": "\n".join(_visit_line(session, booking) for booking in bookings),
        "group.count": wording.plural(len(bookings), "visit"), "group.first": when(first.starts_at, first),
        "group.location": _location(session, load(session, Service, first.service_id)),
        "group.reason": first.cancel_reason, "group.manage_link": manage_link(session, first.workspace_id, first.id),
    }  # fmt: skip


def _visit_line(session: Session, booking: Booking) -> str:
    """“Tue 1 December 2026, 10:00 GMT: Peel treatment with Priya Raman, SA-7KQ4W”."""
    service, staff = load(session, Service, booking.service_id).name, load(session, Resource, booking.staff_id).name
    return f"{when(booking.starts_at, booking)}: {service} with {staff}, {booking.reference}"


def when(instant, booking: Booking) -> str:
    """“Tue 16 June 2026, 13:00 BST (14:00 CEST where you are)”."""
    return wording.moment_on_both(instant, booking.time_zone, booking.customer_time_zone)


def of_form(session: Session, request: FormRequest, *, link: str = "") -> Values:
    """Placeholders about one form; its link is made where it is missing, unless `link` stands in for it."""
    zone = clock.zone(load(session, Workspace, request.workspace_id).time_zone)
    return {
        "form.name": load(session, Form, request.form_id).name,
        "form.link": link or form_link(session, request.workspace_id, request.id),
        "form.due": wording.moment(request.due_at, zone),
    }  # fmt: skip


def of_booking_link(session: Session, booking: Booking) -> Values:
    """Placeholders about a link to a booking that opens again."""
    about = f"your visit {when(booking.starts_at, booking)}"
    return {"link.about": about, "link.address": manage_link(session, booking.workspace_id, booking.id)}


def of_form_link(session: Session, request: FormRequest) -> Values:
    """Placeholders about a link to a form that opens again."""
    form = of_form(session, request)
    return {"link.about": f"the form “{form['form.name']}”", "link.address": form["form.link"]}


def of_forms(session: Session, booking: Booking) -> Values:
    """Placeholders about all forms of a booking that are still open."""
    requests = list(
        session.exec(
            select(FormRequest)
            .where(FormRequest.booking_id == booking.id, col(FormRequest.submitted_at).is_(None))
            .where(col(FormRequest.waived_at).is_(None), col(FormRequest.withdrawn_at).is_(None))
            .order_by(col(FormRequest.id))
        )
    )
    each = [of_form(session, request) for request in requests]
    return {
        "forms.links": "\n".join(f"{form['form.name']}: {form['form.link']}" for form in each),
        "forms.due": each[0]["form.due"] if each else "",
    }


def of_entry(session: Session, entry: WaitlistEntry) -> Values:
    """Placeholders about a place on the waitlist."""
    service = load(session, Service, entry.service_id)
    staff = load(session, Resource, entry.staff_id).name if entry.staff_id else ""
    return {
        "waitlist.service": service.name, "waitlist.wish": sentences.wish(wish_of(entry), staff),
        "waitlist.link": waitlist_link(session, entry.workspace_id, entry.id),
        "waitlist.hold": wording.before(service.offer_minutes),
    }  # fmt: skip


def of_offer(session: Session, entry: WaitlistEntry, offer: WaitlistOffer) -> Values:
    """Placeholders about a freed time that is kept for somebody; in the venue's zone, and in the customer's."""
    zone = load(session, Workspace, entry.workspace_id).time_zone
    service = load(session, Service, entry.service_id)
    return {
        "offer.when": wording.moment_on_both(offer.starts_at, zone, entry.customer_time_zone),
        "offer.until": wording.moment_on_both(offer.expires_at, zone, entry.customer_time_zone),
        "offer.staff": load(session, Resource, offer.staff_id).name, "offer.location": _location(session, service),
    }  # fmt: skip


def of_entry_link(session: Session, entry: WaitlistEntry) -> Values:
    """Placeholders about a link to a place on the waitlist that opens again."""
    service = load(session, Service, entry.service_id).name
    about = f"your place on the waitlist for {service}"
    return {"link.about": about, "link.address": waitlist_link(session, entry.workspace_id, entry.id)}


def of_item(item: Item) -> Values:
    """Placeholders about an item of stock."""
    return {
        "item.name": item.name, "item.available": wording.quantity(item.on_hand - item.reserved, item.unit),
        "item.threshold": wording.quantity(item.threshold, item.unit),
        "item.link": f"{settings().public_url}/app/inventory?item={item.id}",
    }  # fmt: skip


def invite_of(session: Session, booking: Booking, *, cancelled: bool = False) -> Invite:
    """The calendar entry of a booking: one UID for life, a sequence that rises with every change."""
    service, workspace = load(session, Service, booking.service_id), load(session, Workspace, booking.workspace_id)
    return Invite(
        uid=f"booking-{booking.id}-{booking.reference.lower()}@careops", sequence=booking.revision, cancelled=cancelled,
        starts_at=booking.starts_at, ends_at=booking.ends_at, time_zone=booking.time_zone,
        summary=f"{service.name}, {workspace.name}", location=_location(session, service),
        description=f"Reference {booking.reference}", tentative=booking.status == BookingStatus.PENDING,
    )  # fmt: skip


def booking_invite(session: Session, scope: InWorkspace | int, booking_id: int) -> Invite:
    """The calendar entry of a booking as it is now. Raises NotFound."""
    booking = load(session, Booking, booking_id)
    return invite_of(session, booking, cancelled=booking.status == BookingStatus.CANCELLED)


def _location(session: Session, service: Service) -> str:
    return service.location or load(session, Workspace, service.workspace_id).address
