"""What is shown of automation: rules with their record, the run log, the alert log. Frozen rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from careops_app.automation import versions
from careops_app.automation.editing import RuleDraft, draft_now
from careops_app.automation.models import Alert, AlertKind, AutomationRun, RuleVersion, RunState
from careops_app.automation.reasons import in_words
from careops_app.automation.rules import RULES, Group, Rule
from careops_app.automation.terms import STANDARD, VIA_WORDS, Step, Terms, Via, Waiting
from careops_app.automation.terms import moments as moments_in_words
from careops_app.bookings.models import Service
from careops_app.contacts.models import Contact
from careops_app.inbox.templates import Words
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace

PAGE = 25
RECORD = timedelta(days=30)


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
    to_customers: bool
    may_be_edited: bool
    template: str | None
    version: int
    when: str
    via: str
    has_own_words: bool
    services: tuple[str, ...]
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
    """Every rule in the order of the table, as it stands from now on."""
    terms = versions.all_terms(session)
    own = _services_with_own(session)
    counts = _counts(session)
    last = {run.rule: run for run in _last_runs(session)}
    return [
        _rule_row(rule, terms[rule.key], own.get(rule.key, ()), counts, last.get(rule.key)) for rule in RULES.values()
    ]


def _services_with_own(session: Session) -> dict[str, tuple[str, ...]]:
    """The services that have a rule differently, by name."""
    rows = session.exec(
        select(RuleVersion, Service.name)
        .join(Service, col(Service.id) == RuleVersion.service_id)
        .order_by(col(RuleVersion.number))
    )
    newest = {(row.rule, row.service_id): (row, name) for row, name in rows}
    found: dict[str, tuple[str, ...]] = {}
    for row, name in newest.values():
        if row.enabled is not None or row.steps is not None or row.subject is not None:
            found[row.rule] = (*found.get(row.rule, ()), name)
    return found


def _rule_row(
    rule: Rule, terms: Terms, own: tuple[str, ...], counts: dict[tuple[str, str], int], last: AutomationRun | None
) -> RuleRow:
    return RuleRow(
        key=rule.key, name=rule.name, sentence=rule.sentence, group=rule.group, timing=rule.timing,
        enabled=rule.locked or terms.enabled, locked=rule.locked, stops_on_reply=rule.stops_on_reply,
        sends=rule.template is not None, to_customers=rule.to_customers, may_be_edited=rule.may_be_edited,
        template=rule.template, version=terms.number, when=_when(rule, terms), via=_via(rule, terms),
        has_own_words=terms.words != STANDARD, services=own,
        last_run_at=last.decided_at if last else None, last_state=last.state if last else "",
        last_reason=in_words(last.reason) if last else "",
        **{state: counts.get((rule.key, state), 0) for state in ("fired", "skipped", "held", "failed")},
    )  # fmt: skip


def _when(rule: Rule, terms: Terms) -> str:
    """“24 hours and 2 hours before the start”; empty for a rule that acts at once."""
    if rule.moments is None:
        return ""
    if rule.moments.of_service and terms.steps == rule.standard.steps:
        return f"{rule.moments.word}, at the times set on its service"
    return f"{wording.listing([wording.before(step.minutes) for step in terms.steps])} {rule.moments.word}"


def _via(rule: Rule, terms: Terms) -> str:
    """“by e-mail”; of several moments with several channels “by e-mail, then by text”."""
    if rule.template is None:
        return ""
    if not rule.to_customers:
        return VIA_WORDS[Via.EMAIL]
    said = [VIA_WORDS[step.via] for step in terms.steps]
    return said[0] if len(set(said)) == 1 else ", then ".join(said)


@dataclass(frozen=True)
class RuleTerms:
    """A rule to begin a change with: what the version itself says, what counts, and the newest version's number."""

    draft: RuleDraft
    steps: tuple[Step, ...]
    words: Words
    number: int


def rule_terms(session: Session, scope: InWorkspace | int, rule: str, service_id: int | None = None) -> RuleTerms:
    """How a rule stands for all services or for one. Raises NotFound."""
    draft = draft_now(session, scope, rule, service_id)
    terms = versions.terms_for(session, rule, service_id)
    return RuleTerms(draft, terms.steps, terms.words, versions.number_of(session, rule))


@dataclass(frozen=True)
class ServiceChoice:
    """A service that may have a rule differently; its name says when it does."""

    id: int
    name: str


def rule_choices(session: Session, scope: InWorkspace | int, rule: str) -> list[ServiceChoice]:
    """The services a rule may be set for."""
    own = set(_services_with_own(session).get(rule, ()))
    rows = session.exec(
        select(Service.id, Service.name).where(col(Service.retired_at).is_(None)).order_by(col(Service.name))
    )
    return [ServiceChoice(key, f"{name}, differently" if name in own else name) for key, name in rows]


@dataclass(frozen=True)
class VersionRow:
    """One change of a rule: who made it, when, for which service, and what became of what waited."""

    number: int
    made_at: datetime
    by: str
    service: str
    what: str
    waiting: Waiting


def rule_versions(session: Session, scope: InWorkspace | int, rule: str) -> list[VersionRow]:
    """Every change of a rule, newest first."""
    rows = session.exec(
        select(RuleVersion, Service.name)
        .join(Service, col(Service.id) == RuleVersion.service_id, isouter=True)
        .where(RuleVersion.rule == rule)
        .order_by(col(RuleVersion.number).desc())
        .limit(PAGE)
    )
    return [
        VersionRow(row.number, row.made_at, row.made_by_name, service or "", _said(rule, row), Waiting(row.waiting))
        for row, service in rows
    ]


def _said(rule: str, row: RuleVersion) -> str:
    """What a version says, in a few words."""
    version, moments = versions.version_of(row), RULES[rule].moments
    parts = [] if version.enabled is None else ["on" if version.enabled else "off"]
    if version.steps is not None:
        parts.append(moments_in_words(version.steps, moments.word if moments else ""))
    parts += ["own wording"] if version.words is not None else []
    return ", ".join(parts) or ("as the rule says" if row.service_id else "as CareOps came")


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
    """The rules that are off for everything: by an owner, or because none has switched them on yet."""
    return {key for key, terms in versions.all_terms(session).items() if not terms.enabled and not RULES[key].locked}


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
