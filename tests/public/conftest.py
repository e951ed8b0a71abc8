"""The public pages as a visitor's browser meets them: the real routes in the real layers, and a small open business."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from careops_app.api import app as api
from careops_app.infra.http import BodyCap, SecurityHeaders, TrustedProxies
from careops_app.infra.settings import reset_settings
from careops_app.public.routes import ROUTES
from tests.bookings.clinic import Clinic, open_clinic
from tests.public.visitor import Visitor

HOME = "http://shop.test"
Arrive = Callable[..., Visitor]


@pytest.fixture(scope="session")
def site() -> ASGIApp:
    """The API and the public pages, wrapped as careops_app.app wraps them."""
    http = api.create()
    http.router.routes.extend(ROUTES)
    return TrustedProxies(SecurityHeaders(BodyCap(http)))


@pytest.fixture
def visitors(site: ASGIApp, database: str, clock: Any) -> Iterator[Arrive]:
    """A way to bring in visitors, each with cookies of their own, from a network of their choice."""
    opened: list[Visitor] = []

    def arrive(host: str = "203.0.113.7") -> Visitor:
        visitor = Visitor(TestClient(site, HOME, follow_redirects=False, client=(host, 5000)))
        opened.append(visitor)
        return visitor

    yield arrive
    for visitor in opened:
        visitor.browser.close()


@pytest.fixture
def visitor(visitors: Arrive) -> Visitor:
    return visitors()


@pytest.fixture
def clinic(visitors: Arrive) -> Clinic:
    """Saltmarsh Skin: Monday to Friday, a peel by two people, a cut by one that needs approval."""
    return open_clinic()


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Change the configuration for one test."""

    def change(name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        reset_settings()

    yield change
    monkeypatch.undo()
    reset_settings()


@pytest.fixture
def written(database: str) -> Callable[[], list[tuple]]:
    """A fingerprint of everything in the database: rows, and who wrote them last."""
    return lambda: _look(database, "select '{0}', count(*), coalesce(max(xmin::text::bigint), 0) from {0}")


@pytest.fixture
def kept(database: str) -> Callable[[], dict[str, int]]:
    """How many rows each table has; budgets, which every attempt spends, aside."""
    return lambda: {
        name: rows for name, rows in _look(database, "select '{0}', count(*) from {0}") if name != "throttle_window"
    }


def _look(database: str, each: str) -> list[tuple]:
    tables = "select table_name from information_schema.tables where table_schema = 'public' order by 1"
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        names = [name for (name,) in connection.execute(tables)]
        return connection.execute(" union all ".join(each.format(name) for name in names).encode()).fetchall()
