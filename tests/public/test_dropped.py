"""The connection is cut after the booking was kept and before the answer arrived: sent again, it is the same booking."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp

from careops_app.bookings.models import Booking
from tests.bookings.clinic import Clinic, tuesday
from tests.public.conftest import Arrive
from tests.public.test_book import NORA, PAGE, bookings, details

SLUG = "saltmarsh-skin"


@pytest.fixture
def port(site: ASGIApp, clinic: Clinic) -> Iterator[int]:
    """The pages and the API behind the server that `careops run` uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(site, "127.0.0.1", port, interface=Interfaces.ASGINL, log_enabled=False)
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_until_complete, args=(server.serve(),), daemon=True)
    running.start()
    _wait_for(port)
    yield port
    loop.call_soon_threadsafe(server.stop)
    running.join(20)
    assert not running.is_alive()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.02)


class Cutter:
    """A network that carries the request, waits for the first byte of the answer, and goes dead: nothing comes back."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.cut = threading.Event()
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self) -> None:
        visitor, _ = self._listening.accept()
        with visitor, socket.create_connection(self._to) as server:
            visitor.settimeout(0.5)
            try:
                while chunk := visitor.recv(65536):
                    server.sendall(chunk)
            except TimeoutError:  # the request has been sent whole
                pass
            assert server.recv(1) == b"H"
            self.cut.set()
        self._listening.close()


def send(port: int, path: str, body: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", path, body, headers | {"host": "shop.test"})
    return connection.getresponse()


def cut(port: int, path: str, body: str, headers: dict[str, str]) -> None:
    """Send it through a network that dies before the answer."""
    network = Cutter(port)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        send(network.port, path, body, headers)
    assert network.cut.wait(20)


def only(clinic: Clinic) -> Booking:
    (booked,) = bookings(clinic)
    return booked


def test_a_form_sent_again_after_a_cut_finds_its_own_booking(clinic: Clinic, visitors: Arrive, port: int) -> None:
    form = details(clinic, visitors()).form(PAGE)
    body, headers = urlencode({**form.fields, **NORA}), {
        "origin": "http://shop.test", "content-type": "application/x-www-form-urlencoded"
    }  # fmt: skip
    cut(port, PAGE, body, headers)
    kept = only(clinic)
    again = [send(port, PAGE, body, headers) for _ in range(2)]
    assert [answer.status for answer in again] == [303, 303] and only(clinic).id == kept.id
    (to,) = {answer.headers["location"] for answer in again}
    assert kept.reference in visitors().open(to).words


def test_a_program_that_sends_again_after_a_cut_gets_the_same_reference(clinic: Clinic, port: int) -> None:
    wanted: dict[str, Any] = {"service_id": clinic.peel, "starts_at": tuesday("10:00").isoformat(), **NORA}
    path, headers = (
        f"/api/v1/public/{SLUG}/bookings",
        {"idempotency-key": "one-press", "content-type": "application/json"},
    )
    cut(port, path, json.dumps(wanted), headers)
    kept = only(clinic)
    answers = [json.loads(send(port, path, json.dumps(wanted), headers).read()) for _ in range(2)]
    assert {answer["reference"] for answer in answers} == {kept.reference} and only(clinic).id == kept.id
    assert len({answer["token"] for answer in answers}) == 1


def test_what_was_cut_off_before_it_was_whole_books_nothing(clinic: Clinic, visitors: Arrive, port: int) -> None:
    form = details(clinic, visitors()).form(PAGE)
    body = urlencode({**form.fields, **NORA}).encode()
    with socket.create_connection(("127.0.0.1", port)) as half:
        head = f"POST {PAGE} HTTP/1.1\r\nhost: shop.test\r\norigin: http://shop.test\r\ncontent-length: {len(body)}\r\n"
        kind = "content-type: application/x-www-form-urlencoded\r\n\r\n"
        half.sendall((head + kind).encode() + body[: len(body) // 2])
    assert visitors().open(PAGE).status == 200 and bookings(clinic) == []
