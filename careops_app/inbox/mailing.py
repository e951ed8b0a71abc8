"""The last look at a mail before it leaves: an address that mail comes back from, no automatic mail, the day's limit."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from careops_app.errors import DeliveryFailed
from careops_app.inbox import outage, suppression
from careops_app.inbox.models import ChannelAccount, ChannelKind, DeliveryAttempt, Message, MessageClass, Outcome
from careops_app.inbox.texting import Wait
from careops_app.infra import clock

DAY = timedelta(hours=24)
COUNTED = (Outcome.STARTED, Outcome.ACCEPTED, Outcome.UNCERTAIN)


def last_look(session: Session, message: Message, account: ChannelAccount) -> str | Wait | None:
    """Why a mail may not leave, or until when it waits; None lets it go."""
    address = message.recipient or ""
    if reason := suppression.why_suppressed(session, ChannelKind.EMAIL, address):
        return reason
    automatic = message.message_class == MessageClass.AUTOMATION
    if automatic and suppression.wants_no_automatic_mail(session, message.workspace_id, address):
        return suppression.UNSUBSCRIBED
    until = full_until(session, account.daily_cap) if account.daily_cap else None
    return _wait(session, account, until) if until else None


def full_until(session: Session, cap: int) -> datetime | None:
    """When the next mail may go, if so many have gone within 24 hours; None while there is room."""
    oldest_that_counts = session.exec(
        select(DeliveryAttempt.at)
        .where(
            DeliveryAttempt.channel == ChannelKind.EMAIL, col(DeliveryAttempt.at) > clock.now() - DAY,
            col(DeliveryAttempt.outcome).in_(COUNTED),
        )
        .order_by(col(DeliveryAttempt.at).desc())
        .offset(cap - 1)
        .limit(1)
    ).first()  # fmt: skip
    return oldest_that_counts + DAY if oldest_that_counts else None


def _wait(session: Session, account: ChannelAccount, until: datetime) -> Wait:
    """The whole channel waits, and one alert says so."""
    session.refresh(account, with_for_update=True)
    words = (
        f"The day's limit is reached: {account.daily_cap} mails within 24 hours. "
        "What waits goes out by itself when there is room again, at the latest tomorrow."
    )
    outage.fails(session, account, DeliveryFailed(words, permanent=False, channel_down=True), until)
    return Wait(until)
