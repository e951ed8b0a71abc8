"""Mail that came in on the screens: folded quotes, the formatted view without rights, files, unverified senders, settings."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from careops_app.app import app
from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.infra import db
from careops_app.ui.files import ROUTES
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.inbox.thread_state import ThreadState
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.suspected.state import SuspectedState
from careops_app.workspace.access import Permission
from tests import people
from tests.inbox.corpus.case import FAIL, mail, multipart, part
from tests.inbox.desk import Business
from tests.inbox.letters import arrive, connect
from tests.people import Person
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
HTML = "<p>Yes, <b>Friday</b>.</p><script>alert(1)</script><img src='https://t.example/p.gif'>"


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def http(database: str) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=ROUTES), "http://shop.test") as client:
        yield client


@pytest.fixture
def me(database: str, clock: Any) -> Person:
    return people.owner()


@pytest.fixture
def post(me: Person) -> Business:
    amelia = Identity("Amelia Hart", "amelia@example.com")
    business = Business(me.actor, db.transact_now(contacts.identify, me.actor.workspace_id, amelia, "test").contact_id)
    connect(business)
    return business


def with_everything() -> bytes:
    """New words, a quote, a formatted twin, a file that is kept and one that is not."""
    return multipart(
        part("Yes, Friday.\n\nOn Fri, Nov 20, 2026 at 10:12 AM Harbour <studio@example.com> wrote:\n> Friday?"),
        part(HTML, "text/html; charset=utf-8"),
        part(
            base64.encodebytes(b"%PDF-1.4 x"), 'application/pdf; name="letter.pdf"', Content_Transfer_Encoding="base64"
        ),
        part("MZ", 'application/octet-stream; name="setup.exe"'),
    )


async def test_a_mail_shows_its_new_words_and_folds_the_rest(open_tab: OpenTab, me: Person, post: Business) -> None:
    arrive(post, with_everything())
    tab = open_tab(me)
    await tab.fire(InboxState.load(), path=f"/app/inbox?c={post.conversation_id()}")
    (line,) = [line for line in (await tab.state(ThreadState)).lines if line.look == "in"]
    assert line.body[0].text == "Yes, Friday." and "> Friday?" in line.quoted
    kept, left = line.files
    assert (kept.name, bool(kept.href)) == ("letter.pdf", True)
    assert (left.name, left.href) == ("setup.exe", "") and "not kept here" in left.note


def test_the_formatted_view_may_do_nothing_and_fetches_nothing(http: TestClient, me: Person, post: Business) -> None:
    found = arrive(post, with_everything())
    answer = http.get(f"/app/mail/{found.id}", headers={"cookie": me.cookie})
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and "<b>Friday</b>" in answer.text
    assert "<script" not in answer.text and "t.example" not in answer.text
    assert "default-src 'none'" in policy and "sandbox allow-popups" in policy and "allow-scripts" not in policy
    other = people.owner("Other", "other@example.com")
    assert http.get(f"/app/mail/{found.id}", headers={"cookie": other.cookie}).status_code == 404
    assert http.get(f"/app/mail/{found.id}").status_code == 401
    forms_only = people.staff(me, Permission.FORMS)
    assert http.get(f"/app/mail/{found.id}", headers={"cookie": forms_only.cookie}).status_code == 403


def test_a_file_leaves_as_an_attachment_to_those_who_read_the_inbox(
    http: TestClient, me: Person, post: Business
) -> None:
    arrive(post, with_everything())
    answer = http.get("/app/mail/files/1", headers={"cookie": me.cookie})
    assert answer.content == b"%PDF-1.4 x" and answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert http.get("/app/mail/files/2", headers={"cookie": me.cookie}).status_code == 404  # it was not kept


async def test_a_forged_mail_waits_with_its_reason_and_accept_lets_it_in(
    open_tab: OpenTab, me: Person, post: Business
) -> None:
    found = arrive(post, mail("Pay here", Authentication_Results=FAIL))
    tab = open_tab(me)
    await tab.fire(InboxState.load(), path="/app/inbox")
    assert (await tab.state(InboxState)).suspected == "Suspected spam (1)"
    await tab.fire(SuspectedState.load(), path="/app/suspected")
    (line,) = (await tab.state(SuspectedState)).mails
    assert "does not come from where it says" in line.why[0] and line.may_accept
    await tab.fire(SuspectedState.accept_mail(found.id))
    assert (await tab.state(SuspectedState)).mails == []
    assert [message.body for message in post.messages()] == ["Pay here"]


async def test_a_mail_is_discarded_after_a_question(open_tab: OpenTab, me: Person, post: Business) -> None:
    found = arrive(post, mail("Pay here", Authentication_Results=FAIL))
    tab = open_tab(me)
    await tab.fire(SuspectedState.load(), path="/app/suspected")
    await tab.fire(SuspectedState.ask_discard_mail(found.id))
    await tab.fire(SuspectedState.discard())
    state = await tab.state(SuspectedState)
    assert state.mails == [] and post.messages() == []


async def test_settings_show_the_mailbox_and_say_what_is_wrong_with_it(
    open_tab: OpenTab, me: Person, post: Business
) -> None:
    tab = open_tab(me)
    await tab.fire(ChannelsState.load(), path="/app/settings?section=channels")
    state = await tab.state(ChannelsState)
    assert (state.imap_host, state.imap_port, state.authserv) == ("127.0.0.1", "993", "mx.example.com")
    assert state.email.incoming == "Incoming mail is about to be read."
    form = {
        "host": "127.0.0.1", "port": "1", "security": "starttls", "username": "", "password": "", "sender": "a@example.com",
        "sender_name": "", "imap_host": "not a host", "imap_port": "x", "authserv": "",
    }  # fmt: skip
    await tab.fire(ChannelsState.use_smtp(form))
    assert (await tab.state(ChannelsState)).errors.keys() >= {"imap_host", "imap_port"}
