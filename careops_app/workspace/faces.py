"""The public face of each business by its address, kept in each process under the workspace's calendar stamp.

The database changes the stamp with whatever a face shows (bookings.ddl), so one look at it, in the transaction that
asks for something else anyway, tells whether what is kept still holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from sqlmodel import Session

from careops_app.infra.db import SYSTEM, fetch, rows, transact
from careops_app.workspace import queries
from careops_app.workspace.queries import WorkspaceCard

R = TypeVar("R")

MOST = 4_096
SEEN = "calendar_stamp"  # in Session.info: the stamp of the workspace, in a transaction that only reads
_STAMP = "select calendar_stamp from workspace where id = %(workspace)s"
_kept: OrderedDict[str, Face] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Face:
    """A business as it was when its stamp was this one."""

    stamp: int
    card: WorkspaceCard


class _Outdated(Exception):
    """The business has changed since its face was kept."""


async def face(slug: str) -> WorkspaceCard:
    """The business at a public address. Raises NotFound."""
    return await ask(slug, _itself)


async def ask(slug: str, query: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """What `query(session, card, ...)` answers for the business at a public address. Raises NotFound."""
    return await _with_face(fetch, _asked, slug, query, *args, **kwargs)


async def tell(slug: str, command: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """What `command(session, card, ...)` does for the business at a public address. Raises NotFound."""
    return await _with_face(transact, _told, slug, command, *args, **kwargs)


def stamp_of(session: Session, workspace_id: int) -> int | None:
    """The stamp that holds now; None for a workspace that is gone. One look is enough for all that `ask` reads."""
    if (seen := session.info.get(SEEN)) is not None:
        return seen
    found = rows(session, _STAMP, {"workspace": workspace_id})
    return found[0].calendar_stamp if found else None


async def _with_face(
    run: Callable[..., Any], while_it_holds: Callable[..., R], slug: str, *args: Any, **kwargs: Any
) -> R:
    known = _kept.get(slug)
    while True:
        known = known or await _look_up(slug)
        try:
            return await run(while_it_holds, known.card.id, known, *args, **kwargs)
        except _Outdated:
            known = None


def _asked(session: Session, _: int, known: Face, query: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    _check(session, known)
    session.info[SEEN] = known.stamp
    return query(session, known.card, *args, **kwargs)


def _told(session: Session, _: int, known: Face, command: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """What a command decides by it looks up again when it has locked what it needs."""
    _check(session, known)
    return command(session, known.card, *args, **kwargs)


def _check(session: Session, known: Face) -> None:
    if stamp_of(session, known.card.id) != known.stamp:
        raise _Outdated


async def _look_up(slug: str) -> Face:
    stamp, card = await fetch(queries.stamped_by_slug, SYSTEM, slug)
    found = Face(stamp, card)
    with _lock:
        _kept[slug] = found
        if len(_kept) > MOST:
            _kept.popitem(last=False)
    return found


def _itself(session: Session, card: WorkspaceCard) -> WorkspaceCard:
    return card
