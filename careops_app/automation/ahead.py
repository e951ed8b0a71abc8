"""Looking ahead: what will go out until a day if nothing changes, and what an edited rule would change about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.automation import coming, editing
from careops_app.automation.coming import Coming
from careops_app.automation.dry_run import Difference
from careops_app.automation.editing import RuleDraft
from careops_app.automation.rules import RULES
from careops_app.bookings.models import Booking, BookingStatus
from careops_app.contacts.models import Contact
from careops_app.forms.models import FormRequest
from careops_app.infra import clock
from careops_app.workspace.access import Actor, Permission, require

MOST = 500  # visits, and as many forms, that are looked at
FARTHEST = timedelta(days=60)
LONGEST_LEAD = timedelta(days=30)
LATELY = timedelta(days=16)
EXPECTED = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)


@dataclass(frozen=True)
class AheadLine:
    """One message to come. `reason`: why it will not go, or what has to happen first."""

    when: datetime
    contact_id: int
    who: str
    what: str
    rule: str
    rule_name: str
    reason: str
    difference: Difference


@dataclass(frozen=True)
class Ahead:
    """Soonest first. `is_whole` False: there are more visits or forms than are looked at."""

    lines: tuple[AheadLine, ...]
    looked_at: int
    is_whole: bool


def look_ahead(session: Session, actor: Actor, until: datetime, draft: RuleDraft | None = None) -> Ahead:
    """What goes until an instant, at most 60 days ahead. Raises Forbidden; NotFound, Invalid for a draft."""
    require(actor, Permission.CONFIGURE)
    until = min(until, clock.now() + FARTHEST)
    visits, forms = _visits(session, until), _forms(session, until)
    before = _coming(session, visits, forms, until)
    after = before
    if draft is not None:
        with editing.supposing(session, draft):
            after = _coming(session, visits, forms, until)
    names = _names(session, {one.contact_id for one in (*before.values(), *after.values())})
    lines = [_line(one, names, _difference(key, before, after)) for key, one in (before | after).items()]
    lines.sort(key=lambda line: (line.when, line.who, line.what))
    return Ahead(tuple(lines), len(visits) + len(forms), max(len(visits), len(forms)) < MOST)


def _visits(session: Session, until: datetime) -> Sequence[Booking]:
    near = (Booking.starts_at > clock.now() - LATELY, Booking.starts_at < until + LONGEST_LEAD)
    query = select(Booking).where(*near, col(Booking.status).in_(EXPECTED)).order_by(col(Booking.starts_at))
    return session.exec(query.limit(MOST)).all()


def _forms(session: Session, until: datetime) -> Sequence[FormRequest]:
    due = (FormRequest.due_at > clock.now(), FormRequest.due_at < until + LONGEST_LEAD)
    query = select(FormRequest).where(*due, col(FormRequest.submitted_at).is_(None)).order_by(col(FormRequest.due_at))
    return session.exec(query.limit(MOST)).all()


def _coming(
    session: Session, visits: Sequence[Booking], forms: Sequence[FormRequest], until: datetime
) -> dict[object, Coming]:
    found = [*coming.of_bookings(session, visits), *coming.of_forms(session, forms)]
    return {one.key: one for one in found if one.when <= until}


def _difference(key: object, before: dict[object, Coming], after: dict[object, Coming]) -> Difference:
    if key not in after:
        return Difference.GONE
    return Difference.SAME if key in before else Difference.NEW


def _line(one: Coming, names: dict[int, str], difference: Difference) -> AheadLine:
    rule = RULES[one.key.rule].name
    return AheadLine(
        one.when, one.contact_id, names.get(one.contact_id, ""), one.what, one.key.rule, rule, one.reason, difference
    )


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    return dict(session.exec(select(Contact.id, Contact.name).where(col(Contact.id).in_(ids))).all())
