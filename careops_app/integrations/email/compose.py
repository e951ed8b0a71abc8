"""A message as it travels: RFC 5322 headers, a text and an HTML part, the calendar entry.

Nothing a person typed can become a header: every value is one line of printable characters before it gets here, and
Message-IDs of others are used only when they look like one.
"""

from __future__ import annotations

import re
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from careops_app.inbox.channels import Outgoing
from careops_app.inbox.rules import one_line
from careops_app.infra import clock
from careops_app.integrations.calendar import ics
from careops_app.integrations.email import layout

LONGEST_NAME = 78
LONGEST_SUBJECT = 200
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@:-]{3,250}>")


class ReferencesHeader(UnstructuredHeader, BaseHeader):
    """Message-IDs or an address, one per line: the library would cut a long one into encoded words that match nothing."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: " + f"{policy.linesep} ".join(str(self).split()) + policy.linesep


_headers = HeaderRegistry()
for _name in ("references", "in-reply-to", "message-id", "list-unsubscribe"):
    _headers.map_to_type(_name, ReferencesHeader)
POLICY = SMTP.clone(header_factory=_headers)


def compose(outgoing: Outgoing) -> bytes:
    """The bytes for the DATA command. Raises ValueError for an address that is none."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(one_line(outgoing.sender_name, LONGEST_NAME), addr_spec=outgoing.sender)
    mail["To"] = Address(addr_spec=outgoing.recipient)
    mail["Subject"] = one_line(outgoing.subject, LONGEST_SUBJECT)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = outgoing.message_id
    _add_threading(mail, outgoing)
    if outgoing.reply_to:
        mail["Reply-To"] = Address(one_line(outgoing.sender_name, LONGEST_NAME), addr_spec=outgoing.reply_to)
    if outgoing.automated:
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to robots
        mail["X-Auto-Response-Suppress"] = "All"  # the same, for Exchange
    if outgoing.unsubscribe:
        _add_way_out(mail, outgoing.unsubscribe)
    _add_body(mail, outgoing)
    return mail.as_bytes()


def _add_way_out(mail: EmailMessage, address: str) -> None:
    """RFC 2369, and RFC 8058: one click, which asks for https."""
    mail["List-Unsubscribe"] = f"<{address}>"
    if address.startswith("https://"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _add_threading(mail: EmailMessage, outgoing: Outgoing) -> None:
    replied_to = _real_ids([outgoing.in_reply_to or ""])
    known = [each for each in _real_ids(outgoing.references) if each not in replied_to] + replied_to
    if replied_to:
        mail["In-Reply-To"] = replied_to[0]
    if known:
        mail["References"] = " ".join(known)


def _real_ids(given: list[str] | tuple[str, ...]) -> list[str]:
    return [each for each in given if _MESSAGE_ID.fullmatch(each)]


def _add_body(mail: EmailMessage, outgoing: Outgoing) -> None:
    body = outgoing.body
    if outgoing.unsubscribe:
        body += f"\n\nNo more automatic mail like this: {outgoing.unsubscribe}"
    mail.set_content(body + "\n", cte="quoted-printable")
    html = layout.page(outgoing.subject, body, outgoing.sender_name)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if outgoing.invite is not None:
        _add_invite(mail, outgoing)


def _add_invite(mail: EmailMessage, outgoing: Outgoing) -> None:
    """Twice: as an alternative, which Gmail and Outlook read, and as a file, which everybody can open."""
    assert outgoing.invite is not None
    entry = ics.calendar_of(
        outgoing.invite, outgoing.reply_to or outgoing.sender, outgoing.sender_name, outgoing.recipient
    )
    method = ics.method_of(outgoing.invite)
    mail.add_alternative(
        entry.decode(), subtype="calendar", cte="base64", params={"method": method, "component": "VEVENT"}
    )
    name = "cancel.ics" if outgoing.invite.cancelled else "visit.ics"
    mail.add_attachment(entry.decode(), subtype="calendar", cte="base64", filename=name, params={"method": method})
