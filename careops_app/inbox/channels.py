"""The port to the world: what goes out, what comes in, what came of it, and who can carry it.

An adapter in `integrations` says for which channel and provider it stands (`carries`); worker/wiring.py imports them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from careops_app.inbox.models import ChannelKind

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Invite:
    """The facts of a calendar entry: one `uid` for the life of a booking, `sequence` rises with every change."""

    uid: str
    sequence: int
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    summary: str
    location: str = ""
    description: str = ""
    tentative: bool = False  # nobody has agreed to it yet


@dataclass(frozen=True)
class Outgoing:
    """One message to one recipient. `automated` marks it for the other side's robots (RFC 3834). `unsubscribe`
    is where no more of its kind can be asked for (RFC 8058).

    `deadline` is on the monotonic clock: after it another worker may own the message, so nothing may be handed over.
    """

    sender: str
    sender_name: str
    recipient: str
    subject: str
    body: str
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: str | None = None
    automated: bool = False
    unsubscribe: str | None = None
    invite: Invite | None = None
    purpose: str = ""
    deadline: float | None = None


@dataclass(frozen=True)
class Receipt:
    """The provider took it; `ref` is its own name for it. `captured` means that nothing left the machine."""

    ref: str
    captured: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Incoming:
    """One message from outside. `automatic` ones (out of office, list mail) are kept but make nothing happen."""

    channel: ChannelKind
    sender: str
    body: str
    sender_name: str = ""
    subject: str = ""
    message_id: str | None = None
    in_reply_to: str | None = None
    at: datetime | None = None
    automatic: bool = False
    keyword: str = ""  # what the provider itself understood, as inbox/texts.Keyword


class Channel(Protocol):
    """A way out. Every method raises DeliveryFailed and nothing else that is expected."""

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one message over. DeliveryFailed says whether to try again and whether it may have arrived."""
        ...

    async def check(self) -> Receipt:
        """Prove that the settings work, without sending anything."""
        ...

    async def close(self) -> None:
        """Let go of a connection kept open between messages."""
        ...


class Filed(Protocol):
    """Where a provider files what it has taken: asked when nobody knows whether a message got there."""

    async def find(self, message_ids: Collection[str]) -> frozenset[str]:
        """Those of these Message-IDs that are there. Raises DeliveryFailed when it cannot be looked into."""
        ...


class Readable(Protocol):
    """A mailbox that mail comes into; `inbox.mailboxes` says what becomes of it."""

    async def check(self) -> Receipt:
        """Prove that it can be read. Raises DeliveryFailed."""
        ...


Opener = Callable[[Settings], Channel]
ReadableOpener = Callable[[Settings], Readable | None]
FiledOpener = Callable[[Settings], Filed | None]
_openers: dict[tuple[ChannelKind, str], Opener] = {}
_readable: dict[tuple[ChannelKind, str], ReadableOpener] = {}
_filed: dict[tuple[ChannelKind, str], FiledOpener] = {}


def carries(kind: ChannelKind, provider: str) -> Callable[[Opener], Opener]:
    """Register an adapter: called with an account's settings, it gives the Channel."""

    def register(opener: Opener) -> Opener:
        _openers[kind, provider] = opener
        return opener

    return register


def files(kind: ChannelKind, provider: str) -> Callable[[FiledOpener], FiledOpener]:
    """Register where a provider files what it took; None for settings under which it files nothing that can be seen."""

    def register(opener: FiledOpener) -> FiledOpener:
        _filed[kind, provider] = opener
        return opener

    return register


R = TypeVar("R", bound=ReadableOpener)


def reads(kind: ChannelKind, provider: str) -> Callable[[R], R]:
    """Register how the mailbox of an account is read; None for settings that name none."""

    def register(opener: R) -> R:
        _readable[kind, provider] = opener
        return opener

    return register


def readable_of(kind: ChannelKind, provider: str, settings: Settings) -> Readable | None:
    """The mailbox of an account; None when there is none to read."""
    opener = _readable.get((kind, provider))
    return opener(settings) if opener else None


def filed_of(kind: ChannelKind, provider: str, settings: Settings) -> Filed | None:
    """Where an account's sent messages can be looked for; None when nowhere."""
    opener = _filed.get((kind, provider))
    return opener(settings) if opener else None


def channel_of(kind: ChannelKind, provider: str, settings: Settings) -> Channel:
    """The channel of an account. Raises LookupError when no adapter was wired."""
    if (kind, provider) not in _openers:
        raise LookupError(f"no adapter is wired for {kind} through {provider}")
    return _openers[kind, provider](settings)
