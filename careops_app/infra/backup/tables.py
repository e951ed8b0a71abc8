"""Every table of the schema, asked of the catalog, and its rows as text in a fixed order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import IO, Any

import psycopg
from psycopg import sql

from careops_app.infra.backup.archive import Rows

Driver = psycopg.Connection[Any]
REVISION = "select version_num from alembic_version"
IS_MADE = "select to_regclass('alembic_version') is not null"
PORTION = 1024 * 1024
# The same rows give the same text whatever the server's or the role's own settings are.
PLAIN_TEXT = (
    "set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres';"
    " set local bytea_output = 'hex'; set local extra_float_digits = 1; set local client_encoding = 'UTF8'"
)
_TABLES = """
    select c.relname,
           array(select a.attname::text from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                 order by a.attnum),
           array(select quote_ident(a.attname) || case when a.attcollation <> 0 then ' collate "C"' else '' end
                 from pg_index i cross join unnest(i.indkey) with ordinality k (attnum, place)
                 join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                 where i.indrelid = c.oid and i.indisprimary order by k.place)
    from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname <> 'alembic_version'
    order by c.relname
"""


@dataclass(frozen=True)
class Table:
    """A table with the columns that are written; `order` is its primary key, bytewise, as SQL."""

    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...]


class Nowhere:
    """Takes what is only counted and hashed."""

    def write(self, _: bytes) -> None:
        pass


def tables(driver: Driver) -> list[Table]:
    """All there are."""
    found = driver.execute(_TABLES).fetchall()
    return [Table(name, tuple(columns), tuple(order)) for name, columns, order in found]


def copied_out(driver: Driver, table: Table, columns: tuple[str, ...], sink: IO[bytes] | Nowhere) -> Rows:
    """Write the rows of a table; returns how many, and the digest of their text."""
    statement = sql.SQL("copy (select {} from {} order by {}) to stdout").format(
        _names(columns), sql.Identifier(table.name), sql.SQL(", ").join(map(sql.SQL, table.order))  # type: ignore[arg-type]
    )  # fmt: skip
    digest, count = hashlib.sha256(), 0
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for portion in copy:
            text = bytes(portion)
            digest.update(text)
            count += text.count(b"\n")  # a line end inside a value is written as \n
            sink.write(text)
    return Rows(columns, count, digest.hexdigest())


def copied_in(driver: Driver, table: Table, columns: tuple[str, ...], source: IO[bytes]) -> None:
    """Put rows into a table, as `copied_out` wrote them."""
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table.name), _names(columns))
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        while portion := source.read(PORTION):
            copy.write(portion)


def _names(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
