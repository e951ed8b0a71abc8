"""Reading a posted form that may carry files: cut at the limits while it streams, so that the rest is still understood.

A file that is too large is dropped and named as such; everything typed beside it is kept.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request

from careops_app.infra.files import LARGEST

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 3000
MOST_TEXT = 1024 * 1024
LARGEST_TOGETHER = 20 * 1024 * 1024
SLOWEST_SECONDS = 300


@dataclass(frozen=True)
class SentFile:
    """A file as it came; `problem` is a sentence when it was too large to be read to its end."""

    name: str
    content: bytes
    problem: str = ""


@dataclass(frozen=True)
class Sent:
    """A posted form: the texts of each field in their order, and the file chosen in each file field."""

    texts: Mapping[str, list[str]]
    files: Mapping[str, SentFile]

    def text(self, name: str) -> str:
        """The last text of a field, empty when it is absent."""
        return self.texts.get(name, [""])[-1]


async def sent(request: Request) -> Sent:
    """The form in this request. Raises HTTPException for what is no form, sends too many parts, or takes too long."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        form = await request.form(max_files=0, max_fields=MOST_PARTS)
        return Sent({name: [plain_text(str(text)) for text in form.getlist(name)] for name in form}, {})
    if not (boundary := options.get(b"boundary")):
        raise HTTPException(400, "a form without a boundary")
    return await _read(request, boundary)


async def _read(request: Request, boundary: bytes) -> Sent:
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        async with asyncio.timeout(SLOWEST_SECONDS):
            async for chunk in request.stream():
                parser.write(chunk)
        if not reader.is_complete:
            raise HTTPException(400, "a form that ends too early")
    except FormParserError as error:
        raise HTTPException(400, "a form that cannot be read") from error
    except TimeoutError as error:
        raise HTTPException(408, "a form that took too long") from error
    return Sent(reader.texts, reader.files)


@dataclass
class _Part:
    name: str = ""
    file_name: str | None = None
    content: bytearray = field(default_factory=bytearray)
    problem: str = ""


class _Reader:
    """What the parser calls: puts the parts together and drops what is too large."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.files: dict[str, SentFile] = {}
        self.is_complete = False
        self._part, self._parts, self._text_bytes, self._file_bytes = _Part(), 0, 0, 0
        self._header, self._value = b"", b""

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin, "on_header_field": self._header_name, "on_header_value": self._header_value,
            "on_header_end": self._header_end, "on_part_data": self._content, "on_part_end": self._end,
            "on_end": self._complete,
        }  # fmt: skip

    def _complete(self) -> None:
        self.is_complete = True

    def _begin(self) -> None:
        self._part, self._parts = _Part(), self._parts + 1
        if self._parts > MOST_PARTS:
            raise HTTPException(400, "a form with too many parts")

    def _header_name(self, chunk: bytes, start: int, end: int) -> None:
        self._header += chunk[start:end]

    def _header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._part.name = _text(options.get(b"name", b""))
            self._part.file_name = _text(options[b"filename"]) if b"filename" in options else None
        self._header, self._value = b"", b""

    def _content(self, chunk: bytes, start: int, end: int) -> None:
        size = end - start
        if self._part.file_name is None:
            self._text_bytes += size
            if self._text_bytes > MOST_TEXT:
                raise HTTPException(400, "a form with too much text")
        elif not self._part.problem:
            self._file_bytes += size
            self._part.problem = self._too_large(len(self._part.content) + size)
        if not self._part.problem:
            self._part.content += chunk[start:end]

    def _too_large(self, size: int) -> str:
        """What is wrong with a file of this size so far; what was read of it no longer counts."""
        if size > LARGEST:
            self._file_bytes -= size
            return "This file is larger than 10 MB. Send a smaller one."
        if self._file_bytes > LARGEST_TOGETHER:
            self._file_bytes -= size
            return "The files are larger than 20 MB together. Send this one after the others."
        return ""

    def _end(self) -> None:
        part = self._part
        if part.file_name is None:
            self.texts.setdefault(part.name, []).append(plain_text(_text(bytes(part.content))))
        elif part.file_name or part.content:  # an empty file field sends neither
            content = b"" if part.problem else bytes(part.content)
            self.files[part.name] = SentFile(part.file_name, content, part.problem)


def plain_text(text: str) -> str:
    """Text without control characters (PostgreSQL keeps no NUL); lines end in a single line feed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
