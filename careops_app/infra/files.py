"""The file store: bytes in the data folder, named by chance, typed by their content, never by what a browser claims.

What may be stored is in KINDS; everything is handed out as an attachment except pictures that browsers draw safely.
Which file belongs to whom is kept by the noun that asked for it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from sqlmodel import Session

from careops_app.errors import Invalid, NotFound
from careops_app.infra.settings import settings

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 100
ACCEPTED = "a PDF, PNG, JPEG, WebP, HEIC, Word, Excel or plain text file"
_KEY = re.compile(r"[0-9]{1,19}/[0-9a-f]{32}")
_MANY_ENTRIES = 5_000
STRAY_SECONDS = 24 * 3600  # a file may be older than its row by as long as a transaction lasts


@dataclass(frozen=True)
class Kind:
    """A type of file that may be stored; `drawable` ones may be shown inside a page."""

    extension: str
    content_type: str
    fits: Callable[[bytes], bool]
    drawable: bool = False


@dataclass(frozen=True)
class Accepted:
    """A file whose content was looked at: its safe name, real type and digest."""

    name: str
    content_type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


def _webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _heic(content: bytes) -> bool:
    """Source: ISO/IEC 23008-12, file type box with one of the HEIF image brands."""
    return content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"}


def _office(folder: str) -> Callable[[bytes], bool]:
    """A zip that is an Office document of this kind, without macros. Source: ECMA-376 part 2."""

    def fits(content: bytes) -> bool:
        if not content.startswith(b"PK\x03\x04"):
            return False
        try:
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
        return (
            len(names) <= _MANY_ENTRIES
            and "[Content_Types].xml" in names
            and any(name.startswith(f"{folder}/") for name in names)
            and not any(name.lower().endswith("vbaproject.bin") for name in names)
        )

    return fits


def _plain_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in text)


KINDS: tuple[Kind, ...] = (
    Kind("pdf", "application/pdf", _starts(b"%PDF-")),
    Kind("png", "image/png", _starts(b"\x89PNG\r\n\x1a\n"), drawable=True),
    Kind("jpg", "image/jpeg", _starts(b"\xff\xd8\xff"), drawable=True),
    Kind("webp", "image/webp", _webp, drawable=True),
    Kind("heic", "image/heic", _heic),
    Kind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _office("word")),
    Kind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _office("xl")),
    Kind("txt", "text/plain; charset=utf-8", _plain_text),
)
DRAWABLE = frozenset(kind.content_type for kind in KINDS if kind.drawable)


def accept(name: str, content: bytes, field: str = "file") -> Accepted:
    """Look at an uploaded file. Raises Invalid(field) when it is empty, too large, or of no type that may be stored."""
    if not content:
        raise Invalid(**{field: "This file is empty."})
    if len(content) > LARGEST:
        raise Invalid(**{field: "This file is larger than 10 MB. Send a smaller one."})
    kind = next((kind for kind in KINDS if kind.fits(content)), None)
    if kind is None or (kind.extension == "txt" and not name.lower().endswith(".txt")):
        raise Invalid(**{field: f"This kind of file cannot be sent. Choose {ACCEPTED}."})
    return Accepted(safe_name(name, kind.extension), kind.content_type, content)


def safe_name(name: str, extension: str) -> str:
    """The last part of a name, without control, direction and path characters, ending as its content says."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*')
    stem = " ".join(visible.split()).rsplit(".", 1)[0].strip(". ")
    return f"{stem[: LONGEST_NAME - len(extension) - 1] or 'file'}.{extension}"


def headers(name: str, content_type: str, *, inline: bool = False) -> dict[str, str]:
    """How a stored file leaves: as an attachment nobody sniffs; only drawable pictures may be shown in place."""
    place = "inline" if inline and content_type in DRAWABLE else "attachment"
    return {
        "Content-Type": content_type,
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "same-origin",
    }


Keeper = Callable[[Session], Iterable[str]]
_keepers: list[Keeper] = []


def keeps(keeper: Keeper) -> Keeper:
    """Register who knows keys of stored files; what nobody knows is swept."""
    _keepers.append(keeper)
    return keeper


def sweep(session: Session) -> int:
    """Remove stored bytes older than a day that no row names (SYSTEM scope): left by transactions that failed."""
    return store().sweep({key for keeper in _keepers for key in keeper(session)})


class FileStore(Protocol):
    """Where bytes are kept: a folder here, an object store elsewhere. A key names one file for ever."""

    def keep(self, workspace_id: int, content: bytes) -> str:
        """Store the bytes for good before returning their key."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Store the bytes for good under a key they had before. Raises NotFound for what is no key."""
        ...

    def listed(self) -> Iterator[str]:
        """Every key there is."""
        ...

    def read(self, key: str) -> bytes:
        """The bytes. Raises NotFound."""
        ...

    def remove(self, key: str) -> None:
        """Forget the bytes; absent ones are no error."""
        ...

    def sweep(self, known: Collection[str]) -> int:
        """Forget files that are not `known` and older than a day; returns how many."""
        ...


@dataclass(frozen=True)
class Folder:
    """A FileStore in a folder of this machine: <folder>/<workspace>/<random>."""

    path: Path

    def keep(self, workspace_id: int, content: bytes) -> str:
        key = f"{workspace_id}/{uuid.uuid4().hex}"
        self.put(key, content)
        return key

    def put(self, key: str, content: bytes) -> None:
        target = self._place(key)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(target, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(target.parent)

    def listed(self) -> Iterator[str]:
        found = (f"{path.parent.name}/{path.name}" for path in sorted(self.path.glob("*/*")))
        return (key for key in found if _KEY.fullmatch(key))

    def read(self, key: str) -> bytes:
        try:
            return self._place(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("The file") from None

    def remove(self, key: str) -> None:
        self._place(key).unlink(missing_ok=True)

    def sweep(self, known: Collection[str]) -> int:
        stray = [
            path
            for path in self.path.glob("*/*")
            if f"{path.parent.name}/{path.name}" not in known and time.time() - path.stat().st_mtime > STRAY_SECONDS
        ]
        for path in stray:
            path.unlink(missing_ok=True)
        return len(stray)

    def _place(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound("The file")
        return self.path / key


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def store() -> FileStore:
    """The file store of this installation."""
    return Folder(settings().data_dir / "files")
