"""The booking that is open beside the calendar: its facts, forms, messages, stock, history, and what may be done now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

import reflex as rx

from careops_app.automation.plan import PlanLine, message_plan
from careops_app.bookings import links, zones
from careops_app.bookings import service as bookings
from careops_app.bookings.models import BookingStatus
from careops_app.bookings.queries import BookingCard, HistoryRow, booking_card, booking_history
from careops_app.errors import CareOpsError, Invalid, NotFound, Refused
from careops_app.forms import service as forms
from careops_app.forms.queries import RequestRow, requests_of_booking
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.inventory.queries import UsageRow, usage_of_booking
from careops_app.ui.bookings.address import Place
from careops_app.ui.bookings.group_state import GroupState
from careops_app.ui.bookings.undo_state import UndoState
from careops_app.ui.components import toasts
from careops_app.ui.explain import address as explain
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission

Step = Literal["confirmed", "checked_in", "completed", "no_show"]
COMMANDS: dict[str, Callable[..., None]] = {
    "confirmed": bookings.confirm,
    "checked_in": bookings.check_in,
    "completed": bookings.complete,
    "no_show": bookings.mark_no_show,
}
DONE: dict[str, str] = {
    "confirmed": "Confirmed. The customer is told.",
    "checked_in": "Checked in.",
    "completed": "Completed. Stock is used up.",
    "no_show": "Marked as no-show. Reserved stock is free again.",
}
EVENTS: dict[str, str] = {
    "booking.requested": "Booked",
    "booking.confirmed": "Confirmed",
    "booking.rescheduled": "Moved",
    "booking.reassigned": "Given to somebody else",
    "booking.resized": "Another length",
    "booking.restored": "Taken back, it takes place after all",
    "booking.undecided": "Nobody decided in time",
    "booking.zone_changed": "The clocks have changed",
    "booking.clock_agreed": "New time on the clock agreed",
    "booking.cancelled": "Cancelled",
    "booking.checked_in": "Checked in",
    "booking.completed": "Completed",
    "booking.no_show": "Did not come",
    "booking.reminder_due": "Reminder due",
    "booking.reminder_missed": "Reminder left out, its time had passed",
    "waitlist.accepted": "Taken from the waitlist",
    "form.requested": "Form asked for",
    "form.submitted": "Form completed",
    "form.waived": "Form waived",
    "form.due_soon": "Form due soon",
    "form.overdue": "Form overdue",
    "stock.reserved": "Stock reserved",
    "stock.consumed": "Stock used",
    "stock.released": "Stock released",
    "message.held": "Message held",
}
MOST_HISTORY = 12


@dataclass(frozen=True)
class Facts:
    """The head of the record, in words."""

    id: int = 0
    who: str = ""
    contact_id: int = 0
    status: str = "confirmed"
    reference: str = ""
    booked: str = ""
    service: str = ""
    terms: str = ""
    when: str = ""
    soon: str = ""
    staff: str = ""
    place: str = ""
    given: str = ""
    note: str = ""
    overlap: str = ""
    ended: str = ""
    agreed: str = ""
    shows: str = ""
    reached: int = 0
    may_move: bool = False
    may_cancel: bool = False


@dataclass(frozen=True)
class FormLine:
    id: int
    name: str
    status: str
    support: str
    may_waive: bool
    has_answers: bool


@dataclass(frozen=True)
class MessageLine:
    key: str
    when: str
    what: str
    channel: str
    state: str
    reason: str
    why: str
    id: str
    skipped: bool


@dataclass(frozen=True)
class StockLine:
    item_id: int
    name: str
    amount: str
    word: str


@dataclass(frozen=True)
class HistoryLine:
    key: str
    what: str
    when: str


class RecordState(rx.State):
    """The open booking; `gone` when the address names none of this business."""

    shown: bool = False
    gone: bool = False
    facts: Facts = Facts()
    steps: list[str] = []
    forms: list[FormLine] = []
    forms_done: str = ""
    messages: list[MessageLine] = []
    stock: list[StockLine] = []
    history: list[HistoryLine] = []
    close_to: str = ""
    asks_cancel: bool = False
    asks_decline: bool = False
    waiving: int = 0
    problem: str = ""
    _place: Place = Place()
    _revision: int = 0

    @handler(Permission.BOOKINGS, temporal=True)
    async def take(self, step: Step) -> rx.event.EventSpec:
        """Moves the booking on to a next status."""
        await transact(COMMANDS[step], actor(), self.facts.id)
        await self._read()
        return toasts.done(DONE[step])

    @handler(Permission.BOOKINGS)
    async def keep_clock_time(self) -> rx.event.EventSpec:
        """After a change of the clocks: the visit moves to the time that was agreed."""
        return await self._settle(zones.keep_clock_time, "Moved to the agreed time. The customer is told.")

    @handler(Permission.BOOKINGS)
    async def keep_instant(self) -> rx.event.EventSpec:
        """After a change of the clocks: the visit stays where it is, under its new time."""
        return await self._settle(zones.keep_instant, "The new time is agreed. The customer is told.")

    async def _settle(self, command: Callable[..., None], said: str) -> rx.event.EventSpec:
        try:
            await transact(command, actor(), self.facts.id)
        except (Invalid, Refused) as refusal:
            return toasts.refused(str(refusal))
        await self._read()
        return toasts.done(said)

    @handler(Permission.BOOKINGS)
    async def ask_cancel(self, open: bool) -> None:
        assign(self, asks_cancel=open, asks_decline=open and self.facts.status == "pending", problem="")

    @handler(Permission.BOOKINGS, temporal=True)
    async def cancel(self, form: dict[str, str]) -> rx.event.EventSpec | None:
        """Cancels, or declines a request; the customer is told with the reason."""
        command = bookings.decline if self.asks_decline else bookings.cancel
        try:
            await transact(command, actor(), self.facts.id, form.get("reason", ""))
        except CareOpsError as refusal:
            self.problem = str(refusal)
            return None
        assign(self, asks_cancel=False, problem="")
        await self._read()
        told = "Declined. The customer is told." if self.asks_decline else "Cancelled. The customer is told."
        return toasts.done(told, undo=UndoState.restore(self.facts.id))

    @handler(Permission.BOOKINGS, temporal=True)
    async def renew_link(self) -> rx.event.EventSpec:
        """The customer gets another link to the visit; the old one opens nothing more."""
        await transact(links.renew_link, actor(), self.facts.id)
        await self._read()
        return toasts.done("A new link is on its way. The old one no longer opens the visit.")

    @handler(Permission.BOOKINGS, temporal=True)
    async def revoke_link(self) -> rx.event.EventSpec:
        """The customer's link opens nothing more, for one that came into wrong hands."""
        await transact(links.revoke_link, actor(), self.facts.id)
        await self._read()
        return toasts.done("The link no longer opens the visit. The next message brings a new one.")

    @handler(Permission.FORMS)
    async def ask_waive(self, request_id: int) -> None:
        assign(self, waiving=request_id, problem="")

    @handler(Permission.FORMS)
    async def stop_waiving(self, open: bool) -> None:
        if not open:
            assign(self, waiving=0, problem="")

    @handler(Permission.FORMS, temporal=True)
    async def waive(self, form: dict[str, str]) -> rx.event.EventSpec | None:
        """Does without a form, with a reason."""
        try:
            await transact(forms.waive, actor(), self.waiving, form.get("reason", ""))
        except (Invalid, CareOpsError) as refusal:
            self.problem = str(refusal)
            return None
        assign(self, waiving=0, problem="")
        await self._read()
        return toasts.done("Waived. The reason is on the booking.")

    async def _open(self, place: Place) -> None:
        self._place = place
        assign(self, close_to=replace(place, booking=None).address(), asks_cancel=False, waiving=0, problem="")
        await self._read()

    async def _read(self) -> None:
        if self._place.booking is None:
            assign(self, shown=False, gone=False)
            return
        try:
            card = await fetch(booking_card, actor(), self._place.booking)
        except NotFound:
            assign(self, shown=False, gone=True)
            return
        zone = clock.zone(card.time_zone)
        self._revision = card.revision
        await (await self.get_state(GroupState))._show(card.id, self._place)
        requests = await fetch(requests_of_booking, actor(), card.id)
        done = sum(request.status in ("done", "waived") for request in requests)
        assign(
            self,
            shown=True, gone=False, facts=_facts(card, zone), steps=[status.value for status in card.next_statuses],
            forms=[_form_line(request, zone) for request in requests],
            forms_done=f"{done} of {len(requests)} done" if requests else "",
            messages=[_message_line(line, zone) for line in await fetch(message_plan, actor(), card.id)],
            stock=[_stock_line(row) for row in await fetch(usage_of_booking, actor(), card.id)],
            history=[_history_line(row, zone) for row in (await fetch(booking_history, actor(), card.id))[-MOST_HISTORY:][::-1]],
        )  # fmt: skip


def _facts(card: BookingCard, zone: ZoneInfo) -> Facts:
    now = clock.now()
    ahead = card.starts_at > now and card.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)
    reached = {
        BookingStatus.PENDING: 1,
        BookingStatus.CONFIRMED: 2,
        BookingStatus.CHECKED_IN: 3,
        BookingStatus.COMPLETED: 4,
    }
    given = ", ".join(part for part in (card.given_email, card.given_phone) if part)
    return Facts(
        id=card.id, who=card.contact, contact_id=card.contact_id, status=card.status, reference=card.reference,
        booked=f"booked {wording.near(card.created_at, zone, now)} by {_by(card)}", service=card.service,
        terms=", ".join(part for part in (wording.duration(card.duration_minutes), card.price_text) if part),
        when=wording.span(card.starts_at, card.ends_at, zone), soon=wording.until(card.starts_at, now) if ahead else "",
        staff=card.staff, place=card.location, given=given, note=card.note, overlap=_overlap(card),
        ended=_ended(card, zone),
        agreed="" if card.agreed is None else wording.reading(card.agreed),
        shows=wording.clock_time(card.starts_at, zone), reached=reached.get(card.status, 0),
        may_move=card.may_move, may_cancel=card.may_cancel,
    )  # fmt: skip


def _by(card: BookingCard) -> str:
    return "the customer" if card.booked_by in ("", "customer") else card.booked_by


def _overlap(card: BookingCard) -> str:
    return f"Booked all the same: {card.overlap_reason}" if card.overlap_reason else ""


def _ended(card: BookingCard, zone: ZoneInfo) -> str:
    if card.cancelled_at is None:
        return ""
    who = "the customer" if card.cancelled_by == "customer" else card.cancelled_by
    reason = f": {card.cancel_reason}" if card.cancel_reason else "."
    return f"Cancelled by {who}, {wording.near(card.cancelled_at, zone, clock.now())}{reason}"


def _form_line(row: RequestRow, zone: ZoneInfo) -> FormLine:
    now = clock.now()
    support = f"Due {wording.near(row.due_at, zone, now)}"
    if row.submitted_at:
        support = f"Completed {wording.near(row.submitted_at, zone, now)}"
    elif row.waived_by:
        support = f"Waived by {row.waived_by}: {row.waived_reason}"
    return FormLine(row.id, row.form_name, row.status, support, row.may_waive, row.has_answers)


def _message_line(line: PlanLine, zone: ZoneInfo) -> MessageLine:
    return MessageLine(
        f"{line.message_id or line.what}-{line.when.isoformat()}", wording.near(line.when, zone, clock.now()), line.what,
        line.channel, line.state_key, line.reason, _why(line), _plan_id(line), line.skipped,
    )  # fmt: skip


def _plan_id(line: PlanLine) -> str:
    """How the plan names a message about which may still be decided; empty for others."""
    key = line.key if line.sure else None
    return f"{key.about}/{key.about_id}/{key.rule}/{key.minutes}" if key else ""


def _why(line: PlanLine) -> str:
    """Where it is explained: the message, or before it is written the rule that will write it."""
    if line.message_id is not None:
        return explain.of_message(line.message_id)
    return f"/app/automation/?rule={line.rule}" if line.rule else ""


def _stock_line(row: UsageRow) -> StockLine:
    amount, word = (row.used, "used") if row.used else (row.reserved, "reserved")
    return StockLine(row.item_id, row.item_name, wording.quantity(amount, row.unit), word)


def _history_line(row: HistoryRow, zone: ZoneInfo) -> HistoryLine:
    what = EVENTS.get(row.name, row.name)
    who = "the customer" if row.by == "customer" else row.by
    return HistoryLine(
        f"{row.name}-{row.at.isoformat()}", f"{what} by {who}" if who else what, wording.near(row.at, zone, clock.now())
    )
