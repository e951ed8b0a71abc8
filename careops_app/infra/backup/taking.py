"""Taking a backup while CareOps runs: one moment of the whole database, then the stored files."""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection

from careops_app.errors import NotFound, Refused
from careops_app.infra import clock, db, files, pool
from careops_app.infra.backup import archive as form
from careops_app.infra.backup.archive import Manifest, Rows
from careops_app.infra.backup.tables import IS_MADE, PLAIN_TEXT, REVISION, Driver, copied_out, tables
from careops_app.infra.tenancy import SYSTEM_ROLE

ONE_MOMENT = "begin isolation level repeatable read read only; " + PLAIN_TEXT


def take(target: Path) -> Manifest:
    """Write everything into a new file. Raises Refused when it cannot be written; then nothing is left behind."""
    with form.written(target) as archive, _at_one_moment() as driver:
        manifest = _of_now(driver)
        driver.execute(f"set local role {SYSTEM_ROLE}".encode())
        manifest.tables.update(_rows(driver, archive))
        manifest.files.update(_files(archive))
        form.put_manifest(archive, manifest)
    return manifest


@contextmanager
def _at_one_moment() -> Iterator[Driver]:
    """A connection that sees the database as it was when the block began; no migration begins meanwhile."""
    with (
        db.engine().connect() as connection,
        _no_migration(connection),
        connection.execution_options(**{pool.OPENING: ONE_MOMENT}).begin(),
    ):
        yield driver_of(connection)


def driver_of(connection: Connection) -> Driver:
    """The driver's own connection, which can COPY; in the same transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver


@contextmanager
def _no_migration(connection: Connection) -> Iterator[None]:
    driver = driver_of(connection)
    driver.execute(f"select pg_advisory_lock_shared({db.MIGRATION_LOCK})".encode())
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            driver.execute(f"select pg_advisory_unlock_shared({db.MIGRATION_LOCK})".encode())


def _of_now(driver: Driver) -> Manifest:
    """The revision first: it fixes the moment. Sequences know no moment, so they may be ahead of the rows, never behind."""
    made = driver.execute(IS_MADE).fetchone() == (True,)
    revision = driver.execute(REVISION).fetchone() if made else None
    if revision is None:
        raise Refused("There is nothing to back up: this database has no tables yet.")
    sequences = driver.execute(
        "select sequencename, last_value from pg_sequences where schemaname = current_schema() and last_value is not null"
    ).fetchall()
    return Manifest(
        form.FORMAT, version("careops"), revision[0], clock.now(), driver.info.server_version,
        sequences=dict(sequences), keys=form.key_prints(),
    )  # fmt: skip


def _rows(driver: Driver, archive: zipfile.ZipFile) -> dict[str, Rows]:
    written: dict[str, Rows] = {}
    for table in tables(driver):
        with archive.open(form.table_member(table.name), "w", force_zip64=True) as sink:
            written[table.name] = copied_out(driver, table, table.columns, sink)
    return written


def _files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Files are stored before the row that names them is committed, so every row of that moment finds its file here."""
    written: dict[str, str] = {}
    store = files.store()
    for key in store.listed():
        with contextlib.suppress(NotFound):  # swept meanwhile: no row named it
            content = store.read(key)
            archive.writestr(form.file_member(key), content)
            written[key] = hashlib.sha256(content).hexdigest()
    return written
