"""A suspected message: the visitor's browser works it free unseen; without scripts it waits, and the team lets it in."""

from playwright.sync_api import Page, expect

from careops_app.demo import cast
from careops_app.inbox.quarantine_queries import suspected_count
from tests.browser.conftest import Open, open_screen, require_accessible, until_there_is
from tests.cast import Business

LINKS = "https://a.example https://b.example https://c.example"


def test_a_browser_works_its_message_free_and_the_team_lets_the_other_in(shop: Business, tab: Open) -> None:
    customer = tab()
    _write(customer, shop, "Vera Link")
    customer.wait_for_url(f"**/c/{shop.slug}?sent=1", timeout=60_000)
    expect(customer.get_by_role("heading", name="We have your message")).to_be_visible()
    until_there_is(lambda: [one for one in shop.contacts() if one.name == "Vera Link"])

    plain = tab(java_script_enabled=False)
    _write(plain, shop, "Nora Plain")
    expect(plain.get_by_role("heading", name="We have your message")).to_be_visible()
    assert shop.ask(suspected_count) == 1

    team = tab(shop, cast.OWNER)
    open_screen(team, "/app/inbox/")
    team.get_by_role("link", name="Suspected spam (1)").click()
    expect(team.get_by_text("It contains 3 links or more.")).to_be_visible()
    require_accessible(team)
    team.get_by_role("button", name="Accept into the inbox").click()
    team.wait_for_url("**/app/inbox/?c=*")
    expect(team.get_by_role("heading", name="Nora Plain")).to_be_visible()
    assert shop.ask(suspected_count) == 0


def _write(page: Page, shop: Business, name: str) -> None:
    page.goto(f"/c/{shop.slug}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.partition(' ')[0].lower()}@example.com")
    page.get_by_label("Message").fill(LINKS)
    page.wait_for_timeout(3_200)
    page.get_by_role("button", name="Send message").click()
