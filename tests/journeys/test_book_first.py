"""A stranger books: everything that follows from it, from moving it, and from cancelling it."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, select

from careops_app.automation.plan import message_plan
from careops_app.bookings import service as bookings
from careops_app.demo import cast
from careops_app.forms.queries import requests_of_booking
from careops_app.forms.rules import FormStatus
from careops_app.inbox.models import Message
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com", "note": "First time"}


def booked(clinic: Business, visitor: Visitor, days_ahead: int = 5) -> Visitor:
    start = clinic.free(cast.PEEL, days_ahead)[4]
    page = book(visitor, clinic, cast.PEEL, start, **NORA)
    drain_now()
    return page


def invite(clinic: Business, template: str) -> str:
    (mail,) = clinic.mails(template)
    return str(clinic.ask(_invite, mail.id))


def _invite(session: Session, _: Actor, message_id: int) -> object:
    return session.exec(select(Message.invite).where(Message.id == message_id)).one()


def reminders(clinic: Business) -> list[datetime]:
    """When reminders of the only visit are planned."""
    plan = clinic.ask(message_plan, clinic.visits()[0].id)
    return [line.when for line in plan if line.rule == "booking-reminder" and line.state_key == "message.planned"]


def test_everything_that_follows_from_a_booking(clinic: Business, visitor: Visitor) -> None:
    before = clinic.item("Peel solution")
    page = booked(clinic, visitor)
    assert page.status == 200 and "You are booked, Nora" in page.text
    (visit,) = clinic.visits()
    assert visit.reference in page.text
    assert (visit.status, visit.contact, visit.staff, visit.note) == (
        "confirmed",
        "Nora Vance",
        "Priya Raman",
        "First time",
    )
    (contact,) = clinic.contacts()
    assert (contact.stage, contact.source) == ("booked", "booking")

    (confirmation,) = clinic.messages("Nora Vance", "booking_confirmation")
    assert confirmation.has_invite and visit.reference in confirmation.body
    assert "/m/" in confirmation.body
    assert clinic.messages("Nora Vance", "welcome") == []
    assert clinic.decided("welcome") == [("skipped", "The booking confirmation covers it")]

    (forms,) = clinic.messages("Nora Vance", "forms")
    requests = clinic.ask(requests_of_booking, visit.id)
    assert [row.form_name for row in requests] == ["Skin intake", "Peel consent"]
    assert {row.status for row in requests} == {FormStatus.SENT}
    assert {row.due_at for row in requests} == {visit.starts_at - timedelta(hours=24)}
    assert forms.body.count("/f/") == 2

    assert reminders(clinic) == [visit.starts_at - timedelta(hours=24), visit.starts_at - timedelta(hours=2)]
    after = clinic.item("Peel solution")
    assert (after.on_hand, after.reserved) == (before.on_hand, before.reserved + Decimal(5))


def test_the_calendar_file_is_the_visit(clinic: Business, visitor: Visitor) -> None:
    page = booked(clinic, visitor)
    (link,) = set(page.links("calendar.ics"))
    file = visitor.http.get(link)
    assert file.headers["content-type"].startswith("text/calendar")
    (visit,) = clinic.visits()
    assert f"DTSTART:{visit.starts_at:%Y%m%dT%H%M}00Z" in file.text
    assert "STATUS:CONFIRMED" in file.text and "Peel treatment" in file.text
    assert f"booking-{visit.id}-{visit.reference.lower()}@careops" in file.text.replace("\r\n ", "")


def test_reminders_go_at_their_times_and_only_then(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    booked(clinic, visitor)
    start = clinic.visits()[0].starts_at
    for before, expected in ((timedelta(hours=24, minutes=1), 0), (timedelta(hours=24), 1), (timedelta(hours=2), 2)):
        clock.move_to(start - before)
        drain_now()
        assert len(clinic.messages("Nora Vance", "reminder")) == expected
    clock.advance(hours=30)
    drain_now()
    assert len(clinic.messages("Nora Vance", "reminder")) == 2


def test_moving_makes_everything_follow(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    booked(clinic, visitor)
    old = clinic.visits()[0].starts_at
    visitor.open(f"/m/{_token(visitor)}").follow("Move")
    new_day = (old + timedelta(days=2)).date()
    visitor.open(next(iter(visitor.links(f"day={new_day}"))))
    visitor.open(visitor.links("start=")[0]).send("Move")
    assert visitor.status == 200
    drain_now()
    (visit,) = clinic.visits()
    assert visit.starts_at.date() == new_day and visit.revision == 2
    (moved,) = clinic.messages("Nora Vance", "booking_rescheduled")
    assert moved.has_invite
    assert reminders(clinic) == [visit.starts_at - timedelta(hours=24), visit.starts_at - timedelta(hours=2)]
    requests = clinic.ask(requests_of_booking, visit.id)
    assert {row.due_at for row in requests} == {visit.starts_at - timedelta(hours=24)}
    clock.move_to(old - timedelta(hours=2))
    drain_now()
    assert clinic.messages("Nora Vance", "reminder") == [], "nothing at the old times"
    clock.move_to(visit.starts_at - timedelta(hours=24))
    drain_now()
    (reminder,) = clinic.messages("Nora Vance", "reminder")
    assert f"{visit.starts_at:%H:%M}" in reminder.body


def test_cancelling_gives_everything_back(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    booked(clinic, visitor)
    (visit,) = clinic.visits()
    form_link = clinic.messages("Nora Vance", "forms")[0].body.split("/f/")[1].split()[0]
    visitor.open(f"/m/{_token(visitor)}").follow("Cancel")
    visitor.send("Cancel", reason="Ill, sorry")
    drain_now()
    cancelled = clinic.visits()[0]
    assert (cancelled.status, cancelled.cancelled_by, cancelled.cancel_reason) == (
        "cancelled",
        "customer",
        "Ill, sorry",
    )
    assert clinic.item("Peel solution").reserved == 0
    assert {row.status for row in clinic.ask(requests_of_booking, visit.id)} == {FormStatus.WITHDRAWN}
    (notice,) = clinic.messages("Nora Vance", "booking_cancelled")
    assert notice.has_invite
    assert visit.starts_at in clinic.free(cast.PEEL, 5), "the time is free again"
    assert "form" in Visitor().open(f"/f/{form_link}").text.lower()
    clock.move_to(visit.starts_at - timedelta(hours=1))
    drain_now()
    assert clinic.messages("Nora Vance", "reminder") == []
    assert reminders(clinic) == []


def test_a_request_waits_for_a_yes(clinic: Business, visitor: Visitor) -> None:
    page = book(visitor, clinic, cast.BROWS, clinic.free(cast.BROWS)[0], **NORA)
    assert "You are booked" not in page.text
    drain_now()
    (visit,) = clinic.visits()
    assert visit.status == "pending"
    assert clinic.messages("Nora Vance", "booking_pending") and not clinic.messages(
        "Nora Vance", "booking_confirmation"
    )
    (alert,) = clinic.alerts("booking_undecided")
    assert alert.link == f"/app/bookings?booking={visit.id}"
    clinic.do(bookings.confirm, visit.id, by=cast.PRIYA)
    drain_now()
    assert clinic.messages("Nora Vance", "booking_confirmation") and clinic.alerts("booking_undecided") == []


def test_a_reminder_whose_time_is_past_is_skipped_not_sent_at_once(clinic: Business, visitor: Visitor) -> None:
    book(visitor, clinic, cast.CONSULT, clinic.free(cast.CONSULT, 0)[-1], **NORA)
    drain_now()
    assert clinic.messages("Nora Vance", "reminder") == []
    assert clinic.decided("booking-reminder") == [("skipped", "Its time had already passed when it was planned")]


def test_a_time_that_was_taken_meanwhile_offers_the_nearest(clinic: Business, visitor: Visitor) -> None:
    start = clinic.free(cast.PEEL)[3]
    visitor.open(f"/b/{clinic.slug}?service={clinic.service(cast.PEEL)}&start={start:%Y-%m-%dT%H:%MZ}")
    assert "You are booked" in book(Visitor(), clinic, cast.PEEL, start, name="Quick One", phone="0131 496 0400").text
    refused = visitor.send("Book", **NORA)
    assert refused.status == 409
    nearest = next(words for words in refused.form().buttons if words.endswith("2026"))
    assert refused.form(nearest).fields["name"] == "Nora Vance", "nothing typed is lost"
    assert len(clinic.visits()) == 1
    held = visitor.send(nearest)
    assert "is held for you until" in held.text and held.form("Book").fields["name"] == "Nora Vance"
    assert "You are booked" in visitor.send("Book").text and len(clinic.visits()) == 2


def _token(visitor: Visitor) -> str:
    return visitor.address.split("/m/")[1].split("/")[0]
