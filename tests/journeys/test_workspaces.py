"""Two businesses in one installation: nothing of one is visible in the other, and one person may belong to both."""

from collections.abc import Callable
from typing import Any

import pytest

from careops_app.automation import queries as automation
from careops_app.bookings import lists
from careops_app.bookings import queries as bookings
from careops_app.bookings import service as booking_commands
from careops_app.bookings.lists import BookingFilter
from careops_app.contacts import queries as contacts
from careops_app.contacts import service as contact_commands
from careops_app.contacts.queries import ContactFilter
from careops_app.dashboard.overview import overview
from careops_app.demo import cast
from careops_app.errors import NotFound
from careops_app.forms import queries as forms
from careops_app.inbox import queries as inbox
from careops_app.inbox import service as inbox_commands
from careops_app.inbox import thread_queries
from careops_app.inbox.queries import Filter
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.inventory import queries as stock
from careops_app.worker.run import drain_now
from careops_app.workspace import queries, service
from careops_app.workspace.access import Actor
from tests import people
from tests.cast import SHOP, Business, Visitor, book


@pytest.fixture
def other(clinic: Business) -> Actor:
    """The owner of a second business; the first one has a customer with everything."""
    book(Visitor(), clinic, cast.PEEL, clinic.free(cast.PEEL, 5)[0], name="Nora Vance", email="nora@example.com")
    Visitor().open(f"/c/{clinic.slug}").send("Send message", name="Mina", email="mina@example.com", message="Hi")
    drain_now()
    return people.owner("Harbour Clinic").actor


def test_every_list_and_every_number_of_the_other_is_empty(clinic: Business, other: Actor) -> None:
    found = db.fetch_now(overview, other)
    assert found.bookings.week == found.conversations.open == found.forms.pending == found.stock.all == 0
    assert found.open_alerts == 0 and found.today == ()
    for which in BookingFilter:
        assert db.fetch_now(lists.booking_list, other, which).total == 0
    for chosen in Filter:
        assert db.fetch_now(inbox.conversation_list, other, chosen).total == 0
    assert db.fetch_now(contacts.contact_list, other, ContactFilter()).total == 0
    assert db.fetch_now(contacts.contact_list, other, ContactFilter("nora")).total == 0
    assert db.fetch_now(forms.request_list, other).total == db.fetch_now(stock.item_list, other).total == 0
    assert db.fetch_now(automation.run_log, other).rows == ()
    assert clinic.ask(overview).bookings.week == 1


RECORDS: tuple[tuple[Callable[..., Any], str], ...] = (
    (bookings.booking_card, "booking"), (thread_queries.thread, "conversation"), (contacts.record, "contact"),
    (stock.item_card, "item"), (forms.request_row, "form_request"), (thread_queries.message, "message"),
)  # fmt: skip


@pytest.mark.parametrize(("query", "kind"), RECORDS, ids=[kind for _, kind in RECORDS])
def test_a_record_of_the_other_is_not_found(
    clinic: Business, other: Actor, query: Callable[..., Any], kind: str
) -> None:
    numbers = {
        "booking": clinic.visits()[0].id, "conversation": clinic.conversations()[0].id, "contact": clinic.contacts()[0].id,
        "item": clinic.item("Peel solution").id, "form_request": clinic.ask(forms.request_list).rows[0].id,
        "message": clinic.thread("Nora Vance").messages[0].id,
    }  # fmt: skip
    assert clinic.ask(query, numbers[kind])
    with pytest.raises(NotFound):
        db.fetch_now(query, other, numbers[kind])


def test_a_command_upon_the_others_records_is_not_found(clinic: Business, other: Actor) -> None:
    visit, conversation, contact = clinic.visits()[0].id, clinic.conversations()[0].id, clinic.contacts()[0].id
    for command, arguments in (
        (booking_commands.cancel, (visit,)), (inbox_commands.note, (conversation, "hello")),
        (inbox_commands.close, (conversation,)), (contact_commands.add_note, (contact, "hello")),
        (contact_commands.add_tag, (contact, "vip")), (inbox_commands.start_conversation, (contact,)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            db.transact_now(command, other, *arguments)
    assert clinic.visits()[0].status == "confirmed"


def test_the_same_customer_is_another_contact_in_each(clinic: Business, other: Actor) -> None:
    draft = contact_commands.ContactDraft("Nora at the harbour", ("nora@example.com",))
    db.transact_now(contact_commands.create, other, draft)
    assert [row.name for row in db.fetch_now(contacts.contact_list, other, ContactFilter()).rows] == [
        "Nora at the harbour"
    ]
    assert "Nora Vance" in {row.name for row in clinic.contacts()}


def test_one_person_in_two_businesses_switches_between_them(clinic: Business, visitor: Visitor) -> None:
    person = clinic.signed_in(cast.OWNER)
    second = db.transact_now(service.found_another, SYSTEM, person.actor.user_id, "Maya's School", "Europe/London")
    visitor.http.cookies.set("sid", person.token, domain="shop.test")
    visitor.http.post("/switch", data={"workspace_id": str(second.workspace_id)}, headers={"origin": SHOP})
    session_id = db.fetch_now(queries.session_id_for_token, SYSTEM, visitor.http.cookies["sid"])
    now = db.fetch_now(queries.actor_for_session_id, SYSTEM, session_id)
    assert now is not None and now.workspace_id == second.workspace_id
    assert db.fetch_now(stock.item_list, now).total == 0
    names = [card.name for card in db.fetch_now(queries.workspaces_of_user, SYSTEM, person.actor.user_id)]
    assert sorted(names) == ["Maya's School", cast.BUSINESS]


def test_nobody_switches_into_a_business_they_do_not_belong_to(
    clinic: Business, other: Actor, visitor: Visitor
) -> None:
    visitor.http.cookies.set("sid", clinic.signed_in(cast.PRIYA).token, domain="shop.test")
    answer = visitor.http.post("/switch", data={"workspace_id": str(other.workspace_id)}, headers={"origin": SHOP})
    assert answer.status_code in (403, 404)
