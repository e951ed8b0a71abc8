"""Reports about mail we sent: bounces and delays (RFC 3464), read receipts of servers, complaints (RFC 5965).

Servers that follow no standard are understood as far as they name the Message-ID of the mail they speak of.
"""

from __future__ import annotations

import re
from email.message import Message

from careops_app.inbox.mail import Report, ReportKind
from careops_app.integrations.email.header_text import mailboxes, message_ids, one_line, text, value

LONGEST_WORDS = 300
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45])\d\d[ -]")
_ID_LINE = re.compile(r"^[> ]*message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_OLD_STYLE = ("mailer-daemon@", "postmaster@", "mail-daemon@")
_KINDS = {
    "failed": ReportKind.FAILED, "delayed": ReportKind.DELAYED, "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED, "expanded": ReportKind.DELIVERED,
}  # fmt: skip


def report_of(mail: Message, sender: str, words: str) -> Report | None:
    """What a mail reports about one of ours, if it does; `words` is its readable text."""
    kind = str(mail.get_param("report-type") or "").lower()
    if kind == "feedback-report":
        return Report(ReportKind.COMPLAINT, _original(mail, words))
    status = next((part for part in mail.walk() if part.get_content_type() == "message/delivery-status"), None)
    if status is not None:
        return _standard(mail, status, words)
    return _old_style(mail, sender, words)


def _standard(mail: Message, status: Message, words: str) -> Report | None:
    blocks = status.get_payload() if isinstance(status.get_payload(), list) else []
    found = next((each for each in blocks if isinstance(each, Message) and value(each, "Action")), None)
    if found is None:
        return None
    action = value(found, "Action").partition("(")[0].strip().lower()
    kind = _KINDS.get(action)
    if kind is None:
        return None
    recipient = value(found, "Original-Recipient") or value(found, "Final-Recipient")
    said = _STATUS.search(value(found, "Status"))
    diagnostic = text(value(found, "Diagnostic-Code").partition(";")[2] or value(found, "Diagnostic-Code"))
    return Report(
        kind, _original(mail, words), said[1] if said else "", _address(recipient), diagnostic[:LONGEST_WORDS],
    )  # fmt: skip


def _address(field: str) -> str:
    """“rfc822; amelia@example.com”."""
    found = mailboxes(field.rpartition(";")[2])
    return found[0].address if found and found[0].is_real else ""


def _original(mail: Message, words: str) -> str:
    """The Message-ID of the mail a report is about: of the returned mail or its header, else of what it answers."""
    for part in mail.walk():
        kind = part.get_content_type()
        if part is not mail and kind == "message/rfc822":
            inner = part.get_payload()
            inner = inner[0] if isinstance(inner, list) and inner else inner
            if isinstance(inner, Message) and (ids := message_ids(value(inner, "Message-ID"))):
                return ids[0]
        if kind in ("text/rfc822-headers", "message/rfc822-headers", "text/plain") and (
            found := _ID_LINE.search(_raw(part))
        ):
            return found[1]
    if found := _ID_LINE.search(words):
        return found[1]
    return next(iter(message_ids(f"{value(mail, 'In-Reply-To')} {value(mail, 'References')}")), "")


def _raw(part: Message) -> str:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content[:100_000].decode("latin-1")
    return str(part)[:100_000]


def _old_style(mail: Message, sender: str, words: str) -> Report | None:
    """A bounce in prose: from a mailer daemon, or with X-Failed-Recipients (Exim)."""
    failed = [each.address for each in mailboxes(value(mail, "X-Failed-Recipients")) if each.is_real]
    if not failed and not sender.startswith(_OLD_STYLE):
        return None
    original = _original(mail, words)
    if not original:
        return None
    before = words[: _end_of_prose(words)]
    status, code = _STATUS.search(before), _CODE.search(before)
    said = status[1] if status else f"{code[1]}.0.0" if code else ""
    is_delay = re.search(r"\b(?:delayed|will be retried|still trying|warning)\b", before, re.IGNORECASE) and not failed
    kind = ReportKind.DELAYED if is_delay else ReportKind.FAILED
    return Report(kind, original, said, failed[0] if failed else "", one_line(before)[:LONGEST_WORDS])


def _end_of_prose(words: str) -> int:
    found = re.search(r"^[> ]*(?:-{3,}|received:|return-path:|message-id:)", words, re.IGNORECASE | re.MULTILINE)
    return found.start() if found else len(words)
