"""Holding a time for one visitor while the details are filled in: it takes all a booking takes, and ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from careops_app.bookings.availability import offer, requestable
from careops_app.bookings.making import require_instant
from careops_app.bookings.models import SlotHold
from careops_app.bookings.placing import Taker, Wish, find, take
from careops_app.errors import Refused
from careops_app.infra import clock, security
from careops_app.infra.db import load, lock_names
from careops_app.workspace.models import Workspace

HOLD_MINUTES = 10
MOST_PER_HOLDER = 2


@dataclass(frozen=True)
class HoldRequest:
    """A time that somebody wants to keep. `holder` is any text that names the visitor; only its digest is stored."""

    service_id: int
    starts_at: datetime
    holder: str
    staff_id: int | None = None
    seats: int = 1
    minutes: int = HOLD_MINUTES


@dataclass(frozen=True)
class Held:
    """A time that is kept until `expires_at`. The token is known to the holder alone; empty when read by id."""

    token: str
    hold_id: int
    service_id: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime
    seats: int
    expires_at: datetime


def hold_time(session: Session, workspace_id: int, wanted: HoldRequest) -> Held:
    """Keep a free time; a holder keeps two at most, the older one is let go.

    Raises NotFound, Invalid(starts_at), Refused with code not_open, service_retired, staff_unavailable, or one of
    `rules.Obstacle` together with the three nearest free starts.
    """
    require_instant(wanted.starts_at)
    terms = requestable(session, workspace_id, wanted.service_id)
    asked = offer(session, workspace_id, terms, staff_id=wanted.staff_id, seats=wanted.seats)
    found = find(session, asked, Wish(wanted.starts_at.astimezone(UTC)))
    holder, token, now = security.digest(wanted.holder), security.random_token(), clock.now()
    _keep_to_the_limit(session, workspace_id, holder)
    hold = SlotHold(
        workspace_id=workspace_id, service_id=wanted.service_id, staff_id=found.staff_ids[0],
        starts_at=found.visit.start, ends_at=found.visit.end, seats=wanted.seats, holder=holder,
        token_digest=security.digest(token), created_at=now, expires_at=now + timedelta(minutes=wanted.minutes),
    )  # fmt: skip
    session.add(hold)
    session.flush()
    hold.staff_id = take(session, found, Taker(hold_id=hold.id, expires_at=hold.expires_at))
    session.flush()
    return _shown(hold, token)


def held(session: Session, workspace_id: int, token: str) -> Held | None:
    """The time this token keeps; None when it is unknown, was let go or has expired."""
    hold = live_hold(session, workspace_id, token)
    return None if hold is None else _shown(hold, token)


def live_hold(session: Session, workspace_id: int, token: str, *, lock: bool = False) -> SlotHold | None:
    """The row behind a token, while it counts."""
    if not token:
        return None
    query = select(SlotHold).where(
        SlotHold.workspace_id == workspace_id, SlotHold.token_digest == security.digest(token),
        SlotHold.expires_at > clock.now(),
    )  # fmt: skip
    return session.exec(query.with_for_update() if lock else query).first()


def let_go(session: Session, workspace_id: int, hold_id: int) -> None:
    """Free a held time before its end; one that is gone stays gone."""
    session.execute(delete(SlotHold).where(col(SlotHold.workspace_id) == workspace_id, col(SlotHold.id) == hold_id))


def sweep_holds(session: Session) -> None:
    """Forget expired holds of all businesses; they have not counted since they expired."""
    session.execute(delete(SlotHold).where(col(SlotHold.expires_at) <= clock.now()))


def require_open(session: Session, workspace_id: int) -> Workspace:
    """The business, when it takes requests of customers. Raises Refused(code="not_open")."""
    workspace = load(session, Workspace, workspace_id)
    if workspace.activated_at is None:
        raise Refused(f"{workspace.name} is not taking online requests yet.", code="not_open")
    return workspace


def _keep_to_the_limit(session: Session, workspace_id: int, holder: str) -> None:
    """Let the oldest go, so that the new one is the second at most. Two tabs of one visitor queue here."""
    lock_names(session, [f"holder:{workspace_id}:{holder}"])
    mine = session.exec(
        select(SlotHold.id)
        .where(SlotHold.workspace_id == workspace_id, SlotHold.holder == holder, SlotHold.expires_at > clock.now())
        .order_by(col(SlotHold.id).desc())
        .offset(MOST_PER_HOLDER - 1)
    ).all()
    session.execute(delete(SlotHold).where(col(SlotHold.id).in_(mine)))


def _shown(hold: SlotHold, token: str) -> Held:
    return Held(
        token, hold.id, hold.service_id, hold.staff_id, hold.starts_at, hold.ends_at, hold.seats, hold.expires_at
    )  # fmt: skip
