"""One report of what CareOps costs: starts, memory, lists at a million rows; then the measurements of bookings and messages.

    make bench                                                  all of it
    .venv/bin/python scripts/bench.py --size 100000 --only reads start   parts of it, at another size

Targets stand beside the figures; a missed one is marked and makes the exit code 1. docs/performance.md explains each.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from careops_app import front_end  # noqa: E402
from careops_app.dashboard import overview  # noqa: E402
from careops_app.inbox import queries as inbox  # noqa: E402
from careops_app.inbox.queries import Filter  # noqa: E402
from careops_app.infra import db, embedded  # noqa: E402
from tests.torture import ground, measure, seed, seed_messages, venue  # noqa: E402
from tests.torture.report import Report  # noqa: E402

MILLION = 1_000_000
IDLE_SECONDS = 15
OTHERS = ("bench_bookings.py", "bench_messages.py")
SCREENS = "bench_screens.py"

PLAIN_LIST = """
    select v.id, c.name, v.waiting_since, v.last_message_at from conversation v join contact c on c.id = v.contact_id
     where v.workspace_id = %(workspace)s and v.state = 'open'
     order by v.waiting_since asc nulls last, v.last_message_at desc, v.id desc limit 25
"""
PLAIN_SEARCH = """
    select count(*) from conversation v where v.workspace_id = %(workspace)s and exists (
        select from message m where m.conversation_id = v.id and m.body ilike '%%voucher%%')
"""

report = Report()


def main() -> int:
    parts: dict[str, Callable[[argparse.Namespace], None]] = {
        "start": _start, "reads": _reads, "screens": _screens, "others": _others,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=MILLION, help="how many messages, and how many bookings")
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    given = parser.parse_args()
    for name in given.only:
        parts[name](given)
    return report.end()


# --- starts and memory ------------------------------------------------------------------------------------------------


def _start(given: argparse.Namespace) -> None:
    """From `careops run` to the first page, in an empty folder and in one that was used; then what stays in memory."""
    front_end.built_if_changed()
    with tempfile.TemporaryDirectory(prefix="careops-bench-", ignore_cleanup_errors=True) as name:
        with _running(Path(name)) as (seconds, _):
            report.tell("first start to first page, database made and migrated", seconds, " s")
        with _running(Path(name)) as (seconds, process):
            report.tell("later start to first page", seconds, " s")
            time.sleep(IDLE_SECONDS)
            report.tell(
                "memory of the whole stack when idle, PSS, database included",
                measure.memory(process.pid),
                " MiB",
                most=220,
            )


@contextmanager
def _running(folder: Path) -> Iterator[tuple[float, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAREOPS_")}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "careops_app", "run"],
        cwd=ROOT, env=kept | {"PORT": str(port), "CAREOPS_DATA_DIR": str(folder / "data")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while not _opens(f"http://127.0.0.1:{port}/"):
            assert process.poll() is None, "the server did not start"
            time.sleep(0.02)
        yield time.monotonic() - began, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _opens(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


# --- what staff look at all day ---------------------------------------------------------------------------------------


def _reads(given: argparse.Namespace) -> None:
    """The inbox and the dashboard of a business with so many messages and bookings, beside plain SQL, in turns."""
    with ground.prepared(embedded.DURABLE) as base:
        place = venue.open_venue()
        bookings = seed.fill(base, place, given.size)
        messages = seed_messages.fill(base, place, given.size)
        print(f"\n{bookings:,} bookings and {messages:,} messages", flush=True)
        listed = partial(db.fetch_now, inbox.conversation_list, place.owner)
        searched = partial(db.fetch_now, inbox.conversation_list, place.owner, Filter.OPEN, "voucher")
        seen = partial(db.fetch_now, overview.overview, place.owner)
        values = {"workspace": place.owner.workspace_id}
        with base.connect() as plain:
            ours, sql = measure.in_turns(listed, lambda: plain.execute(PLAIN_LIST, values).fetchall(), 60)
            report.compare("inbox list", ours, "plain SQL", sql)
            report.tell("inbox list, median", ours.median, most=10)
            assert searched().total > 0
            ours, sql = measure.in_turns(searched, lambda: plain.execute(PLAIN_SEARCH, values).fetchall(), 15)
            report.compare("inbox search", ours, "plain SQL", sql)
            report.tell("inbox search, median", ours.median, most=50)
        ours = measure.repeated(seen, 60)
        report.tell("dashboard overview, median", ours.median, most=20)
        report.tell("dashboard overview, p95", ours.p95)


def _screens(given: argparse.Namespace) -> None:
    """One event there and back over a socket, and two hundred screens of one business at once."""
    _run(SCREENS)


def _others(given: argparse.Namespace) -> None:
    for script in OTHERS:
        _run(script)


def _run(script: str) -> None:
    print(f"\n== {script}", flush=True)
    if subprocess.run([sys.executable, str(ROOT / "scripts" / script)], cwd=ROOT, check=False).returncode:
        report.miss(f"see {script}")


if __name__ == "__main__":
    sys.exit(main())
