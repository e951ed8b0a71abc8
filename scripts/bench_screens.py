"""Measures the sockets of the staff's screens: one event there and back, and two hundred screens of one business at once.

    .venv/bin/python scripts/bench_screens.py                          a part of `make bench`
    .venv/bin/python scripts/bench_screens.py --screens 50 --changes 10

The real server with a database of its own; every screen is a websocket with a session, a tab and a network of its own, as
the gate asks it. Targets stand beside the figures; a missed one is marked and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from websockets.asyncio.client import ClientConnection, connect  # noqa: E402

from careops_app.inbox.receiving import InquiryForm, submit_inquiry  # noqa: E402
from careops_app.infra import db, embedded  # noqa: E402
from careops_app.ui.contacts.state import ContactsState  # noqa: E402
from careops_app.workspace.access import GRANTABLE, Permission  # noqa: E402
from tests import people  # noqa: E402
from tests.people import Person  # noqa: E402
from tests.torture import ground, measure, screens, venue  # noqa: E402
from tests.torture.ground import Server  # noqa: E402
from tests.torture.measure import Times  # noqa: E402
from tests.torture.report import Report  # noqa: E402
from tests.torture.screens import Screen  # noqa: E402

ROUND_TRIPS = 150
PACE_SECONDS = 0.06  # the gate lets a screen send twenty events a second
PATHS = ("/app", "/app/inbox", "/app/bookings", "/app/contacts")
RIGHTS = (tuple(GRANTABLE), (Permission.INBOX, Permission.BOOKINGS))
ARRIVES_SECONDS = 60

report = Report()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screens", type=int, default=200)
    parser.add_argument("--changes", type=int, default=30)
    given = parser.parse_args()
    with ground.prepared(embedded.DURABLE) as base:
        owner = venue.open_venue().owner
        team = [
            people.joined(owner.workspace_id, *RIGHTS[number % 2], email=f"member{number}@example.com")
            for number in range(given.screens)
        ]
        with ground.serving(base) as server, _echo() as echo:
            asyncio.run(_measure(server, echo, team, given.changes))
    return report.end()


@contextmanager
def _echo() -> Iterator[int]:
    """The plainest websocket under the same server program; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.torture.echo", str(port)], cwd=ROOT)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


async def _measure(server: Server, echo: int, team: list[Person], changes: int) -> None:
    await _round_trips(server, echo, team[0])
    async with screens.opened(server.port, team[: len(PATHS)], PATHS):
        pass  # what the server loads once, at the first screen of each kind, is not a screen's own
    before = measure.memory(server.pid)
    async with screens.opened(server.port, team, PATHS) as opened:
        await _changes(opened, team[0].actor.workspace_id, changes)
        each = (measure.memory(server.pid) - before) / len(opened)
    report.tell(f"memory of each of {len(opened)} open screens, PSS", each, " MiB", most=0.5)


# --- one event --------------------------------------------------------------------------------------------------------


async def _round_trips(server: Server, echo: int, person: Person) -> None:
    """An event that changes one variable, until the screen has it; in turns with an echo of as many bytes."""
    state = ContactsState.get_full_name()
    async with screens.opened(server.port, [person], ["/app/contacts"]) as (screen,), _plain(echo) as plain:
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(ROUND_TRIPS):
            wanted = number % 2 == 0
            ours.append(await _one(screen, f"{state}.set_asks_new", wanted))
            theirs.append(await _echoed(plain, json.dumps({"name": state, "asks": wanted, "filled": "." * 150})))
            await asyncio.sleep(PACE_SECONDS)
    ours_, theirs_ = Times(sorted(ours)), Times(sorted(theirs))
    report.compare("event to its delta over a screen's socket", ours_, "bare echo", theirs_)
    report.tell("event to its delta, median", ours_.median, most=10)


@asynccontextmanager
async def _plain(port: int) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{port}/", compression=None) as opened:
        yield opened


async def _one(screen: Screen, name: str, wanted: bool) -> float:
    began = time.perf_counter()
    await screen.send(name, asks=wanted)
    return await screen.shows(lambda values: values["contacts_state.asks_new"] is wanted) - began


async def _echoed(plain: ClientConnection, text: str) -> float:
    began = time.perf_counter()
    await plain.send(text)
    await plain.recv()
    return time.perf_counter() - began


# --- many screens -----------------------------------------------------------------------------------------------------


async def _changes(opened: list[Screen], workspace_id: int, changes: int) -> None:
    """Every second a customer writes; each screen has the change when the number beside Inbox has grown."""
    until_all: list[float] = []
    until_each: list[float] = []
    for number in range(1, changes + 1):
        began = time.perf_counter()
        form = InquiryForm(
            f"Visitor {number}", f"visitor{number}@example.com", "", "May I come?", f"inquiry-{number:08d}"
        )
        await db.transact(submit_inquiry, workspace_id, form)
        arrived = asyncio.gather(*(screen.shows(_has_waiting(number)) for screen in opened))
        times = [at - began for at in await asyncio.wait_for(arrived, ARRIVES_SECONDS)]
        until_all.append(max(times))
        until_each += times
        await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - began)))
    everybody, each = Times(sorted(until_all)), Times(sorted(until_each))
    count = len(opened)
    print(f"  a change until one of {count} screens has it: median {each.median:.0f} ms, p95 {each.p95:.0f} ms")
    report.tell(f"a change until all {count} screens have it, median", everybody.median)
    report.tell(f"a change until all {count} screens have it, p95", everybody.p95, most=2000)


def _has_waiting(number: int) -> screens.Wanted:
    return lambda values: values["shell_state.inbox_count"] >= number


if __name__ == "__main__":
    sys.exit(main())
