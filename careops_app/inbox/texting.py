"""The last look at a text before it leaves: opted out, the country, the quiet hours, the day's limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from careops_app.contacts.models import Contact
from careops_app.events import ChannelFailed, ChannelRestored
from careops_app.inbox import reports, rules, suppression, texts
from careops_app.inbox.models import ChannelAccount, ChannelKind, Message, MessageClass
from careops_app.inbox.sending import contact_of
from careops_app.inbox.text_limits import setting_of
from careops_app.inbox.text_models import TextSetting
from careops_app.infra import clock, outbox
from careops_app.infra.db import load
from careops_app.workspace.models import Workspace


@dataclass(frozen=True)
class Wait:
    """The quiet hours hold; it may go when they end."""

    until: datetime


def last_look(session: Session, message: Message, account: ChannelAccount) -> str | Wait | None:
    """Why a text may not leave, or until when it waits; None counts it and lets it go.

    The workspace's limits are locked: two workers never pass the last place of a day together.
    """
    number = message.recipient or ""
    workspace = load(session, Workspace, message.workspace_id)
    if reports.was_taken(session, message):
        return "arrived"
    if suppression.is_suppressed(session, ChannelKind.SMS, number):
        return suppression.OPTED_OUT
    limits = setting_of(session, workspace.id)
    if not texts.may_go_to(number, limits.countries or [workspace.phone_region]):
        return "country_not_allowed"
    if quiet := _quiet(session, message, workspace, limits):
        return quiet
    return _count(session, account, limits, workspace)


def _quiet(session: Session, message: Message, workspace: Workspace, limits: TextSetting) -> str | Wait | None:
    if message.message_class != MessageClass.AUTOMATION:
        return None
    contact_id = contact_of(session, message)
    own = load(session, Contact, contact_id).time_zone if contact_id else None
    zone = clock.zone(own or workspace.time_zone)
    until = texts.quiet_end(clock.now(), zone, limits.quiet_from, limits.quiet_until)
    if until is None:
        return None
    return "quiet_too_late" if rules.is_late(message.not_after, until) else Wait(until)


def _count(session: Session, account: ChannelAccount, limits: TextSetting, workspace: Workspace) -> str | None:
    today = clock.now().astimezone(clock.zone(workspace.time_zone)).date()
    if limits.counted_on != today:
        limits.counted_on, limits.counted = today, 0
    full = limits.counted >= limits.daily_cap
    if full and limits.warned_on is None:
        words = f"The limit of {limits.daily_cap} texts a day is reached. Raise it in Settings, or wait until tomorrow."
        outbox.emit(session, workspace.id, ChannelFailed(account.id, words))
        limits.warned_on = today
    elif not full and limits.warned_on is not None:
        outbox.emit(session, workspace.id, ChannelRestored(account.id))
        limits.warned_on = None
    if not full:
        limits.counted += 1
    session.add(limits)
    return "daily_cap" if full else None
