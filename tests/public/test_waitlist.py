"""Joining the waitlist, answering an offer and leaving, through HTTP."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from careops_app.bookings import links as own_links
from careops_app.bookings.waitlist_models import WaitlistEntry
from careops_app.inbox import service as inbox
from careops_app.inbox.models import Message
from careops_app.infra import db
from careops_app.worker.run import drain_now
from careops_app.workspace import links
from careops_app.workspace.models import Purpose
from tests.bookings.clinic import tuesday
from tests.bookings.waiting import cancelled, entry, freed, offers, waits

NORA = {"name": "Nora Vance", "email": "nora@example.com"}


@pytest.fixture
def form(clinic, visitor):
    """The page on which one joins the list of the peel."""
    return visitor.open(f"/b/saltmarsh-skin/waitlist?service={clinic.peel}")


@pytest.fixture
def place(clinic):
    """Wanda waits for a peel from Tuesday to Friday."""
    return waits(clinic, customer_time_zone="Europe/Paris")


@pytest.fixture
def link(clinic, place):
    return f"/w/{clinic.do(own_links.waitlist_token, place)}"


def entries(clinic) -> list[WaitlistEntry]:
    return clinic.ask(lambda session, _: list(session.exec(select(WaitlistEntry).order_by(WaitlistEntry.id)).all()))


def mails(clinic, template: str) -> list[Message]:
    drain_now()
    query = select(Message).where(Message.template == template).order_by(Message.id)
    return clinic.ask(lambda session, _: list(session.exec(query).all()))


# --- joining ----------------------------------------------------------------------------------------------------------


def test_the_booking_page_leads_to_the_waitlist_with_what_was_chosen(clinic, visitor):
    page = visitor.open(f"/b/saltmarsh-skin?service={clinic.peel}&staff={clinic.priya}&day=2026-11-25")
    joining = visitor.open(page.link("Join the waitlist"))
    fields = joining.form("/b/saltmarsh-skin/waitlist").fields
    assert (fields["first_on"], fields["last_on"], fields["staff"]) == ("2026-11-25", "2026-12-08", str(clinic.priya))


def test_a_visitor_joins_and_is_sent_a_link(clinic, visitor, form):
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    typed = {"first_on": "2026-11-24", "last_on": "2026-11-27", "from": "09:00", "until": "12:00", "note": "Any room"}
    answer = visitor.send(form, "/b/saltmarsh-skin/waitlist", **NORA, **typed)
    page = visitor.follow(answer)
    assert page.title == "You are on the waitlist" and "30 minutes" in page.words
    (kept,) = entries(clinic)
    assert (kept.from_minute, kept.until_minute, kept.note, kept.staff_id) == (540, 720, "Any room", None)
    (mail,) = mails(clinic, "waitlist_joined")
    assert "24–27 November 2026, from 09:00 and before 12:00" in mail.body
    own = visitor.open(re.search(r"/w/\S+", mail.body)[0])
    assert own.title == "You are on the waitlist" and "Peel treatment" in own.words


def test_sent_twice_it_is_one_entry(clinic, visitor, form):
    for _ in range(2):
        assert visitor.send(form, "/b/saltmarsh-skin/waitlist", **NORA).status == 303
    assert len(entries(clinic)) == 1


def test_the_answer_does_not_tell_who_is_on_the_list(clinic, visitor, form):
    first = visitor.send(form, "/b/saltmarsh-skin/waitlist", **NORA)
    again = visitor.send(visitor.open(str(form.response.url)), "/b/saltmarsh-skin/waitlist", **NORA)
    assert (first.status, first.to) == (again.status, again.to) and "/w/" not in visitor.follow(again).text
    assert len(entries(clinic)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"first_on": ""}, "first_on", "Choose a day."),
        ({"last_on": "2026-11-01"}, "last_on", "Choose today or a later day."),
        ({"last_on": "soon"}, "last_on", "Choose a day."),
        ({"from": "9 o'clock"}, "from", "Enter a time like 09:30, or leave it empty."),
        ({"from": "12:00", "until": "09:00"}, "until", "The end must be after the beginning."),
        ({"email": "", "phone": ""}, "email", "Enter an e-mail address or a phone number."),
        ({"name": ""}, "name", "Enter a name."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(clinic, visitor, form, typed, field, words):
    page = visitor.send(form, "/b/saltmarsh-skin/waitlist", **{**NORA, "note": "Keep me", **typed})
    assert page.status == 422 and page.problem(field) == words and "Keep me" in page.text
    assert entries(clinic) == []


def test_a_form_of_a_program_or_of_another_site_is_refused(clinic, visitor, form):
    assert visitor.send(form, "/b/saltmarsh-skin/waitlist", **NORA, website="x").status == 422
    foreign = form.form("/b/saltmarsh-skin/waitlist").fields | NORA
    assert visitor.post("/b/saltmarsh-skin/waitlist", foreign, origin="https://evil.example").status == 403
    assert entries(clinic) == []


def test_a_service_of_nobody_leads_back_to_the_services(clinic, visitor):
    for number in ("", "x", "999999", "9" * 30):
        assert visitor.open(f"/b/saltmarsh-skin/waitlist?service={number}").to == "/b/saltmarsh-skin"


# --- the own page -----------------------------------------------------------------------------------------------------


def test_the_page_says_what_one_waits_for_and_nothing_of_who_it_is(place, link, visitor):
    page = visitor.open(link)
    assert page.title == "You are on the waitlist" and "24–27 November 2026" in page.words
    assert not re.search("wanda", page.text, re.IGNORECASE)


def test_an_offer_names_both_clocks_and_a_yes_books(clinic, place, link, visitor):
    freed(clinic, tuesday("10:00"))
    page = visitor.open(link)
    assert page.title == "A time is free for you"
    assert "10:00–10:45 GMT" in page.words and "11:00 CET where you are" in page.words
    assert "Kept for you until Mon 23 November 2026, 09:30 GMT (10:30 CET where you are)" in page.words
    booked = visitor.follow(visitor.send(page, f"{link}/accept"))
    assert booked.status == 200 and "You are booked, Wanda" in booked.words
    kept = entry(clinic, place)
    assert clinic.card(kept.booking_id).starts_at == tuesday("10:00")
    assert visitor.open(visitor.open(link).link("See the visit")).title == "Peel treatment"


def test_a_yes_sent_twice_ends_on_the_same_booking(clinic, place, link, visitor):
    freed(clinic, tuesday("10:00"))
    page = visitor.open(link)
    assert visitor.send(page, f"{link}/accept").to == visitor.send(page, f"{link}/accept").to


def test_a_no_keeps_the_place(clinic, place, link, visitor):
    freed(clinic, tuesday("10:00"))
    page = visitor.follow(visitor.send(visitor.open(link), f"{link}/decline"))
    assert page.title == "You are on the waitlist" and "you keep your place" in page.words


def test_an_offer_that_is_over_says_so(clinic, place, link, visitor, clock):
    freed(clinic, tuesday("10:00"))
    page = visitor.open(link)
    clock.advance(minutes=30)
    late = visitor.send(page, f"{link}/accept")
    assert late.status == 409 and "This offer is over" in late.alert and late.title == "You are on the waitlist"
    assert visitor.send(page, f"{link}/decline").status == 409


def test_opening_an_answer_answers_nothing(clinic, place, link, visitor):
    freed(clinic, tuesday("10:00"))
    for way in ("accept", "decline", "leave"):
        visitor.open(f"{link}/{way}")
    assert offers(clinic)[0].outcome == "open" and entry(clinic, place).status == "offered"
    assert visitor.post(f"{link}/accept", {"offer": "x"}).to == link


def test_who_leaves_is_asked_first_and_may_join_again(clinic, place, link, visitor):
    asked = visitor.open(visitor.open(link).link("Leave the waitlist"))
    assert asked.title == "Leave the waitlist?"
    page = visitor.follow(visitor.send(asked, f"{link}/leave"))
    assert page.title == "You are not on the waitlist any more" and entry(clinic, place).status == "withdrawn"
    assert visitor.open(f"{link}/leave").to == link
    assert visitor.open(page.link("Join again")).title == "Join the waitlist"


def test_links_that_do_not_open_get_the_one_friendly_page_and_a_new_link(clinic, place, link, visitor, clock):
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    unknown = visitor.open("/w/unknown")
    clock.advance(days=8)
    expired = visitor.open(link)
    assert (unknown.status, expired.status) == (404, 404) and unknown.title == expired.title
    visitor.post(f"{link}?again=1")
    (mail,) = mails(clinic, "new_link")
    assert "your place on the waitlist for Peel treatment" in mail.body
    assert visitor.open(re.search(r"/w/\S+", mail.body)[0]).status == 200


def test_a_link_is_good_for_one_thing(clinic, place, link, visitor):
    booking = clinic.booked(tuesday("14:00"))
    manage = clinic.do(own_links.manage_token, booking)
    assert visitor.open(f"/w/{manage}").status == 404 and visitor.open(link.replace("/w/", "/m/")).status == 404
    clinic.do(links.revoke, Purpose.WAITLIST, place)
    assert visitor.open(link).status == 404


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_each_step_is_told_and_an_offer_that_is_over_is_not(clinic, visitor, clock):
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    gone = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    waits(clinic, "First Match", email="first@example.com")
    waits(clinic, "Second Match", email="second@example.com")
    cancelled(clinic, gone)
    (offer,) = mails(clinic, "waitlist_offer")
    assert offer.recipient == "first@example.com" and "kept for you until Mon 23 November 2026, 09:30 GMT" in offer.body
    clock.advance(minutes=30)
    assert [mail.recipient for mail in mails(clinic, "waitlist_offer")] == ["first@example.com", "second@example.com"]
    (lapsed,) = mails(clinic, "waitlist_lapsed")
    assert lapsed.recipient == "first@example.com" and "You keep your place" in lapsed.body


def test_an_offer_nobody_could_be_told_of_in_time_is_not_sent_late(clinic, clock):
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    waits(clinic)
    freed(clinic, tuesday("10:00"))
    clock.advance(hours=1)
    drain_now()
    assert [mail.state for mail in mails(clinic, "waitlist_offer")] in ([], ["skipped"])


def test_a_note_of_two_zones_is_left_out_where_clocks_agree(clinic, visitor):
    mine = waits(clinic, customer_time_zone="Europe/Lisbon")
    freed(clinic, tuesday("10:00"))
    assert "where you are" not in visitor.open(f"/w/{clinic.do(own_links.waitlist_token, mine)}").words
    assert timedelta(minutes=30) == offers(clinic)[0].expires_at - offers(clinic)[0].created_at
