"""How many times one network may hold at once: a program that asks for every free time gets a handful.

It bounds what is offered, not who may book: without a hold a free time is booked all the same.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from careops_app.bookings.holding import HOLD_MINUTES
from careops_app.infra import throttle

HOLDS_PER_NETWORK = 4
WINDOW = timedelta(minutes=HOLD_MINUTES)


def spend(session: Session, workspace_id: int, network: str) -> None:
    """Count a hold that somebody from this network takes (SYSTEM scope). Raises Throttled when enough are taken."""
    throttle.spend(session, _key(workspace_id, network), HOLDS_PER_NETWORK, WINDOW)


def give_back(session: Session, workspace_id: int, network: str) -> None:
    """A hold was let go or has become a booking (SYSTEM scope)."""
    throttle.give_back(session, _key(workspace_id, network))


def _key(workspace_id: int, network: str) -> str:
    return f"hold-from:{workspace_id}:{network}"
