"""Writing to the business through HTTP."""

import pytest
from sqlmodel import func, select

from careops_app.contacts.models import Contact
from careops_app.inbox.models import Inquiry
from careops_app.infra.outbox import OutboxEvent
from tests import people

PAGE = "/c/saltmarsh-skin"
MINA = {"name": "Mina Sato", "email": "mina@example.com", "message": "Do you do bridal trials on Sundays?"}


def write(visitor, **changed):
    return visitor.send(visitor.open(PAGE), PAGE, **MINA | changed)


def count(clinic, model):
    return clinic.ask(lambda session, _: session.exec(select(func.count()).select_from(model)).one())


def test_a_message_arrives_and_the_page_says_so_however_often_it_is_loaded_again(clinic, visitor):
    done = write(visitor)
    assert (done.status, done.to) == (303, f"{PAGE}?sent=1")
    first, again = visitor.follow(done), visitor.follow(done)
    assert first.title == "We have your message" and first.text == again.text
    assert (count(clinic, Inquiry), count(clinic, Contact)) == (1, 1)


def test_the_same_form_sent_many_times_is_one_message(clinic, visitor):
    form = visitor.open(PAGE).form(PAGE)
    answers = {visitor.post(PAGE, {**form.fields, **MINA}).to for _ in range(30)}
    assert answers == {f"{PAGE}?sent=1"}
    assert (count(clinic, Inquiry), count(clinic, OutboxEvent)) == (1, 3)  # workspace, contact, inquiry


def test_the_same_form_with_other_words_is_not_swallowed(clinic, visitor):
    form = visitor.open(PAGE).form(PAGE)
    visitor.post(PAGE, {**form.fields, **MINA})
    page = visitor.post(PAGE, {**form.fields, **MINA, "message": "And on Mondays?"})
    assert page.status == 422 and "Your first message has arrived" in page.alert
    assert page.form(PAGE).fields["message"] == "And on Mondays?"
    assert visitor.send(page, PAGE).status == 303 and count(clinic, Inquiry) == 2


def test_what_is_missing_is_said_beside_the_field_and_everything_typed_is_kept(clinic, visitor):
    page = write(visitor, name="", email="", phone="", message="\n  Two lines\nof <b>text</b>")
    assert page.status == 422 and page.problem("name") and page.problem("email")
    assert page.form(PAGE).fields["message"] == "\n  Two lines\nof <b>text</b>"
    assert "<b>text" not in page.text and count(clinic, Inquiry) == 0
    assert visitor.send(page, PAGE, name="Mina", email="mina@example.com").status == 303


@pytest.mark.parametrize(("field", "value"), [("email", "mina"), ("phone", "12")])
def test_addresses_that_cannot_be_right_are_refused(clinic, visitor, field, value):
    page = write(visitor, **{"email": "", "phone": "", field: value})
    assert page.status == 422 and page.problem(field) and page.form(PAGE).fields[field] == value


def test_a_number_alone_is_enough(clinic, visitor):
    assert write(visitor, email="", phone="020 7946 0991").status == 303


def test_signs_the_database_cannot_keep_do_no_harm(clinic, visitor):
    assert write(visitor, name="Mi\x00na\ud7ff", message="a\x00b\r\nc\x1b[31m").status == 303
    stored = clinic.ask(lambda session, _: session.exec(select(Inquiry)).one())
    assert stored.message == "ab\nc[31m"


def test_a_program_that_fills_in_every_field_gets_the_normal_answer_and_reaches_nobody(clinic, visitor):
    page = write(visitor, website="https://spam.example")
    assert (page.status, page.to, count(clinic, Inquiry)) == (303, f"{PAGE}?sent=1", 0)


@pytest.mark.parametrize("key", ["", "made.up.key", "..", "6f.x.y", "é.é.é"])
def test_a_form_that_we_did_not_show_is_shown_again_with_everything_kept(clinic, visitor, key):
    page = visitor.post(PAGE, {**MINA, "key": key})
    assert page.status == 422 and "open for too long" in page.alert
    assert page.form(PAGE).fields["message"] == MINA["message"]
    assert visitor.send(page, PAGE).status == 303


def test_a_page_left_open_for_days_loses_nothing(clinic, visitor, clock):
    page = visitor.open(PAGE)
    clock.advance(days=2)
    late = visitor.send(page, PAGE, **MINA)
    assert late.status == 422 and visitor.send(late, PAGE).status == 303


def test_a_known_person_is_not_changed_and_the_answer_does_not_tell(clinic, visitor, visitors):
    write(visitor)
    known = write(visitor, name="Somebody Else", phone="020 7946 0991")
    unknown = write(visitor, email="new@example.com")
    assert (known.status, known.to, known.text) == (unknown.status, unknown.to, unknown.text)
    names = clinic.ask(lambda session, _: set(session.exec(select(Contact.name)).all()))
    assert names == {"Mina Sato"} and count(clinic, Contact) == 2


def test_one_network_cannot_fill_the_inbox(clinic, visitor, visitors, clock):
    statuses = [write(visitor, message=f"Message {n}").status for n in range(21)]
    assert statuses == [303] * 20 + [429]
    page = write(visitor)
    assert "Too many attempts" in page.alert and page.form(PAGE).fields["message"] == MINA["message"]
    assert write(visitors("198.51.100.9")).status == 303
    clock.advance(hours=1)
    assert visitor.send(page, PAGE).status == 303


def test_a_business_that_has_not_opened_says_how_to_reach_it(visitor):
    people.owner("Harbour Clinic")
    page = visitor.open("/c/harbour-clinic")
    assert page.title == "Harbour Clinic is not taking online requests yet" and "<form" not in page.text
    assert visitor.post("/c/harbour-clinic", MINA).status == 409


@pytest.mark.parametrize("slug", ["nobody", "Saltmarsh-Skin", "-", "a--b", "%00", "x" * 100])
def test_addresses_of_no_business_get_the_friendly_page(clinic, visitor, slug):
    page = visitor.open(f"/c/{slug}")
    assert page.status == 404
