"""Reading a mailbox of a real IMAP server: nothing is lost, nothing comes twice, one worker at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from careops_app.inbox import mailboxes, setup
from careops_app.inbox.mail_models import FolderRole, InboundMail, MailFolder
from careops_app.infra import db
from careops_app.integrations.email import postman
from tests.inbox.desk import Business
from tests.inbox.letters import claimed, connect, letter, mailbox, mails
from tests.integrations.imap_server import ImapServer, imap_server


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with imap_server() as found:
        yield found


@dataclass
class Post:
    business: Business
    server: ImapServer

    def look(self) -> int:
        """One visit: everything new is stored."""
        reading = claimed()
        with postman._mailbox(reading).opened() as visit:
            seen = postman.look_through(reading, visit)
        db.transact_now(mailboxes.give_back, self.business.workspace_id, reading)
        return seen

    def subjects(self) -> list[str]:
        while postman.read_waiting():
            pass
        return [mail.subject for mail in mails(self.business) if mail.role == FolderRole.INBOX]


@pytest.fixture
def post(harbour: Business, clock: Any, server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> Post:
    clock.move_to(datetime.now(UTC))
    monkeypatch.setenv("SSL_CERT_FILE", str(server.folder / "server.crt"))
    _empty(server)
    connect(harbour, imap_port=server.port, authserv="")
    return Post(harbour, server)


def _empty(server: ImapServer) -> None:
    for folder in ("INBOX", "Sent"):
        with server.session() as connection:
            if connection.select(folder)[1] != [b"0"]:
                connection.store("1:*", "+FLAGS", "(\\Deleted)")
                connection.expunge()


def numbered(number: int) -> bytes:
    return letter(f"Letter {number}", Subject=f"Letter {number}")


def test_what_was_there_before_is_left_alone_and_what_comes_is_read_once(post: Post) -> None:
    post.server.put(numbered(0), at=datetime.now(UTC) - timedelta(days=3))
    assert post.look() == 0
    post.server.put(numbered(1))
    post.server.put(numbered(2))
    assert (post.look(), post.look()) == (2, 0)
    assert post.subjects() == ["Letter 1", "Letter 2"]
    assert post.server.unread() == 3  # nothing was marked as read


def test_a_folder_that_is_numbered_anew_is_read_again_by_date(post: Post) -> None:
    post.look()
    post.server.put(numbered(1))
    post.look()
    post.server.put(numbered(2))
    post.server.lose_numbers()
    post.look()
    assert post.subjects() == ["Letter 1", "Letter 2"]
    post.server.put(numbered(3))
    assert post.look() == 1 and post.subjects() == ["Letter 1", "Letter 2", "Letter 3"]


def test_holes_do_no_harm(post: Post) -> None:
    post.look()
    for number in range(1, 6):
        post.server.put(numbered(number))
    with post.server.session() as connection:
        connection.select("INBOX")
        connection.store("2,4", "+FLAGS", "(\\Deleted)")
        connection.expunge()
    post.look()
    post.server.put(numbered(6))
    post.look()
    assert post.subjects() == ["Letter 1", "Letter 3", "Letter 5", "Letter 6"]


def test_a_connection_that_breaks_in_the_middle_loses_nothing(post: Post) -> None:
    post.look()
    for number in range(1, 5):
        post.server.put(numbered(number))
    reading = claimed()
    with pytest.raises(Exception, match="cannot be read"), postman._mailbox(reading).opened() as visit:
        for stored, _ in enumerate(visit_stores(reading, visit), start=1):
            if stored == 2:
                visit._mailbox.client.sock.shutdown(2)  # the line is cut
    db.transact_now(mailboxes.give_back, post.business.workspace_id, reading)
    assert len(mails(post.business)) == 2
    post.look()
    assert post.subjects() == ["Letter 1", "Letter 2", "Letter 3", "Letter 4"]


def visit_stores(reading: mailboxes.Reading, visit: postman.Visit) -> Iterator[None]:
    found = visit.look(FolderRole.INBOX)
    assert found is not None
    place = db.transact_now(mailboxes.begin_folder, reading.workspace_id, reading, found)
    assert place is not None
    for mail in visit.mails(found, place):
        db.transact_now(mailboxes.store, reading.workspace_id, reading, mail)
        yield


def test_a_mail_that_slipped_through_is_found_by_the_daily_comparison(post: Post, clock: Any) -> None:
    post.look()
    post.server.put(numbered(1))
    post.server.put(numbered(2))
    post.look()
    db.transact_now(_forget, post.business.workspace_id, 1)
    assert post.look() == 0
    clock.advance(hours=25)
    assert post.look() == 1 and len(mails(post.business)) == 2


def _forget(session: Session, _: int, number: int) -> None:
    session.delete(session.exec(select(InboundMail).order_by(InboundMail.id)).first())  # type: ignore[arg-type]


def test_only_one_worker_reads_a_mailbox_and_a_late_one_writes_nothing(post: Post, clock: Any) -> None:
    post.look()
    slow = claimed()
    assert db.transact_now(mailboxes.claim_mailboxes, db.SYSTEM) == []
    clock.advance(minutes=4)
    fast = claimed()
    post.server.put(numbered(1))
    with postman._mailbox(slow).opened() as visit, pytest.raises(postman.LeaseLost):
        postman.look_through(slow, visit)
    assert mails(post.business) == []
    with postman._mailbox(fast).opened() as visit:
        postman.look_through(fast, visit)
    assert post.subjects() == ["Letter 1"]


def test_several_workers_at_once_bring_every_mail_in_once(post: Post) -> None:
    post.look()
    for number in range(1, 13):
        post.server.put(numbered(number))
    threads = [threading.Thread(target=_if_free) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    readers = [threading.Thread(target=_drain) for _ in range(3)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    assert sorted(post.subjects()) == sorted(f"Letter {number}" for number in range(1, 13))
    assert len(post.business.messages()) == 12


def _if_free() -> None:
    for reading in db.transact_now(mailboxes.claim_mailboxes, db.SYSTEM):
        with postman._mailbox(reading).opened() as visit:
            postman.look_through(reading, visit)
        db.transact_now(mailboxes.give_back, reading.workspace_id, reading)


def _drain() -> None:
    while postman.read_waiting():
        pass


def test_a_reader_that_stays_hears_of_a_new_mail_at_once(post: Post) -> None:
    stop, changed = threading.Event(), threading.Event()
    thread = threading.Thread(target=postman.follow, args=(claimed(), stop.is_set, changed.set))
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while mailbox(post.business).synced_at is None and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)  # it waits for the server to speak
        post.server.put(numbered(1))
        assert changed.wait(8)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive() and mailbox(post.business).lease_token is None
    assert post.subjects() == ["Letter 1"]


def test_a_wrong_password_raises_one_alert_and_is_not_tried_again_and_again(post: Post, clock: Any) -> None:
    connect(post.business, imap_port=post.server.port, password="wrong")
    postman.follow(claimed(), lambda: False)
    failing = mailbox(post.business)
    assert failing.failing_since is not None and "does not let studio@example.com in" in (failing.failure or "")
    assert db.transact_now(mailboxes.claim_mailboxes, db.SYSTEM) == []
    clock.advance(hours=2)
    postman.follow(claimed(), lambda: False)
    (event,) = post.business.events("mailbox.failed")
    assert "studio@example.com" in event.reason
    connect(post.business, imap_port=post.server.port)
    post.look()
    assert mailbox(post.business).failing_since is None and len(post.business.events("mailbox.restored")) == 1


def test_a_mailbox_that_nobody_reads_is_told_of(post: Post, clock: Any) -> None:
    post.look()
    assert db.fetch_now(mailboxes.stale_workspaces, db.SYSTEM) == []
    clock.advance(minutes=16)
    postman._notice_stale()
    postman._notice_stale()
    assert len(post.business.events("mailbox.failed")) == 1
    post.look()
    assert len(post.business.events("mailbox.restored")) == 1


async def test_the_test_in_settings_reads_the_mailbox_for_real(post: Post) -> None:
    words = (await post.server.mailbox().check()).detail
    assert "the Inbox is read" in words and "“Sent”" in words
    with pytest.raises(Exception, match="does not let"):
        await post.server.mailbox("wrong").check()


def test_another_account_is_another_mailbox(post: Post) -> None:
    post.look()
    connect(post.business, imap_port=post.server.port, username="other@example.com")
    assert db.fetch_now(_folders, post.business.workspace_id) == 0
    db.transact_now(setup.connect_channel, post.business.actor, "email", "captured", {})
    assert db.transact_now(mailboxes.claim_mailboxes, db.SYSTEM) == []


def _folders(session: Session, _: int) -> int:
    return len(session.exec(select(MailFolder)).all())


def test_a_letter_in_the_sent_folder_is_read_too(post: Post) -> None:
    post.look()
    post.server.put(letter("Yes", "studio@example.com", To="amelia@example.com"), "Sent")
    assert post.look() == 1
    while postman.read_waiting():
        pass
    (message,) = post.business.messages()
    assert (message.author, message.body) == ("member", "Yes") and post.business.conversation().paused_at is not None
