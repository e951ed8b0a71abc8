"""What a business's own programs may do with an API key: read what screens show, and give the same commands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from careops_app.api.access import Id, IdempotencyKey, Key
from careops_app.automation import queries as automation
from careops_app.automation.queries import AlertRow, RunPage
from careops_app.bookings import catalogue, lists, queries, requirements
from careops_app.bookings import service as bookings
from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.lists import BookingFilter, BookingPage
from careops_app.bookings.making import StaffBooking
from careops_app.bookings.queries import BookingCard
from careops_app.bookings.requirements import ResourceCard
from careops_app.bookings.service import Move
from careops_app.contacts import queries as contacts
from careops_app.contacts import service as contact_commands
from careops_app.contacts.queries import ContactFilter, ContactPage, ContactRecord
from careops_app.contacts.service import ContactDraft
from careops_app.contacts.stages import Stage
from careops_app.dashboard.overview import Overview, overview
from careops_app.forms import queries as forms
from careops_app.forms import service as form_commands
from careops_app.forms.queries import RequestFilter, RequestPage
from careops_app.inbox import queries as inbox
from careops_app.inbox import service as inbox_commands
from careops_app.inbox import thread_queries
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.queries import ConversationPage, Filter
from careops_app.inbox.service import Reply
from careops_app.inbox.thread_queries import Thread
from careops_app.infra.db import fetch, transact
from careops_app.inventory import queries as inventory
from careops_app.inventory import service as stock
from careops_app.inventory.queries import ItemCard, ItemPage, StockFilter

router = APIRouter(tags=["business"])
Page = Annotated[int, Query(ge=1, le=10_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ContactIn(Body):
    name: str = Field(max_length=200)
    emails: tuple[str, ...] = Field((), max_length=10)
    phones: tuple[str, ...] = Field((), max_length=10)


class StageIn(Body):
    stage: Stage


class ReplyIn(Body):
    """A reply pauses automation for the conversation, as it does on the screen."""

    channel: ChannelKind
    body: str = Field(max_length=10_000)
    keep_reminders: bool = False


class ReplyOut(BaseModel):
    message_id: int
    held: int
    in_flight: int


class BookingIn(Body):
    service_id: Id
    starts_at: AwareDatetime
    staff_id: Id | None = None
    contact_id: Id | None = None
    name: str = Field("", max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=40)
    note: str = Field("", max_length=2_000)


class BookingStep(StrEnum):
    CONFIRM = "confirm"
    DECLINE = "decline"
    CHECK_IN = "check-in"
    COMPLETE = "complete"
    NO_SHOW = "no-show"
    CANCEL = "cancel"


class MoveIn(Body):
    starts_at: AwareDatetime
    staff_id: Id | None = None


class FormRequestIn(Body):
    form_id: Id
    contact_id: Id
    booking_id: Id | None = None


class MovementKind(StrEnum):
    RECEIVE = "receive"
    COUNT = "count"
    WASTE = "waste"


class MovementIn(Body):
    """`quantity` is what came, what was counted, or what was lost."""

    kind: MovementKind
    quantity: Decimal
    reason: str = Field("", max_length=300)


class Created(BaseModel):
    id: int


STEPS: dict[BookingStep, Callable[..., None]] = {
    BookingStep.CONFIRM: bookings.confirm,
    BookingStep.DECLINE: bookings.decline,
    BookingStep.CHECK_IN: bookings.check_in,
    BookingStep.COMPLETE: bookings.complete,
    BookingStep.NO_SHOW: bookings.mark_no_show,
    BookingStep.CANCEL: bookings.cancel,
}
MOVEMENTS: dict[MovementKind, Callable[..., int]] = {
    MovementKind.RECEIVE: stock.receive,
    MovementKind.COUNT: stock.count,
    MovementKind.WASTE: stock.waste,
}


@router.get("/overview")
async def the_overview(actor: Key) -> Overview:
    """What is happening right now: the dashboard."""
    return await fetch(overview, actor)


@router.get("/contacts")
async def contact_list(
    actor: Key, q: str = "", stage: Stage | None = None, tag: str | None = None, page: Page = 1
) -> ContactPage:
    """Contacts, newest first, 25 a page."""
    return await fetch(contacts.contact_list, actor, ContactFilter(q, stage, tag), page)


@router.post("/contacts", status_code=201)
async def create_contact(actor: Key, draft: ContactIn) -> Created:
    """A new contact; 409 when one of its addresses belongs to another."""
    made = await transact(contact_commands.create, actor, ContactDraft(draft.name, draft.emails, draft.phones))
    return Created(id=made)


@router.get("/contacts/{contact_id}")
async def contact(actor: Key, contact_id: Id) -> ContactRecord:
    """One contact with its addresses, tags and notes."""
    return await fetch(contacts.record, actor, contact_id)


@router.post("/contacts/{contact_id}/stage")
async def move_stage(actor: Key, contact_id: Id, wanted: StageIn) -> ContactRecord:
    """Move a lead by hand."""
    await transact(contact_commands.move_stage, actor, contact_id, wanted.stage)
    return await fetch(contacts.record, actor, contact_id)


@router.get("/conversations")
async def conversations(
    actor: Key, which: Annotated[Filter, Query(alias="filter")] = Filter.OPEN, q: str = "", page: Page = 1
) -> ConversationPage:
    """Conversations, who waits longest first, 25 a page."""
    return await fetch(inbox.conversation_list, actor, which, q, page)


@router.get("/conversations/{conversation_id}/messages")
async def messages(actor: Key, conversation_id: Id, before: Id | None = None) -> Thread:
    """The newest messages with their true delivery state; `before` pages back."""
    return await fetch(thread_queries.thread, actor, conversation_id, before)


@router.post("/conversations/{conversation_id}/reply", status_code=201)
async def reply(actor: Key, conversation_id: Id, answer: ReplyIn, key: IdempotencyKey) -> ReplyOut:
    """Answer a customer; says what was held and what was already leaving."""
    wanted = Reply(conversation_id, answer.channel, answer.body, answer.keep_reminders, client_key=f"api:{key}")
    sent = await transact(inbox_commands.reply, actor, wanted)
    return ReplyOut(message_id=sent.message_id, held=len(sent.held), in_flight=len(sent.in_flight))


@router.get("/services")
async def services(actor: Key) -> list[ServiceCard]:
    """Services as they are kept, with their limits and what a visit needs; retired ones last."""
    return list(await fetch(catalogue.service_cards, actor, retired=True))


@router.get("/resources")
async def resources(actor: Key) -> list[ResourceCard]:
    """Rooms and equipment, and which services need them; those out of use last."""
    return list(await fetch(requirements.resource_cards, actor, retired=True))


@router.get("/bookings")
async def booking_list(
    actor: Key, which: Annotated[BookingFilter, Query(alias="filter")] = BookingFilter.UPCOMING, page: Page = 1
) -> BookingPage:
    """Bookings under a filter, 25 a page."""
    return await fetch(lists.booking_list, actor, which, page=page)


@router.post("/bookings", status_code=201)
async def add_booking(actor: Key, wanted: BookingIn, key: IdempotencyKey) -> BookingCard:
    """Book for a customer, confirmed at once; a taken time answers 409 with `nearest`."""
    booking = StaffBooking(**wanted.model_dump(), idempotency_key=f"api:{key}")
    return await fetch(queries.booking_card, actor, await transact(bookings.add_by_staff, actor, booking))


@router.get("/bookings/{booking_id}")
async def booking(actor: Key, booking_id: Id) -> BookingCard:
    """One booking, with what may be done with it now."""
    return await fetch(queries.booking_card, actor, booking_id)


@router.post("/bookings/{booking_id}/move")
async def move(actor: Key, booking_id: Id, wanted: MoveIn) -> BookingCard:
    """Another time: taken together with freeing the old one, or nothing changes."""
    await transact(bookings.reschedule, actor, Move(booking_id, wanted.starts_at, wanted.staff_id))
    return await fetch(queries.booking_card, actor, booking_id)


@router.post("/bookings/{booking_id}/{step}")
async def take_step(actor: Key, booking_id: Id, step: BookingStep) -> BookingCard:
    """Change the status; a move that is not legal answers 409 with the reason."""
    await transact(STEPS[step], actor, booking_id)
    return await fetch(queries.booking_card, actor, booking_id)


@router.get("/form-requests")
async def form_requests(
    actor: Key, which: Annotated[RequestFilter, Query(alias="filter")] = RequestFilter.ALL, page: Page = 1
) -> RequestPage:
    """Forms asked of customers and where they stand, 25 a page."""
    return await fetch(forms.request_list, actor, which, page)


@router.post("/form-requests", status_code=201)
async def ask(actor: Key, wanted: FormRequestIn) -> Created:
    """Ask a contact for a form."""
    asked = await transact(form_commands.request_by_staff, actor, wanted.form_id, wanted.contact_id, wanted.booking_id)
    return Created(id=asked)


@router.get("/items")
async def items(
    actor: Key, which: Annotated[StockFilter, Query(alias="filter")] = StockFilter.ALL, page: Page = 1
) -> ItemPage:
    """Items with what is on hand, reserved and free, 25 a page."""
    return await fetch(inventory.item_list, actor, which, page)


@router.get("/items/{item_id}")
async def item(actor: Key, item_id: Id, page: Page = 1) -> ItemCard:
    """One item with its ledger."""
    return await fetch(inventory.item_card, actor, item_id, page)


@router.post("/items/{item_id}/movements", status_code=201)
async def move_stock(actor: Key, item_id: Id, movement: MovementIn) -> Created:
    """Enter a movement into the ledger."""
    entered = await transact(MOVEMENTS[movement.kind], actor, item_id, movement.quantity, movement.reason)
    return Created(id=entered)


@router.get("/alerts")
async def alerts(actor: Key, snoozed: bool = False) -> list[AlertRow]:
    """What needs a person now."""
    return await fetch(automation.open_alerts, actor, snoozed=snoozed)


@router.get("/rule-runs")
async def rule_runs(
    actor: Key, rule: str = "", state: str = "", contact_id: Id | None = None, older_than: Id | None = None
) -> RunPage:
    """What each rule decided about each event, and why, newest first."""
    return await fetch(automation.run_log, actor, rule=rule, state=state, contact_id=contact_id, older_than=older_than)
