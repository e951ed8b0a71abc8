"""A series in the real app: its dates are looked at, one is left out, and later the rest of it moves in one go."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from careops_app.demo import cast
from careops_app.infra import clock, wording
from tests.browser.conftest import Open, open_screen, require_accessible
from tests.cast import Business

DIALOG_FORM = "form#making"


def visits(shop: Business) -> list:
    return sorted(shop.visits(), key=lambda visit: visit.starts_at)


def begin(shop: Business, page: Page, name: str) -> None:
    """The dialog for a new booking, with a service, a time and somebody new."""
    open_screen(page, "/app/bookings/")
    page.get_by_role("button", name="New booking").click()
    form = page.locator(DIALOG_FORM)
    form.get_by_label("Service", exact=True).select_option(label="Cut and finish, 45 min")
    form.get_by_label("Day", exact=True).fill((clock.now() + timedelta(days=2)).date().isoformat())
    expect(form.locator("label.slot", has_text="00:00").first).to_be_visible()
    form.locator("label.slot", has_text="10:00").first.click()
    form.get_by_label("Customer").fill(name)
    form.get_by_label("E-mail").fill(f"{name.split()[0].lower()}@example.com")


def test_a_series_is_looked_at_booked_and_its_rest_moved(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.OWNER, viewport={"width": 1440, "height": 900})
    begin(shop, page, "Nora Vance")
    form = page.locator(DIALOG_FORM)
    form.get_by_role("radio", name="Repeat").click()
    form.get_by_label("Visits", exact=True).select_option("4")
    form.get_by_role("button", name="Show the dates").click()
    expect(form.get_by_text("All 4 dates are free.")).to_be_visible()
    require_accessible(page)
    form.get_by_role("combobox", name="On ").nth(2).select_option("out")
    form.get_by_role("button", name="Book the visit").click()
    expect(page.get_by_text("3 visits booked. The customer is told once.")).to_be_visible()
    mine = visits(shop)
    assert len(mine) == 3 and len({visit.contact_id for visit in mine}) == 1

    panel = page.locator("aside.dr")
    expect(panel.get_by_text("1 of 3 of a series")).to_be_visible()
    panel.get_by_role("link", name=wording.in_list(mine[1].starts_at, mine[1].time_zone, mine[0].created_at)).click()
    expect(panel.get_by_text("2 of 3 of a series")).to_be_visible()
    panel.get_by_role("button", name="Move several").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("This one and later, 2 visits")).to_be_visible()
    require_accessible(page)
    dialog.get_by_label("Start").fill("11:00" if mine[1].starts_at.hour == 10 else "10:00")
    dialog.get_by_role("button", name="Move the visits").click()
    expect(page.get_by_text("2 visits moved. The customer is told once.")).to_be_visible()
    moved = visits(shop)
    assert moved[0].starts_at == mine[0].starts_at
    assert [visit.revision for visit in moved] == [1, 2, 2]

    panel.get_by_role("button", name="Cancel several").click()
    dialog.get_by_label("All that are ahead, 3 visits").click()
    expect(dialog.get_by_label("All that are ahead, 3 visits")).to_be_checked()
    dialog.get_by_label("Reason").fill("The course is complete")
    dialog.get_by_role("button", name="Cancel the visits").click()
    expect(page.get_by_text("3 visits cancelled. The customer is told once.")).to_be_visible()
    assert {visit.status for visit in visits(shop)} == {"cancelled"}


def test_several_services_are_booked_at_a_start_where_all_fit(shop: Business, tab: Open) -> None:
    before = len(visits(shop))
    page = tab(shop, cast.OWNER, viewport={"width": 820, "height": 1180})
    begin(shop, page, "Mina Sato")
    form = page.locator(DIALOG_FORM)
    form.get_by_role("radio", name="More services").click()
    form.get_by_role("combobox", name="Then").select_option(label="Peel treatment, 45 min")
    form.get_by_role("button", name="Show when all of it fits").click()
    starts = form.get_by_role("radiogroup", name="Start of all").get_by_role("radio")
    expect(starts.first).to_be_attached()
    form.get_by_role("radiogroup", name="Start of all").locator("label").first.click()
    require_accessible(page)
    form.get_by_role("button", name="Book the visit").click()
    expect(page.get_by_text("2 visits booked. The customer is told once.")).to_be_visible()
    assert len(visits(shop)) == before + 2
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_text("1 of 2 of one visit")).to_be_visible()
