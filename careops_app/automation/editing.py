"""An owner changes a rule: checked, compared with the other rules and with what waits, kept as a new version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from careops_app.automation import locks, overlaps, versions, waiting
from careops_app.automation.models import RuleVersion
from careops_app.automation.rules import RULES, Moments, Rule
from careops_app.automation.terms import Step, Terms, Version, Via, Waiting, packed, standing, terms_of
from careops_app.automation.waiting import WaitingMessages
from careops_app.bookings.models import Service
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.inbox import templates
from careops_app.inbox.templates import Template, Words
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit


@dataclass(frozen=True)
class RuleDraft:
    """A rule as an owner wants it, for all services or for one. None in a part: as CareOps came, or as the rule says."""

    rule: str
    service_id: int | None = None
    enabled: bool | None = None
    steps: tuple[Step, ...] | None = None
    words: Words | None = None


@dataclass(frozen=True)
class Outlook:
    """What saving a draft would mean: what waits, what it overlaps with, and the number it would get."""

    waiting: WaitingMessages
    warnings: tuple[str, ...]
    number: int


def draft_now(session: Session, scope: InWorkspace | int, rule: str, service_id: int | None = None) -> RuleDraft:
    """The rule as it is, to begin a change with. Raises NotFound."""
    version, _ = standing(
        [one for one in versions.history(session, _rule(rule).key) if one.service_id == service_id], None
    )
    if version is None:
        return RuleDraft(rule, service_id)
    return RuleDraft(rule, service_id, version.enabled, version.steps, version.words)


def outlook(session: Session, actor: Actor, draft: RuleDraft) -> Outlook:
    """What saving would mean; changes nothing. Raises Forbidden, NotFound, Invalid as `save_rule` does."""
    require(actor, Permission.CONFIGURE)
    return _outlook(session, _checked(session, draft))


@contextmanager
def supposing(session: Session, draft: RuleDraft) -> Iterator[None]:
    """For this block the rule stands as drafted, and nothing is written. Raises NotFound, Invalid as `save_rule` does."""
    checked = _checked(session, draft)
    past = versions.history(session, draft.rule)
    number = (past[0].number if past else 0) + 1
    with versions.supposing(session, draft.rule, [_hypothetical(checked, number, clock.now()), *past]):
        yield


def save_rule(
    session: Session, actor: Actor, draft: RuleDraft, *, seen: int | None = None, decision: Waiting | None = None,
    accepts: Sequence[str] = (),
) -> int:  # fmt: skip
    """Use the draft from now on, as a new version, and do with waiting messages as decided; returns the version.

    `seen` is the version the owner began with. `accepts` are the warnings the owner has read. Raises Forbidden, NotFound,
    Invalid(steps | service_id | subject | body | text), Refused for a locked rule, with code "changed_meanwhile",
    "overlap" (its text is the warnings) and "waiting" (messages wait and nothing was decided about them).
    """
    require(actor, Permission.CONFIGURE)
    checked = _checked(session, draft)
    locks.changing(session, actor.workspace_id, draft.rule)
    number = versions.number_of(session, draft.rule)
    if seen is not None and seen != number:
        raise Refused("Somebody else has changed this rule meanwhile. Look at it again.", code="changed_meanwhile")
    if checked == draft_now(session, actor, draft.rule, draft.service_id):
        return number
    found = _outlook(session, checked)
    if unread := [each for each in found.warnings if each not in accepts]:
        raise Refused(" ".join(unread), code="overlap")
    if found.waiting.count and decision is None:
        raise Refused(_undecided(found.waiting.count), code="waiting")
    before = versions.history(session, draft.rule)
    row = _row(session, actor, checked, number + 1, _decided(before, checked, decision))
    session.add(row)
    session.flush()
    waiting.carry_out(session, checked.rule, found.waiting.ids, Waiting(row.waiting), row.number)
    _note(session, actor, checked, row)
    return row.number


def _undecided(count: int) -> str:
    those = "1 message waits" if count == 1 else f"{count} messages wait"
    return f"{those} under the present version. Choose what becomes of them: keep, update or drop."


def _rule(key: str) -> Rule:
    if key not in RULES:
        raise NotFound("The rule")
    return RULES[key]


def _checked(session: Session, draft: RuleDraft) -> RuleDraft:
    rule = _rule(draft.rule)
    if draft.enabled is False and rule.locked:
        raise Refused(f"“{rule.name}” is part of how CareOps works and stays on.")
    changes_terms = draft.steps is not None or draft.words is not None
    if changes_terms and not rule.may_be_edited:
        raise Refused(f"“{rule.name}” acts {rule.timing}; there is nothing more to set here.")
    if draft.service_id is not None:
        load(session, Service, draft.service_id)
        if not rule.for_services:
            raise Invalid(service_id="This rule is the same for every service.")
    words = templates.checked_words(Template(rule.template), draft.words) if draft.words and rule.template else None
    steps = None if draft.steps is None else _checked_steps(session, rule, draft)
    return replace(draft, enabled=_enabled(draft, rule), steps=steps, words=words if words != Words() else None)


def _enabled(draft: RuleDraft, rule: Rule) -> bool | None:
    """For the rule itself None and its standard are the same; one of them is kept."""
    is_standard = draft.service_id is None and draft.enabled is (not rule.starts_off)
    return None if is_standard else draft.enabled


def _checked_steps(session: Session, rule: Rule, draft: RuleDraft) -> tuple[Step, ...]:
    steps = sorted(draft.steps or (), key=lambda step: -step.minutes)
    if rule.moments is None:
        if len(steps) != 1 or steps[0].minutes:
            raise Invalid(steps=f"“{rule.name}” acts {rule.timing}; only its channel can be chosen.")
    elif problem := _wrong_moments(rule.moments, [step.minutes for step in steps]):
        raise Invalid(steps=problem)
    if not rule.to_customers and any(step.via not in (Via.LAST, Via.EMAIL) for step in steps):
        raise Invalid(steps="Mail to the team goes out by e-mail only.")
    present = versions.terms_for(session, rule.key, draft.service_id).steps
    known = {step.minutes: step.since for step in present}
    now = clock.now()
    return tuple(replace(step, since=known.get(step.minutes, now)) for step in steps)


def _wrong_moments(moments: Moments, minutes: list[int]) -> str:
    if not minutes:
        return "Choose at least one moment, or switch the rule off."
    if len(minutes) > moments.count:
        return f"Choose at most {wording.plural(moments.count, 'moment')}."
    if len(set(minutes)) < len(minutes):
        return "Two moments are the same. Remove one of them."
    least, most = wording.before(moments.least), wording.before(moments.most)
    fits = all(moments.least <= each <= moments.most for each in minutes)
    return "" if fits else f"Choose between {least} and {most} {moments.word}."


def _outlook(session: Session, draft: RuleDraft) -> Outlook:
    past = versions.history(session, draft.rule)
    number = (past[0].number if past else 0) + 1
    then = [_hypothetical(draft, number, clock.now()), *past]
    found = waiting.under_change(session, draft.rule, draft.service_id, past, then)
    return Outlook(found, tuple(overlaps.warnings(_all_terms_then(session, draft, then), draft.rule)), number)


def _hypothetical(draft: RuleDraft, number: int, now: datetime) -> Version:
    return Version(number, draft.service_id, now, Waiting.UPDATE, draft.enabled, draft.steps, draft.words)


def _all_terms_then(session: Session, draft: RuleDraft, then: Sequence[Version]) -> dict[str, Terms]:
    """How every rule would stand for the service in question, with the draft in force."""
    reader = versions.Reader(session)
    terms = {key: reader.terms_for(key, draft.service_id) for key in RULES}
    standard = versions.standard_of(session, draft.rule, draft.service_id)
    return terms | {draft.rule: terms_of(then, draft.service_id, None, standard)}


def _decided(past: Sequence[Version], draft: RuleDraft, decision: Waiting | None) -> Waiting:
    """Switching a rule on again plans anew what an earlier change dropped."""
    before, _ = standing([one for one in past if one.service_id == draft.service_id], None)
    was_off = (
        (not RULES[draft.rule].standard.enabled) if before is None or before.enabled is None else not before.enabled
    )
    turned_on = was_off and draft.enabled is not False
    chosen = decision or Waiting.UPDATE
    return Waiting.ANEW if turned_on and chosen == Waiting.UPDATE else chosen


def _row(session: Session, actor: Actor, draft: RuleDraft, number: int, decision: Waiting) -> RuleVersion:
    words = draft.words
    return RuleVersion(
        workspace_id=actor.workspace_id, rule=draft.rule, service_id=draft.service_id, number=number,
        made_at=clock.now(), made_by=actor.member_id, made_by_name=actor.name, waiting=decision, enabled=draft.enabled,
        steps=packed(steps) if (steps := _kept_steps(session, draft, decision)) is not None else None,
        subject=words.subject if words else None, body=words.body if words else None, text=words.text if words else None,
    )  # fmt: skip


def _kept_steps(session: Session, draft: RuleDraft, decision: Waiting) -> tuple[Step, ...] | None:
    """A rule that is switched on sends from now on: a moment that has passed is not caught up."""
    rule = RULES[draft.rule]
    if decision != Waiting.ANEW or rule.moments is None:
        return draft.steps
    if draft.steps is None and rule.moments.of_service:
        return None
    steps = draft.steps or versions.terms_for(session, draft.rule, draft.service_id).steps
    return tuple(replace(step, since=clock.now()) for step in steps)


def _note(session: Session, actor: Actor, draft: RuleDraft, row: RuleVersion) -> None:
    where = {"service": load(session, Service, draft.service_id).name} if draft.service_id else {}
    verb = "switched off the rule" if draft.enabled is False else "changed the rule"
    audit(session, actor, verb, RULES[draft.rule].name, version=row.number, waiting=row.waiting, **where)
