"""Who must not be written to on a channel: somebody who answered STOP, or whom the provider refuses for that reason."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from careops_app.inbox.models import ChannelKind
from careops_app.inbox.text_models import Suppression
from careops_app.infra import clock, security

OPTED_OUT = "opted_out"
UNSUBSCRIBED = "unsubscribed"
AUTOMATIC = "/automatic"  # a row of its own beside the address's: only what is automatic is not wanted


def suppress(session: Session, workspace_id: int, channel: ChannelKind, address: str, reason: str = OPTED_OUT) -> None:
    """Write no more to this address on this channel; repeated, it stays from the first time."""
    values = {"reason": reason, "at": clock.now(), "lifted_at": None}
    session.execute(
        insert(Suppression)
        .values(workspace_id=workspace_id, channel=channel, address_digest=_digest(channel, address), **values)
        .on_conflict_do_update(
            index_elements=["workspace_id", "channel", "address_digest"], set_=values,
            where=col(Suppression.lifted_at).is_not(None),
        )
    )  # fmt: skip


def end_automatic_mail(session: Session, workspace_id: int, address: str) -> None:
    """Automatic mail to this address ends; everything else still goes there."""
    suppress(session, workspace_id, ChannelKind.EMAIL, address + AUTOMATIC, UNSUBSCRIBED)


def allow_automatic_mail(session: Session, _: int, address: str) -> None:
    lift(session, ChannelKind.EMAIL, address + AUTOMATIC)


def wants_no_automatic_mail(session: Session, workspace_id: int, address: str) -> bool:
    """Whether somebody has ended it; the workspace is named, since the look may be across all of them (SYSTEM)."""
    standing = select(Suppression.id).where(
        Suppression.workspace_id == workspace_id, Suppression.channel == ChannelKind.EMAIL,
        Suppression.address_digest == _digest(ChannelKind.EMAIL, address + AUTOMATIC), col(Suppression.lifted_at).is_(None),
    )  # fmt: skip
    return session.exec(standing).first() is not None


def lift(session: Session, channel: ChannelKind, address: str) -> bool:
    """Write to this address again. False when nothing stood against it."""
    standing = _standing(session, channel, address, lock=True)
    if standing is None:
        return False
    standing.lifted_at = clock.now()
    session.add(standing)
    session.flush()
    return True


def is_suppressed(session: Session, channel: ChannelKind, address: str) -> bool:
    return _standing(session, channel, address) is not None


def why_suppressed(session: Session, channel: ChannelKind, address: str) -> str | None:
    """Why this address must not be written to, as a key of rules.REASONS; None when it may."""
    standing = _standing(session, channel, address)
    return standing.reason if standing else None


def suppressed(session: Session, addresses: Mapping[ChannelKind, str]) -> frozenset[ChannelKind]:
    """The channels on which somebody with these addresses must not be written to."""
    digests = {_digest(kind, address): kind for kind, address in addresses.items()}
    standing = select(Suppression.address_digest).where(
        col(Suppression.address_digest).in_(digests), col(Suppression.lifted_at).is_(None)
    )
    return frozenset(digests[found] for found in session.exec(standing))


def _standing(session: Session, channel: ChannelKind, address: str, *, lock: bool = False) -> Suppression | None:
    statement = select(Suppression).where(
        Suppression.channel == channel, Suppression.address_digest == _digest(channel, address),
        col(Suppression.lifted_at).is_(None),
    )  # fmt: skip
    return session.exec(statement.with_for_update() if lock else statement).first()


def _digest(channel: ChannelKind, address: str) -> str:
    return security.digest(f"{channel.value}:{address.strip().lower()}")
