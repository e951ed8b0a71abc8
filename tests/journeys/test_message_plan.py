"""The plan of messages that is shown is what is sent, whatever happens to visits, to rules and to single messages."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from sqlmodel import Session, col, select

from careops_app.automation import service as automation
from careops_app.automation.editing import RuleDraft, outlook, save_rule
from careops_app.automation.plan import PlanLine, message_plan
from careops_app.automation.plan_changes import PlanKey
from careops_app.automation.plan_editing import reword_planned, send_as_planned, skip_planned, words_of_planned
from careops_app.automation.terms import Step, Waiting
from careops_app.bookings import service as bookings
from careops_app.bookings.service import BookingRequest, Move
from careops_app.demo import cast
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind, Message, MessageState
from careops_app.inbox.service import Reply
from careops_app.inbox.templates import Words
from careops_app.infra import db
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests import cast as stage
from tests import figures
from tests.cast import Business
from tests.conftest import HandClock

PROOFS = figures.amount("PLANS", 6)
TIMED = ("booking-reminder", "form-reminder", "follow-up", "no-show-message")
OFFERS = (cast.CUT, cast.FACIAL, cast.FACIAL, cast.PEEL)  # with forms and without
OWN_WORDS = Words("Own words", "Own words for {{contact.first_name}}, {{booking.when}}", "")
FORM_WORDS = Words("Own words", "Own words for {{contact.first_name}}, {{form.name}}", "")
Sent = tuple[PlanKey, datetime, bool]  # which message, when, and whether in somebody's own words for it


def booked(clinic: Business, offer: cast.Offer = cast.FACIAL, days: int = 4, name: str = "Nora Vance") -> int:
    start = clinic.free(offer, days)[0]
    key = f"{name}-{start.isoformat()}-{offer.name}"
    request = BookingRequest(clinic.service(offer), start, name, key, email=f"{name.split()[0].lower()}@example.com")
    booking_id = db.transact_now(bookings.request, clinic.id, request)
    drain_now()
    return booking_id


def coming(clinic: Business, visit: int, rule: str = "booking-reminder") -> list[PlanLine]:
    return [line for line in clinic.ask(message_plan, visit) if line.rule == rule and line.message_id is None]


def test_a_skipped_reminder_is_not_sent_and_another_mind_sends_it_after_all(clinic: Business, clock: HandClock) -> None:
    visit = booked(clinic)
    first, second = coming(clinic, visit)
    assert first.key is not None and second.key is not None
    for line in (first, second):
        clinic.do(skip_planned, line.key, by=cast.PRIYA)
    assert [(line.state_key, line.reason) for line in coming(clinic, visit)] == [
        ("message.skipped", "Skipped by Priya Raman")
    ] * 2
    clinic.do(send_as_planned, second.key)
    clock.move_to(first.when)
    drain_now()
    assert clinic.decided("booking-reminder") == [("skipped", "Somebody on the team skipped it for this booking")]
    clock.move_to(second.when)
    drain_now()
    assert [row.state for row in clinic.messages("Nora Vance", "reminder")] == ["skipped", "sent"]


def test_a_skipped_form_reminder_is_not_sent_and_a_reworded_one_says_so(clinic: Business, clock: HandClock) -> None:
    late, soon = booked(clinic, days=7), booked(clinic)
    clinic.do(skip_planned, coming(clinic, late, "form-reminder")[0].key)
    clinic.do(reword_planned, coming(clinic, soon, "form-reminder")[0].key, FORM_WORDS)
    for _ in range(12):
        clock.advance(hours=12)
        drain_now()
    assert clinic.decided("form-reminder") == [
        ("fired", "message queued"), ("skipped", "Somebody on the team skipped it for this booking"),
    ]  # fmt: skip
    assert clinic.mails("form_reminder")[0].body.startswith("Own words for Nora, ")


def test_a_reworded_reminder_says_so_and_tells_the_new_time_after_a_move(clinic: Business, clock: HandClock) -> None:
    visit = booked(clinic)
    line = coming(clinic, visit)[0]
    assert line.key is not None
    assert "{{booking.when}}" in clinic.ask(words_of_planned, line.key).subject
    with pytest.raises(Invalid, match="cannot be used here"):
        clinic.do(reword_planned, line.key, Words("Hi", "{{form.link}}", ""))
    clinic.do(reword_planned, line.key, OWN_WORDS)
    clinic.do(bookings.reschedule, Move(visit, clinic.free(cast.FACIAL, 7)[0]))
    drain_now()
    moved = coming(clinic, visit)[0]
    assert (moved.key, moved.reason) == (line.key, f"Reworded by {clinic.owner.name}")
    clock.move_to(moved.when)
    drain_now()
    (sent,) = clinic.mails("reminder")
    assert sent.body.startswith("Own words for Nora, Mon 30 November 2026")


def test_a_message_that_waits_already_is_skipped_or_reworded_itself(clinic: Business, clock: HandClock) -> None:
    visit = booked(clinic)
    clinic.do(automation.stop_all)
    clock.move_to(coming(clinic, visit)[0].when)
    drain_now()
    (waits,) = [line for line in clinic.ask(message_plan, visit) if line.state_key == "message.queued"]
    assert waits.key is not None and waits.message_id is not None
    clinic.do(reword_planned, waits.key, OWN_WORDS)
    assert clinic.mails("reminder")[0].subject == "Own words"
    clinic.do(skip_planned, waits.key)
    assert clinic.mails("reminder")[0].state == MessageState.SKIPPED
    with pytest.raises(Refused, match="has gone out"):
        clinic.do(skip_planned, waits.key)


def test_who_sees_only_their_own_visits_decides_about_no_other(clinic: Business) -> None:
    visit = booked(clinic)
    with pytest.raises(NotFound):
        clinic.do(skip_planned, PlanKey("booking", visit + 999, "booking-reminder", 120))


# the property ----------------------------------------------------------------------------------------------------------


@dataclass
class Week:
    """A clinic of its own, in which anything may happen, and the plans as they were shown at the end of it."""

    clinic: Business
    clock: HandClock
    visits: list[int] = field(default_factory=list)

    def anything(self, data: some.DataObject) -> None:
        """One thing that people do, and then some time."""
        acts = "book book move cancel decide decide change_rule change_rule end stop_somebody reply".split()
        getattr(self, data.draw(some.sampled_from(acts), label="act"))(data)
        self.clock.advance(minutes=data.draw(some.integers(1, 20 * 60), label="minutes"))
        drain_now()

    def book(self, data: some.DataObject) -> None:
        offer, days = data.draw(some.sampled_from(OFFERS)), data.draw(some.integers(2, 7))
        if self.clinic.free(offer, days):
            self.visits.append(booked(self.clinic, offer, days, f"Guest{len(self.visits)} Test"))

    def move(self, data: some.DataObject) -> None:
        visit, times = self._one(data), self.clinic.free(cast.CUT, data.draw(some.integers(1, 6)))
        if visit and times:
            self._try(bookings.reschedule, Move(visit, times[-1]))

    def cancel(self, data: some.DataObject) -> None:
        if visit := self._one(data):
            self._try(bookings.cancel, visit)

    def end(self, data: some.DataObject) -> None:
        if visit := self._one(data):
            self._try(data.draw(some.sampled_from([bookings.complete, bookings.mark_no_show])), visit)

    def decide(self, data: some.DataObject) -> None:
        """Skip or reword one message, or take that back."""
        visit = self._one(data)
        keys = [line.key for line in self.clinic.ask(message_plan, visit) if line.key and line.sure] if visit else []
        if keys:
            key = data.draw(some.sampled_from(keys))
            words = FORM_WORDS if key.about == "form_request" else OWN_WORDS
            command, more = data.draw(
                some.sampled_from([(skip_planned, ()), (reword_planned, (words,)), (send_as_planned, ())])
            )
            self._try(command, key, *more)

    def change_rule(self, data: some.DataObject) -> None:
        rule = data.draw(some.sampled_from(TIMED))
        minutes = data.draw(some.lists(some.sampled_from([90, 180, 600, 1440, 2880, 4000]), unique=True, max_size=3))
        draft = RuleDraft(
            rule, data.draw(some.sampled_from([None, self.clinic.service(cast.CUT)])),
            data.draw(some.sampled_from([True, True, False])),
            tuple(Step(each) for each in (minutes if rule == "booking-reminder" else minutes[:1])) or None,
        )  # fmt: skip
        decision = data.draw(some.sampled_from([Waiting.KEEP, Waiting.UPDATE, Waiting.DROP]))
        accepts = self.clinic.ask(outlook, draft).warnings
        self.clinic.do(save_rule, draft, decision=decision, accepts=accepts)

    def stop_somebody(self, data: some.DataObject) -> None:
        if self.clinic.contacts():
            contact = data.draw(some.sampled_from([each.id for each in self.clinic.contacts()]))
            self._try(data.draw(some.sampled_from([automation.stop_contact, automation.resume_contact])), contact)

    def reply(self, data: some.DataObject) -> None:
        if self.clinic.conversations():
            thread = data.draw(some.sampled_from([each.id for each in self.clinic.conversations()]))
            keep = data.draw(some.booleans())
            self._try(inbox.reply, Reply(thread, ChannelKind.EMAIL, "Hello", keep_reminders=keep))

    def _one(self, data: some.DataObject) -> int | None:
        return data.draw(some.sampled_from(self.visits)) if self.visits else None

    def _try(self, command: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(Refused, Invalid):
            self.clinic.do(command, *args)

    def shown(self) -> set[Sent]:
        """What the plans of all visits say will go out from now on."""
        lines = [line for visit in self.visits for line in self.clinic.ask(message_plan, visit)]
        return {
            (line.key, line.when, line.reworded)
            for line in lines
            if line.key and line.message_id is None and line.sure and line.state_key == "message.planned"
        }

    def sent_after(self, since: datetime) -> set[Sent]:
        """What the rules with moments have sent since then."""
        return self.clinic.ask(_sent, since)


def _sent(session: Session, _: Actor, since: datetime) -> set[Sent]:
    rows = session.exec(
        select(Message).where(
            col(Message.rule).in_(TIMED), Message.state == MessageState.SENT, col(Message.sent_at) > since
        )
    )
    return {
        (
            PlanKey(row.about or "", row.about_id or 0, row.rule or "", row.step_minutes or 0),
            row.sent_at or since, row.subject == "Own words",
        )
        for row in rows
    }  # fmt: skip


@pytest.mark.timeout(1800)
def test_the_plan_that_is_shown_is_what_is_sent(
    database: str, empty: Callable[[], object], clock: HandClock
) -> None:  # fmt: skip
    seen: list[int] = []

    @settings(max_examples=PROOFS, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
    @given(some.data())
    def proof(data: some.DataObject) -> None:
        empty()
        clock.move_to(datetime.fromisoformat("2026-11-23T09:00:00+00:00"))
        week = Week(stage.clinic(), clock)
        for _ in range(data.draw(some.integers(4, 14), label="acts")):
            week.anything(data)
        since, promised = clock.now, week.shown()
        for moment in sorted({when for _, when, _ in promised} | {since + timedelta(days=day) for day in (7, 16)}):
            clock.move_to(max(moment, since))
            drain_now()
        sent = week.sent_after(since)
        assert (promised - sent, sent - promised) == (set(), set()), "not sent, and sent without being shown"
        seen.append(len(promised))

    proof()
    figures.note(f"message plans shown and sent: {len(seen):,} weeks, {sum(seen):,} messages, each as it was shown")
