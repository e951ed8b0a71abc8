"""Header fields of mails from outside, read carefully: nothing here believes that a mail keeps to its standards.

The library's own reader takes `real@x.com <evil@y.com>` for a mail of real@x.com and lets encoded words smuggle line
breaks; so addresses are read here first, and encoded words are decoded afterwards, in names and subjects only.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

LONGEST_VALUE = 20_000
MOST_ADDRESSES = 200
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,4000})\?=")
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@(?:[\w-]{1,63}\.){1,10}[\w-]{2,63}")
_MENTIONED = re.compile(r"[^\s@<>()\[\]\\,;:\"'“”]+@[\w.-]+\.\w+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_NOT_FOR_TEXT = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
    "shift_jis": "cp932", "iso8859-9": "cp1254",
}  # fmt: skip


def values(mail: Message, name: str) -> list[str]:
    """Every field of this name, topmost first, unfolded but not decoded."""
    wanted = name.lower()
    return [_unfolded(str(value)) for field, value in mail.raw_items() if field.lower() == wanted]


def value(mail: Message, name: str) -> str:
    """The topmost field of this name, or nothing."""
    return next(iter(values(mail, name)), "")


def _unfolded(raw: str) -> str:
    return re.sub(r"[\r\n]+[ \t]*", " ", raw[:LONGEST_VALUE]).strip()


def text(raw: str) -> str:
    """A subject or a name as a person reads it: one line, without control characters or marks that turn text around."""
    return one_line(_decoded(_readable(raw)))


def one_line(words: str) -> str:
    visible = (" " if sign in "\r\n\t" else sign for sign in words)
    kept = "".join(sign for sign in visible if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join(kept.split())


def _readable(raw: str) -> str:
    """Bytes that stand in a header undeclared: UTF-8 (RFC 6532), else Western European."""
    try:
        plain = raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return raw
    return in_charset(plain, "utf-8")


def in_charset(content: bytes, charset: str) -> str:
    """Bytes as text, whatever they are: as declared, else UTF-8, else Western European."""
    for name in (charset, "utf-8"):
        try:
            known = codecs.lookup(name.strip("'\" ").lower()).name
            if known.replace("-", "_") not in _NOT_FOR_TEXT:
                return content.decode(_WIDER.get(known, known))
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _decoded(raw: str) -> str:
    """Encoded words (RFC 2047); neighbours of one charset are joined before decoding, as some cut letters in two."""
    parts: list[str | tuple[str, bytes]] = []
    end = 0
    for found in _ENCODED.finditer(raw):
        between = raw[end : found.start()]
        if between and not (parts and not between.strip()):
            parts.append(between)
        charset, content = found[1].partition("*")[0].lower(), _bytes_of(found[2], found[3])
        last = parts[-1] if parts else None
        if isinstance(last, tuple) and last[0] == charset:
            parts[-1] = (charset, last[1] + content)
        else:
            parts.append((charset, content))
        end = found.end()
    parts.append(raw[end:])
    return "".join(part if isinstance(part, str) else in_charset(part[1], part[0]) for part in parts)


def _bytes_of(kind: str, encoded: str) -> bytes:
    if kind in "bB":
        kept = re.sub(r"[^A-Za-z0-9+/]", "", encoded)
        try:
            return base64.b64decode(kept + "=" * (-len(kept) % 4))
        except (ValueError, binascii.Error):
            return encoded.encode("utf-8", "replace")
    return binascii.a2b_qp(encoded.encode("ascii", "replace"), header=True)


@dataclass(frozen=True)
class Mailbox:
    """One address with its name. `shows`: another address that stands where the name should be."""

    address: str
    name: str = ""
    shows: str = ""

    @property
    def is_real(self) -> bool:
        return _ADDRESS.fullmatch(self.address) is not None


def mailboxes(raw: str) -> list[Mailbox]:
    """The addresses of a field (RFC 5322 3.4), read strictly: what stands in angle brackets counts."""
    return [_mailbox(*piece) for piece in _pieces(raw) if any(piece)][:MOST_ADDRESSES]


def _pieces(raw: str) -> Iterator[tuple[str, str, str]]:
    """(phrase, in angle brackets, in comments) per address; commas inside quotes, brackets and comments are text."""
    phrase: list[str] = []
    angle: list[str] = []
    comment: list[str] = []
    quoted = inside = False
    depth, at = 0, 0
    while at < len(raw):
        sign = raw[at]
        target = comment if depth else angle if inside else phrase
        if sign == "\\" and at + 1 < len(raw) and (quoted or depth):
            at += 1
            target.append(raw[at])
        elif sign == '"' and not depth:
            quoted = not quoted
        elif quoted:
            target.append(sign)
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif depth:
            comment.append(sign)
        elif sign == "<":
            if inside or angle:
                angle.append("<")  # two in one: no address at all
            inside = True
        elif sign == ">":
            inside = False
        elif sign in ",;" and not inside:
            yield "".join(phrase), "".join(angle), "".join(comment)
            phrase, angle, comment = [], [], []
        elif sign == ":" and not inside and "@" not in "".join(phrase):
            phrase = []  # the name of a group
        else:
            target.append(sign)
        at += 1
    yield "".join(phrase), "".join(angle), "".join(comment)


def _mailbox(phrase: str, angle: str, comment: str) -> Mailbox:
    if angle:
        name = text(phrase)
        address = angle.strip(" \t").lower()
        shown = [each.lower() for each in _MENTIONED.findall(name)]
        return Mailbox(address, name, next((each for each in shown if each != address), ""))
    return Mailbox(phrase.strip(" \t").lower(), text(comment))


def addresses(mail: Message, *names: str) -> tuple[str, ...]:
    """All real addresses in these fields."""
    found = (each for name in names for raw in values(mail, name) for each in mailboxes(raw) if each.is_real)
    return tuple(dict.fromkeys(each.address for each in found))[:MOST_ADDRESSES]


def message_ids(raw: str) -> tuple[str, ...]:
    """The Message-IDs in a field."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(raw)))[:50]


@dataclass(frozen=True)
class Sender:
    """Who a mail is from; `problem` says why that is not believed."""

    address: str
    name: str
    problem: str = ""


def sender(mail: Message) -> Sender:
    """The one From address. Two fields, two addresses, or a name that shows another address are not believed."""
    fields = values(mail, "From")
    found = [each for raw in fields for each in mailboxes(raw)]
    if not found or not found[0].is_real:
        return Sender("", found[0].name if found else "", "The mail does not say who sent it.")
    first = found[0]
    name = first.name or ""
    if len(fields) > 1 or len(found) > 1:
        return Sender(first.address, name, "The mail names more than one sender.")
    if first.shows:
        return Sender(first.address, name, f"It shows the address {first.shows}, but was sent by {first.address}.")
    return Sender(first.address, name)
