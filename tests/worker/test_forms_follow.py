"""What happens to forms by itself: asked by hand they leave with their link; with a no-show they end."""

from datetime import timedelta

from careops_app.automation.queries import open_alerts
from careops_app.bookings import service as bookings
from careops_app.forms import links, queries, service
from careops_app.forms.rules import FormStatus
from careops_app.infra import db
from careops_app.worker.run import drain_now
from tests import facts
from tests.conftest import HandClock
from tests.desk import NAME, Desk
from tests.inbox.desk import Business


def test_a_form_asked_by_hand_is_sent_with_its_link(harbour: Business) -> None:
    desk = Desk(harbour.actor, facts.service(harbour.actor))
    request = desk.do(service.request_by_staff, desk.form(NAME), harbour.contact_id)
    assert desk.status(request) == FormStatus.NOT_SENT
    drain_now()
    (mail,) = [message for message in harbour.messages() if message.template == "form_request"]
    assert desk.customer(links.form_link, request) in mail.body
    assert desk.status(request) == FormStatus.SENT


def test_forms_of_a_booking_do_not_leave_twice(harbour: Business) -> None:
    desk = Desk(harbour.actor, facts.service(harbour.actor))
    desk.form(NAME)
    desk.asked(facts.visit(harbour.actor, desk.service_id, contact_id=harbour.contact_id))
    drain_now()
    assert [message for message in harbour.messages() if message.template == "form_request"] == []


def test_a_no_show_ends_its_open_forms_and_their_alerts(harbour: Business, clock: HandClock) -> None:
    desk = Desk(harbour.actor, facts.service(harbour.actor))
    desk.form(NAME)
    visit = facts.visit(harbour.actor, desk.service_id, contact_id=harbour.contact_id)
    (request,) = desk.asked(visit)
    clock.move_to(visit.starts_at + timedelta(minutes=30))
    drain_now()
    assert "form_overdue" in {row.kind for row in db.fetch_now(open_alerts, harbour.actor)}
    desk.do(bookings.mark_no_show, visit.id)
    assert "form_overdue" not in {row.kind for row in db.fetch_now(open_alerts, harbour.actor)}
    assert desk.status(request) == FormStatus.WITHDRAWN
    assert db.fetch_now(queries.request_counts, harbour.actor).overdue == 0
