"""What is shown of automation: rules with their record, the run log, the alert log. Frozen rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from careops_app.automation.conditions import FORM_REMINDER_MINUTES
from careops_app.automation.models import Alert, AlertKind, AutomationRun, RuleSetting, RunState
from careops_app.automation.reasons import in_words
from careops_app.automation.rules import RULES, Group, Rule
from careops_app.automation.service import ADJUSTABLE_DELAY
from careops_app.contacts.models import Contact
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace

PAGE = 25
RECORD = timedelta(days=30)
DEFAULT_DELAY = {"form-reminder": FORM_REMINDER_MINUTES}


@dataclass(frozen=True)
class RuleRow:
    """A rule as a sentence, with what it did in the last 30 days."""

    key: str
    name: str
    sentence: str
    group: Group
    timing: str
    enabled: bool
    locked: bool
    stops_on_reply: bool
    sends: bool
    template: str | None
    delay_minutes: int | None
    last_run_at: datetime | None
    last_state: str
    last_reason: str
    fired: int
    skipped: int
    held: int
    failed: int


@dataclass(frozen=True)
class RunRow:
    """One decision: which rule looked at which event, and what came of it, in words."""

    id: int
    at: datetime
    rule: str
    rule_name: str
    event: str
    event_id: int
    contact_id: int | None
    contact: str
    state: RunState
    reason: str


@dataclass(frozen=True)
class RunPage:
    rows: tuple[RunRow, ...]
    older_than: int | None


@dataclass(frozen=True)
class AlertRow:
    """One alert as lists show it."""

    id: int
    kind: AlertKind
    title: str
    detail: str
    link: str
    raised_at: datetime
    due_at: datetime | None
    seen_at: datetime | None
    seen_by: int | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolution: str
    rule: str


def rule_rows(session: Session, scope: InWorkspace | int) -> list[RuleRow]:
    """Every rule in the order of the table."""
    settings = {setting.rule: setting for setting in session.exec(select(RuleSetting))}
    counts = _counts(session)
    last = {run.rule: run for run in _last_runs(session)}
    return [_rule_row(rule, settings.get(rule.key), counts, last.get(rule.key)) for rule in RULES.values()]


def _rule_row(
    rule: Rule, setting: RuleSetting | None, counts: dict[tuple[str, str], int], last: AutomationRun | None
) -> RuleRow:
    delay = (setting.delay_minutes if setting else None) or DEFAULT_DELAY.get(rule.key)
    return RuleRow(
        key=rule.key, name=rule.name, sentence=rule.sentence, group=rule.group, timing=rule.timing,
        enabled=rule.locked or setting is None or setting.enabled, locked=rule.locked, stops_on_reply=rule.stops_on_reply,
        sends=rule.template is not None, template=rule.template, delay_minutes=delay if rule.key in ADJUSTABLE_DELAY else None,
        last_run_at=last.decided_at if last else None, last_state=last.state if last else "",
        last_reason=in_words(last.reason) if last else "",
        **{state: counts.get((rule.key, state), 0) for state in ("fired", "skipped", "held", "failed")},
    )  # fmt: skip


def _counts(session: Session) -> dict[tuple[str, str], int]:
    rows = session.exec(
        select(AutomationRun.rule, AutomationRun.state, func.count())
        .where(AutomationRun.at >= clock.now() - RECORD)
        .group_by(col(AutomationRun.rule), col(AutomationRun.state))
    )
    return {(rule, state): count for rule, state, count in rows}


def _last_runs(session: Session) -> list[AutomationRun]:
    newest = [
        select(AutomationRun.id)
        .where(AutomationRun.rule == key, AutomationRun.state != RunState.WAITING)
        .order_by(col(AutomationRun.id).desc())
        .limit(1)
        .scalar_subquery()
        for key in RULES
    ]
    return list(session.exec(select(AutomationRun).where(or_(*[col(AutomationRun.id) == one for one in newest]))))


def switched_off(session: Session) -> set[str]:
    """The rules that an owner has switched off."""
    found = session.exec(select(RuleSetting.rule).where(col(RuleSetting.enabled).is_(False)))
    return {rule for rule in found if rule not in RULES or not RULES[rule].locked}


def run_log(
    session: Session, scope: InWorkspace | int, *, rule: str = "", state: str = "", contact_id: int | None = None,
    older_than: int | None = None,
) -> RunPage:  # fmt: skip
    """Decisions, newest first, 25 at a time; `older_than` is the last id of the page before."""
    query = (
        select(AutomationRun, Contact.name)
        .join(Contact, col(Contact.id) == AutomationRun.contact_id, isouter=True)
        .where(AutomationRun.state != RunState.WAITING)
        .order_by(col(AutomationRun.id).desc())
        .limit(PAGE + 1)
    )
    filters = ((AutomationRun.rule, rule), (AutomationRun.state, state), (AutomationRun.contact_id, contact_id))
    for column, wanted in filters:
        query = query.where(col(column) == wanted) if wanted else query
    if older_than is not None:
        query = query.where(col(AutomationRun.id) < older_than)
    rows = [_run_row(run, name) for run, name in session.exec(query)]
    return RunPage(tuple(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None)


def _run_row(run: AutomationRun, contact: str | None) -> RunRow:
    rule = RULES.get(run.rule)
    return RunRow(
        run.id, run.decided_at or run.at, run.rule, rule.name if rule else run.rule, run.event_name, run.event_id,
        run.contact_id, contact or "", RunState(run.state), in_words(run.reason),
    )  # fmt: skip


def open_alerts(
    session: Session, scope: InWorkspace | int, *, snoozed: bool = False, limit: int = 50
) -> list[AlertRow]:
    """Alerts that need somebody now, by deadline; or those that are snoozed."""
    now = clock.now()
    hidden = col(Alert.snoozed_until) > now
    query = (
        select(Alert)
        .where(
            col(Alert.resolved_at).is_(None), hidden if snoozed else or_(col(Alert.snoozed_until).is_(None), ~hidden)
        )
        .order_by(func.coalesce(Alert.due_at, Alert.raised_at), col(Alert.id))
        .limit(limit)
    )
    return [_alert_row(alert) for alert in session.exec(query)]


def alert_counts(session: Session, scope: InWorkspace | int) -> tuple[int, int]:
    """(open, snoozed)"""
    hidden = col(Alert.snoozed_until) > clock.now()
    snoozed = func.count().filter(hidden)
    every = func.count()
    total, asleep = session.exec(select(every, snoozed).where(col(Alert.resolved_at).is_(None))).one()
    return total - asleep, asleep


def alert_log(
    session: Session, scope: InWorkspace | int, *, kind: str = "", older_than: int | None = None
) -> list[AlertRow]:
    """Every alert that was ever raised, newest first, 25 at a time."""
    query = select(Alert).order_by(col(Alert.id).desc()).limit(PAGE)
    query = query.where(Alert.kind == kind) if kind else query
    query = query.where(col(Alert.id) < older_than) if older_than is not None else query
    return [_alert_row(alert) for alert in session.exec(query)]


def _alert_row(alert: Alert) -> AlertRow:
    return AlertRow(
        alert.id, AlertKind(alert.kind), alert.title, alert.detail, alert.link, alert.raised_at, alert.due_at, alert.seen_at,
        alert.seen_by, alert.snoozed_until, alert.resolved_at, alert.resolution, alert.rule,
    )  # fmt: skip
