"""How headers and parts of a mail are written down, in the bytes of RFC 5322 and RFC 2045.

What is plain goes straight onto the wire. Whatever needs folding or encoding is left to Python's library, which takes
some thirty times as long.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from email.headerregistry import Address
from email.policy import SMTP
from functools import lru_cache

LINE = b"\r\n"
LONGEST_LINE = 78  # RFC 5322 2.1.1
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_ENDS = re.compile(rb"\r\n?")


def header(name: str, value: str) -> bytes:
    """One header with a text for people. Raises ValueError for a text of several lines."""
    if len(name) + 2 + len(value) <= LONGEST_LINE and "=?" not in value and _PLAIN.fullmatch(value):
        return f"{name}: {value}\r\n".encode("ascii")
    return _by_library(name, value)


def listed(name: str, words: str) -> bytes:
    """Message-IDs or an address, one per line and never encoded: cut into encoded words they would match nothing.

    Raises ValueError when there is something else in them.
    """
    found = words.split()
    if not found or not all(map(_PLAIN.fullmatch, found)):
        raise ValueError(f"{name} has letters that a header cannot carry")
    return (f"{name}: " + "\r\n ".join(found) + "\r\n").encode("ascii")


def addressed(name: str, address: str, called: str = "") -> bytes:
    """One mailbox in a header. Raises ValueError or MessageError for an address that is none."""
    if not called and len(name) + 2 + len(address) <= LONGEST_LINE and _PLAIN_ADDRESS.fullmatch(address):
        return f"{name}: {address}\r\n".encode("ascii")
    return _named(name, address, called)


@lru_cache(1024)
def _named(name: str, address: str, called: str) -> bytes:
    return _by_library(name, Address(called, addr_spec=address))


def _by_library(name: str, value: str | Address) -> bytes:
    return SMTP.fold_binary(*SMTP.header_store_parse(name, value))


def text(content: str, subtype: str) -> bytes:
    """A part of text, in quoted-printable (RFC 2045 6.7)."""
    lines = _ENDS.sub(b"\n", content.encode("utf-8"))
    return _part(f'text/{subtype}; charset="utf-8"', "quoted-printable", binascii.b2a_qp(lines, istext=True))


def entry(content: bytes, parameters: str, disposition: str = "") -> bytes:
    """A calendar entry, in base64."""
    kind = f'text/calendar; charset="utf-8"; {parameters}'
    return _part(kind, "base64", base64.encodebytes(content), disposition)


def _part(kind: str, encoding: str, content: bytes, disposition: str = "") -> bytes:
    more = f"Content-Disposition: {disposition}\r\n" if disposition else ""
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n"
    return head.encode("ascii") + content.replace(b"\n", LINE)


def together(subtype: str, parts: list[bytes]) -> bytes:
    """Several parts as one. What stands between them has “=_” in it, which neither encoding can (RFC 2045 6.7)."""
    mark = f"=_{secrets.token_hex(12)}"
    between, end = f"\r\n--{mark}\r\n".encode(), f"\r\n--{mark}--\r\n".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{mark}"\r\n'.encode()
    return head + b"".join(between + each for each in parts) + end
