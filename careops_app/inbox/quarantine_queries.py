"""What staff see of suspected spam: one page of it, and how many wait; both ask the same question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from careops_app.inbox import spam_rules
from careops_app.inbox.quarantine_models import QuarantinedInquiry
from careops_app.workspace.access import Actor, Permission, require

PAGE = 25
_WAITS = col(QuarantinedInquiry.decision).is_(None)


@dataclass(frozen=True)
class SuspectedRow:
    """An inquiry that waits; `signs` are sentences, heaviest first."""

    id: int
    name: str
    email: str
    phone: str
    message: str
    signs: tuple[str, ...]
    received_at: datetime


@dataclass(frozen=True)
class SuspectedPage:
    """The newest first; `total` counts all that wait."""

    rows: tuple[SuspectedRow, ...]
    total: int
    page: int
    pages: int


def suspected_page(session: Session, actor: Actor, page: int = 1) -> SuspectedPage:
    """A page of suspected spam. Raises Forbidden."""
    total = suspected_count(session, actor)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    found = session.exec(
        select(QuarantinedInquiry)
        .where(_WAITS)
        .order_by(col(QuarantinedInquiry.received_at).desc(), col(QuarantinedInquiry.id).desc())
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    return SuspectedPage(tuple(_row(each) for each in found), total, page, pages)


def suspected_count(session: Session, actor: Actor) -> int:
    """How many wait. Raises Forbidden."""
    require(actor, Permission.INBOX)
    return session.exec(select(func.count()).select_from(QuarantinedInquiry).where(_WAITS)).one()


def _row(row: QuarantinedInquiry) -> SuspectedRow:
    return SuspectedRow(
        row.id, row.name, row.email, row.phone, row.message, spam_rules.in_words(row.signs), row.received_at
    )
