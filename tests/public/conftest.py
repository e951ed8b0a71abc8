"""The public pages as a visitor's browser meets them: the real routes in the real layers, and a small open business."""

from collections.abc import Callable, Iterator
from typing import Any

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
