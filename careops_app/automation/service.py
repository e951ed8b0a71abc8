"""What owners change about automation: rules on and off, their delay."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from careops_app.automation.models import RuleSetting
from careops_app.automation.rules import RULES
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

ADJUSTABLE_DELAY = {"form-reminder": (60, 14 * 24 * 60)}  # minutes before due: least, most


def switch_rule(session: Session, actor: Actor, rule: str, enabled: bool) -> None:
    """Turn a rule on or off from the next event on. Raises Forbidden, NotFound, Refused for a locked rule."""
    require(actor, Permission.CONFIGURE)
    found = _rule(rule)
    if found.locked:
        raise Refused(f"“{found.name}” is part of how CareOps works and stays on.")
    _store(session, actor, rule, enabled=enabled)
    audit(session, actor, "switched on the rule" if enabled else "switched off the rule", found.name)


def set_delay(session: Session, actor: Actor, rule: str, minutes: int) -> None:
    """Change when a rule acts, in minutes before its moment. Raises Forbidden, NotFound, Invalid(minutes), Refused."""
    require(actor, Permission.CONFIGURE)
    found = _rule(rule)
    if rule not in ADJUSTABLE_DELAY:
        raise Refused(f"“{found.name}” acts {found.timing}; there is no delay to set here.")
    least, most = ADJUSTABLE_DELAY[rule]
    if not least <= minutes <= most:
        raise Invalid(minutes="Choose between 1 hour and 14 days.")
    _store(session, actor, rule, delay_minutes=minutes)
    audit(session, actor, "changed the delay of the rule", found.name, minutes=minutes)


def _rule(key: str):
    if key not in RULES:
        raise NotFound("The rule")
    return RULES[key]


def _store(session: Session, actor: Actor, rule: str, **values: object) -> None:
    row = {"workspace_id": actor.workspace_id, "rule": rule, "enabled": True, **values}
    statement = insert(RuleSetting).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["workspace_id", "rule"], set_=values))
