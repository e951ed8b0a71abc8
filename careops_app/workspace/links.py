"""Capability links for customers: one purpose, one record, expiring, revocable.

The token is derived from the row and the installation's secret, so that it can be put into later messages again; the
database holds only its SHA-256, so a stolen dump opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from careops_app.errors import NotFound
from careops_app.infra import clock, security
from careops_app.infra.db import rows
from careops_app.workspace.models import CustomerLink, Purpose


@dataclass(frozen=True)
class LinkSubject:
    """What a valid link opens."""

    workspace_id: int
    subject_id: int
    purpose: Purpose


def link_token(
    session: Session, workspace_id: int, purpose: Purpose, subject_id: int, expires_at: datetime | None
) -> str:
    """The token for this record: made once, the same again later; a later `expires_at` extends it."""
    nonce = security.random_token()
    row = {
        "workspace_id": workspace_id, "purpose": purpose, "subject_id": subject_id, "nonce": nonce,
        "token_digest": security.digest(_derived(purpose, subject_id, nonce)), "created_at": clock.now(),
        "expires_at": expires_at,
    }  # fmt: skip
    (kept,) = rows(session, _KEPT_OR_MADE, row)
    return _derived(purpose, subject_id, kept.nonce)


def known_token(session: Session, purpose: Purpose, subject_id: int) -> str | None:
    """The token that opens this record right now, if one was given out; only looks, so that pages may show it."""
    link = session.exec(
        select(CustomerLink).where(
            CustomerLink.purpose == purpose, CustomerLink.subject_id == subject_id, *_still_opens()
        )
    ).first()
    return None if link is None else _token(link)


def revoke(session: Session, workspace_id: int, purpose: Purpose, subject_id: int) -> None:
    """Make every token given out for this record useless."""
    if link := _of(session, purpose, subject_id):
        link.revoked_at = clock.now()
        session.add(link)


def open_link(session: Session, purpose: Purpose, token: str) -> LinkSubject:
    """What the token opens (SYSTEM scope). Raises NotFound, the same for unknown, expired, revoked and foreign purpose."""
    link = session.exec(
        select(CustomerLink).where(
            CustomerLink.token_digest == security.digest(token), CustomerLink.purpose == purpose, *_still_opens()
        )
    ).first()
    if link is None:
        raise NotFound("The page")
    return LinkSubject(link.workspace_id, link.subject_id, link.purpose)


def expired_link(session: Session, purpose: Purpose, token: str) -> LinkSubject | None:
    """The record of a link that is real but no longer opens (SYSTEM scope): where a new link may be sent."""
    link = session.exec(
        select(CustomerLink).where(CustomerLink.token_digest == security.digest(token), CustomerLink.purpose == purpose)
    ).first()
    return None if link is None else LinkSubject(link.workspace_id, link.subject_id, link.purpose)


def _still_opens() -> tuple[ColumnElement[bool], ...]:
    unlimited, later = col(CustomerLink.expires_at).is_(None), col(CustomerLink.expires_at) > clock.now()
    return col(CustomerLink.revoked_at).is_(None), unlimited | later


_KEPT_OR_MADE = """
    insert into customer_link as kept (workspace_id, purpose, subject_id, nonce, token_digest, created_at, expires_at)
    values (%(workspace_id)s, %(purpose)s, %(subject_id)s, %(nonce)s, %(token_digest)s, %(created_at)s, %(expires_at)s)
    on conflict (workspace_id, purpose, subject_id) do update set
        nonce = case when kept.revoked_at is null then kept.nonce else excluded.nonce end,
        token_digest = case when kept.revoked_at is null then kept.token_digest else excluded.token_digest end,
        expires_at = excluded.expires_at, revoked_at = null
    returning nonce
"""
"""The page and the worker may both ask in the same moment: one makes it, the other gets the same."""


def _of(session: Session, purpose: Purpose, subject_id: int) -> CustomerLink | None:
    return session.exec(
        select(CustomerLink)
        .where(CustomerLink.purpose == purpose, CustomerLink.subject_id == subject_id)
        .with_for_update()
    ).first()


def _token(link: CustomerLink) -> str:
    return _derived(link.purpose, link.subject_id, link.nonce)


def _derived(purpose: Purpose, subject_id: int, nonce: str) -> str:
    return security.derived_token("link", purpose, subject_id, nonce)
