"""How a rule stands: its versions read for one service and one moment. Nothing else decides what an owner has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from careops_app.automation.models import RuleVersion
from careops_app.automation.rules import RULES
from careops_app.automation.terms import Step, Terms, Version, Waiting, Words, terms_of, unpacked
from careops_app.bookings.models import Service

SUPPOSED = "supposed"  # in Session.info: histories that count instead of those that are kept


@contextmanager
def supposing(session: Session, rule: str, then: list[Version]) -> Iterator[None]:
    """For this block the rule stands as in `then` (newest first), for this session alone and nowhere kept."""
    session.info[SUPPOSED] = {rule: then}
    try:
        yield
    finally:
        del session.info[SUPPOSED]


class Reader:
    """Reads terms for many services and moments with one look at each rule's history."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._histories: dict[str, list[Version]] = dict(session.info.get(SUPPOSED, {}))

    def terms_for(self, rule: str, service_id: int | None = None, since: datetime | None = None) -> Terms:
        """As the function of the same name."""
        if rule not in self._histories:
            self._histories[rule] = history(self._session, rule)
        return terms_of(self._histories[rule], service_id, since, standard_of(self._session, rule, service_id))


def terms_for(session: Session, rule: str, service_id: int | None = None, since: datetime | None = None) -> Terms:
    """The terms that count for what was planned at `since` (None: from now on) about this service."""
    return Reader(session).terms_for(rule, service_id, since)


def all_terms(session: Session) -> dict[str, Terms]:
    """How every rule stands from now on, services aside."""
    found: dict[str, list[Version]] = defaultdict(list)
    for row in session.exec(select(RuleVersion).order_by(col(RuleVersion.number).desc())):
        found[row.rule].append(version_of(row))
    return {key: terms_of(found[key], None, None, rule.standard) for key, rule in RULES.items()}


def standard_of(session: Session, rule: str, service_id: int | None) -> Terms:
    """How the rule stands until an owner changes it; the leads of reminders are those set on the service."""
    found = RULES[rule]
    if found.moments is None or not found.moments.of_service or service_id is None:
        return found.standard
    service = session.get(Service, service_id)
    leads = service.reminder_offsets if service is not None else found.moments.standard
    return replace(found.standard, steps=tuple(Step(minutes) for minutes in leads))


def number_of(session: Session, rule: str) -> int:
    """The rule's newest version; 0 as CareOps came."""
    found = session.exec(select(func.max(RuleVersion.number)).where(RuleVersion.rule == rule)).one()
    return found or 0


def history(session: Session, rule: str) -> list[Version]:
    """Every version of a rule, newest first."""
    rows = session.exec(select(RuleVersion).where(RuleVersion.rule == rule).order_by(col(RuleVersion.number).desc()))
    return [version_of(row) for row in rows]


def version_of(row: RuleVersion) -> Version:
    """A row as it counts."""
    words = None if row.subject is None else Words(row.subject, row.body or "", row.text or "")
    steps = None if row.steps is None else unpacked(row.steps)
    return Version(row.number, row.service_id, row.made_at, Waiting(row.waiting), row.enabled, steps, words)
