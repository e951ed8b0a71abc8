"""The way back: into an empty installation, in one transaction, compared with the manifest before it is committed.

Tables are made as they were in the backup, filled, compared, and then migrated to this version. Whoever reads the
database meanwhile sees nothing of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from careops_app.errors import Refused
from careops_app.infra import db, files, queue
from careops_app.infra.backup import archive as form
from careops_app.infra.backup.archive import Manifest
from careops_app.infra.backup.tables import PLAIN_TEXT, Driver, Nowhere, Table, copied_in, copied_out, tables
from careops_app.infra.backup.taking import driver_of

_NOT_EMPTY = "This installation is not empty: there is something in {}. Restore into an empty database and data folder."
_MADE_BY_USE = frozenset({"throttle_window", "worker_beat", "installation"})  # rows that a start alone leaves behind


def restore(source: Path, then: Callable[[Connection, Manifest], None]) -> Manifest:
    """Bring back what a backup holds; `then` runs in the same transaction, on this version's tables.

    Raises Refused, having changed nothing, when the installation is not empty, when the backup was made by a newer
    version or is damaged, or when what was written does not compare.
    """
    with form.opened(source) as (archive, manifest):
        _refuse_newer(manifest)
        _refuse_stored_files()
        with _all_or_nothing(source) as connection, _files_kept(archive, manifest):
            _refuse_rows(connection)
            _turn_to(connection, manifest.revision)
            _fill(driver_of(connection), archive, manifest)
            _turn_to(connection, "head")
            then(connection, manifest)
            connection.commit()
        return manifest


def has_other_keys(manifest: Manifest) -> list[str]:
    """Which keys of this installation are not those the backup was made with: `secret`, `encryption`."""
    here = form.key_prints()
    return [name for name, prints in manifest.keys.items() if not set(prints) & set(here.get(name, []))]


def _refuse_newer(manifest: Manifest) -> None:
    known = {each.revision for each in ScriptDirectory.from_config(db.alembic_config()).walk_revisions()}
    if manifest.revision not in known:
        raise Refused(
            f"This backup was made by CareOps {manifest.careops} with tables of revision {manifest.revision}, which this "
            "version does not know; restore it with that version or a newer one."
        )


def _refuse_stored_files() -> None:
    if next(iter(files.store().listed()), None) is not None:
        raise Refused(_NOT_EMPTY.format("the folder of uploaded files"))


@contextmanager
def _all_or_nothing(source: Path) -> Iterator[Connection]:
    """A transaction in which nobody else migrates or claims anything; what goes wrong in it is one line."""
    try:
        with db.engine().connect() as connection:
            for lock in (db.MIGRATION_LOCK, queue.QUIET_LOCK):
                connection.execute(text(f"select pg_advisory_xact_lock({lock})"))
            connection.exec_driver_sql(PLAIN_TEXT)
            yield connection
    except (psycopg.Error, DBAPIError) as problem:
        reason = str(getattr(problem, "orig", problem)).strip().partition("\n")[0]
        raise Refused(f"{source} was not restored and nothing was changed ({reason}).") from problem
    except OSError as problem:
        raise Refused(f"{source} was not restored and nothing was changed ({problem.strerror}).") from problem


def _refuse_rows(connection: Connection) -> None:
    driver = driver_of(connection)
    for table in tables(driver):
        if table.name in _MADE_BY_USE:
            continue
        with _unforced(driver, [table]):
            used = driver.execute(sql.SQL("select exists (select from {})").format(sql.Identifier(table.name)))
            if (row := used.fetchone()) and row[0]:
                raise Refused(_NOT_EMPTY.format(f"the table {table.name}"))


def _turn_to(connection: Connection, revision: str) -> None:
    """Make the tables those of a revision, older or newer, within this transaction."""
    from alembic import command

    config = db.alembic_config(connection)
    scripts = ScriptDirectory.from_config(config)
    now = MigrationContext.configure(connection).get_current_revision()
    if now is not None and now not in {each.revision for each in scripts.walk_revisions()}:
        raise Refused(f"The tables here are of revision {now}, which this version does not know.")
    older = now is None or now in {each.revision for each in scripts.iterate_revisions(revision, "base")}
    (command.upgrade if older else command.downgrade)(config, revision)


@contextmanager
def _files_kept(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[None]:
    """The files under their old names before the rows that name them; taken back when the block fails."""
    store, kept = files.store(), list[str]()
    try:
        for key, digest in manifest.files.items():
            content = archive.read(form.file_member(key))
            if hashlib.sha256(content).hexdigest() != digest:
                raise Refused(f"The backup is damaged: the file {key} is not what was stored.")
            kept.append(key)
            store.put(key, content)
        yield
    except BaseException:
        for key in kept:
            with contextlib.suppress(OSError):
                store.remove(key)
        raise


def _fill(driver: Driver, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    here = {table.name: table for table in tables(driver)}
    if here.keys() != manifest.tables.keys():
        odd = ", ".join(sorted(here.keys() ^ manifest.tables.keys()))
        raise Refused(f"The backup does not fit the tables of its own revision: {odd}.")
    with _unforced(driver, list(here.values())), _without_triggers(driver), _without_references(driver):
        for name, table in here.items():
            driver.execute(sql.SQL("delete from {}").format(sql.Identifier(name)))
            with archive.open(form.table_member(name)) as rows:
                copied_in(driver, table, manifest.tables[name].columns, rows)
        driver.execute("set constraints all immediate")
        _compare(driver, here, manifest)
        for name, value in manifest.sequences.items():
            driver.execute("select setval(quote_ident(%s)::regclass, %s)", [name, value])


def _compare(driver: Driver, here: dict[str, Table], manifest: Manifest) -> None:
    for name, wanted in manifest.tables.items():
        found = copied_out(driver, here[name], wanted.columns, Nowhere())
        if found != wanted:
            raise Refused(
                f"{name} did not come back as it was: {found.rows} rows instead of {wanted.rows}, or other content. "
                "Nothing was changed."
            )


@contextmanager
def _unforced(driver: Driver, of: list[Table]) -> Iterator[None]:
    """The owner of the tables sees and writes every row for this block (COPY knows no policies)."""
    forced = [
        table for table in of
        if driver.execute(
            "select relforcerowsecurity from pg_class where oid = quote_ident(%s)::regclass", [table.name]
        ).fetchone() == (True,)
    ]  # fmt: skip
    for table in forced:
        driver.execute(sql.SQL("alter table {} no force row level security").format(sql.Identifier(table.name)))
    yield
    for table in forced:
        driver.execute(sql.SQL("alter table {} force row level security").format(sql.Identifier(table.name)))


@contextmanager
def _without_triggers(driver: Driver) -> Iterator[None]:
    """What triggers derive is in the backup already."""
    active = driver.execute(
        "select tgrelid::regclass::text, quote_ident(tgname) from pg_trigger join pg_class c on c.oid = tgrelid"
        " where not tgisinternal and tgenabled = 'O' and c.relnamespace = current_schema()::regnamespace"
    ).fetchall()
    for table, trigger in active:
        driver.execute(f"alter table {table} disable trigger {trigger}".encode())
    yield
    for table, trigger in active:
        driver.execute(f"alter table {table} enable trigger {trigger}".encode())


@contextmanager
def _without_references(driver: Driver) -> Iterator[None]:
    """Tables refer to one another in rings, so no order fits; each reference is checked whole when it is put back."""
    references = driver.execute(
        "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint"
        " where contype = 'f' and connamespace = current_schema()::regnamespace"
    ).fetchall()
    for table, name, _ in references:
        driver.execute(f"alter table {table} drop constraint {name}".encode())
    yield
    for table, name, definition in references:
        driver.execute(f"alter table {table} add constraint {name} {definition}".encode())
