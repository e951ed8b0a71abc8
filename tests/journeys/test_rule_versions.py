"""Owners change rules: each change is a version, runs name theirs, what waits follows the decision, overlaps are told."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from careops_app.automation import service as automation
from careops_app.automation.editing import RuleDraft, outlook, save_rule
from careops_app.automation.models import AutomationRun
from careops_app.automation.plan import message_plan
from careops_app.automation.queries import rule_rows, rule_versions
from careops_app.automation.terms import Step, Via, Waiting
from careops_app.bookings import service as bookings
from careops_app.demo import cast
from careops_app.errors import Forbidden, Invalid, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox.answering import Decision
from careops_app.inbox.models import ChannelKind, Message, MessageState
from careops_app.inbox.service import Reply
from careops_app.inbox.templates import Words
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}
MINA = {"name": "Mina Sato", "email": "mina@example.com"}
HOURS = 60


def reminders(*hours: float, via: Via = Via.LAST) -> tuple[Step, ...]:
    return tuple(Step(int(each * HOURS), via) for each in hours)


def booked(clinic: Business, person: dict[str, str], offer: cast.Offer = cast.CUT, days: int = 4) -> int:
    book(Visitor(), clinic, offer, clinic.free(offer, days)[0], **person)
    drain_now()
    return max(visit.id for visit in clinic.visits())


def planned(clinic: Business, visit: int, rule: str = "booking-reminder") -> list[int]:
    """With which leads, in hours, the plan of the visit still has messages of the rule."""
    start = next(each.starts_at for each in clinic.visits() if each.id == visit)
    lines = [line for line in clinic.ask(message_plan, visit) if line.rule == rule and line.message_id is None]
    return [int((start - line.when) / timedelta(hours=1)) for line in lines if line.state_key == "message.planned"]


def start_of(clinic: Business, visit: int) -> datetime:
    return next(each.starts_at for each in clinic.visits() if each.id == visit)


def _messages(session: Session, _: Actor, template: str) -> list[Message]:
    return list(session.exec(select(Message).where(Message.template == template).order_by(col(Message.id))))


def _versions_of_runs(session: Session, _: Actor, rule: str) -> list[int]:
    return list(
        session.exec(select(AutomationRun.version).where(AutomationRun.rule == rule).order_by(col(AutomationRun.id)))
    )


def test_each_change_is_a_version_and_runs_and_messages_name_theirs(clinic: Business, clock: HandClock) -> None:
    booked(clinic, NORA)
    words = Words("Booked: {{booking.when}}", "Hello {{contact.name}}, see you then.", "")
    assert clinic.do(save_rule, RuleDraft("booking-confirmation", words=words), seen=0) == 1
    clock.advance(minutes=1)
    booked(clinic, MINA)
    clinic.do(automation.switch_rule, "booking-confirmation", False)
    assert [message.rule_version for message in clinic.ask(_messages, "booking_confirmation")] == [0, 1]
    assert clinic.ask(_messages, "booking_confirmation")[1].body == "Hello Mina Sato, see you then."
    assert clinic.ask(_versions_of_runs, "booking-confirmation") == [0, 1]
    history = clinic.ask(rule_versions, "booking-confirmation")
    assert [(row.number, row.by, row.what) for row in history] == [
        (2, clinic.owner.name, "off, own wording"), (1, clinic.owner.name, "own wording"),
    ]  # fmt: skip


def test_a_change_that_changes_nothing_is_no_version(clinic: Business) -> None:
    assert clinic.do(save_rule, RuleDraft("welcome")) == 0
    assert clinic.do(automation.switch_rule, "welcome", True) == 0
    assert clinic.ask(rule_versions, "welcome") == []


def test_who_began_with_an_older_version_is_told(clinic: Business) -> None:
    clinic.do(automation.switch_rule, "welcome", False)
    with pytest.raises(Refused, match="Somebody else has changed this rule"):
        clinic.do(save_rule, RuleDraft("welcome"), seen=0)


@pytest.mark.parametrize(
    ("decision", "old", "new"),
    [(Waiting.UPDATE, [48], [48]), (Waiting.KEEP, [24, 2], [48]), (Waiting.DROP, [], [48])],
)
def test_planned_reminders_follow_what_was_decided(
    clinic: Business, clock: HandClock, decision: Waiting, old: list[int], new: list[int]
) -> None:
    first = booked(clinic, NORA)
    clock.advance(minutes=5)
    draft = RuleDraft("booking-reminder", steps=reminders(48))
    found = clinic.ask(outlook, draft)
    assert (found.waiting.count, [each.who for each in found.waiting.first]) == (2, ["Nora Vance"] * 2)
    with pytest.raises(Refused, match="2 messages wait under the present version"):
        clinic.do(save_rule, draft)
    clinic.do(save_rule, draft, decision=decision)
    clock.advance(minutes=5)
    second = booked(clinic, MINA)
    assert (planned(clinic, first), planned(clinic, second)) == (old, new)
    clock.move_to(start_of(clinic, first) - timedelta(hours=1))
    for hours in (48, 24, 2, 1):
        clock.move_to(start_of(clinic, first) - timedelta(hours=hours))
        drain_now()
    mine = [message for message in clinic.messages("Nora Vance", "reminder") if message.state != MessageState.SKIPPED]
    assert len(mine) == len(old)


def test_a_reminder_added_late_is_not_caught_up(clinic: Business, clock: HandClock) -> None:
    visit = booked(clinic, NORA)
    clock.move_to(start_of(clinic, visit) - timedelta(hours=30))
    drain_now()
    clinic.do(save_rule, RuleDraft("booking-reminder", steps=reminders(60, 24)), decision=Waiting.UPDATE)
    assert planned(clinic, visit) == [24]
    drain_now()
    assert clinic.messages("Nora Vance", "reminder") == []
    assert clinic.decided("booking-reminder")[-1] == ("skipped", "Its time had already passed when it was planned")


def test_turning_24_hours_into_23_does_not_remind_twice(clinic: Business, clock: HandClock) -> None:
    visit = booked(clinic, NORA)
    clock.move_to(start_of(clinic, visit) - timedelta(hours=24))
    drain_now()
    clinic.do(save_rule, RuleDraft("booking-reminder", steps=reminders(23, 2)), decision=Waiting.UPDATE)
    assert planned(clinic, visit) == [2]
    clock.move_to(start_of(clinic, visit) - timedelta(hours=23))
    drain_now()
    assert len(clinic.messages("Nora Vance", "reminder")) == 1
    assert clinic.decided("booking-reminder")[-1] == ("skipped", "A reminder went out shortly before")


def _held(clinic: Business) -> Message:
    """A reminder that is held since somebody replied."""
    (message,) = [one for one in clinic.ask(_messages, "reminder") if one.state == MessageState.HELD]
    return message


@pytest.fixture
def with_a_held_reminder(clinic: Business, clock: HandClock) -> int:
    visit = booked(clinic, NORA)
    clinic.do(inbox.reply, Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, "See you"))
    clock.move_to(start_of(clinic, visit) - timedelta(hours=24))
    drain_now()
    assert _held(clinic).about_id == visit
    clock.advance(minutes=1)
    return visit


def test_a_written_message_is_kept_put_into_the_new_words_or_dropped(
    clinic: Business, with_a_held_reminder: int, clock: HandClock
) -> None:
    before = _held(clinic).body
    draft = RuleDraft("booking-reminder", words=Words("Soon", "{{booking.service}} at {{booking.when}}", ""))
    clinic.do(save_rule, draft, decision=Waiting.KEEP)
    assert (_held(clinic).body, _held(clinic).rule_version) == (before, 0)
    clock.advance(minutes=1)
    again = RuleDraft("booking-reminder", words=Words("Soon!", "{{booking.service}} it is", ""))
    clinic.do(save_rule, again, decision=Waiting.UPDATE)
    assert (_held(clinic).body, _held(clinic).rule_version) == ("Cut and finish it is", 2)
    clock.advance(minutes=1)
    clinic.do(automation.switch_rule, "booking-reminder", False, Waiting.DROP)
    (dropped,) = clinic.ask(_messages, "reminder")
    assert (dropped.state, dropped.reason) == (MessageState.SKIPPED, "dropped_with_change")


def test_what_was_kept_goes_out_although_the_rule_is_off_now(
    clinic: Business, with_a_held_reminder: int, clock: HandClock
) -> None:
    clinic.do(automation.switch_rule, "booking-reminder", False, Waiting.KEEP)
    clinic.do(inbox.resume, clinic.conversation_of("Nora Vance"))
    drain_now()
    (sent,) = clinic.ask(_messages, "reminder")
    assert sent.state == MessageState.SENT


def test_a_service_may_have_a_rule_differently(clinic: Business, clock: HandClock) -> None:
    own = RuleDraft("booking-reminder", clinic.service(cast.CUT), steps=reminders(3, via=Via.EMAIL))
    clinic.do(save_rule, own)
    clinic.do(save_rule, RuleDraft("booking-confirmation", clinic.service(cast.CUT), enabled=False))
    clock.advance(minutes=1)
    cut, consult = booked(clinic, NORA), booked(clinic, MINA, cast.CONSULT)
    assert (planned(clinic, cut), planned(clinic, consult)) == ([3], [24, 2])
    (confirmed,) = clinic.mails("booking_confirmation")
    assert confirmed.about_id == consult
    row = next(each for each in clinic.ask(rule_rows) if each.key == "booking-reminder")
    assert row.services == ("Cut and finish",)
    with pytest.raises(Invalid, match="the same for every service"):
        clinic.do(save_rule, RuleDraft("welcome", clinic.service(cast.CUT), enabled=False))


def test_reminders_within_an_hour_are_told_and_saved_once_accepted(clinic: Business) -> None:
    draft = RuleDraft("booking-reminder", steps=reminders(2, 1.5))
    with pytest.raises(
        Refused, match="Two reminders reach the same person 30 min apart: 2 hours and 1 h 30 min before"
    ):
        clinic.do(save_rule, draft)
    assert clinic.do(save_rule, draft, accepts=clinic.ask(outlook, draft).warnings) == 1
    form = RuleDraft("booking-reminder", steps=reminders(72))
    (warning,) = clinic.ask(outlook, form).warnings
    assert "the form reminder 2 days before the form is due at the same moment" in warning


@pytest.mark.parametrize(
    ("draft", "field", "said"),
    [
        (RuleDraft("booking-reminder", steps=()), "steps", "at least one moment"),
        (RuleDraft("booking-reminder", steps=(Step(1),)), "steps", "between 5 minutes and 30 days before the start"),
        (RuleDraft("booking-reminder", steps=reminders(2, 2)), "steps", "the same"),
        (RuleDraft("form-reminder", steps=reminders(48, 24)), "steps", "at most 1 moment"),
        (RuleDraft("welcome", steps=reminders(2)), "steps", "only its channel"),
        (RuleDraft("restock-alert", steps=(Step(0, Via.SMS),)), "steps", "e-mail only"),
        (
            RuleDraft("welcome", words=Words("Hi", "Hello\n{{contact.frist_name}}", "")), "body",
            "Line 2: {{contact.frist_name}} cannot be used here. Write {{contact.first_name}} instead",
        ),
        (RuleDraft("welcome", words=Words("", "", "Hi {{contact.name}")), "text", "not written correctly"),
        (RuleDraft("welcome", words=Words("", "Hello", "")), "subject", "Enter a text"),
    ],
)  # fmt: skip
def test_a_draft_that_makes_no_sense_is_refused_with_the_place_and_the_cure(
    clinic: Business, draft: RuleDraft, field: str, said: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        clinic.do(save_rule, draft)
    assert said in refusal.value.fields[field]


def test_staff_change_no_rule_and_nobody_a_locked_one(clinic: Business) -> None:
    with pytest.raises(Forbidden):
        clinic.do(save_rule, RuleDraft("welcome", enabled=False), by=cast.PRIYA)
    with pytest.raises(Refused, match="stays on"):
        clinic.do(save_rule, RuleDraft("new-link", enabled=False))


def test_a_rule_sends_on_the_channel_it_names_and_on_both(clinic: Business, clock: HandClock) -> None:
    words = Words("", "", "Booked: {{booking.when}}")
    clinic.do(save_rule, RuleDraft("booking-confirmation", steps=(Step(0, Via.BOTH),), words=words))
    clinic.do(save_rule, RuleDraft("booking-moved", steps=(Step(0, Via.SMS),)))
    booked(clinic, NORA | {"phone": "+44 7400 123456"})
    sent = clinic.ask(_messages, "booking_confirmation")
    assert [(one.channel, one.subject == "" or "booked" in one.subject) for one in sent] == [
        (ChannelKind.EMAIL, True), (ChannelKind.SMS, True),
    ]  # fmt: skip
    assert sent[1].body.startswith("Booked: ") and len(sent[1].body) < 60 < len(sent[0].body)
    booked(clinic, MINA)
    assert [one.channel for one in clinic.ask(_messages, "booking_confirmation")[2:]] == [ChannelKind.EMAIL]


def test_thanks_and_missed_you_go_out_once_an_owner_switches_them_on(clinic: Business, clock: HandClock) -> None:
    first = booked(clinic, NORA)
    clock.move_to(start_of(clinic, first) + timedelta(minutes=5))
    clinic.do(bookings.complete, first)
    clock.advance(hours=12)
    drain_now()
    clinic.do(automation.switch_rule, "follow-up", True)
    clinic.do(automation.switch_rule, "no-show-message", True)
    clock.advance(hours=13)
    drain_now()
    assert len(clinic.messages("Nora Vance", "follow_up")) == 1
    second = booked(clinic, MINA, days=2)
    clock.move_to(start_of(clinic, second) + timedelta(minutes=30))
    clinic.do(bookings.mark_no_show, second)
    clock.advance(hours=1)
    drain_now()
    assert clinic.messages("Mina Sato", "no_show_message") == []
    clock.advance(hours=1)
    drain_now()
    assert len(clinic.messages("Mina Sato", "no_show_message")) == 1
    clock.advance(days=3)
    drain_now()
    assert (len(clinic.messages("Nora Vance", "follow_up")), len(clinic.messages("Mina Sato", "follow_up"))) == (1, 0)


# kill switches


def test_while_all_is_stopped_messages_wait_and_go_on_with_the_word_go(clinic: Business, clock: HandClock) -> None:
    clinic.do(automation.stop_all)
    booked(clinic, NORA)
    (waits,) = clinic.ask(_messages, "booking_confirmation")
    assert (waits.state, waits.reason) == (MessageState.QUEUED, "automation_stopped")
    clock.advance(hours=3)
    drain_now()
    assert clinic.ask(_messages, "booking_confirmation")[0].state == MessageState.QUEUED
    assert clinic.do(automation.resume_all, Decision.SEND) >= 1
    drain_now()
    assert clinic.ask(_messages, "booking_confirmation")[0].state == MessageState.SENT


def test_what_waited_for_the_go_may_be_dropped_instead(clinic: Business) -> None:
    clinic.do(automation.stop_all)
    booked(clinic, NORA)
    clinic.do(automation.resume_all, Decision.DROP)
    drain_now()
    assert {one.state for one in clinic.ask(_messages, "booking_confirmation")} == {MessageState.SKIPPED}
    with pytest.raises(Refused, match="goes on already"):
        clinic.do(automation.resume_all, Decision.SEND)
    with pytest.raises(Forbidden):
        clinic.do(automation.stop_all, by=cast.PRIYA)


def test_a_contact_without_automatic_messages_gets_none_not_even_one_that_was_queued(
    clinic: Business, clock: HandClock
) -> None:
    visit = booked(clinic, NORA)
    nora = next(each.id for each in clinic.contacts() if each.name == "Nora Vance")
    clinic.do(automation.stop_contact, nora, by=cast.PRIYA)
    lines = [line for line in clinic.ask(message_plan, visit) if line.rule == "booking-reminder"]
    assert {line.reason for line in lines} == {"Automatic messages to this contact are stopped"}
    clock.move_to(start_of(clinic, visit) - timedelta(hours=24))
    drain_now()
    (reminder,) = clinic.ask(_messages, "reminder")
    assert (reminder.state, reminder.reason) == (MessageState.SKIPPED, "contact_stopped")
    clinic.do(inbox.reply, Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, "A person may write"))
    clinic.do(automation.resume_contact, nora)
    drain_now()
    assert clinic.messages("Nora Vance")[-1].state != "skipped"
