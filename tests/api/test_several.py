"""Several bookings at once through the API: what the preview lists is what is booked, and the same key books once."""

from datetime import timedelta
from typing import Any

import pytest

from careops_app.demo import cast
from careops_app.infra import clock
from tests.api.test_api import NORA, Client
from tests.cast import Business, Visitor


@pytest.fixture
def client(clinic: Business, visitor: Visitor) -> Client:
    """A visitor's program, without a key."""
    return Client(visitor)


def wish(clinic: Business, **more: Any) -> dict[str, Any]:
    day = (clock.now() + timedelta(days=8)).date()
    return {"service_id": clinic.service(cast.PEEL), "first": f"{day}T10:00:00", "visits": 4} | more


def test_a_taken_date_is_listed_and_another_time_is_taken_instead(clinic: Business, client: Client) -> None:
    second = f"{(clock.now() + timedelta(days=15)).date()}T10:00:00Z"
    taken = {"service_id": clinic.service(cast.PEEL), "starts_at": second, "name": "Mina", "email": "mina@example.com"}
    client.post("/public/{slug}/bookings", taken, "booking-1", slug=clinic.slug)
    dates = client.post("/public/{slug}/series/preview", wish(clinic), status=200, slug=clinic.slug)
    assert [one["is_free"] for one in dates] == [True, False, True, True]
    assert "is not free any more" in dates[1]["problem"] and len(dates[1]["nearest"]) == 3
    refused = client.post("/public/{slug}/series", wish(clinic) | NORA, "series-1", status=409, slug=clinic.slug)
    assert refused["code"] == "slot_taken" and len(clinic.visits()) == 1
    instead = [
        {"day": dates[1]["day"], "starts_at": dates[1]["nearest"][0]},
        {"day": dates[2]["day"], "starts_at": None},
    ]
    body = wish(clinic, instead=instead) | NORA
    made = client.post("/public/{slug}/series", body, "series-2", slug=clinic.slug)
    assert [one["starts_at"] for one in made["bookings"]] == [
        dates[0]["starts_at"], dates[1]["nearest"][0], dates[3]["starts_at"],
    ]  # fmt: skip


def test_the_same_key_makes_one_series_and_another_body_is_refused(clinic: Business, client: Client) -> None:
    body = wish(clinic) | NORA
    first = client.post("/public/{slug}/series", body, "one-press", slug=clinic.slug)
    assert client.post("/public/{slug}/series", body, "one-press", slug=clinic.slug) == first
    other = client.post("/public/{slug}/series", body | {"visits": 3}, "one-press", status=422, slug=clinic.slug)
    assert other["code"] == "key_reused" and len(clinic.visits()) == 4


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"visits": 53}, "visits"), ({"visits": None}, "visits"), ({"step": 0}, "step"), ({"until": "2031-01-01"}, "until"),
        ({"first": "2026-12-01T10:00:00Z"}, "first"), ({"every": "year"}, "every"), ({"service_id": -1}, "service_id"),
    ],
)  # fmt: skip
def test_what_is_no_series_is_refused_at_its_field(clinic: Business, client: Client, wrong: Any, field: str) -> None:
    refused = client.post("/public/{slug}/series/preview", wish(clinic, **wrong), status=422, slug=clinic.slug)
    assert field in refused["fields"] and refused["fields"][field]


def test_a_visit_that_no_longer_fits_answers_with_starts_that_do(clinic: Business, client: Client) -> None:
    day = (clock.now() + timedelta(days=8)).date()
    parts = {"parts": [{"service_id": clinic.service(offer)} for offer in (cast.PEEL, cast.CUT)]}
    slots = client.post("/public/{slug}/visits/preview", parts | {"from": str(day)}, status=200, slug=clinic.slug)
    assert slots[0]["legs"][1]["starts_at"] == slots[0]["legs"][0]["ends_at"]
    wanted = parts | NORA | {"starts_at": slots[0]["starts_at"]}
    made = client.post("/public/{slug}/visits", wanted, "visit-01", slug=clinic.slug)
    assert [one["service"] for one in made["bookings"]] == ["Peel treatment", "Cut and finish"]
    late = wanted | {"name": "Mina", "email": "mina@example.com"}
    refused = client.post("/public/{slug}/visits", late, "visit-02", status=409, slug=clinic.slug)
    assert refused["code"] == "slot_taken" and len(refused["nearest"]) == 3
    late["starts_at"] = refused["nearest"][0]
    assert client.post("/public/{slug}/visits", late, "visit-03", slug=clinic.slug)["kind"] == "visit"


def test_nothing_is_written_without_a_key_or_with_too_many_services(clinic: Business, client: Client) -> None:
    client.post("/public/{slug}/series", wish(clinic) | NORA, status=422, slug=clinic.slug)
    parts = {"parts": [{"service_id": clinic.service(cast.PEEL)}] * 6, "starts_at": "2026-12-01T10:00:00Z"}
    client.post("/public/{slug}/visits", parts | NORA, "visit-01", status=422, slug=clinic.slug)
    assert clinic.visits() == []
