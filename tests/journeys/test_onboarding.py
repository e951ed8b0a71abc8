"""From sign-up to an open business in eight steps; before the last one the public pages are closed."""

import asyncio
from decimal import Decimal

import pytest

from careops_app.bookings import offering
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.dashboard import service as dashboard
from careops_app.dashboard.launch import LaunchChecklist, launch_checklist
from careops_app.errors import Forbidden, Refused
from careops_app.forms import building
from careops_app.forms.rules import Question, QuestionKind
from careops_app.inbox import service as inbox
from careops_app.inbox import trying
from careops_app.inbox.models import ChannelKind
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft, Supply
from careops_app.worker.run import drain_now
from careops_app.workspace import queries, service
from careops_app.workspace.access import Actor, Permission, Role
from careops_app.workspace.rules import Profile
from careops_app.workspace.service import Invitee
from tests import people
from tests.cast import Visitor

CLOSED = "is not taking online requests yet"
SIGN_UP = {
    "business": "Harbour Clinic", "person": "Olivia Owner", "email": "olivia@example.com",
    "password": "a long enough pass phrase", "time_zone": "Europe/London", "country": "GB",
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("database", "clock")


def signed_up(visitor: Visitor) -> Actor:
    """Somebody creates a business on the page for it, and is its owner."""
    visitor.open("/sign-up").send("Create business", **SIGN_UP)
    assert visitor.address.endswith("/app/onboarding/")
    session_id = db.fetch_now(queries.session_id_for_token, SYSTEM, visitor.http.cookies["sid"])
    owner = db.fetch_now(queries.actor_for_session_id, SYSTEM, session_id)
    assert owner is not None
    return owner


def checklist(owner: Actor) -> LaunchChecklist:
    return db.fetch_now(launch_checklist, owner)


def states(owner: Actor) -> dict[str, str]:
    return {step.key: step.state.value for step in checklist(owner).steps}


def public_pages(owner: Actor) -> list[str]:
    slug = db.fetch_now(queries.workspace_card, owner).slug
    return [Visitor().open(address).text for address in (f"/c/{slug}", f"/b/{slug}")]


def set_up_what_must_be(owner: Actor) -> int:
    """A working channel, and a service that somebody gives in hours; returns the service."""
    asyncio.run(trying.check_channel(owner, ChannelKind.EMAIL))
    db.transact_now(offering.set_hours, owner, None, ((Window(540, 1020),),) * 7)
    calendar = db.transact_now(offering.add_calendar, owner, CalendarDraft(member_id=owner.member_id))
    return db.transact_now(offering.add_service, owner, ServiceDraft("Check-up", 30, staff_ids=(calendar,)))


def test_eight_steps_to_an_open_business(visitor: Visitor) -> None:
    owner = signed_up(visitor)
    assert list(states(owner)) == [
        "business",
        "channels",
        "contact",
        "services",
        "forms",
        "inventory",
        "staff",
        "launch",
    ]
    assert all(CLOSED in page for page in public_pages(owner))
    assert not checklist(owner).is_open and len(checklist(owner).blockers) == 3

    db.transact_now(service.edit_profile, owner, Profile(
        "Harbour Clinic", "1 Quay", "020 7946 0000", "hello@harbour.example", "Europe/London"
    ))  # fmt: skip
    service_id = set_up_what_must_be(owner)
    db.transact_now(service.confirm_contact_form, owner)
    form = db.transact_now(building.create_form, owner, "Intake", "")
    db.transact_now(
        building.save_questions, owner, form, [Question("q1", QuestionKind.TEXT, "Anything we should know?")]
    )
    db.transact_now(building.link_to_services, owner, form, [service_id])
    item = db.transact_now(catalogue.add_item, owner, ItemDraft("Gloves", "pairs", Decimal(10)), Decimal(50))
    db.transact_now(catalogue.set_supplies, owner, service_id, [Supply(item, Decimal(1))])
    invitee = Invitee("sam@example.com", "Sam", Role.STAFF, frozenset({Permission.INBOX}))
    db.transact_now(service.invite, owner, invitee)
    assert states(owner) == dict.fromkeys(states(owner), "done") | {"launch": "missing"}
    assert all(CLOSED in page for page in public_pages(owner)), "ready is not open"

    db.transact_now(dashboard.activate, owner)
    assert checklist(owner).is_open and set(states(owner).values()) == {"done"}
    contact, booking = public_pages(owner)
    assert "Write to us" in contact and "Check-up" in booking
    slug = db.fetch_now(queries.workspace_card, owner).slug
    Visitor().open(f"/c/{slug}").send("Send message", name="Nora", email="nora@example.com", message="Hello")
    drain_now()
    outbox = db.fetch_now(inbox_outbox, owner).rows
    assert {row.what for row in outbox} >= {"Welcome"}


def test_the_server_refuses_to_open_and_names_what_is_missing(visitor: Visitor) -> None:
    owner = signed_up(visitor)
    with pytest.raises(Refused) as refused:
        db.transact_now(dashboard.activate, owner)
    assert str(refused.value) == " ".join(checklist(owner).blockers)
    assert all(CLOSED in page for page in public_pages(owner))
    asyncio.run(trying.check_channel(owner, ChannelKind.EMAIL))
    assert len(checklist(owner).blockers) == 2, "one check passes, two do not"


def test_a_post_to_a_closed_business_changes_nothing(visitor: Visitor) -> None:
    owner = signed_up(visitor)
    slug = db.fetch_now(queries.workspace_card, owner).slug
    answer = visitor.http.post(f"/c/{slug}", data={"name": "Nora"}, headers={"origin": "http://shop.test"})
    assert answer.status_code == 409 and CLOSED in answer.text
    answer = visitor.http.post(
        f"/api/v1/public/{slug}/inquiries", json={"name": "Nora", "email": "nora@example.com"},
        headers={"idempotency-key": "12345678"},
    )  # fmt: skip
    assert answer.status_code == 409 and CLOSED in answer.json()["message"]


def test_a_channel_that_breaks_shows_as_broken_with_the_exact_words_and_blocks(visitor: Visitor) -> None:
    owner = signed_up(visitor)
    set_up_what_must_be(owner)
    wrong = {"host": "127.0.0.1", "port": 9, "security": "starttls", "username": "me@example.com", "password": "secret"}
    db.transact_now(inbox.connect_channel, owner, ChannelKind.EMAIL, "smtp", wrong)
    checked = asyncio.run(trying.check_channel(owner, ChannelKind.EMAIL))
    assert not checked.works and "127.0.0.1:9" in checked.words
    assert states(owner)["channels"] == "broken"
    (step,) = [step for step in checklist(owner).steps if step.key == "channels"]
    assert checked.words in step.fact
    assert checklist(owner).blockers == ["Connect e-mail and test it: no channel works yet."]


def test_optional_steps_can_be_left_out_and_a_service_without_hours_cannot(visitor: Visitor) -> None:
    owner = signed_up(visitor)
    for step in ("forms", "inventory", "staff"):
        assert states(owner)[step] == "optional"
        db.transact_now(service.skip_step, owner, step)
        assert states(owner)[step] == "skipped"
    service_id = set_up_what_must_be(owner)
    db.transact_now(offering.set_hours, owner, None, ((),) * 7)
    assert states(owner)["services"] == "broken"
    assert "without any hours" in " ".join(checklist(owner).blockers)
    assert service_id


def test_staff_cannot_open_the_business() -> None:
    person = people.owner()
    with pytest.raises(Forbidden):
        db.transact_now(dashboard.activate, people.staff(person, Permission.INBOX).actor)


def test_what_is_wrong_with_a_sign_up_stands_beside_the_fields(visitor: Visitor) -> None:
    page = visitor.open("/sign-up").send("Create business", **SIGN_UP | {"email": "olivia@", "password": "short"})
    assert page.status == 422
    assert page.form("Create business").fields["business"] == "Harbour Clinic"
    assert "sid" not in visitor.http.cookies


def inbox_outbox(session: object, owner: Actor) -> object:
    from careops_app.inbox.channel_queries import captured_outbox

    return captured_outbox(session, owner)  # type: ignore[arg-type]
