"""Twilio's Messages resource on this machine, over real HTTP: it authenticates, takes, lists, refuses and breaks off."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT, TOKEN = "AC" + "a" * 32, "auth-token"
KEPT = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": "+447700900001", "hook_token": "hook-token"}
OPTED_OUT = (400, 21610, "Attempt to send to unsubscribed recipient")
THROTTLED = (429, 20429, "Too Many Requests")
HANGS_UP, SILENT = "hangs up", "silent"


@dataclass
class Twilio:
    """`answers`: what happens next, one each: (status, code, words), HANGS_UP or SILENT; then everything is taken.

    `takes_first`: a broken answer comes after the text was accepted. `listed`: whether the list shows what was taken.
    """

    answers: list[Any] = field(default_factory=list)
    takes_first: bool = False
    listed: bool = True
    taken: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    url: str = ""

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        from careops_app.infra import clock

        row = {
            "sid": f"SM{len(self.taken):032x}", "to": form["To"], "body": form["Body"], "status": "queued",
            "direction": "outbound-api", "date_created": format_datetime(clock.datetime.now(clock.UTC)),
        }  # fmt: skip
        self.taken.append({**form, **row})
        return row


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        twilio: Twilio = self.server.twilio
        if not self._authenticated():
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        rows = [each for each in twilio.taken if twilio.listed and each["to"] == query.get("To", each["to"])]
        self._say(200, {"messages": rows[::-1]})

    def do_POST(self) -> None:
        twilio: Twilio = self.server.twilio
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        twilio.requests += 1
        if not self._authenticated():
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        answer = twilio.answers.pop(0) if twilio.answers else None
        if answer is None:
            return self._say(201, twilio.take(form))
        if twilio.takes_first:
            twilio.take(form)
        if answer == SILENT:
            time.sleep(1.5)
        if answer in (HANGS_UP, SILENT):
            self.close_connection = True
            return None
        status, code, words = answer
        return self._say(status, {"code": code, "message": words, "status": status})

    def _authenticated(self) -> bool:
        given = self.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() == f"{ACCOUNT}:{TOKEN}" and f"/Accounts/{ACCOUNT}/" in self.path:
            return True
        self._say(401, {"code": 20003, "message": "Authenticate", "status": 401})
        return False

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def twilio_server() -> Iterator[Twilio]:
    """Runs while the block lasts, on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.twilio = Twilio(url=f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.twilio  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
