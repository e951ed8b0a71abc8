"""One mail, from bytes to what was understood of it; the program that the limited process runs (see limited.py).

Reads the mail from standard input and writes JSON lines: first everything but the formatted view, then with it. Whoever is
stopped between the two has still said what matters.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.message import Message
from email.parser import BytesParser

from careops_app.inbox.mail import Enclosed, ParsedMail
from careops_app.integrations.email import html_text, quotes
from careops_app.integrations.email.bounce_report import report_of
from careops_app.integrations.email.header_text import (
    addresses,
    in_charset,
    message_ids,
    sender,
    text,
    value,
)
from careops_app.integrations.email.signs import automatic, proof_of

LONGEST_HEADER = 100_000
LONGEST_LINE = 20_000
LONGEST_TEXT = 20_000
LONGEST_LOOK = 200_000
LONGEST_VIEW = 2 * html_text.LONGEST
MOST_PARTS = 100
DEEPEST = 10
MOST_FILES = 20
LARGEST_FILE = 10 * 1024 * 1024
DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To", "X-Forwarded-To")


class TooComplex(Exception):
    """A mail that is not read; the text is a sentence."""


def parse(raw: bytes, trusted: str = "") -> ParsedMail:
    """Everything but the formatted view, which `with_html` adds."""
    try:
        _check_header(raw)
        mail = BytesParser(policy=policy.compat32).parsebytes(raw)
        return _understood(mail, trusted)
    except TooComplex as problem:
        return ParsedMail(problem=str(problem))
    except RecursionError:
        return ParsedMail(problem="Its parts are nested too deeply.")


def _check_header(raw: bytes) -> None:
    ends = min((at for at in (raw.find(b"\n\n"), raw.find(b"\r\n\r\n")) if at >= 0), default=len(raw))
    if ends > LONGEST_HEADER:
        raise TooComplex("Its header is larger than 100 kB.")
    if max(map(len, raw[:ends].split(b"\n")), default=0) > LONGEST_LINE:
        raise TooComplex("Its header has a line of more than 20,000 characters.")


def _understood(mail: Message, trusted: str) -> ParsedMail:
    who = sender(mail)
    parts = list(_leaves(mail))
    plain, formatted = _first(parts, "text/plain"), _first(parts, "text/html")
    words = _words(plain) if plain is not None else ""
    if formatted is not None and not words.strip():
        words = html_text.as_text(_content(formatted)[: html_text.LONGEST])
    words = words.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")[:LONGEST_LOOK]
    new, quoted = quotes.split(words)
    files = [part for part in parts if part is not plain and part is not formatted and not _is_twin(part)]
    return ParsedMail(
        sender=who.address, sender_name=who.name[:120], sender_problem=who.problem,
        proof=proof_of(mail, who.address, trusted), subject=text(value(mail, "Subject"))[:300],
        recipients=addresses(mail, *DELIVERED_TO, "To", "Cc"), written_to=addresses(mail, "To", "Cc"),
        answers_to=addresses(mail, "Reply-To"), message_id=next(iter(message_ids(value(mail, "Message-ID"))), ""),
        replies_to=message_ids(f"{value(mail, 'In-Reply-To')} {value(mail, 'References')}"),
        automatic=automatic(mail, who.address), body=new[:LONGEST_TEXT], quoted=quoted[:LONGEST_TEXT],
        enclosed=tuple(map(_enclosed, files[:MOST_FILES])), left_out=max(0, len(files) - MOST_FILES),
        report=report_of(mail, who.address, words),
    )  # fmt: skip


def with_html(parsed: ParsedMail, raw: bytes) -> ParsedMail:
    """The same, with the formatted view where the mail has one that may be shown."""
    if parsed.problem:
        return parsed
    formatted = _first(list(_leaves(BytesParser(policy=policy.compat32).parsebytes(raw))), "text/html")
    if formatted is None:
        return parsed
    source = _content(formatted)
    if problem := html_text.why_not(source):
        return replace(parsed, html_problem=problem)
    cleaned = html_text.cleaned(source)
    if len(cleaned) > LONGEST_VIEW:
        return replace(parsed, html_problem="The formatting is larger than 256 kB.")
    return replace(parsed, html=cleaned)


def _leaves(mail: Message) -> Iterator[Message]:
    """The parts with content, in order. Mails inside a mail are one part. Raises TooComplex."""
    waiting, seen = [(mail, 1)], 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_PARTS:
            raise TooComplex(
                "Its parts are nested too deeply." if depth > DEEPEST else f"It has more than {MOST_PARTS} parts."
            )
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [(each, depth + 1) for each in reversed(inner) if isinstance(each, Message)]
        else:
            yield part


def _first(parts: list[Message], kind: str) -> Message | None:
    return next((part for part in parts if part.get_content_type() == kind and not _is_file(part)), None)


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _is_twin(part: Message) -> bool:
    """What is only another form of the words, or about the delivery."""
    kind = part.get_content_type()
    return kind in ("message/delivery-status", "text/rfc822-headers", "message/feedback-report") or (
        kind == "text/html" and not _is_file(part)
    )


def _words(part: Message) -> str:
    words = _content(part)
    if str(part.get_param("format") or "").lower() == "flowed":
        return _unflowed(words, joins=str(part.get_param("delsp") or "").lower() == "yes")
    return words


def _content(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return in_charset(content, str(part.get_content_charset() or "utf-8"))


def _unflowed(words: str, *, joins: bool) -> str:
    """Soft line ends are taken back (RFC 3676)."""
    done: list[str] = []
    soft = False
    for line in words.replace("\r\n", "\n").split("\n"):
        unstuffed = line[1:] if line.startswith(" ") else line
        if soft and done and not line.startswith(">"):
            done[-1] += unstuffed
        else:
            done.append(unstuffed)
        soft = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if soft and joins:
            done[-1] = done[-1][:-1]
    return "\n".join(done)


def _enclosed(part: Message) -> Enclosed:
    name = text(str(part.get_filename() or ""))[:200]
    if part.get_content_type() == "message/rfc822":
        return Enclosed(name or "forwarded message", 0, "", "A mail inside a mail is not opened here.")
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return Enclosed(name or "part", 0, "", "It could not be read.")
    if len(content) > LARGEST_FILE:
        return Enclosed(name or "file", len(content), "", "It is larger than 10 MB.")
    return Enclosed(name or f"file.{part.get_content_subtype()[:12]}", len(content), base64.b64encode(content).decode())


def main(trusted: str) -> None:
    """One mail from standard input; two lines of JSON, or one."""
    raw = sys.stdin.buffer.read()
    parsed = parse(raw, trusted)
    _say(parsed)
    whole = with_html(parsed, raw)
    if whole is not parsed:
        _say(replace(whole, enclosed=()))


def _say(parsed: ParsedMail) -> None:
    sys.stdout.write(json.dumps(parsed.as_plain()) + "\n")
    sys.stdout.flush()
