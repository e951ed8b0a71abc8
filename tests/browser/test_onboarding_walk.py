"""A stranger creates a business in the browser, opens it, and a visitor finds it."""

from playwright.sync_api import BrowserContext, Page, expect

from careops_app.infra import wording
from tests.browser.conftest import Server, open_screen, require_accessible


def test_from_sign_up_to_an_open_business(world: Server, context: BrowserContext, page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create your business").first.click()
    for label, text in {
        "Name of the business": "Harbour Clinic", "Your name": "Olivia Owner", "Your e-mail": "olivia@example.com",
        "Password": "a long enough pass phrase",
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    require_accessible(page)
    page.get_by_role("button", name="Create business").click()
    page.wait_for_url("**/app/onboarding/**")
    expect(page.get_by_text("Public pages are closed")).to_be_visible()
    visitor = context.new_page()
    visitor.goto("/b/harbour-clinic")
    expect(visitor.get_by_text("Harbour Clinic is not taking online requests yet").first).to_be_visible()

    open_screen(page, "/app/onboarding/?step=business")
    page.get_by_label("Address").fill("1 Quay")
    page.get_by_role("button", name="Save the business").click()
    page.get_by_role("link", name="Next: ").click()
    page.get_by_role("button", name="Test now").first.click()
    expect(page.get_by_text("It works.").first).to_be_visible()
    open_screen(page, "/app/onboarding/?step=contact")
    page.get_by_role("button", name="Save the contact form").click()
    expect(page.get_by_text("3 of 8 done")).to_be_visible()

    open_screen(page, "/app/onboarding/?step=services")
    page.get_by_role("button", name="I take bookings").click()
    expect(page.get_by_text("Nothing is open until you save it")).to_be_visible()
    for day in wording.WEEKDAYS[5:]:
        page.get_by_role("switch", name=f"{day}: open").click()
        expect(page.get_by_role("switch", name=f"{day}: open")).to_be_checked()
    page.get_by_role("button", name="Save hours").click()
    page.get_by_role("button", name="Add your first service").click()
    page.get_by_label("Name", exact=True).fill("Check-up")
    page.get_by_label("Minutes", exact=True).fill("30")
    page.get_by_role("checkbox", name="Olivia Owner").check()
    page.get_by_role("button", name="Add the service").click()
    expect(page.get_by_text("Bookable", exact=True)).to_be_visible()
    require_accessible(page)

    open_screen(page, "/app/onboarding/?step=forms")
    page.locator(".starters li").filter(has_text="Intake form").get_by_role("button", name="Start").click()
    page.get_by_label("Check-up").check()
    page.get_by_role("button", name="Save the services").click()
    expect(page.get_by_text("Linked", exact=True)).to_be_visible()
    open_screen(page, "/app/onboarding/?step=inventory")
    for label, text in {"Item": "Gloves", "Counted in": "pairs", "On the shelf now": "40", "Low below": "10"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Add the item").click()
    page.get_by_role("button", name="Check-up").click()
    page.get_by_label("Gloves, pairs").fill("1")
    page.get_by_role("button", name="Save what it uses").click()
    expect(page.get_by_text("6 of 8 done")).to_be_visible()
    open_screen(page, "/app/onboarding/?step=staff")
    page.locator("form").get_by_label("E-mail").fill("sam@example.com")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("7 of 8 done")).to_be_visible()
    require_accessible(page)

    open_screen(page, "/app/onboarding/?step=launch")
    page.get_by_role("button", name="Open pages").click()
    expect(page.get_by_text("Public pages are open")).to_be_visible()
    expect(page.get_by_text("8 of 8 done")).to_be_visible()
    visitor.goto("/b/harbour-clinic")
    visitor.get_by_role("link", name="Check-up").click()
    expect(visitor.locator(".slot").first).to_be_visible()
