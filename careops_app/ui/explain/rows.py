"""An explanation as ready words: every look of a rule with its checks and its tries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from careops_app.automation.expecting import Coming, Idle
from careops_app.automation.explaining import Check, Look, Sending
from careops_app.infra import clock, wording
from careops_app.ui.explain.address import of_event
from careops_app.ui.inbox.rows import CHANNEL_WORDS, Attempt, attempts


@dataclass(frozen=True)
class Asked:
    """One check; `tone` is good, bad, or mute when it was not asked."""

    words: str
    tone: str
    icon: str
    said: str
    why_not: str


@dataclass(frozen=True)
class Carried:
    """A message that a rule wrote, with its tries."""

    what: str
    towards: str
    address: str
    state: str
    reason: str
    tries: list[Attempt]


@dataclass(frozen=True)
class Seen:
    """One rule's look at one event. `opens`: it is what was asked for."""

    key: str
    rule: str
    rule_link: str
    version: str
    sentence: str
    state: str
    reason: str
    event: str
    when: str
    instant: str
    trace: str
    trace_link: str
    tries: str
    checks: list[Asked] = field(default_factory=list)
    sent: list[Carried] = field(default_factory=list)
    replay: int = 0
    opens: bool = False


@dataclass(frozen=True)
class Ahead:
    """A message that is planned; `reason`: why it will not go, or what has to happen first."""

    when: str
    what: str
    rule: str
    reason: str


@dataclass(frozen=True)
class Quiet:
    """A rule that nothing has happened for."""

    rule: str
    sentence: str
    waits_for: str


def seen(look: Look, zone: str, *, opens: bool = False) -> Seen:
    """A look as the screen draws it."""
    now = clock.now()
    return Seen(
        key=f"{look.event_id}-{look.rule}", rule=look.rule_name, rule_link=f"/app/automation/?rule={look.rule}#log",
        version=f"Version {look.version} of the rule" if look.version else "The rule as CareOps came",
        sentence=look.sentence.replace("{delay}", "for the time set"), state=look.state_key, reason=look.in_the_end,
        event=event_words(look.event), when=wording.near(look.decided_at or look.event_at, zone, now),
        instant=look.event_at.isoformat(), trace=str(look.event_id), trace_link=of_event(look.event_id, look.rule),
        tries=f"{wording.plural(look.tries, 'try', 'tries')}: {look.reason}" if look.tries > 1 else "",
        checks=[_asked(check) for check in look.checks], sent=[_carried(each, zone) for each in look.sent],
        replay=look.event_id if look.may_replay else 0, opens=opens,
    )  # fmt: skip


def _asked(check: Check) -> Asked:
    if check.holds is None:
        return Asked(check.words, "mute", "circle-dashed", "Not asked any more", "")
    if check.holds:
        return Asked(check.words, "good", "circle-check", "Holds", "")
    return Asked(check.words, "bad", "circle-x", "Does not hold", check.why_not)


def _carried(each: Sending, zone: str) -> Carried:
    row = each.message
    by = f" by {CHANNEL_WORDS[row.channel]}" if row.channel else ""
    return Carried(
        row.what or "Message", f"To {row.recipient}{by}" if row.recipient else "To nobody",
        f"/app/inbox/?c={row.conversation_id}&message={row.id}" if row.conversation_id else "", row.state_key, row.reason,
        attempts(each.attempts, zone),
    )  # fmt: skip


def ahead(each: Coming, rule_name: str, zone: str) -> Ahead:
    return Ahead(wording.near(each.when, zone, clock.now()), each.what, rule_name, each.reason)


def quiet(each: Idle) -> Quiet:
    events = " or ".join(event_words(name) for name in each.waits_for)
    return Quiet(each.rule_name, each.sentence.replace("{delay}", "for the time set"), events)


def event_words(name: str) -> str:
    """“booking reminder due” for booking.reminder_due."""
    return name.replace(".", " ").replace("_", " ")


def stamp(at: datetime, zone: str) -> str:
    return wording.moment(at, clock.zone(zone))
