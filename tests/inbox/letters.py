"""Short ways to write mails as they travel, and to look at what became of them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from careops_app.inbox import mailboxes, setup
from careops_app.inbox.mail_models import FolderRole, InboundMail, Mailbox
from careops_app.inbox.mailboxes import Fetched, Found, Reading
from careops_app.infra import clock, db
from careops_app.integrations.email import postman
from tests.inbox.desk import Business

ACCOUNT = {
    "host": "127.0.0.1", "port": 2525, "security": "starttls", "username": "studio@example.com", "password": "app-password",
    "imap_host": "127.0.0.1", "imap_port": 993, "authserv": "mx.example.com",
}  # fmt: skip


def connect(business: Business, **more: object) -> None:
    """The business sends through a mail server and reads its mailbox."""
    db.transact_now(setup.connect_channel, business.actor, "email", "smtp", {**ACCOUNT, **more})


def letter(
    body: str = "Hello, may I come on Friday?", sender: str = "Amelia Hart <amelia@example.com>", **headers: str
) -> bytes:
    """A plain mail; header names are given with underscores, and an empty value leaves one out."""
    fields = {
        "From": sender, "To": "studio@example.com", "Subject": "Friday", "Message-ID": f"<{abs(hash(body))}@mail.example>",
        "Date": "Mon, 23 Nov 2026 09:00:00 +0000", "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"{head}\r\n{body}\r\n".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def claimed(business: Business | None = None) -> Reading:
    """The lease on the one mailbox there is, or on that of a business."""
    readings = db.transact_now(mailboxes.claim_mailboxes, db.SYSTEM)
    ours = [each for each in readings if business is None or each.workspace_id == business.workspace_id]
    for each in readings:
        if each not in ours:
            db.transact_now(mailboxes.give_back, each.workspace_id, each)
    (reading,) = ours
    return reading


def arrive(
    business: Business, raw: bytes, role: FolderRole = FolderRole.INBOX, at: datetime | None = None
) -> InboundMail:
    """A mail is found in the mailbox, stored, read and filed, as a worker does it; returns what became of it."""
    reading = claimed(business)
    for each in FolderRole:
        db.transact_now(mailboxes.begin_folder, business.workspace_id, reading, Found(each, each.value, 1, 1))
        db.transact_now(mailboxes.end_folder, business.workspace_id, reading, each, 1)
    uid = db.fetch_now(_next_uid, business.workspace_id)
    fetched = Fetched(role, 1, uid, raw, len(raw), at or clock.now())
    assert db.transact_now(mailboxes.store, business.workspace_id, reading, fetched)
    db.transact_now(mailboxes.give_back, business.workspace_id, reading)
    while postman.read_waiting():
        pass
    identity = mailboxes.identity_of(raw)
    return next(mail for mail in mails(business) if mail.identity == identity and mail.role == role)


def _next_uid(session: Session, _: int) -> int:
    return 1 + max(session.exec(select(InboundMail.uid)).all(), default=1)


def mails(business: Business) -> list[InboundMail]:
    return db.fetch_now(_mails, business.workspace_id)


def _mails(session: Session, _: int) -> list[InboundMail]:
    return list(session.exec(select(InboundMail).order_by(col(InboundMail.id))))


def mailbox(business: Business) -> Mailbox:
    return db.fetch_now(_mailbox, business.workspace_id)


def _mailbox(session: Session, _: int) -> Mailbox:
    return session.exec(select(Mailbox)).one()
