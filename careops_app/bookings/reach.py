"""Whose calendar somebody may write into: anybody's, or only their own when the owner keeps the rest from staff."""

from __future__ import annotations

from sqlmodel import Session, col, select

from careops_app.bookings.models import Resource
from careops_app.errors import Refused
from careops_app.workspace.access import Actor


def own_calendar(session: Session, actor: Actor) -> int | None:
    """The calendar of the person who acts, while it takes bookings."""
    mine = select(Resource.id).where(Resource.member_id == actor.member_id, col(Resource.retired_at).is_(None))
    return session.exec(mine).first() if actor.member_id is not None else None


def within_sight(session: Session, actor: Actor, staff_id: int | None) -> int | None:
    """The calendar that was asked for; for those who see only their own, theirs. Raises Refused(code="not_yours")."""
    if actor.sees_all:
        return staff_id
    mine = own_calendar(session, actor)
    if mine is None:
        raise Refused("You have no calendar of your own. Ask an owner to let you take bookings.", code="not_yours")
    if staff_id not in (None, mine):
        raise Refused("You book into your own calendar. Ask an owner to book with somebody else.", code="not_yours")
    return mine
