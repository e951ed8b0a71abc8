"""The words of each kind of alert, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from careops_app.automation.alerts import Alarm
from careops_app.automation.models import AlertKind, AutomationRun
from careops_app.automation.occasion import Occasion
from careops_app.bookings.models import Booking, Service
from careops_app.contacts.models import Contact
from careops_app.forms.models import Form, FormRequest
from careops_app.inbox.models import ChannelAccount, Conversation, Message
from careops_app.inbox.telling import rule_name
from careops_app.infra import clock, wording
from careops_app.infra.db import load
from careops_app.inventory.models import Item
from careops_app.workspace.models import Workspace


def _zone(session: Session, occasion: Occasion) -> ZoneInfo:
    return clock.zone(load(session, Workspace, occasion.workspace_id).time_zone)


def _contact(session: Session, contact_id: int) -> str:
    return load(session, Contact, contact_id).name


def _unanswered(session: Session, occasion: Occasion) -> Alarm:
    event = occasion.event
    who = "lead" if event.lead else "contact"
    since = wording.moment(event.since, _zone(session, occasion))
    return Alarm(
        AlertKind.UNANSWERED, event.conversation_id, f"{_contact(session, event.contact_id)} is waiting for a reply",
        f"Nobody has answered this {who} since {since}.", f"/app/inbox?c={event.conversation_id}", event.since,
    )  # fmt: skip


def _undecided(session: Session, occasion: Occasion) -> Alarm:
    booking = load(session, Booking, occasion.event.booking_id)
    return Alarm(
        AlertKind.BOOKING_UNDECIDED, booking.id, "Booking is not confirmed", _visit(session, occasion, booking),
        f"/app/bookings?booking={booking.id}", booking.starts_at,
    )  # fmt: skip


def _visit(session: Session, occasion: Occasion, booking: Booking) -> str:
    service = load(session, Service, booking.service_id)
    when = wording.moment(booking.starts_at, _zone(session, occasion))
    return f"{_contact(session, booking.contact_id)}, {service.name}, {when}."


def _form_overdue(session: Session, occasion: Occasion) -> Alarm:
    request = load(session, FormRequest, occasion.event.request_id)
    due = wording.moment(request.due_at, _zone(session, occasion))
    return Alarm(
        AlertKind.FORM_OVERDUE, request.id, f"{load(session, Form, request.form_id).name} is overdue",
        f"{_contact(session, request.contact_id)}, due {due}.", f"/app/forms?request={request.id}", request.due_at,
    )  # fmt: skip


def _stock_low(session: Session, occasion: Occasion) -> Alarm:
    item = load(session, Item, occasion.event.item_id)
    free, least = wording.quantity(item.on_hand - item.reserved, item.unit), wording.quantity(item.threshold, item.unit)
    return Alarm(
        AlertKind.STOCK_LOW, item.id, f"{item.name} is low", f"{free} free, below the threshold of {least}.",
        f"/app/inventory?item={item.id}",
    )  # fmt: skip


def _message_failed(session: Session, occasion: Occasion) -> Alarm:
    message = load(session, Message, occasion.event.message_id)
    name = message.recipient or "the recipient"
    if message.conversation_id is not None:
        name = _contact(session, load(session, Conversation, message.conversation_id).contact_id)
    link = (
        f"/app/inbox?c={message.conversation_id}&message={message.id}"
        if message.conversation_id
        else "/app/settings?section=channels"
    )
    next_step = " Next: open it, then send it again or drop it." if message.conversation_id else ""
    why = f"{_sentence(occasion.event.reason)}{next_step}"
    return Alarm(AlertKind.MESSAGE_FAILED, message.id, f"A message did not reach {name}", why, link)


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _reminder_held(session: Session, occasion: Occasion) -> Alarm:
    event = occasion.event
    booking = load(session, Booking, event.booking_id)
    return Alarm(
        AlertKind.REMINDER_HELD, booking.id, f"Reminder is held for {_contact(session, event.contact_id)}",
        f"{_visit(session, occasion, booking)} Automation is paused since somebody replied.",
        f"/app/inbox?c={event.conversation_id}", booking.starts_at - timedelta(hours=2),
    )  # fmt: skip


def _channel_failing(session: Session, occasion: Occasion) -> Alarm:
    account = load(session, ChannelAccount, occasion.event.account_id)
    name = {"email": "E-mail", "sms": "Text messages"}.get(account.kind, account.kind)
    return Alarm(
        AlertKind.CHANNEL_FAILING, account.id, f"{name} cannot be sent",
        f"{_sentence(occasion.event.reason)} Messages wait and are sent when it works again. Next: open the channel, put "
        "right what it says, and press Test.",
        "/app/settings?section=channels",
    )  # fmt: skip


def _mailbox_failing(session: Session, occasion: Occasion) -> Alarm:
    account = load(session, ChannelAccount, occasion.event.account_id)
    return Alarm(
        AlertKind.MAILBOX_FAILING, account.id, "Incoming e-mail cannot be read",
        f"{_sentence(occasion.event.reason)} Automatic e-mails that stop on a reply wait, because one written in the mailbox "
        "would not be seen. Next: open the channel, put right what it says, and press Test.",
        "/app/settings?section=channels",
    )  # fmt: skip


def _zone_changed(session: Session, occasion: Occasion) -> Alarm:
    booking, event = load(session, Booking, occasion.event.booking_id), occasion.event
    agreed, shows = (wording.reading(datetime.fromisoformat(text)) for text in (event.agreed, event.shows))
    return Alarm(
        AlertKind.ZONE_CHANGED, booking.id, f"The clocks have changed for {_contact(session, booking.contact_id)}",
        f"Agreed was {agreed}; with the new time zone rules the clock shows {shows} then. Nothing has moved: decide.",
        f"/app/bookings?booking={booking.id}", booking.starts_at,
    )  # fmt: skip


def _automation_failed(session: Session, occasion: Occasion) -> Alarm:
    event = occasion.event
    run = load(session, AutomationRun, event.run_id)
    return Alarm(
        AlertKind.AUTOMATION_FAILED, event.run_id, f"The rule “{rule_name(event.rule)}” gave up",
        f"{_sentence(event.reason)} Next: open it, put right what it says, and press Replay. What was done is not done again.",
        f"/app/explain?event={run.event_id}&rule={event.rule}",
    )  # fmt: skip


def _worker_late(session: Session, occasion: Occasion) -> Alarm:
    since = wording.moment(occasion.event.since, _zone(session, occasion))
    return Alarm(
        AlertKind.WORKER_LATE, occasion.workspace_id, "Automation is late",
        f"Work has been waiting since {since}. Nothing is lost: it is done as soon as a worker comes to it. Next: see that "
        "CareOps runs with its worker (`careops run`, or `careops worker` beside it) and that the machine is not overloaded.",
        "/app/automation?log=decisions#log",
    )  # fmt: skip


ALARMS: dict[AlertKind, Callable[[Session, Occasion], Alarm]] = {
    AlertKind.UNANSWERED: _unanswered,
    AlertKind.BOOKING_UNDECIDED: _undecided,
    AlertKind.FORM_OVERDUE: _form_overdue,
    AlertKind.STOCK_LOW: _stock_low,
    AlertKind.MESSAGE_FAILED: _message_failed,
    AlertKind.REMINDER_HELD: _reminder_held,
    AlertKind.CHANNEL_FAILING: _channel_failing,
    AlertKind.MAILBOX_FAILING: _mailbox_failing,
    AlertKind.AUTOMATION_FAILED: _automation_failed,
    AlertKind.ZONE_CHANGED: _zone_changed,
    AlertKind.WORKER_LATE: _worker_late,
}
