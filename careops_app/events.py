"""Every fact the business announces: frozen dataclasses, past tense, no behaviour.

An event carries ids and the few values that may change later, never rows. `contact_id` ties it to a timeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

EVENTS: dict[str, type[Event]] = {}


@dataclass(frozen=True)
class Event:
    """A fact; `name` is its stable address in the outbox."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        EVENTS[cls.name] = cls


@dataclass(frozen=True)
class WorkspaceActivated(Event):
    name: ClassVar[str] = "workspace.activated"
    member_id: int


@dataclass(frozen=True)
class MemberInvited(Event):
    name: ClassVar[str] = "member.invited"
    invitation_id: int


@dataclass(frozen=True)
class PasswordResetRequested(Event):
    name: ClassVar[str] = "member.password_reset_requested"
    reset_id: int
    user_id: int


@dataclass(frozen=True)
class RuleTried(Event):
    """An owner mailed themselves the words of a rule."""

    name: ClassVar[str] = "rule.tried"
    rule: str
    member_id: int


@dataclass(frozen=True)
class ContactCreated(Event):
    name: ClassVar[str] = "contact.created"
    contact_id: int
    source: str


@dataclass(frozen=True)
class ContactStageChanged(Event):
    name: ClassVar[str] = "contact.stage_changed"
    contact_id: int
    was: str
    stage: str
    by: str


@dataclass(frozen=True)
class InquiryReceived(Event):
    name: ClassVar[str] = "inquiry.received"
    contact_id: int
    conversation_id: int
    inquiry_id: int
    new_contact: bool


@dataclass(frozen=True)
class BookingEvent(Event):
    name: ClassVar[str] = "booking"
    booking_id: int
    contact_id: int
    revision: int


@dataclass(frozen=True)
class BookingRequested(BookingEvent):
    name: ClassVar[str] = "booking.requested"
    new_contact: bool
    needs_approval: bool
    by: str = "customer"


@dataclass(frozen=True)
class BookingConfirmed(BookingEvent):
    name: ClassVar[str] = "booking.confirmed"
    new_contact: bool = False
    by: str = ""


@dataclass(frozen=True)
class BookingRescheduled(BookingEvent):
    name: ClassVar[str] = "booking.rescheduled"
    was_at: datetime
    starts_at: datetime
    by: str
    was_staff_id: int | None = None  # whose time it freed


@dataclass(frozen=True)
class BookingReassigned(BookingEvent):
    """The visit is with somebody else now, at the same time."""

    name: ClassVar[str] = "booking.reassigned"
    was_staff: str
    staff: str
    by: str
    was_staff_id: int | None = None  # whose time it freed


@dataclass(frozen=True)
class BookingResized(BookingEvent):
    """The visit is longer or shorter now; it starts when it did."""

    name: ClassVar[str] = "booking.resized"
    was_minutes: int
    minutes: int
    by: str


@dataclass(frozen=True)
class BookingZoneChanged(BookingEvent):
    """New zone data: the venue's clock shows another reading at the start than the agreed one."""

    name: ClassVar[str] = "booking.zone_changed"
    agreed: str
    shows: str


@dataclass(frozen=True)
class BookingClockAgreed(BookingEvent):
    """After a change of zone data the instant stays, and its new reading counts. `was_at` is read as the old one."""

    name: ClassVar[str] = "booking.clock_agreed"
    was_at: datetime
    starts_at: datetime
    by: str


@dataclass(frozen=True)
class BookingCancelled(BookingEvent):
    name: ClassVar[str] = "booking.cancelled"
    was_at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class BookingCheckedIn(BookingEvent):
    name: ClassVar[str] = "booking.checked_in"
    by: str = ""


@dataclass(frozen=True)
class BookingCompleted(BookingEvent):
    name: ClassVar[str] = "booking.completed"
    by: str = ""


@dataclass(frozen=True)
class BookingNoShow(BookingEvent):
    name: ClassVar[str] = "booking.no_show"
    by: str = ""


@dataclass(frozen=True)
class BookingRestored(BookingEvent):
    """A cancellation or no-show was taken back: the visit is confirmed again."""

    name: ClassVar[str] = "booking.restored"
    by: str = ""


@dataclass(frozen=True)
class BookingUndecided(BookingEvent):
    """The time to decide about a pending booking has run out."""

    name: ClassVar[str] = "booking.undecided"


@dataclass(frozen=True)
class BookingReminderDue(BookingEvent):
    name: ClassVar[str] = "booking.reminder_due"
    offset_minutes: int


@dataclass(frozen=True)
class BookingReminderMissed(BookingEvent):
    """An offset that had already passed when the booking was made or moved: recorded, never sent at once."""

    name: ClassVar[str] = "booking.reminder_missed"
    offset_minutes: int


@dataclass(frozen=True)
class BookingFollowUpDue(BookingEvent):
    """So long ago the visit was completed."""

    name: ClassVar[str] = "booking.follow_up_due"
    offset_minutes: int
    since: datetime


@dataclass(frozen=True)
class BookingNoShowDue(BookingEvent):
    """So long ago the customer did not come."""

    name: ClassVar[str] = "booking.no_show_due"
    offset_minutes: int
    since: datetime


@dataclass(frozen=True)
class BookingGroupEvent(Event):
    """Something that happened to several bookings at once; `visits` are their ids, each with the revision it tells of.

    Each of them announces it too: customers are told once, by the rules that listen to the group.
    """

    name: ClassVar[str] = "booking_group"
    group_id: int
    contact_id: int
    visits: tuple[tuple[int, int], ...]
    by: str


@dataclass(frozen=True)
class BookingGroupRequested(BookingGroupEvent):
    name: ClassVar[str] = "booking.group_requested"


@dataclass(frozen=True)
class BookingGroupConfirmed(BookingGroupEvent):
    name: ClassVar[str] = "booking.group_confirmed"


@dataclass(frozen=True)
class BookingGroupRescheduled(BookingGroupEvent):
    name: ClassVar[str] = "booking.group_rescheduled"


@dataclass(frozen=True)
class BookingGroupCancelled(BookingGroupEvent):
    name: ClassVar[str] = "booking.group_cancelled"
    reason: str = ""


@dataclass(frozen=True)
class WaitlistEvent(Event):
    name: ClassVar[str] = "waitlist"
    entry_id: int
    contact_id: int


@dataclass(frozen=True)
class WaitlistJoined(WaitlistEvent):
    name: ClassVar[str] = "waitlist.joined"
    by: str = "customer"


@dataclass(frozen=True)
class WaitlistLeft(WaitlistEvent):
    name: ClassVar[str] = "waitlist.left"
    by: str = "customer"


@dataclass(frozen=True)
class WaitlistDaysOver(WaitlistEvent):
    """The last day of the wish has passed and nothing came."""

    name: ClassVar[str] = "waitlist.days_over"


@dataclass(frozen=True)
class OfferEvent(WaitlistEvent):
    name: ClassVar[str] = "waitlist.offer"
    offer_id: int
    starts_at: datetime


@dataclass(frozen=True)
class WaitlistOffered(OfferEvent):
    name: ClassVar[str] = "waitlist.offered"
    expires_at: datetime


@dataclass(frozen=True)
class WaitlistAccepted(OfferEvent):
    name: ClassVar[str] = "waitlist.accepted"
    booking_id: int


@dataclass(frozen=True)
class WaitlistDeclined(OfferEvent):
    name: ClassVar[str] = "waitlist.declined"
    by: str = "customer"


@dataclass(frozen=True)
class WaitlistOfferRanOut(OfferEvent):
    """Its time to answer has passed; whether it still stood then is seen when it is closed."""

    name: ClassVar[str] = "waitlist.offer_ran_out"


@dataclass(frozen=True)
class WaitlistLapsed(OfferEvent):
    name: ClassVar[str] = "waitlist.lapsed"


@dataclass(frozen=True)
class FormEvent(Event):
    name: ClassVar[str] = "form"
    request_id: int
    contact_id: int
    booking_id: int | None


@dataclass(frozen=True)
class FormRequested(FormEvent):
    """`by_staff`: somebody asked for it by hand, so its link travels in a message of its own."""

    name: ClassVar[str] = "form.requested"
    by_staff: bool = False


@dataclass(frozen=True)
class FormSubmitted(FormEvent):
    name: ClassVar[str] = "form.submitted"


@dataclass(frozen=True)
class FormWaived(FormEvent):
    name: ClassVar[str] = "form.waived"


@dataclass(frozen=True)
class FormDueSoon(FormEvent):
    name: ClassVar[str] = "form.due_soon"


@dataclass(frozen=True)
class FormOverdue(FormEvent):
    name: ClassVar[str] = "form.overdue"


@dataclass(frozen=True)
class StockReserved(Event):
    name: ClassVar[str] = "stock.reserved"
    booking_id: int


@dataclass(frozen=True)
class StockConsumed(Event):
    name: ClassVar[str] = "stock.consumed"
    booking_id: int


@dataclass(frozen=True)
class StockReleased(Event):
    name: ClassVar[str] = "stock.released"
    booking_id: int


@dataclass(frozen=True)
class StockLow(Event):
    name: ClassVar[str] = "stock.low"
    item_id: int
    available: str
    threshold: str


@dataclass(frozen=True)
class StockReplenished(Event):
    name: ClassVar[str] = "stock.replenished"
    item_id: int
    available: str


@dataclass(frozen=True)
class ConversationEvent(Event):
    name: ClassVar[str] = "conversation"
    conversation_id: int
    contact_id: int


@dataclass(frozen=True)
class MessageReceived(ConversationEvent):
    name: ClassVar[str] = "message.received"
    message_id: int


@dataclass(frozen=True)
class MessageReplied(ConversationEvent):
    name: ClassVar[str] = "message.replied"
    message_id: int
    member_id: int
    held: int
    keep_reminders: bool


@dataclass(frozen=True)
class AutomationResumed(ConversationEvent):
    name: ClassVar[str] = "conversation.automation_resumed"
    member_id: int


@dataclass(frozen=True)
class ConversationClosed(ConversationEvent):
    name: ClassVar[str] = "conversation.closed"
    member_id: int


@dataclass(frozen=True)
class ConversationUnanswered(ConversationEvent):
    name: ClassVar[str] = "conversation.unanswered"
    since: datetime
    lead: bool


@dataclass(frozen=True)
class MessageHeld(ConversationEvent):
    name: ClassVar[str] = "message.held"
    message_id: int
    booking_id: int | None


@dataclass(frozen=True)
class MessageSent(Event):
    name: ClassVar[str] = "message.sent"
    message_id: int
    contact_id: int | None


@dataclass(frozen=True)
class MessageFailed(Event):
    name: ClassVar[str] = "message.failed"
    message_id: int
    contact_id: int | None
    reason: str


@dataclass(frozen=True)
class MessageDropped(Event):
    """It will never be sent: somebody decided so, or its time had passed."""

    name: ClassVar[str] = "message.dropped"
    message_id: int
    contact_id: int | None
    reason: str


@dataclass(frozen=True)
class ChannelFailed(Event):
    name: ClassVar[str] = "channel.failed"
    account_id: int
    reason: str


@dataclass(frozen=True)
class ChannelRestored(Event):
    name: ClassVar[str] = "channel.restored"
    account_id: int


@dataclass(frozen=True)
class MailboxFailed(Event):
    """Mail that comes in cannot be read."""

    name: ClassVar[str] = "mailbox.failed"
    account_id: int
    reason: str


@dataclass(frozen=True)
class MailboxRestored(Event):
    name: ClassVar[str] = "mailbox.restored"
    account_id: int


@dataclass(frozen=True)
class AutomationFailed(Event):
    name: ClassVar[str] = "automation.failed"
    run_id: int
    rule: str
    reason: str


@dataclass(frozen=True)
class WorkerLate(Event):
    """Work of this workspace has been waiting for over two minutes: no worker runs, or it cannot keep up."""

    name: ClassVar[str] = "worker.late"
    workspace: int
    since: datetime


@dataclass(frozen=True)
class LinkRequested(Event):
    """The holder of a link that no longer opens asked for a new one: of a booking, a form, or a place on the waitlist."""

    name: ClassVar[str] = "link.requested"
    contact_id: int
    booking_id: int | None = None
    request_id: int | None = None
    entry_id: int | None = None
