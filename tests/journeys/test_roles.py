"""Who may do what: invitations, permissions that count at the next event, and an owner who stays."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from careops_app.app import app
from careops_app.automation.queries import rule_rows
from careops_app.bookings import leaving
from careops_app.demo import cast
from careops_app.errors import Forbidden, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox.channel_queries import captured_outbox
from careops_app.ui.automation.state import AutomationState
from careops_app.ui.automation.switch_state import SwitchState
from careops_app.worker.run import drain_now
from careops_app.workspace import queries, service
from careops_app.workspace.access import Permission, Role
from careops_app.workspace.service import INVITATION_LASTS, Invitee
from tests.cast import Business, Visitor
from tests.conftest import HandClock
from tests.people import Person
from tests.tab import Tab, tabs

NINA = Invitee("nina@saltmarsh.example", "Nina Berg", Role.STAFF, frozenset({Permission.INBOX}))
PASSWORD = "quite a long pass phrase"


@pytest.fixture
async def open_tab(clinic: Business) -> AsyncIterator[Callable[[Person | None], Tab]]:
    async with tabs(app) as opener:
        yield opener


def invited(clinic: Business) -> str:
    """Nina is invited; the address in her mail."""
    clinic.do(service.invite, NINA)
    drain_now()
    mail = clinic.ask(captured_outbox).rows[0]
    assert mail.recipient == NINA.email
    return "/invitation/" + mail.body.split("/invitation/")[1].split()[0]


def test_an_invitation_makes_a_member_with_exactly_these_permissions(clinic: Business, visitor: Visitor) -> None:
    visitor.open(invited(clinic)).send("", name="Nina Berg", password=PASSWORD)
    assert visitor.address.endswith("/app/")
    nina = next(row for row in clinic.ask(queries.members) if row.name == "Nina Berg")
    actor = clinic.ask(queries.member_actor, nina.id)
    assert actor.permissions == {Permission.INBOX, Permission.MEMBER}
    assert Visitor().open("/sign-in").send("", email=NINA.email, password=PASSWORD).address.endswith("/app/")


def test_an_invitation_works_once_and_expires(clinic: Business, clock: HandClock) -> None:
    first = invited(clinic)
    second = invited(clinic)
    assert Visitor().open(first).status == 404, "a newer one replaced it"
    clock.advance(seconds=INVITATION_LASTS / timedelta(seconds=1) + 1)
    assert "does not work any more" in Visitor().open(second).text
    third = invited(clinic)
    Visitor().open(third).send("", name="Nina Berg", password=PASSWORD)
    assert Visitor().open(third).status == 404, "it was used"


async def test_staff_are_refused_by_the_server_whatever_their_browser_asks(
    clinic: Business, open_tab: Callable[[Person | None], Tab]
) -> None:
    tab = open_tab(clinic.signed_in(cast.PRIYA))
    await tab.fire(SwitchState.switch("welcome", False))
    assert "may not do this" in tab.said
    assert next(row for row in clinic.ask(rule_rows) if row.key == "welcome").enabled
    tab = open_tab(clinic.signed_in(cast.OWNER))
    await tab.fire(SwitchState.switch("welcome", False))
    assert not next(row for row in clinic.ask(rule_rows) if row.key == "welcome").enabled


async def test_a_deactivated_member_is_refused_at_the_next_event(
    clinic: Business, open_tab: Callable[[Person | None], Tab]
) -> None:
    person = clinic.signed_in(cast.PRIYA)
    tab = open_tab(person)
    await tab.fire(AutomationState.refresh)
    assert "/sign-in" not in tab.said
    clinic.do(leaving.deactivate, clinic.mate(cast.PRIYA).member_id)
    await tab.fire(AutomationState.refresh)
    assert "/sign-in" in tab.said


def test_each_permission_opens_its_room_only(clinic: Business, visitor: Visitor) -> None:
    visitor.open(f"/c/{clinic.slug}").send("Send message", name="Nora", email="nora@example.com", message="Hi")
    drain_now()
    conversation = clinic.conversation_of("Nora")
    clinic.do(service.change_role, clinic.mate(cast.ELENA).member_id, Role.STAFF, frozenset({Permission.BOOKINGS}))
    clinic.teller.actors[cast.ELENA.name] = clinic.ask(queries.member_actor, clinic.mate(cast.ELENA).member_id)
    with pytest.raises(Forbidden):
        clinic.do(inbox.note, conversation, "Hello", by=cast.ELENA)
    clinic.do(inbox.note, conversation, "Hello", by=cast.PRIYA)


def test_the_last_owner_stays(clinic: Business) -> None:
    owner = clinic.owner.member_id
    with pytest.raises(Refused):
        clinic.do(leaving.deactivate, owner)
    with pytest.raises(Refused):
        clinic.do(service.change_role, owner, Role.STAFF, frozenset({Permission.INBOX}))
    clinic.do(service.change_role, clinic.mate(cast.PRIYA).member_id, Role.OWNER, frozenset())
    clinic.do(leaving.deactivate, owner)
    assert [row.name for row in clinic.ask(queries.members) if row.is_active and row.role == Role.OWNER] == [
        "Priya Raman"
    ]


def test_the_owner_can_be_booked(clinic: Business) -> None:
    assert clinic.free(cast.BROWS, 2, cast.OWNER)


def test_whoever_lost_access_meets_the_sign_in_page_and_no_circle(clinic: Business, visitor: Visitor) -> None:
    visitor.http.cookies.set("sid", clinic.signed_in(cast.PRIYA).token, domain="shop.test")
    assert visitor.open("/sign-in?next=/app/inbox/").address.endswith("/app/inbox/")
    clinic.do(leaving.deactivate, clinic.mate(cast.PRIYA).member_id)
    visitor.open("/sign-in?next=/app/inbox/")
    assert visitor.status == 200 and "/sign-in" in visitor.address
