"""What every command stands in: the group they belong to, a database that answers, and how a command gives up."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from careops_app.infra import logs
from careops_app.infra.settings import settings

ROOT = Path(__file__).resolve().parents[2]
CALLED_FROM = Path.cwd()  # commands work in the project's folder; what is typed means the folder one was in
STOPPED_BY_SIGNAL = 143

commands = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="CareOps, from the command line.",
    epilog="Exit codes: 0 done; 2 refused, or something is not well, with one line that says what; 143 stopped.",
)  # fmt: skip


def give_up(line: str) -> NoReturn:
    print(f"careops: {line}", file=sys.stderr)
    raise SystemExit(2)


def stop_in_order(_: int, __: FrameType | None) -> NoReturn:
    """SIGTERM unwinds the blocks that are open, so that the embedded database is stopped too."""
    raise SystemExit(STOPPED_BY_SIGNAL)


@contextlib.contextmanager
def database(migrated: bool = True) -> Iterator[str]:
    """Settings checked, logs set up, a database that answers and, unless the settings say otherwise, is up to date."""
    from careops_app.infra import db, postgres

    settings().with_data_dir()
    logs.set_up()
    with postgres.available() as url:
        if migrated:
            _in_a_child(_made_ready)
        try:
            yield url
        finally:
            db.dispose()


def _made_ready() -> None:
    """Tables of this version, unless the settings say otherwise, and a data folder that belongs to this database."""
    from careops_app.infra import belonging, postgres

    if settings().migrate_on_start:
        postgres.bring_up_to_date()
    here, newest = postgres.revisions()
    if here == newest:
        belonging.together()


def _in_a_child(work: Callable[[], None]) -> None:
    """Carried out in a process that ends with it: what only the start needs does not stay in memory for months."""
    ignore = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(1, get_context("fork"), initializer=signal.signal, initargs=ignore) as child:
        child.submit(work).result()


@contextlib.contextmanager
def business() -> Iterator[None]:
    """A migrated database and the wired house, for commands that change something."""
    from careops_app import wiring

    with database():
        wiring.install()
        yield
