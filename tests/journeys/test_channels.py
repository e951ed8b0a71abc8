"""The mail server is down for an hour: the business goes on, nothing is lost, nothing is sent twice, one alert says why."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox import trying
from careops_app.inbox.channel_queries import channel_status
from careops_app.inbox.channels import Settings, carries
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.integrations.email import smtp
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock
from tests.integrations.mail_server import PASSWORD, USER, MailServer, serving


@pytest.fixture
def port() -> int:
    """A free port, where the mail server will be."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(autouse=True)
def _own_adapter() -> Iterator[None]:
    """The adapter trusts the usual authorities again afterwards."""
    yield
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


def connect(clinic: Business, port: int, password: str = PASSWORD) -> None:
    settings = {"host": "127.0.0.1", "port": port, "username": USER, "password": password}
    clinic.do(inbox.connect_channel, ChannelKind.EMAIL, "smtp", settings)


def trust(server: MailServer) -> None:
    @carries(ChannelKind.EMAIL, "smtp")
    def trusting(settings: Settings) -> smtp.SmtpChannel:
        return smtp.SmtpChannel(smtp.Server(**settings), tls=server.trust)


def check(clinic: Business) -> trying.Checked:
    return asyncio.run(trying.check_channel(clinic.owner, ChannelKind.EMAIL))


def come(clinic: Business, name: str) -> None:
    page = book(Visitor(), clinic, cast.CUT, clinic.free(cast.CUT, 4)[0], name=name, email=f"{name}@example.com")
    assert "You are booked" in page.text
    drain_now()


def test_an_outage_from_its_beginning_to_its_end(clinic: Business, port: int, tmp_path: Path, clock: HandClock) -> None:
    with serving(tmp_path, port=port) as server:
        trust(server)
        connect(clinic, port)
        assert check(clinic).works
        come(clinic, "amelia")
        assert [row.state for row in clinic.messages("amelia")] == [MessageState.SENT]
        assert len(server.mailbox.taken) == 1

    for name in ("nora", "mina", "oscar"):
        come(clinic, name)
    Visitor().open(f"/c/{clinic.slug}").send("Send message", name="zoe", email="zoe@example.com", message="Hello")
    drain_now()
    assert len(clinic.visits()) == 4 and len(clinic.conversations()) == 5, "the business goes on"
    for name in ("nora", "mina", "oscar"):
        assert {row.state for row in clinic.messages(name)} == {MessageState.QUEUED}, "nothing is reported as sent"
    for _ in range(5):
        clock.advance(minutes=10)
        drain_now()
    (alert,) = clinic.all_alerts("channel_failing")
    (status, _) = clinic.ask(channel_status)
    assert not status.works and status.waiting >= 4
    assert f"127.0.0.1:{port}" in alert.title + alert.detail, "the alert names the cause"

    with serving(tmp_path, port=port) as server:
        trust(server)
        for _ in range(3):
            clock.advance(minutes=15)
            drain_now()
        taken = [message_from_bytes(mail.content) for mail in server.mailbox.taken]
        arrived = Counter(str(mail.rcpt_tos[0]) for mail in server.mailbox.taken)
    assert arrived == {f"{name}@example.com": 1 for name in ("nora", "mina", "oscar", "zoe")}
    assert len({mail["Message-ID"] for mail in taken}) == len(taken)
    assert clinic.alerts("channel_failing") == [] and len(clinic.all_alerts("channel_failing")) == 1
    assert clinic.ask(channel_status)[0].works
    assert {row.state for row in clinic.messages("nora")} == {MessageState.SENT}


def test_a_wrong_password_is_told_in_the_servers_words(clinic: Business, port: int, tmp_path: Path) -> None:
    with serving(tmp_path, port=port) as server:
        trust(server)
        connect(clinic, port, password="wrong")
        checked = check(clinic)
    assert not checked.works and "535 5.7.8 Username and Password not accepted" in checked.words


def test_an_address_that_does_not_exist_is_one_failure_and_not_an_outage(
    clinic: Business, port: int, tmp_path: Path
) -> None:
    with serving(tmp_path, port=port) as server:
        trust(server)
        connect(clinic, port)
        server.mailbox.on_rcpt = "550 5.1.1 No such user"
        come(clinic, "amelia")
    (failed,) = clinic.messages("amelia")
    assert failed.state == MessageState.FAILED and "No such user" in failed.reason
    assert len(clinic.alerts("message_failed")) == 1 and clinic.alerts("channel_failing") == []


def test_with_the_captured_channel_nothing_leaves_and_everything_is_shown(clinic: Business) -> None:
    come(clinic, "amelia")
    (row,) = clinic.messages("amelia")
    assert row.state_key == "message.captured"
    clinic.do(inbox.simulate_reply, clinic.conversation_of("amelia"), ChannelKind.EMAIL, "Thank you")
    assert clinic.thread("amelia").messages[-1].body == "Thank you"
