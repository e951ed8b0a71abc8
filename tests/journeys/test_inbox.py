"""A staff reply stops automation for that conversation: what it holds, what the banner says, and how it goes on."""

from datetime import timedelta

import pytest

from careops_app.bookings import service as bookings
from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox import templates, thread_queries
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.inbox.queries import Filter
from careops_app.inbox.service import Reply
from careops_app.inbox.thread_queries import Stoppable
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}


@pytest.fixture
def visit(clinic: Business) -> int:
    """Nora has booked a consultation in five days."""
    book(Visitor(), clinic, cast.CONSULT, clinic.free(cast.CONSULT, 5)[0], **NORA)
    drain_now()
    return clinic.visits()[0].id


def reply(clinic: Business, body: str = "See you then", **more: bool) -> inbox.Replied:
    answer = Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, body, **more)
    return clinic.do(inbox.reply, answer, by=cast.PRIYA)


def will_hold(clinic: Business) -> list[Stoppable]:
    return list(clinic.ask(thread_queries.will_hold, clinic.conversation_of("Nora Vance")))


def held(clinic: Business) -> list[Stoppable]:
    return list(clinic.ask(thread_queries.held, clinic.conversation_of("Nora Vance")))


def before_the_visit(clinic: Business, clock: HandClock, hours: int) -> None:
    clock.move_to(clinic.visits()[0].starts_at - timedelta(hours=hours))
    drain_now()


@pytest.mark.usefixtures("visit")
def test_the_composer_says_what_a_reply_will_hold_and_that_is_what_is_held(clinic: Business, clock: HandClock) -> None:
    start = clinic.visits()[0].starts_at
    told = will_hold(clinic)
    assert [one.when for one in told if one.is_reminder] == [start - timedelta(hours=24), start - timedelta(hours=2)]
    reply(clinic)
    drain_now()
    head = clinic.thread("Nora Vance").head
    assert head.paused_by == "Priya Raman" and head.paused_at is not None
    before_the_visit(clinic, clock, 24)
    before_the_visit(clinic, clock, 2)
    assert [one.is_reminder for one in held(clinic)] == [True, True]
    assert {row.state for row in clinic.messages("Nora Vance", "reminder")} == {MessageState.HELD}
    assert clinic.in_list(Filter.HELD) == ["Nora Vance"]
    assert len(clinic.alerts("reminder_held")) == 1, "held reminders so close to a visit need a person, once"
    clock.move_to(start)
    clinic.do(bookings.check_in, clinic.visits()[0].id, by=cast.PRIYA)
    assert clinic.alerts("reminder_held") == [], "nobody needs reminding any more"


@pytest.mark.usefixtures("visit")
def test_resume_sends_what_still_has_its_time_and_drops_the_rest(clinic: Business, clock: HandClock) -> None:
    reply(clinic)
    before_the_visit(clinic, clock, 24)
    clock.advance(hours=1)
    clinic.do(inbox.resume, clinic.conversation_of("Nora Vance"), by=cast.PRIYA)
    drain_now()
    (reminder,) = clinic.messages("Nora Vance", "reminder")
    assert reminder.state_key == "message.captured"
    assert clinic.alerts("reminder_held") == [] and held(clinic) == []
    assert clinic.thread("Nora Vance").head.paused_at is None
    before_the_visit(clinic, clock, 2)
    assert len(clinic.messages("Nora Vance", "reminder")) == 2, "automation runs again"


@pytest.mark.usefixtures("visit")
def test_keeping_reminders_keeps_them(clinic: Business, clock: HandClock) -> None:
    reply(clinic, keep_reminders=True)
    before_the_visit(clinic, clock, 24)
    (reminder,) = clinic.messages("Nora Vance", "reminder")
    assert reminder.state_key == "message.captured"
    assert clinic.thread("Nora Vance").head.keeps_reminders


@pytest.mark.usefixtures("visit")
def test_closing_ends_the_pause_and_drops_what_was_held(clinic: Business, clock: HandClock) -> None:
    reply(clinic)
    before_the_visit(clinic, clock, 24)
    clinic.do(inbox.close, clinic.conversation_of("Nora Vance"), by=cast.PRIYA)
    drain_now()
    (reminder,) = clinic.messages("Nora Vance", "reminder")
    assert (reminder.state, reminder.reason) == (MessageState.SKIPPED, "The conversation was closed")
    assert clinic.in_list(Filter.CLOSED) == ["Nora Vance"] and clinic.in_list(Filter.HELD) == []
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="One more thing")
    drain_now()
    assert clinic.in_list(Filter.UNANSWERED) == ["Nora Vance"], "who writes again comes back"


def test_a_reply_before_the_welcome_left_holds_the_welcome(clinic: Business) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    reply(clinic, "I am here already")
    drain_now()
    (welcome,) = clinic.messages("Nora Vance", "welcome")
    assert welcome.state == MessageState.HELD
    assert clinic.decided("welcome") == [("held", "Held: somebody on the team replied")]


@pytest.mark.usefixtures("visit")
def test_a_note_is_not_a_reply(clinic: Business) -> None:
    clinic.do(inbox.note, clinic.conversation_of("Nora Vance"), "Likes the window seat", by=cast.ELENA)
    drain_now()
    assert clinic.thread("Nora Vance").head.paused_at is None
    note = clinic.thread("Nora Vance").messages[-1]
    assert (note.author_name, note.body, note.channel) == ("Elena Varga", "Likes the window seat", None)


@pytest.mark.usefixtures("visit")
def test_every_message_says_channel_author_and_true_state(clinic: Business) -> None:
    clinic.do(inbox.simulate_reply, clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, "Thank you!")
    reply(clinic)
    drain_now()
    lines = [(row.author_name, row.channel, row.state_key) for row in clinic.thread("Nora Vance").messages]
    assert lines[0][0] == "automation: Booking confirmation"
    assert lines[-2:] == [
        ("Nora Vance", ChannelKind.EMAIL, "message.received"),
        ("Priya Raman", ChannelKind.EMAIL, "message.captured"),
    ]
    assert all(row.what in templates.TITLES.values() for row in clinic.thread("Nora Vance").messages if row.why)
