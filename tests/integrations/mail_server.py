"""A real SMTP server on this machine: STARTTLS with its own certificate, AUTH, and answers as a test scripts them."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "clinic@example.com", "app-password"


@dataclass
class Mailbox:
    """What the server took, and how it is to answer. An answer of None hangs up without a word."""

    taken: list[Envelope] = field(default_factory=list)
    on_mail: str | None = "250 OK"
    on_rcpt: str | None = "250 OK"
    on_data: list[str | None] = field(default_factory=list)
    on_auth: AuthResult | None = None
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    silent_after_data: bool = False

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.on_mail and self.on_mail.startswith("250"):
            envelope.mail_from = address
        return await self._say(server, self.on_mail)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.on_rcpt and self.on_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return await self._say(server, self.on_rcpt)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.on_data.pop(0) if self.on_data else "250 2.0.0 OK queued as 4711"
        if answer is None or answer.startswith("250"):
            self.taken.append(envelope)
        if self.silent_after_data:
            await asyncio.sleep(30)
        return await self._say(server, answer)

    @staticmethod
    async def _say(server: SMTP, answer: str | None) -> str:
        if answer is None:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        return answer or "421 gone"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(mechanism)
        if self.on_auth is not None:
            return self.on_auth
        right = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(
            success=right, handled=False, message=None if right else "535 5.7.8 Username and Password not accepted"
        )


@dataclass
class MailServer:
    mailbox: Mailbox
    host: str
    port: int
    trust: ssl.SSLContext


class _Counting(Controller):
    """Counts connections; offers STARTTLS when it has a certificate."""

    def __init__(self, mailbox: Mailbox, port: int = 0, **more: Any) -> None:
        self.mailbox = mailbox
        super().__init__(mailbox, hostname="127.0.0.1", port=port, **more)

    def factory(self) -> SMTP:
        self.mailbox.connections += 1
        return super().factory()

    def _trigger_server(self) -> None:
        """Port 0 is only known once the server listens."""
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@contextmanager
def serving(folder: Path, *, security: str = "starttls", sign_in: bool = True, port: int = 0) -> Iterator[MailServer]:
    """The server for as long as the block lasts. `security`: starttls, tls, or none; port 0 is any free one."""
    certificate, key, trust = certificate_for_localhost(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    mailbox = Mailbox()
    more: dict[str, Any] = {"authenticator": mailbox.authenticate, "auth_required": True} if sign_in else {}
    if security == "starttls":
        more |= {"tls_context": context, "require_starttls": True}
    elif security == "tls":
        more |= {"ssl_context": context, "auth_require_tls": False}
    controller = _Counting(mailbox, port, **more)
    controller.start()
    mailbox.connections = 0  # the controller itself knocked once, to see that the server is up
    try:
        yield MailServer(mailbox, "127.0.0.1", controller.port, trust)
    finally:
        controller.stop()


def certificate_for_localhost(folder: Path) -> tuple[str, str, ssl.SSLContext]:
    """A certificate made just now, and the trust in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.crt", folder / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(paths[0]), str(paths[1]), ssl.create_default_context(cafile=str(paths[0]))
