"""Every revision goes up, down and up again, and what stands afterwards is what stood before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from tests.conftest import SERVER, _execute, _name, _plain, _url

ROOT = Path(__file__).parents[2]
SCHEMA = """
    select 'table', relname::text, relforcerowsecurity::text from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'
    union all select 'column', table_name || '.' || column_name, data_type || is_nullable from information_schema.columns
     where table_schema = 'public' and table_name <> 'alembic_version'
    union all select 'constraint', conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace and conrelid <> 0 and conname not like 'alembic%'
    union all select 'index', indexname::text, indexdef from pg_indexes
     where schemaname = 'public' and indexname not like 'alembic%'
    union all select 'trigger', tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(oid) from pg_trigger
     where not tgisinternal
    union all select 'policy', tablename || '.' || policyname, coalesce(qual, '') || roles::text from pg_policies
    union all select 'function', proname::text, prosrc from pg_proc where pronamespace = 'public'::regnamespace
    order by 1, 2, 3
"""


def _alembic(url: str, *words: str) -> None:
    environment = os.environ | {"CAREOPS_DATABASE_URL": url}
    subprocess.run(
        [sys.executable, "-m", "alembic", *words], cwd=ROOT, env=environment, check=True, capture_output=True
    )


def _schema(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(_plain(url)) as connection:
        return connection.execute(SCHEMA).fetchall()


def test_up_down_and_up_again_is_the_same_schema() -> None:
    assert os.environ[SERVER]
    name = _name(f"migrations_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    url = _url(name)
    _execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        _alembic(url, "upgrade", "head")
        before = _schema(url)
        _alembic(url, "downgrade", "base")
        assert _schema(url) == []
        _alembic(url, "upgrade", "head")
        assert _schema(url) == before
        kinds = {kind for kind, *_ in before}
        assert kinds == {"table", "column", "constraint", "index", "trigger", "policy", "function"}
    finally:
        _execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
