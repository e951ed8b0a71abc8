"""The staff's app in a real browser: it opens, connects, and follows the session."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Server, open_screen, sign_in
from tests.people import owner, sign_out


def test_a_member_opens_the_app(world: Server, context: BrowserContext, page: Page) -> None:
    sign_in(context, world, owner())
    open_screen(page, "/app")
    expect(page.get_by_text("Harbour Clinic").first).to_be_visible()


def test_a_stranger_is_asked_to_sign_in(world: Server, page: Page) -> None:
    page.goto("/app/inbox")
    assert "/sign-in?next=/app/inbox" in page.url


def test_after_signing_out_elsewhere_the_next_event_leaves_the_app(
    world: Server, context: BrowserContext, page: Page
) -> None:
    person = owner()
    sign_in(context, world, person)
    open_screen(page, "/app")
    sign_out(person)
    page.reload()
    page.wait_for_url("**/sign-in**")
