"""What is allowed in the inbox: the ways of a message, what a staff reply stops, which channel is used. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from careops_app.errors import Invalid
from careops_app.inbox.models import Author, ChannelKind, MessageClass
from careops_app.inbox.models import MessageState as S
from careops_app.inbox.templates import Template

LONGEST_MESSAGE = 20_000
LONGEST_NAME = 120
CAPTURED = "captured"

MAY_BECOME: dict[S, frozenset[S]] = {
    S.RECEIVED: frozenset(),
    S.NOTED: frozenset(),
    S.QUEUED: frozenset({S.SENDING, S.HELD, S.SKIPPED, S.FAILED}),
    S.SENDING: frozenset({S.SENT, S.QUEUED, S.FAILED, S.UNCERTAIN}),
    S.SENT: frozenset({S.DELIVERED, S.BOUNCED}),
    S.DELIVERED: frozenset({S.BOUNCED}),
    S.HELD: frozenset({S.QUEUED, S.SKIPPED}),
    S.FAILED: frozenset({S.QUEUED, S.SKIPPED}),
    S.UNCERTAIN: frozenset({S.SENT, S.QUEUED, S.SKIPPED}),
    S.BOUNCED: frozenset(),
    S.SKIPPED: frozenset(),
}
"""A database trigger refuses every other pair (see ddl.py)."""

MAY_BEGIN = frozenset({S.RECEIVED, S.NOTED, S.QUEUED, S.HELD, S.SKIPPED})
MAY_RETRY = frozenset(state for state in (S.FAILED, S.UNCERTAIN) if S.QUEUED in MAY_BECOME[state])
MAY_CONFIRM = frozenset({S.UNCERTAIN})
MAY_DROP = frozenset(state for state, after in MAY_BECOME.items() if S.SKIPPED in after)

URGENCY = (
    MessageClass.ACCOUNT, MessageClass.HUMAN, MessageClass.TRANSACTIONAL, MessageClass.ALERT, MessageClass.AUTOMATION,
)  # fmt: skip
"""Who goes first when much is waiting."""

EXPIRES_SILENTLY = frozenset({MessageClass.AUTOMATION})
"""Too late for these means skipped; for every other class it means failed, and somebody is told."""

REASONS: dict[str, str] = {
    "staff_replied": "Somebody on the team replied, so automation paused",
    "no_address": "The contact has no address for a connected channel",
    "no_channel": "No channel is connected that could carry it",
    "too_late": "Its time had passed",
    "superseded": "The booking changed after this was written",
    "dropped": "Dropped by a member of the team",
    "conversation_closed": "The conversation was closed",
    "channel_down": "Waits until the channel works again",
    "worker_lost": "CareOps was interrupted while handing it over; it may have arrived",
    "doubt_looking": "It may have arrived. CareOps looks for it in the Sent folder",
    "doubt_mailbox_closed": "It may have arrived. The mailbox could not be opened to look for it; check the channel in Settings",
    "doubt_no_sight": "It may have arrived, and this mail server cannot be asked. Send it again, or say that it arrived",
    "doubt_no_witness": "It may have arrived: the server does not file what it sends. Send it again, or say that it arrived",
    "doubt_again": "It was not in the Sent folder, so it is sent once more",
    "doubt_twice": "Sent twice, and neither is in the Sent folder. Send it again, or say that it arrived",
    "doubt_late": "It is not in the Sent folder, and its time has passed. Send it again, or say that it arrived",
    "stumbled": "It could not be made ready for sending; CareOps tries again",
    "poisoned": "Gave up: it could not be prepared for sending after several tries",
    "opted_out": "The customer asked for no text messages (STOP)",
    "unsubscribed": "The customer asked for no automatic mail",
    "bounced": "Mail to this address comes back",
    "complained": "The customer reported an earlier mail as spam",
    "country_not_allowed": "Texts to this country are not allowed. An owner changes that in Settings",
    "daily_cap": "The limit of texts a day was reached",
    "automation_stopped": "Waits until automation goes on: an owner stopped it all",
    "contact_stopped": "Automatic messages to this contact are stopped",
    "skipped_by_hand": "Somebody on the team skipped it for this booking",
    "rule_switched_off": "The rule was switched off before it left",
    "dropped_with_change": "An owner dropped what waited when the rule changed",
    "visit_taken_back": "The visit is no longer marked so",
    "quiet_hours": "Waits until the quiet hours end",
    "quiet_too_late": "It would have come too late after the quiet hours",
    "arrived": "It had arrived already",
    "from_mailbox": "Written in the mailbox itself, not in CareOps",
    "mailbox_behind": "Waits until the mailbox has been read, so that a reply written there is not talked over",
    "link_expired": "Its personal link is no longer good",
}


def in_words(reason: str | None) -> str:
    """A reason as a sentence; a provider's own words stay as they are."""
    return REASONS.get(reason or "", reason or "")


@dataclass(frozen=True)
class Pause:
    """What a conversation says about automation. `epoch` rises with every pause, resume and closing."""

    paused_at: datetime | None
    keeps_reminders: bool
    epoch: int


def may_automate(pause: Pause, *, stops_on_reply: bool, template: str | None, epoch: int) -> bool:
    """Whether an automated message may go out now. `epoch` is the conversation's when the message was written.

    Decision 1 of the brief: what stops on staff reply waits while paused; booking reminders may be kept going.
    """
    if not stops_on_reply:
        return True
    if pause.paused_at is not None:
        return pause.keeps_reminders and is_reminder(template)
    return epoch == pause.epoch or is_reminder(template)


def is_reminder(template: str | None) -> bool:
    """A booking reminder: the one thing “keep booking reminders going” is about."""
    return template == Template.REMINDER


def is_late(not_after: datetime | None, now: datetime) -> bool:
    return not_after is not None and now > not_after


@dataclass(frozen=True)
class Route:
    """A channel that can carry something to somebody, and the address it goes to."""

    kind: ChannelKind
    address: str


def choose_channel(
    addresses: Mapping[ChannelKind, str], accounts: Mapping[ChannelKind, str], last_used: ChannelKind | None = None,
    wanted: ChannelKind | None = None,
) -> Route | None:  # fmt: skip
    """Where an automatic message goes: the channel that is wanted; else a connected one before a captured one, then the
    last used, then e-mail.

    `accounts` names the provider of each channel. None when the contact cannot be reached.
    """
    usable = [kind for kind in (ChannelKind.EMAIL, ChannelKind.SMS) if kind in addresses and kind in accounts]
    usable.sort(key=lambda kind: (kind != wanted, accounts[kind] == CAPTURED, kind != last_used))
    return Route(usable[0], addresses[usable[0]]) if usable else None


CLOSED = {
    ChannelKind.EMAIL: "E-mail to this address came back, or the customer asked for none. Correct the address, or allow it again.",
    ChannelKind.SMS: "The customer asked for no messages here. They can answer START to get them again.",
}


def why_not_usable(
    kind: ChannelKind, addresses: Mapping[ChannelKind, str], accounts: Mapping[ChannelKind, str],
    suppressed: Collection[ChannelKind] = (),
) -> str:  # fmt: skip
    """Why the composer does not offer a channel; empty when it does."""
    what = {ChannelKind.EMAIL: "e-mail address", ChannelKind.SMS: "phone number"}[kind]
    if kind not in accounts:
        return "This channel is not connected. An owner connects it in Settings."
    if kind in suppressed:
        return CLOSED[kind]
    return "" if kind in addresses else f"No {what} is known for this contact."


def reply_subject(last_subject: str, business: str) -> str:
    """“Re: …” of what is being answered, or the name of the business."""
    if not last_subject:
        return f"Message from {business}"
    return last_subject if last_subject[:3].lower() == "re:" else f"Re: {last_subject}"


def message_text(text: str, field: str = "body", *, may_be_empty: bool = False) -> str:
    """What a person wrote, without control characters. Raises Invalid(field) when it is empty or too long."""
    clean = _printable(text.replace("\r\n", "\n").replace("\r", "\n"), "\n\t").strip()
    if not clean and not may_be_empty:
        raise Invalid(**{field: "Write a message first."})
    if len(clean) > LONGEST_MESSAGE:
        raise Invalid(**{field: f"The message is too long: {len(clean):,} of {LONGEST_MESSAGE:,} characters."})
    return clean


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """A name or subject: one line without control characters, cut to its longest length."""
    return " ".join(_printable(text, "\n\r\t").split())[:longest].strip()


def _printable(text: str, allowed: str) -> str:
    return "".join(sign for sign in text if sign in allowed or not _is_control(ord(sign)))


_CONTROL = ((0x00, 0x20), (0x7F, 0xA0), (0xD800, 0xE000), (0x202A, 0x202F), (0x2066, 0x206A))


def _is_control(code: int) -> bool:
    """Control characters, lone surrogates and the marks that turn text around have no place in a message."""
    return any(first <= code < last for first, last in _CONTROL)


GMAIL = {"host": "smtp.gmail.com", "port": 587, "security": "starttls"}
GMAIL_IMAP = {"imap_host": "imap.gmail.com", "imap_port": 993, "authserv": "mx.google.com"}
SECURITIES = ("starttls", "tls", "none")


def smtp_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an SMTP server as they are kept. Raises Invalid per field."""
    settings = {
        "host": str(given.get("host", "")).strip().lower(), "port": given.get("port", 587),
        "security": str(given.get("security", "starttls")), "username": str(given.get("username", "")).strip(),
        "password": str(given.get("password", "")),
    }  # fmt: skip
    mailbox = _mailbox_settings(given)
    if problems := _smtp_problems(settings) | _mailbox_problems(settings, mailbox):
        raise Invalid(**problems)
    settings |= {"port": int(settings["port"])}
    return settings | mailbox | {"imap_port": int(mailbox["imap_port"])} if mailbox["imap_host"] else settings


def _mailbox_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Where mail comes in, with the same user name and password. `authserv`: the server's name for itself in
    Authentication-Results (RFC 8601); what others write there proves nothing.
    """
    return {
        "imap_host": str(given.get("imap_host") or "").strip().lower(),
        "imap_port": str(given.get("imap_port") or 993).strip(),
        "authserv": str(given.get("authserv") or "").strip().lower(),
    }


def _mailbox_problems(settings: Mapping[str, Any], mailbox: Mapping[str, Any]) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not _is_host(mailbox["imap_host"]):
        problems["imap_host"] = (
            "Enter the name of the incoming server, for example imap.example.com, or leave it empty."
        )
    elif mailbox["imap_host"] and not settings["username"]:
        problems["username"] = "A mailbox is opened with a user name and a password. Enter both."
    if not mailbox["imap_port"].isdecimal() or not 1 <= int(mailbox["imap_port"]) <= 65535:
        problems["imap_port"] = "Enter the port: usually 993."
    if not _is_host(mailbox["authserv"]):
        problems["authserv"] = (
            "Enter the name as it stands in the header, for example mx.example.com, or leave it empty."
        )
    return problems


def _is_host(name: str) -> bool:
    return all(sign.isalnum() or sign in ".-:_" for sign in name)


def _smtp_problems(settings: dict[str, Any]) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not settings["host"] or any(not (sign.isalnum() or sign in ".-:") for sign in settings["host"]):
        problems["host"] = "Enter the name of the mail server, for example smtp.example.com."
    if not str(settings["port"]).isdecimal() or not 1 <= int(settings["port"]) <= 65535:
        problems["port"] = "Enter the port: usually 587, or 465 for implicit TLS."
    if settings["security"] not in SECURITIES:
        problems["security"] = "Choose STARTTLS, TLS or none."
    if settings["security"] == "none" and settings["password"]:
        problems["security"] = "A password is only sent over an encrypted connection. Choose STARTTLS or TLS."
    if bool(settings["username"]) != bool(settings["password"]):
        problems["password" if settings["username"] else "username"] = "Enter both user name and password, or neither."
    return problems


def gmail_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """A Gmail address with its app password (Google prints it in four groups). Raises Invalid per field."""
    address = str(given.get("username", "")).strip()
    password = "".join(str(given.get("password", "")).split())
    if "@" not in address:
        raise Invalid(username="Enter the Gmail address, for example studio@gmail.com.")
    if not password:
        raise Invalid(password="Enter the app password: 16 letters from your Google account, not your usual password.")  # noqa: S106
    return smtp_settings({**GMAIL, **GMAIL_IMAP, "username": address, "password": password})


def speaks_for(author: Author, author_name: str, rule_name: str | None) -> str:
    """Who a message is from, in words: a name, or “automation: Welcome”."""
    return f"automation: {rule_name}" if author == Author.AUTOMATION else author_name
