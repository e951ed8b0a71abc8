"""The owner keeps other people's visits and customers from staff: no list, number, search, record or command shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, select

from careops_app.automation import alerts, dispatcher, plan, timers
from careops_app.automation import queries as automation
from careops_app.automation.models import Alert
from careops_app.bookings import lists, why
from careops_app.bookings import queries as bookings
from careops_app.bookings import service as booking
from careops_app.bookings.lists import BookingFilter
from careops_app.bookings.making import BookingRequest, StaffBooking
from careops_app.bookings.models import Booking
from careops_app.bookings.queries import AgendaFilter
from careops_app.bookings.service import Move
from careops_app.contacts import queries as contacts
from careops_app.contacts import service as contact
from careops_app.contacts.models import Contact
from careops_app.contacts.queries import ContactFilter
from careops_app.contacts.stages import Stage
from careops_app.dashboard.overview import overview, waiting
from careops_app.dashboard.records import open_contact, open_conversation
from careops_app.dashboard.timeline import EVERYTHING, timeline
from careops_app.demo import cast
from careops_app.demo.cast import CUT, FACIAL, JONAS, PEEL, PRIYA
from careops_app.errors import NotFound, Refused
from careops_app.forms import answering, answers
from careops_app.forms import queries as forms
from careops_app.forms import service as form
from careops_app.forms.models import Form, FormRequest
from careops_app.inbox import channel_queries, thread_queries
from careops_app.inbox import queries as inbox
from careops_app.inbox import service as conversation
from careops_app.inbox.models import ChannelKind, Conversation, Message
from careops_app.inbox.queries import Filter
from careops_app.inbox.service import InquiryForm, Reply
from careops_app.infra import clock, db
from careops_app.inventory import queries as inventory
from careops_app.inventory import service as stock
from careops_app.inventory.catalogue import Supply, set_supplies
from careops_app.ui.command_palette import _named
from careops_app.worker.run import drain_now
from careops_app.workspace import queries as workspaces
from careops_app.workspace import service as workspace
from careops_app.workspace.access import Actor
from tests.cast import Business

MINE, THEIRS, SHARED, ASSIGNED, NOBODYS = "Mira Mine", "Thea Theirs", "Sally Shared", "Ivo Assigned", "Quin Nobody"


@dataclass
class Narrow:
    """The clinic with Priya who sees only her own; of others there are Thea's visit and forms, and Quin's inquiry."""

    clinic: Business
    priya: Actor
    mine: int
    theirs: int
    of_shared: int
    words: frozenset[str]

    def sees(self, query: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return db.fetch_now(query, self.priya, *args, **named)

    def does(self, command: Callable[..., Any], *args: Any) -> Any:
        return db.transact_now(command, self.priya, *args)

    def row(self, model: Any, *where: Any) -> Any:
        """One row, as the owner finds it."""
        return self.clinic.ask(lambda session, _: session.exec(select(model).where(*where)).first())

    def person(self, name: str) -> int:
        return self.row(Contact, Contact.name == name).id

    def thread(self, name: str) -> int:
        return self.clinic.conversation_of(name)

    def request_of(self, booking_id: int) -> int:
        return self.row(FormRequest, FormRequest.booking_id == booking_id).id


def _visit(clinic: Business, name: str, offer: Any, who: Any, days: int) -> int:
    start = clinic.free(offer, days, who)[3]
    wanted = BookingRequest(
        clinic.service(offer), start, name, f"{name}-{offer.name}", f"{name.split()[0].lower()}@example.com",
        staff_id=clinic.calendar(who), note=f"A note by {name}",
    )  # fmt: skip
    return db.transact_now(booking.request, clinic.id, wanted)


def _inquiry(clinic: Business, name: str) -> None:
    asked = InquiryForm(name, f"{name.split()[0].lower()}@example.com", "", f"A question by {name}", f"inquiry-{name}")
    db.transact_now(conversation.submit_inquiry, clinic.id, asked)


@pytest.fixture
def narrow(clinic: Business, clock: Any) -> Narrow:
    linked = [clinic.service(offer) for offer in (FACIAL, PEEL, CUT)]
    intake = next(row for row in clinic.ask(forms.form_list) if row.name == cast.INTAKE)
    from careops_app.forms import building

    clinic.do(building.link_to_services, intake.id, linked)
    gloves = clinic.item("Nitrile gloves M")
    clinic.do(set_supplies, clinic.service(CUT), [Supply(gloves.id, cast.amount("40"))])
    mine, theirs = _visit(clinic, MINE, PEEL, PRIYA, 2), _visit(clinic, THEIRS, CUT, JONAS, 0)
    _visit(clinic, SHARED, FACIAL, PRIYA, 3)
    of_shared = _visit(clinic, SHARED, CUT, JONAS, 3)
    for name in (ASSIGNED, NOBODYS):
        _inquiry(clinic, name)
    drain_now()
    found = Narrow(clinic, clinic.mate(PRIYA), mine, theirs, of_shared, frozenset())
    clinic.do(conversation.assign, found.thread(ASSIGNED), found.priya.member_id)
    db.transact_now(answering.submit, clinic.id, found.request_of(theirs), cast.ANSWERS[cast.INTAKE])
    clinic.do(contact.add_tag, found.person(THEIRS), "theirs only")
    clinic.do(contact.add_note, found.person(THEIRS), "A note about Thea")
    clock.advance(hours=3)
    drain_now()
    clinic.do(workspace.set_data_scope, False)
    found.priya = clinic.ask(workspaces.member_actor, found.priya.member_id)
    references = {clinic.ask(bookings.booking_card, one).reference for one in (theirs, of_shared)}
    found.words = frozenset({"Thea", "thea", "theirs only", "Quin", "quin@", *references})
    return found


def _span() -> AgendaFilter:
    now = clock.now()
    return AgendaFilter(now - timedelta(days=7), now + timedelta(days=30))


def _item(world: Narrow) -> int:
    return world.clinic.item("Nitrile gloves M").id


LISTS: dict[str, Callable[[Narrow], Callable[..., Any]]] = {
    "agenda": lambda w: partial(bookings.agenda, wanted=_span()),
    "agenda of a colleague": lambda w: partial(
        bookings.agenda, wanted=replace(_span(), staff_id=w.clinic.calendar(JONAS))
    ),
    "visits of today": lambda w: partial(lists.booking_list, wanted=BookingFilter.TODAY),
    "visits ahead": lambda w: partial(lists.booking_list, wanted=BookingFilter.UPCOMING),
    "past visits": lambda w: partial(lists.booking_list, wanted=BookingFilter.PAST),
    "the day": lambda w: lists.day_list,
    "contacts": lambda w: partial(contacts.contact_list, wanted=ContactFilter()),
    "search by name": lambda w: partial(contacts.contact_list, wanted=ContactFilter(text="Thea")),
    "search by address": lambda w: partial(contacts.contact_list, wanted=ContactFilter(text="quin@example.com")),
    "search by tag": lambda w: partial(contacts.contact_list, wanted=ContactFilter(tag="theirs only")),
    "tags": lambda w: contacts.tags_in_use,
    "palette by name": lambda w: partial(_named, text="Thea"),
    "palette by reference": lambda w: partial(_named, text=w.clinic.ask(bookings.booking_card, w.theirs).reference),
    "by reference": lambda w: partial(
        bookings.booking_named, reference=w.clinic.ask(bookings.booking_card, w.theirs).reference
    ),
    "open conversations": lambda w: inbox.conversation_list,
    "unanswered": lambda w: partial(inbox.conversation_list, chosen=Filter.UNANSWERED),
    "search in conversations": lambda w: partial(inbox.conversation_list, text="Quin"),
    "forms": lambda w: forms.request_list,
    "forms of several visits": lambda w: partial(forms.requests_of_bookings, booking_ids=[w.theirs, w.of_shared]),
    "alerts": lambda w: automation.open_alerts,
    "alert log": lambda w: automation.alert_log,
    "run log": lambda w: automation.run_log,
    "the dashboard": lambda w: overview,
    "an item": lambda w: partial(inventory.item_card, item_id=_item(w)),
    "its ledger": lambda w: partial(inventory.movements, item_id=_item(w)),
    "visits of a shared customer": lambda w: partial(bookings.bookings_of_contact, contact_id=w.person(SHARED)),
    "forms of a shared customer": lambda w: partial(forms.requests_of_contact, contact_id=w.person(SHARED)),
    "a shared customer": lambda w: partial(open_contact, contact_id=w.person(SHARED), kinds=EVERYTHING),
    "the story of a shared customer": lambda w: partial(timeline, contact_id=w.person(SHARED)),
    "what went out": lambda w: channel_queries.captured_outbox,
    "why no slot": lambda w: partial(
        why.why_no_slot, service_id=w.clinic.service(CUT),
        starts_at=w.clinic.ask(bookings.booking_card, w.of_shared).starts_at,
    ),
}  # fmt: skip
"""Queries that list: as the owner they tell of others, as Priya they must not."""
NOT_EVEN_OWNERS = {"past visits", "run log"}  # nothing of others is there, or it is paged away


@pytest.mark.parametrize("name", LISTS)
def test_nothing_of_others_is_in_any_list(narrow: Narrow, name: str) -> None:
    query = LISTS[name](narrow)
    told = repr(narrow.sees(query))
    assert not {word for word in narrow.words if word in told}, told
    whole = repr(narrow.clinic.ask(query))
    assert name in NOT_EVEN_OWNERS or any(word in whole for word in (*narrow.words, SHARED)), "the test sees nothing"


RECORDS: dict[str, Callable[[Narrow], Callable[..., Any]]] = {
    "visit": lambda w: partial(bookings.booking_card, booking_id=w.theirs),
    "another visit of a shared customer": lambda w: partial(bookings.booking_card, booking_id=w.of_shared),
    "message plan": lambda w: partial(plan.message_plan, booking_id=w.theirs),
    "contact": lambda w: partial(contacts.record, contact_id=w.person(THEIRS)),
    "contact's page": lambda w: partial(open_contact, contact_id=w.person(THEIRS), kinds=EVERYTHING),
    "conversation": lambda w: partial(thread_queries.thread, conversation_id=w.thread(NOBODYS)),
    "conversation's head": lambda w: partial(thread_queries.conversation_head, conversation_id=w.thread(THEIRS)),
    "conversation's page": lambda w: partial(open_conversation, conversation_id=w.thread(NOBODYS)),
    "what a reply would hold": lambda w: partial(thread_queries.will_hold, conversation_id=w.thread(THEIRS)),
    "what is held": lambda w: partial(thread_queries.held, conversation_id=w.thread(THEIRS)),
    "message": lambda w: partial(thread_queries.message, message_id=w.clinic.messages(THEIRS)[0].id),
    "form": lambda w: partial(forms.request_row, request_id=w.request_of(w.theirs)),
    "answers": lambda w: partial(answers.answers, request_id=w.request_of(w.theirs)),
}  # fmt: skip
EMPTY: dict[str, Callable[[Narrow], Callable[..., Any]]] = {
    "history": lambda w: partial(bookings.booking_history, booking_id=w.theirs),
    "visits": lambda w: partial(bookings.bookings_of_contact, contact_id=w.person(THEIRS)),
    "notes": lambda w: partial(contacts.notes, contact_id=w.person(THEIRS)),
    "messages": lambda w: partial(thread_queries.messages_of_contact, contact_id=w.person(THEIRS)),
    "messages about": lambda w: partial(thread_queries.messages_about, about="booking", about_id=w.theirs),
    "attempts": lambda w: partial(
        thread_queries.attempts, message_id=w.row(Message, Message.about == "booking", Message.about_id == w.theirs).id
    ),
    "forms": lambda w: partial(forms.requests_of_booking, booking_id=w.theirs),
    "answers": lambda w: partial(answers.answers_of_booking, booking_id=w.theirs),
    "stock": lambda w: partial(inventory.usage_of_booking, booking_id=w.theirs),
    "story": lambda w: lambda session, actor: timeline(session, actor, w.person(THEIRS)).entries,
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_others_is_not_found(narrow: Narrow, name: str) -> None:
    query = RECORDS[name](narrow)
    narrow.clinic.ask(query)
    with pytest.raises(NotFound):
        narrow.sees(query)


@pytest.mark.parametrize("name", EMPTY)
def test_parts_of_a_record_of_others_are_empty(narrow: Narrow, name: str) -> None:
    query = EMPTY[name](narrow)
    assert narrow.clinic.ask(query)
    assert not narrow.sees(query)


def test_numbers_count_only_ones_own(narrow: Narrow) -> None:
    everything, own = narrow.clinic.ask(overview), narrow.sees(overview)
    assert (everything.bookings.today, own.bookings.today) == (1, 0)
    assert (everything.conversations.unanswered, own.conversations.unanswered) == (2, 1)
    assert own.forms.pending == len(narrow.sees(forms.request_list).rows) < everything.forms.pending
    assert own.open_alerts == len(narrow.sees(automation.open_alerts)) < everything.open_alerts
    assert sum(visits for _, visits, _ in own.week) == 2
    assert narrow.sees(waiting).inbox == 1
    assert sum(one.count for one in narrow.sees(contacts.stage_counts)) == 3
    assert [day.visits for day in narrow.sees(bookings.day_load, clock.now().date(), 4)] == [0, 0, 1, 1]


def test_ones_own_is_all_there(narrow: Narrow) -> None:
    assert {row.contact for row in narrow.sees(bookings.agenda, _span())} == {MINE, SHARED}
    assert {row.name for row in narrow.sees(contacts.contact_list, ContactFilter()).rows} == {MINE, SHARED, ASSIGNED}
    assert {row.name for row in narrow.sees(inbox.conversation_list).rows} == {MINE, SHARED, ASSIGNED}
    assert narrow.sees(bookings.booking_card, narrow.mine).contact == MINE
    assert narrow.sees(open_conversation, narrow.thread(ASSIGNED)).head


def test_stock_is_counted_whole(narrow: Narrow) -> None:
    everything, own = (
        narrow.clinic.ask(inventory.item_card, _item(narrow)),
        narrow.sees(inventory.item_card, _item(narrow)),
    )
    assert own.item == everything.item and own.days == everything.days


COMMANDS: dict[str, Callable[[Narrow], tuple[Any, ...]]] = {
    "move": lambda w: (booking.reschedule, Move(w.theirs, clock.now() + timedelta(days=4))),
    "cancel": lambda w: (booking.cancel, w.theirs),
    "decline": lambda w: (booking.decline, w.theirs),
    "confirm": lambda w: (booking.confirm, w.theirs),
    "check in": lambda w: (booking.check_in, w.theirs),
    "complete": lambda w: (booking.complete, w.theirs),
    "no-show": lambda w: (booking.mark_no_show, w.theirs),
    "book for": lambda w: (
        booking.add_by_staff,
        StaffBooking(w.clinic.service(PEEL), w.clinic.free(PEEL, 5)[0], "k", contact_id=w.person(THEIRS)),
    ),
    "tag": lambda w: (contact.add_tag, w.person(THEIRS), "mine now"),
    "untag": lambda w: (contact.remove_tag, w.person(THEIRS), "theirs only"),
    "note": lambda w: (contact.add_note, w.person(THEIRS), "mine now"),
    "stage": lambda w: (contact.move_stage, w.person(THEIRS), Stage.LOST),
    "edit": lambda w: (contact.edit, w.person(THEIRS), contact.ContactDraft("Mine Now")),
    "reply": lambda w: (conversation.reply, Reply(w.thread(NOBODYS), ChannelKind.EMAIL, "Hello")),
    "inner note": lambda w: (conversation.note, w.thread(NOBODYS), "Hello"),
    "assign to myself": lambda w: (conversation.assign, w.thread(NOBODYS), w.priya.member_id),
    "close": lambda w: (conversation.close, w.thread(NOBODYS)),
    "mark read": lambda w: (conversation.mark_read, w.thread(NOBODYS)),
    "write first": lambda w: (conversation.start_conversation, w.person(THEIRS)),
    "waive": lambda w: (form.waive, w.request_of(w.of_shared), "not needed"),
    "ask for a form": lambda w: (form.request_by_staff, w.row(Form).id, w.person(THEIRS), None),
    "correct stock": lambda w: (stock.correct_usage, w.theirs, _item(w), cast.amount("1")),
    "snooze": lambda w: (alerts.snooze, w.row(Alert, col(Alert.title).contains("Quin")).id, "1h"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_what_is_others_finds_nothing(narrow: Narrow, name: str) -> None:
    with pytest.raises(NotFound):
        narrow.does(*COMMANDS[name](narrow))


def test_they_book_into_their_own_calendar_only(narrow: Narrow) -> None:
    start = narrow.clinic.free(FACIAL, 5)[0]
    wanted = StaffBooking(narrow.clinic.service(FACIAL), start, "one", name="Walk In")
    booked = narrow.does(booking.add_by_staff, wanted)
    assert narrow.sees(bookings.booking_card, booked).staff == PRIYA.name
    elsewhere = StaffBooking(
        narrow.clinic.service(FACIAL), start, "two", name="Walk In", staff_id=narrow.clinic.calendar(cast.OWNER)
    )
    with pytest.raises(Refused, match="your own calendar"):
        narrow.does(booking.add_by_staff, elsewhere)
    with pytest.raises(Refused, match="your own calendar"):
        narrow.does(booking.reschedule, Move(booked, start, narrow.clinic.calendar(cast.OWNER)))


def test_a_known_person_who_books_with_them_is_the_same_person(narrow: Narrow) -> None:
    start = narrow.clinic.free(PEEL, 6)[0]
    wanted = StaffBooking(narrow.clinic.service(PEEL), start, "one", name="Thea Theirs", email="thea@example.com")
    booked = narrow.does(booking.add_by_staff, wanted)
    assert narrow.sees(bookings.booking_card, booked).contact_id == narrow.person(THEIRS)
    assert narrow.row(Contact, Contact.name == THEIRS) and len(narrow.clinic.contacts()) == 5


def test_another_persons_address_is_not_named(narrow: Narrow) -> None:
    draft = contact.ContactDraft(MINE, ("quin@example.com",))
    with pytest.raises(Refused) as refused:
        narrow.does(contact.edit, narrow.person(MINE), draft)
    assert "Quin" not in str(refused.value)


def test_a_conversation_may_be_handed_on_and_is_gone_then(narrow: Narrow) -> None:
    thread = narrow.thread(ASSIGNED)
    narrow.does(conversation.assign, thread, narrow.clinic.mate(JONAS).member_id)
    with pytest.raises(NotFound):
        narrow.sees(thread_queries.conversation_head, thread)
    assert narrow.row(Conversation, Conversation.id == thread).assigned_to == narrow.clinic.mate(JONAS).member_id


def test_their_reply_pauses_the_whole_conversation(narrow: Narrow, clock: Any) -> None:
    """Whoever the visits are with: what is others' in it is held too, though it is not shown."""
    clock.advance(days=2)
    timers.tick()
    dispatcher.fan_out()
    dispatcher.run_due()
    narrow.does(conversation.reply, Reply(narrow.thread(SHARED), ChannelKind.EMAIL, "See you then"))
    everything = narrow.clinic.ask(thread_queries.held, narrow.thread(SHARED))
    assert len([one for one in everything if one.is_reminder]) == 2
    assert len(narrow.sees(thread_queries.held, narrow.thread(SHARED))) == len(everything) / 2
    narrow.does(conversation.resume, narrow.thread(SHARED))
    assert narrow.clinic.ask(thread_queries.held, narrow.thread(SHARED)) == ()


def test_their_own_work_goes_on(narrow: Narrow, clock: Any) -> None:
    narrow.does(conversation.reply, Reply(narrow.thread(MINE), ChannelKind.EMAIL, "See you then"))
    narrow.does(contact.add_note, narrow.person(MINE), "Likes tea")
    later = narrow.clinic.free(PEEL, 4)[5]
    narrow.does(booking.reschedule, Move(narrow.mine, later))
    clock.move_to(later + timedelta(minutes=1))
    narrow.does(booking.check_in, narrow.mine)
    narrow.does(booking.complete, narrow.mine)
    assert narrow.row(Booking, Booking.id == narrow.mine).status == "completed"
    drain_now()


def test_owners_and_everybody_else_see_everything(narrow: Narrow) -> None:
    assert narrow.clinic.owner.sees_only is None
    narrow.clinic.do(workspace.set_data_scope, True)
    again = narrow.clinic.ask(workspaces.member_actor, narrow.priya.member_id)
    assert again.sees_all and db.fetch_now(bookings.booking_card, again, narrow.theirs).contact == THEIRS


def test_somebody_without_a_calendar_sees_what_is_assigned_to_them(narrow: Narrow) -> None:
    elena = narrow.clinic.ask(workspaces.member_actor, narrow.clinic.mate(cast.ELENA).member_id)
    assert db.fetch_now(bookings.agenda, elena, _span()) == ()
    assert db.fetch_now(contacts.contact_list, elena, ContactFilter()).rows == ()
    with pytest.raises(Refused, match="no calendar"):
        wanted = StaffBooking(narrow.clinic.service(FACIAL), narrow.clinic.free(FACIAL, 5)[0], "k", name="Walk In")
        db.transact_now(booking.add_by_staff, elena, wanted)


def test_only_owners_choose_what_staff_see(narrow: Narrow) -> None:
    from careops_app.errors import Forbidden

    with pytest.raises(Forbidden):
        narrow.does(workspace.set_data_scope, True)
