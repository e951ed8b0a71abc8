"""A cancellation taken back, and a request that nobody decided: what the customer is told, asked and reminded of."""

from datetime import timedelta

from careops_app.bookings import service as bookings
from careops_app.demo import cast
from careops_app.forms.queries import requests_of_booking
from careops_app.forms.rules import FormStatus
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}


def test_a_cancellation_taken_back_is_a_visit_like_before(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    start, before = clinic.free(cast.PEEL, 5)[4], clinic.item("Peel solution").reserved
    book(visitor, clinic, cast.PEEL, start, **NORA)
    drain_now()
    (visit,) = clinic.visits()
    reserved = clinic.item("Peel solution").reserved
    assert reserved > before

    clinic.do(bookings.cancel, visit.id, by=cast.PRIYA)
    drain_now()
    assert clinic.item("Peel solution").reserved == before
    assert {row.status for row in clinic.ask(requests_of_booking, visit.id)} == {FormStatus.WITHDRAWN}
    assert len(clinic.messages("Nora Vance", "booking_cancelled")) == 1

    clinic.do(bookings.restore, visit.id, by=cast.PRIYA)
    drain_now()
    assert clinic.item("Peel solution").reserved == reserved
    requests = clinic.ask(requests_of_booking, visit.id)
    assert len(requests) == 2 and {row.status for row in requests} == {FormStatus.SENT}
    assert {row.due_at for row in requests} == {start - timedelta(hours=24)}
    told = clinic.messages("Nora Vance", "booking_confirmation")
    assert len(told) == 2 and told[-1].has_invite

    for ahead, expected in ((timedelta(hours=24), 1), (timedelta(hours=2), 2)):
        clock.move_to(start - ahead)
        drain_now()
        assert len(clinic.messages("Nora Vance", "reminder")) == expected


def test_a_request_nobody_decides_lapses_the_customer_is_told_and_the_time_is_free(
    clinic: Business, visitor: Visitor, clock: HandClock
) -> None:
    start = clinic.free(cast.BROWS, 6)[3]
    book(visitor, clinic, cast.BROWS, start, **NORA)
    drain_now()
    (visit,) = clinic.visits()
    assert visit.status == "pending" and len(clinic.alerts("booking_undecided")) == 1
    clock.advance(hours=48, seconds=-1)
    drain_now()
    assert clinic.visits()[0].status == "pending"
    clock.advance(seconds=1)
    drain_now()
    drain_now()
    (visit,) = clinic.visits()
    assert (visit.status, visit.cancelled_by) == ("cancelled", "automation")
    assert clinic.decided("undecided-lapses") == [("fired", "booking cancelled")]
    assert clinic.alerts("booking_undecided") == []
    (told,) = clinic.messages("Nora Vance", "booking_cancelled")
    assert "decided" in told.body.lower()
    ahead = (start.date() - clock.now.date()).days
    assert start in clinic.free(cast.BROWS, ahead)


def test_a_request_that_was_decided_never_lapses(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    book(visitor, clinic, cast.BROWS, clinic.free(cast.BROWS, 6)[3], **NORA)
    drain_now()
    clock.advance(hours=47)
    clinic.do(bookings.confirm, clinic.visits()[0].id)
    clock.advance(hours=2)
    drain_now()
    assert clinic.visits()[0].status == "confirmed"
    assert clinic.messages("Nora Vance", "booking_cancelled") == []
