"""What owners and staff do on their screens beside bookings: stock, rules, contacts, team, channels, two businesses."""

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from careops_app.automation.queries import rule_rows
from careops_app.automation.rules import RULES
from careops_app.bookings import service as bookings
from careops_app.bookings.catalogue import service_cards
from careops_app.bookings.making import StaffBooking
from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox.channel_queries import captured_outbox, channel_status
from careops_app.inbox.models import ChannelKind
from careops_app.infra import clock, db
from careops_app.workspace import service as workspaces
from tests.browser.conftest import Open, booked, open_screen, require_accessible, until_there_is, write
from tests.cast import Business
from tests.integrations.mail_server import serving
from tests.people import PASSWORD as PHRASE


def test_stock_from_the_first_item_to_the_alert_and_its_end(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.OWNER)
    open_screen(page, "/app/inventory/")
    _add_item(page)
    _let_consultations_use_it(page)
    booked(shop, "Ines Falk")
    dashboard = tab(shop, cast.OWNER)
    open_screen(dashboard, "/app/")
    alert = dashboard.locator("main").get_by_text("Lint rolls").first
    expect(alert).to_be_visible()
    dashboard.get_by_role("link", name="Alert log").click()
    expect(dashboard.locator("#log").get_by_text("Lint rolls").first).to_be_visible()
    open_screen(dashboard, "/app/")

    page.get_by_role("link", name="Lint rolls").click()
    panel = page.get_by_role("complementary", name="Item: Lint rolls")
    expect(panel.get_by_text("Ines Falk").first).to_be_visible()
    panel.get_by_role("button", name="Receive", exact=True).click()
    page.get_by_label("How much came in").fill("10")
    page.get_by_role("button", name="Put it on the shelf").click()
    expect(panel.locator(".big4")).to_contain_text("16")
    expect(alert).to_have_count(0)
    assert shop.alerts("stock_low") == []
    _complete_a_visit(shop, page)
    assert (shop.item("Lint rolls").on_hand, shop.item("Lint rolls").reserved) == (14, 2)
    open_screen(page, f"/app/inventory/?item={shop.item('Lint rolls').id}")
    expect(panel.get_by_text("Used").first).to_be_visible()
    require_accessible(page)


def _add_item(page: Page) -> None:
    page.get_by_role("button", name="Add item").click()
    texts = {"Name": "Lint rolls", "Counted in": "packs", "Low below": "5", "On the shelf now": "6"}
    for label, text in texts.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Add the item").click()
    expect(page.get_by_role("link", name="Lint rolls")).to_be_visible()


def _let_consultations_use_it(page: Page) -> None:
    page.get_by_role("button", name="What visits use").click()
    page.get_by_label("Service", exact=True).select_option(label=cast.CONSULT.name)
    expect(page.get_by_text(f"One visit of {cast.CONSULT.name} uses")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Lint rolls").fill("2")
    page.get_by_role("button", name="Save what it uses").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def _complete_a_visit(shop: Business, page: Page) -> None:
    now = clock.now()
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % 5)
    wanted = StaffBooking(shop.service(cast.CONSULT), start, "walk-in", name="Ruth Adler")
    visit = shop.do(bookings.add_by_staff, wanted)
    open_screen(page, f"/app/bookings/?booking={visit}")
    page.get_by_role("button", name="Check in").click()
    complete = page.get_by_role("button", name="Complete")
    complete.click()
    expect(complete).to_have_count(0)


def test_a_service_gets_seats_limits_and_a_room_of_its_own(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.OWNER, viewport={"width": 360, "height": 780})
    open_screen(page, "/app/settings/?section=rooms")
    _add_room(page, "Quiet room", "2")
    open_screen(page, "/app/settings/?section=services")
    page.get_by_role("button", name=cast.CONSULT.name).click()
    page.locator("summary", has_text="Seats and limits").click()
    page.get_by_label("Most visits a day").fill("0")
    page.locator("summary", has_text="Rooms and equipment").click()
    page.get_by_role("button", name="Add a requirement").click()
    page.get_by_label(cast.DRYER.name).check()
    page.get_by_role("button", name="Add a requirement").click()
    page.locator(".need").nth(1).get_by_label("Quiet room").check()
    page.get_by_role("button", name="Remove this requirement").first.click()
    expect(page.locator(".need")).to_have_count(1)
    expect(page.get_by_label("Quiet room")).to_be_checked()
    expect(page.get_by_label(cast.DRYER.name)).not_to_be_checked()
    page.locator("summary", has_text="Seats and limits").click()
    expect(page.get_by_label("Most visits a day")).to_be_hidden()
    page.get_by_role("button", name="Save the service").click()
    expect(page.get_by_label("Most visits a day"), "what was refused opens by itself").to_be_focused()
    require_accessible(page)
    page.get_by_label("Most visits a day").fill("5")
    page.locator("summary", has_text="Approval and waitlist").click()
    expect(page.get_by_label("Undecided requests lapse after")).to_be_hidden()
    page.get_by_label("Each request waits for your approval").check()
    page.get_by_label("Undecided requests lapse after").select_option("720")
    page.get_by_role("button", name="Save the service").click()
    expect(page.get_by_role("button", name="Save the service")).to_have_count(0)
    kept = next(one for one in shop.ask(service_cards) if one.name == cast.CONSULT.name)
    assert (kept.daily_cap, kept.needs_approval, kept.decide_minutes) == (5, True, 720)
    assert [need.words for need in kept.needs] == ["Quiet room"]


def _add_room(page: Page, name: str, lanes: str) -> None:
    page.get_by_role("button", name="Add a room or equipment").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Visits at once").fill(lanes)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("button", name=name)).to_be_visible()
    require_accessible(page)


def test_a_room_that_is_needed_stays_and_one_that_is_not_can_go_and_come_back(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.OWNER)
    open_screen(page, "/app/settings/?section=rooms")
    page.get_by_role("button", name=cast.DRYER.name).click()
    page.get_by_role("button", name="Take it out of use").click()
    expect(page.get_by_text(f"{cast.COLOUR.name} needs {cast.DRYER.name}.")).to_be_visible()
    page.get_by_role("link", name="Plan time off").click()
    expect(page.get_by_label("Whose time", exact=True)).to_have_value(re.compile(r"^\d+$"))
    page.get_by_label("First day").fill((clock.now() + timedelta(days=30)).date().isoformat())
    page.get_by_role("button", name="Plan time off").click()
    expect(page.locator(".rows li", has_text=cast.DRYER.name)).to_be_visible()


def test_a_rule_is_switched_off_and_the_log_says_why_nothing_was_sent(shop: Business, tab: Open) -> None:
    page, visitor = tab(shop, cast.OWNER), tab()
    welcome, reminder = RULES["welcome"], RULES["form-reminder"]
    open_screen(page, f"/app/automation/?rule={welcome.key}")
    switch = page.get_by_role("switch", name=welcome.name, exact=True)
    switch.click()
    expect(switch).not_to_be_checked()
    write(visitor, shop, "Tilda Moss")
    decision = page.locator(".log li").filter(has_text="Tilda Moss")
    expect(decision).to_contain_text("Skipped")
    expect(decision).to_contain_text("switched off")
    assert shop.messages("Tilda Moss", "welcome") == []
    switch.click()
    expect(switch).to_be_checked()
    write(visitor, shop, "Ulf Berger")
    expect(page.locator(".log li").filter(has_text="Ulf Berger")).to_contain_text("Done")
    page.get_by_role("button", name=f"Edit: {reminder.name}").click()
    editor = page.get_by_role("form", name=f"Edit: {reminder.name}")
    editor.get_by_label("How long").first.select_option("2880")
    require_accessible(page)
    editor.get_by_role("button", name=re.compile("Save version")).click()
    until_there_is(lambda: next(row for row in shop.ask(rule_rows) if row.key == reminder.key).version)
    require_accessible(page)


def test_a_lead_is_found_read_moved_and_noted(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.PRIYA)
    write(tab(), shop, "Ada Novak")
    open_screen(page, "/app/contacts/")
    page.get_by_label("Search contacts").fill("novak")
    expect(page.locator("tbody tr")).to_have_count(1)
    require_accessible(page)
    page.get_by_role("link", name="Ada Novak").click()
    expect(page.get_by_text("Do you do bridal trials?").first).to_be_visible()
    page.get_by_role("button", name="Move to another stage").click()
    page.locator("#stage-menu button").filter(has_text="Lost").click()
    expect(page.locator("aside.cards .badge").first).to_contain_text("Lost")
    page.get_by_label("Note", exact=True).fill("Prefers mornings")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".story-card").get_by_text("Prefers mornings")).to_be_visible()
    require_accessible(page)


def test_somebody_is_invited_works_and_loses_access_at_the_next_click(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.OWNER)
    open_screen(page, "/app/settings/?section=team")
    invite = page.locator("form").filter(has=page.get_by_role("button", name="Send the invitation"))
    invite.get_by_label("E-mail").fill("nina@saltmarsh.example")
    for word, wanted in (("Inbox", True), ("Bookings", False), ("Forms", False), ("Inventory", False)):
        invite.get_by_label(word).set_checked(wanted)
    invite.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("nina@saltmarsh.example").first).to_be_visible()
    require_accessible(page)

    nina = tab()
    nina.goto(until_there_is(lambda: _address_in_mail(shop, "nina@saltmarsh.example")))
    nina.get_by_label("Your name").fill("Nina Berg")
    nina.get_by_label("Choose a password").fill(PHRASE)
    nina.get_by_role("button", name="Join").click()
    menu = nina.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Inbox")).to_be_visible()
    expect(menu.get_by_role("link", name="Inventory")).to_have_count(0)

    line = page.locator("li.openable").filter(has_text="Nina Berg")
    line.get_by_role("button", name="Actions").click()
    line.get_by_role("button", name="End access").click()
    page.get_by_role("dialog").get_by_role("button", name="End access").click()
    expect(line.get_by_role("button", name="Give access back")).to_be_visible()
    nina.wait_for_url(re.compile("/sign-in"))


def _address_in_mail(shop: Business, recipient: str) -> str:
    """The invitation's path, once the worker has written the mail."""
    mail = next((row for row in shop.ask(captured_outbox).rows if row.recipient == recipient), None)
    return "/invitation/" + mail.body.split("/invitation/")[1].split()[0] if mail else ""


def test_a_mail_server_is_tested_for_real(shop: Business, tab: Open, tmp_path: Path) -> None:
    page = tab(shop, cast.OWNER)
    open_screen(page, "/app/settings/?section=channels")
    page.get_by_label("Another mail server").click()
    with serving(tmp_path, security="none", sign_in=False) as server:
        _fill_in(page, port=str(server.port))
        expect(page.locator("#outcome-email")).to_contain_text("It works.")
    page.get_by_role("button", name="Test now").first.click()
    expect(page.locator("#outcome-email")).to_contain_text(f"127.0.0.1:{server.port}")
    expect(page.locator("#outcome-email")).to_contain_text("It does not work.")
    require_accessible(page)
    assert not shop.ask(channel_status)[0].works
    shop.do(inbox.connect_channel, ChannelKind.EMAIL, "captured", {})


def _fill_in(page: Page, port: str) -> None:
    """A server of the own house that asks for no password."""
    page.get_by_label("Mail server", exact=True).fill("127.0.0.1")
    page.get_by_label("Port", exact=True).fill(port)
    page.get_by_label("Encryption").select_option("none")
    page.get_by_label("Address that messages come from").fill("clinic@example.com")
    page.get_by_role("button", name="Save and test").click()


def test_what_was_kept_on_this_machine_is_answered_as_the_customer(shop: Business, tab: Open) -> None:
    booked(shop, "Vera Blom")
    until_there_is(lambda: shop.mails("booking_confirmation"))
    page = tab(shop, cast.OWNER)
    open_screen(page, "/app/settings/?section=channels")
    letter = page.locator("#outbox li").filter(has_text="vera@example.com").first
    letter.locator("summary").click()
    letter.get_by_role("button", name="Answer as the customer").click()
    page.get_by_label("The customer's answer").fill("Is there parking?")
    page.get_by_role("button", name="Send the answer").click()
    until_there_is(lambda: shop.thread("Vera Blom").messages[-1].body == "Is there parking?")
    open_screen(page, f"/app/inbox/?c={shop.conversation_of('Vera Blom')}")
    expect(page.get_by_text("Is there parking?").first).to_be_visible()


def test_one_person_switches_between_two_businesses_that_share_nothing(shop: Business, tab: Open) -> None:
    write(tab(), shop, "Wanda Pohl")
    page = tab(shop, cast.OWNER)
    db.transact_now(workspaces.found_another, db.SYSTEM, shop.owner.user_id, "Maya's School", "Europe/London")
    open_screen(page, "/app/contacts/")
    expect(page.get_by_role("link", name="Wanda Pohl")).to_be_visible()
    page.get_by_role("button", name=re.compile("Switch workspace")).click()
    page.locator("#workspace-menu").get_by_role("button", name="Maya's School").click()
    expect(page.get_by_role("button", name=re.compile("Maya's School"))).to_be_visible()
    open_screen(page, "/app/contacts/")
    expect(page.get_by_text("No contacts yet")).to_be_visible()
    expect(page.get_by_text("Wanda Pohl")).to_have_count(0)
    require_accessible(page)
    page.get_by_role("button", name=re.compile("Switch workspace")).click()
    page.locator("#workspace-menu").get_by_role("button", name=cast.BUSINESS).click()
    expect(page.get_by_role("button", name=re.compile(f"{cast.BUSINESS}.*Switch workspace"))).to_be_visible()
    open_screen(page, "/app/contacts/")
    expect(page.get_by_role("link", name="Wanda Pohl")).to_be_visible()
