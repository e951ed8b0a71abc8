"""A light HTTP client: many keep-alive connections in one process, each sending its requests one after another.

Written for little work per answer, so that it takes as little as possible from the server it measures.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

HEADER_END = b"\r\n\r\n"


@dataclass(slots=True)
class Answer:
    """What came back: the status, the body as bytes, and the seconds from sending to the last byte."""

    status: int
    body: bytes
    seconds: float

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Run:
    """All answers of a load, in the order of the requests, and how long the whole took."""

    answers: list[Answer]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The time that this share of the requests stayed within."""
        times = sorted(answer.seconds for answer in self.answers)
        return 1000 * times[min(len(times) - 1, int(share * len(times)))]


def get(path: str, sender: str = "192.0.2.1") -> bytes:
    """A request as it goes over the wire; `sender` is whom the proxy in front says it comes from."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {sender}\r\n\r\n".encode()


def post(path: str, body: dict[str, Any], key: str, sender: str) -> bytes:
    """A JSON request with an idempotency key."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {sender}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def network(number: int) -> str:
    """An address in the network of that number; each network has a budget of its own for public writes."""
    return f"10.{number // 256 % 256}.{number % 256}.7"


def fire(port: int, requests: Iterable[bytes], connections: int) -> Run:
    """Send all requests over so many connections; each takes the next one as soon as it has its answer."""
    return asyncio.run(_fire(port, list(requests), connections))


async def _fire(port: int, requests: list[bytes], connections: int) -> Run:
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(min(connections, len(requests)))]
    waiting, answers = iter(enumerate(requests)), [Answer(0, b"", 0.0)] * len(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_send_all(line, waiting, answers) for line in lines))
    seconds = time.perf_counter() - began
    for _, writer in lines:
        writer.close()
    return Run(answers, seconds)


async def _send_all(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    waiting: Iterator[tuple[int, bytes]],
    answers: list[Answer],
) -> None:
    reader, writer = line
    for number, request in waiting:
        began = time.perf_counter()
        writer.write(request)
        status, body = await _read(reader)
        answers[number] = Answer(status, body, time.perf_counter() - began)


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(HEADER_END)
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise RuntimeError(f"an answer without a length: {head[:200]!r}")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)])
    return int(head[9:12]), await reader.readexactly(length) if length else b""
