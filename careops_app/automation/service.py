"""What owners change about automation. Every command of the noun is reachable from here.

editing.py        a rule: when, how, in which words, on or off; each change a version
stops.py          the kill switches
plan_editing.py   one planned message of one booking
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from careops_app.automation import editing, versions
from careops_app.automation.editing import RuleDraft, draft_now, outlook, save_rule
from careops_app.automation.stops import resume_all, resume_contact, stop_all, stop_contact
from careops_app.automation.terms import Step, Waiting
from careops_app.workspace.access import Actor, Permission, require

__all__ = [
    "RuleDraft", "draft_now", "outlook", "resume_all", "resume_contact", "save_rule", "set_delay", "stop_all",
    "stop_contact", "switch_rule",
]  # fmt: skip


def switch_rule(session: Session, actor: Actor, rule: str, enabled: bool, decision: Waiting | None = None) -> int:
    """Turn a rule on or off; returns its version. Raises Forbidden, NotFound, Refused as `save_rule` does."""
    require(actor, Permission.CONFIGURE)
    draft = replace(editing.draft_now(session, actor, rule), enabled=enabled)
    return editing.save_rule(session, actor, draft, decision=decision)


def set_delay(session: Session, actor: Actor, rule: str, minutes: int, decision: Waiting | None = None) -> int:
    """Let a rule with one moment act so many minutes before or after; returns its version. Raises as `save_rule` does."""
    require(actor, Permission.CONFIGURE)
    draft = editing.draft_now(session, actor, rule)
    steps = (Step(minutes, versions.terms_for(session, rule).steps[0].via),)
    return editing.save_rule(session, actor, replace(draft, steps=steps), decision=decision)
