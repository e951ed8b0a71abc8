"""What came of handing a message over, written only while the lease is still ours."""

from __future__ import annotations

from typing import Any, LiteralString

from sqlmodel import Session, col, select

from careops_app.errors import DeliveryFailed
from careops_app.events import MessageSent
from careops_app.inbox import outage, probing, reports, rules, suppression
from careops_app.inbox.arming import Claim, announce_failure
from careops_app.inbox.channels import Receipt
from careops_app.inbox.models import ChannelAccount, ChannelKind, DeliveryAttempt, Message, MessageState, Outcome
from careops_app.inbox.sending import contact_of, unlease
from careops_app.infra import clock, outbox, queue
from careops_app.infra.db import rows


def settle_sent(session: Session, workspace_id: int, claim: Claim, receipt: Receipt) -> bool:
    """The provider took it. False when the lease was lost meanwhile: then only the attempt is written."""
    outcome = Outcome.CAPTURED if receipt.captured else Outcome.ACCEPTED
    usual = rows(session, _SENT, _values(claim, receipt, outcome))
    if usual:
        outbox.emit(session, workspace_id, MessageSent(claim.message_id, usual[0].contact_id))
        return True
    return _settle_sent_slowly(session, workspace_id, claim, receipt, outcome)


# The usual end in one statement; nothing is written when the channel has trouble, reports came first or the lease is lost.
_SENT: LiteralString = """
    with mine as (
        update message m set state = 'sent', sent_at = %(now)s, provider_ref = %(ref)s, due_at = null, lease_token = null,
               lease_until = null
         where id = %(message)s and lease_token = %(token)s and state = 'sending'
           and not exists (select from channel_account a where a.kind = m.channel and a.failing_since is not null)
           and not exists (select from delivery_event e where e.message_id = m.id)
        returning conversation_id),
    ended as (
        update delivery_attempt set outcome = %(outcome)s, code = '', detail = %(detail)s, ended_at = %(now)s
         where message_id = %(message)s and lease_token = %(token)s and outcome = 'started' and exists (select from mine)
        returning id)
    select c.contact_id from mine left join conversation c on c.id = mine.conversation_id
"""


def _values(claim: Claim, receipt: Receipt, outcome: Outcome) -> dict[str, Any]:
    return {
        "now": clock.now(), "ref": receipt.ref, "message": claim.message_id, "token": claim.lease_token,
        "outcome": outcome, "detail": receipt.detail[:1000],
    }  # fmt: skip


def _settle_sent_slowly(
    session: Session, workspace_id: int, claim: Claim, receipt: Receipt, outcome: Outcome
) -> bool:  # fmt: skip
    message = _leaving(session, claim)
    attempt = _end_attempt(session, claim, outcome, "", receipt.detail)
    _channel_works(session, claim, attempt)
    if message is None:
        return False
    message.state, message.sent_at, message.provider_ref, message.due_at = (
        MessageState.SENT,
        clock.now(),
        receipt.ref,
        None,
    )
    unlease(message)
    session.add(message)
    outbox.emit(session, workspace_id, MessageSent(message.id, contact_of(session, message)))
    session.flush()
    reports.apply(session, message)
    return True


def _channel_works(session: Session, claim: Claim, attempt: DeliveryAttempt | None) -> None:
    """A success ends an outage, unless it had begun before that."""
    account = outage.account_of(session, claim.channel)
    if account is None or account.failing_since is None or attempt is None:
        return
    if attempt.at >= account.failing_since:
        session.refresh(account, with_for_update=True)
        outage.works(session, account)


def settle_failed(session: Session, workspace_id: int, claim: Claim, failure: DeliveryFailed) -> bool:
    """It was not taken, or nobody knows. False when the lease was lost meanwhile: then only the attempt is written."""
    message = _leaving(session, claim)
    _end_attempt(session, claim, _outcome_of(failure), failure.code, str(failure))
    if message is None:
        return False
    account = outage.account_of(session, claim.channel, lock=True) if failure.channel_down else None
    if account is not None:
        outage.fails(session, account, failure)
    _after_failure(message, failure, account)
    unlease(message)
    session.add(message)
    session.flush()
    if failure.opted_out and message.recipient:
        suppression.suppress(session, workspace_id, claim.channel, message.recipient)
    reports.apply(session, message)  # what the provider has reported already ends the doubt
    if message.state in (MessageState.FAILED, MessageState.UNCERTAIN):
        announce_failure(session, message, str(failure))
    return True


def settle_lost(session: Session, workspace_id: int, claim: Claim) -> bool:
    """Its worker vanished while handing it over. False when another worker has noticed first, or it came back in time."""
    return _leaving(session, claim) is not None and settle_failed(session, workspace_id, claim, LOST)


def _outcome_of(failure: DeliveryFailed) -> Outcome:
    if failure.uncertain:
        return Outcome.UNCERTAIN
    return Outcome.REFUSED if failure.permanent and not failure.channel_down else Outcome.RETRY


def _after_failure(message: Message, failure: DeliveryFailed, account: ChannelAccount | None) -> None:
    """Doubt is never retried, a definite no ends it, anything else waits: for its channel, or for a better moment."""
    if failure.uncertain:
        message.state, message.reason, message.due_at = MessageState.UNCERTAIN, str(failure), None
        message.probe_at = probing.first_look(ChannelKind(message.channel or ""))
    elif account is not None:
        message.state, message.reason, message.due_at = MessageState.QUEUED, outage.WAITS, account.retry_at
        message.claims -= 1
    elif failure.permanent or message.claims >= queue.MOST_CLAIMS:
        message.state, message.reason, message.due_at = MessageState.FAILED, str(failure), None
    else:
        message.state, message.reason = MessageState.QUEUED, str(failure)
        message.due_at = clock.now() + queue.backoff(message.claims)


def _leaving(session: Session, claim: Claim) -> Message | None:
    """The message we marked as leaving, locked; None when somebody else has taken it over."""
    return session.exec(
        select(Message)
        .where(
            Message.id == claim.message_id,
            Message.lease_token == claim.lease_token,
            Message.state == MessageState.SENDING,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _end_attempt(session: Session, claim: Claim, outcome: Outcome, code: str, detail: str) -> DeliveryAttempt | None:
    """Complete the attempt and return it; when it was given up as lost meanwhile, the late answer stands beside it."""
    attempt = session.exec(
        select(DeliveryAttempt)
        .where(
            DeliveryAttempt.message_id == claim.message_id, DeliveryAttempt.lease_token == claim.lease_token,
        )
        .order_by(col(DeliveryAttempt.id))
    ).first()  # fmt: skip
    if attempt is None:
        return None
    if attempt.outcome != Outcome.STARTED:
        attempt, detail = _late(attempt), f"Late answer: {detail}"
    attempt.outcome, attempt.code, attempt.detail, attempt.ended_at = outcome, code, detail[:1000], clock.now()
    session.add(attempt)
    session.flush()
    return attempt


def _late(attempt: DeliveryAttempt) -> DeliveryAttempt:
    return DeliveryAttempt(
        workspace_id=attempt.workspace_id, message_id=attempt.message_id, number=attempt.number,
        channel=attempt.channel, provider=attempt.provider, lease_token=attempt.lease_token, at=attempt.at,
    )  # fmt: skip


LOST = DeliveryFailed(rules.REASONS["worker_lost"], permanent=False, uncertain=True)
