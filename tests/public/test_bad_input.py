"""What cannot be booked, through the pages and through the API: a sentence, a stable code, what was typed, and no trace."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from careops_app.bookings import leaving, offering
from careops_app.bookings.offering import Absence
from tests.bookings.clinic import Clinic, open_clinic, tuesday
from tests.public.test_book import NORA, PAGE, details
from tests.public.visitor import Visitor

TEN = tuesday("10:00")
API = "/api/v1/public/saltmarsh-skin/bookings"
HUGE = 10**30
_keys = count()


def nothing(clinic: Clinic) -> None:
    """The world as it is."""


def taken(clinic: Clinic) -> None:
    clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    clinic.booked(tuesday("10:00"), staff_id=clinic.jonas, email="other@example.com")


def closed(clinic: Clinic) -> None:
    clinic.do(offering.take_time_off, Absence(tuesday("00:00"), tuesday("23:00"), reason="Fair"))


def retired(clinic: Clinic) -> None:
    clinic.do(offering.retire_service, clinic.peel)


def left(clinic: Clinic) -> None:
    clinic.do(leaving.retire_calendar, clinic.priya)


@dataclass(frozen=True)
class Case:
    """One thing that cannot be booked. `changes` are to the wish; `status`, `code` and `says` are the answer."""

    name: str
    status: int
    code: str
    says: str
    at: datetime = TEN
    changes: dict[str, Any] = field(default_factory=dict)
    world: Callable[[Clinic], None] = nothing
    nearest: bool = False


CASES = [
    Case("past", 409, "past", "already past", datetime(2026, 11, 23, 8, tzinfo=UTC), nearest=True),
    Case("too soon", 409, "too_soon", "is too soon", datetime(2026, 11, 23, 9, 30, tzinfo=UTC), nearest=True),
    Case("beyond the horizon", 409, "too_far", "too far away", tuesday("10:00") + timedelta(days=210), nearest=True),
    Case("out of hours", 409, "closed", "outside the opening hours", tuesday("20:00"), nearest=True),
    Case(
        "a closed day", 409, "closed", "outside the opening hours", tuesday("10:00") + timedelta(days=4), nearest=True
    ),
    Case("a closure", 409, "closed", "outside the opening hours", world=closed, nearest=True),
    Case("off the grid", 409, "off_grid", "No visit starts at", tuesday("10:07"), nearest=True),
    Case("taken meanwhile", 409, "slot_taken", "is not free any more", world=taken, nearest=True),
    Case("a service given up meanwhile", 409, "service_retired", "is no longer offered", world=retired),
    Case("more places than there are", 409, "no_seats", "not enough places", changes={"seats": 3}),
    Case("unknown staff", 404, "notfound", "not found", changes={"staff_id": 999_999}),
    Case("an unknown service", 404, "notfound", "not found", changes={"service_id": 999_999}),
    Case("a name of 10 kB", 422, "invalid", "at most", changes={"name": "x" * 10_000}),
    Case("no name", 422, "invalid", "name", changes={"name": ""}),
    Case("a name of controls", 422, "invalid", "name", changes={"name": "\x00\x07"}),
    Case("no way to answer", 422, "invalid", "e-mail", changes={"email": ""}),
    Case("an address that is none", 422, "invalid", "", changes={"email": "nora@"}),
    Case("a note of 10 kB", 422, "invalid", "at most", changes={"note": "x" * 10_000}),
]
ONLY_API = [
    Case("a year nobody books in", 422, "invalid", "offered times", datetime(1, 1, 1, 10, tzinfo=UTC)),
    Case("a staff number that no database holds", 422, "invalid", "at most", changes={"staff_id": HUGE}),
    Case("a time without its zone", 422, "invalid", "needs its zone", changes={"starts_at": "2026-11-24T10:00:00"}),
    Case("an hour that clocks skip", 422, "invalid", "needs its zone", changes={"starts_at": "2027-03-28T01:30:00"}),
    Case("a day that does not exist", 422, "invalid", "zone", changes={"starts_at": "2026-02-30T10:00:00Z"}),
    Case("no places", 422, "invalid", "at least 1", changes={"seats": 0}),
    Case("no time", 422, "invalid", "needed", changes={"starts_at": None}),
    Case("a field nobody knows", 422, "invalid", "not known", changes={"is_admin": True}),
]


def post(visitor: Visitor, wanted: Any, key: str = "") -> Any:
    return visitor.browser.post(API, json=wanted, headers={"idempotency-key": key or f"bad-input-{next(_keys)}"})


def wish(clinic: Clinic, case: Case) -> dict[str, Any]:
    asked = {"service_id": clinic.peel, "starts_at": case.at.isoformat(), **NORA} | case.changes
    return {name: value for name, value in asked.items() if value is not None}


@pytest.mark.parametrize("case", [*CASES, *ONLY_API], ids=lambda case: case.name)
def test_the_api_names_the_problem_and_keeps_nothing(
    clinic: Clinic, visitor: Visitor, kept: Callable[[], dict[str, int]], case: Case
) -> None:
    case.world(clinic)
    before = kept()
    answer = post(visitor, wish(clinic, case))
    problem = answer.json()
    assert answer.status_code == problem["status"] == case.status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == case.code and problem["type"] == f"urn:careops:{case.code}"
    assert case.says.lower() in problem["detail"].lower() and problem["detail"].endswith(".") and problem["title"]
    assert (len(problem.get("nearest", [])) == 3) is case.nearest
    assert kept() == before


SPELLED = {"service_id": "service", "staff_id": "staff"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_page_says_it_with_what_was_typed_and_keeps_nothing(
    clinic: Clinic, visitor: Visitor, kept: Callable[[], dict[str, int]], case: Case
) -> None:
    form = details(clinic, visitor, at=f"{case.at:%Y-%m-%dT%H:%MZ}").form(PAGE)
    case.world(clinic)
    before = kept()
    changes = {SPELLED.get(name, name): str(value) for name, value in case.changes.items()}
    typed = {**form.fields, **NORA, **changes}
    page = visitor.post(PAGE, typed)
    says = "There is nothing here" if case.status == 404 else case.says
    assert page.status == case.status and says.lower() in page.words.lower(), page.words
    if case.status != 404:  # where there is no such thing, the browser goes back to what was typed
        fields = page.form(PAGE).fields
        assert {name: fields[name] for name in NORA} == {
            name: "" if "\x00" in typed[name] else typed[name] for name in NORA
        }
    assert page.text.count('name="start"') >= (3 if case.nearest else 0)
    assert kept() == before


def test_a_key_used_for_another_wish_is_refused_by_both(clinic: Clinic, visitor: Visitor, kept: Any) -> None:
    first = wish(clinic, Case("", 0, "", ""))
    assert post(visitor, first, "one-press").status_code == 201
    form = details(clinic, visitor, at="2026-11-24T12:00Z").form(PAGE)
    assert visitor.post(PAGE, {**form.fields, **NORA}).status == 303
    before = kept()
    refused = post(visitor, first | {"name": "Somebody Else"}, "one-press")
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    page = visitor.post(PAGE, {**form.fields, **NORA, "name": "Somebody Else"})
    assert page.status == 422 and "sent already" in page.words
    assert kept() == before


def test_what_belongs_to_another_business_is_not_found(clinic: Clinic, visitor: Visitor, kept: Any) -> None:
    other = open_clinic("Other Place", "other@example.com")
    form = details(clinic, visitor).form(PAGE)
    before = kept()
    for changes in (
        {"service_id": other.peel},
        {"staff_id": other.priya},
        {"service_id": other.peel, "staff_id": other.priya},
    ):
        answer = post(visitor, wish(clinic, Case("", 0, "", "", changes=changes)))
        assert (answer.status_code, answer.json()["code"]) == (404, "notfound")
        spelled = {SPELLED[name]: str(value) for name, value in changes.items()}
        assert visitor.post(PAGE, {**form.fields, **NORA, **spelled}).status == 404
    assert kept() == before


def test_somebody_who_left_meanwhile_is_named_with_what_was_typed(clinic: Clinic, visitor: Visitor, kept: Any) -> None:
    form = details(clinic, visitor, staff=str(clinic.priya)).form(PAGE)
    left(clinic)
    before = kept()
    answer = post(visitor, wish(clinic, Case("", 0, "", "", changes={"staff_id": clinic.priya})))
    assert (answer.status_code, answer.json()["code"]) == (409, "staff_unavailable")
    page = visitor.post(PAGE, {**form.fields, **NORA})
    assert page.status == 409 and "does not offer" in page.alert
    assert page.form(PAGE).fields["note"] == NORA["note"] and kept() == before
    assert visitor.open(page.link("Choose again")).status == 200
