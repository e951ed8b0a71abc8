"""Dry run: what an edited rule would have done in the last 30 days, beside what was done. Nothing is sent or written.

Run it by `fetch`: its transaction is read-only, so the database itself refuses whatever would leave a trace. What was
asked then is told as it was kept; what was not asked then (the rule was off) is judged by what is known today. Rules with
a lead are derived from visits and forms as they stand now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from careops_app.automation import editing, looking, subjects, versions
from careops_app.automation.coming import AFTERWARDS, FORM_REMINDER, REMINDER
from careops_app.automation.dispatcher import occasion_of, switched_off_because
from careops_app.automation.editing import RuleDraft
from careops_app.automation.models import AutomationRun
from careops_app.automation.reasons import in_words
from careops_app.automation.rules import RULES
from careops_app.automation.terms import VIA_WORDS, Step, Via
from careops_app.bookings.models import Booking
from careops_app.contacts.models import Contact
from careops_app.forms.models import FormRequest
from careops_app.inbox.models import Message, MessageState
from careops_app.infra import clock, wording
from careops_app.infra.db import workspace_of
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor, Permission, require

LOOKS_BACK = timedelta(days=30)
PAGE = 25
MOST = 500  # events, visits or forms that one page looks at
NOT_SENT = frozenset({MessageState.SKIPPED, MessageState.FAILED, MessageState.HELD})


class Difference(StrEnum):
    SAME = "same"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class DryLine:
    """One thing the rule would have looked at: whom it is about, what was done, and what would have been."""

    key: str
    when: datetime
    contact_id: int | None
    who: str
    did: bool
    would: bool
    was: str
    then: str

    @property
    def difference(self) -> Difference:
        if self.did == self.would:
            return Difference.SAME
        return Difference.NEW if self.would else Difference.GONE


@dataclass(frozen=True)
class DryRun:
    """A page, newest first.

    `older_than` pages on: after an event, or of derived lines after so many that were shown. `looked_at` is how many rows
    this page has read, of at most MOST.
    """

    lines: tuple[DryLine, ...]
    looked_at: int
    older_than: int | None


@dataclass(frozen=True)
class Wish:
    """What somebody would like to try; None or empty in a part: as it is now. `leads` in minutes."""

    rule: str
    service_id: int | None = None
    enabled: bool | None = None
    leads: tuple[int, ...] = ()
    via: Via | None = None


def drafted(session: Session, actor: Actor, wish: Wish) -> RuleDraft:
    """The rule as it is now, with what is wished. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    now = editing.draft_now(session, actor, wish.rule, wish.service_id)
    steps = now.steps
    if wish.leads or wish.via:
        present = {step.minutes: step for step in versions.terms_for(session, wish.rule, wish.service_id).steps}
        chosen = [present.get(lead, Step(lead)) for lead in wish.leads] or list(present.values())
        steps = tuple(replace(step, via=wish.via or step.via) for step in chosen)
    return replace(now, enabled=now.enabled if wish.enabled is None else wish.enabled, steps=steps)


def dry_run(session: Session, actor: Actor, draft: RuleDraft, *, older_than: int | None = None) -> DryRun:
    """What the draft would have done, a page at a time. Raises Forbidden, NotFound, Invalid as `save_rule` does."""
    require(actor, Permission.CONFIGURE)
    moments = RULES[draft.rule].moments if draft.rule in RULES else None
    with editing.supposing(session, draft):
        if moments is None:
            return _events(session, actor, draft, older_than)
        return _derived(session, actor, draft, timedelta(minutes=moments.most), older_than or 0)


def _matches(session: Session, draft: RuleDraft, service_id: int | None) -> bool:
    """Whether a draft for one service is about this one."""
    return draft.service_id is None or draft.service_id == service_id


# rules that act at once: event by event ------------------------------------------------------------------------------


def _events(session: Session, actor: Actor, draft: RuleDraft, older_than: int | None) -> DryRun:
    names = [event.name for event in RULES[draft.rule].on]
    query = (
        select(OutboxEvent)
        .where(OutboxEvent.workspace_id == workspace_of(actor), col(OutboxEvent.name).in_(names))
        .where(OutboxEvent.at >= clock.now() - LOOKS_BACK)
        .order_by(col(OutboxEvent.id).desc())
        .limit(MOST)
    )
    query = query.where(col(OutboxEvent.id) < older_than) if older_than else query
    lines: list[DryLine] = []
    looked_at, last = 0, 0
    for event in session.exec(query):
        looked_at, last = looked_at + 1, event.id
        if _matches(session, draft, subjects.subject_of(session, event).service_id):
            lines.append(_of_event(session, draft.rule, event))
        if len(lines) == PAGE:
            break
    more = looked_at == MOST or len(lines) == PAGE
    return DryRun(tuple(lines), looked_at, last if more else None)


def _of_event(session: Session, rule: str, event: OutboxEvent) -> DryLine:
    run = session.exec(
        select(AutomationRun).where(AutomationRun.event_id == event.id, AutomationRun.rule == rule)
    ).first()
    message = _written(session, rule, event.id)
    did = message is not None and message.state not in NOT_SENT if RULES[rule].template else _fired(run)
    was = _done(message) if message else (in_words(run.reason) if run else "The rule had not looked")
    why_not = _why_not(session, rule, event, run)
    occasion = occasion_of(session, event.workspace_id, rule, event.id)
    then = in_words(why_not) if why_not else _how(rule, occasion.step)
    return DryLine(
        f"e{event.id}", event.at, event.contact_id, _name(session, event.contact_id), did, why_not is None, was, then
    )


def _why_not(session: Session, rule: str, event: OutboxEvent, run: AutomationRun | None) -> str | None:
    """The reason for which the edited rule would have done nothing."""
    found, occasion = RULES[rule], occasion_of(session, event.workspace_id, rule, event.id)
    if off := switched_off_because(session, found, occasion):
        return off
    asked = [check for check in (run.checks if run else []) if check[0] != looking.RULE_IS_ON]
    if asked or (run is not None and run.checks and looking.why_not(run.checks) is None):
        return looking.why_not(asked)
    return looking.why_not(looking.look(session, found, occasion, off=None))


def _fired(run: AutomationRun | None) -> bool:
    return run is not None and run.state == "fired"


def _written(session: Session, rule: str, event_id: int) -> Message | None:
    newest = col(Message.id).desc()
    return session.exec(
        select(Message).where(Message.event_id == event_id, Message.rule == rule).order_by(newest)
    ).first()


def _done(message: Message) -> str:
    words = {MessageState.HELD: "Held", MessageState.SKIPPED: "Not sent", MessageState.FAILED: "Failed"}
    said = words.get(message.state, "Sent")
    return f"{said} on {message.channel}" if said == "Sent" and message.channel else said


def _how(rule: str, step: Step | None) -> str:
    via = step.via if step else Via.LAST
    return f"Would be sent {VIA_WORDS[via]}" if RULES[rule].template else "Would be carried out"


# rules with a lead: derived from visits and forms --------------------------------------------------------------------


@dataclass(frozen=True)
class _Moment:
    """One record the rule is about; `until` is when it would no longer have sent (None: still), `since` from when."""

    about: str
    about_id: int
    contact_id: int
    service_id: int | None
    base: datetime
    since: datetime
    until: datetime | None
    revision: int | None = None


def _derived(session: Session, actor: Actor, draft: RuleDraft, longest: timedelta, shown: int) -> DryRun:
    """A page after so many lines that were shown; all of them come from the same bounded look."""
    rows = list(_moments(session, actor, draft.rule, longest))
    wanted = [row for row in rows if _matches(session, draft, row.service_id)]
    lines = [line for row in wanted for line in _of_moment(session, draft.rule, row)]
    lines.sort(key=lambda line: (line.when, line.key), reverse=True)
    more = len(lines) > shown + PAGE
    return DryRun(tuple(lines[shown : shown + PAGE]), len(rows), shown + PAGE if more else None)


def _moments(session: Session, actor: Actor, rule: str, longest: timedelta) -> Iterator[_Moment]:
    now = clock.now()
    if rule == REMINDER:
        near = (
            Booking.starts_at > now - LOOKS_BACK,
            Booking.starts_at < now + longest,
            col(Booking.status) != "pending",
        )
        for booking in session.exec(select(Booking).where(*near).order_by(col(Booking.starts_at).desc()).limit(MOST)):
            since = subjects.planned_since(booking)
            yield _Moment(
                "booking", booking.id, booking.contact_id, booking.service_id, booking.starts_at, since,
                booking.cancelled_at, booking.revision,
            )  # fmt: skip
    elif rule == FORM_REMINDER:
        due = (FormRequest.due_at > now - LOOKS_BACK, FormRequest.due_at < now + longest)
        sent = col(FormRequest.sent_at).is_not(None)
        for form in session.exec(
            select(FormRequest).where(*due, sent).order_by(col(FormRequest.due_at).desc()).limit(MOST)
        ):
            ends = [each for each in (form.submitted_at, form.waived_at, form.withdrawn_at) if each]
            service = subjects.service_of_booking(session, form.booking_id)
            since = max(form.created_at, form.sent_at or form.created_at)
            yield _Moment(
                "form_request", form.id, form.contact_id, service, form.due_at, since, min(ends) if ends else None
            )
    elif rule in AFTERWARDS:
        yield from _ended_visits(session, actor, rule)


def _ended_visits(session: Session, actor: Actor, rule: str) -> Iterator[_Moment]:
    status, told_by = AFTERWARDS[rule]
    events = session.exec(
        select(OutboxEvent, Booking)
        .join(Booking, col(Booking.id) == OutboxEvent.booking_id)
        .where(OutboxEvent.workspace_id == workspace_of(actor), OutboxEvent.name == told_by, Booking.status == status)
        .where(OutboxEvent.at >= clock.now() - LOOKS_BACK)
        .order_by(col(OutboxEvent.id).desc())
        .limit(MOST)
    )
    for event, booking in events:
        yield _Moment("booking", booking.id, booking.contact_id, booking.service_id, event.at, event.at, None)


def _of_moment(session: Session, rule: str, row: _Moment) -> list[DryLine]:
    """A line per moment that the edited rule would have had, and one per message that it would not have sent."""
    terms = versions.terms_for(session, rule, row.service_id)
    steps = {step.minutes: step for step in terms.steps} if terms.enabled else {}
    sent = {message.step_minutes: message for message in _sent_about(session, rule, row)}
    now, found = clock.now(), []
    for minutes in sorted({*steps, *(each for each in sent if each is not None)}):
        lead = timedelta(minutes=minutes)
        when = row.base + lead if rule in AFTERWARDS else row.base - lead
        message = sent.get(minutes)
        if not now - LOOKS_BACK <= when <= now:
            continue
        why_not = "" if minutes in steps else "no_longer_a_moment" if terms.enabled else "rule_switched_off"
        why_not = why_not or ("too_late" if when < row.since else "") or ("no_longer_due" if _over(row, when) else "")
        did = message is not None and message.state not in NOT_SENT
        if not did and why_not in ("too_late", "no_longer_due"):
            continue
        found.append(
            DryLine(
                f"{row.about}{row.about_id}-{minutes}", when, row.contact_id, _name(session, row.contact_id), did, not why_not,
                _done(message) if message else "Not sent",
                in_words(why_not) if why_not else f"{_how(rule, steps[minutes])}, {wording.before(minutes)} {_word(rule)}",
            )
        )  # fmt: skip
    return found


def _over(row: _Moment, when: datetime) -> bool:
    return row.until is not None and row.until <= when


def _word(rule: str) -> str:
    moments = RULES[rule].moments
    return moments.word if moments else ""


def _sent_about(session: Session, rule: str, row: _Moment) -> Sequence[Message]:
    found = session.exec(
        select(Message).where(Message.about == row.about, Message.about_id == row.about_id, Message.rule == rule)
    )
    return [each for each in found if row.revision is None or each.revision == row.revision]


def _name(session: Session, contact_id: int | None) -> str:
    contact = session.get(Contact, contact_id) if contact_id else None
    return contact.name if contact else "The business"
