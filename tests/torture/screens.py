"""Open screens of staff as the server sees them: a websocket each, a session each, the frames that the page's own script sends.

What a screen shows is kept as the browser keeps it: the variables of its states, changed by every delta that arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.people import Person
from tests.torture.load import network

NAMESPACE = "/_event"
ROOT_STATE = "reflex___state____state"
MESSAGE, OPENED, PING, PONG = "42", "40", "2", "3"
AT_ONCE = 10  # screens that open in the same moment
OPEN_SECONDS = 120

Wanted = Callable[[dict[str, Any]], bool]


class Screen:
    """One open screen. `values` are the variables it shows, such as `shell_state.inbox_count`."""

    def __init__(self, socket: ClientConnection, path: str) -> None:
        self._socket, self._path = socket, path
        self.values: dict[str, Any] = {}
        self._watched: list[tuple[Wanted, asyncio.Future[float]]] = []
        self._reader = asyncio.create_task(self._read(), name="what a screen is told")

    async def send(self, name: str, **payload: object) -> None:
        """An event as the page's script sends it."""
        where = {"pathname": self._path, "asPath": self._path, "path": self._path, "query": {}}
        await self._socket.send(_frame("event", {"name": name, "payload": payload, "router_data": where}))

    def shows(self, wanted: Wanted) -> asyncio.Future[float]:
        """When (`time.perf_counter`) the screen first shows what is wanted."""
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._watched.append((wanted, arrived))
        self._look()
        return arrived

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for frame in self._socket:
            assert isinstance(frame, str)
            if frame == PING:
                await self._socket.send(PONG)
            elif frame.startswith(f"{MESSAGE}{NAMESPACE},"):
                self._take(json.loads(frame.partition(",")[2]))

    def _take(self, message: list[Any]) -> None:
        update = json.loads(message[1]) if isinstance(message[1], str) else message[1]
        for state, changed in (update.get("delta") or {}).items():
            short = state.rpartition("____")[2]
            self.values.update({f"{short}.{name.removesuffix('_rx_state_')}": value for name, value in changed.items()})
        self._look()

    def _look(self) -> None:
        now = time.perf_counter()
        for wanted, arrived in self._watched:
            if not arrived.done() and wanted(self.values):
                arrived.set_result(now)
        self._watched = [each for each in self._watched if not each[1].done()]


def _frame(kind: str, content: object) -> str:
    return f"{MESSAGE}{NAMESPACE}," + json.dumps([kind, content])


@contextlib.asynccontextmanager
async def opened(port: int, people: Sequence[Person], paths: Sequence[str]) -> AsyncIterator[list[Screen]]:
    """A screen for each person, at the addresses in turn, loaded; every one comes from a network of its own."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, person: Person) -> Screen:
        async with limit:
            return await _open(port, person, paths[number % len(paths)], network(number))

    screens = await asyncio.wait_for(asyncio.gather(*(one(*each) for each in enumerate(people))), OPEN_SECONDS)
    try:
        yield screens
    finally:
        await asyncio.gather(*(screen.close() for screen in screens))


async def _open(port: int, person: Person, path: str, sender: str) -> Screen:
    """Connects as the page does: what it loads travels in the first packet."""
    host = f"localhost:{port}"
    socket = await connect(
        f"ws://{host}{NAMESPACE}/?EIO=4&transport=websocket&token={uuid.uuid4()}", origin=Origin(f"http://{host}"),
        additional_headers={"Cookie": person.cookie, "X-Forwarded-For": sender}, compression=None, max_size=None,
    )  # fmt: skip
    await socket.recv()
    where = {"pathname": path, "asPath": path, "path": path, "query": {}}
    load = {"name": f"{ROOT_STATE}.hydrate_and_load", "payload": {}, "router_data": where}
    await socket.send(f"{OPENED}{NAMESPACE}," + json.dumps({"event": load}))
    screen = Screen(socket, path)
    await screen.shows(lambda values: bool(values.get("state.is_hydrated") and values.get("shell_state.updated")))
    return screen
