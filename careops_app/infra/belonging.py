"""One data folder, one database: whoever starts with a folder of another installation is refused before any damage.

Two installations in one folder would sweep each other's uploaded files, and two servers on one embedded database would
take it from under each other.
"""

# pyright: reportAssignmentType=false
# SQLModel declares __tablename__ as a method; a plain name is its documented use.
from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field, Session, SQLModel

from careops_app.infra import db
from careops_app.infra.settings import ConfigurationError, settings, write_secret

FILE = "installation"


class Installation(SQLModel, table=True):
    """The name a database has of itself: one row."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("single", name="single"),)
    single: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    name: str


def together() -> None:
    """Marks the data folder with the database's name. Raises ConfigurationError when it bears that of another one."""
    path = settings().data_dir / FILE
    said = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    known = db.fetch_now(_name, db.SYSTEM)
    if said and said != known:
        raise ConfigurationError(
            f"CAREOPS_DATA_DIR: {settings().data_dir} belongs to an installation with another database; name another "
            f"folder, or remove {path} when this database has taken that one's place"
        )
    if not said:
        write_secret(path, known)


def mark() -> None:
    """Says in the data folder that it belongs to this database from now on: after a restore."""
    write_secret(settings().data_dir / FILE, db.fetch_now(_name, db.SYSTEM))


def _name(session: Session) -> str:
    """What the database calls itself, since its tables were made."""
    return session.execute(text("select name from installation")).scalar_one()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The one server on this folder's embedded database; the system frees it even after a kill -9.

    The lock is the process's own (POSIX), so that a child which outlives it for a moment keeps nobody waiting.
    """
    with open(folder / "server.lock", "a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(
                f"CAREOPS_DATA_DIR: another CareOps is running on {folder}; stop it, name another folder, or set "
                "DATABASE_URL for several processes"
            ) from None
        yield
