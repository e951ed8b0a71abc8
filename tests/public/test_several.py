"""Several services in one visit and a repeated visit, the way a visitor without scripts books them."""

import re

import pytest
from sqlmodel import select

from careops_app.bookings import offering
from careops_app.bookings.models import Booking
from careops_app.bookings.offering import Absence
from tests.bookings.clinic import tuesday

PAGE = "/b/saltmarsh-skin"
NORA = {"name": "Nora Vance", "email": "nora@example.com", "note": "I come with a dog."}


def bookings(clinic):
    return clinic.ask(lambda session, _: session.exec(select(Booking).order_by(Booking.starts_at)).all())


def starts(clinic):
    return [f"{one.starts_at:%d %b %H:%M}" for one in bookings(clinic)]


def details(clinic, visitor, at="2026-11-24T10:00Z"):
    return visitor.open(f"{PAGE}?service={clinic.peel}&staff={clinic.priya}&start={at}")


def dates(clinic, visitor, **asked):
    """The page of a weekly series of a peel by Priya."""
    given = {"service": clinic.peel, "staff": clinic.priya, "start": "2026-11-24T10:00Z", "visits": 4} | asked
    return visitor.open(f"{PAGE}/repeat", params=given)


# --- a series ---------------------------------------------------------------------------------------------------------


def test_from_the_details_to_a_series_of_four(clinic, visitor):
    page = visitor.open(details(clinic, visitor).link("Repeat this visit"))
    assert page.title == "Repeat this visit" and "10:00–10:45 GMT" in page.words
    form = page.form(f"{PAGE}/repeat")
    assert form.method == "get" and form.fields["visits"] == "4"
    page = visitor.open(f"{PAGE}/repeat", params=form.fields)
    assert "All 4 dates are free" in page.words and "Tuesday 15 December 2026" in page.words
    done = visitor.follow(send(visitor, page))
    assert done.title == "You are booked, Nora"
    assert starts(clinic) == ["24 Nov 10:00", "01 Dec 10:00", "08 Dec 10:00", "15 Dec 10:00"]
    assert len({one.group_id for one in bookings(clinic)}) == 1
    assert {one.note for one in bookings(clinic)} == {"I come with a dog."}


def post_fields(page):
    """The fields of the form that books: the second one of the page, after the one that asks how often."""
    return page._read.forms[-1].fields


def send(visitor, page, **typed):
    return visitor.post(f"{PAGE}/repeat", {**post_fields(page), **NORA, **typed})


def test_a_taken_date_offers_other_times_of_its_day_or_to_leave_it_out(clinic, visitor):
    clinic.booked(tuesday("10:00").replace(month=12, day=1), staff_id=clinic.priya, email="else@example.com")
    page = dates(clinic, visitor)
    assert "3 of 4 dates are free" in page.words
    assert "Tue 1 December 2026, 10:00 GMT is not free any more." in page.words
    assert "09:00 instead" in page.words and "11:00 instead" in page.words
    unsaid = send(visitor, page)
    assert unsaid.status == 422
    assert unsaid.problem("on-2026-12-01") == "Choose another time, or leave this date out."
    assert post_fields(unsaid)["note"] == "I come with a dog." and len(bookings(clinic)) == 1
    send(visitor, unsaid, **{"on-2026-12-01": "2026-12-01T11:00Z", "on-2026-12-08": "out"})
    mine = [f"{one.starts_at:%d %b %H:%M}" for one in bookings(clinic) if one.group_id]
    assert mine == ["24 Nov 10:00", "01 Dec 11:00", "15 Dec 10:00"]


def test_a_date_taken_meanwhile_refuses_all_and_asks_again(clinic, visitor):
    page = dates(clinic, visitor)
    clinic.booked(tuesday("10:00").replace(month=12, day=8), staff_id=clinic.priya, email="else@example.com")
    refused = send(visitor, page)
    assert refused.status == 409 and "8 December 2026, 10:00 GMT is not free any more." in refused.alert
    assert post_fields(refused)["name"] == "Nora Vance" and post_fields(refused)["on-2026-12-08"] == ""
    assert len(bookings(clinic)) == 1
    assert send(visitor, refused, **{"on-2026-12-08": "out"}).status == 303
    assert len(bookings(clinic)) == 4


def test_a_closed_day_has_only_leaving_out(clinic, visitor):
    clinic.do(
        offering.take_time_off,
        Absence(tuesday("00:00").replace(month=12, day=1), tuesday("23:00").replace(month=12, day=1)),
    )
    page = dates(clinic, visitor)
    assert "outside the opening hours" in page.words
    block = page.text[page.text.index('name="on-2026-12-01"') :].split("</select>")[0]
    assert re.findall(r"<option[^>]*>([^<]*)", block) == ["Choose what to do", "Leave this date out"]


@pytest.mark.parametrize(
    ("asked", "field"), [({"visits": 53}, "visits"), ({"visits": 1}, "visits"), ({"step": 60}, "step")]
)
def test_what_is_no_series_is_said_beside_its_field(clinic, visitor, asked, field):
    page = dates(clinic, visitor, **asked)
    assert page.status == 422 and page.problem(field) and "Book these visits" not in page.text


def test_sent_twice_a_series_is_booked_once(clinic, visitor):
    page = dates(clinic, visitor)
    first, again = send(visitor, page), send(visitor, page)
    assert first.to == again.to and len(bookings(clinic)) == 4


def test_the_visits_of_a_series_lead_to_each_other_and_change_alone(clinic, visitor):
    done = visitor.follow(send(visitor, dates(clinic, visitor)))
    visit = visitor.open(done.link("Manage booking"))
    assert "Booked together with this one" in visit.words
    second = visitor.open(visit.link("Tue 1 December 2026, 10:00–10:45 GMT"))
    assert "Tuesday 1 December 2026" in second.words
    visitor.send(visitor.open(second.link("Cancel")), f"{second.link('Cancel')}")
    assert [one.status for one in bookings(clinic)] == ["confirmed", "cancelled", "confirmed", "confirmed"]
    assert "1 December" not in visitor.open(done.link("Manage booking")).words


def test_addresses_that_say_too_little_or_nonsense_lead_back(clinic, visitor):
    assert visitor.open(f"{PAGE}/repeat").to == PAGE
    assert visitor.open(f"{PAGE}/repeat?service=999999&start=2026-11-24T10:00Z").to.startswith(PAGE)
    page = dates(clinic, visitor, every="year", step="x", visits="four")
    assert page.status == 200 and "How many visits" in page.words
    assert visitor.post(f"{PAGE}/repeat", {"service": str(clinic.peel)}).status == 303


# --- several services -------------------------------------------------------------------------------------------------


def test_from_one_service_to_a_visit_of_two(clinic, visitor):
    page = visitor.open(f"{PAGE}?service={clinic.peel}&staff=any")
    page = visitor.open(page.link("Add another service"))
    assert page.title == "Several services in one visit" and "Choose a time" not in page.words
    page = visitor.open(page.link("Cut"))
    assert "2 services, 1 h 15 min" in page.words
    page = visitor.open(page.link("Priya Raman"))
    page = visitor.open(page.link("Choose a time"))
    page = visitor.open(page.link("24"))
    page = visitor.open(page.link("10:15"))
    assert page.title == "Your details" and "10:15–11:00 GMT, Priya Raman" in page.words
    assert "11:00–11:30 GMT, Jonas Lindqvist" in page.words
    done = visitor.follow(visitor.send(page, f"{PAGE}/several", **NORA))
    assert done.title == "You are booked, Nora" and "Booked together with this one" in done.words
    assert starts(clinic) == ["24 Nov 10:15", "24 Nov 11:00"]
    assert [one.status for one in bookings(clinic)] == ["confirmed", "pending"]


def test_services_are_removed_and_given_to_others_by_plain_links(clinic, visitor):
    page = visitor.open(f"{PAGE}/several?parts={clinic.peel}.any-{clinic.cut}.any")
    without = visitor.open(page.link("Remove"))
    assert "1 service" in without.words and "Choose a time" not in without.words
    assert f"parts={clinic.peel}.{clinic.jonas}-" in page.link("Jonas Lindqvist")


def test_a_time_taken_meanwhile_brings_three_others_and_keeps_what_was_typed(clinic, visitor):
    parts = f"{clinic.peel}.{clinic.priya}-{clinic.cut}.any"
    page = visitor.open(f"{PAGE}/several?parts={parts}&start=2026-11-24T10:00Z")
    clinic.booked(tuesday("10:00"), staff_id=clinic.priya, email="else@example.com")
    refused = visitor.send(page, f"{PAGE}/several", **NORA)
    assert refused.status == 409 and "not free for all of these services" in refused.alert
    assert refused.text.count('name="start"') == 3 and 'value="Nora Vance"' in refused.text
    done = visitor.send(refused, f"{PAGE}/several", **NORA, start="2026-11-24T11:00Z")
    assert done.status == 303 and len(bookings(clinic)) == 3


def test_a_start_at_which_they_do_not_fit_leads_to_the_times(clinic, visitor):
    parts = f"{clinic.peel}.any-{clinic.cut}.any"
    page = visitor.open(f"{PAGE}/several?parts={parts}&start=2026-11-24T16:30Z")
    assert page.status == 303 and "day=" not in page.to and visitor.open(page.to).title == "Choose a day and time"


def test_what_is_gone_or_foreign_was_not_chosen(clinic, visitor):
    page = visitor.open(f"{PAGE}/several?parts={clinic.peel}.{10**17}-999999.any-x.y-{clinic.cut}.any")
    assert "2 services" in page.words
    assert visitor.open(f"{PAGE}/several").title == "Several services in one visit"
    assert visitor.open(f"{PAGE}/several?parts={clinic.peel}.any&time=1").title == "Several services in one visit"


def test_without_a_name_nothing_is_booked_and_the_rest_is_kept(clinic, visitor):
    page = visitor.open(f"{PAGE}/several?parts={clinic.peel}.any-{clinic.cut}.any&start=2026-11-24T10:00Z")
    wrong = visitor.send(page, f"{PAGE}/several", email="nora@example.com")
    assert wrong.status == 422 and wrong.problem("name") and bookings(clinic) == []
    assert "10:00–10:45 GMT" in wrong.words
