"""One business for somebody to take along: its rows as CSV and as JSON, and its files. Credentials are left out.

The database itself picks the rows: it is read in the role that sees one business only.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from psycopg import sql

from careops_app.errors import NotFound
from careops_app.infra import clock, db, files, pool
from careops_app.infra.backup import archive as form
from careops_app.infra.backup.tables import PLAIN_TEXT, Driver, Table, tables
from careops_app.infra.backup.taking import driver_of
from careops_app.infra.tenancy import TENANT_ROLE

SECRET = re.compile(r"sealed|token|nonce|digest|hash|secret|password|^lease_")
ONE_MOMENT = "begin isolation level repeatable read read only; " + PLAIN_TEXT


@dataclass(frozen=True)
class Exported:
    rows: int
    files: int


def export(workspace_id: int, target: Path) -> Exported:
    """Write one business into a new zip. Raises Refused when it cannot be written."""
    with form.written(target) as archive, db.engine().connect() as connection:
        with connection.execution_options(**{pool.OPENING: ONE_MOMENT}).begin():
            driver = driver_of(connection)
            readable = [table for table in tables(driver) if _is_readable(driver, table)]
            driver.execute(f"set local role {TENANT_ROLE}".encode())
            driver.execute("select set_config('careops.workspace_id', %s, true)", [str(workspace_id)])
            counts = {table.name: _write(driver, table, archive) for table in readable}
        kept = _files(archive, workspace_id)
        about = {"careops": version("careops"), "taken_at": clock.now().isoformat(), "rows": counts, "files": kept}
        archive.writestr("about.json", json.dumps(about, indent=1))
    return Exported(sum(counts.values()), kept)


def _is_readable(driver: Driver, table: Table) -> bool:
    allowed = driver.execute("select has_table_privilege(%s, quote_ident(%s), 'select')", [TENANT_ROLE, table.name])
    return allowed.fetchone() == (True,)


def _write(driver: Driver, table: Table, archive: ZipFile) -> int:
    columns = [name for name in table.columns if not SECRET.search(name)]
    chosen = sql.SQL("select {} from {} order by {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table.name),
        sql.SQL(", ").join(sql.SQL(part) for part in table.order),  # type: ignore[arg-type]
    )  # fmt: skip
    as_csv = sql.SQL("copy ({}) to stdout with (format csv, header)").format(chosen)
    with archive.open(f"csv/{table.name}.csv", "w", force_zip64=True) as sink, driver.cursor().copy(as_csv) as copy:
        for portion in copy:
            sink.write(bytes(portion))
    count = 0
    with archive.open(f"json/{table.name}.json", "w", force_zip64=True) as sink:
        for (row,) in _as_json(driver, chosen):
            sink.write((",\n" if count else "[\n").encode() + row.encode())
            count += 1
        sink.write(b"\n]\n" if count else b"[]\n")
    return count


def _as_json(driver: Driver, chosen: sql.Composed) -> Any:
    with driver.cursor() as cursor:
        yield from cursor.stream(sql.SQL("select row_to_json(r)::text from ({}) r").format(chosen))


def _files(archive: ZipFile, workspace_id: int) -> int:
    """Under their keys; stored_file and the like say what each is called."""
    count, store = 0, files.store()
    for key in store.listed():
        if key.partition("/")[0] == str(workspace_id):
            with contextlib.suppress(NotFound):
                archive.writestr(form.file_member(key), store.read(key))
                count += 1
    return count
