"""How much may be held at once, so that a program that asks for every free time gets a handful.

It bounds the courtesy, not who may book: without a hold a free time is booked all the same.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from sqlmodel import Session, col, func, select

from careops_app.bookings.holding import HOLD_MINUTES, HoldRequest
from careops_app.bookings.models import ServiceStaff, SlotHold
from careops_app.bookings.spans import local_day, whole_days
from careops_app.errors import Throttled
from careops_app.infra import clock, security, throttle
from careops_app.infra.db import load
from careops_app.workspace.models import Workspace

HOLDS_PER_NETWORK, HOLDS_PER_DAY = 4, 2
WINDOW = timedelta(minutes=HOLD_MINUTES)


def spend(session: Session, workspace_id: int, network: str) -> None:
    """Count a hold that somebody from this network takes (SYSTEM scope). Raises Throttled when enough are taken."""
    throttle.spend_by_itself(session, _key(workspace_id, network), HOLDS_PER_NETWORK, WINDOW)


def give_back(session: Session, workspace_id: int, network: str) -> None:
    """A hold was let go or has become a booking (SYSTEM scope)."""
    throttle.give_back(session, _key(workspace_id, network))


def require_room(session: Session, workspace_id: int, wanted: HoldRequest) -> None:
    """Of one service on one date others may hold two times, or half as many as give it: somebody stays free.

    Raises Throttled.
    """
    zone = clock.zone(load(session, Workspace, workspace_id).time_zone)
    day = local_day(wanted.starts_at.astimezone(UTC), zone)
    span = whole_days(day, day, zone)
    givers = select(func.count()).where(
        ServiceStaff.workspace_id == workspace_id, ServiceStaff.service_id == wanted.service_id
    )
    alive = select(func.count()).where(
        SlotHold.workspace_id == workspace_id, SlotHold.service_id == wanted.service_id,
        col(SlotHold.starts_at) >= span.start, col(SlotHold.starts_at) < span.end, SlotHold.expires_at > clock.now(),
        SlotHold.holder != security.digest(wanted.holder),
    )  # fmt: skip
    if session.exec(alive).one() >= max(HOLDS_PER_DAY, session.exec(givers).one() // 2):
        raise Throttled(int(WINDOW.total_seconds()))


def _key(workspace_id: int, network: str) -> str:
    return f"hold-from:{workspace_id}:{network}"
