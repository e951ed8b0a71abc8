"""What processes keep of a business is never older than the database; a question asked plainly has the same answer."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from careops_app.demo import cast
from careops_app.infra import clock
from tests.cast import Business, Visitor

Connection = psycopg.Connection[Any]


@pytest.fixture
def elsewhere(_owner_connection: Connection) -> Connection:
    """Another process, which tells this one nothing."""
    return _owner_connection


def answer(visitor: Visitor, path: str) -> Any:
    return visitor.http.get(f"/api/v1/public/{path}")


def slots(clinic: Business, visitor: Visitor, **more: Any) -> Any:
    day = (clock.now() + timedelta(days=4)).date().isoformat()
    path = f"/api/v1/public/{clinic.slug}/services/{clinic.service(cast.PEEL)}/slots"
    return visitor.http.get(path, params={"from": day} | more)


def test_what_another_process_changes_of_a_business_is_seen_at_once(
    clinic: Business, visitor: Visitor, elsewhere: Connection
) -> None:
    first = answer(visitor, clinic.slug).json()
    elsewhere.execute("update workspace set phone = '+44 20 7946 0999' where id = %s", [clinic.owner.workspace_id])
    assert answer(visitor, clinic.slug).json() == first | {"phone": "+44 20 7946 0999"}


def test_an_address_that_moved_opens_the_business_it_now_names(
    clinic: Business, visitor: Visitor, elsewhere: Connection
) -> None:
    before = clinic.slug
    assert answer(visitor, before).status_code == 200
    elsewhere.execute("update workspace set slug = 'moved-on' where id = %s", [clinic.owner.workspace_id])
    assert answer(visitor, before).status_code == 404
    assert answer(visitor, "moved-on").json()["slug"] == "moved-on"


def test_a_business_that_closed_shows_no_free_times_any_more(
    clinic: Business, visitor: Visitor, elsewhere: Connection
) -> None:
    assert slots(clinic, visitor).status_code == 200
    closing = "update workspace set activated_at = null where id = %s"
    elsewhere.execute(closing, [clinic.owner.workspace_id])
    refused = slots(clinic, visitor)
    assert refused.status_code == 409 and refused.json()["code"] == "not_open"


def test_a_service_that_is_taken_off_the_page_is_gone_at_once(
    clinic: Business, visitor: Visitor, elsewhere: Connection
) -> None:
    named = {one["name"] for one in answer(visitor, f"{clinic.slug}/services").json()}
    assert cast.PEEL.name in named
    elsewhere.execute("update service set retired_at = now() where id = %s", [clinic.service(cast.PEEL)])
    assert {one["name"] for one in answer(visitor, f"{clinic.slug}/services").json()} == named - {cast.PEEL.name}
    assert slots(clinic, visitor).json()["code"] == "service_retired"


@pytest.mark.parametrize("more", [{}, {"days": 1}, {"days": 62}])
def test_free_times_asked_plainly_are_those_of_the_documented_way(
    clinic: Business, visitor: Visitor, more: dict[str, int]
) -> None:
    plain, documented = slots(clinic, visitor, **more), slots(clinic, visitor, seats=1, **more)
    assert plain.json() == documented.json() and any(day["slots"] for day in plain.json())
    assert plain.headers["content-type"] == documented.headers["content-type"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"days": 63},
        {"days": "x"},
        {"from": "2026-02-30"},
        {"from": "soon"},
        {"staff_id": 0},
        {"staff_id": ""},
    ],
)
def test_what_is_not_asked_plainly_is_told_what_is_wrong(
    clinic: Business, visitor: Visitor, wrong: dict[str, Any]
) -> None:
    refused = slots(clinic, visitor, **wrong)
    assert refused.status_code == 422 and list(refused.json()["fields"]) == list(wrong)
