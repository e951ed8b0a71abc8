"""The API through HTTP: every address with and without a key, the same answer for the same key, and who sees what."""

from datetime import timedelta
from typing import Any

import pytest

from careops_app.demo import cast
from careops_app.infra import beats, clock, db
from careops_app.infra.db import SYSTEM
from careops_app.worker.run import drain_now
from careops_app.workspace import service
from tests import people
from tests.cast import Business, Visitor

V1 = "/api/v1"
NORA = {"name": "Nora Vance", "email": "nora@example.com"}


class Client:
    """Calls addresses by their name in the documentation, and notes which ones it called."""

    def __init__(self, visitor: Visitor, token: str = "") -> None:
        self.http = visitor.http
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self.called: set[tuple[str, str]] = set()

    def call(self, method: str, path: str, json: Any = None, key: str = "", **values: Any) -> Any:
        """The answer; `values` fill the places of the path, what is left over goes into the query."""
        self.called.add((method, path))
        query = {name: value for name, value in values.items() if f"{{{name}}}" not in path}
        headers = self.headers | ({"idempotency-key": key} if key else {})
        return self.http.request(method, path.format(**values), json=json, headers=headers, params=query)

    def get(self, path: str, **values: Any) -> Any:
        answer = self.call("GET", f"{V1}{path}", **values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, json: Any = None, key: str = "", status: int = 201, **values: Any) -> Any:
        answer = self.call("POST", f"{V1}{path}", json, key, **values)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def client(clinic: Business, visitor: Visitor) -> Client:
    """The clinic's own program, with a key."""
    return Client(visitor, clinic.do(service.create_api_key, "till"))


def documented(client: Client) -> set[tuple[str, str]]:
    paths = client.http.get("/openapi.json").json()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def booking(clinic: Business, **more: Any) -> dict[str, Any]:
    start = clinic.free(cast.PEEL, 4)[2]
    return {"service_id": clinic.service(cast.PEEL), "starts_at": start.isoformat(), **NORA} | more


def several_at_once(clinic: Business, client: Client) -> None:
    """A series and a visit of two services: looked at, then booked."""
    slug, day = clinic.slug, (clock.now() + timedelta(days=8)).date()
    wish = {"service_id": clinic.service(cast.PEEL), "first": f"{day}T10:00:00", "visits": 3}
    dates = client.post("/public/{slug}/series/preview", wish, status=200, slug=slug)
    assert [one["is_free"] for one in dates] == [True] * 3
    made = client.post("/public/{slug}/series", wish | NORA, "series-1", slug=slug)
    assert made["kind"] == "series" and len({one["token"] for one in made["bookings"]}) == 3
    parts = {"parts": [{"service_id": clinic.service(offer)} for offer in (cast.FACIAL, cast.CUT)]}
    slots = client.post("/public/{slug}/visits/preview", parts | {"from": str(day)}, status=200, slug=slug)
    visit = parts | NORA | {"starts_at": slots[0]["starts_at"]}
    assert client.post("/public/{slug}/visits", visit, "visit-01", slug=slug)["kind"] == "visit"


def test_every_address_does_what_it_says(clinic: Business, client: Client) -> None:
    slug, peel = clinic.slug, clinic.service(cast.PEEL)
    day = (clock.now() + timedelta(days=4)).date().isoformat()

    # the public part: from the face of the business to a moved, answered and cancelled visit
    assert client.get("/public/{slug}", slug=slug)["is_open"] is True
    offered = {one["name"]: one["capacity"] for one in client.get("/public/{slug}/services", slug=slug)}
    assert offered == {offer.name: offer.seats for offer in cast.SERVICES}
    (free,) = client.get(
        "/public/{slug}/services/{service_id}/slots", slug=slug, service_id=peel, **{"from": day, "days": 1},
        tz="America/New_York",
    )  # fmt: skip
    assert free["day"] == day and free["slots"][0]["starts_at"] == f"{day}T08:00:00Z", "03:00 in New York"
    days = client.get("/public/{slug}/services/{service_id}/free-days", slug=slug, service_id=peel, month=day)
    assert day in days and days == sorted(days) and {one[:7] for one in days} == {day[:7]}
    inquiry = NORA | {"message": "Hello"}
    assert client.post("/public/{slug}/inquiries", inquiry, "inquiry-1", slug=slug) == {"received": True}
    wanted = booking(clinic, starts_at=free["slots"][0]["starts_at"])
    held = client.post("/public/{slug}/holds", {"service_id": peel, "starts_at": wanted["starts_at"]}, slug=slug)
    client.call("DELETE", f"{V1}/public/{{slug}}/holds/{{token}}", slug=slug, token=held["token"])
    made = client.post("/public/{slug}/bookings", wanted, "booking-1", slug=slug)
    assert made["status"] == "confirmed" and made["may_change"] is True
    drain_now()
    token = made["token"]
    assert client.get("/public/bookings/{token}", token=token)["reference"] == made["reference"]
    file = client.call("GET", f"{V1}/public/bookings/{{token}}/calendar.ics", token=token)
    assert file.status_code == 200 and file.text.startswith("BEGIN:VCALENDAR")
    later = {"starts_at": free["slots"][4]["starts_at"]}
    assert client.post("/public/bookings/{token}/reschedule", later, status=200, token=token)["revision"] == 2
    form_token = clinic.messages("Nora Vance", "forms")[0].body.split("/f/")[1].split()[0]
    form = client.get("/public/forms/{token}", token=form_token)
    assert form["status"] == "sent" and form["questions"][0]["key"] == "skin_type"
    wrong = client.post("/public/forms/{token}", {"answers": {}}, status=422, token=form_token)
    assert set(wrong["fields"]) == {"skin_type"}
    sent = {"answers": {"skin_type": "Dry", "sensitive": ["Eczema"]}}
    assert client.post("/public/forms/{token}", sent, token=form_token) == {"status": "done"}
    gone = client.post("/public/bookings/{token}/cancel", {"reason": "Ill"}, status=200, token=token)
    assert gone["status"] == "cancelled"
    drain_now()

    # the business's own part
    assert client.get("/overview")["conversations"]["unanswered"] == 1
    contact = client.post("/contacts", {"name": "Mina Sato", "emails": ["mina@example.com"]})["id"]
    assert client.get("/contacts", q="mina")["total"] == 1
    assert client.get("/contacts/{contact_id}", contact_id=contact)["name"] == "Mina Sato"
    moved = client.post("/contacts/{contact_id}/stage", {"stage": "lost"}, status=200, contact_id=contact)
    assert moved["stage"] == "lost"
    (line,) = client.get("/conversations", filter="unanswered")["rows"]
    number = line["id"]
    assert client.get("/conversations/{conversation_id}/messages", conversation_id=number)["messages"]
    answer = {"channel": "email", "body": "Gladly"}
    first = client.post("/conversations/{conversation_id}/reply", answer, "reply-01", conversation_id=number)
    again = client.post("/conversations/{conversation_id}/reply", answer, "reply-01", conversation_id=number)
    assert first["message_id"] == again["message_id"]
    kept = {one["name"]: one for one in client.get("/services")}
    assert len(kept) == len(cast.SERVICES) and kept[cast.COLOUR.name]["daily_cap"] == cast.COLOUR.daily_cap
    assert kept[cast.PEEL.name]["needs"][0]["resources"][0]["name"] == cast.ROOM.name
    rooms = client.get("/resources")
    assert [(one["name"], one["lanes"]) for one in rooms] == [(one.name, one.lanes) for one in cast.PLACES]
    visit = client.post("/bookings", booking(clinic, contact_id=contact), "booking-2")
    number = visit["id"]
    assert client.get("/bookings", filter="upcoming")["total"] == 1
    assert client.get("/bookings/{booking_id}", booking_id=number)["reference"] == visit["reference"]
    to = {"starts_at": clinic.free(cast.PEEL, 5)[0].isoformat()}
    assert client.post("/bookings/{booking_id}/move", to, status=200, booking_id=number)["revision"] == 2
    refused = client.post("/bookings/{booking_id}/{step}", status=409, booking_id=number, step="complete")
    assert refused["message"]
    done = client.post("/bookings/{booking_id}/{step}", status=200, booking_id=number, step="cancel")
    assert done["status"] == "cancelled"
    assert client.get("/form-requests")["total"] == 2
    form_id = client.get("/form-requests")["rows"][0]["form_id"]
    assert client.post("/form-requests", {"form_id": form_id, "contact_id": contact})["id"]
    item = client.get("/items")["rows"][0]["id"]
    assert client.post("/items/{item_id}/movements", {"kind": "receive", "quantity": "5"}, item_id=item)["id"]
    assert client.get("/items/{item_id}", item_id=item)["movements"]["rows"][0]["reason"] == ""
    drain_now()
    assert client.get("/alerts") == []
    assert {row["rule"] for row in client.get("/rule-runs")["rows"]} >= {"booking-cancelled", "lead-contacted"}
    several_at_once(clinic, client)
    wait_and_answer(clinic, client)
    assert client.call("GET", "/healthz").json() == {"status": "ok"}
    db.transact_now(beats.beat, SYSTEM, beats.new_key())
    assert client.call("GET", "/readyz").json() == {"status": "ready"}
    assert client.called == documented(client), "every documented address was called"


def wait_and_answer(clinic: Business, client: Client) -> None:
    """Ada waits for a peel, says no to the first time that becomes free, takes the second; Nora leaves the list."""
    slug, peel = clinic.slug, clinic.service(cast.PEEL)
    first, second = clinic.free(cast.PEEL, 4)[2:12:9]
    wish = {"service_id": peel, "first_on": first.date().isoformat(), "last_on": first.date().isoformat()}
    ada = wish | {"name": "Ada Byron", "email": "ada@example.com", "starts_from": "00:30", "starts_before": "23:30"}
    for wanted, key in ((ada, "waitlist-1"), (ada, "waitlist-1"), (wish | NORA, "waitlist-2")):
        assert client.post("/public/{slug}/waitlist", wanted, key, slug=slug) == {"joined": True}
    booked = [
        client.post("/public/{slug}/bookings", booking(clinic, starts_at=at.isoformat()), f"freed-{at:%H%M}", slug=slug)
        for at in (first, second)
    ]
    drain_now()
    token = client_token(clinic, "Ada Byron")
    waiting = client.get("/public/waitlist/{token}", token=token)
    assert (waiting["status"], waiting["starts_from"], waiting["offer"]) == ("waiting", "00:30", None)

    def cancel(number: int) -> dict[str, Any]:
        client.post("/public/bookings/{token}/cancel", {}, status=200, token=booked[number]["token"])
        drain_now()
        return client.get("/public/waitlist/{token}", token=token)["offer"]

    answer = {"offer_id": cancel(0)["id"]}
    kept = client.post("/public/waitlist/{token}/decline", answer, status=200, token=token)
    assert kept["status"] == "waiting"
    over = client.post("/public/waitlist/{token}/accept", answer, status=409, token=token)
    assert over["code"] == "offer_over"
    offer = cancel(1)
    taken = client.post("/public/waitlist/{token}/accept", {"offer_id": offer["id"]}, token=token)
    visit = client.get("/public/bookings/{token}", token=taken["token"])
    assert (visit["starts_at"], visit["status"]) == (offer["starts_at"], "confirmed")
    assert client.get("/public/waitlist/{token}", token=token)["status"] == "booked"
    nora = client_token(clinic, "Nora Vance")
    assert client.post("/public/waitlist/{token}/leave", status=200, token=nora)["status"] == "withdrawn"
    client.post("/public/bookings/{token}/cancel", {}, status=200, token=taken["token"])
    drain_now()


def client_token(clinic: Business, who: str) -> str:
    """The token that came as a message after joining the waitlist."""
    return clinic.messages(who, "waitlist_joined")[0].body.split("/w/")[1].split()[0]


def test_without_a_key_nothing_of_the_business_answers(clinic: Business, visitor: Visitor) -> None:
    stranger = Client(visitor)
    own = {(method, path) for method, path in documented(stranger) if "/public/" not in path and path.startswith(V1)}
    assert len(own) > 15
    values = {"contact_id": 1, "conversation_id": 1, "booking_id": 1, "item_id": 1, "step": "cancel"}
    for token in ("", "ck_wrong", "Bearer"):
        other = Client(visitor, token)
        for method, path in sorted(own):
            answer = other.call(method, path, key="12345678", **{k: v for k, v in values.items() if f"{{{k}}}" in path})
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_is_a_stranger(clinic: Business, client: Client) -> None:
    assert client.get("/overview")
    from careops_app.workspace.queries import api_keys

    (key,) = clinic.ask(api_keys)
    assert key.last_used_at is not None
    clinic.do(service.revoke_api_key, key.id)
    assert client.call("GET", f"{V1}/overview").status_code == 401


def test_the_same_key_makes_one_booking_and_another_body_is_refused(clinic: Business, client: Client) -> None:
    wanted = booking(clinic)
    first = client.post("/public/{slug}/bookings", wanted, "one-press", slug=clinic.slug)
    again = client.post("/public/{slug}/bookings", wanted, "one-press", slug=clinic.slug)
    assert (first["reference"], first["token"]) == (again["reference"], again["token"])
    other = client.post("/public/{slug}/bookings", wanted | {"name": "X"}, "one-press", status=422, slug=clinic.slug)
    assert other["error"] == "key_reused"
    assert len(clinic.visits()) == 1


def test_without_an_idempotency_key_nothing_is_written(clinic: Business, client: Client) -> None:
    client.post("/public/{slug}/bookings", booking(clinic), status=422, slug=clinic.slug)
    client.post("/public/{slug}/inquiries", NORA, status=422, slug=clinic.slug)
    assert clinic.contacts() == []


def test_a_taken_time_answers_with_the_nearest_free_ones_which_can_be_booked(clinic: Business, client: Client) -> None:
    wanted = booking(clinic)
    client.post("/public/{slug}/bookings", wanted, "first-one", slug=clinic.slug)
    late = wanted | {"name": "Mina", "email": "mina@example.com"}
    refused = client.post("/public/{slug}/bookings", late, "second-one", status=409, slug=clinic.slug)
    assert refused["error"] == "slot_taken" and len(refused["nearest"]) == 3
    late["starts_at"] = refused["nearest"][0]
    assert client.post("/public/{slug}/bookings", late, "third-one", slug=clinic.slug)["status"] == "confirmed"


@pytest.mark.parametrize(
    "start", ["2026-11-22T10:00:00+00:00", "2026-11-27T03:00:00+00:00", "2026-11-27T10:07:00+00:00"]
)
def test_past_closed_and_off_grid_times_are_refused_with_the_nearest(
    clinic: Business, client: Client, start: str
) -> None:
    wanted = booking(clinic, starts_at=start)
    refused = client.post("/public/{slug}/bookings", wanted, "bad-time", status=409, slug=clinic.slug)
    assert refused["message"] and refused["nearest"]


def test_links_of_nobody_are_not_found_and_say_the_same(clinic: Business, client: Client) -> None:
    made = client.post("/public/{slug}/bookings", booking(clinic), "booking-1", slug=clinic.slug)
    drain_now()
    form_token = clinic.messages("Nora Vance", "forms")[0].body.split("/f/")[1].split()[0]
    answers = [
        client.call("GET", f"{V1}/public/bookings/{{token}}", token=token)
        for token in ("nobody", form_token, made["token"][:-1], "x" * 200)
    ]
    answers.append(client.call("POST", f"{V1}/public/bookings/{{token}}/cancel", {"reason": ""}, token="nobody"))
    answers.append(client.call("GET", f"{V1}/public/forms/{{token}}", token=made["token"]))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert client.call("GET", f"{V1}/public/{{slug}}", slug="no-such-business").status_code == 404


def test_a_key_opens_its_own_business_only(clinic: Business, client: Client, visitor: Visitor) -> None:
    visit = client.post("/bookings", booking(clinic), "booking-1")["id"]
    token = db.transact_now(service.create_api_key, people.owner("Harbour Clinic").actor, "other")
    other = Client(visitor, token)
    assert other.get("/bookings", filter="upcoming")["total"] == other.get("/contacts")["total"] == 0
    for method, path, values in (
        ("GET", "/bookings/{booking_id}", {"booking_id": visit}),
        ("POST", "/bookings/{booking_id}/{step}", {"booking_id": visit, "step": "cancel"}),
        ("GET", "/contacts/{contact_id}", {"contact_id": clinic.contacts()[0].id}),
        ("GET", "/items/{item_id}", {"item_id": clinic.item("Peel solution").id}),
    ):
        assert other.call(method, f"{V1}{path}", **values).status_code == 404, path
    assert clinic.visits()[0].status == "confirmed"


def test_wrong_bodies_are_refused_without_a_trace(clinic: Business, client: Client) -> None:
    for body in ({}, {"name": "x" * 500}, NORA | {"is_admin": True}, NORA | {"email": 7}, [], "text"):
        assert client.call("POST", f"{V1}/public/{clinic.slug}/inquiries", body, "12345678").status_code == 422, body
    bad = client.post("/public/{slug}/inquiries", {"name": "Nora", "email": "nora@"}, "12345678", 422, slug=clinic.slug)
    assert list(bad["fields"]) == ["email"]
    assert client.call("GET", f"{V1}/no/such/address").json()["error"] == "notfound"
    assert clinic.contacts() == []


def test_the_documentation_needs_nothing_from_outside(client: Client) -> None:
    page = client.http.get("/docs").text
    assert "swagger" in page.lower()
    assert "http://" not in page.replace("http://shop.test", "") and "https://" not in page
    for address in {part.split('"')[0] for part in page.split('"/')[1:]}:
        assert client.http.get(f"/{address}").status_code == 200, address


def test_the_health_checks_need_no_key_and_tell_nothing(client: Client) -> None:
    db.transact_now(beats.beat, SYSTEM, beats.new_key())
    for address in ("/healthz", "/readyz"):
        assert set(client.http.get(address).json()) == {"status"}
