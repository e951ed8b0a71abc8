"""A small IMAP server over TLS with one Sent folder that can be searched by Message-ID, and nothing else."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.integrations.mail_server import PASSWORD, USER, certificate_for_localhost

FOLDERS = ('(\\HasNoChildren) "/" "INBOX"', '(\\HasChildren \\Noselect) "/" "[Mail]"')
SENT = '(\\HasNoChildren \\Sent) "/" "[Mail]/Sent Mail"'


@dataclass
class SentMail:
    """`holds` says which Message-IDs are filed. `folders` is what LIST answers; `closed` refuses every sign-in."""

    holds: Callable[[str], bool] = lambda message_id: False
    folders: tuple[str, ...] = (*FOLDERS, SENT)
    closed: bool = False
    asked: list[str] = field(default_factory=list)
    visits: int = 0


@dataclass(frozen=True)
class MailboxServer:
    mail: SentMail
    port: int
    trust: ssl.SSLContext


@contextmanager
def serving(
    folder: Path, mail: SentMail | None = None, certificate: tuple[str, str] | None = None
) -> Iterator[MailboxServer]:
    """The server for as long as the block lasts; its own certificate unless one is given."""
    trust = ssl.create_default_context()
    if certificate is None:
        path, key, trust = certificate_for_localhost(folder)
        certificate = path, key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    shown = mail or SentMail()
    loop, ready = asyncio.new_event_loop(), threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: _converse(shown, r, w), "127.0.0.1", 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()

    loop.create_task(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield MailboxServer(shown, ports[0], trust)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _converse(mail: SentMail, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    mail.visits += 1
    writer.write(b"* OK ready\r\n")
    while line := (await reader.readline()).decode().strip():
        tag, _, words = line.partition(" ")
        for answer in _answers(mail, words):
            writer.write(f"* {answer}\r\n".encode())
        refused = mail.closed and words.startswith("LOGIN")
        refused |= words.startswith("LOGIN") and not (USER in words and PASSWORD in words)
        writer.write(f"{tag} {'NO [AUTHENTICATIONFAILED] Invalid credentials' if refused else 'OK done'}\r\n".encode())
        if words == "LOGOUT":
            break
    writer.close()


def _answers(mail: SentMail, words: str) -> list[str]:
    if words.startswith("CAPABILITY"):
        return ["CAPABILITY IMAP4rev1"]
    if words.startswith("LIST"):
        return [f"LIST {folder}" for folder in mail.folders]
    if words.startswith("EXAMINE"):
        return ["0 EXISTS", "OK [UIDVALIDITY 1] fine"]
    if found := re.match(r'UID SEARCH HEADER Message-ID "(<[^"]+>)"', words):
        mail.asked.append(found[1])
        return ["SEARCH 7" if mail.holds(found[1]) else "SEARCH"]
    return ["BYE"] if words == "LOGOUT" else []
