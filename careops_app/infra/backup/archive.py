"""The file a backup is: a zip of rows as PostgreSQL writes them, of stored files, and of a manifest that counts both.

manifest.json        version, revision of the tables, instant, rows and SHA-256 of each table, SHA-256 of each file
tables/<table>.copy  COPY in text form, by primary key
files/<key>          the bytes of an uploaded file
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from careops_app.errors import Refused
from careops_app.infra.settings import settings

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Rows:
    """What a table held: the columns in the order they are written, how many rows, and the digest of their text."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `keys` are digests: whether a key is the same can be told, the key cannot."""

    format: int
    careops: str
    revision: str
    taken_at: datetime
    server: int
    tables: dict[str, Rows] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        return sum(table.rows for table in self.tables.values())


_SHAPE = TypeAdapter(Manifest)


def table_member(name: str) -> str:
    return f"tables/{name}.copy"


def file_member(key: str) -> str:
    return f"files/{key}"


def key_prints() -> dict[str, list[str]]:
    """Digests by which this installation's keys can be told from others."""
    keys = {"secret": [settings().secret_key], "encryption": settings().encryption_key.split(",")}
    return {name: [_print(key.strip()) for key in each] for name, each in keys.items()}


def _print(key: str) -> str:
    return hashlib.sha256(b"careops backup: which key\x00" + key.encode()).hexdigest()[:16]


@contextmanager
def written(target: Path) -> Iterator[zipfile.ZipFile]:
    """A new archive that has its name only once it is whole and on the disk; readable by its owner alone.

    Raises Refused when the file is there already or cannot be written, and then leaves nothing behind.
    """
    if target.exists():
        raise Refused(f"{target} exists already; name another file.")
    draft = target.with_name(f".{target.name}.part")
    try:
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    except OSError as problem:
        raise Refused(f"{target} cannot be written ({problem.strerror}); nothing was kept.") from problem
    finally:
        draft.unlink(missing_ok=True)


def put_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), default=_as_text, indent=1))


def _as_text(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


@contextmanager
def opened(source: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup and its manifest. Raises Refused for what is none, is not whole, or is of a later format."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive, _manifest(archive)
    except FileNotFoundError:
        raise Refused(f"{source} does not exist.") from None
    except (zipfile.BadZipFile, EOFError, KeyError) as problem:
        raise Refused(f"{source} is not a whole backup ({problem}); take the file from where it was written.") from None


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise zipfile.BadZipFile("its manifest is too large")
    try:
        said = json.loads(archive.read(MANIFEST))
        if isinstance(said, dict) and said.get("format", 0) > FORMAT:
            raise Refused(f"This backup was made by CareOps {said.get('careops')}; restore it with that version.")
        return _SHAPE.validate_python(said)
    except (ValidationError, ValueError, TypeError):
        raise zipfile.BadZipFile("its manifest cannot be read") from None
