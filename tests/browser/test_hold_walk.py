"""Two visitors and one time: the first holds it, the second sees it gone; when the hold ends it is back."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from careops_app.bookings import holding
from careops_app.bookings.holding import HoldRequest
from careops_app.demo import cast
from careops_app.infra import db
from tests.browser.conftest import Open, require_accessible
from tests.cast import Business


def choose(page: Page, shop: Business, start: datetime) -> None:
    """Up to the times of that day; the one who gives it is the only one, so that a held time is gone."""
    page.goto(f"/b/{shop.slug}?service={shop.service(cast.CUT)}&staff={staff(shop)}&day={local(shop, start):%Y-%m-%d}")


def staff(shop: Business) -> int:
    return shop.calendar(cast.CUT.by[0])


def local(shop: Business, start: datetime) -> datetime:
    return start.astimezone(shop.teller.zone)


def slot(page: Page, shop: Business, start: datetime):
    return page.locator(f'button.slot[value="{start:%Y-%m-%dT%H:%MZ}"]')


@pytest.mark.parametrize("scripts", [True, False])
def test_a_time_is_held_for_one_and_gone_for_the_other_until_it_is_let_go(
    shop: Business, tab: Open, scripts: bool
) -> None:
    start = shop.free(cast.CUT, 6 if scripts else 7, cast.CUT.by[0])[8]
    first, second = tab(java_script_enabled=scripts), tab(java_script_enabled=scripts)
    choose(first, shop, start)
    choose(second, shop, start)
    slot(first, shop, start).click()
    expect(first.get_by_text("is held for you until")).to_be_visible()
    timer = first.get_by_role("timer")
    expect(timer).to_have_text(re.compile(r"^(10:00|9:\d\d)$") if scripts else "")
    second.reload()
    expect(slot(second, shop, start)).to_have_count(0)
    first.get_by_role("link", name="Back").click()
    expect(slot(first, shop, start)).to_have_attribute("aria-current", "true")
    first.get_by_role("link", name="Continue with").click()
    expect(first.get_by_role("heading", name="Your details")).to_be_visible()
    first.get_by_role("link", name="Back").click()
    first.get_by_role("button", name="Let it go").click()
    second.reload()
    expect(slot(second, shop, start)).to_have_count(1)
    slot(second, shop, start).click()
    second.get_by_label("Name").fill("Second Visitor")
    second.get_by_label("E-mail").fill("second@example.com")
    second.get_by_role("button", name=re.compile("Book|Ask for")).click()
    expect(second.get_by_role("heading", name=re.compile("You are booked|We have your request"))).to_be_visible()


def test_a_hold_that_ends_says_so_keeps_what_was_typed_and_frees_the_time(shop: Business, tab: Open) -> None:
    start = shop.free(cast.CUT, 8, cast.CUT.by[0])[8]
    wanted = HoldRequest(shop.service(cast.CUT), start, "the first", staff(shop), minutes=0.2)  # type: ignore[arg-type]
    kept = db.transact_now(holding.hold_time, shop.id, wanted)
    first, second = tab(bypass_csp=True), tab()
    choose(second, shop, start)
    expect(slot(second, shop, start)).to_have_count(0)
    address = f"/b/{shop.slug}?service={kept.service_id}&staff={staff(shop)}&start={start:%Y-%m-%dT%H:%MZ}"
    first.goto(f"{address}&hold={kept.token}")
    require_accessible(first)
    first.get_by_label("Name").fill("Nora Vance")
    first.get_by_label("E-mail").fill("nora@example.com")
    expect(first.locator(".hold p")).to_have_text(
        re.compile("is not held any more. It may still be free."), timeout=20_000
    )
    expect(first.get_by_role("status").first).to_have_text(re.compile("is not held any more"))
    expect(first.get_by_label("Name")).to_have_value("Nora Vance")
    second.reload()
    slot(second, shop, start).click()
    expect(second.get_by_text("is held for you until")).to_be_visible()
    first.get_by_role("button", name=re.compile("Book|Ask for")).click()
    expect(first.get_by_role("alert")).to_contain_text("your details are kept")
    expect(first.get_by_label("Name")).to_have_value("Nora Vance")
    require_accessible(first)
    first.locator(".near .slot").first.click()
    expect(first.get_by_text("is held for you until")).to_be_visible()
    first.get_by_role("button", name=re.compile("Book|Ask for")).click()
    expect(first.get_by_role("heading", name=re.compile("You are booked|We have your request"))).to_be_visible()


def test_the_countdown_speaks_at_two_minutes_and_at_thirty_seconds(shop: Business, tab: Open) -> None:
    start = shop.free(cast.CUT, 9, cast.CUT.by[0])[8]
    page = tab()
    page.clock.install()
    choose(page, shop, start)
    slot(page, shop, start).click()
    status = page.locator(".hold [role=status]")
    expect(status).to_have_text("")
    page.clock.run_for(8 * 60 * 1000 + 2000)
    expect(status).to_have_text("2 minutes left")
    page.clock.run_for(90 * 1000)
    expect(status).to_have_text("30 seconds left")
