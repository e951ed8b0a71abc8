"""What an owner does with channels: connects one, tests it for real, switches it off."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid
from careops_app.inbox import channel_queries, setup, trying
from careops_app.inbox.channel_queries import ChannelStatus
from careops_app.inbox.models import ChannelKind
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.settings.channels.text_state import TextChannel
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import workspace_card

PROVIDERS = {
    "captured": ("Kept on this machine", "Nothing leaves. Every message is shown here, and replies can be simulated."),
    "gmail": ("Gmail", "With an app password of your Google account."),
    "smtp": ("Another mail server", "Any provider that offers SMTP."),
}
NAMES = {"gmail": "Gmail", "twilio": "Twilio"}
# The answer of a test stands above the form that asked for it.
SHOW_OUTCOME = "requestAnimationFrame(() => document.getElementById('outcome-{}')?.scrollIntoView({{block: 'center'}}))"
SECURITIES = [("starttls", "STARTTLS, usually port 587"), ("tls", "TLS, usually port 465"), ("none", "None")]


class GmailForm(TypedDict):
    username: str
    password: str
    sender_name: str


class SmtpForm(TypedDict):
    host: str
    port: str
    security: str
    username: str
    password: str
    sender: str
    sender_name: str
    imap_host: str
    imap_port: str
    authserv: str


@dataclass(frozen=True)
class ChannelCard:
    """How one channel stands. `state` is "working", "untested", "not_working" or "off". `incoming`: the mailbox."""

    state: str = "off"
    provider: str = ""
    word: str = ""
    line: str = ""
    tested: str = ""
    failure: str = ""
    waiting: str = ""
    incoming: str = ""
    incoming_failure: str = ""


@dataclass(frozen=True)
class TestResult:
    """What the last test said, in the provider's own words."""

    kind: str = ""
    works: bool = False
    words: str = ""
    hint: str = ""


class ChannelsState(TextChannel, rx.State):
    """Both channels, the form in hand, and what the last test said."""

    loaded: bool = False
    version: int = 0
    choice: str = "captured"
    email: ChannelCard = ChannelCard()
    sms: ChannelCard = ChannelCard()
    result: TestResult = TestResult()
    host: str = ""
    port: str = "587"
    security: str = "starttls"
    username: str = ""
    has_password: bool = False
    sender: str = ""
    sender_name: str = ""
    imap_host: str = ""
    imap_port: str = "993"
    authserv: str = ""
    has_own_gmail: bool = False

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the block with the form of what is connected."""
        self.errors, self.result = {}, TestResult()
        await self._open()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change; the form in hand is left alone."""
        await self._read()

    @handler(Permission.CONFIGURE)
    def choose(self, provider: str) -> None:
        """Shows the form of another way to send e-mail; nothing changes before it is saved."""
        self.choice = provider if provider in PROVIDERS else self.choice
        self.errors = {}

    @handler(Permission.CONFIGURE)
    async def use_captured(self) -> Any:
        """Keeps e-mail on this machine."""
        self.testing = "email"
        yield
        yield await self._connect(ChannelKind.EMAIL, "captured", {})

    @handler(Permission.CONFIGURE)
    async def use_own_gmail(self) -> Any:
        """Sends through the Gmail account that this installation was started with."""
        self.testing = "email"
        yield
        yield await self._connect(ChannelKind.EMAIL, "gmail", {})

    @handler(Permission.CONFIGURE)
    async def use_gmail(self, form: GmailForm) -> Any:
        """Sends through a Gmail account."""
        self.testing = "email"
        yield
        yield await self._connect(ChannelKind.EMAIL, "gmail", dict(form))

    @handler(Permission.CONFIGURE)
    async def use_smtp(self, form: SmtpForm) -> Any:
        """Sends through any mail server."""
        self.testing = "email"
        yield
        yield await self._connect(ChannelKind.EMAIL, "smtp", dict(form))

    @handler(Permission.CONFIGURE)
    async def use_captured_sms(self) -> Any:
        """Keeps text messages on this machine."""
        self.testing = "sms"
        yield
        yield await self._connect(ChannelKind.SMS, "captured", {})

    @handler(Permission.CONFIGURE)
    async def switch_off_sms(self) -> Any:
        """Sends no text messages."""
        await transact(setup.disconnect_channel, actor(), ChannelKind.SMS)
        self.result = TestResult()
        await self._read()
        return toasts.done("Text messages are off. Everything goes by e-mail.")

    @handler(Permission.CONFIGURE)
    async def test_email(self) -> Any:
        """Tries the mail server for real."""
        self.testing = "email"
        yield
        await self._test(ChannelKind.EMAIL)

    @handler(Permission.CONFIGURE)
    async def test_sms(self) -> Any:
        """Tries the text message channel for real."""
        self.testing = "sms"
        yield
        await self._test(ChannelKind.SMS)

    async def _connect(self, kind: ChannelKind, provider: str, given: dict[str, Any]) -> Any:
        """Store the settings, then test them at once: saved and working are two different things."""
        try:
            await transact(setup.connect_channel, actor(), kind, provider, given)
            self.errors = {}
            await self._test(kind)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        finally:
            self.testing = ""
        if kind == ChannelKind.EMAIL:
            await self._open()
        return (
            toasts.done("Saved and tested.") if self.result.works else rx.call_script(SHOW_OUTCOME.format(kind.value))
        )

    async def _test(self, kind: ChannelKind) -> None:
        try:
            checked = await trying.check_channel(actor(), kind)
        finally:
            self.testing = ""
        self._say(kind.value, checked)
        await self._read()

    def _say(self, kind: str, checked: trying.Checked) -> None:
        words = f"{checked.words} ({checked.code})" if checked.code else checked.words
        self.result = TestResult(kind, checked.works, words, checked.hint)

    async def _open(self) -> None:
        await self._read()
        email, sms = await fetch(channel_queries.channel_status, actor())
        self.sms_choice = sms.provider or "captured"
        await self._read_texts()
        self.choice = email.provider or "captured"
        self.host, self.port, self.security = email.host, str(email.port), email.security
        self.username, self.has_password = email.username, email.has_password
        self.sender, self.sender_name = email.sender if not email.captured else "", email.sender_name
        mailbox = email.mailbox
        self.imap_host, self.imap_port = (mailbox.host, str(mailbox.port)) if mailbox else ("", "993")
        self.authserv = mailbox.authserv if mailbox else ""
        self.version += 1

    async def _read(self) -> None:
        who = actor()
        zone = (await fetch(workspace_card, who)).time_zone
        email, sms = await fetch(channel_queries.channel_status, who)
        assign(
            self,
            email=_card(email, zone),
            sms=_card(sms, zone),
            has_own_gmail=channel_queries.offers_environment_gmail(),
        )


def _card(status: ChannelStatus, zone: str) -> ChannelCard:
    now = clock.now()
    if not status.is_connected:
        return ChannelCard(word="Off", line="Not connected")
    tested = f"Tested {wording.near(status.tested_at, zone, now)}" if status.tested_at else "Not tested yet"
    since = f" since {wording.near(status.failing_since, zone, now)}" if status.failing_since else ""
    waiting = f"{wording.plural(status.waiting, 'message')} waiting" if status.waiting and not status.works else ""
    state = "not_working" if not status.works else "working" if status.tested_at else "untested"
    word = {"not_working": f"Failing{since}", "working": "Works", "untested": "Not tested"}[state]
    return ChannelCard(
        state, status.provider, word, _line(status), tested, status.failure, waiting, *_incoming(status, zone)
    )  # fmt: skip


def _incoming(status: ChannelStatus, zone: str) -> tuple[str, str]:
    """How the mailbox stands, and what is wrong with it."""
    if status.kind != ChannelKind.EMAIL or status.captured:
        return "", ""
    if status.mailbox is None:
        return "Incoming mail is not read.", ""
    if status.mailbox.failing_since is not None:
        return "", status.mailbox.failure
    if status.mailbox.synced_at is None:
        return "Incoming mail is about to be read.", ""
    return f"Incoming mail was read {wording.near(status.mailbox.synced_at, zone, clock.now())}.".replace(
        "Today", "today"
    ), ""


def _line(status: ChannelStatus) -> str:
    if status.captured:
        return "Kept on this machine: nothing leaves it."
    name = status.host if status.provider == "smtp" else NAMES[status.provider]
    return f"{status.sender} through {name}"
