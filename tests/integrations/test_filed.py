"""The Sent folder is found by its mark or its name, and asked by Message-ID."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import filed_of
from careops_app.inbox.models import ChannelKind
from careops_app.integrations.email.filed import SentFolder
from tests.integrations.mail_server import PASSWORD, USER
from tests.integrations.sent_folder import FOLDERS, MailboxServer, serving


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[MailboxServer]:
    with serving(tmp_path) as server:
        server.mail.holds = lambda message_id: message_id == "<there@example.com>"
        yield server


def find(server: MailboxServer, *message_ids: str, password: str = PASSWORD) -> frozenset[str]:
    folder = SentFolder("127.0.0.1", server.port, USER, password, server.trust)
    return asyncio.run(folder.find(message_ids))


def test_what_is_filed_is_found_and_nothing_else(mailbox: MailboxServer) -> None:
    assert find(mailbox, "<there@example.com>", "<absent@example.com>") == {"<there@example.com>"}
    assert mailbox.mail.visits == 1, "one visit for all"


def test_a_folder_without_the_mark_is_known_by_its_usual_name(mailbox: MailboxServer) -> None:
    mailbox.mail.folders = (*FOLDERS, '(\\HasNoChildren) "/" "Sent Items"')
    assert find(mailbox, "<there@example.com>") == {"<there@example.com>"}


@pytest.mark.parametrize("trouble", ["no folder", "wrong password", "closed", "no server"])
def test_a_mailbox_that_cannot_be_looked_into_is_said_to_be_so(mailbox: MailboxServer, trouble: str) -> None:
    mailbox.mail.closed = trouble == "closed"
    mailbox.mail.folders = FOLDERS if trouble == "no folder" else mailbox.mail.folders
    server = MailboxServer(mailbox.mail, 1, mailbox.trust) if trouble == "no server" else mailbox
    with pytest.raises(DeliveryFailed):
        find(server, "<there@example.com>", password="wrong" if trouble == "wrong password" else PASSWORD)


def test_only_a_mailbox_that_is_known_can_be_asked() -> None:
    account = {"username": USER, "password": PASSWORD}
    assert filed_of(ChannelKind.EMAIL, "gmail", account) == SentFolder("imap.gmail.com", 993, USER, PASSWORD)
    assert filed_of(ChannelKind.EMAIL, "smtp", account) is None
    assert filed_of(ChannelKind.EMAIL, "smtp", {**account, "imap_host": "imap.example.com"}) is not None
    assert filed_of(ChannelKind.EMAIL, "captured", {}) is None
