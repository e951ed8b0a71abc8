"""From the first message to a customer: stages moved by visible rules, and an alert for whom nobody answers."""

from datetime import timedelta

from careops_app.bookings import service as bookings
from careops_app.contacts import queries, service
from careops_app.contacts.queries import ContactFilter
from careops_app.contacts.stages import Stage
from careops_app.dashboard.timeline import Kind, timeline
from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.service import Reply
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}


def writes(clinic: Business) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Do you have time on Friday?")
    drain_now()


def stage(clinic: Business) -> str:
    return clinic.contacts()[0].stage


def test_rules_move_a_lead_along_and_the_log_shows_it(clinic: Business, clock: HandClock) -> None:
    writes(clinic)
    assert stage(clinic) == Stage.NEW
    clinic.do(inbox.reply, Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, "Yes"), by=cast.ELENA)
    drain_now()
    assert stage(clinic) == Stage.CONTACTED
    book(Visitor(), clinic, cast.CUT, clinic.free(cast.CUT)[0], **NORA)
    drain_now()
    assert stage(clinic) == Stage.BOOKED
    clock.move_to(clinic.visits()[0].ends_at)
    clinic.do(bookings.complete, clinic.visits()[0].id, by=cast.JONAS)
    drain_now()
    assert stage(clinic) == Stage.CUSTOMER
    for rule in ("lead-contacted", "lead-booked", "lead-customer"):
        assert [state for state, _ in clinic.decided(rule)] == ["fired"], rule


def test_by_hand_and_back_again(clinic: Business) -> None:
    writes(clinic)
    contact = clinic.contacts()[0].id
    clinic.do(service.move_stage, contact, Stage.LOST, by=cast.ELENA)
    assert stage(clinic) == Stage.LOST
    book(Visitor(), clinic, cast.CUT, clinic.free(cast.CUT)[0], **NORA)
    drain_now()
    assert stage(clinic) == Stage.BOOKED, "a lost lead who books is found again"


def test_nobody_answers_then_one_alert_which_closes_on_the_reply(clinic: Business, clock: HandClock) -> None:
    writes(clinic)
    clock.advance(minutes=119)
    drain_now()
    assert clinic.alerts("unanswered") == []
    clock.advance(minutes=1)
    drain_now()
    clock.advance(hours=5)
    drain_now()
    (alert,) = clinic.alerts("unanswered")
    conversation = clinic.conversation_of("Nora Vance")
    assert alert.link == f"/app/inbox?c={conversation}" and "Nora Vance" in alert.title
    clinic.do(inbox.reply, Reply(conversation, ChannelKind.EMAIL, "Sorry for the wait"), by=cast.ELENA)
    assert clinic.alerts("unanswered") == []
    assert [one.resolution for one in clinic.all_alerts("unanswered")] == ["somebody replied"]
    clock.advance(days=1)
    drain_now()
    assert clinic.alerts("unanswered") == []


def test_an_answer_in_time_is_no_alert(clinic: Business, clock: HandClock) -> None:
    writes(clinic)
    clock.advance(minutes=100)
    clinic.do(inbox.reply, Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, "Yes"), by=cast.ELENA)
    clock.advance(days=1)
    drain_now()
    assert clinic.all_alerts("unanswered") == []


def test_the_list_finds_and_the_record_tells_everything_in_one_line_of_time(clinic: Business, clock: HandClock) -> None:
    writes(clinic)
    clock.advance(minutes=5)
    contact = clinic.contacts()[0].id
    clinic.do(service.add_note, contact, "Prefers mornings", by=cast.ELENA)
    clinic.do(service.add_tag, contact, "vip", by=cast.ELENA)
    clock.advance(minutes=5)
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL)[0], **NORA)
    drain_now()
    for wanted in (
        ContactFilter("vance"),
        ContactFilter("nora@"),
        ContactFilter(stage=Stage.BOOKED),
        ContactFilter(tag="vip"),
    ):
        assert clinic.ask(queries.contact_list, wanted).total == 1, wanted
    assert clinic.ask(queries.contact_list, ContactFilter("somebody else")).total == 0
    story = clinic.ask(timeline, contact)
    assert {Kind.MESSAGES, Kind.NOTES, Kind.BOOKINGS, Kind.FORMS} <= {entry.kind for entry in story.entries}
    times = [entry.at for entry in story.entries]
    assert times in (sorted(times), sorted(times, reverse=True))
    assert clock.now - min(times) <= timedelta(minutes=11)
