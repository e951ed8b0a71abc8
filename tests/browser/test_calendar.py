"""The calendar in a real browser: dragged, lengthened, added, booked over with a reason, undone; and all of it by keys."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, expect

from careops_app.bookings import service as bookings
from careops_app.bookings.making import StaffBooking
from careops_app.demo import cast
from careops_app.infra import clock
from tests.browser.conftest import Open, open_screen, require_accessible, until_there_is
from tests.cast import Business

STEP = 5
SAID = "#calendar-said"
_ahead = count(3)  # each test has a day of its own


class Calendar:
    """The day view of a day to come in an open tab, and what stands on it."""

    def __init__(self, shop: Business, page: Page) -> None:
        self.shop, self.page = shop, page
        self.day = (clock.now() + timedelta(days=next(_ahead))).astimezone(clock.zone(cast.ZONE)).date()

    def open(self, query: str = "view=day", day: object = None) -> None:
        open_screen(self.page, f"/app/bookings/?{query}&day={day or self.day}")
        expect(self.page.locator("#calendar-grid .col").first).to_be_visible()

    def start(self, hour: int, minute: int = 0) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=clock.zone(cast.ZONE))

    def visit(self, name: str, hour: int, offer: cast.Offer = cast.CONSULT, who: cast.Teammate = cast.PRIYA) -> int:
        """Put in by staff before the calendar is opened."""
        wanted = StaffBooking(
            self.shop.service(offer), self.start(hour), f"{name} {self.start(hour)}", self.shop.calendar(who), name=name
        )  # fmt: skip
        return self.shop.do(bookings.add_by_staff, wanted)

    def entry(self, name: str) -> Locator:
        return self.page.locator(f"#calendar-grid .evt[data-who='{name}']")

    def column(self, who: cast.Teammate) -> Locator:
        return self.page.locator(f"#calendar-grid .col[data-staff='{self.shop.calendar(who)}']")

    def minutes_in_pixels(self, minutes: int) -> float:
        box = self.page.locator("#calendar-grid .col").first.bounding_box()
        first, last = (
            int(self.page.locator("#calendar-grid .grid").get_attribute(f"data-{end}") or 0)
            for end in ("first", "last")
        )
        assert box
        return box["height"] * minutes / (last - first)

    def drag(self, entry: Locator, minutes: int, to: Locator | None = None, *, edge: bool = False) -> None:
        """From near the upper edge, or by the lower one, so many minutes down and maybe into another column."""
        entry.scroll_into_view_if_needed()
        box = entry.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 3 if edge else 4)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x, y + 10, steps=2)
        target = to.bounding_box() if to else None
        x = target["x"] + target["width"] / 2 if target else x
        self.page.mouse.move(x, y + self.minutes_in_pixels(minutes), steps=4)

    def point_at(self, column: Locator, hour: int, minute: int = 0) -> None:
        """The pointer over an empty time; two pixels into it, so that the rounding of pixels does not matter."""
        first = int(self.page.locator("#calendar-grid .grid").get_attribute("data-first") or 0)
        down = self.minutes_in_pixels(hour * 60 + minute - first) + 2
        column.evaluate(
            "(each, down) => { const area = each.closest('#calendar-grid'); area.scrollTop = down - 200; }", down
        )
        box = column.bounding_box()
        assert box
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + down)

    def put(self, entry: Locator, minutes: int, to: Locator | None = None, *, edge: bool = False) -> None:
        self.drag(entry, minutes, to, edge=edge)
        self.page.mouse.up()

    def undo(self) -> None:
        self.page.locator("[data-sonner-toast]").get_by_role("button", name="Undo").first.click()
        expect(self.page.get_by_text("Undone.", exact=False).first).to_be_visible()

    def when(self, booking: int) -> tuple[str, int, str]:
        (card,) = [each for each in self.shop.visits() if each.id == booking]
        return f"{card.starts_at.astimezone(clock.zone(cast.ZONE)):%H:%M}", card.duration_minutes, card.staff

    def lands(self, booking: int, *expected: object) -> None:
        until_there_is(lambda: self.when(booking) == expected)


@pytest.fixture
def calendar(shop: Business, tab: Open) -> Iterator[Calendar]:
    """On a day of its own for each test; the page must raise no script error."""
    page = tab(shop, cast.OWNER, viewport={"width": 1440, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    here = Calendar(shop, page)
    yield here
    assert errors == []


def test_a_visit_is_dragged_to_another_time_and_person_and_back(calendar: Calendar) -> None:
    visit = calendar.visit("Nora Vance", 10)
    calendar.open()
    entry = calendar.entry("Nora Vance")
    calendar.drag(entry, 60, calendar.column(cast.OWNER))
    expect(calendar.page.locator(".carried")).to_contain_text("11:00–11:30")
    calendar.page.mouse.up()
    expect(entry).to_have_attribute("data-minute", "660")
    expect(calendar.column(cast.OWNER).locator(".evt")).to_have_attribute("data-who", "Nora Vance")
    expect(calendar.page.locator(".carried")).to_have_count(0)
    assert calendar.when(visit) == ("11:00", 30, cast.OWNER.name)
    require_accessible(calendar.page)
    calendar.undo()
    expect(entry).to_have_attribute("data-minute", "600")
    assert calendar.when(visit) == ("10:00", 30, cast.PRIYA.name)


def test_a_drag_is_given_up_with_escape_and_opens_nothing(calendar: Calendar) -> None:
    visit = calendar.visit("Nora Vance", 10)
    calendar.open()
    address = calendar.page.url
    calendar.drag(calendar.entry("Nora Vance"), 60)
    calendar.page.keyboard.press("Escape")
    expect(calendar.page.locator(".carried")).to_have_count(0)
    calendar.page.mouse.up()
    expect(calendar.page.locator(SAID)).to_have_text("Left where it was.")
    assert calendar.page.url == address
    assert calendar.when(visit)[0] == "10:00"


def test_the_lower_edge_changes_the_length_and_undo_gives_it_back(calendar: Calendar) -> None:
    visit = calendar.visit("Nora Vance", 10)
    calendar.open()
    entry = calendar.entry("Nora Vance")
    calendar.put(entry, 30, edge=True)
    expect(entry).to_have_attribute("data-minutes", "60")
    assert calendar.when(visit) == ("10:00", 60, cast.PRIYA.name)
    calendar.undo()
    expect(entry).to_have_attribute("data-minutes", "30")


def test_a_visit_is_dragged_to_another_day_of_the_week(calendar: Calendar) -> None:
    visit = calendar.visit("Vera Lang", 20)
    calendar.open(query="view=week")
    entry, columns = calendar.entry("Vera Lang"), calendar.page.locator("#calendar-grid .col")
    at = calendar.day.weekday()
    calendar.put(entry, 30, columns.nth(at - 1 if at else 1))
    expect(entry).to_have_attribute("data-minute", "1230")
    card = next(each for each in calendar.shop.visits() if each.id == visit)
    assert abs(card.starts_at.date() - calendar.day) == timedelta(days=1)
    assert card.staff == cast.PRIYA.name


def test_a_click_into_an_empty_time_books_there_and_undo_cancels(calendar: Calendar) -> None:
    calendar.open()
    calendar.point_at(calendar.column(cast.PRIYA), 14, 20)
    expect(calendar.page.locator(".hint")).to_have_text("14:20")
    calendar.page.mouse.down()
    calendar.page.mouse.up()
    dialog = calendar.page.get_by_role("dialog")
    expect(dialog.get_by_label("Start")).to_have_value("14:20")
    expect(dialog.get_by_label("Day")).to_have_value(str(calendar.day))
    expect(dialog.get_by_label("With")).to_have_value(str(calendar.shop.calendar(cast.PRIYA)))
    require_accessible(calendar.page)
    dialog.get_by_label("Customer").fill("Ada Quill")
    dialog.get_by_role("button", name="Book the visit").click()
    expect(calendar.entry("Ada Quill")).to_have_attribute("data-minute", "860")
    calendar.undo()
    expect(calendar.entry("Ada Quill")).to_have_count(0)


def test_a_stretch_that_is_dragged_open_becomes_a_visit_of_that_length(calendar: Calendar) -> None:
    calendar.open()
    calendar.point_at(calendar.column(cast.PRIYA), 14)
    box = calendar.column(cast.PRIYA).bounding_box()
    assert box
    calendar.page.mouse.down()
    down = calendar.minutes_in_pixels(14 * 60 + 50)
    calendar.page.mouse.move(box["x"] + 40, box["y"] + down, steps=4)
    calendar.page.mouse.up()
    dialog = calendar.page.get_by_role("dialog")
    expect(dialog.get_by_label("Start")).to_have_value("14:00")
    expect(dialog.get_by_label("Length")).to_have_value("50")


def test_a_taken_time_says_so_and_is_booked_anyway_with_a_reason(calendar: Calendar) -> None:
    calendar.visit("Ines Falk", 12)
    visit = calendar.visit("Nora Vance", 10)
    calendar.open()
    calendar.drag(calendar.entry("Nora Vance"), 120)
    expect(calendar.page.locator(".carried")).to_contain_text("At the same time as Ines Falk")
    calendar.page.mouse.up()
    dialog = calendar.page.get_by_role("dialog")
    expect(dialog.get_by_text("is not free any more")).to_be_visible()
    require_accessible(calendar.page)
    dialog.get_by_role("button", name="Book it anyway").click()
    assert dialog.get_by_label("Reason").evaluate("(box) => box.validity.valueMissing")
    dialog.get_by_label("Reason").fill("Sisters, side by side")
    dialog.get_by_role("button", name="Book it anyway").click()
    expect(calendar.entry("Nora Vance")).to_have_attribute("data-minute", "720")
    assert calendar.when(visit)[0] == "12:00"
    expect(calendar.page.get_by_text("Booked all the same: Sisters, side by side")).to_be_visible()


def test_a_visit_is_moved_and_lengthened_by_keys_alone(calendar: Calendar) -> None:
    visit = calendar.visit("Nora Vance", 10)
    calendar.open()
    entry, said = calendar.entry("Nora Vance"), calendar.page.locator(SAID)
    entry.focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Shift+ArrowDown"):
        calendar.page.keyboard.press(key)
    expect(said).to_contain_text("10:10–10:45")
    calendar.page.keyboard.press("Escape")
    expect(said).to_have_text("Left where it was.")
    for key in ("Space", "ArrowUp", "Shift+ArrowDown", "Enter"):
        calendar.page.keyboard.press(key)
    expect(entry).to_have_attribute("data-minute", "595")
    expect(entry).to_be_focused()
    assert calendar.when(visit) == ("09:55", 35, cast.PRIYA.name)


def test_a_visit_is_added_by_keys_alone(calendar: Calendar) -> None:
    calendar.open()
    calendar.page.locator("#calendar-grid").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        calendar.page.keyboard.press(key)
    expect(calendar.page.locator(SAID)).to_contain_text("09:15")
    calendar.page.keyboard.press("Enter")
    dialog = calendar.page.get_by_role("dialog")
    expect(dialog.get_by_label("Start")).to_have_value("09:15")
    calendar.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_visit_is_moved_and_lengthened_by_form(calendar: Calendar) -> None:
    visit = calendar.visit("Nora Vance", 10)
    calendar.open(query=f"view=day&booking={visit}")
    panel = calendar.page.get_by_role("complementary", name="Booking: Nora Vance")
    panel.get_by_role("button", name="Move to another time").click()
    dialog = calendar.page.get_by_role("dialog")
    dialog.get_by_label("Start").fill("15:25")
    dialog.get_by_role("button", name="Move the visit").click()
    expect(calendar.entry("Nora Vance")).to_have_attribute("data-minute", "925")
    panel.get_by_role("button", name="More").click()
    panel.get_by_role("button", name="Change length").click()
    dialog.get_by_label("Length").select_option("45")
    dialog.get_by_role("button", name="Change the length").click()
    expect(calendar.entry("Nora Vance")).to_have_attribute("data-minutes", "45")
    assert calendar.when(visit) == ("15:25", 45, cast.PRIYA.name)


def test_an_empty_time_that_is_past_says_why_it_is_not_offered(calendar: Calendar) -> None:
    calendar.open(day=clock.now().date() - timedelta(days=1))
    calendar.point_at(calendar.column(cast.PRIYA), 10)
    calendar.page.mouse.down()
    calendar.page.mouse.up()
    dialog = calendar.page.get_by_role("dialog")
    expect(dialog.get_by_text("Why customers are not offered 10:00")).to_be_visible()
    expect(dialog.locator("dl.defs")).to_contain_text("is already past")


def test_a_walk_in_is_booked_from_now_on(calendar: Calendar) -> None:
    calendar.open()
    before = {each.id for each in calendar.shop.visits()}
    calendar.page.get_by_role("button", name="Walk-in now").first.click()
    dialog = calendar.page.get_by_role("dialog")
    dialog.get_by_label("Service").select_option(label="Cut and finish, 45 min")
    dialog.get_by_role("button", name="Book the walk-in").click()
    expect(calendar.page.get_by_role("complementary", name="Booking: Walk-in")).to_be_visible()
    (card,) = [each for each in calendar.shop.visits() if each.id not in before]
    assert timedelta() <= clock.now() - card.starts_at < timedelta(minutes=2 * STEP)
    assert card.starts_at.minute % STEP == 0


def test_a_cancellation_is_taken_back(calendar: Calendar) -> None:
    visit = calendar.visit("Nora Vance", 10)
    calendar.open(query=f"view=day&booking={visit}")
    panel = calendar.page.get_by_role("complementary", name="Booking: Nora Vance")
    panel.get_by_role("button", name="More").click()
    panel.get_by_role("button", name="Cancel the visit").click()
    dialog = calendar.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel the visit").click()
    expect(calendar.entry("Nora Vance")).to_have_count(0)
    calendar.undo()
    expect(calendar.entry("Nora Vance")).to_have_attribute("data-minute", "600")


def test_a_phone_shows_the_day_with_gaps_and_adds_in_them(calendar: Calendar, shop: Business, tab: Open) -> None:
    calendar.visit("Nora Vance", 10)
    phone = tab(shop, cast.OWNER, viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    open_screen(phone, f"/app/bookings/?day={calendar.day}")
    expect(phone.locator(".ag").get_by_text("Nora Vance")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    require_accessible(phone)
    phone.get_by_role("button", name="Add a visit at 10:30").click()
    expect(phone.get_by_role("dialog").get_by_label("Start")).to_have_value("10:30")
