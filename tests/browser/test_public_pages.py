"""The public pages in a real browser: what they weigh on the wire, whom they let in, and what their one script adds."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from careops_app.bookings import service as bookings
from careops_app.bookings.links import manage_token
from careops_app.bookings.making import BookingRequest
from careops_app.demo import cast
from careops_app.infra import db
from tests.browser.conftest import require_accessible
from tests.browser.serving import Server
from tests.cast import Business

KILOBYTE = 1024
WIDTHS = (320, 360, 820, 1440)


@pytest.fixture
def addresses(shop: Business) -> list[str]:
    """Every page that a customer or somebody signing in can meet, each in the state that shows most."""
    start = shop.free(cast.CONSULT, 9)[4]
    wanted = BookingRequest(shop.service(cast.CONSULT), start, "Nora Vance", "key-pages", "nora@example.com")
    token = db.transact_now(manage_token, shop.id, db.transact_now(bookings.request, shop.id, wanted))
    book, cut = f"/b/{shop.slug}", shop.service(cast.CUT)
    return [
        "/", "/sign-in", "/sign-up", "/reset", "/reset?sent=1", f"/c/{shop.slug}", f"/c/{shop.slug}?sent=1",
        book, f"{book}?service={cut}", f"{book}?service={cut}&staff=any", f"{book}?service={cut}&staff=any&zones=1",
        f"{book}?service={cut}&staff=any&start=2031-01-01T10:00Z", f"/m/{token}", f"/m/{token}/booked",
        f"/m/{token}/move", f"/m/{token}/move?start=2031-01-01T10:00Z", f"/m/{token}/cancel", "/m/invented", "/nowhere",
    ]  # fmt: skip


@pytest.fixture(params=["light", "dark"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, server: Server) -> Iterator[Page]:
    """A browser far away, so that pages with times name a second zone; axe needs to get past the page's policy."""
    context = chromium.new_context(
        base_url=server.url, locale="en-GB", timezone_id="Asia/Tokyo", color_scheme=request.param, bypass_csp=True
    )
    yield context.new_page()
    context.close()


def test_no_page_keeps_anybody_out_or_scrolls_sideways(visitor: Page, addresses: list[str]) -> None:
    for address in addresses:
        visitor.goto(address)
        require_accessible(visitor)
        for width in WIDTHS:
            visitor.set_viewport_size({"width": width, "height": 800})
            assert visitor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)


def weigh(page: Page, address: str) -> int:
    """What travels until the page stands, as the browser counts it, headers included."""
    cdp, sizes = page.context.new_cdp_session(page), []
    cdp.send("Network.enable")
    cdp.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    cdp.detach()
    return int(sum(sizes))


def test_a_first_visit_weighs_at_most_60_kb_and_the_next_page_15(shop: Business, page: Page) -> None:
    first = weigh(page, f"/b/{shop.slug}")
    following = weigh(page, f"/b/{shop.slug}?service={shop.service(cast.CUT)}&staff=any")
    assert first <= 60 * KILOBYTE and following <= 15 * KILOBYTE, (first, following)


def test_a_visit_is_booked_with_the_keyboard_alone(shop: Business, page: Page) -> None:
    page.goto(f"/b/{shop.slug}?service={shop.service(cast.CUT)}&staff=any")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(60):  # past the month, to the first free time
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('slot')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    page.get_by_label("Name").focus()
    page.keyboard.type("Nora Vance")
    page.keyboard.press("Enter")  # too early: there is no address yet
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Nora Vance")
    page.keyboard.type("nora@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("You are booked|We have your request"))).to_be_visible()


def test_the_script_tells_the_visitors_zone_once(shop: Business, chromium: Browser, server: Server) -> None:
    context = chromium.new_context(base_url=server.url, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"/b/{shop.slug}?service={shop.service(cast.CUT)}&staff=any")
    expect(page.get_by_text("in Tokyo; the smaller times are those.")).to_be_visible()
    page.goto("/sign-up")
    expect(page.get_by_label("Time zone of the business")).to_have_value("Asia/Tokyo")
    expect(page.get_by_label("Country")).to_have_value("JP")
    context.close()
