"""An edited rule against the last 30 days and against what is to come, with nothing sent and nothing written."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlmodel import Session

from careops_app.automation import dry_run, editing
from careops_app.automation.ahead import look_ahead
from careops_app.automation.dry_run import Difference
from careops_app.automation.editing import RuleDraft
from careops_app.automation.service import switch_rule
from careops_app.automation.terms import Step, Via, Waiting
from careops_app.demo import cast
from careops_app.errors import Forbidden, Invalid
from careops_app.infra import clock as time_source
from careops_app.infra import db
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}
DAY = 24 * 60


def lines(business: Business, draft: RuleDraft, **more: Any) -> list[tuple[str, Difference, str, str]]:
    found = business.ask(dry_run.dry_run, draft, **more)
    return [(line.who, line.difference, line.was, line.then) for line in found.lines]


def writes(business: Business, name: str = "Nora Vance", email: str = "nora@example.com") -> None:
    Visitor().open(f"/c/{business.slug}").send("Send message", name=name, email=email, message="Hello")
    drain_now()


def visit(business: Business, clock: HandClock) -> datetime:
    """Nora books and comes; two days later."""
    book(Visitor(), business, cast.FACIAL, business.free(cast.FACIAL, 6)[0], **NORA)
    drain_now()
    start = business.visits()[0].starts_at
    for before in (24, 2, -48):
        clock.move_to(start - timedelta(hours=before))
        drain_now()
    return start


def test_a_rule_that_is_off_in_the_draft_would_not_have_written(clinic: Business) -> None:
    writes(clinic)
    assert lines(clinic, RuleDraft("welcome", enabled=False)) == [
        ("Nora Vance", Difference.GONE, "Sent on email", "The rule is switched off")
    ]
    assert lines(clinic, RuleDraft("welcome")) == [
        ("Nora Vance", Difference.SAME, "Sent on email", "Would be sent on the channel last used")
    ]


def test_a_rule_that_was_off_would_have_written_to_whom_its_checks_let_through(clinic: Business) -> None:
    clinic.do(switch_rule, "welcome", False)
    writes(clinic)
    writes(clinic)
    asked = RuleDraft("welcome", steps=(Step(0, Via.EMAIL),), enabled=True)
    assert [line[1:] for line in lines(clinic, asked)] == [
        (Difference.SAME, "The rule is switched off", "The contact was known already"),
        (Difference.NEW, "The rule is switched off", "Would be sent by e-mail"),
    ]


def test_another_lead_is_compared_moment_by_moment(clinic: Business, clock: HandClock) -> None:
    start = visit(clinic, clock)
    found = clinic.ask(dry_run.dry_run, RuleDraft("booking-reminder", steps=(Step(3 * DAY), Step(120))))
    assert [(line.when, line.difference) for line in found.lines] == [
        (start - timedelta(hours=2), Difference.SAME),
        (start - timedelta(hours=24), Difference.GONE),
        (start - timedelta(days=3), Difference.NEW),
    ]
    assert [line.was for line in found.lines] == ["Sent on email", "Sent on email", "Not sent"]
    long_ago = RuleDraft("booking-reminder", steps=(Step(20 * DAY),))
    assert all(line.then != "Would be sent" for line in clinic.ask(dry_run.dry_run, long_ago).lines)


def test_the_draft_of_one_service_is_about_its_visits_only(clinic: Business, clock: HandClock) -> None:
    visit(clinic, clock)
    other = RuleDraft("booking-confirmation", service_id=clinic.service(cast.CUT), enabled=False)
    mine = RuleDraft("booking-confirmation", service_id=clinic.service(cast.FACIAL), enabled=False)
    assert lines(clinic, other) == []
    assert [line[1] for line in lines(clinic, mine)] == [Difference.GONE]


def test_nothing_is_written_and_the_database_would_refuse_it(clinic: Business, clock: HandClock) -> None:
    visit(clinic, clock)
    drafts = [
        RuleDraft(rule, enabled=False) for rule in ("welcome", "booking-reminder", "form-reminder", "restock-alert")
    ]
    before = clinic.ask(_everything)
    for draft in [*drafts, RuleDraft("follow-up", enabled=True)]:
        assert clinic.ask(_without_a_trace, draft) == ("on", None)
    assert clinic.ask(_everything) == before
    with pytest.raises(InternalError, match="read-only transaction"):
        clinic.ask(_and_writes, drafts[0])


def _without_a_trace(session: Session, actor: Actor, draft: RuleDraft) -> tuple[str, int | None]:
    """Whether the transaction is read-only, and the number it would have if it had written anything."""
    dry_run.dry_run(session, actor, draft)
    look_ahead(session, actor, time_source.now() + timedelta(days=60), draft)
    session.flush()
    row = session.execute(
        text("select current_setting('transaction_read_only'), pg_current_xact_id_if_assigned()")
    ).one()
    return row[0], row[1]


def _and_writes(session: Session, actor: Actor, draft: RuleDraft) -> None:
    dry_run.dry_run(session, actor, draft)
    session.execute(text("update message set reason = 'touched'"))


def _everything(session: Session, _: Actor) -> list[tuple[str, str]]:
    """Every row of what automation and the inbox keep."""
    tables = ("message", "automation_run", "outbox_event", "alert", "rule_version", "audit_entry", "delivery_attempt")
    query = "select md5(coalesce(string_agg(t::text, '|' order by t.id), '')) from {} t"
    return [(table, session.execute(text(query.format(table))).scalar_one()) for table in tables]


def test_pages_cover_every_event_once_and_read_no_more_than_their_bound(
    clinic: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        writes(clinic, f"Visitor {number}", f"visitor{number}@example.com")
    monkeypatch.setattr(dry_run, "PAGE", 3)
    monkeypatch.setattr(dry_run, "MOST", 4)
    seen, older_than, pages = [], None, 0
    while pages == 0 or older_than:
        page = clinic.ask(dry_run.dry_run, RuleDraft("welcome"), older_than=older_than)
        assert page.looked_at <= 4 and len(page.lines) <= 3
        seen += [line.who for line in page.lines]
        older_than, pages = page.older_than, pages + 1
    assert seen == [f"Visitor {number}" for number in reversed(range(5))]


def test_what_is_seen_ahead_is_what_goes(clinic: Business, clock: HandClock) -> None:
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, 6)[0], **NORA)
    drain_now()
    start = clinic.visits()[0].starts_at
    draft = RuleDraft("booking-reminder", steps=(Step(2 * DAY), Step(120)))
    now = clinic.ask(look_ahead, start)
    then = clinic.ask(look_ahead, start, draft)
    reminders = [(line.when, line.difference) for line in then.lines if line.rule == "booking-reminder"]
    assert [line.difference for line in now.lines] == [Difference.SAME] * len(now.lines) and now.is_whole
    assert reminders == [
        (start - timedelta(days=2), Difference.NEW), (start - timedelta(hours=24), Difference.GONE),
        (start - timedelta(hours=2), Difference.SAME),
    ]  # fmt: skip
    assert clinic.ask(look_ahead, start - timedelta(hours=30)).lines != now.lines
    clinic.do(editing.save_rule, draft, decision=Waiting.UPDATE)
    goes = [line for line in clinic.ask(look_ahead, start).lines if line.rule == "booking-reminder"]
    assert [(line.when, line.what) for line in goes] == [
        (line.when, line.what) for line in then.lines if line.rule == "booking-reminder" and line.difference != "gone"
    ]
    for line in goes:
        clock.move_to(line.when)
        drain_now()
    assert len(clinic.messages("Nora Vance", "reminder")) == len(goes)


def test_only_owners_try_rules_and_a_senseless_draft_is_refused(clinic: Business, clock: HandClock) -> None:
    priya = clinic.mate(cast.PRIYA)
    with pytest.raises(Forbidden):
        db.fetch_now(dry_run.dry_run, priya, RuleDraft("welcome"))
    with pytest.raises(Forbidden):
        db.fetch_now(look_ahead, priya, clock.now)
    with pytest.raises(Invalid):
        clinic.ask(dry_run.dry_run, RuleDraft("booking-reminder", steps=()))
