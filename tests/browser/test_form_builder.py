"""An owner builds a form with every kind of question and a document; a customer of the service answers it."""

import pytest
from playwright.sync_api import Page, expect

from careops_app.demo import cast
from careops_app.forms.links import form_link
from careops_app.forms.queries import requests_of_booking
from careops_app.forms.rules import FormStatus
from careops_app.infra import db
from careops_app.infra.settings import settings
from tests.browser.conftest import Open, booked, open_screen, require_accessible, until_there_is
from tests.cast import Business

QUESTIONS = {
    "Text": "What shall we call you?", "Long text": "What would you like?", "Number": "How many colours before?",
    "Date": "When was the last time?", "Choice": "Short or long?", "Boxes": "What do you use?",
    "File": "A picture of your hair", "Consent": "I agree to a patch test", "Signature": "Your name as signature",
}  # fmt: skip
OPTIONS = {"Choice": "Short\nLong", "Boxes": "Oil\nSpray"}
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
pytestmark = pytest.mark.timeout(240)


def test_a_form_is_built_linked_sent_answered_and_read(shop: Business, tab: Open) -> None:
    page = tab(shop, cast.OWNER)
    open_screen(page, "/app/forms/?tab=forms")
    page.get_by_role("button", name="New form").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Cut questions")
    dialog.get_by_role("button", name="Make the form").click()
    expect(page.get_by_role("heading", name="Cut questions").first).to_be_visible()
    for kind, question in QUESTIONS.items():
        _add(page, kind, question)
    _add_document(page)
    _send_with_cuts(page)
    require_accessible(page)

    visit = booked(shop, "Clara Beck", cast.CUT)
    (request,) = until_there_is(lambda: shop.ask(requests_of_booking, visit))
    _answer(tab(), db.transact_now(form_link, shop.id, request.id).removeprefix(settings().public_url))
    assert shop.ask(requests_of_booking, visit)[0].status == FormStatus.DONE
    open_screen(page, f"/app/forms/?request={request.id}")
    for answer in ("Clara", "A trim", "Long", "Oil", "Clara Beck"):
        expect(page.get_by_text(answer).first).to_be_visible()
    require_accessible(page)


def _add(page: Page, kind: str, question: str) -> None:
    page.locator(".addq").get_by_role("button", name=kind, exact=True).click()
    page.get_by_label("Question", exact=True).fill(question)
    if kind in OPTIONS:
        page.get_by_label("Answers").fill(OPTIONS[kind])
    page.get_by_role("button", name="Add the question").click()
    expect(page.locator("li.q").filter(has_text=question)).to_be_visible()


def _add_document(page: Page) -> None:
    papers = page.locator("#papers")
    papers.get_by_label("Title").fill("How to care for colour")
    papers.get_by_label("File").set_input_files(
        {"name": "care.txt", "mimeType": "text/plain", "buffer": b"Wash it cold."}
    )
    papers.get_by_role("button", name="Add the document").click()
    expect(papers.get_by_role("link", name="How to care for colour")).to_be_visible()


def _send_with_cuts(page: Page) -> None:
    used = page.locator("#used")
    used.get_by_role("button", name="Change").click()
    used.get_by_label(cast.CUT.name).check()
    used.get_by_role("button", name="Save").click()
    expect(used.get_by_text(cast.CUT.name)).to_be_visible()
    expect(used.get_by_role("button", name="Change")).to_be_visible()


def _answer(customer: Page, address: str) -> None:
    customer.goto(address)
    expect(customer.locator("section li").filter(has_text="How to care for colour")).to_be_visible()
    customer.get_by_label(QUESTIONS["Text"]).fill("Clara")
    customer.get_by_label(QUESTIONS["Long text"]).fill("A trim")
    customer.get_by_label(QUESTIONS["Number"]).fill("2")
    customer.get_by_label("Long", exact=True).check()
    customer.get_by_label("Oil", exact=True).check()
    customer.get_by_label(QUESTIONS["File"]).first.set_input_files(
        {"name": "hair.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    customer.get_by_label(QUESTIONS["Consent"]).check()
    customer.get_by_role("group", name=QUESTIONS["Signature"]).get_by_label("Type your full name").fill("Clara Beck")
    require_accessible(customer)
    customer.get_by_role("button", name="Send answers").last.click()
    expect(customer.get_by_text("Your answers have arrived").first).to_be_visible()
