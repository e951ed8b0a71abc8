"""What the pages that book several visits share: who comes, the budget, and where a booking of several ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from careops_app.bookings import group_rows
from careops_app.bookings.groups import ForWhom
from careops_app.bookings.links import manage_token
from careops_app.errors import Invalid
from careops_app.infra import throttle
from careops_app.infra.db import SYSTEM, Session, transact
from careops_app.public.reach import problems_of_person
from careops_app.public.requests import TRAPPED, is_trapped, visitor_network
from careops_app.workspace.queries import WorkspaceCard

GROUPS_PER_NETWORK, WINDOW = 10, timedelta(hours=1)


def person_of(fields: dict[str, str], business: WorkspaceCard, zone: str | None) -> ForWhom:
    """Who comes, as typed. Raises Invalid with everything that is wrong at once."""
    if is_trapped(fields):
        raise Invalid(form=TRAPPED)
    if wrong := problems_of_person(fields, business):
        raise Invalid(**wrong)
    return ForWhom(
        fields.get("name", ""), fields.get("email", ""), fields.get("phone", ""), fields.get("note", ""),
        time_zone=fields.get("tz") or zone,
    )  # fmt: skip


async def spend(request: Request, business: WorkspaceCard, key: str) -> None:
    """Count one booking of several for the visitor's network. Raises Throttled."""
    budget = f"groups-from:{business.id}:{visitor_network(request)}"
    await transact(throttle.spend_once, SYSTEM, key, budget, GROUPS_PER_NETWORK, WINDOW)


def first_token(session: Session, workspace_id: int, command: Callable[..., int], wanted: Any) -> str:
    """One gesture, one transaction: the bookings, and the link with which their customer manages the first of them."""
    card = group_rows.group_card(session, workspace_id, command(session, workspace_id, wanted))
    return manage_token(session, workspace_id, card.rows[0].id)
