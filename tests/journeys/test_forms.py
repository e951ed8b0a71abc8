"""A form from its link to its answers: sent, opened, overdue, reminded, done, with a receipt."""

from datetime import timedelta

from careops_app.demo import cast
from careops_app.forms import answers
from careops_app.forms.queries import RequestFilter, request_list, requests_of_booking
from careops_app.forms.rules import FormStatus
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}
ANSWERS = {"a.skin_type": "Dry", "a.sensitive": "Eczema", "a.allergies": "Nickel"}


def facial(clinic: Business, days_ahead: int = 6) -> str:
    """Books a facial, which asks for one form; returns the address of the form as it was mailed."""
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, days_ahead)[3], **NORA)
    drain_now()
    (mail,) = clinic.messages("Nora Vance", "forms")
    return "/f/" + mail.body.split("/f/")[1].split()[0]


def status(clinic: Business) -> FormStatus:
    (row,) = clinic.ask(requests_of_booking, clinic.visits()[0].id)
    return row.status


def listed(clinic: Business, which: RequestFilter) -> int:
    return clinic.ask(request_list, which).total


def test_from_the_link_to_the_answers_on_the_booking(clinic: Business, visitor: Visitor) -> None:
    link = facial(clinic)
    assert status(clinic) == FormStatus.SENT and listed(clinic, RequestFilter.PENDING) == 1
    visitor.open(link)
    assert status(clinic) == FormStatus.SENT, "looking is not opening: mail scanners look too"
    visitor.http.post(f"{link}/opened", headers={"origin": "http://shop.test"})
    assert status(clinic) == FormStatus.OPENED
    page = visitor.send("Send answers", **ANSWERS)
    assert "Your answers have arrived" in page.text
    drain_now()
    assert status(clinic) == FormStatus.DONE
    assert listed(clinic, RequestFilter.PENDING) == 0 and listed(clinic, RequestFilter.DONE_THIS_WEEK) == 1
    (receipt,) = clinic.messages("Nora Vance", "form_receipt")
    assert receipt.why is not None and receipt.why.event_name == "form.submitted"
    (sheet,) = clinic.ask(answers.answers_of_booking, clinic.visits()[0].id)
    given = {row.label: row.text for row in sheet.answers if row.is_given}
    assert given["How would you describe your skin?"] == "Dry"
    assert given["Allergies or reactions we should know of"] == "Nickel"


def test_nothing_typed_is_lost_when_an_answer_is_missing(clinic: Business, visitor: Visitor) -> None:
    page = visitor.open(facial(clinic)).send("Send answers", **{"a.allergies": "Nickel, a little"})
    assert page.status == 422 and "Not sent yet" in page.text
    assert page.form("Send answers").fields["a.allergies"].strip() == "Nickel, a little"
    assert status(clinic) == FormStatus.OPENED


def test_a_reminder_then_overdue_with_one_alert_that_closes_when_it_is_filled_in(
    clinic: Business, visitor: Visitor, clock: HandClock
) -> None:
    link = facial(clinic)
    (request,) = clinic.ask(requests_of_booking, clinic.visits()[0].id)
    clock.move_to(request.due_at - timedelta(hours=48, minutes=1))
    drain_now()
    assert clinic.messages("Nora Vance", "form_reminder") == []
    clock.advance(minutes=1)
    drain_now()
    (reminder,) = clinic.messages("Nora Vance", "form_reminder")
    assert link in reminder.body
    assert clinic.decided("form-reminder") == [("fired", "message queued")]

    clock.move_to(request.due_at + timedelta(minutes=1))
    drain_now()
    drain_now()
    assert status(clinic) == FormStatus.OVERDUE and listed(clinic, RequestFilter.OVERDUE) == 1
    (alert,) = clinic.alerts("form_overdue")
    assert alert.link == f"/app/forms?request={request.id}"

    page = visitor.open(link).send("Send answers", **ANSWERS)
    assert "Your answers have arrived" in page.text
    assert clinic.alerts("form_overdue") == []
    assert [one.resolution for one in clinic.all_alerts("form_overdue")] == ["the form was completed"]


def test_no_reminder_for_a_form_that_is_done(clinic: Business, visitor: Visitor, clock: HandClock) -> None:
    visitor.open(facial(clinic)).send("Send answers", **ANSWERS)
    clock.advance(days=7)
    drain_now()
    assert clinic.messages("Nora Vance", "form_reminder") == [] and clinic.alerts("form_overdue") == []


def test_booked_late_the_form_is_due_at_the_start(clinic: Business) -> None:
    facial(clinic, days_ahead=0)
    visit = clinic.visits()[0]
    (request,) = clinic.ask(requests_of_booking, visit.id)
    assert request.due_at == visit.starts_at
