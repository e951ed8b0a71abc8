"""What a case of the corpus is: one mail as it travels, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass

AMELIA, BEN = "amelia@example.com", "ben@example.org"
STUDIO = "studio@example.com"
OURS = "{ours}"  # the Message-ID of what the studio sent to Amelia
OURS_TO_BEN = "{ours-to-ben}"
TOKEN = "{token}"  # the address that answers to Amelia's conversation go to
TOKEN_OF_BEN = "{token-of-ben}"
PASS = "mx.example.com; dmarc=pass header.from=example.com"
FAIL = "mx.example.com; dmarc=fail (p=REJECT) header.from=example.com; spf=fail smtp.mailfrom=example.com"


@dataclass(frozen=True)
class Case:
    """`state` is that of inbox.mail_models.MailState. `who`: whose conversation has it then; empty for nobody's.

    `body` is exactly what is new, `has` stands somewhere in it, `quoted` somewhere in the folded part. `report` is what
    became of the message that the studio had sent: a state, with “!” when the address is closed too.
    """

    name: str
    raw: bytes
    state: str
    who: str = ""
    body: str | None = None
    has: str = ""
    hasnt: str = ""
    quoted: str = ""
    subject: str | None = None
    sender_name: str | None = None
    why: str = ""
    html: str = ""
    html_not: str = ""
    kept: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    report: str = ""
    role: str = "inbox"


def mail(
    body: str | bytes = "Hello", /, *, sender: str = f"Amelia Hart <{AMELIA}>", to: str = STUDIO, subject: str = "Friday",
    id: str = "", kind: str = "text/plain; charset=utf-8", **more: str | bytes,
) -> bytes:  # fmt: skip
    """A mail with CRLF line ends; further headers by name with underscores. Not a byte is checked or corrected."""
    fields: dict[str, str | bytes] = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Message-ID": id,
        "Content-Type": kind,
    }
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    head = b"".join(name.encode() + b": " + _bytes(value) + b"\r\n" for name, value in fields.items() if value)
    return head + b"MIME-Version: 1.0\r\n\r\n" + _crlf(_bytes(body)) + b"\r\n"


def multipart(*parts: bytes, subtype: str = "mixed", boundary: str = "b1", **more: str | bytes) -> bytes:
    """A mail of several parts, each as `part` writes it."""
    inner = b"".join(b"--" + boundary.encode() + b"\r\n" + each + b"\r\n" for each in parts)
    body = inner + b"--" + boundary.encode() + b"--"
    return mail(body, kind=f'multipart/{subtype}; boundary="{boundary}"', **more)  # type: ignore[arg-type]


def part(body: str | bytes, kind: str = "text/plain; charset=utf-8", **more: str) -> bytes:
    """One part with its own header."""
    fields = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + _crlf(_bytes(body))


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _crlf(value: bytes) -> bytes:
    return value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
