"""Time announces itself: elapsed time becomes an event, once, by a unique key. Nothing scheduled has to be withdrawn.

Each timer is one statement over an index that finds what is due and not yet announced, in all workspaces (SYSTEM).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Session

from careops_app.automation import reminders
from careops_app.automation.conditions import FORM_REMINDER_MINUTES
from careops_app.automation.rules import AFTER_NO_SHOW, AFTER_VISIT
from careops_app.events import (
    BookingFollowUpDue,
    BookingNoShowDue,
    BookingReminderDue,
    BookingReminderMissed,
    BookingUndecided,
    ConversationUnanswered,
    Event,
    FormDueSoon,
    FormOverdue,
    WaitlistDaysOver,
    WaitlistOfferRanOut,
)
from careops_app.infra import clock, outbox, queue
from careops_app.infra.db import SYSTEM, Scope, fetch_now, transact_now

LIMIT = 500

Due = tuple[int, str, Event]

# The version of a rule that counts for something planned at `since`, of the rule itself (`{service}` is null) or of one
# service: the newest one, past those that let what was planned before go on (terms.standing says the same in Python).
_STANDING = """left join lateral (
      select v.steps from rule_version v
      where v.workspace_id = {at}.workspace_id and v.rule = '{rule}' and v.service_id is not distinct from {service}
        and (v.waiting <> 'keep' or v.made_at <= {since})
      order by v.number desc limit 1) {name} on true"""


def _standing(rule: str, at: str, since: str, service: str) -> str:
    """The lateral tables `base` (the rule's) and `own` (the service's), each with its `steps` or null."""
    words = {"rule": rule, "at": at, "since": since}
    return "\n    ".join((
        _STANDING.format(name="base", service="null", **words), _STANDING.format(name="own", service=service, **words)
    ))  # fmt: skip


_REMINDERS = text(f"""
    with s as materialized (
      select id, reminder_offsets, greatest(
               (select max(minutes) from unnest(reminder_offsets) as minutes),
               (select max((e ->> 'minutes')::int) from rule_version v, jsonb_array_elements(v.steps) e
                where v.workspace_id = service.workspace_id and v.rule = 'booking-reminder')) as longest
      from service)
    select b.workspace_id, b.id, b.contact_id, b.revision, b.starts_at, greatest(p.since, o.since) as since, o.minutes,
           format('reminder:%s:%s:%s', b.id, b.revision, o.minutes) as once
    from booking b join s on s.id = b.service_id and b.starts_at - make_interval(mins => s.longest) <= :now
    cross join lateral (select coalesce(b.moved_at, b.created_at) as since) p
    {_standing("booking-reminder", "b", "p.since", "b.service_id")}
    cross join lateral (
      select minutes, null::timestamptz as since from unnest(s.reminder_offsets) as minutes
      where coalesce(own.steps, base.steps) is null
      union all select (e ->> 'minutes')::int, (e ->> 'since')::timestamptz
      from jsonb_array_elements(coalesce(own.steps, base.steps)) e) o
    where b.status = 'confirmed' and b.starts_at > cast(:now as timestamptz) - interval '1 day'
      and b.starts_at <= cast(:now as timestamptz) + interval '60 days'
      and b.starts_at - make_interval(mins => o.minutes) <= :now
      and not exists (select from outbox_event e where e.workspace_id = b.workspace_id
                      and e.once = format('reminder:%s:%s:%s', b.id, b.revision, o.minutes))
    order by b.starts_at limit :limit""")  # noqa: S608 (every word of it is ours)


def _follow_ups(rule: str, told: str, standard: int) -> TextClause:
    """What is due some time after the end of a visit was told of; only moments the rule had when they came."""
    return text(f"""
    select b.workspace_id, b.id, b.contact_id, b.revision, h.at as since, o.minutes,
           format('{rule}:%s:%s', b.id, o.minutes) as once
    from outbox_event h join booking b on b.workspace_id = h.workspace_id and b.id = h.booking_id
    {_standing(rule, "h", "h.at", "b.service_id")}
    cross join lateral (
      select (e ->> 'minutes')::int as minutes, (e ->> 'since')::timestamptz as since
      from jsonb_array_elements(coalesce(own.steps, base.steps,
        '[{{"minutes": {standard}, "via": "last", "since": null}}]'::jsonb)) e) o
    where h.name = '{told}' and h.at > cast(:now as timestamptz) - interval '16 days'
      and h.at + make_interval(mins => o.minutes) <= :now
      and h.at + make_interval(mins => o.minutes) > cast(:now as timestamptz) - interval '1 day'
      and (o.since is null or o.since <= h.at + make_interval(mins => o.minutes))
      and exists (select from rule_version v where v.workspace_id = h.workspace_id and v.rule = '{rule}' and v.enabled)
      and not exists (select from outbox_event e where e.workspace_id = b.workspace_id
                      and e.once = format('{rule}:%s:%s', b.id, o.minutes))
    order by h.at limit :limit""")  # noqa: S608 (every word of it is ours)


_AFTER_VISITS = _follow_ups("follow-up", "booking.completed", AFTER_VISIT.standard[0])
_AFTER_NO_SHOWS = _follow_ups("no-show-message", "booking.no_show", AFTER_NO_SHOW.standard[0])

_UNDECIDED = text("""
    select b.workspace_id, b.id, b.contact_id, b.revision,
           format('undecided:%s:%s', b.id, extract(epoch from b.decide_by)::bigint) as once
    from booking b
    where b.status = 'pending' and b.decide_by <= :now
      and not exists (select from outbox_event e where e.workspace_id = b.workspace_id
                      and e.once = format('undecided:%s:%s', b.id, extract(epoch from b.decide_by)::bigint))
    order by b.decide_by limit :limit""")

_FORMS_DUE_SOON = text(f"""
    select f.workspace_id, f.id, f.contact_id, f.booking_id,
           format('form-due-soon:%s:%s', f.id, extract(epoch from f.due_at)::bigint) as once
    from form_request f left join booking b on b.id = f.booking_id
    {_standing("form-reminder", "f", "f.created_at", "b.service_id")}
    where f.submitted_at is null and f.waived_at is null and f.withdrawn_at is null and f.sent_at is not null
      and f.due_at > :now
      and f.due_at - make_interval(mins => coalesce(
            (own.steps -> 0 ->> 'minutes')::int, (base.steps -> 0 ->> 'minutes')::int, :default_minutes)) <= :now
      and not exists (select from outbox_event e where e.workspace_id = f.workspace_id
                      and e.once = format('form-due-soon:%s:%s', f.id, extract(epoch from f.due_at)::bigint))
    order by f.due_at limit :limit""")  # noqa: S608 (every word of it is ours)

_FORMS_OVERDUE = text("""
    select f.workspace_id, f.id, f.contact_id, f.booking_id,
           format('form-overdue:%s:%s', f.id, extract(epoch from f.due_at)::bigint) as once
    from form_request f
    where f.submitted_at is null and f.waived_at is null and f.withdrawn_at is null and f.due_at <= :now
      and not exists (select from outbox_event e where e.workspace_id = f.workspace_id
                      and e.once = format('form-overdue:%s:%s', f.id, extract(epoch from f.due_at)::bigint))
    order by f.due_at limit :limit""")

_UNANSWERED = text("""
    select c.workspace_id, c.id, c.contact_id, c.waiting_since, p.stage = 'new' as lead,
           format('unanswered:%s:%s', c.id, extract(epoch from c.waiting_since)) as once
    from conversation c join workspace w on w.id = c.workspace_id join contact p on p.id = c.contact_id
    where c.waiting_since is not null and c.state = 'open'
      and c.waiting_since + make_interval(mins => w.unanswered_after_minutes) <= :now
      and not exists (select from outbox_event e where e.workspace_id = c.workspace_id
                      and e.once = format('unanswered:%s:%s', c.id, extract(epoch from c.waiting_since)))
    order by c.waiting_since limit :limit""")


_OFFERS_RAN_OUT = text("""
    select o.workspace_id, o.id, o.entry_id, e.contact_id, o.starts_at, format('offer-ran-out:%s', o.id) as once
    from waitlist_offer o join waitlist_entry e on e.id = o.entry_id
    where o.outcome = 'open' and o.expires_at <= :now
      and not exists (select from outbox_event v where v.workspace_id = o.workspace_id
                      and v.once = format('offer-ran-out:%s', o.id))
    order by o.expires_at limit :limit""")

_WISHES_OVER = text("""
    select e.workspace_id, e.id, e.contact_id, format('wish-over:%s', e.id) as once
    from waitlist_entry e join workspace w on w.id = e.workspace_id
    where e.status in ('waiting', 'offered')
      and e.last_on < cast(cast(:now as timestamptz) at time zone w.time_zone as date)
      and not exists (select from outbox_event v where v.workspace_id = e.workspace_id
                      and v.once = format('wish-over:%s', e.id))
    order by e.id limit :limit""")


def _reminder(row: Any, now: datetime) -> Event:
    due = row.starts_at - timedelta(minutes=row.minutes)
    late = due < row.since or now > reminders.useful_until(row.starts_at, row.minutes)
    event = BookingReminderMissed if late else BookingReminderDue
    return event(row.id, row.contact_id, row.revision, row.minutes)


def _after_visit(row: Any, now: datetime) -> Event:
    return BookingFollowUpDue(row.id, row.contact_id, row.revision, row.minutes, row.since)


def _after_no_show(row: Any, now: datetime) -> Event:
    return BookingNoShowDue(row.id, row.contact_id, row.revision, row.minutes, row.since)


def _undecided(row: Any, now: datetime) -> Event:
    return BookingUndecided(row.id, row.contact_id, row.revision)


def _form_due_soon(row: Any, now: datetime) -> Event:
    return FormDueSoon(row.id, row.contact_id, row.booking_id)


def _form_overdue(row: Any, now: datetime) -> Event:
    return FormOverdue(row.id, row.contact_id, row.booking_id)


def _unanswered(row: Any, now: datetime) -> Event:
    return ConversationUnanswered(row.id, row.contact_id, row.waiting_since, row.lead)


def _offer_ran_out(row: Any, now: datetime) -> Event:
    return WaitlistOfferRanOut(row.entry_id, row.contact_id, row.id, row.starts_at)


def _wish_over(row: Any, now: datetime) -> Event:
    return WaitlistDaysOver(row.id, row.contact_id)


TIMERS: tuple[tuple[Any, Callable[[Any, datetime], Event]], ...] = (
    (_REMINDERS, _reminder),
    (_AFTER_VISITS, _after_visit),
    (_AFTER_NO_SHOWS, _after_no_show),
    (_UNDECIDED, _undecided),
    (_FORMS_DUE_SOON, _form_due_soon),
    (_FORMS_OVERDUE, _form_overdue),
    (_UNANSWERED, _unanswered),
    (_OFFERS_RAN_OUT, _offer_ran_out),
    (_WISHES_OVER, _wish_over),
)


def tick(scope: Scope = SYSTEM) -> int:
    """Announce everything that has become due; returns how many events were new."""
    return sum(
        transact_now(_announce, workspace_id, once, event) for workspace_id, once, event in fetch_now(_due, scope)
    )


def _due(session: Session, scope: Scope = SYSTEM) -> list[Due]:
    now = clock.now()
    found: list[Due] = []
    if not queue.may_claim(session, scope):
        return found
    for statement, event_of in TIMERS:
        bound = {"now": now, "limit": LIMIT, "default_minutes": FORM_REMINDER_MINUTES}
        rows = session.execute(statement, {key: bound[key] for key in statement.compile().params})
        found += [(row.workspace_id, row.once, event_of(row, now)) for row in rows]
    return found


def _announce(session: Session, workspace_id: int, once: str, event: Event) -> int:
    return outbox.emit(session, workspace_id, event, once=once) is not None
