"""Reading mailboxes: who may read which one now, how far it was read, and what was found there.

Every command of a reader names its lease: whoever was paused for too long writes nothing any more.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, select

from careops_app.errors import DeliveryFailed
from careops_app.events import MailboxFailed, MailboxRestored
from careops_app.inbox.mail_models import FolderRole, InboundMail, InboundRaw, Mailbox, MailFolder, MailState
from careops_app.inbox.models import ChannelAccount
from careops_app.infra import clock, outbox, security
from careops_app.infra.db import SYSTEM, Scope
from careops_app.infra.queue import backoff, may_claim

LEASE = timedelta(minutes=3)
LONGEST_WAIT = timedelta(minutes=15)
REFUSED_WAIT = timedelta(hours=1)  # providers lock accounts for trying a wrong password often
FRESH = timedelta(seconds=90)
STALE = timedelta(minutes=15)
COMPARE_EVERY = timedelta(days=1)
COMPARE_DAYS = 7
SLACK = timedelta(minutes=10)  # clocks of mail servers are not ours
_HEADER_ENDS = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Reading:
    """A lease on one mailbox, with what it takes to open it."""

    workspace_id: int
    mailbox_id: int
    lease_token: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """A folder as the server shows it now."""

    role: FolderRole
    name: str
    uid_validity: int
    next_uid: int


@dataclass(frozen=True)
class Place:
    """Where to go on: numbers after `after`. With `since`, also whatever came from that day on and has a number above
    `above` that is not in `known`.
    """

    after: int
    since: datetime | None = None
    above: int = 0
    known: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Fetched:
    """One mail as it lies in a folder; `size` is the whole size, even when `raw` is only its beginning."""

    role: FolderRole
    uid_validity: int
    uid: int
    raw: bytes
    size: int
    at: datetime


def follow(session: Session, account: ChannelAccount, kept: Mapping[str, Any]) -> None:
    """Read the mailbox of an account from now on, or no longer, as its settings say (`account` is locked)."""
    server = f"{kept['imap_host']}/{kept['username']}" if kept.get("imap_host") and kept.get("username") else ""
    known = session.exec(select(Mailbox).where(Mailbox.account_id == account.id).with_for_update()).first()
    if known is not None and known.server == server:
        known.retry_at = None
        session.add(known)
        return
    if known is not None:
        works(session, known)
        session.delete(known)
        session.flush()
    if server:
        session.add(Mailbox(workspace_id=account.workspace_id, account_id=account.id, server=server, since=clock.now()))
        session.flush()


def claim_mailboxes(session: Session, scope: Scope = SYSTEM, *, limit: int = 20) -> list[Reading]:
    """Lease mailboxes nobody reads, those that waited longest first."""
    if not may_claim(session, scope):
        return []
    now = clock.now()
    rows = session.exec(
        select(Mailbox, ChannelAccount)
        .join(ChannelAccount, col(ChannelAccount.id) == Mailbox.account_id)
        .where(
            or_(col(Mailbox.lease_until).is_(None), col(Mailbox.lease_until) < now),
            or_(col(Mailbox.retry_at).is_(None), col(Mailbox.retry_at) <= now),
        )
        .order_by(col(Mailbox.synced_at).asc().nulls_first())
        .limit(limit)
        .with_for_update(skip_locked=True, of=Mailbox)  # type: ignore[arg-type]
    ).all()
    return [reading for mailbox, account in rows if (reading := _leased(session, mailbox, account)) is not None]


def _leased(session: Session, mailbox: Mailbox, account: ChannelAccount) -> Reading | None:
    try:
        settings = security.unseal(account.sealed) if account.sealed else {}
    except ValueError as problem:
        _fails(session, mailbox, str(problem), REFUSED_WAIT)
        return None
    mailbox.lease_token, mailbox.lease_until = uuid.uuid4().hex, clock.now() + LEASE
    session.add(mailbox)
    return Reading(mailbox.workspace_id, mailbox.id, mailbox.lease_token, settings)


def _ours(session: Session, reading: Reading) -> Mailbox | None:
    """The mailbox, locked, while our lease on it is good."""
    statement = select(Mailbox).where(
        Mailbox.id == reading.mailbox_id, Mailbox.lease_token == reading.lease_token,
        col(Mailbox.lease_until) > clock.now(),
    ).with_for_update().execution_options(populate_existing=True)  # fmt: skip
    return session.exec(statement).first()


def begin_folder(session: Session, workspace_id: int, reading: Reading, found: Found) -> Place | None:
    """Where to go on in a folder; None when the lease is lost. A folder seen for the first time begins at its end."""
    mailbox = _ours(session, reading)
    if mailbox is None:
        return None
    folder = session.exec(
        select(MailFolder).where(MailFolder.mailbox_id == mailbox.id, MailFolder.role == found.role)
    ).first()
    if folder is None:
        return _first_look(session, mailbox, found)
    if folder.uid_validity != found.uid_validity or folder.name != found.name:
        folder.name, folder.uid_validity, folder.first_uid, folder.last_uid = found.name, found.uid_validity, 0, 0
        session.add(folder)
        return Place(found.next_uid - 1, _again_from(mailbox))
    if folder.last_uid == 0:  # reading it again was interrupted
        return Place(found.next_uid - 1, _again_from(mailbox))
    if mailbox.compared_at is None or mailbox.compared_at < clock.now() - COMPARE_EVERY:
        since = max(mailbox.since - SLACK, clock.now() - timedelta(days=COMPARE_DAYS))
        return Place(folder.last_uid, since, folder.first_uid, _known(session, folder))
    return Place(folder.last_uid)


def _first_look(session: Session, mailbox: Mailbox, found: Found) -> Place:
    last = max(0, found.next_uid - 1)
    session.add(
        MailFolder(
            workspace_id=mailbox.workspace_id, mailbox_id=mailbox.id, role=found.role, name=found.name,
            uid_validity=found.uid_validity, first_uid=last, last_uid=last,
        )
    )  # fmt: skip
    return Place(last)


def _again_from(mailbox: Mailbox) -> datetime:
    """From when on to read again after the numbers have changed: what came since we last had everything, and a week more."""
    whole = mailbox.synced_at or mailbox.since
    return max(mailbox.since - SLACK, whole - timedelta(days=COMPARE_DAYS))


def _known(session: Session, folder: MailFolder) -> frozenset[int]:
    stored = session.exec(
        select(InboundMail.uid).where(
            InboundMail.role == folder.role,
            InboundMail.uid_validity == folder.uid_validity,
            InboundMail.received_at > clock.now() - timedelta(days=COMPARE_DAYS + 2),
        )
    )
    return frozenset(stored)


def store(session: Session, workspace_id: int, reading: Reading, mail: Fetched) -> bool:
    """Keep a mail as it came, once, and note that the folder was read this far. False when the lease is lost."""
    mailbox = _ours(session, reading)
    if mailbox is None:
        return False
    if mail.at >= mailbox.since - SLACK:
        _keep(session, workspace_id, mail)
    _advance(session, mailbox, mail.role, mail.uid_validity, mail.uid)
    return True


def _keep(session: Session, workspace_id: int, mail: Fetched) -> None:
    now = clock.now()
    kept = session.execute(
        insert(InboundMail)
        .values(
            workspace_id=workspace_id, role=mail.role, uid_validity=mail.uid_validity, uid=mail.uid, size=mail.size,
            identity=identity_of(mail.raw), received_at=min(mail.at, now), state=MailState.WAITING, due_at=now, claims=0,
            reason="", sender="", sender_name="", subject="", body="", quoted="", html="", html_problem="",
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "role", "identity"])
        .returning(col(InboundMail.id))
    ).scalar()  # fmt: skip
    if kept is not None:
        session.add(InboundRaw(workspace_id=workspace_id, mail_id=kept, content=mail.raw))
        session.flush()


def identity_of(raw: bytes) -> str:
    """What makes two copies the same mail: its Message-ID and its words, else all its bytes.

    Servers add headers on the way, so those do not count. The same Message-ID with other words is another mail.
    """
    ends = _HEADER_ENDS.search(raw)
    found = _MESSAGE_ID.search(raw, 0, ends.start() if ends else len(raw))
    if found is None:
        return f"bytes:{hashlib.sha256(raw).hexdigest()}"
    words = raw[ends.end() :] if ends else b""
    return hashlib.sha256(found[1] + b"\0" + words.replace(b"\r\n", b"\n").rstrip()).hexdigest()


def _advance(session: Session, mailbox: Mailbox, role: FolderRole, uid_validity: int, uid: int) -> None:
    session.execute(
        text(
            "update mail_folder set last_uid = greatest(last_uid, :uid)"
            " where mailbox_id = :mailbox and role = :role and uid_validity = :validity and last_uid > 0"
        ),
        {"uid": uid, "mailbox": mailbox.id, "role": role.value, "validity": uid_validity},
    )


def end_folder(session: Session, workspace_id: int, reading: Reading, role: FolderRole, last_uid: int) -> bool:
    """Everything up to this number is stored. False when the lease is lost."""
    mailbox = _ours(session, reading)
    if mailbox is None:
        return False
    session.execute(
        text(
            "update mail_folder set last_uid = greatest(last_uid, :uid, 1) where mailbox_id = :mailbox and role = :role"
        ),
        {"uid": last_uid, "mailbox": mailbox.id, "role": role.value},
    )
    return True


def synced(session: Session, workspace_id: int, reading: Reading, *, at: datetime, compared: bool) -> bool:
    """All folders were read; `at` is when that began. Renews the lease; False when it is lost."""
    mailbox = _ours(session, reading)
    if mailbox is None:
        return False
    mailbox.synced_at, mailbox.lease_until = at, clock.now() + LEASE
    mailbox.compared_at = at if compared else mailbox.compared_at
    works(session, mailbox)
    return True


def works(session: Session, mailbox: Mailbox) -> None:
    """Note that the mailbox can be read (`mailbox` is locked)."""
    session.add(mailbox)
    if mailbox.failing_since is None:
        return
    mailbox.failing_since, mailbox.failure, mailbox.failures, mailbox.retry_at = None, None, 0, None
    session.flush()
    outbox.emit(session, mailbox.workspace_id, MailboxRestored(mailbox.account_id))


def renew(session: Session, workspace_id: int, reading: Reading) -> bool:
    """Go on reading. False when the lease is lost."""
    mailbox = _ours(session, reading)
    if mailbox is None:
        return False
    mailbox.lease_until = clock.now() + LEASE
    session.add(mailbox)
    return True


def give_back(session: Session, workspace_id: int, reading: Reading, failure: DeliveryFailed | None = None) -> None:
    """Read no further; with a failure it is noted, and nobody tries before it makes sense."""
    mailbox = _ours(session, reading)
    if mailbox is None:
        return
    mailbox.lease_token, mailbox.lease_until = None, None
    session.add(mailbox)
    if failure is not None:
        wait = REFUSED_WAIT if failure.permanent else min(backoff(mailbox.failures + 1), LONGEST_WAIT)
        _fails(session, mailbox, str(failure), wait)


def record_look(session: Session, account_id: int, failure: DeliveryFailed | None) -> None:
    """What a test by hand found out about the mailbox of an account."""
    mailbox = session.exec(select(Mailbox).where(Mailbox.account_id == account_id).with_for_update()).first()
    if mailbox is None:
        return
    if failure is None:
        works(session, mailbox)
        mailbox.retry_at = None
    else:
        _fails(session, mailbox, str(failure), REFUSED_WAIT if failure.permanent else backoff(1))


def _fails(session: Session, mailbox: Mailbox, reason: str, wait: timedelta) -> None:
    """A connection that breaks once is nothing to tell of; a refusal, or the second failure in a row, is."""
    now = clock.now()
    mailbox.failures += 1
    mailbox.retry_at, mailbox.failure = now + wait, reason
    session.add(mailbox)
    if mailbox.failing_since is None and (wait == REFUSED_WAIT or mailbox.failures > 1):
        mailbox.failing_since = now
        session.flush()
        outbox.emit(session, mailbox.workspace_id, MailboxFailed(mailbox.account_id, reason))


def is_behind(session: Session) -> bool:
    """Whether a reply written in the mailbox of this workspace may not have been seen yet.

    A mailbox that could never be read has shown no reply so far; nothing waits for it.
    """
    before = clock.now() - FRESH
    return session.exec(select(Mailbox.id).where(col(Mailbox.synced_at) < before)).first() is not None


def notice_stale(session: Session, workspace_id: int) -> bool:
    """Say so when a mailbox has not been read for a quarter of an hour and nobody has said why."""
    before = clock.now() - STALE
    behind = or_(
        col(Mailbox.synced_at) < before, (col(Mailbox.synced_at).is_(None)) & (col(Mailbox.since) < before)
    )  # fmt: skip
    mailbox = session.exec(
        select(Mailbox).where(behind, col(Mailbox.failing_since).is_(None)).with_for_update(skip_locked=True)
    ).first()
    if mailbox is None:
        return False
    mailbox.failing_since = clock.now()
    mailbox.failure = mailbox.failure or "Nothing could be read from it for a quarter of an hour."
    session.add(mailbox)
    session.flush()
    outbox.emit(session, workspace_id, MailboxFailed(mailbox.account_id, mailbox.failure))
    return True


def stale_workspaces(session: Session) -> list[int]:
    """Whose mailboxes may be behind, in all businesses (SYSTEM)."""
    before = clock.now() - STALE
    behind = or_(
        col(Mailbox.synced_at) < before, (col(Mailbox.synced_at).is_(None)) & (col(Mailbox.since) < before)
    )  # fmt: skip
    return list(session.exec(select(Mailbox.workspace_id).where(behind, col(Mailbox.failing_since).is_(None))))
