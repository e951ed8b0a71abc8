"""The `do`s: each calls one command of one noun and says what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from careops_app.automation import alarms, alerts, plan_changes, reminders, stops, values
from careops_app.automation.models import AlertKind, RunState
from careops_app.automation.occasion import Occasion, Outcome, fired, skipped
from careops_app.automation.terms import Step, Via
from careops_app.bookings import service as bookings
from careops_app.bookings import waitlist, waitlist_offers
from careops_app.bookings.models import Booking
from careops_app.bookings.waitlist_models import WaitlistEntry, WaitlistOffer
from careops_app.bookings.waitlist_offers import Freed
from careops_app.contacts import service as contacts
from careops_app.contacts.models import Stage
from careops_app.events import (
    BookingEvent,
    BookingFollowUpDue,
    BookingGroupEvent,
    BookingNoShowDue,
    BookingReminderDue,
    FormEvent,
    InquiryReceived,
    LinkRequested,
    OfferEvent,
    WaitlistEvent,
    WaitlistOffered,
)
from careops_app.forms import service as forms
from careops_app.forms.models import FormRequest
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind, MessageClass, MessageState
from careops_app.inbox.service import AccountMail, Draft
from careops_app.infra import wording
from careops_app.infra.db import load
from careops_app.inventory.models import Item
from careops_app.workspace.models import Invitation, User
from careops_app.workspace.queries import owner_emails

Action = Callable[[Session, Occasion], Outcome]
CONFIRMATION_USEFUL = timedelta(hours=24)
WITH_INVITE = frozenset(
    {"booking_confirmation", "booking_rescheduled", "booking_reassigned", "booking_resized", "booking_cancelled"}
)


def send(template: str) -> Action:
    """Queue one message to the contact of the event, or one on each channel, as the rule's terms say."""

    def action(session: Session, occasion: Occasion) -> Outcome:
        draft = governed(session, occasion, draft_of(session, occasion, template))
        return _together(
            [
                _queued(inbox.queue_message(session, occasion.workspace_id, one, occasion.event_id, occasion.rule))
                for one in on_channels(session, draft, occasion.step)
            ]
        )

    return action


def governed(session: Session, occasion: Occasion, draft: Draft) -> Draft:
    """The draft under the terms of its rule, and with what somebody decided about this one message."""
    change = plan_changes.of_message(session, draft.about, draft.about_id, occasion.rule, occasion.minutes)
    refused = stops.CONTACT_STOPPED if stops.contact_stopped(session, draft.contact_id) else ""
    if change is not None and change.skips:
        refused = plan_changes.SKIPPED
    return replace(
        draft, words=(change.words if change else None) or occasion.terms.words, refused=refused,
        rule_version=occasion.terms.number, rule_since=occasion.since, step_minutes=occasion.minutes,
    )  # fmt: skip


def on_channels(session: Session, draft: Draft, step: Step | None) -> list[Draft]:
    """The draft once, or once per channel on which the contact can be reached."""
    via = step.via if step else Via.LAST
    if via == Via.BOTH and len(inbox.channels_to(session, draft.contact_id)) > 1:
        text_key = f"{draft.dedupe_key}:sms"
        return [
            replace(draft, via=ChannelKind.EMAIL),
            replace(draft, via=ChannelKind.SMS, dedupe_key=text_key, invite=None),
        ]
    wanted = {Via.EMAIL: ChannelKind.EMAIL, Via.SMS: ChannelKind.SMS}.get(via)
    return [replace(draft, via=wanted)]


def _together(outcomes: list[Outcome]) -> Outcome:
    """What became of all: fired when one of them did, else held, else skipped."""
    ranked = sorted(outcomes, key=lambda each: (RunState.FIRED, RunState.HELD, RunState.SKIPPED).index(each.state))
    return ranked[0]


def _queued(result: inbox.QueueOutcome) -> Outcome:
    if result.repeated:
        return skipped("already_sent")
    state = {MessageState.HELD: RunState.HELD, MessageState.SKIPPED: RunState.SKIPPED}.get(result.state, RunState.FIRED)
    return Outcome(state, result.reason or "message queued")


def draft_of(session: Session, occasion: Occasion, template: str) -> Draft:
    """The message this event calls for, before its rule's own terms. Raises NotFound."""
    event = occasion.event
    draft = Draft(
        contact_id=event.contact_id, template=template, values=values.of_contact(session, occasion.workspace_id, event.contact_id),
        message_class=MessageClass.AUTOMATION if occasion.stops_on_reply else MessageClass.TRANSACTIONAL,
        stops_on_reply=occasion.stops_on_reply, dedupe_key=f"{occasion.rule}:{occasion.event_id}",
    )  # fmt: skip
    match event:
        case BookingEvent():
            return _about_booking(session, draft, load(session, Booking, event.booking_id), event, template)
        case BookingGroupEvent():
            return _about_group(session, draft, event, template)
        case FormEvent():
            return _about_form(session, draft, load(session, FormRequest, event.request_id))
        case WaitlistEvent():
            return _about_waitlist(session, draft, event)
        case LinkRequested():
            return _about_link(session, draft, event)
        case InquiryReceived():
            return replace(draft, about="inquiry", about_id=event.inquiry_id, dedupe_key=f"welcome:{event.contact_id}")
    return draft


def _about_booking(session: Session, draft: Draft, booking: Booking, event: BookingEvent, template: str) -> Draft:
    filled = {**draft.values} | values.of_booking(session, booking)
    if template == "forms":
        filled |= values.of_forms(session, booking)
    if was_at := getattr(event, "was_at", None):
        filled |= {"booking.was": values.when(was_at, booking)}
    key = f"{template}:{booking.id}:{event.revision}"
    not_after = booking.starts_at + CONFIRMATION_USEFUL
    if isinstance(event, BookingFollowUpDue | BookingNoShowDue):
        key, not_after = f"{template}:{booking.id}:{event.offset_minutes}", None
    if isinstance(event, BookingReminderDue):
        key, not_after = (
            f"{key}:{event.offset_minutes}",
            reminders.useful_until(booking.starts_at, event.offset_minutes),
        )
    invite = (
        values.invite_of(session, booking, cancelled=template == "booking_cancelled")
        if template in WITH_INVITE
        else None
    )
    return replace(
        draft, values=filled, about="booking", about_id=booking.id, revision=event.revision, dedupe_key=key,
        not_after=not_after, invite=invite,
    )  # fmt: skip


def _about_group(session: Session, draft: Draft, event: BookingGroupEvent, template: str) -> Draft:
    """About several bookings: those that are still as the event tells of them, which one of them is at least."""
    bookings = values.visits_as_told(session, event)
    return replace(
        draft, values={**draft.values} | values.of_group(session, bookings), about="booking_group",
        about_id=event.group_id, not_after=bookings[-1].starts_at + CONFIRMATION_USEFUL,
    )  # fmt: skip


def _about_form(session: Session, draft: Draft, request: FormRequest) -> Draft:
    filled = {**draft.values} | values.of_form(session, request)
    if request.booking_id is not None:
        filled |= values.of_booking(session, load(session, Booking, request.booking_id))
    return replace(draft, values=filled, about="form_request", about_id=request.id)


def _about_waitlist(session: Session, draft: Draft, event: WaitlistEvent) -> Draft:
    """About a place on the list; about an offer while there is one, useful only as long as it stands."""
    entry = load(session, WaitlistEntry, event.entry_id)
    filled = {**draft.values} | values.of_entry(session, entry)
    draft = replace(draft, about="waitlist_entry", about_id=entry.id)
    if isinstance(event, OfferEvent):
        offer = load(session, WaitlistOffer, event.offer_id)
        filled |= values.of_offer(session, entry, offer)
        if isinstance(event, WaitlistOffered):
            draft = replace(draft, about="waitlist_offer", about_id=offer.id, not_after=offer.expires_at)
    return replace(draft, values=filled)


def _about_link(session: Session, draft: Draft, event: LinkRequested) -> Draft:
    if event.entry_id is not None:
        entry = load(session, WaitlistEntry, event.entry_id)
        filled = {**draft.values} | values.of_entry_link(session, entry)
        return replace(draft, values=filled, about="waitlist_entry", about_id=entry.id)
    if event.request_id is not None:
        request = load(session, FormRequest, event.request_id)
        filled = {**draft.values} | values.of_form_link(session, request)
        return replace(draft, values=filled, about="form_request", about_id=request.id)
    booking = load(session, Booking, event.booking_id or 0)
    filled = {**draft.values} | values.of_booking_link(session, booking)
    return replace(draft, values=filled, about="booking", about_id=booking.id)


def request_forms(session: Session, occasion: Occasion) -> Outcome:
    """Ask for every form the booked service is linked to, each once per booking."""
    asked = forms.request_for_booking(session, occasion.workspace_id, occasion.event.booking_id)
    return fired(f"{len(asked)} forms asked for")


def lapse_booking(session: Session, occasion: Occasion) -> Outcome:
    """Cancel a booking that nobody decided about."""
    lapsed = bookings.lapse(session, occasion.workspace_id, occasion.event.booking_id)
    return fired("booking cancelled") if lapsed else skipped("already_decided")


def offer_freed_time(session: Session, occasion: Occasion) -> Outcome:
    """Hold the time that this event freed, and offer it to the next on the waitlist whom it suits."""
    event = occasion.event
    if isinstance(event, OfferEvent):
        offer = load(session, WaitlistOffer, event.offer_id)
        freed, times = Freed(offer.service_id, offer.staff_id, offer.starts_at), 1
    else:
        booking = load(session, Booking, event.booking_id)
        staff_id = getattr(event, "was_staff_id", None) or booking.staff_id
        freed, times = Freed(booking.service_id, staff_id, getattr(event, "was_at", booking.starts_at)), booking.seats
    made = waitlist_offers.offer_seats(session, occasion.workspace_id, freed, times)
    return fired(f"offered to {wording.plural(len(made), 'person', 'people')}") if made else skipped("nobody_waits")


def close_offer(session: Session, occasion: Occasion) -> Outcome:
    """Nobody answered in time."""
    closed = waitlist_offers.lapse(session, occasion.workspace_id, occasion.event.offer_id)
    return fired("offer closed") if closed else skipped("answered_meanwhile")


def end_wish(session: Session, occasion: Occasion) -> Outcome:
    """The last day somebody waited for has passed."""
    ended = waitlist.end_wish(session, occasion.workspace_id, occasion.event.entry_id)
    return fired("taken off the waitlist") if ended else skipped("no_longer_waiting")


def note_pause(session: Session, occasion: Occasion) -> Outcome:
    """The reply itself paused automation, in its own transaction; this only writes it into the log."""
    kept = ", booking reminders keep going" if occasion.event.keep_reminders else ""
    return fired(f"automation paused, {occasion.event.held} messages held{kept}")


def move_stage(stage: Stage) -> Action:
    """Move the contact's lead stage by rule."""

    def action(session: Session, occasion: Occasion) -> Outcome:
        contacts.move_stage_by_rule(session, occasion.workspace_id, occasion.event.contact_id, stage, occasion.rule)
        return fired(f"stage is now {stage}")

    return action


def raise_alert(kind: AlertKind) -> Action:
    """Open an alert of this kind about the subject of the event."""

    def action(session: Session, occasion: Occasion) -> Outcome:
        alarm = alarms.ALARMS[kind](session, occasion)
        opened = alerts.raise_alert(session, occasion.workspace_id, alarm, occasion.rule, occasion.event_id)
        return fired("alert raised") if opened else skipped("alert_already_open")

    return action


def mail_owners(template: str) -> Action:
    """Mail every active owner about an item of stock."""

    def action(session: Session, occasion: Occasion) -> Outcome:
        facts = values.of_business(session, occasion.workspace_id) | values.of_item(
            load(session, Item, occasion.event.item_id)
        )
        addresses = owner_emails(session, occasion.workspace_id)
        for address in addresses:
            mail = AccountMail(
                address,
                template,
                facts,
                about="item",
                about_id=occasion.event.item_id,
                message_class=MessageClass.ALERT,
            )
            inbox.queue_account_message(session, occasion.workspace_id, mail, occasion.event_id, occasion.rule)
        return fired(f"mail queued to {len(addresses)} owners")

    return action


def send_invitation(session: Session, occasion: Occasion) -> Outcome:
    """Mail an invitation; its link is filled in at the moment of sending and never stored."""
    invitation = load(session, Invitation, occasion.event.invitation_id)
    facts = values.of_business(session, occasion.workspace_id) | {"person.name": invitation.name}
    mail = AccountMail(invitation.email, "invitation", facts, about="invitation", about_id=invitation.id)
    inbox.queue_account_message(session, occasion.workspace_id, mail, occasion.event_id, occasion.rule)
    return fired("invitation queued")


def send_reset(session: Session, occasion: Occasion) -> Outcome:
    """Mail the link to set a new password; filled in at the moment of sending and never stored."""
    email = load(session, User, occasion.event.user_id).email
    facts = values.of_business(session, occasion.workspace_id)
    mail = AccountMail(email, "password_reset", facts, about="password_reset", about_id=occasion.event.reset_id)
    inbox.queue_account_message(session, occasion.workspace_id, mail, occasion.event_id, occasion.rule)
    return fired("reset link queued")
