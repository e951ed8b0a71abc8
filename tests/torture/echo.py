"""The plainest websocket there is, under the same server as ours: what a round trip costs before anything is done in it.

A program of its own: `python -m tests.torture.echo PORT`.
"""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


app = Starlette(routes=[WebSocketRoute("/", _echo)])

if __name__ == "__main__":
    Server(
        "tests.torture.echo:app", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGI,
        workers=1, log_level=LogLevels.warning,
    ).serve()  # fmt: skip
