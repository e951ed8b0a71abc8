"""Four app processes and two workers behind one address; one of each is killed while people book and look on."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from careops_app.demo import cast
from careops_app.infra import db
from careops_app.infra.cookies import session_cookie_name
from tests.browser import cluster
from tests.browser.cluster import Cluster
from tests.browser.conftest import aside, open_screen, open_shop
from tests.cast import Business

APPS, WORKERS, BOOKINGS = 4, 2, 40
KILL_AFTER = 10
SETTLED_SECONDS = 150  # a killed worker's leases have to end first

pytestmark = [
    pytest.mark.skipif(
        cluster.REDIS is None and not os.environ.get("CAREOPS_BROWSER_REQUIRED"),
        reason="NO REDIS: many processes were not tried. Install one (Debian: apt-get install redis-server)",
    ),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def many() -> Iterator[Cluster]:
    with cluster.running(APPS, WORKERS) as running:
        yield running


@pytest.fixture(scope="module")
def shop(many: Cluster) -> Business:
    return aside(open_shop)


@pytest.fixture
def tabs(many: Cluster, chromium: Browser, shop: Business) -> Iterator[list[Page]]:
    """As many as there are app processes, each with a connection of its own; all signed in as the owner."""
    contexts = [chromium.new_context(base_url=many.url, locale="en-GB") for _ in range(APPS)]
    token = shop.signed_in(cast.OWNER).token
    for context in contexts:
        context.add_cookies([{"name": session_cookie_name(), "value": token, "url": many.url}])
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def test_nothing_is_lost_or_doubled_and_screens_recover_when_processes_are_killed(
    many: Cluster, shop: Business, tabs: list[Page]
) -> None:
    for page in tabs:
        open_screen(page, "/app/automation")
    customers = _Customers(many, shop)
    customers.start()
    while customers.booked < KILL_AFTER:
        time.sleep(0.05)
    for victim in (many.apps[0], many.workers[0]):
        os.killpg(victim.pid, signal.SIGKILL)
    customers.join()
    assert customers.refused == []
    _every_booking_is_there_once(shop)
    _rename(shop, "Still Here Clinic")
    for page in tabs:
        expect(page.get_by_text("Still Here Clinic").first).to_be_visible(timeout=30_000)
    _every_confirmation_went_once(shop)


class _Customers(threading.Thread):
    """Book one visit after the other through the one address; whoever gets no answer sends the same form again."""

    def __init__(self, many: Cluster, shop: Business) -> None:
        super().__init__(daemon=True)
        self._url = f"{many.url}/api/v1/public/{shop.slug}/bookings"
        self._service = shop.service(cast.CUT)
        self._starts = [start for days in (4, 5) for start in shop.free(cast.CUT, days)[::3]][:BOOKINGS]
        self.booked, self.refused = 0, list[str]()

    def run(self) -> None:
        for number, start in enumerate(self._starts):
            self._book(number, start)
            self.booked += 1

    def _book(self, number: int, start: datetime) -> None:
        wanted = {
            "service_id": self._service, "starts_at": start.isoformat(), "name": f"Customer {number}",
            "email": f"customer{number}@example.com",
        }  # fmt: skip
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"customer-{number:04}"}
        for _ in range(20):
            try:
                urllib.request.urlopen(
                    urllib.request.Request(self._url, json.dumps(wanted).encode(), headers), timeout=30
                ).close()
                return
            except urllib.error.HTTPError as refusal:
                self.refused.append(refusal.read().decode())
                return
            except OSError:
                time.sleep(0.2)
        self.refused.append("no answer in twenty tries")


def _every_booking_is_there_once(shop: Business) -> None:
    made = Counter(row.key for row in _rows(shop, "select idempotency_key as key from booking"))
    wanted = {key: count for key, count in made.items() if key.startswith("customer-")}
    assert wanted == {f"customer-{number:04}": 1 for number in range(BOOKINGS)}


def _every_confirmation_went_once(shop: Business) -> None:
    """Each booking's confirmation has gone; what the killed worker held in its hands is told apart as a doubt."""
    until = time.monotonic() + SETTLED_SECONDS
    while len(settled := [row for row in _confirmations(shop) if row.state in ("sent", "uncertain")]) < BOOKINGS:
        assert time.monotonic() < until, settled
        time.sleep(1)
    written = Counter(row.about_id for row in _confirmations(shop))
    assert len(written) == BOOKINGS
    assert set(written.values()) == {1}
    assert sum(row.state == "uncertain" for row in settled) <= 1


def _confirmations(shop: Business) -> list[Any]:
    return _rows(
        shop,
        "select m.about_id, m.state from message m join booking b on b.id = m.about_id and m.about = 'booking'"
        " where m.template = 'booking_confirmation' and b.idempotency_key like 'customer-%'",
    )


def _rows(shop: Business, statement: str) -> list[Any]:
    return db.fetch_now(lambda session, _: list(session.execute(text(statement))), shop.id)


def _rename(shop: Business, name: str) -> None:
    db.transact_now(
        lambda session, _: session.execute(text("update workspace set name = :name"), {"name": name}), shop.id
    )
