"""The customer's form through HTTP: reading, answering, files, bad input, and links that do not work."""

import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from careops_app.forms import answering, answers, building, service
from careops_app.forms.rules import FormStatus, Question, QuestionKind
from careops_app.infra import db, files
from careops_app.public.form import view
from careops_app.workspace import links
from careops_app.workspace.models import Purpose
from tests import facts
from tests.desk import NAME, PHOTO, PNG, Desk, new_desk

K = QuestionKind
EVERYTHING = (
    Question("q1", K.TEXT, "Your name", required=True), Question("q2", K.LONG_TEXT, "Anything else"),
    Question("q3", K.NUMBER, "Weight"), Question("q4", K.DATE, "Date of birth", required=True),
    Question("q5", K.CHOICE, "Allergies?", "Tell us all", True, ("Yes", "No")),
    Question("q6", K.CHOICE, "Country", options=tuple(f"Land {n}" for n in range(12))),
    Question("q7", K.CHECKBOX, "Have you used", options=("Retinol", "Isotretinoin")),
    Question("q8", K.CHECKBOX, "Send me news"), Question("q9", K.FILE, "A photo", required=True),
    Question("q10", K.SIGNATURE, "Signature", required=True),
    Question("q11", K.CONSENT, "I agree to the treatment", "The treatment may redden the skin.", True),
)  # fmt: skip
GOOD = {
    "a.q1": "Amelia <Hart>", "a.q2": "Nothing\nelse", "a.q3": "62.5", "a.q4": "1990-06-02", "a.q5": "Yes",
    "a.q6": "Land 3", "a.q7": ["Retinol", "Isotretinoin"], "a.q8": "on", "a.q10.name": "Amelia Hart",
    "a.q10.on": "2026-11-23", "a.q11": "on",
}  # fmt: skip
PHOTO_SENT = {"a.q9": ("cheek.png", PNG, "image/png")}


@pytest.fixture
def desk(database, clock) -> Desk:
    return new_desk()


@pytest.fixture
def browser():
    with TestClient(Starlette(routes=view.ROUTES), "http://shop.test", follow_redirects=False) as client:
        client.headers["origin"] = "http://shop.test"
        yield client


def test_the_page_shows_what_is_asked_and_nothing_of_the_person(desk, browser):
    page = browser.get(desk.link(desk.request(*EVERYTHING)))
    assert page.status_code == 200
    assert all(question.label in page.text for question in EVERYTHING)
    assert "Thu 26 November 2026, 09:00 GMT" in page.text and "Needed by Wed 25 November 2026, 09:00 GMT" in page.text
    assert "Amelia" not in page.text and "Harbour Clinic" in page.text
    assert not re.search(r"<script(?![^>]*src=)| style=| on[a-z]+=", page.text)
    assert len(page.content) < 15_000


def test_looking_changes_nothing_however_often(desk, browser):
    request = desk.request()
    before = desk.row(request)
    for path in ("", "?utm=1", "/documents/1"):
        for method in ("GET", "HEAD"):
            browser.request(method, desk.link(request) + path)
    assert desk.row(request) == before


def test_the_first_touch_of_a_field_counts_as_opened(desk, browser):
    request = desk.request()
    desk.customer(service.mark_sent, request)
    assert browser.post(f"{desk.link(request)}/opened").status_code == 204
    assert desk.status(request) == FormStatus.OPENED


def test_everything_can_be_answered_without_a_script(desk, browser):
    request = desk.request(*EVERYTHING)
    link = desk.link(request)
    sent = browser.post(link, data=GOOD, files=PHOTO_SENT)
    assert (sent.status_code, sent.headers["location"]) == (303, link)
    done = browser.get(link)
    assert "Your answers have arrived" in done.text and "<form" not in done.text
    sheet = db.fetch_now(answers.answers, desk.owner, request)
    assert [row.text for row in sheet.answers] == [
        "Amelia <Hart>", "Nothing\nelse", "62.5", "2 June 1990", "Yes", "Land 3", "Retinol and Isotretinoin", "Yes",
        "cheek.png", "Signed by Amelia Hart on 23 November 2026", "Yes",
    ]  # fmt: skip


def test_sending_again_changes_nothing(desk, browser):
    request = desk.request(NAME)
    for name in ("Amelia", "Somebody else"):
        assert browser.post(desk.link(request), data={"a.q1": name}).status_code == 303
    assert db.fetch_now(answers.answers, desk.owner, request).answers[0].text == "Amelia"
    assert len(desk.events("form.submitted")) == 1


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(desk, browser):
    request = desk.request(*EVERYTHING)
    wrong = {**GOOD, "a.q3": "much", "a.q4": "", "a.q10.name": "", "a.q11": ""}
    page = browser.post(desk.link(request), data=wrong, files=PHOTO_SENT)
    assert page.status_code == 422
    assert "Not sent yet. 4 answers to look at:" in page.text
    for key in ("q3", "q4", "q10", "q11"):
        assert f'id="a.{key}-error"' in page.text and f'href="#a.{key}"' in page.text
    assert 'value="Amelia &lt;Hart&gt;"' in page.text and ">\nNothing\nelse</textarea>" in page.text
    assert (
        'value="much"' in page.text
        and page.text.count("checked") == 4
        and '<option value="Land 3" selected' in page.text
    )
    assert "cheek.png" in page.text and 'type="file"' not in page.text
    assert desk.row(request).opened_at and not desk.row(request).submitted_at
    assert browser.post(desk.link(request), data=GOOD).status_code == 303
    assert desk.status(request) == FormStatus.DONE


def test_a_file_can_be_taken_back_and_replaced(desk, browser, data_folder):
    request = desk.request(NAME, PHOTO)
    link, sent = desk.link(request), {"a.q2": ("one.png", PNG, "image/png")}
    before = stored(data_folder, desk)
    page = browser.post(link, data={"a.q1": ""}, files=sent)
    assert 'name="remove" value="q2"' in page.text
    page = browser.post(link, data={"a.q1": "Amelia", "remove": "q2"})
    assert page.status_code == 200 and 'type="file"' in page.text and 'value="Amelia"' in page.text
    assert stored(data_folder, desk) == before
    for name in ("two.png", "three.png"):
        browser.post(link, data={"a.q1": ""}, files={"a.q2": (name, PNG, "image/png")})
    assert stored(data_folder, desk) == before + 1
    assert browser.post(link, data={"a.q1": "Amelia"}).status_code == 303
    sheet = db.fetch_now(answers.answers, desk.owner, request)
    assert sheet.answers[1].text == "three.png"


def stored(data_folder, desk) -> int:
    return len(list((data_folder / "files" / str(desk.owner.workspace_id)).glob("*")))


@pytest.mark.parametrize(
    ("name", "content", "about"),
    [
        ("page.html", b"<script>alert(1)</script>", "This kind of file"),
        ("a.svg", b"<svg onload=alert(1)>", "This kind of file"),
        ("empty.png", b"", "empty"),
        ("big.pdf", b"%PDF-" + b"x" * files.LARGEST, "larger than 10 MB"),
    ],
)
def test_files_that_cannot_be_kept_are_refused_beside_their_field(desk, browser, name, content, about):
    request = desk.request(NAME, PHOTO)
    page = browser.post(desk.link(request), data={"a.q1": "Amelia"}, files={"a.q2": (name, content)})
    assert page.status_code == 422
    assert about in page.text and 'id="a.q2-error"' in page.text and 'value="Amelia"' in page.text
    assert desk.status(request) == FormStatus.OPENED


def test_documents_are_given_out_as_attachments_only(desk, browser):
    form = desk.form(NAME)
    desk.do(building.add_document, form, "Terms & care", files.accept("terms.pdf", b"%PDF-1.7 care"))
    request = desk.asked(facts.visit(desk.owner, desk.service_id))[0]
    page = browser.get(desk.link(request))
    address = re.search(r'href="(/f/[^"]+/documents/[0-9]+)"', page.text)
    assert "Terms &amp; care" in page.text and address
    document = browser.get(address[1])
    assert document.content == b"%PDF-1.7 care"
    assert document.headers["content-disposition"] == "attachment; filename*=UTF-8''terms.pdf"
    assert document.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in document.headers["content-security-policy"]


def test_a_link_opens_the_documents_of_its_own_form_only(desk, browser):
    other = desk.form(NAME, name="Other", linked=False)
    document = desk.do(building.add_document, other, "Secret", files.accept("a.pdf", b"%PDF-1"))
    assert browser.get(f"{desk.link(desk.request())}/documents/{document}").status_code == 404


def test_links_that_do_not_work_answer_alike(desk, browser, clock):
    request = desk.request()
    expired = desk.link(request, clock.now + timedelta(hours=1))
    clock.advance(hours=2)
    revoked = desk.link(desk.request())
    db.transact_now(links.revoke, desk.owner, Purpose.FORM, int(desk.row(request + 1).id))
    token = desk.customer(links.link_token, Purpose.MANAGE_BOOKING, desk.row(request).booking_id, None)
    dead = [expired, revoked, f"/f/{token}", "/f/unknown", f"/f/{'x' * 400}", "/f/%00"]
    pages = [browser.get(link) for link in dead] + [browser.post(link, data={"a.q1": "x"}) for link in dead]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1 and "does not work any more" in pages[0].text


def test_a_form_that_is_no_longer_needed_says_so(desk, browser):
    waived, withdrawn = desk.request(NAME), desk.request(NAME)
    desk.do(service.waive, waived, "answered by phone")
    desk.customer(service.withdraw_for_booking, desk.row(withdrawn).booking_id)
    for request in (waived, withdrawn):
        page = browser.get(desk.link(request))
        assert page.status_code == 200 and "no longer needed" in page.text and "phone" not in page.text
        assert browser.post(desk.link(request), data={"a.q1": "x"}).status_code == 303
        assert desk.row(request).submitted_at is None


def test_an_overdue_form_says_so_and_is_still_taken(desk, browser, clock):
    request = desk.request(NAME)
    link = desk.link(request)
    clock.move_to(desk.row(request).due_at + timedelta(hours=1))
    assert "You can still send it." in browser.get(link).text
    assert browser.post(link, data={"a.q1": "Amelia"}).status_code == 303


def test_other_sites_cannot_send_the_form(desk, browser):
    request = desk.request(NAME)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert browser.post(desk.link(request), data={"a.q1": "x"}, headers=headers).status_code == 403
    assert desk.row(request).opened_at is None


def test_too_many_posts_wait_and_keep_what_was_typed(desk, browser):
    request = desk.request(NAME)
    for _ in range(view.POSTS):
        assert browser.post(desk.link(request), data={"a.q1": ""}).status_code == 422
    page = browser.post(desk.link(request), data={"a.q1": "Amelia"})
    assert page.status_code == 429 and 'value="Amelia"' in page.text and int(page.headers["retry-after"]) > 0


def test_a_broken_body_is_a_friendly_page(desk, browser):
    link = desk.link(desk.request(NAME))
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert browser.post(link, content=b"--x\r\nbroken", headers=headers).status_code == 400


def test_a_form_waived_while_it_is_being_filled_in_says_so(desk, browser, monkeypatch):
    request = desk.request(NAME)
    link = desk.link(request)
    submit = answering.submit

    def waived_meanwhile(*args):
        desk.do(service.waive, request, "answered by phone")
        return submit(*args)

    monkeypatch.setattr(answering, "submit", waived_meanwhile)
    assert browser.post(link, data={"a.q1": "Amelia"}).headers["location"] == link
    assert "no longer needed" in browser.get(link).text
