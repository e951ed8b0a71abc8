"""Booking through HTTP, the way a visitor without scripts does it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import func, select

from careops_app.bookings.models import Booking, BookingStatus
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace import service as workspaces
from careops_app.workspace.rules import Profile
from tests import people
from tests.bookings.clinic import tuesday

PAGE = "/b/saltmarsh-skin"
NORA = {"name": "Nora Vance", "email": "nora@example.com", "note": "I come with a dog."}


@pytest.fixture
def times(clinic, visitor):
    """The page of times for a peel by anyone."""
    return visitor.open(f"{PAGE}?service={clinic.peel}&staff=any")


def details(clinic, visitor, at="2026-11-24T10:00Z", service=None, staff="any"):
    return visitor.open(f"{PAGE}?service={service or clinic.peel}&staff={staff}&start={at}")


def bookings(clinic):
    return clinic.ask(lambda session, _: session.exec(select(Booking).order_by(Booking.id)).all())


# --- the way there ----------------------------------------------------------------------------------------------------


def test_service_person_day_time_details_done(clinic, visitor):
    page = visitor.open(PAGE)
    assert page.title == "What would you like to book?" and "£85" in page.words and "45 min" in page.words
    page = visitor.open(page.link("Peel treatment"))
    assert page.title == "Who would you like to see?" and "Next free Mon 23 November 2026, 10:00 GMT" in page.words
    page = visitor.open(page.link("Priya Raman"))
    assert page.title == "Choose a day and time"
    page = visitor.open(page.link("24"))
    assert "Tuesday 24 November 2026" in page.words
    page = visitor.follow(visitor.press(page, "10:15"))
    assert page.title == "Your details" and "Tue 24 November 2026" in page.words and "10:15–11:00 GMT" in page.words
    done = visitor.follow(visitor.send(page, PAGE, **NORA))
    booked = bookings(clinic)[0]
    assert done.title == "You are booked, Nora" and booked.reference in done.words
    assert (booked.starts_at, booked.staff_id, booked.note) == (tuesday("10:15"), clinic.priya, "I come with a dog.")
    assert done.link("Add").endswith("/calendar.ics") and visitor.open(done.link("Manage booking")).status == 200


def test_where_one_person_gives_the_service_nobody_is_asked_whom_to_see(clinic, visitor):
    page = visitor.open(visitor.open(PAGE).link("Cut"))
    assert page.title == "Choose a day and time" and "Jonas Lindqvist" in page.words
    assert re.findall(r"<span>(\d\. \w+)</span>", page.text) == ["1. Service", "2. Time", "3. Details"]


def test_every_step_leads_back_to_the_one_before(clinic, visitor):
    page = details(clinic, visitor)
    titles = []
    while page.links("back"):
        page = visitor.open(page.links("back")[0])
        titles.append(page.title)
    assert titles == ["Choose a day and time", "Who would you like to see?", "What would you like to book?"]


def test_free_days_are_links_and_the_others_are_not(times, clinic):
    days = [re.search("day=([0-9-]+)", href)[1] for href in times.links("d")]
    assert days == [f"2026-11-{n}" for n in (23, 24, 25, 26, 27, 30)]
    assert "Monday 23 November 2026" in times.words and "Times are London time (GMT)." in times.words
    assert [word for word in ("Morning", "Afternoon", "Evening") if word in times.words] == ["Morning", "Afternoon"]


def test_months_are_turned_as_far_as_visits_can_be_booked(times, visitor):
    page, months = times, []
    while True:
        months.append(re.search(r"<b>(\w+ 2\d+)</b>", page.text)[1])
        later = re.search(r'href="([^"]*)" aria-label="Later month"', page.text)
        if not later:
            break
        page = visitor.open(later[1].replace("&amp;", "&"))
    assert months == ["November 2026", "December 2026", "January 2027"]


def test_a_month_without_free_times_is_passed_over_at_first(clinic, visitor, clock):
    clock.move_to(datetime(2026, 11, 30, 16, 30, tzinfo=UTC))
    page = visitor.open(f"{PAGE}?service={clinic.peel}&staff=any")
    assert "December 2026" in page.words and "Tuesday 1 December 2026" in page.words


def test_the_visitors_own_zone_is_named_beside_the_venues(clinic, visitor):
    visitor.browser.cookies.set("tz", "Asia/Tokyo")
    page = visitor.open(f"{PAGE}?service={clinic.peel}&staff=any&day=2026-11-24")
    assert "09:00 here is 18:00 in Tokyo" in page.words
    assert "15:00 , in your zone Wed 00:00" in page.words or "15:00, in your zone Wed 00:00" in page.words


def test_without_a_script_the_zone_is_chosen_from_a_list(times, visitor):
    page = visitor.open(times.link("Show times in another zone"))
    form = page.form(PAGE)
    assert form.method == "get" and form.fields["staff"] == "any"
    page = visitor.open(PAGE, params={**form.fields, "tz": "America/New_York"})
    assert "10:00 here is 05:00 in New York" in page.words
    assert page.button("10:00")[0].fields["tz"] == "America/New_York"


@pytest.mark.parametrize(
    "query",
    ["service=x", "service=999999", "service=1&staff=999", "service=1&staff=any&day=2026-02-30", "month=9999-99",
     "service=1&staff=any&month=0001-01", "service=1&staff=any&start=junk", "service=" + "9" * 40, "tz=../x&service=1",
     "service=1&staff=any&start=2026-02-30T10:00Z", "service=%00", "service=1&staff=any&day=1999-01-01", "service=²"],
)  # fmt: skip
def test_addresses_that_make_no_sense_lead_to_a_step_that_does(clinic, visitor, query):
    page = visitor.open(f"{PAGE}?{query}")
    assert page.status in (200, 303) and (page.status == 200 or visitor.follow(page).status == 200)


def test_the_service_of_another_business_is_not_offered_here(clinic, visitor):
    from tests.bookings.clinic import open_clinic

    other = open_clinic("Other Place", "other@example.com")
    assert "not offered any more" in visitor.open(f"{PAGE}?service={other.peel}").words
    page = details(clinic, visitor)
    assert visitor.post(PAGE, {**page.form(PAGE).fields, **NORA, "service": str(other.peel)}).status == 404
    assert visitor.post(PAGE, {**page.form(PAGE).fields, **NORA, "staff": str(other.priya)}).status == 404
    assert bookings(clinic) == []


def test_a_business_that_has_not_opened_takes_no_bookings(visitor):
    people.owner("Harbour Clinic")
    assert "not taking online requests yet" in visitor.open("/b/harbour-clinic").title
    assert visitor.post("/b/harbour-clinic", {"service": "1", "start": "2026-11-24T10:00Z"}).status == 409


# --- the form ---------------------------------------------------------------------------------------------------------


def test_what_is_wrong_is_said_beside_the_field_and_everything_is_kept(clinic, visitor):
    page = visitor.send(details(clinic, visitor), PAGE, name="", email="nora", note="I come with a <dog>.")
    assert page.status == 422 and page.problem("name") and page.problem("email")
    kept = page.form(PAGE).fields
    assert (kept["email"], kept["note"], kept["start"]) == ("nora", "I come with a <dog>.", "2026-11-24T10:00Z")
    assert "<dog>" not in page.text and bookings(clinic) == []
    assert visitor.send(page, PAGE, name="Nora", email="nora@example.com").status == 303


def test_neither_address_nor_number_is_one_problem(clinic, visitor):
    page = visitor.send(details(clinic, visitor), PAGE, name="Nora")
    assert page.status == 422 and page.problem("email") and page.form(PAGE).fields["name"] == "Nora"


def test_a_time_taken_meanwhile_offers_the_three_nearest_with_the_details_kept(clinic, visitor):
    page = details(clinic, visitor)
    clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    clinic.booked(tuesday("10:00"), staff_id=clinic.jonas, email="other@example.com")
    lost = visitor.send(page, PAGE, **NORA)
    assert lost.status == 409 and "is not free any more" in lost.alert and "your details are kept" in lost.alert
    assert lost.form(PAGE).fields["name"] == "Nora Vance" and "start" not in lost.form(PAGE).fields
    assert lost.buttons("start") == ["2026-11-24T09:00Z", "2026-11-24T11:00Z", "2026-11-24T11:15Z"]
    held = visitor.press(lost, "11:00")
    assert held.status == 200 and held.form(PAGE).fields["note"] == NORA["note"] and "is held for you" in held.words
    again = visitor.send(held, PAGE)
    assert again.status == 303 and bookings(clinic)[-1].starts_at == tuesday("11:00")


@pytest.mark.parametrize(
    ("start", "reason"),
    [("2026-11-23T08:00Z", "already past"), ("2026-11-24T10:07Z", "No visit starts at"),
     ("2026-11-24T20:00Z", "outside the opening hours"), ("2026-11-23T09:30Z", "too soon"),
     ("2027-06-01T10:00Z", "too far away")],
)  # fmt: skip
def test_times_that_cannot_be_had_say_why_and_offer_others(clinic, visitor, start, reason):
    page = visitor.send(details(clinic, visitor, at=start), PAGE, **NORA)
    assert page.status == 409 and reason in page.alert and bookings(clinic) == []
    assert len(page.buttons("start")) == 3
    assert page.form(PAGE).fields["email"] == "nora@example.com"


def test_a_form_without_a_time_goes_back_to_choosing_one(clinic, visitor):
    done = visitor.post(PAGE, {"service": str(clinic.peel), "staff": "any", **NORA})
    assert visitor.follow(done).title == "Choose a day and time"


def test_the_same_form_many_times_is_one_booking_with_one_answer(clinic, visitor):
    form = details(clinic, visitor).form(PAGE)
    answers = {visitor.post(PAGE, {**form.fields, **NORA}).to for _ in range(40)}
    assert len(answers) == 1 and len(bookings(clinic)) == 1


def test_the_same_form_many_times_at_once_is_one_booking(clinic, visitors):
    form = details(clinic, visitors()).form(PAGE)
    crowd = [visitors() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one.post(PAGE, {**form.fields, **NORA}), crowd))
    assert {answer.status for answer in answers} == {303} and len({answer.to for answer in answers}) == 1
    assert len(bookings(clinic)) == 1
    confirmed = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == "booking.confirmed")
    assert clinic.ask(lambda session, _: session.exec(confirmed).one()) == 1


def test_the_same_form_with_other_details_is_refused_and_the_first_booking_stays(clinic, visitor):
    form = details(clinic, visitor).form(PAGE)
    visitor.post(PAGE, {**form.fields, **NORA})
    page = visitor.post(PAGE, {**form.fields, **NORA, "name": "Somebody Else"})
    assert page.status == 422 and page.title == "This was sent already" and page.link("Start again") == PAGE
    assert [booked.given_name for booked in bookings(clinic)] == ["Nora Vance"]


def test_a_request_that_needs_approval_is_not_called_a_booking(clinic, visitor):
    page = details(clinic, visitor, service=clinic.cut, at="2026-11-26T10:00Z")
    assert "Ask for Thu 26 November 2026, 10:00" in page.words and "tell you whether the time works" in page.words
    done = visitor.follow(visitor.send(page, PAGE, **NORA))
    assert done.title == "We have your request, Nora" and bookings(clinic)[0].status == BookingStatus.PENDING


def test_the_form_says_until_when_the_visit_can_be_changed(clinic, visitor):
    far = details(clinic, visitor, service=clinic.cut, at="2026-11-26T10:00Z")
    soon = details(clinic, visitor, service=clinic.cut, at="2026-11-24T08:45Z")
    assert "move or cancel until Wed 25 November 2026, 10:00 GMT" in far.words
    assert "so soon that it cannot be moved or cancelled here" in soon.words


def test_the_zone_of_the_visitor_is_kept_with_the_booking(clinic, visitor):
    visitor.browser.cookies.set("tz", "America/New_York")
    done = visitor.follow(visitor.send(details(clinic, visitor), PAGE, **NORA))
    assert bookings(clinic)[0].customer_time_zone == "America/New_York"
    assert "Tue 24 November 2026, 05:00 EST where you are" in done.words


def test_a_known_person_is_not_told_apart_from_a_new_one(clinic, visitor):
    visitor.send(details(clinic, visitor), PAGE, **NORA, phone="020 7946 0991")
    pages = []
    for start, email in (("2026-11-25T10:00Z", "nora@example.com"), ("2026-11-26T10:00Z", "new@example.com")):
        done = visitor.send(details(clinic, visitor, at=start), PAGE, name="Nora Vance", email=email)
        page = visitor.follow(done)
        told = re.sub(r"/m/[\w-]+|<code>.*?</code>|\w+ \d+ November|\d\d–\d\d", "", page.text)
        pages.append(re.sub(r"bookings/[\w-]+/|(Priya Raman|Jonas Lindqvist)", "", told))
    assert pages[0] == pages[1] and not re.search("nora@|new@|7946", pages[0])


def test_one_network_cannot_book_the_week_full(clinic, visitor, visitors):
    starts = [tuesday("09:00") + timedelta(days=day, minutes=60 * slot) for day in range(3) for slot in range(7)]
    forms = [details(clinic, visitor, at=f"{at:%Y-%m-%dT%H:%MZ}").form(PAGE) for at in starts]
    statuses = [visitor.post(PAGE, {**form.fields, **NORA}).status for form in forms]
    assert statuses == [303] * 20 + [429]
    assert visitors("198.51.100.9").post(PAGE, {**forms[-1].fields, **NORA}).status == 303


def test_the_brand_of_the_business_colours_the_page(clinic, visitor):
    profile = Profile("Saltmarsh Skin", "22 Shore Row", "0131 496 0142", "hi@example.com", "Europe/London")
    clinic.do(workspaces.edit_profile, Profile(**{**vars(profile), "brand_color": "#8a1c4a"}))
    sheet = re.search(r'href="(/brand/[^"]*)"', visitor.open(PAGE).text)[1]
    css = visitor.open(sheet)
    assert "8a1c4a" in sheet and css.response.headers["content-type"].startswith("text/css")
    assert "--accent-solid:#8a1c4a" in css.text and "immutable" in css.response.headers["cache-control"]
