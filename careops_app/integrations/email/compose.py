"""A message as it travels: RFC 5322 headers, a text and an HTML part, the calendar entry.

Nothing a person typed can become a header: every value is one line of printable characters before it gets here, and
Message-IDs of others are used only when they look like one.
"""

from __future__ import annotations

import re
from email.utils import format_datetime

from careops_app.inbox.channels import Outgoing
from careops_app.inbox.rules import one_line
from careops_app.infra import clock
from careops_app.integrations.calendar import ics
from careops_app.integrations.email import layout, wire

LONGEST_NAME = 78
LONGEST_SUBJECT = 200
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@:-]{3,250}>")


def compose(outgoing: Outgoing) -> bytes:
    """The bytes for the DATA command. Raises ValueError for an address that is none."""
    sender_name = one_line(outgoing.sender_name, LONGEST_NAME)
    mail = [
        wire.addressed("From", outgoing.sender, sender_name), wire.addressed("To", outgoing.recipient),
        wire.header("Subject", one_line(outgoing.subject, LONGEST_SUBJECT)),
        wire.header("Date", format_datetime(clock.now())), wire.listed("Message-ID", outgoing.message_id),
        *_threading(outgoing),
    ]  # fmt: skip
    if outgoing.reply_to:
        mail.append(wire.addressed("Reply-To", outgoing.reply_to, sender_name))
    if outgoing.automated:
        mail.append(b"Auto-Submitted: auto-generated\r\n")  # RFC 3834: no out-of-office answers to robots
        mail.append(b"X-Auto-Response-Suppress: All\r\n")  # the same, for Exchange
    if outgoing.unsubscribe:
        mail += _way_out(outgoing.unsubscribe)
    return b"".join([*mail, b"MIME-Version: 1.0\r\n", _body(outgoing)])


def _way_out(address: str) -> list[bytes]:
    """RFC 2369, and RFC 8058: one click, which asks for https."""
    way = [wire.listed("List-Unsubscribe", f"<{address}>")]
    return [*way, b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"] if address.startswith("https://") else way


def _threading(outgoing: Outgoing) -> list[bytes]:
    replied_to = _real_ids([outgoing.in_reply_to or ""])
    known = [each for each in _real_ids(outgoing.references) if each not in replied_to] + replied_to
    headers = [wire.listed("In-Reply-To", replied_to[0])] if replied_to else []
    return [*headers, wire.listed("References", " ".join(known))] if known else headers


def _real_ids(given: list[str] | tuple[str, ...]) -> list[str]:
    return [each for each in given if _MESSAGE_ID.fullmatch(each)]


def _body(outgoing: Outgoing) -> bytes:
    words = outgoing.body
    if outgoing.unsubscribe:
        words += f"\n\nNo more automatic mail like this: {outgoing.unsubscribe}"
    html = layout.page(outgoing.subject, words, outgoing.sender_name)
    parts = [wire.text(f"{words}\n", "plain"), wire.text(f"{html}\n", "html")]
    return wire.together("alternative", parts) if outgoing.invite is None else _with_invite(outgoing, parts)


def _with_invite(outgoing: Outgoing, parts: list[bytes]) -> bytes:
    """Twice: as an alternative, which Gmail and Outlook read, and as a file, which everybody can open."""
    assert outgoing.invite is not None
    organizer = outgoing.reply_to or outgoing.sender
    content = ics.calendar_of(outgoing.invite, organizer, outgoing.sender_name, outgoing.recipient)
    method = f'method="{ics.method_of(outgoing.invite)}"'
    name = "cancel.ics" if outgoing.invite.cancelled else "visit.ics"
    shown = wire.entry(content, f'{method}; component="VEVENT"')
    attached = wire.entry(content, method, f'attachment; filename="{name}"')
    return wire.together("mixed", [wire.together("alternative", [*parts, shown]), attached])
