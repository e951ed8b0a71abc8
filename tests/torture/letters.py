"""Businesses whose mail goes to the dying server, letters by the thousand, and what the tables say became of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.inbox import outage
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind, MessageClass
from careops_app.inbox.service import Draft
from careops_app.infra import db, security
from careops_app.workspace.access import Actor
from tests import people
from tests.inbox.desk import EVENT, values_for
from tests.integrations.mail_server import PASSWORD, USER
from tests.integrations.sent_folder import MailboxServer
from tests.torture.dying_server import DyingServer
from tests.torture.ground import Ground
from tests.torture.sink import Sink

CONTACTS = 30
TEMPLATE = "booking_confirmation"
LEASED = "select count(*) from message where lease_token is not null"
UNDER_WAY = "select count(*) from message where state in ('queued', 'sending') or probe_at is not null"


@dataclass(frozen=True)
class Sender:
    """A business that sends, and whom it writes to."""

    owner: Actor
    contacts: list[int]

    @property
    def workspace_id(self) -> int:
        return self.owner.workspace_id

    def queue(self, first: int, number: int, **more: object) -> None:
        """That many letters in one transaction, by the command that automation uses."""
        db.transact_now(_queue, self.workspace_id, self.contacts, range(first, first + number), more)


def _queue(session: Session, workspace_id: int, to: list[int], numbers: range, more: dict[str, Any]) -> None:
    for number in numbers:
        draft = Draft(
            to[number % len(to)], TEMPLATE, values_for(TEMPLATE), f"letter:{number}",
            **{"message_class": MessageClass.TRANSACTIONAL, **more},
        )  # fmt: skip
        inbox.queue_message(session, workspace_id, draft, EVENT, "booking-confirmation")


def sender(server: DyingServer | Sink, name: str, mailbox: MailboxServer | None = None) -> Sender:
    """A new business with thirty contacts, connected to the server as an owner does it; `mailbox` files what it sends."""
    mail = f"{name.lower().replace(' ', '.')}@example.com"
    owner = people.owner(name, mail).actor
    settings = {
        "host": "127.0.0.1", "port": server.port, "security": "starttls", "username": USER, "password": PASSWORD,
    }  # fmt: skip
    db.transact_now(inbox.connect_channel, owner, ChannelKind.EMAIL, "smtp", settings)
    if mailbox is not None:
        db.transact_now(_known_mailbox, owner.workspace_id, mailbox.port)
    known = [
        db.transact_now(contacts.identify, owner.workspace_id, Identity(f"C {n}", f"c{n}@{name[0]}.example.com"), "x")
        for n in range(CONTACTS)
    ]
    return Sender(owner, [one.contact_id for one in known])


def _known_mailbox(session: Session, _: int, port: int) -> None:
    account = outage.account_of(session, ChannelKind.EMAIL)
    assert account is not None
    account.sealed = security.seal(security.unseal(account.sealed) | {"imap_host": "127.0.0.1", "imap_port": port})
    session.add(account)


@dataclass(frozen=True)
class Account:
    """What became of a business's letters: by state, and the number of those taken twice, never, or otherwise than said."""

    states: Counter[str]
    duplicates: int
    lost: int
    untrue: int

    def __str__(self) -> str:
        states = ", ".join(f"{number:,} {state}" for state, number in sorted(self.states.items()))
        return f"{states}; lost {self.lost}, duplicated {self.duplicates}, otherwise than shown {self.untrue}"


def account(ground: Ground, server: DyingServer, workspace_id: int) -> Account:
    """Compare what the business is shown with what the server took. Doubt is neither lost nor untrue: it is shown."""
    with ground.connect() as connection:
        rows = connection.execute(
            b"select rfc_message_id, state from message where channel = 'email' and direction = 'out'"
            b" and workspace_id = %s",
            [workspace_id],
        ).fetchall()
    taken = server.post.taken
    named = [(str(message_id), str(state)) for message_id, state in rows]
    return Account(
        Counter(state for _, state in named),
        sum(taken[message_id] - 1 for message_id, _ in named if taken[message_id] > 1),
        sum(1 for message_id, state in named if not taken[message_id] and state not in ("uncertain", "queued")),
        sum(1 for message_id, state in named if taken[message_id] and state not in ("sent", "uncertain")),
    )


def until(ground: Ground, statement: str, number: int = 0, seconds: float = 120) -> bool:
    """Wait until a count has come down to a number; False when it did not in time."""
    deadline = time.monotonic() + seconds
    while ground.count(statement) > number:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
