"""What is happening right now: one day of the clinic, seen as numbers that follow it and alerts that lead to the place."""

from datetime import timedelta

import pytest

from careops_app.bookings import service as bookings
from careops_app.dashboard.overview import Overview, overview, waiting
from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.service import Reply
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}
OSCAR = {"name": "Oscar Lind", "email": "oscar@example.com"}


@pytest.fixture
def seen(clinic: Business):
    """The dashboard, read after everything that had to happen has happened."""

    def look() -> Overview:
        drain_now()
        return clinic.ask(overview)

    return look


def test_an_inquiry_is_new_then_unanswered_then_ongoing(clinic: Business, clock: HandClock, seen) -> None:
    before = seen()
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Do you have time on Friday?")
    asked = seen()
    assert asked.conversations.new == before.conversations.new + 1
    assert asked.conversations.unanswered == before.conversations.unanswered + 1
    assert clinic.ask(waiting).inbox == asked.conversations.unanswered
    clock.advance(hours=3)
    late = seen()
    conversation = clinic.conversation_of("Nora Vance")
    assert late.longest_waiting_since == clock.now - timedelta(hours=3)
    assert [(each.kind, each.link) for each in late.alerts] == [("unanswered", f"/app/inbox?c={conversation}")]
    clinic.do(inbox.reply, Reply(conversation, ChannelKind.EMAIL, "Yes, at ten"), by=cast.ELENA)
    answered = seen()
    assert (answered.conversations.unanswered, answered.open_alerts) == (before.conversations.unanswered, 0)
    assert answered.conversations.ongoing == asked.conversations.ongoing + 1


def test_a_day_of_visits_moves_from_to_come_to_completed_and_no_show(clinic: Business, clock: HandClock, seen) -> None:
    start = clinic.free(cast.CUT, 1)[0]
    book(Visitor(), clinic, cast.CUT, start, **NORA)
    book(Visitor(), clinic, cast.CUT, clinic.free(cast.CUT, 1)[0], **OSCAR)
    planned = seen()
    assert (planned.bookings.today, planned.bookings.week) == (0, 2)
    clock.move_to(start)
    assert (seen().bookings.today, seen().bookings.to_come) == (2, 2)
    first, second = clinic.visits()
    clinic.do(bookings.check_in, first.id, by=cast.JONAS)
    assert (seen().bookings.here, seen().bookings.to_come) == (1, 1)
    clinic.do(bookings.complete, first.id, by=cast.JONAS)
    clock.move_to(second.ends_at)
    clinic.do(bookings.mark_no_show, second.id, by=cast.JONAS)
    ended = seen().bookings
    assert (ended.today, ended.here, ended.to_come, ended.completed, ended.no_show) == (2, 0, 0, 1, 1)


def test_forms_and_stock_of_a_booking_are_counted_and_alerted(clinic: Business, clock: HandClock, seen) -> None:
    before = seen()
    book(Visitor(), clinic, cast.PEEL, clinic.free(cast.PEEL, 4)[0], **NORA)
    asked = seen()
    assert asked.forms.pending == before.forms.pending + len(cast.FORMS)
    clock.move_to(clinic.visits()[0].starts_at - timedelta(hours=23))
    late = seen()
    assert (late.forms.pending, late.forms.overdue) == (before.forms.pending, before.forms.overdue + len(cast.FORMS))
    assert clinic.ask(waiting).forms == late.forms.overdue
    overdue = [each for each in late.alerts if each.kind == "form_overdue"]
    assert len(overdue) == len(cast.FORMS) and all(each.link.startswith("/app/forms?request=") for each in overdue)
    assert late.stock.all == late.stock.in_stock + late.stock.low + late.stock.critical


def test_a_request_to_decide_is_an_alert_that_leads_to_the_booking(clinic: Business, clock: HandClock, seen) -> None:
    book(Visitor(), clinic, cast.BROWS, clinic.free(cast.BROWS, 3)[0], **NORA)
    clock.advance(hours=4)
    asked = seen()
    visit = clinic.visits()[0].id
    assert asked.bookings.pending == 1
    assert f"/app/bookings?booking={visit}" in {each.link for each in asked.alerts if each.kind == "booking_undecided"}
    clinic.do(bookings.confirm, visit)
    confirmed = seen()
    assert (confirmed.bookings.pending, confirmed.open_alerts) == (0, 0)
