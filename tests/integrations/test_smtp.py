"""Handing mail to a real SMTP server, and what each of its answers means."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Outgoing
from careops_app.integrations.email.smtp import Server, SmtpChannel
from tests.integrations.mail_server import PASSWORD, USER, MailServer, serving

MAIL = Outgoing(
    sender=USER, sender_name="Harbour Clinic", recipient="amelia@example.com", subject="Your visit",
    body="Hello Amelia,\n\n.a line that begins with a dot\nSee you on Tuesday.", message_id="<one@example.com>",
)  # fmt: skip


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with serving(tmp_path) as server:
        yield server


def channel(server: MailServer, *, security: str = "starttls", password: str = PASSWORD, **more) -> SmtpChannel:
    return SmtpChannel(Server(server.host, server.port, security, USER, password), tls=server.trust, **more)


async def send(server: MailServer, outgoing: Outgoing = MAIL, **more):
    carrier = channel(server, **more)
    try:
        return await carrier.send(outgoing)
    finally:
        await carrier.close()


async def failure(server: MailServer, outgoing: Outgoing = MAIL, **more) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failed:
        await send(server, outgoing, **more)
    return failed.value


async def test_a_mail_travels_encrypted_and_signed_in(mail: MailServer) -> None:
    receipt = await send(mail)
    (taken,) = mail.mailbox.taken
    assert (taken.mail_from, taken.rcpt_tos) == (USER, ["amelia@example.com"])
    assert (receipt.ref, receipt.captured) == ("2.0.0 OK queued as 4711", False)
    found = message_from_bytes(taken.content, policy=default)
    assert found["Message-ID"] == "<one@example.com>"
    assert ".a line that begins with a dot" in found.get_body(("plain",)).get_content()


async def test_implicit_tls(tmp_path: Path) -> None:
    with serving(tmp_path, security="tls") as server:
        assert (await send(server, security="tls")).ref


async def test_a_relay_without_encryption_and_password(tmp_path: Path) -> None:
    with serving(tmp_path, security="none", sign_in=False) as server:
        carrier = SmtpChannel(Server(server.host, server.port, "none"))
        await carrier.send(MAIL)
        await carrier.close()
        assert len(server.mailbox.taken) == 1


async def test_a_batch_uses_one_connection(mail: MailServer) -> None:
    carrier = channel(mail)
    for number in range(5):
        await carrier.send(replace(MAIL, message_id=f"<{number}@example.com>"))
    await carrier.close()
    assert (len(mail.mailbox.taken), mail.mailbox.connections) == (5, 1)


async def test_a_wrong_password_is_the_channels_trouble_in_the_servers_words(mail: MailServer) -> None:
    failed = await failure(mail, password="wrong")
    assert str(failed) == "535 5.7.8 Username and Password not accepted"
    assert (failed.code, failed.channel_down, failed.uncertain) == ("535 5.7.8", True, False)
    assert "separate app password" in failed.hint
    assert len(mail.mailbox.logins) == 1, "one try, so that the provider does not lock the account"


async def test_gmail_gets_a_hint_of_its_own(mail: MailServer) -> None:
    carrier = SmtpChannel(Server("smtp.gmail.com", 587, "starttls", USER, "x"))
    assert "2-step verification" in carrier._hint()


async def test_a_server_that_hangs_up_after_a_wrong_password_is_still_quoted(mail: MailServer) -> None:
    mail.mailbox.on_auth = AuthResult(
        success=False, handled=False, message="534 5.7.9 Application-specific password required"
    )
    assert str(await failure(mail)) == "534 5.7.9 Application-specific password required"


async def test_an_unknown_mailbox_is_refused_for_good(mail: MailServer) -> None:
    mail.mailbox.on_rcpt = "550 5.1.1 The email account that you tried to reach does not exist"
    failed = await failure(mail)
    assert (failed.permanent, failed.channel_down, failed.uncertain, failed.code) == (True, False, False, "550 5.1.1")
    assert str(failed) == "550 5.1.1 The email account that you tried to reach does not exist"


async def test_a_busy_mailbox_is_refused_for_now(mail: MailServer) -> None:
    mail.mailbox.on_rcpt = "451 4.3.0 Mail server temporarily rejected message"
    failed = await failure(mail)
    assert (failed.permanent, failed.channel_down, failed.uncertain) == (False, False, False)


async def test_a_refusal_leaves_the_connection_good_for_the_next(mail: MailServer) -> None:
    carrier = channel(mail)
    mail.mailbox.on_rcpt = "550 5.1.1 No such user"
    with pytest.raises(DeliveryFailed):
        await carrier.send(MAIL)
    mail.mailbox.on_rcpt = "250 OK"
    await carrier.send(replace(MAIL, message_id="<two@example.com>"))
    await carrier.close()
    assert (len(mail.mailbox.taken), mail.mailbox.connections) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "permanent"), [("552 5.2.3 Message too large", True), ("452 4.2.2 Mailbox full", False)]
)
async def test_an_answer_to_the_message_itself_is_definite(mail: MailServer, answer: str, permanent: bool) -> None:
    mail.mailbox.on_data = [answer]
    failed = await failure(mail)
    assert (str(failed), failed.permanent, failed.uncertain) == (answer, permanent, False)


async def test_a_daily_quota_is_the_channels_trouble_and_passes(mail: MailServer) -> None:
    mail.mailbox.on_data = ["550 5.4.5 Daily user sending limit exceeded"]
    failed = await failure(mail)
    assert (failed.channel_down, failed.permanent) == (True, False)


async def test_a_refused_sender_is_the_channels_trouble(mail: MailServer) -> None:
    mail.mailbox.on_mail = "553 5.7.1 Sender address rejected: not owned by user"
    failed = await failure(mail)
    assert (failed.channel_down, failed.uncertain) == (True, False)


async def test_silence_after_the_message_is_doubt(mail: MailServer) -> None:
    mail.mailbox.on_data = [None]
    failed = await failure(mail)
    assert (failed.uncertain, failed.permanent) == (True, False)
    assert len(mail.mailbox.taken) == 1, "it did arrive, but nobody said so"


async def test_no_answer_in_time_after_the_message_is_doubt(mail: MailServer) -> None:
    mail.mailbox.silent_after_data = True
    assert (await failure(mail, final_seconds=0.3)).uncertain


@pytest.mark.parametrize("step", ["on_mail", "on_rcpt"])
async def test_a_connection_that_breaks_before_the_message_is_definite(mail: MailServer, step: str) -> None:
    setattr(mail.mailbox, step, None)
    failed = await failure(mail)
    assert (failed.uncertain, failed.permanent) == (False, False)
    assert mail.mailbox.taken == []


async def test_after_its_deadline_nothing_is_handed_over(mail: MailServer) -> None:
    failed = await failure(mail, replace(MAIL, deadline=time.monotonic() - 1))
    assert (failed.uncertain, failed.permanent) == (False, False)
    assert mail.mailbox.taken == []


async def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    with pytest.raises(DeliveryFailed) as failed:
        await SmtpChannel(Server("127.0.0.1", port, "starttls")).send(MAIL)
    assert failed.value.channel_down and f"127.0.0.1:{port}" in str(failed.value)


async def test_an_unknown_host_is_named() -> None:
    with pytest.raises(DeliveryFailed) as failed:
        await SmtpChannel(Server("no-such-host.invalid", 587, "starttls")).check()
    assert failed.value.channel_down and "no-such-host.invalid" in str(failed.value)


async def test_a_certificate_nobody_vouches_for_is_refused(mail: MailServer) -> None:
    carrier = SmtpChannel(Server(mail.host, mail.port, "starttls", USER, PASSWORD))
    with pytest.raises(DeliveryFailed) as failed:
        await carrier.send(MAIL)
    assert failed.value.channel_down and "certificate" in failed.value.hint
    assert mail.mailbox.logins == [], "the password never left"


async def test_without_starttls_nothing_is_sent_in_the_clear(tmp_path: Path) -> None:
    with serving(tmp_path, security="none", sign_in=False) as server:
        failed = await failure(server)
    assert failed.channel_down and "STARTTLS" in failed.hint


async def test_the_live_test_says_that_it_works(mail: MailServer) -> None:
    carrier = channel(mail)
    receipt = await carrier.check()
    await carrier.close()
    assert receipt.detail.startswith(f"127.0.0.1 accepts the connection and signs in {USER} (250")
    assert mail.mailbox.taken == []


async def test_an_address_that_would_become_a_command_is_refused_before_connecting(mail: MailServer) -> None:
    for address in ("a@example.com>\r\nRCPT TO:<b@example.com", "zoë@example.com", "a@example.com\nBcc: x@example.com"):
        failed = await failure(mail, replace(MAIL, recipient=address))
        assert failed.permanent
    assert mail.mailbox.connections == 0
