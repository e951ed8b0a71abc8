"""The layers around every answer: headers that nobody forgets, bodies that end, proxies that are counted."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from careops_app.infra.http import (
    KILOBYTE,
    LARGEST_BODY,
    LARGEST_BODY_BELOW,
    MEGABYTE,
    PUBLIC_CSP,
    BodyCap,
    SecurityHeaders,
    TrustedProxies,
)
from careops_app.infra.settings import reset_settings

Given = Callable[..., None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Given]:
    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"CAREOPS_{name.upper()}", value)
        reset_settings()

    yield put
    monkeypatch.undo()
    reset_settings()


class Reader:
    """Reads the whole body, then answers; notes what it saw."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.headers, self.scope, self.read = list(headers), {}, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = dict(scope)
        more = scope["type"] == "http"
        while more:
            message = await receive()
            self.read += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"done"})


async def call(
    app: Any, path: str, chunks: Iterable[bytes] = (b"",), kind: str = "http", **headers: str
) -> tuple[int, dict[str, str]]:
    pending = list(chunks)
    sent: list[Message] = []
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": raw, "scheme": "http", "client": ("10.0.0.9", 1), "method": "POST"}

    async def receive() -> Message:
        return {"type": "http.request", "body": pending.pop(0), "more_body": bool(pending)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("path", ["/", "/m/abc", "/app", "/docs", "/api/v1/x", "/healthz"])
async def test_every_answer_is_hardened(path: str) -> None:
    _, headers = await call(SecurityHeaders(Reader()), path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("path", ["/", "/m/abc", "/appointment", "/docsx", "/b/salon"])
async def test_public_pages_run_no_inline_script(path: str) -> None:
    _, headers = await call(SecurityHeaders(Reader()), path)
    assert headers["content-security-policy"] == PUBLIC_CSP
    assert "unsafe" not in PUBLIC_CSP


async def test_an_answer_may_be_stricter_itself() -> None:
    own = [(b"content-security-policy", b"default-src 'none'"), (b"cache-control", b"public, max-age=60")]
    _, headers = await call(SecurityHeaders(Reader(own)), "/")
    assert headers["content-security-policy"] == "default-src 'none'"
    assert headers["cache-control"] == "public, max-age=60"


async def test_over_https_the_browser_is_told_to_stay_there(given: Given) -> None:
    given(public_url="https://careops.example")
    _, headers = await call(SecurityHeaders(Reader()), "/")
    assert headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("path", "largest"),
    [
        ("/", LARGEST_BODY),
        ("/sign-in", LARGEST_BODY),
        ("/form", LARGEST_BODY),
        ("/f/token", LARGEST_BODY_BELOW["/f"]),
        ("/api/v1/contacts", MEGABYTE),
        ("/api/v1/public/forms/token", 12 * MEGABYTE),
    ],
)
async def test_bodies_end_at_the_size_of_their_address(path: str, largest: int) -> None:
    reader = Reader()
    assert (await call(BodyCap(reader), path, [b"x" * largest]))[0] == 200
    assert reader.read == largest
    assert (await call(BodyCap(Reader()), path, [b"x" * largest, b"y"]))[0] == 413
    assert (await call(BodyCap(Reader()), path, content_length=str(largest + 1)))[0] == 413


async def test_an_endless_body_is_cut_while_it_arrives() -> None:
    reader, chunk = Reader(), b"x" * (100 * KILOBYTE)
    assert (await call(BodyCap(reader), "/", [chunk] * 1000))[0] == 413
    assert reader.read <= LARGEST_BODY


async def test_nobody_is_believed_without_trusted_proxies() -> None:
    reader = Reader()
    await call(TrustedProxies(reader), "/", x_forwarded_for="1.2.3.4", x_forwarded_proto="https")
    assert (reader.scope["client"], reader.scope["scheme"]) == (("10.0.0.9", 1), "http")


@pytest.mark.parametrize(
    ("hops", "chain", "visitor"),
    [
        ("1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("2", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("3", "1.2.3.4, 10.0.0.2", "10.0.0.9"),
    ],
)
async def test_the_visitor_is_as_many_hops_away_as_counted(given: Given, hops: str, chain: str, visitor: str) -> None:
    given(trusted_proxy_hops=hops)
    reader = Reader()
    await call(TrustedProxies(reader), "/", x_forwarded_for=chain, x_forwarded_proto="https")
    assert (reader.scope["client"][0], reader.scope["scheme"]) == (visitor, "https")


async def test_an_https_address_makes_every_request_https(given: Given) -> None:
    given(public_url="https://careops.example")
    reader = Reader()
    await call(TrustedProxies(reader), "/")
    assert reader.scope["scheme"] == "https"
