"""Holding a time through HTTP: one visitor keeps it, another sees it gone, and it is back when it ends."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from careops_app.bookings import hold_budget, offering
from careops_app.bookings.models import SlotHold
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.errors import Throttled
from careops_app.infra import clock as time_source
from careops_app.infra import db, security
from careops_app.infra.db import SYSTEM
from careops_app.workspace import service as workspaces
from tests.bookings.clinic import Clinic, open_clinic, tuesday
from tests.conftest import HandClock
from tests.public.conftest import Arrive
from tests.public.test_book import NORA, PAGE, bookings
from tests.public.visitor import Page, Visitor

TUESDAY = "&day=2026-11-24"


def times(clinic: Clinic, visitor: Visitor, more: str = TUESDAY, service: int = 0) -> Page:
    return visitor.open(f"{PAGE}?service={service or clinic.cut}&staff={clinic.jonas}{more}")


def offered(page: Page) -> list[str]:
    return [start[11:16] for start in page.buttons("start")]


def held(clinic: Clinic, visitor: Visitor, words: str = "10:00") -> Page:
    """The details of Jonas's time, which is held now."""
    return visitor.follow(visitor.press(times(clinic, visitor), words))


def holds(clinic: Clinic) -> list[SlotHold]:
    alive = select(SlotHold).where(SlotHold.expires_at > time_source.now()).order_by(col(SlotHold.id))
    return clinic.ask(lambda session, _: list(session.exec(alive).all()))


def test_a_chosen_time_is_held_and_gone_for_others_until_it_ends(
    clinic: Clinic, visitor: Visitor, visitors: Arrive, clock: HandClock
) -> None:
    page = held(clinic, visitor)
    assert page.title == "Your details" and "10:00 is held for you until 09:10 (London)" in page.words
    assert re.search(r'data-hold="600"', page.text) and 'role="timer"' in page.text and 'role="status"' in page.text
    other = visitors("198.51.100.9")
    assert "10:00" not in offered(times(clinic, other)) and "10:30" in offered(times(clinic, other))
    clock.advance(minutes=9, seconds=59)
    assert "10:00" not in offered(times(clinic, other))
    clock.advance(seconds=1)
    assert "10:00" in offered(times(clinic, other))


def test_the_held_time_is_booked_in_its_place(clinic: Clinic, visitor: Visitor, clock: HandClock) -> None:
    page = held(clinic, visitor)
    clock.advance(minutes=9)
    done = visitor.follow(visitor.send(page, PAGE, **NORA))
    assert done.title == "We have your request, Nora"
    assert bookings(clinic)[0].starts_at == tuesday("10:00") and holds(clinic) == []


def test_looking_holds_nothing(clinic: Clinic, visitor: Visitor, written: Any) -> None:
    shown, before = times(clinic, visitor), written()
    form, button = shown.button("10:00")
    address = f"{PAGE}/hold?service={clinic.cut}&staff={clinic.jonas}&start={button.adds['start']}"
    assert form.method == "post" and visitor.open(address).to == PAGE
    assert visitor.browser.head(address).status_code == 303 and written() == before


def test_the_mark_of_a_visitor_is_a_random_cookie_of_ours_and_nothing_more(clinic: Clinic, visitor: Visitor) -> None:
    cookie = times(clinic, visitor).response.headers["set-cookie"]
    assert re.fullmatch(r"visitor=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)
    assert "set-cookie" not in times(clinic, visitor).response.headers
    held(clinic, visitor)
    assert cookie[8:51] not in repr(vars(holds(clinic)[0])), "only its digest is kept"


def test_a_visitor_holds_two_times_at_most_the_oldest_is_let_go(clinic: Clinic, visitor: Visitor) -> None:
    for words in ("10:00", "11:00", "12:00"):  # each in a tab of its own, which knows nothing of the others
        held(clinic, visitor, words)
    assert [hold.starts_at for hold in holds(clinic)] == [tuesday("11:00"), tuesday("12:00")]


def test_another_time_chosen_after_going_back_takes_the_place_of_the_first(clinic: Clinic, visitor: Visitor) -> None:
    page = held(clinic, visitor)
    back = visitor.open(page.links("back")[0])
    assert "10:00" in offered(back), "one's own time counts as free"
    assert 'aria-current="true"' in back.text and back.link("Continue with 10:00")
    page = visitor.follow(visitor.press(back, "11:00"))
    assert "11:00 is held for you" in page.words and [hold.starts_at for hold in holds(clinic)] == [tuesday("11:00")]


def test_the_same_time_chosen_again_is_the_same_hold(clinic: Clinic, visitor: Visitor, clock: HandClock) -> None:
    page = held(clinic, visitor)
    (before,) = holds(clinic)
    clock.advance(minutes=3)
    page = visitor.follow(visitor.press(visitor.open(page.links("back")[0]), "10:00"))
    assert "until 09:10 (London)" in page.words and 'data-hold="420"' in page.text
    assert [hold.id for hold in holds(clinic)] == [before.id]
    assert "10:00 is held" in visitor.open(visitor.open(page.links("back")[0]).link("Continue with")).words


def test_a_time_can_be_let_go(clinic: Clinic, visitor: Visitor, visitors: Arrive) -> None:
    back = visitor.open(held(clinic, visitor).links("back")[0])
    page = visitor.follow(visitor.press(back, "Let it go"))
    assert page.title == "Choose a day and time" and "Tuesday 24 November 2026" in page.words
    assert holds(clinic) == [] and "held" not in page.words
    assert "10:00" in offered(times(clinic, visitors("198.51.100.9")))


def test_a_time_lost_while_choosing_offers_the_nearest_and_one_press_holds_one(
    clinic: Clinic, visitor: Visitor, visitors: Arrive
) -> None:
    mine = times(clinic, visitor)
    held(clinic, visitors("198.51.100.9"))
    lost = visitor.press(mine, "10:00")
    assert lost.status == 409 and "is not free any more" in lost.alert and len(lost.buttons("start")) == 3
    page = visitor.follow(visitor.press(lost, "10:30"))
    assert "10:30 is held for you" in page.words


def test_when_a_hold_has_ended_the_page_says_whether_the_time_is_still_free(
    clinic: Clinic, visitor: Visitor, clock: HandClock
) -> None:
    page = held(clinic, visitor)
    clock.advance(minutes=11)
    again = visitor.open(str(page.response.url))
    assert "10:00 is not held any more. It is still free: book it now." in again.words
    assert visitor.send(again, PAGE, **NORA).status == 303 and len(bookings(clinic)) == 1


def test_when_it_is_gone_the_details_stay_and_the_nearest_are_held_with_them(
    clinic: Clinic, visitor: Visitor, clock: HandClock
) -> None:
    page = held(clinic, visitor)
    clock.advance(minutes=11)
    clinic.booked(tuesday("10:00"), service_id=clinic.cut, email="other@example.com")
    opened = visitor.open(str(page.response.url))
    assert "somebody else has it now" in opened.alert and len(opened.buttons("start")) == 3
    lost = visitor.send(page, PAGE, **NORA)
    assert lost.status == 409 and "your details are kept" in lost.alert
    kept = visitor.press(lost, "10:30")
    assert kept.status == 200 and "10:30 is held for you" in kept.words
    assert {name: kept.form(PAGE).fields[name] for name in NORA} == NORA
    assert visitor.send(kept, PAGE).status == 303 and bookings(clinic)[-1].starts_at == tuesday("10:30")


def test_links_from_outside_lead_to_the_details_without_a_hold(clinic: Clinic, visitor: Visitor) -> None:
    page = visitor.open(f"{PAGE}?service={clinic.cut}&staff=any&start=2026-11-24T10:00Z")
    assert page.title == "Your details" and "held" not in page.words and holds(clinic) == []
    assert visitor.send(page, PAGE, **NORA).status == 303


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "9" * 5000, "../../x"])
def test_a_token_of_nobody_is_like_none(clinic: Clinic, visitor: Visitor, token: str) -> None:
    page = visitor.open(f"{PAGE}?service={clinic.cut}&staff=any&start=2026-11-24T10:00Z&hold={token}")
    assert page.status == 200 and visitor.send(page, PAGE, **NORA).status == 303


def test_the_hold_of_another_business_is_nothing_here(clinic: Clinic, visitor: Visitor) -> None:
    page = held(clinic, visitor)
    other = open_clinic("Other Place", "other@example.com")
    token = page.form(PAGE).fields["hold"]
    elsewhere = {"service": str(other.cut), "staff": "any", "start": "2026-11-24T10:00Z", "hold": token}
    assert visitor.post("/b/other-place/let-go", elsewhere).status == 303 and len(holds(clinic)) == 1


def test_two_who_press_at_the_same_moment_one_holds_it(clinic: Clinic, visitors: Arrive) -> None:
    crowd = [visitors(f"198.51.{number}.9") for number in range(8)]
    pages = [times(clinic, one) for one in crowd]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: pair[0].press(pair[1], "10:00"), zip(crowd, pages, strict=True)))
    assert sorted(answer.status for answer in answers) == [303] + [409] * 7
    assert len(holds(clinic)) == 1


# --- budgets ----------------------------------------------------------------------------------------------------------


def test_without_cookies_network_and_browser_stand_for_the_visitor(clinic: Clinic, visitor: Visitor) -> None:
    for words in ("10:00", "11:00", "12:00"):
        visitor.browser.cookies.clear()
        page = times(clinic, visitor)
        visitor.browser.cookies.clear()
        assert visitor.press(page, words).status == 303
    assert len(holds(clinic)) == 2


def test_a_network_that_holds_enough_goes_on_without_a_hold(clinic: Clinic, visitors: Arrive, clock: HandClock) -> None:
    most = hold_budget.HOLDS_PER_NETWORK
    crowd = [visitors() for _ in range(most + 1)]
    days = [f"&day=2026-11-{24 + number // 2}" for number in range(most + 1)]
    pages = [
        one.follow(one.press(times(clinic, one, day), f"1{number % 2}:00"))
        for number, (one, day) in enumerate(zip(crowd, days, strict=True))
    ]
    assert len(holds(clinic)) == most and "is held for you" not in pages[-1].words
    assert crowd[-1].send(pages[-1], PAGE, **NORA).status == 303, "without a hold a free time is booked all the same"
    assert crowd[0].send(pages[0], PAGE, **NORA, phone="020 7946 0991").status == 303
    assert "is held for you" in held(clinic, visitors(), "15:00").words, "the one that became a booking came back"
    clock.advance(minutes=10)
    assert "is held for you" in held(clinic, visitors(), "11:00").words


def test_what_others_hold_of_a_day_has_its_measure(clinic: Clinic, visitors: Arrive) -> None:
    for number, words in enumerate(("10:00", "11:00")):
        held(clinic, visitors(f"198.51.{number}.9"), words)
    late = visitors("198.51.7.9")
    page = held(clinic, late, "12:00")
    assert len(holds(clinic)) == 2 and "held" not in page.words and late.send(page, PAGE, **NORA).status == 303


def test_a_program_that_holds_from_five_networks_leaves_the_day_bookable(
    clinic: Clinic, visitors: Arrive, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten people give the service; 500 tries, each as a new visitor: on every time of the day, and all on one."""
    people = tuple(clinic.do(offering.add_calendar, CalendarDraft(f"Person {number}")) for number in range(10))
    service = clinic.do(offering.add_service, ServiceDraft("Consultation", 45, staff_ids=people))
    for day in ("2026-11-24", "2026-11-25"):
        look = f"{PAGE}?service={service}&staff=any&day={day}"
        starts = visitors("192.0.2.1").open(look).buttons("start")
        aims = starts if day.endswith("24") else starts[12:13]
        for number in range(250):
            bot = visitors(f"198.51.{number % 5}.{number % 250}")
            bot.browser.cookies.set("visitor", security.random_token())
            wanted = {"service": str(service), "staff": "any", "start": aims[number // 5 % len(aims)]}
            assert bot.post(f"{PAGE}/hold", wanted).status in (303, 409)
        left = visitors("192.0.2.1").open(look).buttons("start")
        alive = [hold for hold in holds(clinic) if f"{hold.starts_at:%Y-%m-%d}" == day]
        with capsys.disabled():
            print(f"\n{len(alive)} held by 250 tries, {len(left)} of {len(starts)} times still bookable", end=" ")
        assert alive and len(left) >= 0.95 * len(starts)
    assert len(holds(clinic)) <= 5 * hold_budget.HOLDS_PER_NETWORK


def test_a_budget_never_falls_below_nothing(database: str) -> None:
    for _ in range(3):
        db.transact_now(hold_budget.give_back, SYSTEM, 1, "here")
    for _ in range(hold_budget.HOLDS_PER_NETWORK):
        db.transact_now(hold_budget.spend, SYSTEM, 1, "here")
    with pytest.raises(Throttled):
        db.transact_now(hold_budget.spend, SYSTEM, 1, "here")


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def yoga(clinic: Clinic) -> int:
    """A class of six places by Jonas."""
    return clinic.do(offering.add_service, ServiceDraft("Yoga", 60, capacity=6, staff_ids=(clinic.jonas,)))


def test_a_group_says_how_many_places_are_left_and_asks_how_many(clinic: Clinic, yoga: int, visitor: Visitor) -> None:
    clinic.booked(tuesday("10:00"), service_id=yoga, seats=2, email="other@example.com")
    page = times(clinic, visitor, TUESDAY, yoga)
    assert page.button("10:00")[1].words == "10:00, 4 places left"
    page = visitor.follow(visitor.press(page, "10:00"))
    assert "4 places left" in page.words and "is held for you" in page.words
    assert re.findall(r'<option value="(\d)"', page.text) == ["1", "2", "3", "4"]
    assert visitor.send(page, PAGE, **NORA, seats="3").status == 303
    assert bookings(clinic)[-1].seats == 3
    assert times(clinic, visitor, TUESDAY, yoga).button("10:00")[1].words == "10:00, 1 place left"


def test_more_places_than_are_left_is_said_with_the_nearest_and_everything_kept(
    clinic: Clinic, yoga: int, visitor: Visitor
) -> None:
    page = visitor.open(f"{PAGE}?service={yoga}&staff=any&start=2026-11-24T10:00Z")
    clinic.booked(tuesday("10:00"), service_id=yoga, seats=4, email="other@example.com")
    lost = visitor.send(page, PAGE, **NORA, seats="3")
    assert lost.status == 409 and "not enough places left" in lost.alert and len(lost.buttons("start")) == 3
    assert {name: lost.form(PAGE).fields[name] for name in NORA} == NORA and len(bookings(clinic)) == 1
    assert visitor.send(page, PAGE, **NORA, seats="2").status == 303


@pytest.mark.parametrize("seats", ["0", "-1", "11", "x", "9" * 40, "²"])
def test_numbers_of_places_that_make_no_sense_are_refused(
    clinic: Clinic, yoga: int, visitor: Visitor, seats: str
) -> None:
    page = visitor.open(f"{PAGE}?service={yoga}&staff=any&start=2026-11-24T10:00Z")
    refused = visitor.send(page, PAGE, **NORA, seats=seats)
    assert refused.status == 422 and refused.problem("seats") and bookings(clinic) == []


def test_a_full_group_is_not_offered(clinic: Clinic, yoga: int, visitor: Visitor) -> None:
    clinic.booked(tuesday("10:00"), service_id=yoga, seats=6)
    assert "10:00" not in offered(times(clinic, visitor, TUESDAY, yoga))
    assert timedelta(0) < clinic.card(bookings(clinic)[0].id).ends_at - tuesday("10:00")


# --- the API ----------------------------------------------------------------------------------------------------------

API = "/api/v1/public/saltmarsh-skin"


def hold_by_program(caller: Visitor, clinic: Clinic, at: str = "10:00", **more: Any) -> Any:
    wanted = {"service_id": clinic.cut, "starts_at": tuesday(at).isoformat()} | more
    return caller.browser.post(f"{API}/holds", json=wanted)


def free_by_program(visitor: Visitor, clinic: Clinic, **more: Any) -> dict[str, int]:
    asked = {"from": "2026-11-24", "days": 1} | more
    (day,) = visitor.browser.get(f"{API}/services/{clinic.cut}/slots", params=asked).json()
    return {slot["starts_at"][11:16]: slot["seats_left"] for slot in day["slots"]}


def test_a_program_holds_a_time_and_books_it(clinic: Clinic, visitor: Visitor, visitors: Arrive) -> None:
    answer = hold_by_program(visitor, clinic)
    kept = answer.json()
    assert (
        answer.status_code == 201 and kept["expires_at"] == "2026-11-23T09:10:00Z" and kept["staff_id"] == clinic.jonas
    )
    other = visitors("198.51.100.9")
    assert "10:00" not in free_by_program(other, clinic)
    assert "10:00" in free_by_program(visitor, clinic, hold_token=kept["token"])
    late = hold_by_program(other, clinic)
    assert (late.status_code, late.json()["code"], len(late.json()["nearest"])) == (409, "slot_taken", 3)
    wanted = {"service_id": clinic.cut, "starts_at": kept["starts_at"], "hold_token": kept["token"], **NORA}
    made = visitor.browser.post(f"{API}/bookings", json=wanted, headers={"idempotency-key": "one-press"})
    assert made.status_code == 201 and made.json()["seats"] == 1 and holds(clinic) == []


def test_a_program_lets_a_time_go_as_often_as_it_likes(clinic: Clinic, visitor: Visitor) -> None:
    token = hold_by_program(visitor, clinic).json()["token"]
    assert [visitor.browser.delete(f"{API}/holds/{token}").status_code for _ in range(2)] == [204, 204]
    assert "10:00" in free_by_program(visitor, clinic) and holds(clinic) == []


def test_programs_have_the_budget_of_their_network_unless_they_are_the_businesss_own(
    clinic: Clinic, visitor: Visitor
) -> None:
    def several(**more: Any) -> list[int]:
        at = [f"{hour}:00" for hour in range(10, 16)]
        return [
            hold_by_program(visitor, clinic, one, visitor=f"v{number}", **more).status_code
            for number, one in enumerate(at)
        ]

    assert several() == [201, 201, 429, 429, 429, 429]
    refused = hold_by_program(visitor, clinic, "16:00", visitor="w")
    assert refused.json()["code"] == "throttled" and int(refused.headers["retry-after"]) <= 600
    key = clinic.do(workspaces.create_api_key, "till")
    visitor.browser.headers["authorization"] = f"Bearer {key}"
    assert several() == [409, 409, 201, 201, 201, 201]
    assert len(holds(clinic)) == 6
    visitor.browser.headers["authorization"] = "Bearer ck_wrong"
    assert hold_by_program(visitor, clinic, "16:00").status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [({"starts_at": "2026-11-24T10:00:00"}, 422, "invalid"), ({"starts_at": "2026-11-24T10:07:00Z"}, 409, "off_grid"),
     ({"service_id": 999}, 404, "notfound"), ({"staff_id": 999}, 404, "notfound"), ({"seats": 0}, 422, "invalid"),
     ({"seats": 2}, 409, "no_seats"), ({"starts_at": "2026-11-22T10:00:00Z"}, 409, "past"), ({"seats": "x"}, 422, "invalid"),
     ({"starts_at": "2026-11-28T10:00:00Z"}, 409, "closed"), ({"visitor": "x" * 300}, 422, "invalid")],
)  # fmt: skip
def test_what_cannot_be_held_is_named_and_leaves_nothing(
    clinic: Clinic, visitor: Visitor, kept: Any, changes: dict[str, Any], status: int, code: str
) -> None:
    before = kept()
    answer = hold_by_program(visitor, clinic, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert kept() == before


def test_who_would_rather_come_regularly_lets_the_time_go_for_the_series(clinic: Clinic, visitor: Visitor) -> None:
    page = visitor.follow(visitor.press(held(clinic, visitor), "Coming regularly?"))
    assert page.status == 200 and page.response.url.path == f"{PAGE}/repeat" and holds(clinic) == []
