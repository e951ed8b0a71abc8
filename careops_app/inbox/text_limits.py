"""The owner's limits for texts: quiet hours, countries and how many a day."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from careops_app.inbox import outage, texts
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.text_models import TextSetting
from careops_app.inbox.texts import Limits
from careops_app.infra import security
from careops_app.infra.db import load
from careops_app.infra.settings import settings
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace
from careops_app.workspace.service import audit


def setting_of(session: Session, workspace_id: int) -> TextSetting:
    """The limits of a workspace, made when they are missing, locked."""
    statement = select(TextSetting).where(TextSetting.workspace_id == workspace_id).with_for_update()
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    if found is not None:
        return found
    made = insert(TextSetting).values(workspace_id=workspace_id, hook_token=secrets.token_urlsafe(24))
    session.execute(made.on_conflict_do_nothing(index_elements=["workspace_id"]))
    return session.exec(statement).one()


def limit_texts(session: Session, actor: Actor, given: Mapping[str, Any]) -> None:
    """Set quiet hours, countries and the daily limit. Raises Forbidden, Invalid per field."""
    require(actor, Permission.CONFIGURE)
    limits = texts.limits_of(given)
    row = setting_of(session, actor.workspace_id)
    row.quiet_from, row.quiet_until = limits.quiet_from, limits.quiet_until
    row.countries, row.daily_cap = list(limits.countries), limits.daily_cap
    session.add(row)
    audit(session, actor, "changed the limits for texts", f"{limits.daily_cap} a day")


def limits_of(session: Session, actor: Actor) -> Limits:
    """The limits as they stand, the defaults where nobody set any."""
    found = session.exec(select(TextSetting).where(TextSetting.workspace_id == actor.workspace_id)).first()
    kept = found or TextSetting(workspace_id=actor.workspace_id, hook_token="")
    region = load(session, Workspace, actor.workspace_id).phone_region
    return Limits(kept.quiet_from, kept.quiet_until, tuple(kept.countries or [region]), kept.daily_cap)


@dataclass(frozen=True)
class TextForm:
    """What the settings of texts show. Never a secret: `has_token`, `has_key_secret` say that one is stored."""

    limits: Limits
    account_sid: str
    key_sid: str
    sender: str
    has_token: bool
    has_key_secret: bool
    answers_to: str
    is_reachable: bool


def text_form(session: Session, actor: Actor) -> TextForm:
    """The Twilio account and the limits, to be edited; `answers_to` is the address Twilio sends customers' texts to.

    Raises Forbidden.
    """
    require(actor, Permission.CONFIGURE)
    account = outage.account_of(session, ChannelKind.SMS)
    kept = _readable(account.sealed) if account else {}
    token = str(kept.get("hook_token", ""))
    return TextForm(
        limits=limits_of(session, actor), account_sid=str(kept.get("account_sid", "")),
        key_sid=str(kept.get("key_sid", "")), sender=str(kept.get("from", "")), has_token=bool(kept.get("auth_token")),
        has_key_secret=bool(kept.get("key_secret")),
        answers_to=f"{settings().public_url}/hooks/twilio/{token}/message" if token else "",
        is_reachable=settings().public_url_is_set,
    )  # fmt: skip


def _readable(sealed: str) -> dict[str, Any]:
    try:
        return security.unseal(sealed) if sealed else {}
    except ValueError:
        return {}
