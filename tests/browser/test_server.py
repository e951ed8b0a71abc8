"""The running server against raw clients: what a browser would never send."""

import contextlib
import json
import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPMessage

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from careops_app.workspace.access import Permission
from tests.browser.conftest import Server
from tests.people import Person, owner, sign_out, staff

HYDRATE = "reflex___state____state.hydrate"


@contextlib.contextmanager
def socket(
    server: Server, person: Person | None, *, origin: str | None = None, token: str | None = None
) -> Iterator[ClientConnection]:
    headers = {"Cookie": person.cookie} if person else {}
    address = f"ws://{server.host}/_event/?EIO=4&transport=websocket&token={token or uuid.uuid4()}"
    with connect(address, origin=origin or server.url, additional_headers=headers, open_timeout=10) as opened:
        opened.recv(5)
        opened.send("40/_event,")
        opened.recv(5)
        yield opened


def send(opened: ClientConnection, name: str, **payload: object) -> None:
    """An event as the page's own script would send it."""
    event = {"name": name, "payload": payload, "router_data": {"pathname": "/app", "query": {}, "asPath": "/app"}}
    opened.send("42/_event," + json.dumps(["event", event]))


def answers(opened: ClientConnection, seconds: float = 1.0) -> str:
    """Everything the server says until it is quiet."""
    said = ""
    with contextlib.suppress(TimeoutError):
        while True:
            message = opened.recv(seconds)
            said += message if isinstance(message, str) else message.decode()
    return said


def status_of_refusal(server: Server, person: Person | None, **changed: str) -> int:
    with pytest.raises(InvalidStatus) as refused, socket(server, person, **changed):
        pass
    return refused.value.response.status_code


def get(server: Server, path: str, person: Person | None = None) -> tuple[int, HTTPMessage, bytes]:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(server.url + path, headers={"Cookie": person.cookie} if person else {})
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=10) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_a_socket_needs_a_session(world: Server) -> None:
    assert status_of_refusal(world, None) == 403


def test_a_foreign_page_gets_no_socket(world: Server) -> None:
    assert status_of_refusal(world, owner(), origin="https://evil.example") == 403


def test_a_stolen_client_token_opens_nothing(world: Server) -> None:
    token = str(uuid.uuid4())
    with socket(world, owner(), token=token) as opened:
        send(opened, HYDRATE)
        assert "Olivia Owner" in answers(opened)
    assert status_of_refusal(world, owner("Thieves", "thief@example.com"), token=token) == 403


def test_a_members_tab_is_filled_and_never_shows_credentials(world: Server) -> None:
    person = owner()
    with socket(world, person) as opened:
        send(opened, HYDRATE)
        said = answers(opened)
    assert "Harbour Clinic" in said
    assert person.token not in said
    assert "authorization" not in said


def test_unknown_and_undecorated_names_do_nothing(world: Server) -> None:
    with socket(world, owner()) as opened:
        send(opened, HYDRATE)
        answers(opened)
        for name in ("nobody.home", "reflex___state____state.setvar", f"{HYDRATE}x"):
            send(opened, name, var_name="is_hydrated", value=True)
        assert "is_hydrated" not in answers(opened)


@pytest.mark.parametrize(
    "event",
    [
        None,
        "text",
        [1],
        {},
        {"name": 7},
        {"name": ["x"]},
        {"name": HYDRATE, "payload": [1]},
        {"name": HYDRATE, "router_data": "x"},
        {"name": HYDRATE, "router_data": {"query": 5}},
        {"name": HYDRATE, "router_data": {"pathname": {"a": 1}}},
        {"name": HYDRATE, "payload": {"self": 1, "token": "x"}},
        {"name": HYDRATE, "token": 5, "x": 1},
    ],
    ids=str,
)
def test_a_malformed_event_changes_nothing_and_the_socket_lives_on(world: Server, event: object) -> None:
    with socket(world, owner()) as opened:
        opened.send("42/_event," + json.dumps(["event", event]))
        answers(opened, 0.3)
        send(opened, HYDRATE)
        assert "Olivia Owner" in answers(opened)


def test_revocation_is_effective_on_an_open_socket(world: Server) -> None:
    person = staff(owner(), Permission.INBOX)
    with socket(world, person) as opened:
        send(opened, HYDRATE)
        assert "Sam Staff" in answers(opened)
        sign_out(person)
        send(opened, HYDRATE)
        said = answers(opened)
    assert "Sam Staff" not in said
    assert "/sign-in" in said


def test_a_flood_ends_the_socket(world: Server) -> None:
    with pytest.raises(ConnectionClosed), socket(world, owner()) as opened:
        for _ in range(2000):
            send(opened, "nobody.home")
        answers(opened)


def test_a_large_frame_ends_the_socket(world: Server) -> None:
    with pytest.raises(ConnectionClosed), socket(world, owner()) as opened:
        send(opened, "nobody.home", text="x" * 200_000)
        answers(opened)


def test_staff_pages_are_for_members(world: Server) -> None:
    status, headers, body = get(world, "/app")
    assert (status, headers["location"], body) == (303, "/sign-in?next=/app", b"")
    status, headers, _ = get(world, "/app/", owner())
    assert status == 200
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/index.html", "/app.html", "/404.html", "/nowhere", "/_upload/x", "/.env", "/%2e%2e/x"]
)
def test_nothing_else_of_the_front_end_is_served(world: Server, path: str) -> None:
    status, _, body = get(world, path, owner())
    assert status == 404
    assert b"/assets/" not in body


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs", "/nowhere", "/app", "/careops.css"])
def test_every_answer_carries_the_security_headers(world: Server, path: str) -> None:
    _, headers, _ = get(world, path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert "default-src" in headers["content-security-policy"]
    assert headers["cache-control"]
    assert "access-control-allow-origin" not in headers


def test_the_documentation_needs_no_other_host(world: Server) -> None:
    _, _, body = get(world, "/docs")
    for address in re.findall(rb'(?:src|href)="([^"]+)"', body):
        assert address.startswith(b"/")
        assert get(world, address.decode())[0] == 200


def test_the_log_holds_no_cookie_no_token_and_no_payload(world: Server) -> None:
    person, token = owner(), str(uuid.uuid4())
    with socket(world, person, token=token) as opened:
        send(opened, HYDRATE)
        send(opened, "nobody.home", text="a private sentence")
        answers(opened)
    log = world.log.read_text()
    for private in (person.token, token, "a private sentence"):
        assert private not in log
