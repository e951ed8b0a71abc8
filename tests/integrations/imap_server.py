"""A real IMAP server on this machine: Dovecot, with a configuration of its own, on the loopback interface, over TLS."""

import contextlib
import getpass
import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from careops_app.integrations.email.mailbox import ImapMailbox
from tests.integrations.mail_server import certificate_for_localhost

USER, PASSWORD = "studio@example.com", "app-password"
PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
MISSING = "no IMAP server here: install Debian's dovecot-imapd (or dovecot of your system) to run this test"
REQUIRED = "CAREOPS_IMAP_REQUIRED"  # set where a skip would hide something

CONFIG = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/server.crt
ssl_key = <{folder}/server.key
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox "Sent" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass
class ImapServer:
    """The server, and what a test does to its mailbox from outside."""

    port: int
    trust: ssl.SSLContext
    folder: Path

    def mailbox(self, password: str = PASSWORD) -> ImapMailbox:
        return ImapMailbox("127.0.0.1", self.port, USER, password, self.trust)

    @contextlib.contextmanager
    def session(self) -> Iterator[imaplib.IMAP4_SSL]:
        with imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=self.trust) as connection:
            connection.login(USER, PASSWORD)
            yield connection

    def put(self, raw: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        """A mail arrives, or is filed."""
        when = imaplib.Time2Internaldate((at or datetime.now(UTC)).timestamp())
        with self.session() as connection:
            answer = connection.append(folder, "", when, raw)
            assert answer[0] == "OK", answer

    def lose_numbers(self, folder: str = "INBOX") -> None:
        """The server numbers a folder anew: another UIDVALIDITY, the same mails."""
        path = self.folder / "mail" / USER / ("." + folder if folder != "INBOX" else "")
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (path / name).unlink(missing_ok=True)
        (self.folder / "mail" / USER / "dovecot-uidvalidity").unlink(missing_ok=True)
        for old in (self.folder / "mail" / USER).glob("dovecot-uidvalidity.*"):
            old.unlink()
        time.sleep(1.1)  # a new UIDVALIDITY is a time in seconds

    def delete(self, uid: int) -> None:
        with self.session() as connection:
            connection.select("INBOX")
            connection.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)")
            connection.expunge()

    def unread(self) -> int:
        with self.session() as connection:
            connection.select("INBOX", readonly=True)
            return len(connection.search(None, "UNSEEN")[1][0].split())


@contextlib.contextmanager
def imap_server() -> Iterator[ImapServer]:
    """The server for the block; a loud skip where Dovecot is not installed."""
    if PROGRAM is None:
        if os.environ.get(REQUIRED):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="careops-imap-"))
    port = _free_port()
    try:
        trust = _configure(folder, port)
        server = subprocess.Popen([PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL)
        try:
            _wait(server, port, folder)
            yield ImapServer(port, trust, folder)
        finally:
            server.terminate()
            server.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, port: int) -> ssl.SSLContext:
    _, _, trust = certificate_for_localhost(folder)
    (folder / "mail").mkdir()
    (folder / "run").mkdir()
    folder.chmod(0o755)
    root = os.geteuid() == 0
    me, group = getpass.getuser(), os.getegid()
    users = (
        {
            "internal": "dovecot",
            "internal_group": "dovecot",
            "login": "dovenull",
            "mail_user": "nobody",
            "mail_group": "nogroup",
        }
        if root
        else {
            "internal": me,
            "internal_group": _group(group),
            "login": me,
            "mail_user": os.geteuid(),
            "mail_group": group,
        }
    )
    if root:
        shutil.chown(folder / "mail", "nobody", "nogroup")
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, port=port, password=PASSWORD, **users))
    return trust


def _group(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(100):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return
        time.sleep(0.1)
    log = (folder / "log").read_text() if (folder / "log").exists() else ""
    raise RuntimeError(f"Dovecot did not start: {log[-2000:]}")
