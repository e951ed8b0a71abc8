"""No time suits: a customer waits, a visit is cancelled, the freed time is kept, offered and taken; the team watches."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from careops_app.bookings import service as bookings
from careops_app.demo import cast
from careops_app.infra import clock
from tests.browser.conftest import Open, booked, open_screen, require_accessible, until_there_is
from tests.cast import Business


def test_a_cancelled_visit_reaches_who_waits_for_it(shop: Business, tab: Open) -> None:
    visit = booked(shop, "Ines Falk")
    day = (clock.now().astimezone(shop.teller.zone) + timedelta(days=5)).date().isoformat()
    customer = tab()
    _join(customer, shop, day)

    team = tab(shop, cast.OWNER)
    open_screen(team, "/app/bookings/")
    team.get_by_role("navigation", name="View").get_by_role("link", name="Waitlist").click()
    row = team.get_by_role("row", name="Wanda Ito")
    expect(row.get_by_text("Waiting")).to_be_visible()
    require_accessible(team)

    shop.do(bookings.cancel, visit)
    expect(row.get_by_text("Offered")).to_be_visible()
    expect(row.get_by_text("kept until")).to_be_visible()

    customer.goto(_link(shop, "waitlist_offer"))
    expect(customer.get_by_role("heading", name="A time is free for you")).to_be_visible()
    customer.get_by_role("button", name="Book").click()
    expect(customer.get_by_role("heading", name="You are booked, Wanda")).to_be_visible()
    expect(row).to_have_count(0)
    team.get_by_role("link", name="Booked", exact=True).click()
    expect(row).to_be_visible()

    _put_on_by_hand(team)


def _join(customer: Page, shop: Business, day: str) -> None:
    customer.goto(f"/b/{shop.slug}?service={shop.service(cast.CONSULT)}&staff=any")
    customer.get_by_role("link", name="Join the waitlist").click()
    customer.get_by_label("First day").fill(day)
    customer.get_by_label("Last day").fill(day)
    customer.get_by_label("Name").fill("Wanda Ito")
    customer.get_by_label("E-mail").fill("wanda@example.com")
    customer.get_by_role("button", name="Join the waitlist").click()
    expect(customer.get_by_role("heading", name="You are on the waitlist")).to_be_visible()
    customer.goto(_link(shop, "waitlist_joined"))
    expect(customer.get_by_role("heading", name="You are on the waitlist")).to_be_visible()
    require_accessible(customer)


def _link(shop: Business, template: str) -> str:
    """The page behind the link of the message, once the worker has sent it."""
    sent = until_there_is(lambda: shop.messages("Wanda Ito", template))
    return "/w/" + sent[0].body.split("/w/")[1].split()[0]


def _put_on_by_hand(team: Page) -> None:
    """Somebody calls: staff put them on the list, and take them off again."""
    team.get_by_role("button", name="Add to the waitlist").click()
    dialog = team.get_by_role("dialog")
    dialog.get_by_label("Customer", exact=True).fill("Ruth Adler")
    dialog.get_by_role("button", name="Put on the waitlist").click()
    expect(dialog).to_have_count(0)
    team.get_by_role("link", name="Waiting").click()
    row = team.get_by_role("row", name="Ruth Adler")
    row.get_by_role("button", name="Take Ruth Adler off the waitlist").click()
    team.get_by_role("dialog").get_by_role("button", name="Take off the list").click()
    expect(row).to_have_count(0)
