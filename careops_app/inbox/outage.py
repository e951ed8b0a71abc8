"""When a channel stops working and when it works again: one outage, one event at each end; meanwhile messages wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from careops_app.errors import DeliveryFailed
from careops_app.events import ChannelFailed, ChannelRestored
from careops_app.inbox.models import ChannelAccount, ChannelKind, Message, MessageState
from careops_app.infra import clock, outbox
from careops_app.infra.queue import backoff

WAITS = "channel_down"
LONGEST_WAIT = timedelta(minutes=15)
REFUSED_WAIT = timedelta(
    hours=1
)  # a wrong password does not become right by trying often; providers lock accounts for it


def account_of(session: Session, kind: ChannelKind, *, lock: bool = False) -> ChannelAccount | None:
    """The workspace's account on this channel."""
    statement = select(ChannelAccount).where(ChannelAccount.kind == kind)
    return session.exec(statement.with_for_update() if lock else statement).first()


def fails(
    session: Session, account: ChannelAccount, failure: DeliveryFailed, until: datetime | None = None
) -> None:  # fmt: skip
    """Note that the channel itself did not work (`account` is locked); its messages wait until `retry_at`.

    `until`: when it will work again, where that is known.
    """
    now = clock.now()
    begins = account.failing_since is None
    account.failing_since, account.failure = account.failing_since or now, str(failure)
    account.failures += 1
    account.retry_at = until or now + _wait_after(failure, account.failures)
    session.add(account)
    _put_off(session, account)
    if begins:
        outbox.emit(session, account.workspace_id, ChannelFailed(account.id, str(failure)))


def _wait_after(failure: DeliveryFailed, failures: int) -> timedelta:
    if failure.permanent or failure.day_full:
        return REFUSED_WAIT
    return min(backoff(failures), LONGEST_WAIT)


def works(session: Session, account: ChannelAccount) -> None:
    """Note that the channel works (`account` is locked); what waited for it is due now."""
    if account.failing_since is None:
        return
    account.failing_since, account.failure, account.failures = None, None, 0
    try_again(session, account)
    outbox.emit(session, account.workspace_id, ChannelRestored(account.id))


def try_again(session: Session, account: ChannelAccount) -> None:
    """Let waiting messages try at once: the settings changed, or the channel works again."""
    account.retry_at = None
    session.add(account)
    session.execute(
        update(Message).where(*_unsent(account), col(Message.reason) == WAITS).values(due_at=clock.now(), reason=None)
    )


def _put_off(session: Session, account: ChannelAccount) -> None:
    now = clock.now()
    session.execute(
        update(Message)
        .where(
            *_unsent(account), col(Message.due_at) <= account.retry_at,
            or_(col(Message.lease_until).is_(None), col(Message.lease_until) < now),
        )
        .values(due_at=account.retry_at, reason=WAITS)
    )  # fmt: skip


def _unsent(account: ChannelAccount) -> tuple:
    return (
        col(Message.workspace_id) == account.workspace_id, col(Message.channel) == account.kind,
        col(Message.due_at).is_not(None), col(Message.state) == MessageState.QUEUED,
    )  # fmt: skip
