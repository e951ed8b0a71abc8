"""The stories of customers and staff, walked through in a real browser."""

from datetime import timedelta

from playwright.sync_api import expect

from careops_app.bookings import service as bookings
from careops_app.bookings.links import manage_token
from careops_app.bookings.making import StaffBooking
from careops_app.demo import cast
from careops_app.forms.links import form_link
from careops_app.forms.queries import requests_of_booking
from careops_app.forms.rules import FormStatus
from careops_app.infra import clock, db
from careops_app.infra.settings import settings
from tests.browser.conftest import Open, booked, open_screen, require_accessible, until_there_is, write
from tests.cast import Business

TWO_SECONDS = 2_000


def test_a_visitor_books_without_a_script_and_cancels_by_their_link(shop: Business, tab: Open) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"/b/{shop.slug}")
    page.get_by_role("link", name="Skin consultation").click()
    page.get_by_role("link", name="Anyone free").click()
    page.locator(".slot").last.click()  # late in the evening today has only a few left
    page.get_by_label("Name").fill("Nora Vance")
    page.get_by_label("E-mail").fill("nora@example.com")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("heading", name="You are booked, Nora")).to_be_visible()
    page.goto(page.url.removesuffix("/booked"))
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("cancelled").first).to_be_visible()
    assert [visit.status for visit in shop.visits() if visit.contact == "Nora Vance"] == ["cancelled"]


def test_a_visitor_moves_their_visit_and_everything_follows(shop: Business, tab: Open) -> None:
    visit = booked(shop, "Ingrid Holm")
    page = tab(java_script_enabled=False)
    page.goto(f"/m/{db.transact_now(manage_token, shop.id, visit)}")
    planned = page.locator("section, .card").filter(has_text="Reminders planned").last
    before = planned.inner_text()
    page.get_by_role("link", name="Move").click()
    page.locator("a.d").last.click()
    chosen = page.locator(".slot").last
    time = chosen.inner_text().split()[0]
    chosen.click()
    page.get_by_role("button", name="Move the visit").click()
    expect(page.get_by_text(time).first).to_be_visible()
    assert planned.inner_text() != before, "the reminders follow"
    (moved,) = [each for each in shop.visits() if each.id == visit]
    assert moved.starts_at.astimezone(shop.teller.zone).strftime("%H:%M") == time
    until_there_is(lambda: shop.messages("Ingrid Holm", "booking_rescheduled"))


def test_an_inquiry_shows_in_an_open_inbox_within_two_seconds(shop: Business, tab: Open) -> None:
    inbox, visitor = tab(shop, cast.PRIYA), tab()
    open_screen(inbox, "/app/inbox/")
    expect(inbox.get_by_role("heading", name="Inbox").first).to_be_visible()
    write(visitor, shop, "Mina Sato")
    expect(inbox.get_by_text("Mina Sato").first).to_be_visible(timeout=TWO_SECONDS)
    require_accessible(visitor)
    require_accessible(inbox)


def test_a_number_on_an_open_dashboard_follows_within_two_seconds(shop: Business, tab: Open) -> None:
    dashboard, visitor = tab(shop, cast.OWNER), tab()
    open_screen(dashboard, "/app/")
    number = dashboard.locator('a[href="/app/inbox/?filter=new"]').first
    expect(number).to_be_visible()
    before = int("".join(filter(str.isdigit, number.inner_text())))
    write(visitor, shop, "Oscar Lind")
    expect(number).to_contain_text(str(before + 1), timeout=TWO_SECONDS)


def test_a_dashboard_that_was_cut_off_is_complete_when_it_is_back(shop: Business, tab: Open) -> None:
    dashboard, visitor = tab(shop, cast.OWNER), tab()
    open_screen(dashboard, "/app/")
    number = dashboard.locator('a[href="/app/inbox/?filter=new"]').first
    expect(number).to_be_visible()
    before = int("".join(filter(str.isdigit, number.inner_text())))
    dashboard.context.set_offline(True)
    for name in ("Rosa Lind", "Sven Lind", "Tove Lind"):
        write(visitor, shop, name)
    expect(number).to_contain_text(str(before))
    dashboard.context.set_offline(False)
    expect(number).to_contain_text(str(before + 3), timeout=15_000)
    write(visitor, shop, "Ulla Lind")
    expect(number).to_contain_text(str(before + 4), timeout=TWO_SECONDS)


def test_a_reply_says_what_it_stops_and_the_banner_says_that_it_did(shop: Business, tab: Open) -> None:
    booked(shop, "Leila Haddad")
    page = tab(shop, cast.PRIYA)
    conversation = until_there_is(lambda: shop.conversation_of("Leila Haddad"))
    open_screen(page, f"/app/inbox/?c={conversation}")
    expect(page.locator(".cmp .will")).to_contain_text("reminder")
    page.get_by_label("Message to Leila Haddad").fill("See you soon, Leila")
    page.get_by_role("button", name="Send email").click()
    expect(page.locator(".held")).to_contain_text("Automation is paused for Leila")
    expect(page.get_by_text("See you soon, Leila").first).to_be_visible()
    require_accessible(page)
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Resume automation").click()
    expect(page.locator(".held")).to_have_count(0)


def test_a_visit_is_checked_in_and_completed(shop: Business, tab: Open) -> None:
    now = clock.now()
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % 15)
    wanted = StaffBooking(
        shop.service(cast.CUT), start, "walk-in", shop.calendar(cast.JONAS), name="Hannah Fischer",
        phone="0131 496 0244",
    )  # fmt: skip
    visit = shop.do(bookings.add_by_staff, wanted, by=cast.JONAS)
    page = tab(shop, cast.JONAS)
    open_screen(page, f"/app/bookings/?booking={visit}")
    page.get_by_role("button", name="Check in").click()
    complete = page.get_by_role("button", name="Complete")
    complete.click()
    expect(complete).to_have_count(0)
    (card,) = [each for each in shop.visits() if each.id == visit]
    assert card.status == "completed"
    require_accessible(page)


def test_a_form_is_filled_in_on_a_phone(shop: Business, tab: Open) -> None:
    visit = booked(shop, "Beth Calloway", cast.FACIAL)
    (request,) = until_there_is(lambda: shop.ask(requests_of_booking, visit))
    address = db.transact_now(form_link, shop.id, request.id).removeprefix(settings().public_url)
    page = tab(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.goto(address)
    require_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Dry").check()
    page.get_by_label("Eczema").check()
    page.get_by_label("Allergies or reactions").fill("Nickel")
    page.get_by_role("button", name="Send answers").last.click()
    expect(page.get_by_text("Your answers have arrived").first).to_be_visible()
    assert shop.ask(requests_of_booking, visit)[0].status == FormStatus.DONE


def test_staff_read_why_a_time_is_not_offered(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.JONAS)
    open_screen(page, "/app/bookings/?new=1")
    page.get_by_label("Start").fill("10:07")
    page.get_by_text("Why customers are not offered 10:07").click()
    answers = page.get_by_role("dialog").locator("dl.defs")
    expect(answers).to_contain_text("this is between two")
    require_accessible(page)
