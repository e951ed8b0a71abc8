"""Handing mail to an SMTP server with aiosmtplib, step by step, so that a failure says what it means.

Before the message has been handed over every failure is definite. From the first byte of its end until the server's
answer nobody can know (RFC 1047): that is uncertain, and never tried again blindly. One recipient per message.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from email.errors import MessageError
from typing import Any, TypeVar

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponse, SMTPResponseException
from aiosmtplib.protocol import PERIOD_REGEX, SMTPProtocol, normalize_message_line_endings

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Outgoing, Receipt, Settings, carries
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.rules import GMAIL
from careops_app.integrations.email.compose import compose

R = TypeVar("R")

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 60.0
FINAL_SECONDS = 600.0  # RFC 5321 4.5.3.2.6: giving up earlier makes duplicates
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
_DAY_FULL, _TOO_FAST = "5.4.5", "4.7.28"  # Gmail's daily quota and rate limit: about the account, not this recipient
_LIMITS = (_DAY_FULL, _TOO_FAST)
TOMORROW = "The provider takes no more today. What waits goes out by itself as soon as it does, at the latest tomorrow."

HINTS: tuple[tuple[str, str], ...] = (
    ("gmail", "Gmail needs an app password: turn on 2-step verification in your Google account, then make one under "
              "“App passwords” and enter its 16 letters here."),
    ("", "Check user name and password. Many providers want a separate app password for programs."),
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """Where mail is handed over; `security` is starttls, tls (from the first byte) or none."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""

    @property
    def is_gmail(self) -> bool:
        return self.host == GMAIL["host"]


class SmtpChannel:
    """One connection to one server, opened when first needed and kept for the messages of a batch."""

    def __init__(
        self, server: Server, *, tls: ssl.SSLContext | None = None, final_seconds: float = FINAL_SECONDS,
        command_seconds: float = COMMAND_SECONDS,
    ) -> None:  # fmt: skip
        self._server, self._tls = server, tls
        self._final_seconds, self._command_seconds = final_seconds, command_seconds
        self._connection: aiosmtplib.SMTP | None = None

    async def send(self, outgoing: Outgoing) -> Receipt:
        mail = _composed(outgoing)
        connection = await self._open()
        handover = _Handover(outgoing.deadline, self._final_seconds)
        try:
            await self._envelope(connection, outgoing)
            answer = await handover.data(_protocol(connection), mail)
        except asyncio.CancelledError:
            self._hang_up()
            raise handover.interrupted() from None
        except (SMTPException, OSError) as error:
            await self._recover(connection, error)
            raise handover.failure(error) from error
        return Receipt(_queued_as(answer), detail=f"{answer.code} {_one_line(answer.message)}")

    async def _envelope(self, connection: aiosmtplib.SMTP, outgoing: Outgoing) -> None:
        try:
            await connection.mail(outgoing.sender)
        except SMTPResponseException as error:
            raise _refused(error, channel=error.code >= 500) from error  # it refuses the sender: us, not this customer
        await connection.rcpt(outgoing.recipient)

    async def check(self) -> Receipt:
        connection = await self._open()
        answer = await _definite(connection.noop())
        words = f"{self._server.host} accepts the connection"
        words += f" and signs in {self._server.username}" if self._server.username else ""
        return Receipt("", detail=f"{words} ({answer.code} {_one_line(answer.message)}).")

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None or not connection.is_connected:
            return
        try:
            await connection.quit(timeout=5)
        except (SMTPException, OSError):
            connection.close()

    async def _open(self) -> aiosmtplib.SMTP:
        if self._connection is not None and self._connection.is_connected:
            return self._connection
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, use_tls=server.security == "tls", start_tls=False,
            timeout=self._command_seconds, tls_context=self._tls, local_hostname="careops.local",
        )  # fmt: skip
        try:
            await self._connect(connection)
            await self._sign_in(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    async def _connect(self, connection: aiosmtplib.SMTP) -> None:
        where = f"{self._server.host}:{self._server.port}"
        try:
            await connection.connect(timeout=min(CONNECT_SECONDS, self._command_seconds))
            await connection.ehlo()
            if self._server.security == "starttls":
                await connection.starttls(timeout=min(CONNECT_SECONDS, self._command_seconds))
        except SMTPResponseException as error:
            raise _refused(error, channel=True) from error
        except (SMTPException, OSError) as error:
            raise _unreachable(error, where, self._server) from error

    async def _sign_in(self, connection: aiosmtplib.SMTP) -> None:
        if not self._server.username:
            return
        try:
            await self._authenticate(connection)
        except SMTPResponseException as error:
            raise _refused(error, channel=True, hint=self._hint()) from error
        except (SMTPException, OSError) as error:
            raise _unreachable(error, self._server.host, self._server) from error

    async def _authenticate(self, connection: aiosmtplib.SMTP) -> None:
        """One method, tried once: some servers hang up after a wrong password, and their answer must not get lost."""
        await connection.ehlo()
        offered = connection.server_auth_methods
        methods = {"plain": connection.auth_plain, "login": connection.auth_login, "cram-md5": connection.auth_crammd5}
        method = next((method for name, method in methods.items() if name in offered), None)
        if method is None:
            raise SMTPException("the server offers no way to sign in that CareOps knows")
        await method(self._server.username, self._server.password)

    def _hint(self) -> str:
        name = "gmail" if self._server.is_gmail else ""
        return next(hint for of, hint in HINTS if of == name)

    async def _recover(self, connection: aiosmtplib.SMTP, error: BaseException) -> None:
        """Keep the connection after a plain refusal, drop it after anything else."""
        if not isinstance(error, SMTPResponseException):
            return self._hang_up()
        try:
            await connection.rset(timeout=5)
        except (SMTPException, OSError):
            self._hang_up()
        return None

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class _Handover:
    """The DATA phase: knows whether the message has been handed over, and refuses to after its deadline."""

    def __init__(self, deadline: float | None, final_seconds: float) -> None:
        self._deadline, self._final_seconds = deadline, final_seconds
        self._done = False

    async def data(self, protocol: SMTPProtocol, mail: bytes) -> SMTPResponse:
        """Announce the message, check that it is still ours, hand it over, wait for the answer."""
        answer = await protocol.execute_command(b"DATA", timeout=COMMAND_SECONDS)
        if answer.code != 354:
            raise SMTPResponseException(answer.code, answer.message)
        protocol.write(PERIOD_REGEX.sub(b"..", normalize_message_line_endings(mail)))
        await asyncio.wait_for(_written(protocol), COMMAND_SECONDS)
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise SMTPException("the lease on this message ended before it could be handed over")
        self._done = True  # from here on silence means doubt
        protocol.write(b".\r\n")
        answer = await protocol.read_response(timeout=self._final_seconds)
        if answer.code != 250:
            raise SMTPResponseException(answer.code, answer.message)
        return answer

    def failure(self, error: BaseException) -> DeliveryFailed:
        """What went wrong: an answer of the server is definite, silence after the handover is not."""
        if isinstance(error, DeliveryFailed):
            return error
        if isinstance(error, SMTPResponseException) and error.code > 0:
            return _refused(error)
        words = _one_line(str(error)) or type(error).__name__
        if self._done:
            return DeliveryFailed(
                f"The server took the message but did not confirm it ({words}); it may have arrived.",
                permanent=False, uncertain=True,
            )  # fmt: skip
        return DeliveryFailed(f"The connection broke before the message was handed over ({words}).", permanent=False)

    def interrupted(self) -> DeliveryFailed:
        """CareOps stops while a message is on its way."""
        return self.failure(SMTPException("CareOps was stopped"))


async def _written(protocol: SMTPProtocol) -> None:
    """Wait until nothing is left in this process: what is would be sent later, after whatever pause."""
    while protocol.transport is not None and _left(protocol.transport):  # noqa: ASYNC110 (a transport tells nobody)
        await asyncio.sleep(0.005)


def _left(transport: asyncio.BaseTransport) -> int:
    if transport.is_closing():
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return transport.get_write_buffer_size() if isinstance(transport, asyncio.WriteTransport) else 0


def _protocol(connection: aiosmtplib.SMTP) -> SMTPProtocol:
    if connection.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return connection.protocol


def _composed(outgoing: Outgoing) -> bytes:
    try:
        if not (outgoing.recipient.isascii() and outgoing.sender.isascii()):
            raise ValueError("an address has letters that mail cannot carry")
        return compose(outgoing)
    except (ValueError, MessageError) as error:
        raise DeliveryFailed(f"The message cannot be written: {_one_line(str(error))}", permanent=True) from error


async def _definite(step: Awaitable[R]) -> R:
    try:
        return await step
    except SMTPResponseException as error:
        raise _refused(error, channel=True) from error
    except (SMTPException, OSError) as error:
        raise DeliveryFailed(_one_line(str(error)), permanent=False, channel_down=True) from error


def _refused(error: SMTPResponseException, *, channel: bool = False, hint: str = "") -> DeliveryFailed:
    """The server's own answer, word for word. 5xx is for good, 4xx for now (RFC 5321 4.2.1)."""
    words = _one_line(error.message)
    enhanced = _ENHANCED.match(words)
    code = f"{error.code} {enhanced.group(1)}" if enhanced else str(error.code)
    about_us = (
        channel or error.code in (421, 530, 534, 535, 538) or (enhanced is not None and enhanced.group(1) in _LIMITS)
    )
    day_full = enhanced is not None and enhanced.group(1) == _DAY_FULL
    said = f"{error.code} {words}".strip()
    return DeliveryFailed(
        f"{said}. {TOMORROW}" if day_full else said, permanent=error.code >= 500 and not _is_limit(enhanced), code=code,
        channel_down=about_us, hint=TOMORROW if day_full else hint, day_full=day_full,
    )  # fmt: skip


def _is_limit(enhanced: re.Match[str] | None) -> bool:
    return enhanced is not None and enhanced.group(1) in _LIMITS


def _unreachable(error: BaseException, where: str, server: Server) -> DeliveryFailed:
    words = _one_line(str(error)) or type(error).__name__
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    hint = "Check the name of the server and the port, and whether this machine may reach it."
    if cause is not None:
        hint = "The server's certificate or encryption was not accepted. Check the host name, and STARTTLS against TLS."
    elif server.security == "starttls" and "STARTTLS" in words:
        hint = "This server offers no STARTTLS on this port. Choose TLS, usually on port 465."
    return DeliveryFailed(
        f"No connection to {where}: {words}", permanent=False, code="connect", channel_down=True, hint=hint
    )


def _queued_as(answer: SMTPResponse) -> str:
    return _one_line(answer.message)[:200]


def _one_line(text: Any) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())[:400]


@carries(ChannelKind.EMAIL, "smtp")
@carries(ChannelKind.EMAIL, "gmail")
def smtp_channel(settings: Settings) -> SmtpChannel:
    return SmtpChannel(server_of(settings))


def server_of(settings: Settings) -> Server:
    """The server that an account's settings name."""
    return Server(
        settings["host"], int(settings["port"]), settings["security"], settings["username"], settings["password"]
    )
