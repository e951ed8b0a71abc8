"""A mail server in a process of its own that takes everything, and notes when: for measurements."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integrations.mail_server import Mailbox, certificate_for_localhost
from tests.torture.ground import ROOT

_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Sink:
    """`taken` reads the notes: the instant (wall clock, seconds) at which each Message-ID was taken."""

    port: int
    certificate: str
    notes: Path

    def taken(self) -> dict[str, float]:
        lines = self.notes.read_text().splitlines()
        return {name: float(at) for at, name in (line.split() for line in lines if line.count(" ") == 1)}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Sink]:
    """The server for as long as the block lasts."""
    certificate, key, _ = certificate_for_localhost(folder)
    notes = folder / "taken"
    notes.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.sink", certificate, key, str(notes)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        yield Sink(int(process.stdout.readline()), certificate, notes)
    finally:
        process.terminate()
        process.wait(30)


class _Noting(Mailbox):
    def __init__(self, notes: Any) -> None:
        super().__init__()
        self._notes = notes

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        found = _MESSAGE_ID.search(envelope.original_content or b"")
        self._notes.write(f"{time.time()} {found.group(1).decode() if found else '<none>'}\n")
        return "250 2.0.0 OK"


async def _serve(certificate: str, key: str, notes: str) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with open(notes, "a", buffering=1) as file:  # noqa: ASYNC230 (before anything is served)
        mailbox = _Noting(file)

        def session() -> SMTP:
            return SMTP(
                mailbox,
                authenticator=mailbox.authenticate,
                auth_required=True,
                tls_context=context,
                require_starttls=True,
            )

        server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
