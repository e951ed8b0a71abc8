"""The embedded database survives what happens to servers: being shared, being killed, stale files."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from careops_app.infra import embedded
from careops_app.infra.settings import ConfigurationError

OWNER = """
import sys, time
from pathlib import Path
from careops_app.infra import embedded
with embedded.running(Path(sys.argv[1]), options=embedded.DISPOSABLE):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not below pytest's own folder, which every other pytest of this user closes to others when it starts."""
    with tempfile.TemporaryDirectory(prefix="careops-test-") as place:
        yield Path(place) / "postgres"


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        cursor = connection.execute(statement)  # pyright: ignore
        return cursor.fetchall() if cursor.description else []


def test_what_was_committed_is_there_at_the_next_start(folder: Path) -> None:
    with embedded.running(folder) as url:
        query(url, "create table kept as select 42 as answer")
    with embedded.running(folder) as url:
        assert query(url, "select answer from kept") == [(42,)]
        assert query(url, "show fsync") == [("on",)]


def test_it_listens_on_no_network_and_its_folder_is_private(folder: Path) -> None:
    with embedded.running(folder) as url:
        assert query(url, "show listen_addresses") == [("",)]
        assert folder.stat().st_mode & 0o077 == 0


def test_a_second_user_borrows_it_and_leaves_it_running(folder: Path) -> None:
    with embedded.running(folder) as owned:
        with embedded.running(folder) as borrowed:
            assert borrowed == owned
        assert query(owned, "select 1") == [(1,)]


def test_a_killed_owner_leaves_nothing_that_hinders_the_next(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, cwd=Path(embedded.__file__).parents[2]
    ) as owner:
        assert owner.stdout is not None
        while owner.stdout.readline().strip() != b"ready":
            pass
        owner.kill()
    with embedded.running(folder) as url:
        assert query(url, "select 1") == [(1,)]


def test_a_pid_file_whose_number_another_program_has_now_is_no_hindrance(folder: Path) -> None:
    stale = f"{os.getpid()}\n{folder / 'data'}\n{int(time.time())}\n5432\n{folder}\n\n  1 2\nready   \n"
    (folder / "data" / "postmaster.pid").write_text(stale)
    with embedded.running(folder) as url:
        assert query(url, "select 1") == [(1,)]


def test_a_server_that_a_killed_owner_left_running_is_replaced(folder: Path) -> None:
    with embedded.running(folder) as url:
        assert query(url, "select 1") == [(1,)]
        server = psutil.Process(int((folder / "data" / "postmaster.pid").read_text().splitlines()[0]))
        server.send_signal(signal.SIGKILL)
        server.wait(10)
    with embedded.running(folder) as url:
        assert query(url, "select 1") == [(1,)]


def test_another_versions_data_is_refused_with_the_cure(folder: Path) -> None:
    version = folder / "data" / "PG_VERSION"
    version.write_text("17\n")
    try:
        with (
            pytest.raises(ConfigurationError, match="made by PostgreSQL 17"),
            embedded.running(folder),
        ):
            pass
    finally:
        version.write_text("18\n")


def test_a_long_path_gets_a_short_place_for_its_socket(folder: Path) -> None:
    deep = folder.parent / "a-name-of-forty-characters-or-nearly-so-1" / "a-name-of-forty-characters-or-nearly-so-2"
    with embedded.running(deep, options=embedded.DISPOSABLE) as url:
        assert query(url, "select 1") == [(1,)]
