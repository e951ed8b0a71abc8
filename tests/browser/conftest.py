"""The real server as a stranger starts it, and a Chromium that walks through it.

`server` is one `careops run` per test process on a port and a data folder of its own; `world` empties its database
before a test and lets the test call commands against it. Playwright's own event loop stays in this process, so these
tests run apart from the others (`make test` does that).
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect, sync_playwright
from sqlalchemy import text

from careops_app.bookings import offering
from careops_app.bookings import service as bookings
from careops_app.bookings.making import BookingRequest
from careops_app.bookings.spans import Window
from careops_app.demo import build_demo, cast
from careops_app.demo.build import Teller
from careops_app.infra import clock, db, queue
from careops_app.infra.cookies import session_cookie_name
from tests.browser.serving import FLAGS, Server, borrowed_database, browser_path, serving
from tests.cast import Business
from tests.conftest import EMPTY_USED_TABLES
from tests.people import Person

Open = Callable[..., Page]
HERE = Path(__file__).parent
NO_BROWSER = (
    "NO BROWSER: the walks through Chromium did not run. Install one (Debian: apt-get install chromium) "
    "or name it in CAREOPS_BROWSER."
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser all walks end as one loud skip, or as a failure where a browser is required."""
    walks = [item for item in items if HERE in item.path.parents and "chromium" in getattr(item, "fixturenames", ())]
    if not walks or browser_path():
        return
    if os.environ.get("CAREOPS_BROWSER_REQUIRED"):
        raise pytest.UsageError(NO_BROWSER)
    walks[0].add_marker(pytest.mark.skip(reason=NO_BROWSER))
    config.hook.pytest_deselected(items=walks[1:])
    items[:] = [item for item in items if item not in walks[1:]]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """`careops run` with its own embedded database; it must stop cleanly when asked."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def _borrowed(server: Server) -> Iterator[str]:
    """This process uses the server's database, secrets and wiring."""
    with borrowed_database(server) as url:
        yield url


@pytest.fixture
def world(server: Server, _borrowed: str) -> Server:
    """The running server with an empty database, ready for this test's commands."""
    _empty(_borrowed)
    return server


def _empty(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(EMPTY_USED_TABLES)


@pytest.fixture(scope="module")
def shop(server: Server, _borrowed: str) -> Business:
    """The demo's clinic as it was opened, for all walks of a module; open day and night, whenever the walks run."""
    _empty(_borrowed)
    return aside(open_shop)


def open_shop() -> Business:
    with queue.quiet():
        teller = Teller.beginning(clock.now())
        teller.open_business()
    business = Business(teller)
    business.do(offering.set_hours, None, ((Window(0, 24 * 60),),) * 7)
    return business


def aside(work: Callable[[], Any]) -> Any:
    """Carried out in a thread of its own: the browser's event loop occupies this one."""
    with ThreadPoolExecutor(max_workers=1) as alone:
        return alone.submit(work).result()


@pytest.fixture(scope="module")
def demo(server: Server, _borrowed: str) -> int:
    """The demo business, for all walks of a module; its workspace id."""
    _empty(_borrowed)
    return aside(build_demo)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser profile of its own, signed out."""
    fresh = chromium.new_context(base_url=server.url, locale="en-GB", timezone_id="Europe/London")
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; the test fails when its page raises a script error."""
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    assert errors == []


@pytest.fixture
def tab(chromium: Browser, server: Server) -> Iterator[Open]:
    """Opens tabs in browser profiles of their own; with a teammate's name they are signed in."""
    opened: list[BrowserContext] = []

    def open_tab(shop: Business | None = None, who: cast.Teammate | None = None, **more: object) -> Page:
        context = chromium.new_context(base_url=server.url, locale="en-GB", timezone_id="Europe/London", **more)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        if shop is not None and who is not None:
            sign_in(context, server, shop.signed_in(who))
        return context.new_page()

    yield open_tab
    for context in opened:
        context.close()


def sign_in(context: BrowserContext, server: Server, person: Person) -> None:
    """The browser is this person from now on."""
    context.add_cookies([{"name": session_cookie_name(), "value": person.token, "url": server.url}])


def open_screen(page: Page, path: str) -> None:
    """Opens a staff screen and waits until the server has filled it. A page on its way out may still open a socket."""
    filled: list[WebSocket] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: filled.append(socket) if _FILLED.search(_text(frame)) else None)

    page.on("websocket", watch)
    page.goto(path)
    until = time.monotonic() + FILLED_SECONDS
    while all(socket.is_closed() for socket in filled):
        assert time.monotonic() < until, f"the server has not filled {path}"
        page.wait_for_timeout(20)
    page.remove_listener("websocket", watch)


FILLED_SECONDS = 15
_FILLED = re.compile(r'"is_hydrated_rx_state_":\s*true')


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")


_AT_REST = """() => document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect?.getComputedTiming().endTime === Infinity
)"""


def require_accessible(page: Page) -> None:
    """Nothing on this page keeps people out: no serious finding of axe. What fades in is judged when it has arrived."""
    page.wait_for_function(_AT_REST)
    found = Axe().run(page).response["violations"]
    severe = [one for one in found if one["impact"] in ("serious", "critical")]
    assert severe == [], [(one["id"], one["nodes"][0]["html"][:200]) for one in severe]


def booked(shop: Business, name: str, offer: cast.Offer = cast.CONSULT) -> int:
    """Somebody has booked some days ahead."""
    start = shop.free(offer, 5)[8]
    wanted = BookingRequest(shop.service(offer), start, name, f"key-{name}", f"{name.split()[0].lower()}@example.com")
    return db.transact_now(bookings.request, shop.id, wanted)


def write(page: Page, shop: Business, name: str) -> None:
    """A visitor of their own network and words sends the contact form; ends when the page says that it has arrived."""
    db.transact_now(lambda session: session.execute(text("delete from throttle_window")), db.SYSTEM)
    page.goto(f"/c/{shop.slug}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.split()[0].lower()}@example.com")
    page.get_by_label("Message").fill(f"Do you do bridal trials? It is for {name}.")
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_role("heading", name="We have your message")).to_be_visible()


def until_there_is(look: Callable[[], Any], seconds: float = 10) -> Any:
    """The worker of the server needs a moment."""
    end = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except StopIteration:
            pass
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
