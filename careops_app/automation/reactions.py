"""What must happen in the very transaction that announces an event: stock, forms that follow a booking, alerts that close.

Importing this module registers everything here; worker.wiring.install() does so. All other consequences are rules.
"""

from __future__ import annotations

from sqlmodel import Session, select

from careops_app.automation import checks, plan  # noqa: F401 (registers last looks and planned messages)
from careops_app.automation.alerts import resolve
from careops_app.automation.models import AlertKind
from careops_app.bookings.models import Booking
from careops_app.events import (
    AutomationResumed,
    BookingCancelled,
    BookingCheckedIn,
    BookingClockAgreed,
    BookingCompleted,
    BookingConfirmed,
    BookingEvent,
    BookingNoShow,
    BookingRequested,
    BookingRescheduled,
    BookingRestored,
    ChannelRestored,
    ConversationClosed,
    FormSubmitted,
    FormWaived,
    MailboxRestored,
    MessageDropped,
    MessageReplied,
    MessageSent,
    StockReplenished,
)
from careops_app.forms import service as forms
from careops_app.forms.models import FormRequest
from careops_app.inbox.models import Message, MessageState
from careops_app.infra.db import load
from careops_app.infra.outbox import react
from careops_app.inventory import service as inventory

CARRY_A_FORM = frozenset({"form_request", "form_reminder", "new_link"})
"""Templates with the link of one form."""


@react(BookingRequested)
def reserve_stock(session: Session, event_id: int, event: BookingRequested) -> None:
    booking = load(session, Booking, event.booking_id)
    inventory.reserve_for_booking(session, booking.workspace_id, booking.id, booking.service_id)


@react(BookingCompleted)
def consume_stock(session: Session, event_id: int, event: BookingCompleted) -> None:
    inventory.consume_for_booking(session, load(session, Booking, event.booking_id).workspace_id, event.booking_id)


@react(BookingNoShow)
@react(BookingCancelled)
def release_stock(session: Session, event_id: int, event: BookingCancelled | BookingNoShow) -> None:
    inventory.release_for_booking(session, load(session, Booking, event.booking_id).workspace_id, event.booking_id)


@react(BookingRestored)
def reserve_again(session: Session, event_id: int, event: BookingRestored) -> None:
    booking = load(session, Booking, event.booking_id)
    inventory.reserve_again_for_booking(session, booking.workspace_id, booking.id)
    forms.ask_again_for_booking(session, booking.workspace_id, booking.id, booking.starts_at)


@react(BookingNoShow)
@react(BookingCancelled)
def withdraw_forms(session: Session, event_id: int, event: BookingCancelled | BookingNoShow) -> None:
    ended = "the booking was cancelled" if isinstance(event, BookingCancelled) else "the customer did not come"
    forms.withdraw_for_booking(session, load(session, Booking, event.booking_id).workspace_id, event.booking_id)
    requests = select(FormRequest.id).where(FormRequest.booking_id == event.booking_id)
    resolve(session, AlertKind.FORM_OVERDUE, list(session.exec(requests)), ended)
    resolve(session, AlertKind.BOOKING_UNDECIDED, [event.booking_id], ended)


@react(BookingCheckedIn)
@react(BookingCompleted)
@react(BookingNoShow)
@react(BookingCancelled)
@react(BookingRescheduled)
def reminder_is_pointless(session: Session, event_id: int, event: BookingEvent) -> None:
    why = {BookingCheckedIn: "the customer is here", BookingRescheduled: "the visit was moved"}
    resolve(session, AlertKind.REMINDER_HELD, [event.booking_id], why.get(type(event), "the visit is over"))


@react(BookingRescheduled)
def forms_follow_booking(session: Session, event_id: int, event: BookingRescheduled) -> None:
    forms.move_due_times(
        session, load(session, Booking, event.booking_id).workspace_id, event.booking_id, event.starts_at
    )


@react(BookingClockAgreed)
@react(BookingRescheduled)
@react(BookingCompleted)
@react(BookingNoShow)
@react(BookingCancelled)
def clock_is_decided(session: Session, event_id: int, event: BookingEvent) -> None:
    resolve(session, AlertKind.ZONE_CHANGED, [event.booking_id], "the time was decided")


@react(BookingConfirmed)
def booking_is_decided(session: Session, event_id: int, event: BookingConfirmed) -> None:
    if load(session, Booking, event.booking_id).decide_by is not None:  # else nobody had to decide
        resolve(session, AlertKind.BOOKING_UNDECIDED, [event.booking_id], "the booking was confirmed")


@react(FormSubmitted)
@react(FormWaived)
def form_is_settled(session: Session, event_id: int, event: FormSubmitted | FormWaived) -> None:
    done = "the form was completed" if isinstance(event, FormSubmitted) else "the form was waived"
    resolve(session, AlertKind.FORM_OVERDUE, [event.request_id], done)


@react(MessageReplied)
def conversation_is_answered(session: Session, event_id: int, event: MessageReplied) -> None:
    resolve(session, AlertKind.UNANSWERED, [event.conversation_id], "somebody replied")


@react(ConversationClosed)
@react(AutomationResumed)
def held_messages_are_decided(session: Session, event_id: int, event: ConversationClosed | AutomationResumed) -> None:
    about = select(Message.about_id).where(
        Message.conversation_id == event.conversation_id, Message.about == "booking", Message.stops_on_reply
    )
    visits = [visit for visit in session.exec(about) if visit is not None]
    resolve(session, AlertKind.REMINDER_HELD, visits, "the held messages were decided")
    if isinstance(event, ConversationClosed):
        resolve(session, AlertKind.UNANSWERED, [event.conversation_id], "the conversation was closed")


@react(MessageSent)
def form_links_went_out(session: Session, event_id: int, event: MessageSent) -> None:
    message = load(session, Message, event.message_id)
    if message.template == "forms" and message.about_id is not None:
        forms.mark_sent_for_booking(session, message.workspace_id, message.about_id)
    elif message.template in CARRY_A_FORM and message.about == "form_request" and message.about_id is not None:
        forms.mark_sent(session, message.workspace_id, message.about_id)


@react(MessageSent)
def message_arrived_after_all(session: Session, event_id: int, event: MessageSent) -> None:
    resolve(session, AlertKind.MESSAGE_FAILED, [event.message_id], "it was sent again")


@react(MessageDropped)
def message_will_not_go(session: Session, event_id: int, event: MessageDropped) -> None:
    resolve(session, AlertKind.MESSAGE_FAILED, [event.message_id], "it will not be sent")
    message = load(session, Message, event.message_id)
    if message.about == "booking" and message.about_id is not None and not _others_held(session, message):
        resolve(session, AlertKind.REMINDER_HELD, [message.about_id], "it will not be sent")


def _others_held(session: Session, message: Message) -> bool:
    """Whether another message about the same record still waits for a decision."""
    about = (Message.about == message.about, Message.about_id == message.about_id, Message.id != message.id)
    return session.exec(select(Message.id).where(*about, Message.state == MessageState.HELD)).first() is not None


@react(StockReplenished)
def stock_is_back(session: Session, event_id: int, event: StockReplenished) -> None:
    resolve(session, AlertKind.STOCK_LOW, [event.item_id], "stock is back")


@react(ChannelRestored)
def channel_works_again(session: Session, event_id: int, event: ChannelRestored) -> None:
    resolve(session, AlertKind.CHANNEL_FAILING, [event.account_id], "the channel works again")


@react(MailboxRestored)
def mailbox_works_again(session: Session, event_id: int, event: MailboxRestored) -> None:
    resolve(session, AlertKind.MAILBOX_FAILING, [event.account_id], "the mailbox can be read again")
