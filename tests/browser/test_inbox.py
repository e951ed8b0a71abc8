"""The inbox in two browsers at once: live, and nothing that is being written is lost, sent twice or sent past an answer."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from careops_app.contacts import service as contacts
from careops_app.contacts.service import ContactDraft
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.service import Draft
from careops_app.infra import db
from careops_app.workspace.access import Actor, Permission
from tests import people
from tests.browser.conftest import Server, open_screen, sign_in
from tests.inbox.desk import values_for
from tests.people import Person

TWO_SECONDS = 2_000
AT_THE_TOP = "document.querySelector('.reel').scrollTop = -300"
PROBE = (
    "window.probe = [...document.querySelectorAll('.msgs > *')].find((each) => each.getBoundingClientRect().top > 150)"
)
PLACE = "window.probe.getBoundingClientRect().top"

Open = Callable[[Person], Page]


@pytest.fixture
def tab(chromium: Browser, server: Server) -> Iterator[Open]:
    """A browser of its own for each person."""
    opened = []

    def open_for(person: Person) -> Page:
        context = chromium.new_context(base_url=server.url, locale="en-GB", timezone_id="Europe/London")
        context.set_default_timeout(15_000)
        opened.append(context)
        sign_in(context, server, person)
        return context.new_page()

    yield open_for
    for context in opened:
        context.close()


def conversation(actor: Actor, name: str) -> int:
    db.transact_now(inbox.ensure_captured, actor.workspace_id)
    draft = ContactDraft(name, (f"{name.split()[0].lower()}@example.com",))
    return db.transact_now(inbox.start_conversation, actor, db.transact_now(contacts.create, actor, draft))


def told(actor: Actor, conversation_id: int, words: str) -> None:
    db.transact_now(inbox.simulate_reply, actor, conversation_id, ChannelKind.EMAIL, words)


def box(page: Page) -> Locator:
    return page.locator("[data-reply]")


def test_two_people_at_one_conversation(world: Server, tab: Open) -> None:
    olivia = people.owner()
    sam = people.staff(olivia, Permission.INBOX)
    amelia = conversation(olivia.actor, "Amelia Hart")
    for number in range(20):
        told(olivia.actor, amelia, f"Question {number}")
    first, second = tab(olivia), tab(sam)
    for page in (first, second):
        open_screen(page, f"/app/inbox/?c={amelia}")
        expect(page.get_by_text("Question 19").last).to_be_visible()
    box(second).fill("Half a thought")
    second.evaluate(AT_THE_TOP)
    second.evaluate(PROBE)
    place = second.evaluate(PLACE)
    box(first).fill("Yes, on Shore Row.")
    first.get_by_role("button", name="Send email").dblclick()
    line = second.locator(".msg", has_text="Yes, on Shore Row.")
    expect(line).to_have_count(1, timeout=TWO_SECONDS)
    expect(second.get_by_role("button", name="New message below")).to_be_visible()
    assert abs(second.evaluate(PLACE) - place) < 2, "the page of the reader has moved"
    expect(box(second)).to_have_value("Half a thought")
    expect(box(first)).to_have_value("")
    expect(first.locator(".msg", has_text="Yes, on Shore Row.")).to_have_count(1)
    second.get_by_role("button", name="Send email").click()
    expect(second.get_by_role("alert")).to_contain_text("Olivia Owner answered since you began")
    expect(box(second)).to_have_value("Half a thought")
    second.get_by_role("button", name="Send anyway").click()
    expect(box(second)).to_have_value("")
    expect(first.locator(".msg", has_text="Half a thought")).to_have_count(1, timeout=TWO_SECONDS)


def test_a_draft_outlives_other_conversations_and_a_reload(world: Server, tab: Open) -> None:
    olivia = people.owner()
    amelia, oscar = (conversation(olivia.actor, name) for name in ("Amelia Hart", "Oscar Lind"))
    page = tab(olivia)
    open_screen(page, f"/app/inbox/?c={amelia}")
    box(page).fill("For Amelia")
    page.locator(".cv", has_text="Oscar Lind").click()
    expect(page.get_by_role("heading", name="Oscar Lind")).to_be_visible()
    expect(box(page)).to_have_value("")
    assert page.url.endswith(f"?c={oscar}")
    page.go_back()
    expect(box(page)).to_have_value("For Amelia")
    page.reload()
    expect(box(page)).to_have_value("For Amelia")


def test_on_a_phone_list_and_thread_take_turns(world: Server, tab: Open) -> None:
    olivia = people.owner()
    told(olivia.actor, conversation(olivia.actor, "Amelia Hart"), "Is parking free?")
    page = tab(olivia)
    page.set_viewport_size({"width": 360, "height": 740})
    open_screen(page, "/app/inbox/")
    page.locator(".cv", has_text="Amelia Hart").click()
    expect(page.get_by_role("heading", name="Amelia Hart")).to_be_visible()
    expect(page.locator(".list")).to_be_hidden()
    expect(page.get_by_role("button", name="Send email")).to_be_in_viewport()
    page.get_by_role("link", name="Back to conversations").click()
    expect(page.locator(".cv", has_text="Amelia Hart")).to_be_visible()


def test_a_letter_of_a_rule_unfolds_where_it_is_pressed(world: Server, tab: Open) -> None:
    olivia = people.owner()
    amelia = conversation(olivia.actor, "Amelia Hart")
    for number in range(9):
        told(olivia.actor, amelia, f"Question {number}")
    draft = Draft(1, "booking_confirmation", values_for("booking_confirmation"), "one")
    db.transact_now(inbox.queue_message, olivia.actor.workspace_id, draft, 1, "booking-confirmation")
    page = tab(olivia)
    open_screen(page, f"/app/inbox/?c={amelia}")
    letter = page.locator(".msg summary").last
    before = letter.bounding_box()
    letter.click()
    page.wait_for_timeout(300)
    after = letter.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 2
    expect(page.locator(".msg details[open]")).to_be_visible()
