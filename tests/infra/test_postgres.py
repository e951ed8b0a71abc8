"""A database that cannot be used stops the start with one line: which setting, why, what now."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from careops_app.infra import postgres
from careops_app.infra.settings import ConfigurationError
from tests.conftest import using

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def weak(database: str) -> Iterator[str]:
    """The address of an empty database whose owner may not make roles."""
    server = make_url(database)
    with psycopg.connect(server.set(drivername="postgresql").render_as_string(False), autocommit=True) as connection:
        connection.execute("drop role if exists careops_test_weak")
        connection.execute("create role careops_test_weak login")
        name = sql.Identifier(f"weak_{os.getpid()}")
        connection.execute(sql.SQL("create database {} owner careops_test_weak").format(name))
        yield server.set(username="careops_test_weak", database=f"weak_{os.getpid()}").render_as_string(False)
        connection.execute(sql.SQL("drop database {} with (force)").format(name))
        connection.execute("drop role careops_test_weak")


def refusal_of(command: str, **environment: str) -> str:
    """What `careops <command>` says; it must be one line, with exit code 2."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAREOPS_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "careops_app", command],
        cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done
    (line,) = (done.stdout + done.stderr).splitlines()
    return line


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    line = refusal_of("migrate", DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x", CAREOPS_DATA_DIR=str(tmp_path))
    assert line.startswith("careops: DATABASE_URL: no connection to 127.0.0.1:1/x")
    assert "start that server or correct the address" in line and "hush" not in line


def test_a_user_without_the_rights_is_told_which(weak: str, tmp_path: Path) -> None:
    line = refusal_of("migrate", DATABASE_URL=weak, CAREOPS_DATA_DIR=str(tmp_path))
    assert line.startswith("careops: DATABASE_URL: this user may not") and "CREATEROLE" in line


@pytest.mark.parametrize("command", ["run", "worker", "demo"])
def test_a_data_folder_that_cannot_be_written_stops_every_start(command: str, database: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refusal_of(command, DATABASE_URL=database, CAREOPS_DATA_DIR=str(tmp_path / "file" / "data"))
    assert line.startswith("careops: CAREOPS_DATA_DIR: cannot write to") and "name a folder" in line


def test_tables_of_another_version_are_left_alone(weak: str) -> None:
    plain = make_url(weak).set(drivername="postgresql", username="postgres").render_as_string(False)
    with psycopg.connect(plain) as connection:
        connection.execute("create table alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into alembic_version values ('9999')")
    with using(plain), pytest.raises(ConfigurationError) as problem:
        postgres.bring_up_to_date()
    assert str(problem.value).startswith("DATABASE_URL: its tables are not of this version")
    assert "9999" in str(problem.value) and "\n" not in str(problem.value)
