"""What is wrong around CareOps ends a start with one line and exit code 2, and damages nothing."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from careops_app.infra import belonging, db
from careops_app.infra.settings import ConfigurationError, reset_settings, settings
from tests.cli.conftest import ROOT, Careops, line_of
from tests.conftest import _execute, _name, _plain, _url, using
from tests.inbox.desk import a_business

RANDOM = "k3V9-aZq_0pLw7RtYs2MxNc5BvHg8JdF"


@contextlib.contextmanager
def another_database(name: str) -> Iterator[str]:
    """An empty database of this run's server."""
    name = _name(name)
    _execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield _url(name)
    finally:
        db.dispose()
        _execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAREOPS_SECRET_KEY", "changeme-changeme-changeme-changeme"),
        ("CAREOPS_PUBLIC_URL", "careops.example"),
        ("DATABASE_URL", "mysql://u@h/db"),
    ],
)
def test_a_weak_secret_or_a_wrong_address_stops_a_start(careops: Careops, name: str, value: str) -> None:
    environment = {name: value} | ({"CAREOPS_DATABASE_URL": ""} if name == "DATABASE_URL" else {})
    assert line_of(careops("run", **environment)).startswith(f"careops: {name}: ")


def test_a_volume_that_cannot_be_written_stops_a_start(careops: Careops) -> None:
    line = line_of(careops("worker", CAREOPS_DATA_DIR="/proc/careops"))
    assert line.startswith("careops: CAREOPS_DATA_DIR: cannot write to /proc/careops")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes; as root on Linux only."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_stops_a_start_and_keeps_no_half_of_anything(careops: Careops, small_disk: Path) -> None:
    data = small_disk / "data"
    begun = careops("migrate", CAREOPS_DATABASE_URL="", CAREOPS_DATA_DIR=str(data))  # too small to begin
    line = begun.stderr.splitlines()[-1]  # before it: that root should not do this
    assert begun.returncode == 2 and "Traceback" not in begun.stderr
    assert "embedded database could not be made" in line and "No space left" in line, line
    assert [path.name for path in (data / "postgres").iterdir() if path.is_dir()] == []

    a_business()
    target = small_disk / "backup.zip"
    (small_disk / "filler").write_bytes(b"\0" * (shutil.disk_usage(small_disk).free - 8 * 1024))
    refused = careops("backup", str(target))
    assert "No space left" in line_of(refused) and "nothing was kept" in refused.stderr
    assert not target.exists() and list(small_disk.glob(".*.part")) == []
    line = line_of(careops("run", CAREOPS_DATA_DIR=str(small_disk / "other")))
    assert "No space left on device" in line and "make room" in line, line


def test_clocks_that_are_apart_stop_a_start(careops: Careops) -> None:
    with another_database("skewed") as url:
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            connection.execute(
                "create function public.clock_timestamp() returns timestamptz language sql as"
                " $$ select pg_catalog.clock_timestamp() + interval '5 seconds' $$"
            )
            database = sql.Identifier(str(make_url(url).database))
            connection.execute(sql.SQL("alter database {} set search_path = public, pg_catalog").format(database))
        line = line_of(careops("migrate", CAREOPS_DATABASE_URL=url))
        with psycopg.connect(_plain(url)) as connection:
            assert connection.execute("select to_regclass('public.workspace')").fetchone() == (None,)
    assert line.startswith("careops: the clock here and the database's are 5.") and "NTP" in line


def test_a_data_folder_of_another_installation_is_refused_and_nothing_is_swept(database: str, tmp_path: Path) -> None:
    before = os.environ["CAREOPS_DATA_DIR"]
    os.environ["CAREOPS_DATA_DIR"] = str(tmp_path)
    reset_settings()
    try:
        belonging.together()
        belonging.together()  # the same two, as at every start
        with another_database("other") as url, using(url):
            db.migrate()
            with pytest.raises(ConfigurationError, match="belongs to an installation with another database") as problem:
                belonging.together()
            assert "\n" not in str(problem.value) and str(settings().data_dir / "installation") in str(problem.value)
        belonging.together()
        reset_settings()
    finally:
        os.environ["CAREOPS_DATA_DIR"] = before
        reset_settings()


@pytest.mark.timeout(300)
def test_a_second_server_on_an_embedded_database_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAREOPS_")}
    environment = kept | {"CAREOPS_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    held = (
        "import sys, pathlib, careops_app.infra.belonging as b\n"
        "with b.alone(pathlib.Path(sys.argv[1])):\n print('held', flush=True); input()"
    )
    (tmp_path / "data").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", held, str(tmp_path / "data")],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        second = subprocess.run(
            [sys.executable, "-m", "careops_app", "run"], cwd=ROOT, env=environment | {"PORT": str(_free_port())},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "another CareOps is running on" in line_of(second)
        assert not (tmp_path / "data" / "postgres").exists()
        first.kill()
    with belonging.alone(tmp_path / "data"):  # a killed one hinders nobody
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
