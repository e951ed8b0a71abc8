"""The Sent folder of a mailbox, asked by Message-ID over IMAP (RFC 3501 6.4.4, RFC 6154: the folder marked \\Sent)."""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from collections.abc import Collection
from dataclasses import dataclass

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Settings, files
from careops_app.inbox.models import ChannelKind

SECONDS = 30.0
GMAIL_HOST, TLS_PORT = "imap.gmail.com", 993
_FOLDER = re.compile(rb'\((?P<flags>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>.+)')
_USUAL = (b"sent", b"sent items", b"sent messages", b"sent mail")


@dataclass(frozen=True)
class SentFolder:
    """One mailbox; every `find` is one visit. `tls` replaces the usual trust, for tests."""

    host: str
    port: int
    username: str
    password: str
    tls: ssl.SSLContext | None = None

    async def find(self, message_ids: Collection[str]) -> frozenset[str]:
        """Raises DeliveryFailed when the mailbox cannot be opened."""
        try:
            return await asyncio.to_thread(self._find, sorted(message_ids))
        except (imaplib.IMAP4.error, OSError) as error:
            raise DeliveryFailed(f"{self.host}: {error}", permanent=False, channel_down=True) from error

    def _find(self, message_ids: list[str]) -> frozenset[str]:
        context = self.tls or ssl.create_default_context()
        with imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=SECONDS) as mailbox:
            mailbox.login(self.username, self.password)
            answer, words = mailbox.select(_sent_folder(mailbox), readonly=True)
            if answer != "OK":
                raise imaplib.IMAP4.error(f"the Sent folder cannot be opened: {words!r}")
            return frozenset(each for each in message_ids if _is_there(mailbox, each))


def _sent_folder(mailbox: imaplib.IMAP4) -> str:
    """The name of the folder, quoted as the server gave it. Raises imaplib's error when there is none."""
    folders = [found for line in mailbox.list()[1] if isinstance(line, bytes) and (found := _FOLDER.match(line))]
    marked = [each["name"] for each in folders if b"\\sent" in each["flags"].lower()]
    named = [each["name"] for each in folders if each["name"].strip(b'"').lower() in _USUAL]
    if not (marked or named):
        raise imaplib.IMAP4.error("the mailbox has no Sent folder")
    return (marked or named)[0].decode("ascii")


def _is_there(mailbox: imaplib.IMAP4, message_id: str) -> bool:
    quoted = '"' + message_id.replace("\\", "").replace('"', "") + '"'
    answer, found = mailbox.uid("SEARCH", "HEADER", "Message-ID", quoted)
    if answer != "OK":
        raise imaplib.IMAP4.error(f"the search was refused: {found!r}")
    return bool(found and found[0])


@files(ChannelKind.EMAIL, "gmail")
def of_gmail(settings: Settings) -> SentFolder:
    """Gmail files what comes through its SMTP server in the mailbox of the same account."""
    return SentFolder(GMAIL_HOST, TLS_PORT, settings["username"], settings["password"])


@files(ChannelKind.EMAIL, "smtp")
def of_server(settings: Settings) -> SentFolder | None:
    """Another server: only when its mailbox is known. Whether it files what it sent, looking shows."""
    if not settings.get("imap_host"):
        return None
    port = int(settings.get("imap_port") or TLS_PORT)
    return SentFolder(settings["imap_host"], port, settings["username"], settings["password"])
