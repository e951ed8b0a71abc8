"""Several visits booked at once: one message for all of them, reminders for each, and each changed on its own."""

from datetime import datetime, timedelta

from careops_app.automation.plan import message_plan
from careops_app.bookings import group_changes, series, visits
from careops_app.bookings import service as bookings
from careops_app.bookings.group_changes import GroupMove, Reach
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.recurring import Every, Rhythm
from careops_app.bookings.series import SeriesBooking, SeriesWish
from careops_app.bookings.visits import Part, VisitBooking, VisitSearch
from careops_app.demo import cast
from careops_app.infra import clock as time_source
from careops_app.infra import db
from careops_app.worker.run import drain_now
from tests.cast import Business
from tests.conftest import HandClock

NORA = ForWhom("Nora Vance", "nora@example.com")


def weekly(clinic: Business, offer=cast.PEEL, times: int = 4) -> list:
    """A series by a visitor from the first free time in two days on; the visits in order of time."""
    start = clinic.free(offer, 2)[0]
    zone = time_source.zone("Europe/London")
    first = start.astimezone(zone).replace(tzinfo=None)
    wish = SeriesWish(clinic.service(offer), first, Rhythm(Every.WEEK, 1, visits=times))
    db.transact_now(series.book_series, clinic.id, SeriesBooking(wish, NORA, "nora-weekly"))
    drain_now()
    return sorted(clinic.visits(), key=lambda visit: visit.starts_at)


def test_a_series_is_confirmed_in_one_message_and_the_log_says_why(clinic: Business) -> None:
    mine = weekly(clinic)
    (confirmation,) = clinic.messages("Nora Vance", "group_confirmation")
    assert all(visit.reference in confirmation.body for visit in mine) and "4 visits" in confirmation.subject
    assert confirmation.body.count("/m/") == 1
    assert clinic.messages("Nora Vance", "booking_confirmation") == []
    covered = ("skipped", "The message about all visits booked together covers it")
    assert clinic.decided("booking-confirmation") == [covered] * 4
    assert clinic.messages("Nora Vance", "welcome") == []
    assert confirmation.id in {line.message_id for line in clinic.ask(message_plan, mine[3].id)}


def test_the_forms_of_a_series_are_asked_for_once(clinic: Business) -> None:
    weekly(clinic)
    assert len(clinic.messages("Nora Vance", "forms")) == 1
    reasons = [reason for state, reason in clinic.decided("intake-forms") if state == "skipped"]
    assert reasons == ["The forms are asked for once, with the first visit of the series"] * 3


def test_each_visit_of_a_series_is_reminded_of(clinic: Business, clock: HandClock) -> None:
    mine = weekly(clinic, times=3)
    for number, visit in enumerate(mine, start=1):
        clock.move_to(visit.starts_at - timedelta(hours=24))
        drain_now()
        assert len(clinic.messages("Nora Vance", "reminder")) == 2 * number - 1
        clock.move_to(visit.starts_at - timedelta(hours=2))
        drain_now()
        assert len(clinic.messages("Nora Vance", "reminder")) == 2 * number


def test_cancelling_the_rest_is_told_once_and_frees_everything(clinic: Business) -> None:
    before = clinic.item("Peel solution").reserved
    mine = weekly(clinic)
    clinic.do(group_changes.cancel_several, mine[1].id, Reach.LATER, "The course is complete")
    drain_now()
    (notice,) = clinic.messages("Nora Vance", "group_cancelled")
    assert "Reason: The course is complete" in notice.body
    assert mine[0].reference not in notice.body and all(visit.reference in notice.body for visit in mine[1:])
    assert clinic.messages("Nora Vance", "booking_cancelled") == []
    assert (clinic.item("Peel solution").reserved - before) == 5


def test_moving_all_is_told_once_and_moving_one_is_told_by_itself(clinic: Business) -> None:
    mine = weekly(clinic)
    wall = datetime.fromisoformat(_wall(clinic, mine[0].id)) + timedelta(hours=2)
    clinic.do(group_changes.move_several, GroupMove(mine[0].id, Reach.ALL, wall))
    drain_now()
    (moved,) = clinic.messages("Nora Vance", "group_rescheduled")
    assert moved.body.count(f", {wall:%H:%M} ") == 4
    assert clinic.messages("Nora Vance", "booking_rescheduled") == []
    clinic.do(bookings.reschedule, bookings.Move(mine[3].id, mine[3].starts_at + timedelta(hours=4)))
    drain_now()
    assert len(clinic.messages("Nora Vance", "booking_rescheduled")) == 1
    assert len(clinic.messages("Nora Vance", "group_rescheduled")) == 1


def test_a_series_that_waits_for_approval_is_asked_and_confirmed_in_one_message_each(clinic: Business) -> None:
    mine = weekly(clinic, cast.BROWS, times=3)
    assert {visit.status for visit in mine} == {"pending"}
    assert len(clinic.messages("Nora Vance", "group_pending")) == 1
    assert clinic.messages("Nora Vance", "booking_pending") == []
    clinic.do(bookings.confirm, mine[0].id)
    drain_now()
    assert len(clinic.messages("Nora Vance", "booking_confirmation")) == 1, "approved alone, told alone"
    clinic.do(group_changes.confirm_several, mine[1].id)
    drain_now()
    (confirmation,) = clinic.messages("Nora Vance", "group_confirmation")
    assert mine[0].reference not in confirmation.body and mine[2].reference in confirmation.body
    assert len(clinic.messages("Nora Vance", "booking_confirmation")) == 1
    assert clinic.alerts("booking_undecided") == []


def test_a_visit_of_several_services_is_confirmed_in_one_message(clinic: Business) -> None:
    parts = (Part(clinic.service(cast.FACIAL)), Part(clinic.service(cast.PEEL)))
    first_day = (time_source.now() + timedelta(days=2)).date()
    slot = clinic.ask(visits.visit_slots, VisitSearch(parts, first_day, 5))[0]
    db.transact_now(visits.book_visit, clinic.id, VisitBooking(parts, slot.starts_at, NORA, "nora-visit"))
    drain_now()
    (confirmation,) = clinic.messages("Nora Vance", "group_confirmation")
    assert "2 visits" in confirmation.subject
    assert clinic.messages("Nora Vance", "booking_confirmation") == []


def _wall(clinic: Business, booking_id: int) -> str:
    from careops_app.bookings.models import Booking
    from careops_app.infra.db import load

    return clinic.ask(lambda session, _: load(session, Booking, booking_id).wall_start)
