"""The whole of automation in one table you can read aloud: on this event, when this holds, do these things.

There is no other place where one part of the business makes another act later. (What must happen in the very same
transaction, such as reserving stock, stands in reactions.py.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from careops_app.automation import actions, conditions
from careops_app.automation.models import AlertKind
from careops_app.automation.occasion import Occasion, Outcome
from careops_app.automation.terms import Step, Terms
from careops_app.bookings.models import BookingStatus
from careops_app.contacts.models import Stage
from careops_app.events import (
    AutomationFailed,
    BookingCancelled,
    BookingClockAgreed,
    BookingCompleted,
    BookingConfirmed,
    BookingFollowUpDue,
    BookingGroupCancelled,
    BookingGroupConfirmed,
    BookingGroupRequested,
    BookingGroupRescheduled,
    BookingNoShowDue,
    BookingReassigned,
    BookingReminderDue,
    BookingReminderMissed,
    BookingRequested,
    BookingRescheduled,
    BookingResized,
    BookingRestored,
    BookingUndecided,
    BookingZoneChanged,
    ChannelFailed,
    ConversationUnanswered,
    Event,
    FormDueSoon,
    FormOverdue,
    FormRequested,
    FormSubmitted,
    InquiryReceived,
    LinkRequested,
    MailboxFailed,
    MemberInvited,
    MessageFailed,
    MessageHeld,
    MessageReplied,
    PasswordResetRequested,
    StockLow,
    WaitlistDaysOver,
    WaitlistDeclined,
    WaitlistJoined,
    WaitlistLapsed,
    WaitlistOffered,
    WaitlistOfferRanOut,
    WorkerLate,
)

Condition = Callable[[Session, Occasion], str | None]
Action = Callable[[Session, Occasion], Outcome]


class Group(StrEnum):
    """How the page groups rules: the six of the business first."""

    SIX = "six"
    CUSTOMER = "customer"
    LEADS = "leads"
    ALERTS = "alerts"
    ACCOUNTS = "accounts"


@dataclass(frozen=True)
class Moments:
    """When a rule with a lead may act: minutes before or after (`word`), between two bounds, and how many of them.

    `of_service`: the standard leads are those set on the service.
    """

    standard: tuple[int, ...]
    word: str
    least: int
    most: int
    count: int = 1
    of_service: bool = False


DAY = 24 * 60
BEFORE_START = Moments((DAY, 120), "before the start", 5, 30 * DAY, 5, of_service=True)
BEFORE_DUE = Moments((conditions.FORM_REMINDER_MINUTES,), "before it is due", 60, 14 * DAY)
AFTER_VISIT = Moments((DAY,), "after the visit is completed", 10, 14 * DAY, 3)
AFTER_NO_SHOW = Moments((120,), "after the visit is marked as no-show", 10, 14 * DAY)


@dataclass(frozen=True)
class Rule:
    """One rule. `when` holds if every condition returns None; a condition that does not hold returns the reason.

    `sentence` says it in plain words, with `**` around what varies. A locked rule cannot be switched off. `moments`: it
    acts some time before or after something; else at once. `for_services`: services may have it differently.
    `starts_off`: an owner has to switch it on first.
    """

    key: str
    name: str
    sentence: str
    on: tuple[type[Event], ...]
    do: tuple[Action, ...]
    when: tuple[Condition, ...] = ()
    group: Group = Group.SIX
    stops_on_reply: bool = False
    locked: bool = False
    template: str | None = None
    timing: str = "at once"
    moments: Moments | None = None
    for_services: bool = False
    starts_off: bool = False

    @property
    def to_customers(self) -> bool:
        """Whether it writes to a customer."""
        return self.template is not None and self.group in (Group.SIX, Group.CUSTOMER) and self.key != "restock-alert"

    @property
    def may_be_edited(self) -> bool:
        """Whether an owner may change when, how and in which words it sends."""
        return self.template is not None and (not self.locked or self.to_customers)

    @property
    def ends_when_stopped(self) -> bool:
        """While all automation is stopped it does nothing. What writes to a customer still does: its message waits."""
        return not self.locked and self.template is None and self.group in (Group.CUSTOMER, Group.LEADS)

    @property
    def standard(self) -> Terms:
        """How it stands until an owner changes it."""
        leads = self.moments.standard if self.moments else (0,)
        return Terms(not self.starts_off, tuple(Step(minutes) for minutes in leads))


RULES: dict[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "welcome", "Welcome", "When **somebody new writes** through the contact form, send the **welcome message**.",
            on=(InquiryReceived, BookingRequested), when=(conditions.is_new_contact, conditions.not_covered_by_confirmation),
            do=(actions.send("welcome"),), stops_on_reply=True, template="welcome",
        ),
        Rule(
            "booking-confirmation", "Booking confirmation",
            "When **a booking is confirmed**, send the **confirmation** with a calendar entry.",
            on=(BookingConfirmed, BookingRestored), when=(conditions.booking_is_current, conditions.not_covered_by_group),
            do=(actions.send("booking_confirmation"),), template="booking_confirmation",
            for_services=True,
        ),
        Rule(
            "booking-reminder", "Booking reminder",
            "When **a booking comes near**, send a **reminder**.",
            on=(BookingReminderDue, BookingReminderMissed),
            when=(
                conditions.in_time, conditions.booking_is_current, conditions.booking_is_confirmed,
                conditions.not_reminded_lately,
            ),
            do=(actions.send("reminder"),), stops_on_reply=True, template="reminder", timing="before the start",
            moments=BEFORE_START, for_services=True,
        ),
        Rule(
            "form-reminder", "Form reminder", "When **a form is still open**, send a **reminder**.",
            on=(FormDueSoon,), when=(conditions.form_is_pending, conditions.form_was_asked_before_reminder),
            do=(actions.send("form_reminder"),), stops_on_reply=True, template="form_reminder", timing="before it is due",
            moments=BEFORE_DUE, for_services=True,
        ),
        Rule(
            "restock-alert", "Restock alert",
            "When **free stock falls below its threshold**, raise an **alert** and mail the **owners**.",
            on=(StockLow,), do=(actions.raise_alert(AlertKind.STOCK_LOW), actions.mail_owners("stock_alert")),
            template="stock_alert",
        ),
        Rule(
            "staff-reply", "Staff reply stops automation",
            "When **somebody on the team replies**, automation **stops** for that conversation until it is resumed or closed.",
            on=(MessageReplied,), do=(actions.note_pause,), locked=True, timing="in the same moment",
        ),
        Rule(
            "booking-request", "Request received",
            "When **a booking needs approval**, tell the customer that the **request has arrived**.",
            on=(BookingRequested,),
            when=(conditions.needs_approval, conditions.booking_is_current, conditions.not_covered_by_group),
            do=(actions.send("booking_pending"),), group=Group.CUSTOMER, template="booking_pending",
            for_services=True,
        ),
        Rule(
            "undecided-lapses", "Undecided booking lapses",
            "When **nobody has decided** about a booking in the **time set on its service**, **cancel it** and free its time.",
            on=(BookingUndecided,), when=(conditions.booking_is_pending,),
            do=(actions.lapse_booking,), group=Group.CUSTOMER, locked=True, timing="when the time to decide is over",
        ),
        Rule(
            "intake-forms", "Forms after booking",
            "When **a booking is confirmed** and its service asks for forms, **send their links**.",
            on=(BookingConfirmed,),
            when=(conditions.booking_is_current, conditions.service_has_forms, conditions.forms_not_asked_with_group),
            do=(actions.request_forms, actions.send("forms")), group=Group.CUSTOMER, template="forms",
            for_services=True,
        ),
        Rule(
            "form-request", "Form asked by hand",
            "When **somebody on the team asks for a form**, send the customer its **link**.",
            on=(FormRequested,), when=(conditions.form_was_asked_by_staff, conditions.form_is_pending),
            do=(actions.send("form_request"),), group=Group.CUSTOMER, template="form_request",
            for_services=True,
        ),
        Rule(
            "booking-moved", "Booking moved", "When **a booking moves**, send the **new time** with a calendar entry.",
            on=(BookingRescheduled, BookingClockAgreed), when=(conditions.booking_is_current, conditions.not_covered_by_group),
            do=(actions.send("booking_rescheduled"),), group=Group.CUSTOMER, template="booking_rescheduled",
            for_services=True,
        ),
        Rule(
            "booking-reassigned", "Booking with somebody else",
            "When **somebody else gives a visit** at the same time, tell the customer **who it is with**.",
            on=(BookingReassigned,), when=(conditions.booking_is_current, conditions.not_covered_by_group),
            do=(actions.send("booking_reassigned"),), group=Group.CUSTOMER, template="booking_reassigned",
            for_services=True,
        ),
        Rule(
            "booking-resized", "Booking with another length",
            "When **a visit gets longer or shorter**, send **how long it takes** with a calendar entry.",
            on=(BookingResized,), when=(conditions.booking_is_current,),
            do=(actions.send("booking_resized"),), group=Group.CUSTOMER, template="booking_resized",
            for_services=True,
        ),
        Rule(
            "booking-cancelled", "Booking cancelled", "When **a booking is cancelled**, send a **notice**.",
            on=(BookingCancelled,), when=(conditions.booking_is_current, conditions.not_covered_by_group),
            do=(actions.send("booking_cancelled"),), group=Group.CUSTOMER, template="booking_cancelled",
            for_services=True,
        ),
        Rule(
            "group-request", "Several visits requested",
            "When **several visits are asked for at once** and need approval, send **one message** that lists them.",
            on=(BookingGroupRequested,), when=(conditions.group_is_current,),
            do=(actions.send("group_pending"),), group=Group.CUSTOMER, template="group_pending",
        ),
        Rule(
            "group-confirmation", "Several visits confirmed",
            "When **several visits are confirmed at once**, send **one confirmation** that lists them.",
            on=(BookingGroupConfirmed,), when=(conditions.group_is_current,),
            do=(actions.send("group_confirmation"),), group=Group.CUSTOMER, template="group_confirmation",
        ),
        Rule(
            "group-moved", "Several visits moved",
            "When **several visits move at once**, send **one message** with their new times.",
            on=(BookingGroupRescheduled,), when=(conditions.group_is_current,),
            do=(actions.send("group_rescheduled"),), group=Group.CUSTOMER, template="group_rescheduled",
        ),
        Rule(
            "group-cancelled", "Several visits cancelled",
            "When **several visits are cancelled at once**, send **one notice** that lists them.",
            on=(BookingGroupCancelled,), when=(conditions.group_is_current,),
            do=(actions.send("group_cancelled"),), group=Group.CUSTOMER, template="group_cancelled",
        ),
        Rule(
            "waitlist-joined", "On the waitlist", "When **somebody joins the waitlist**, send them **their link**.",
            on=(WaitlistJoined,), when=(conditions.still_waits,), do=(actions.send("waitlist_joined"),),
            group=Group.CUSTOMER, template="waitlist_joined",
        ),
        Rule(
            "waitlist-offer", "Freed time for the waitlist",
            "When **a time becomes free**, hold it and offer it to the **next on the waitlist**.",
            on=(BookingCancelled, BookingRescheduled, BookingReassigned),
            when=(conditions.start_became_free, conditions.somebody_waits),
            do=(actions.offer_freed_time,), group=Group.CUSTOMER,
        ),
        Rule(
            "waitlist-offer-message", "Offer from the waitlist",
            "When **a time is held** for somebody on the waitlist, **tell them** until when.",
            on=(WaitlistOffered,), when=(conditions.offer_stands,), do=(actions.send("waitlist_offer"),),
            group=Group.CUSTOMER, template="waitlist_offer",
        ),
        Rule(
            "waitlist-pass-on", "Offer passes on",
            "When **an offer runs out or is declined**, offer the time to the **next on the waitlist**.",
            on=(WaitlistLapsed, WaitlistDeclined), do=(actions.offer_freed_time,), group=Group.CUSTOMER,
        ),
        Rule(
            "waitlist-lapsed", "Offer has run out",
            "When **an offer runs out**, tell the customer that the **place on the waitlist stays**.",
            on=(WaitlistLapsed,), when=(conditions.still_waits,), do=(actions.send("waitlist_lapsed"),),
            group=Group.CUSTOMER, template="waitlist_lapsed",
        ),
        Rule(
            "waitlist-close", "Offers end", "When **the time to answer an offer is over**, the offer **ends**.",
            on=(WaitlistOfferRanOut,), do=(actions.close_offer,), group=Group.CUSTOMER, locked=True,
            timing="when it runs out",
        ),
        Rule(
            "waitlist-end", "Wishes end", "When **the last day of a wish has passed**, it leaves the **waitlist**.",
            on=(WaitlistDaysOver,), do=(actions.end_wish,), group=Group.CUSTOMER, locked=True,
            timing="after the last day",
        ),
        Rule(
            "form-receipt", "Form receipt", "When **a form is completed**, send the customer a **receipt**.",
            on=(FormSubmitted,), do=(actions.send("form_receipt"),), group=Group.CUSTOMER, template="form_receipt",
            for_services=True,
        ),
        Rule(
            "follow-up", "Follow-up after a visit", "When **a visit was completed**, send **thanks** and ask how it was.",
            on=(BookingFollowUpDue,),
            when=(conditions.booking_is_current, conditions.booking_is(BookingStatus.COMPLETED)),
            do=(actions.send("follow_up"),), group=Group.CUSTOMER, stops_on_reply=True, template="follow_up",
            timing="after the visit", moments=AFTER_VISIT, for_services=True, starts_off=True,
        ),
        Rule(
            "no-show-message", "No-show message",
            "When **a customer did not come**, say that they were **missed** and offer **another time**.",
            on=(BookingNoShowDue,),
            when=(conditions.booking_is_current, conditions.booking_is(BookingStatus.NO_SHOW)),
            do=(actions.send("no_show_message"),), group=Group.CUSTOMER, stops_on_reply=True, template="no_show_message",
            timing="after the no-show", moments=AFTER_NO_SHOW, for_services=True, starts_off=True,
        ),
        Rule(
            "new-link", "New link", "When **a customer asks for a new link** because the old one has expired, **send it**.",
            on=(LinkRequested,), do=(actions.send("new_link"),), group=Group.CUSTOMER, locked=True, template="new_link",
        ),
        Rule(
            "lead-contacted", "Lead contacted", "When **somebody on the team replies** to a new lead, it becomes **contacted**.",
            on=(MessageReplied,), when=(conditions.stage_is(Stage.NEW),),
            do=(actions.move_stage(Stage.CONTACTED),), group=Group.LEADS,
        ),
        Rule(
            "lead-booked", "Lead booked", "When **a lead books**, it becomes **booked**.",
            on=(BookingConfirmed,), when=(conditions.stage_is(Stage.NEW, Stage.CONTACTED, Stage.LOST),),
            do=(actions.move_stage(Stage.BOOKED),), group=Group.LEADS,
        ),
        Rule(
            "lead-customer", "Lead won", "When **a visit is completed**, the contact becomes a **customer**.",
            on=(BookingCompleted,), when=(conditions.stage_is(Stage.NEW, Stage.CONTACTED, Stage.BOOKED, Stage.LOST),),
            do=(actions.move_stage(Stage.CUSTOMER),), group=Group.LEADS,
        ),
        Rule(
            "unanswered-alert", "Unanswered message", "When **nobody has answered** within the hours set, raise an **alert**.",
            on=(ConversationUnanswered,), when=(conditions.still_unanswered,),
            do=(actions.raise_alert(AlertKind.UNANSWERED),), group=Group.ALERTS, timing="after the hours set in Settings",
        ),
        Rule(
            "undecided-alert", "Unconfirmed booking", "When **a booking waits for approval**, raise an **alert**.",
            on=(BookingRequested,), when=(conditions.needs_approval, conditions.booking_is_pending),
            do=(actions.raise_alert(AlertKind.BOOKING_UNDECIDED),), group=Group.ALERTS,
        ),
        Rule(
            "overdue-alert", "Overdue form", "When **a form is not complete at its due time**, raise an **alert**.",
            on=(FormOverdue,), when=(conditions.form_is_pending,),
            do=(actions.raise_alert(AlertKind.FORM_OVERDUE),), group=Group.ALERTS,
        ),
        Rule(
            "held-alert", "Reminder held",
            "When **a reminder is held** for a booking within **48 hours**, raise an **alert**.",
            on=(MessageHeld,), when=(conditions.message_is_held, conditions.booking_starts_within_48_hours),
            do=(actions.raise_alert(AlertKind.REMINDER_HELD),), group=Group.ALERTS,
        ),
        Rule(
            "delivery-alert", "Delivery failed", "When **a message cannot be delivered**, raise an **alert**.",
            on=(MessageFailed,), do=(actions.raise_alert(AlertKind.MESSAGE_FAILED),), group=Group.ALERTS, locked=True,
        ),
        Rule(
            "channel-alert", "Channel failing", "When **a channel stops working**, raise **one alert** with the exact cause.",
            on=(ChannelFailed,), do=(actions.raise_alert(AlertKind.CHANNEL_FAILING),), group=Group.ALERTS, locked=True,
        ),
        Rule(
            "mailbox-alert", "Mailbox failing", "When **incoming e-mail cannot be read**, raise **one alert** with the cause.",
            on=(MailboxFailed,), do=(actions.raise_alert(AlertKind.MAILBOX_FAILING),), group=Group.ALERTS, locked=True,
        ),
        Rule(
            "failure-alert", "Rule failed", "When **a rule gives up** after several tries, raise an **alert**.",
            on=(AutomationFailed,), do=(actions.raise_alert(AlertKind.AUTOMATION_FAILED),), group=Group.ALERTS, locked=True,
        ),
        Rule(
            "worker-alert", "Worker late", "When **work has been waiting** for **2 minutes**, raise an **alert**.",
            on=(WorkerLate,), do=(actions.raise_alert(AlertKind.WORKER_LATE),), group=Group.ALERTS, locked=True,
        ),
        Rule(
            "zone-alert", "Clocks have changed",
            "When **new time zone rules** give a visit another time on the clock, move nothing and raise an **alert**.",
            on=(BookingZoneChanged,), when=(conditions.booking_is_current,),
            do=(actions.raise_alert(AlertKind.ZONE_CHANGED),), group=Group.ALERTS, locked=True,
        ),
        Rule(
            "invitation-mail", "Invitation", "When **an owner invites somebody**, send the **invitation**.",
            on=(MemberInvited,), do=(actions.send_invitation,), group=Group.ACCOUNTS, locked=True,
        ),
        Rule(
            "reset-mail", "Password reset", "When **somebody asks for a new password**, send the **link**.",
            on=(PasswordResetRequested,), do=(actions.send_reset,), group=Group.ACCOUNTS, locked=True,
        ),
    )
}  # fmt: skip

SILENT: frozenset[str] = frozenset({
    "workspace.activated", "rule.tried",
    "contact.created", "contact.stage_changed", "booking.checked_in", "booking.no_show", "form.waived",
    "waitlist.left", "waitlist.accepted",
    "stock.reserved", "stock.consumed", "stock.released", "stock.replenished", "message.received",
    "message.sent", "message.dropped", "conversation.automation_resumed", "conversation.closed", "channel.restored",
    "mailbox.restored",
})  # fmt: skip
"""Events no rule listens to: they feed timelines and reactions only."""


def listening(event: type[Event]) -> list[Rule]:
    """The rules that look at this kind of event, in the order of the table."""
    return [rule for rule in RULES.values() if event in rule.on]
