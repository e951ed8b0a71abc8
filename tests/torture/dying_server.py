"""A real SMTP server (STARTTLS, AUTH) that dies at nine points, and remembers every message that it took.

Before the message: no banner, at AUTH, MAIL, RCPT, instead of 354, in the midst of the body. After its final dot: without
having taken it, having taken it, after half a line of its answer, or for ever silent. (RFC 1047, RFC 5321 4.5.3.2.6)
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.integrations.mail_server import PASSWORD, USER, certificate_for_localhost

BEFORE = ("banner", "auth", "mail", "rcpt", "354", "body")
AFTER = ("dot", "partial", "silent")
logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of its own ways with every sign-in
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


@dataclass
class Fate:
    """How often it dies at each point of BEFORE and of AFTER, and how long it takes to say 354."""

    before: float = 0.0
    after: float = 0.0
    slow: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(4711))


@dataclass
class Post:
    """What it took, by Message-ID, and where it died how often; `begun` counts every begin."""

    fate: Fate = field(default_factory=Fate)
    taken: Counter[str] = field(default_factory=Counter)
    died: Counter[str] = field(default_factory=Counter)
    begun: int = 0

    def dies_at(self, point: str) -> bool:
        chance = self.fate.before if point in BEFORE else self.fate.after
        dies = chance > 0 and self.fate.dice.random() < chance
        self.died[point] += dies
        return dies

    def take(self, envelope: Envelope) -> None:
        found = _MESSAGE_ID.search(envelope.original_content or b"")
        self.taken[found.group(1).decode() if found else ""] += 1

    # the hooks of aiosmtpd ---------------------------------------------------------------------------------------

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        envelope.mail_from = address
        self.begun += 1
        return _hang_up(server) if self.dies_at("mail") else "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return _hang_up(server) if self.dies_at("rcpt") else "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.dies_at("dot"):
            if self.fate.dice.random() < 0.5:
                self.take(envelope)
            return _hang_up(server)
        self.take(envelope)
        if self.dies_at("partial"):
            assert server.transport is not None
            server.transport.write(b"250-2.0")  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            return _hang_up(server)
        if self.dies_at("silent"):
            await asyncio.sleep(20)
        return f"250 2.0.0 OK {sum(self.taken.values())}"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        if self.dies_at("auth"):
            _hang_up(server)
        right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=right, handled=False, message=None if right else "535 5.7.8 Not accepted")


class _Mortal(SMTP):
    """Dies also where the library offers no hook."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        first = self._original_transport is None
        super().connection_made(transport)
        if first and self.event_handler.dies_at("banner"):
            _hang_up(self)

    async def smtp_DATA(self, arg: str) -> None:
        await asyncio.sleep(self.event_handler.fate.slow * self.event_handler.fate.dice.random())
        if self.event_handler.dies_at("354"):
            _hang_up(self)
        elif self.event_handler.dies_at("body"):
            await self.push("354 go on")
            await self._reader.readuntil(b"\r\n")
            _hang_up(self)
        else:
            await super().smtp_DATA(arg)


def _hang_up(server: SMTP) -> str:
    if server.transport is not None:
        server.transport.abort()  # type: ignore[attr-defined]
    return "421 gone"


class _Running(Controller):
    def __init__(self, post: Post, context: ssl.SSLContext, port: int) -> None:
        self.more: dict[str, Any] = {
            "authenticator": post.authenticate, "auth_required": True, "tls_context": context, "require_starttls": True,
        }  # fmt: skip
        self.post = post
        super().__init__(post, hostname="127.0.0.1", port=port)

    def factory(self) -> SMTP:
        return _Mortal(self.post, **self.more)

    def _trigger_server(self) -> None:
        """Port 0 is only known once the server listens."""
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@dataclass(frozen=True)
class DyingServer:
    post: Post
    port: int
    certificate: str
    key: str


@contextmanager
def serving(folder: Path, post: Post | None = None, port: int = 0) -> Iterator[DyingServer]:
    """The server for as long as the block lasts; what `post` remembers outlives it."""
    certificate, key, _ = certificate_for_localhost(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    remembers = post or Post()
    controller = _Running(remembers, context, port)
    fate, remembers.fate = remembers.fate, Fate()  # the controller itself knocks once
    controller.start()
    remembers.fate = fate
    try:
        yield DyingServer(remembers, controller.port, certificate, key)
    finally:
        controller.stop()
