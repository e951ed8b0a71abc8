"""The demo business: what it holds, that its numbers prove themselves, and that it is always the same."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from careops_app.automation import queries as automation
from careops_app.automation.models import AlertKind, AutomationRun, RunState
from careops_app.automation.rules import RULES
from careops_app.bookings import lists
from careops_app.bookings.lists import BookingFilter
from careops_app.bookings.models import Booking
from careops_app.bookings.status import BookingStatus
from careops_app.contacts import queries as contacts
from careops_app.contacts.queries import ContactFilter
from careops_app.dashboard.overview import Overview, overview, waiting
from careops_app.demo import build_demo
from careops_app.forms import queries as forms
from careops_app.forms.queries import RequestFilter
from careops_app.forms.rules import FormStatus
from careops_app.inbox import queries as inbox
from careops_app.inbox.models import Author, Message, MessageState
from careops_app.inbox.queries import Filter
from careops_app.infra import clock, db
from careops_app.infra.outbox import OutboxEvent
from careops_app.inventory import queries as inventory
from careops_app.inventory.queries import StockFilter
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Actor, Role
from tests.conftest import EMPTY_USED_TABLES, MONDAY, HandClock

pytestmark = pytest.mark.timeout(900)  # two weeks are lived through twice, on whatever machine this is
PROMISED_ALERTS = {
    AlertKind.UNANSWERED, AlertKind.BOOKING_UNDECIDED, AlertKind.FORM_OVERDUE, AlertKind.STOCK_LOW,
    AlertKind.MESSAGE_FAILED, AlertKind.REMINDER_HELD,
}  # fmt: skip


LATE_MORNING = MONDAY + timedelta(hours=2, minutes=20)  # somebody is in every chair


def built(connection: Any) -> Actor:
    """The demo business in an empty database, seen by its owner."""
    connection.execute(EMPTY_USED_TABLES)
    with clock.at(LATE_MORNING):
        workspace_id = build_demo()
        members = db.fetch_now(workspaces.members, workspace_id)
        owner = next(member for member in members if member.role == Role.OWNER)
        return db.fetch_now(workspaces.member_actor, workspace_id, owner.id)


@pytest.fixture(scope="module")
def owner(worker_database: str, _owner_connection: Any) -> Actor:
    """Built once for all tests here."""
    return built(_owner_connection)


@pytest.fixture(autouse=True)
def _now(clock: HandClock) -> None:
    """Time stands still at the moment it was built for."""
    clock.move_to(LATE_MORNING)


def counted(actor: Actor) -> dict[str, dict[str, int]]:
    """How many rows of each kind there are."""
    return db.fetch_now(_counted, actor)


def _counted(session: Session, _: Actor) -> dict[str, dict[str, int]]:
    def by(column: Any) -> dict[str, int]:
        return dict(session.exec(select(column, func.count()).group_by(column)).all())

    return {
        "bookings": by(Booking.status), "messages": by(Message.state), "templates": by(Message.template),
        "runs": by(AutomationRun.state), "rules": by(AutomationRun.rule), "events": by(OutboxEvent.name),
    }  # fmt: skip


def test_the_second_time_it_is_there_already(owner: Actor) -> None:
    assert build_demo() == owner.workspace_id


def test_bookings_are_there_in_every_status(owner: Actor) -> None:
    assert set(counted(owner)["bookings"]) == set(BookingStatus)


def test_forms_are_there_in_every_status(owner: Actor) -> None:
    pages = range(1, db.fetch_now(forms.request_list, owner).pages + 1)
    rows = [row for page in pages for row in db.fetch_now(forms.request_list, owner, RequestFilter.ALL, page).rows]
    assert set(FormStatus) - {FormStatus.WAIVED, FormStatus.NOT_SENT} <= {row.status for row in rows}


def test_thirty_people_and_twelve_items_two_of_them_low(owner: Actor) -> None:
    assert db.fetch_now(contacts.contact_list, owner, ContactFilter()).total == 30
    stock = db.fetch_now(inventory.stock_counts, owner)
    assert (stock.all, stock.attention) == (12, 2)


def test_alerts_of_every_kind_that_a_working_business_has(owner: Actor) -> None:
    alerts = db.fetch_now(automation.open_alerts, owner)
    assert {alert.kind for alert in alerts} == PROMISED_ALERTS
    assert all(alert.title and alert.link.startswith("/app/") for alert in alerts)


def test_a_reminder_is_held_for_one_alert_a_visit_whatever_the_hour(owner: Actor) -> None:
    held = [alert for alert in db.fetch_now(automation.open_alerts, owner) if alert.kind == AlertKind.REMINDER_HELD]
    assert len(held) == len({alert.title for alert in held}) == 2, "one until this afternoon, one until tomorrow"


def test_nothing_is_unfinished_and_no_rule_failed(owner: Actor) -> None:
    states = counted(owner)
    assert not {RunState.WAITING, RunState.FAILED} & set(states["runs"])
    assert not {MessageState.SENDING, MessageState.UNCERTAIN} & set(states["messages"])


def test_every_automatic_message_names_its_rule_and_its_event(owner: Actor) -> None:
    messages = db.fetch_now(_automatic, owner)
    assert len(messages) > 50
    assert all(message.rule in RULES and message.event_id for message in messages)
    assert db.fetch_now(_events_named, owner, {message.event_id for message in messages}) == len(
        {message.event_id for message in messages}
    )


def _automatic(session: Session, _: Actor) -> list[Message]:
    return list(session.exec(select(Message).where(Message.author == Author.AUTOMATION)))


def _events_named(session: Session, _: Actor, ids: set[int]) -> int:
    return session.exec(select(func.count()).where(col(OutboxEvent.id).in_(ids))).one()


def test_every_booking_number_is_the_total_of_its_list(owner: Actor) -> None:
    figures, lengths = seen(owner).bookings, {
        each: db.fetch_now(lists.booking_list, owner, each).total for each in BookingFilter
    }  # fmt: skip
    numbers = {field: getattr(figures, field) for field in figures.__dataclass_fields__}
    assert numbers["today"] > 0 and numbers["week"] > 0 and numbers["pending"] > 0
    assert {name: total for name, total in numbers.items() if name in set(BookingFilter)} == {
        each.value: total for each, total in lengths.items() if each.value in numbers
    }
    assert len(set(numbers) & {each.value for each in BookingFilter}) >= 5


def test_every_conversation_number_is_the_total_of_its_list(owner: Actor) -> None:
    counts = seen(owner).conversations
    for name, number in vars(counts).items():
        assert db.fetch_now(inbox.conversation_list, owner, Filter(name)).total == number, name
    assert counts.unanswered and counts.new and counts.ongoing and counts.held and counts.failed and counts.closed


def test_every_form_and_stock_number_is_the_total_of_its_list(owner: Actor) -> None:
    found = seen(owner)
    for name in ("pending", "overdue", "done_this_week"):
        total = db.fetch_now(forms.request_list, owner, RequestFilter(name)).total
        assert total == getattr(found.forms, name), name
    for name in ("all", "attention", "low", "critical", "in_stock"):
        total = db.fetch_now(inventory.item_list, owner, StockFilter(name)).total
        assert total == getattr(found.stock, name), name


def test_the_number_of_alerts_is_the_length_of_their_list(owner: Actor) -> None:
    found = seen(owner)
    assert found.open_alerts == len(db.fetch_now(automation.open_alerts, owner))
    assert found.snoozed_alerts == len(db.fetch_now(automation.open_alerts, owner, snoozed=True))


def test_the_navigation_counts_what_its_lists_hold(owner: Actor) -> None:
    places = db.fetch_now(waiting, owner)
    assert places.inbox == db.fetch_now(inbox.conversation_list, owner, Filter.UNANSWERED).total
    assert places.bookings == db.fetch_now(lists.booking_list, owner, BookingFilter.PENDING).total
    assert places.forms == db.fetch_now(forms.request_list, owner, RequestFilter.OVERDUE).total
    assert places.inventory == db.fetch_now(inventory.item_list, owner, StockFilter.ATTENTION).total


def test_stock_equals_its_ledger(owner: Actor) -> None:
    assert db.fetch_now(inventory.drift, owner) == ()


def test_one_conversation_per_contact_and_no_two_visits_at_once(owner: Actor) -> None:
    assert db.fetch_now(_doubles, owner) == []
    assert db.fetch_now(_overlaps, owner) == 0


def _doubles(session: Session, _: Actor) -> list[Any]:
    return list(session.execute(text("select contact_id from conversation group by 1 having count(*) > 1")))


def _overlaps(session: Session, _: Actor) -> int:
    return session.execute(text("""
        select count(*) from allocation a join allocation b on a.resource_id = b.resource_id and a.id < b.id
        where a.active and b.active and a.lane = b.lane and a.during && b.during""")).scalar_one()  # fmt: skip


def seen(actor: Actor) -> Overview:
    return db.fetch_now(overview, actor)


def test_built_again_it_is_the_same(owner: Actor, _owner_connection: Any) -> None:  # noqa: PT019
    before = {kind: Counter(counts) for kind, counts in counted(owner).items()}
    again = built(_owner_connection)
    assert {kind: Counter(counts) for kind, counts in counted(again).items()} == before
