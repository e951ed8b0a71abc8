"""A customer's own page of a visit, through HTTP."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import unquote_plus

import pytest
from sqlmodel import select

from careops_app.bookings import links as booking_links
from careops_app.bookings import service
from careops_app.bookings.models import BookingStatus
from careops_app.errors import Forbidden
from careops_app.forms import building
from careops_app.forms import links as form_links
from careops_app.forms import service as forms
from careops_app.forms.rules import Question, QuestionKind
from careops_app.inbox import service as inbox
from careops_app.inbox.models import Message
from careops_app.infra import db
from careops_app.worker.run import drain_now
from careops_app.workspace import links
from careops_app.workspace.models import Purpose
from tests.bookings.clinic import open_clinic, tuesday


@pytest.fixture
def booked(clinic):
    """Nora's peel on Tuesday at 10:00 with Priya."""
    return clinic.booked(tuesday("10:00"), staff_id=clinic.priya, phone="020 7946 0991")


def token(clinic, booking_id):
    return clinic.do(booking_links.manage_token, booking_id)


@pytest.fixture
def link(clinic, booked):
    return f"/m/{token(clinic, booked)}"


def test_the_visit_is_shown_with_everything_that_can_be_done(clinic, booked, link, visitor):
    page = visitor.open(link)
    assert page.status == 200 and page.title == "Peel treatment"
    card = clinic.card(booked)
    assert all(said in page.words for said in (card.reference, "Confirmed", "Priya Raman", "£85", "10:00–10:45 GMT"))
    assert "You can move or cancel until Tue 24 November 2026, 10:00 GMT." in page.words
    assert page.link("Move") == f"{link}/move" and page.link("Cancel") == f"{link}/cancel"
    assert page.link("a file") == f"/api/v1/public{link.replace('/m/', '/bookings/')}/calendar.ics"


def test_nothing_but_the_name_tells_who_it_is(link, visitor):
    for address in (link, f"{link}/booked", f"{link}/move", f"{link}/cancel"):
        assert not re.search("nora@|7946", visitor.open(address).text)


def test_the_calendar_file_can_be_fetched(link, visitor):
    page = visitor.open(visitor.open(link).link("a file"))
    assert page.status == 200 and "BEGIN:VEVENT" in page.text


def test_other_calendars_are_told_the_visit_and_never_its_link(clinic, booked, link, visitor):
    page = visitor.open(link)
    for words, start in (
        ("Google", "20261124T100000Z/20261124T104500Z"),
        ("Outlook on the web", "2026-11-24T10:00:00Z"),
    ):
        address = unquote_plus(unescape(page.link(words)))
        assert (
            start in address
            and "Peel treatment, Saltmarsh Skin" in address
            and clinic.card(booked).reference in address
        )
        assert link.removeprefix("/m/") not in address
    assert page.text.count('rel="noreferrer noopener"') == 2


def test_a_request_says_until_when_it_is_decided(clinic, visitor):
    asked = clinic.booked(tuesday("10:00") + timedelta(days=2), service_id=clinic.cut)
    link = f"/m/{token(clinic, asked)}"
    for address in (link, f"{link}/booked"):
        assert "You hear from us by Wed 25 November 2026, 09:00 GMT" in visitor.open(address).words


def test_staff_stop_a_link_or_send_another(clinic, booked, link, visitor):
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    clinic.do(booking_links.revoke_link, booked)
    assert visitor.open(link).status == 404 and letters(clinic) == []
    clinic.do(booking_links.renew_link, booked)
    (letter,) = letters(clinic)
    new = re.search(r"/m/[\w-]+", letter.body)[0]
    assert new != link and visitor.open(new).status == 200 and visitor.open(link).status == 404
    clinic.do(booking_links.renew_link, booked)
    assert visitor.open(new).status == 404 and len(letters(clinic)) == 2


def test_only_who_may_see_bookings_touches_their_links(clinic, booked, link, visitor):
    stranger = replace(clinic.owner, permissions=frozenset())
    for command in (booking_links.revoke_link, booking_links.renew_link):
        with pytest.raises(Forbidden):
            db.transact_now(command, stranger, booked)
    assert visitor.open(link).status == 200


def test_reminders_that_are_planned_are_named_without_an_address(link, visitor):
    assert "Tue 24 November 2026, 08:00 GMT" in visitor.open(link).words


def test_forms_that_are_open_lead_to_their_page(clinic, booked, link, visitor):
    form = clinic.do(building.create_form, "Skin intake", "")
    clinic.do(building.save_questions, form, (Question("q1", QuestionKind.TEXT, "Allergies?"),))
    clinic.do(building.link_to_services, form, [clinic.peel])
    drain_now(clinic.owner.workspace_id)
    page = visitor.open(link)
    assert "0 of 1 done" in page.words and visitor.open(page.link("Fill in the form")).status == 200
    assert visitor.open(f"{link}/booked").link("Fill in now") == page.link("Fill in the form")


# --- moving -----------------------------------------------------------------------------------------------------------


def test_a_visit_is_moved_by_links_and_one_button(clinic, booked, link, visitor):
    page = visitor.open(visitor.open(link).link("Move"))
    assert page.title == "Move your visit" and "with Priya Raman" in page.words
    page = visitor.open(visitor.open(page.link("25")).link("11:15"))
    assert page.title == "Move your visit to this time?" and "11:15–12:00 GMT" in page.words
    assert clinic.card(booked).starts_at == tuesday("10:00")  # nothing has happened yet
    done = visitor.send(page, f"{link}/move")
    moved = visitor.follow(done)
    assert "Your visit has moved." in moved.words and "Wednesday 25 November 2026, 11:15–12:00 GMT" in moved.words
    assert clinic.card(booked).revision == 2


def test_moving_twice_by_the_same_form_is_one_move(clinic, booked, link, visitor):
    page = visitor.open(f"{link}/move?start=2026-11-25T11:15Z")
    assert [visitor.send(page, f"{link}/move").status for _ in range(3)] == [303] * 3
    assert clinic.card(booked).revision == 2


def test_the_visits_own_time_is_not_offered_but_times_that_overlap_it_are(link, visitor):
    page = visitor.open(f"{link}/move?day=2026-11-24")
    offered = re.findall(r'class="slot"[^>]*>(\d\d:\d\d)', page.text)
    assert "10:15" in offered and "10:00" not in offered


def test_a_customer_may_prefer_more_times_to_the_same_person(clinic, booked, link, visitor):
    clinic.added(tuesday("14:00"), staff_id=clinic.priya)
    page = visitor.open(f"{link}/move?day=2026-11-24")
    assert "14:00" not in re.findall(r'class="slot"[^>]*>(\d\d:\d\d)', page.text)
    page = visitor.open(page.link("Show the times of everybody"))
    page = visitor.open(visitor.open(page.link("24")).link("14:00"))
    assert visitor.send(page, f"{link}/move").status == 303
    assert clinic.card(booked).staff_id == clinic.jonas


def test_a_time_taken_meanwhile_offers_others(clinic, booked, link, visitor):
    page = visitor.open(f"{link}/move?start=2026-11-24T13:00Z")
    clinic.added(tuesday("13:00"), staff_id=clinic.priya)
    lost = visitor.send(page, f"{link}/move")
    assert lost.status == 409 and "is not free any more" in lost.alert
    offered = re.findall(r'type="radio" name="start" value="([^"]*)"', lost.text)
    assert len(offered) == 3 and visitor.send(lost, f"{link}/move", start=offered[0]).status == 303


def test_a_move_by_the_business_meanwhile_is_not_undone(clinic, booked, link, visitor):
    page = visitor.open(f"{link}/move?start=2026-11-25T11:15Z")
    clinic.moved(booked, tuesday("15:00"))
    refused = visitor.send(page, f"{link}/move")
    assert refused.status == 409 and "changed meanwhile" in refused.alert
    assert clinic.card(booked).starts_at == tuesday("15:00")


@pytest.mark.parametrize("start", ["", "junk", "2026-11-25T11:07Z", "1999-01-01T00:00Z"])
def test_times_that_make_no_sense_move_nothing(clinic, booked, link, visitor, start):
    page = visitor.post(f"{link}/move", {"start": start, "revision": "x"})
    assert page.status in (303, 409) and clinic.card(booked).revision == 1


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_cancelling_says_first_what_it_means(clinic, booked, link, visitor):
    page = visitor.open(f"{link}/cancel")
    assert page.title == "Cancel this visit?" and "until Tue 24 November 2026, 10:00 GMT" in page.words
    assert "The time becomes free for others at once." in page.words and page.link("Keep it") == link
    assert clinic.card(booked).status == BookingStatus.CONFIRMED
    done = visitor.send(page, f"{link}/cancel", reason="I have a cold.")
    after = visitor.follow(done)
    assert "Cancelled" in after.words and after.link("Book again") == "/b/saltmarsh-skin"
    card = clinic.card(booked)
    assert (card.status, card.cancelled_by, card.cancel_reason) == (
        BookingStatus.CANCELLED,
        "customer",
        "I have a cold.",
    )
    assert "10:00" in clinic.free(tuesday("10:00"), staff_id=clinic.priya)


def test_cancelling_twice_is_no_error(link, visitor):
    page = visitor.open(f"{link}/cancel")
    assert [visitor.send(page, f"{link}/cancel").status for _ in range(2)] == [303, 303]
    assert visitor.open(f"{link}/cancel").to == link and visitor.open(f"{link}/booked").to == link


def test_a_reason_that_is_too_long_is_kept_and_said(clinic, booked, link, visitor):
    page = visitor.send(visitor.open(f"{link}/cancel"), f"{link}/cancel", reason="x" * 600)
    assert page.status == 422 and page.problem("reason") and page.form(f"{link}/cancel").fields["reason"] == "x" * 600
    assert clinic.card(booked).status == BookingStatus.CONFIRMED


def test_after_the_deadline_the_page_says_so_and_changes_nothing(clinic, visitor, clock):
    booking = clinic.booked(tuesday("10:00") + timedelta(days=2), service_id=clinic.cut)
    link = f"/m/{token(clinic, booking)}"
    cancel = visitor.open(f"{link}/cancel")
    clock.advance(days=2, hours=2)
    page = visitor.open(link)
    assert "Call us instead" in page.words and not page.links("danger")
    assert visitor.open(f"{link}/move").to == visitor.open(f"{link}/cancel").to == link
    refused = visitor.send(cancel, f"{link}/cancel")
    assert refused.status == 409 and "Call us instead" in refused.alert
    assert visitor.post(f"{link}/move", {"start": "2026-11-27T11:00Z"}).status == 409
    assert clinic.card(booking).status == BookingStatus.PENDING


def test_a_link_cannot_be_used_to_send_messages_without_end(link, visitor):
    starts = [f"2026-11-{25 + n % 2}T11:00Z" for n in range(31)]
    assert [visitor.post(f"{link}/move", {"start": start}).status for start in starts][-2:] == [303, 429]


# --- links ------------------------------------------------------------------------------------------------------------


def dead_pages(visitor, *addresses):
    pages = [visitor.open(address) for address in addresses]
    assert {page.status for page in pages} == {404}
    return {page.text for page in pages}


def test_every_link_that_does_not_open_gets_the_same_page(clinic, booked, link, visitor, clock):
    other = open_clinic("Other Place", "other@example.com")
    form = clinic.do(building.create_form, "Skin intake", "")
    clinic.do(building.save_questions, form, (Question("q1", QuestionKind.TEXT, "Allergies?"),))
    asked = clinic.do(forms.request_by_staff, form, clinic.card(booked).contact_id)
    form_link = f"/m/{clinic.do(form_links.form_token, asked)}"  # a real token, of the other purpose
    gone = db.transact_now(links.link_token, other.owner.workspace_id, Purpose.MANAGE_BOOKING, booked + 99, None)
    revoked = clinic.booked(tuesday("13:00"), email="else@example.com")
    revoked_link = f"/m/{token(clinic, revoked)}"
    clinic.do(links.revoke, Purpose.MANAGE_BOOKING, revoked)
    swapped = link[:-1] + ("A" if link[-1] != "A" else "B")
    clock.advance(days=3)
    pages = dead_pages(visitor, link, "/m/x", swapped, form_link, revoked_link, f"{link}/move", f"{link}/cancel")
    pages |= dead_pages(visitor, f"{link}/booked", "/f/x", f"/f/{link[3:]}", f"/m/{gone}")
    assert len(pages) == 1 and "This link does not work any more" in pages.pop()


def test_a_dead_link_changes_nothing(clinic, booked, link, visitor, clock):
    clinic.do(links.revoke, Purpose.MANAGE_BOOKING, booked)
    assert visitor.post(f"{link}/cancel").status == visitor.post(f"{link}/move", {"start": "x"}).status == 404
    assert clinic.card(booked).status == BookingStatus.CONFIRMED


def letters(clinic):
    drain_now(clinic.owner.workspace_id)
    query = select(Message).where(Message.template == "new_link").order_by(Message.id)
    return clinic.ask(lambda session, _: session.exec(query).all())


def test_a_new_link_goes_to_the_address_on_file_and_opens_the_page(clinic, booked, link, visitor, clock):
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    clock.advance(days=3)
    asked = visitor.send(visitor.open(link), "")
    assert asked.status == 303 and "a new one is on its way" in visitor.open(f"{link}{asked.to}").words
    (letter,) = letters(clinic)
    assert letter.recipient == "nora@example.com" and letter.rule == "new-link"
    address = re.search(r"/m/[\w-]+", letter.body)[0]
    assert visitor.open(address).title == "Peel treatment"


def test_asking_for_a_new_link_never_tells_whether_it_was_real(clinic, link, visitor, visitors, clock):
    clock.advance(days=3)
    real, invented = visitor.post(f"{link}?again=1"), visitor.post("/m/invented?again=1")
    assert (real.status, real.to, real.text) == (invented.status, invented.to, invented.text)
    assert visitor.open(f"{link}?sent=1").text == visitor.open("/m/invented?sent=1").text
    for number in range(6):  # from many networks: the customer still gets three an hour at most
        assert visitors(f"198.51.{number}.9").post(f"{link}?again=1").status == 303
    assert len(letters(clinic)) == 3


def test_one_network_may_ask_ten_times_an_hour(visitor, clinic):
    assert [visitor.post("/m/invented?again=1").status for _ in range(11)] == [303] * 10 + [429]


def test_a_form_has_a_new_link_as_well(clinic, booked, visitor, clock):
    form = clinic.do(building.create_form, "Skin intake", "")
    clinic.do(building.save_questions, form, (Question("q1", QuestionKind.TEXT, "Allergies?"),))
    asked = clinic.do(forms.request_by_staff, form, clinic.card(booked).contact_id)
    link = f"/f/{clinic.do(form_links.form_token, asked)}"
    clock.advance(days=40)
    assert visitor.open(link).status == 404
    visitor.post(f"{link}?again=1")
    (letter,) = letters(clinic)
    assert visitor.open(re.search(r"/f/[\w-]+", letter.body)[0]).status == 200


def test_a_visit_by_staff_has_the_same_page(clinic, visitor):
    booking = clinic.added(tuesday("12:00"))
    clinic.do(service.cancel, booking, "Priya is ill")
    page = visitor.open(f"/m/{token(clinic, booking)}")
    assert "Cancelled" in page.words and "Priya is ill" in page.words
