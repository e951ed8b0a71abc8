"""An event whose rule failed, was off, or never looked is replayed: what is missing happens, nothing happens twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, col, delete, select, update

from careops_app.automation import alerts, dispatcher
from careops_app.automation import service as automation
from careops_app.automation.explaining import trace
from careops_app.automation.models import AlertKind, AutomationRun
from careops_app.automation.occasion import Occasion, Outcome
from careops_app.automation.replaying import replay
from careops_app.automation.rules import RULES, Rule
from careops_app.automation.terms import Waiting
from careops_app.demo import cast
from careops_app.errors import Forbidden
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.infra.outbox import OutboxEvent
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}


def event(business: Business, name: str) -> int:
    """The newest event of this name."""
    return business.ask(_newest, name)


def _newest(session: Session, _: Actor, name: str) -> int:
    return session.exec(
        select(OutboxEvent.id).where(OutboxEvent.name == name).order_by(col(OutboxEvent.id).desc()).limit(1)
    ).one()


def counts(business: Business) -> tuple[int, int, int]:
    return len(business.messages("Nora Vance")), len(business.visits()), len(business.all_alerts("automation_failed"))


def test_a_rule_that_failed_for_good_is_replayed_from_where_it_stopped(
    clinic: Business, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = RULES["intake-forms"]
    with monkeypatch.context() as trouble:
        trouble.setitem(RULES, "intake-forms", _second_action_breaks(broken))
        book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, 6)[0], **NORA)
        _give_up(clock)
    confirmed = event(clinic, "booking.confirmed")
    failed = next(look for look in clinic.ask(trace, confirmed).looks if look.rule == "intake-forms")
    assert (failed.state, failed.may_replay) == (
        "failed",
        True,
    ) and "RuntimeError: the mail merge broke" in failed.reason
    (alert,) = clinic.alerts(AlertKind.AUTOMATION_FAILED)
    assert f"event={confirmed}" in alert.link
    forms = [row.id for row in clinic.visits()]
    before = clinic.messages("Nora Vance", "booking_confirmation")

    assert clinic.do(replay, confirmed) == 1
    drain_now()
    assert clinic.alerts(AlertKind.AUTOMATION_FAILED) == []
    assert len(clinic.messages("Nora Vance", "forms")) == 1
    assert (
        clinic.messages("Nora Vance", "booking_confirmation") == before and [row.id for row in clinic.visits()] == forms
    )
    after = counts(clinic)
    assert clinic.do(replay, confirmed) == 0
    drain_now()
    assert counts(clinic) == after


def _second_action_breaks(rule: Rule) -> Rule:
    def breaks(session: Session, occasion: Occasion) -> Outcome:
        raise RuntimeError("the mail merge broke")

    return replace(rule, do=(rule.do[0], breaks))


def test_it_gives_up_again_with_an_alert_that_is_still_open(
    clinic: Business, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "intake-forms", _second_action_breaks(RULES["intake-forms"]))
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, 6)[0], **NORA)
    _give_up(clock)
    (alert,) = clinic.alerts(AlertKind.AUTOMATION_FAILED)
    clinic.do(alerts.close, alert.id)
    clinic.do(replay, event(clinic, "booking.confirmed"))
    _give_up(clock)
    assert len(clinic.alerts(AlertKind.AUTOMATION_FAILED)) == 1


def _give_up(clock: HandClock) -> None:
    for _ in range(dispatcher.MOST_TRIES + 1):
        drain_now()
        clock.advance(hours=1)


def test_what_a_switched_off_rule_left_undone_is_carried_out_once_it_is_on(clinic: Business) -> None:
    clinic.do(automation.switch_rule, "welcome", False)
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    drain_now()
    received = event(clinic, "inquiry.received")
    assert clinic.do(replay, received) == 0
    clinic.do(automation.switch_rule, "welcome", True)
    assert clinic.do(replay, received) == 1
    drain_now()
    assert clinic.do(replay, received) == 0
    drain_now()
    assert len(clinic.messages("Nora Vance", "welcome")) == 1


def test_an_old_event_is_shown_to_a_rule_that_came_later(clinic: Business) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    drain_now()
    received = event(clinic, "inquiry.received")
    clinic.do(_forget_runs, received)
    assert clinic.do(replay, received) == 1
    drain_now()
    assert len(clinic.messages("Nora Vance", "welcome")) == 1, "the effect was there: it is not repeated"
    assert clinic.decided("welcome") == [("skipped", "It has been sent before")]


def _forget_runs(session: Session, _: Actor, event_id: int) -> None:
    session.exec(delete(AutomationRun).where(col(AutomationRun.event_id) == event_id))


def test_a_replayed_reminder_whose_time_is_over_is_not_sent(clinic: Business, clock: HandClock) -> None:
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, 6)[0], **NORA)
    drain_now()
    start = clinic.visits()[0].starts_at
    clinic.do(automation.switch_rule, "booking-reminder", False, Waiting.UPDATE)
    clock.move_to(start - timedelta(hours=24))
    drain_now()
    clinic.do(automation.switch_rule, "booking-reminder", True)
    clock.move_to(start + timedelta(hours=1))
    clinic.do(replay, event(clinic, "booking.reminder_due"))
    drain_now()
    assert [row.state for row in clinic.messages("Nora Vance", "reminder")] == ["skipped"]


def test_only_an_owner_replays(clinic: Business) -> None:
    with pytest.raises(Forbidden):
        clinic.do(replay, 1, by=cast.PRIYA)


def test_an_event_that_nobody_knows_any_more_keeps_no_other_waiting(clinic: Business) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    db.transact_now(_rename_first_waiting, SYSTEM)
    Visitor().open(f"/c/{clinic.slug}").send("Send message", name="Mina", email="mina@example.com", message="Hi")
    drain_now()
    assert len(clinic.messages("Mina", "welcome")) == 1


def _rename_first_waiting(session: Session) -> None:
    waiting = (
        select(OutboxEvent.id).where(col(OutboxEvent.fanned_out_at).is_(None)).order_by(col(OutboxEvent.id)).limit(1)
    )
    session.exec(update(OutboxEvent).where(col(OutboxEvent.id).in_(waiting)).values(name="of.another_version"))
