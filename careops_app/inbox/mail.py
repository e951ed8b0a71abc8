"""What was understood of one mail from outside; the words in which the parser speaks to the inbox. Knows no library.

The parser runs in a process of its own (integrations/email/limited.py) and answers in JSON, so everything here is plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class Proof(StrEnum):
    """What the receiving server found out about the sender (RFC 8601)."""

    PASSED = "passed"
    UNKNOWN = "unknown"
    FAILED = "failed"


class ReportKind(StrEnum):
    """What a report says became of one of our mails (RFC 3464; `COMPLAINT`: RFC 5965)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Report:
    """A report about the mail `message_id`. `status` is the enhanced code (RFC 3463), empty when none was given."""

    kind: str
    message_id: str
    status: str = ""
    recipient: str = ""
    words: str = ""


@dataclass(frozen=True)
class Enclosed:
    """A file inside a mail; `content` is base64, empty when `problem` says why it was left out."""

    name: str
    size: int
    content: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ParsedMail:
    """One mail. `problem`: why nothing of it could be read. `sender_problem`: why the sender is not believed, a sentence.

    `body` is what was newly written, `quoted` the older letters below it. `html` has been cleaned and may be empty.
    `automatic` names the sign by which a robot was recognised. `recipients` are all addresses it came to or was sent to,
    `written_to` those of To and Cc, `answers_to` those of Reply-To, in which our own mails carry their token.
    """

    problem: str = ""
    sender: str = ""
    sender_name: str = ""
    sender_problem: str = ""
    proof: str = Proof.UNKNOWN
    recipients: tuple[str, ...] = ()
    written_to: tuple[str, ...] = ()
    answers_to: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
    replies_to: tuple[str, ...] = ()
    automatic: str = ""
    body: str = ""
    quoted: str = ""
    html: str = ""
    html_problem: str = ""
    enclosed: tuple[Enclosed, ...] = ()
    left_out: int = 0
    report: Report | None = None

    def as_plain(self) -> dict[str, Any]:
        """Fit for JSON."""
        return asdict(self)


def from_plain(given: Mapping[str, Any]) -> ParsedMail:
    """What `as_plain` made. Raises TypeError, KeyError or ValueError for anything else."""
    known = {field.name for field in fields(ParsedMail)}
    values = {name: value for name, value in given.items() if name in known}
    for name in ("recipients", "written_to", "answers_to", "replies_to"):
        values[name] = tuple(str(each) for each in values.get(name, ()))
    values["enclosed"] = tuple(Enclosed(**each) for each in values.get("enclosed", ()))
    values["report"] = Report(**values["report"]) if values.get("report") else None
    values["proof"] = Proof(values.get("proof", Proof.UNKNOWN))
    return ParsedMail(**values)
