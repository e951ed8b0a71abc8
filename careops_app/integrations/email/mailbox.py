"""Reading a mailbox over IMAP (RFC 3501) with imap-tools: Inbox and Sent, by number, without marking anything as read.

The library signs in, names folders and waits (IDLE, RFC 2177); mails are fetched as bytes and never parsed here.
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailboxLoginError

from careops_app.errors import DeliveryFailed
from careops_app.inbox.channels import Receipt, Settings, reads
from careops_app.inbox.mail_models import FolderRole
from careops_app.inbox.mailboxes import Fetched, Found, Place
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.rules import GMAIL_IMAP
from careops_app.infra import clock

SECONDS = 30.0
LARGEST = 25 * 1024 * 1024
AT_ONCE = 200
TLS_PORT = 993
INBOX = "INBOX"
_USUAL = frozenset(
    "sent|sent items|sent messages|sent mail|gesendet|gesendete objekte|gesendete elemente|envoyés|éléments envoyés"
    "|enviados|elementos enviados|inviata|posta inviata|verzonden|verzonden items|itens enviados|wysłane".split("|")
)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"UID (\d+)")
_BROKEN = (imaplib.IMAP4.error, ImapToolsError, OSError)

HINT_GMAIL = (
    "Gmail needs an app password, and IMAP must be on: Gmail, Settings, Forwarding and POP/IMAP. Then press Test now."
)
HINT = "Check the name of the incoming server, and that user name and password are those of the mailbox."


@dataclass(frozen=True)
class ImapMailbox:
    """One account on one server, over TLS from the first byte (RFC 8314). `tls` replaces the usual trust, for tests."""

    host: str
    port: int
    username: str
    password: str
    tls: ssl.SSLContext | None = None

    async def check(self) -> Receipt:
        """Sign in and look which folders can be read. Raises DeliveryFailed."""
        return await asyncio.to_thread(self._check)

    def _check(self) -> Receipt:
        with self.opened() as visit:
            visit.look(FolderRole.INBOX)
            sent = visit.folder_of(FolderRole.SENT)
        words = f"{self.host} signs in {self.username}; the Inbox is read"
        if sent is None:
            return Receipt("", detail=f"{words}, but there is no Sent folder: replies written there are not seen.")
        return Receipt("", detail=f"{words}, and “{sent}” for replies written outside CareOps.")

    @contextlib.contextmanager
    def opened(self) -> Iterator[Visit]:
        """A signed-in connection for the block. Raises DeliveryFailed for whatever goes wrong in it."""
        try:
            mailbox = MailBox(
                self.host, self.port, timeout=SECONDS, ssl_context=self.tls or ssl.create_default_context()
            )
        except _BROKEN as error:
            raise self._unreachable(error) from error
        try:
            self._sign_in(mailbox)
            yield Visit(mailbox)
        except _BROKEN as error:
            raise self._unreachable(error) from error
        finally:
            with contextlib.suppress(*_BROKEN):
                mailbox.logout()

    def _sign_in(self, mailbox: BaseMailBox) -> None:
        ascii_only = self.username.isascii() and self.password.isascii()
        try:
            (mailbox.login if ascii_only else mailbox.login_utf8)(self.username, self.password, initial_folder=None)
        except (MailboxLoginError, imaplib.IMAP4.error) as error:
            if isinstance(error, imaplib.IMAP4.abort):
                raise
            hint = HINT_GMAIL if self.host == GMAIL_IMAP["imap_host"] else HINT
            words = f"The mailbox does not let {self.username} in: {_said(error)}"
            raise DeliveryFailed(words, permanent=True, code="login", channel_down=True, hint=hint) from error

    def _unreachable(self, error: BaseException) -> DeliveryFailed:
        words = f"The mailbox at {self.host}:{self.port} cannot be read: {_said(error)}"
        return DeliveryFailed(words, permanent=False, code="imap", channel_down=True, hint=HINT)


def _said(error: BaseException) -> str:
    """The server's own words, as far as there are any."""
    result = getattr(error, "command_result", None)
    if result and isinstance(result, tuple) and len(result) > 1 and result[1]:
        words = result[1][0] if isinstance(result[1], list | tuple) else result[1]
    else:
        words = str(error) or type(error).__name__
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:300]


class Visit:
    """A connection that is signed in."""

    def __init__(self, mailbox: BaseMailBox) -> None:
        self._mailbox = mailbox
        self._sent: str | None = None
        self._knows_folders = False

    def folder_of(self, role: FolderRole) -> str | None:
        """The name of a folder: the Sent one is marked so (RFC 6154), or has a usual name; None when there is none."""
        if role == FolderRole.INBOX:
            return INBOX
        if not self._knows_folders:
            self._sent, self._knows_folders = self._find_sent(), True
        return self._sent

    def _find_sent(self) -> str | None:
        folders = self._mailbox.folder.list()
        marked = [each.name for each in folders if "\\sent" in (flag.lower() for flag in each.flags)]
        named = [each.name for each in folders if each.name.split(each.delim or "/")[-1].lower() in _USUAL]
        return next(iter([*marked, *named]), None)

    def look(self, role: FolderRole) -> Found | None:
        """Open a folder for reading only; None when there is none."""
        name = self.folder_of(role)
        if name is None:
            return None
        state = self._mailbox.folder.status(name, ["UIDVALIDITY", "UIDNEXT"])
        self._mailbox.folder.set(name, readonly=True)
        return Found(role, name, state["UIDVALIDITY"], state["UIDNEXT"])

    def mails(self, found: Found, place: Place) -> Iterator[Fetched]:
        """The mails of the open folder that are to be read from here on, lowest number first."""
        uids = [uid for uid in self._numbers(f"UID {place.after + 1}:*") if uid > place.after]
        if place.since is not None:
            again = self._numbers(f"SINCE {_day(place.since)}")
            uids = sorted({*uids, *(uid for uid in again if uid > place.above and uid not in place.known)})
        for start in range(0, len(uids), AT_ONCE):
            chunk = uids[start : start + AT_ONCE]
            facts = self._facts(chunk)
            for uid in chunk:
                if uid in facts and (mail := self._fetched(found, uid, *facts[uid])) is not None:
                    yield mail

    def _numbers(self, criteria: str) -> list[int]:
        return sorted(int(uid) for uid in self._mailbox.uids(criteria, charset=None))

    def _facts(self, uids: list[int]) -> dict[int, tuple[int, datetime]]:
        """Size and time of arrival, for those that are still there."""
        if not uids:
            return {}
        lines = self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
        facts: dict[int, tuple[int, datetime]] = {}
        for line in lines:
            if isinstance(line, bytes) and (uid := _UID.search(line)) and (size := _SIZE.search(line)):
                facts[int(uid[1])] = int(size[1]), _arrived(line)
        return facts

    def _fetched(self, found: Found, uid: int, size: int, at: datetime) -> Fetched | None:
        """The whole mail, or of one that is too large its header; PEEK leaves it unread."""
        what = "BODY.PEEK[]" if size <= LARGEST else "BODY.PEEK[HEADER]"
        raw = next((part[1] for part in self._fetch(str(uid), f"({what})") if isinstance(part, tuple)), None)
        return None if raw is None else Fetched(found.role, found.uid_validity, uid, raw[:LARGEST], size, at)

    def _fetch(self, uids: str, what: str) -> list:
        answer, lines = self._mailbox.client.uid("FETCH", uids, what)
        if answer != "OK":
            raise imaplib.IMAP4.error(f"FETCH was answered with {answer}")
        return lines

    def wait(self, seconds: float, stopped: Callable[[], bool]) -> None:
        """Until something happens in the Inbox, or time is up; without IDLE, until time is up."""
        if "IDLE" not in self._mailbox.client.capabilities:
            return _sleep(seconds, stopped)
        self._mailbox.folder.set(INBOX, readonly=True)
        with self._mailbox.idle as idle:
            for _ in range(max(1, round(seconds))):
                if stopped() or idle.poll(timeout=1):
                    break
        return None


def _sleep(seconds: float, stopped: Callable[[], bool]) -> None:
    for _ in range(max(1, round(seconds))):
        if stopped():
            return
        time.sleep(1)


def _day(moment: datetime) -> str:
    """“02-Nov-2026”, in English whatever the locale; a day earlier, because servers count days in zones of their own."""
    day = moment.astimezone(UTC) - timedelta(days=1)
    return f"{day.day:02}-{'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[day.month - 1]}-{day.year}"


def _arrived(line: bytes) -> datetime:
    """The server's own time of arrival (INTERNALDATE), to the second."""
    parsed = imaplib.Internaldate2tuple(line)
    return datetime.fromtimestamp(time.mktime(parsed), UTC) if parsed else clock.now()


@reads(ChannelKind.EMAIL, "gmail")
@reads(ChannelKind.EMAIL, "smtp")
def mailbox_of(settings: Settings) -> ImapMailbox | None:
    """The mailbox that belongs to an account; None for settings without one."""
    if not settings.get("imap_host"):
        return None
    port = int(settings.get("imap_port") or TLS_PORT)
    return ImapMailbox(settings["imap_host"], port, settings["username"], settings["password"])
