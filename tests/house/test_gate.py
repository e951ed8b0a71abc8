"""No socket without the exact origin and a live session; nothing of the staff's app for strangers."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from careops_app.infra.settings import reset_settings
from careops_app.ui import gate
from careops_app.ui.gate import BURST, LONGEST_FRAME, SOCKETS_PER_SESSION, SocketGate
from tests.people import Person, owner, sign_out

TOKEN = "0f0d2a52-6f0e-4c39-9a1c-111111111111"
HOST = "shop.local:3000"
pytestmark = pytest.mark.usefixtures("database")


class Inner:
    """Stands where Reflex is: notes what reaches it."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.release = asyncio.Event()
        self.release.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})
            return
        await send({"type": "websocket.accept"})
        await self.release.wait()
        while (message := await receive())["type"] != "websocket.disconnect":
            self.messages.append(message)


async def call(
    door: SocketGate, kind: str, path: str, frames: Iterable[Any] = (), **headers: str
) -> list[dict[str, Any]]:
    """What the gate sent back to a client with these headers."""
    path, _, query = path.partition("?")
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value]
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": raw, "method": "GET"}
    incoming = [{"type": "websocket.connect"}, *frames, {"type": "websocket.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    if kind == "websocket":
        incoming.pop(0)
    await door(scope, receive, send)
    return sent


async def socket(door: SocketGate, person: Person | None, frames: Iterable[Any] = (), **changed: str) -> str:
    """How the handshake ended: accepted or refused (HTTP 403)."""
    token = changed.pop("token", TOKEN)
    headers = {"host": HOST, "origin": f"http://{HOST}", "cookie": person.cookie if person else ""} | changed
    frames = list(frames) or [{"type": "websocket.disconnect"}]
    sent = await call(door, "websocket", f"/_event/?EIO=4&transport=websocket&token={token}", frames, **headers)
    return "accepted" if sent[0]["type"] == "websocket.accept" else "refused"


async def test_a_signed_in_tab_of_this_very_page_gets_in() -> None:
    assert await socket(SocketGate(Inner()), owner()) == "accepted"


@pytest.mark.parametrize("cookie", ["", "sid=", "sid=guessed", "other=1; sid=guessed"])
async def test_without_a_live_session_there_is_no_socket(cookie: str) -> None:
    inner = Inner()
    assert await socket(SocketGate(inner), None, cookie=cookie) == "refused"
    assert inner.scopes == []


@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://evil.example", f"http://{HOST}.evil.example", "http://shop.local", "http://shop.local:3001"],
)
async def test_another_sites_page_gets_no_socket(origin: str) -> None:
    assert await socket(SocketGate(Inner()), owner(), origin=origin) == "refused"


async def test_with_a_public_address_only_that_is_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREOPS_PUBLIC_URL", "http://careops.example")
    reset_settings()
    try:
        door, person = SocketGate(Inner()), owner()
        assert await socket(door, person, origin="http://careops.example") == "accepted"
        assert await socket(door, person, origin="https://careops.example") == "refused"
        assert await socket(door, person) == "refused"
    finally:
        monkeypatch.undo()
        reset_settings()


async def test_a_stolen_client_token_is_useless_in_another_session() -> None:
    door, victim, thief = SocketGate(Inner()), owner(), owner("Thieves Ltd", "thief@example.com")
    assert await socket(door, victim) == "accepted"
    assert await socket(door, thief) == "refused"
    assert await socket(door, victim) == "accepted"


async def test_the_same_tab_may_sign_in_again() -> None:
    door, before = SocketGate(Inner()), owner()
    assert await socket(door, before) == "accepted"
    sign_out(before)
    assert await socket(door, before) == "refused"
    assert await socket(door, owner("Next", "next@example.com")) == "accepted"


@pytest.mark.parametrize("token", ["", "short", "x" * 65, f"{TOKEN}&token={TOKEN}"])
async def test_a_socket_names_exactly_one_tab(token: str) -> None:
    assert await socket(SocketGate(Inner()), owner(), token=token) == "refused"


async def test_reflex_sees_the_session_row_and_no_credentials() -> None:
    inner, person = Inner(), owner()
    forged = {"authorization": "999", "x-careops-session": "999", "proxy-authorization": "x"}
    await socket(SocketGate(inner), person, **forged)
    headers = inner.scopes[0]["headers"]
    assert [value for name, value in headers if name == b"authorization"] == [str(person.session_id).encode()]
    assert {name for name, _ in headers} & {b"cookie", b"x-careops-session", b"proxy-authorization"} == set()


async def test_sockets_of_one_session_are_counted() -> None:
    inner, person = Inner(), owner()
    inner.release.clear()
    door = SocketGate(inner)
    waiting = [asyncio.create_task(socket(door, person, token=f"{TOKEN}{n}")) for n in range(SOCKETS_PER_SESSION)]
    while len(inner.scopes) < SOCKETS_PER_SESSION:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert await socket(door, person, token=f"{TOKEN}x") == "refused"
    inner.release.set()
    assert await asyncio.gather(*waiting) == ["accepted"] * SOCKETS_PER_SESSION
    assert await socket(door, person, token=f"{TOKEN}x") == "accepted"


async def test_a_frame_that_is_too_large_ends_the_socket() -> None:
    inner = Inner()
    small, large = "x" * LONGEST_FRAME, "x" * (LONGEST_FRAME + 1)
    frames = [{"type": "websocket.receive", "text": text} for text in (small, large, small)]
    await socket(SocketGate(inner), owner(), frames)
    assert len(inner.messages) == 1


async def test_a_flood_ends_the_socket() -> None:
    inner = Inner()
    frames = [{"type": "websocket.receive", "text": "2"} for _ in range(500)]
    await socket(SocketGate(inner), owner(), frames)
    assert BURST <= len(inner.messages) < BURST + 10


async def test_no_other_socket_exists() -> None:
    headers = {"host": HOST, "origin": f"http://{HOST}", "cookie": owner().cookie}
    sent = await call(SocketGate(Inner()), "websocket", f"/elsewhere?token={TOKEN}", **headers)
    assert sent[0]["type"] == "websocket.close"


@pytest.mark.parametrize("path", ["/app", "/app/", "/app/inbox", "/app/bookings?day=2026-11-23"])
async def test_a_staff_address_without_a_session_is_redirected(path: str) -> None:
    inner = Inner()
    sent = await call(SocketGate(inner), "http", path)
    assert (sent[0]["status"], inner.scopes) == (303, [])
    assert dict(sent[0]["headers"])[b"location"].startswith(b"/sign-in?next=/app")


async def test_a_staff_address_with_a_session_is_served() -> None:
    sent = await call(SocketGate(Inner()), "http", "/app", cookie=owner().cookie)
    assert sent[0]["status"] == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/_event", 403), ("/_event/?EIO=4&transport=polling", 403), ("/_upload", 404), ("/_upload/x", 404), ("/", 200)],
)
async def test_side_doors_are_closed(path: str, status: int) -> None:
    sent = await call(SocketGate(Inner()), "http", path, cookie=owner().cookie)
    assert sent[0]["status"] == status


def test_the_bucket_refills(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(gate.time, "monotonic", lambda: now[0])
    bucket = gate.Bucket(at=100.0)
    assert all(bucket.take() for _ in range(50))
    assert not bucket.take()
    now[0] += 1
    assert sum(bucket.take() for _ in range(30)) == 19
