"""Every handler has a policy, and the server refuses whatever the policy does not allow."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from enum import StrEnum
from typing import Any

import pytest
import reflex as rx
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from careops_app.app import app
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.ui.guard import Policy, handler, is_framework, policy_of
from careops_app.ui.session import SessionState, actor
from careops_app.workspace.access import Permission
from careops_app.workspace.models import Member
from tests.people import Person, owner, sign_out, staff
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]
HANDLERS = {
    name: registered
    for name, registered in RegistrationContext.get().event_handlers.items()
    if not registered.states[0].__module__.startswith("tests.")
}


class Colour(StrEnum):
    RED = "red"


class ProbeState(rx.State):
    """A screen of the tests, with every kind of handler the guard must judge."""

    heard: list[str] = []
    secret: str = ""

    @handler(Permission.MEMBER)
    async def anybody(self) -> None:
        self.heard.append(actor().name)

    @handler(Permission.CONFIGURE)
    async def owners_only(self) -> None:
        self.heard.append("configured")

    @handler(Permission.INBOX)
    async def typed(
        self, number: int, colour: Colour = Colour.RED, day: date | None = None, *, as_owner: bool = False
    ) -> None:
        self.heard.append(f"{number!r} {colour!r} {day!r} {as_owner}")

    @handler(Permission.MEMBER)
    async def submit(self, form: dict[str, str]) -> None:
        self.heard.append(str(sorted(form.items())))

    @handler(Permission.MEMBER)
    async def load_secret(self) -> None:
        self.secret = f"what {actor().name} may see"

    @handler(Permission.MEMBER)
    async def chain(self) -> Any:
        return ProbeState.owners_only

    def undecorated(self) -> None:
        self.heard.append("undecorated")


def name_of(handler_name: str) -> str:
    return f"{ProbeState.get_full_name()}.{handler_name}"


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


async def heard(tab: Tab) -> list[str]:
    return list((await tab.state(ProbeState)).heard)


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_every_handler_has_a_policy_or_is_one_of_the_few_of_the_framework(name: str) -> None:
    registered = HANDLERS[name]
    if not registered.states[0].is_user_defined():
        assert policy_of(registered) is None
        return
    if registered.handler.fn.__name__ == "setvar" and policy_of(registered) is None:
        return  # made by Reflex on every state; refused like everything without a policy
    assert policy_of(registered) is not None, "use careops_app.ui.guard.handler, or start the name with an underscore"


@pytest.mark.parametrize("name", sorted(name for name, one in HANDLERS.items() if policy_of(one)))
def test_every_handler_names_exact_types(name: str) -> None:
    policy = policy_of(HANDLERS[name])
    assert policy is not None
    assert policy.arguments is not None


def test_the_framework_keeps_only_what_a_tab_needs() -> None:
    kept = {one.handler.fn.__name__ for one in HANDLERS.values() if is_framework(one)}
    assert kept <= {
        "hydrate",
        "hydrate_and_load",
        "on_load_internal",
        "set_is_hydrated",
        "update_vars_internal",
        "handle_frontend_exception",
    }


async def test_a_member_is_who_the_database_says(open_tab: OpenTab) -> None:
    tab = open_tab(owner())
    await tab.fire(ProbeState.anybody)
    assert await heard(tab) == ["Olivia Owner"]
    shell = await tab.state(SessionState)
    assert (shell.name, shell.role, shell.workspace_name) == ("Olivia Owner", "owner", "Harbour Clinic")


async def test_staff_calling_an_owners_handler_is_refused_by_the_server(open_tab: OpenTab) -> None:
    tab = open_tab(staff(owner(), Permission.INBOX))
    await tab.fire(ProbeState.owners_only)
    assert await heard(tab) == []
    assert "may not do this" in tab.said


async def test_a_chained_handler_is_judged_again(open_tab: OpenTab) -> None:
    tab = open_tab(staff(owner()))
    await tab.fire(ProbeState.chain)
    assert await heard(tab) == []


async def test_the_owner_may(open_tab: OpenTab) -> None:
    tab = open_tab(owner())
    await tab.fire(ProbeState.owners_only)
    assert await heard(tab) == ["configured"]


@pytest.mark.parametrize("name", ["undecorated", "setvar"])
async def test_a_method_without_a_policy_cannot_be_called(open_tab: OpenTab, name: str) -> None:
    tab = open_tab(owner())
    await tab.fire_raw(name_of(name), {"var_name": "secret", "value": "x"} if name == "setvar" else {})
    assert await heard(tab) == []
    assert (await tab.state(ProbeState)).secret == ""
    assert "not allowed" in tab.said


async def test_right_arguments_arrive_as_their_types(open_tab: OpenTab) -> None:
    tab = open_tab(owner())
    await tab.fire_raw(name_of("typed"), {"number": 7, "colour": "red", "day": "2026-11-23"})
    assert await heard(tab) == [f"7 {Colour.RED!r} {date(2026, 11, 23)!r} False"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"number": "42; drop"},
        {"number": "42"},
        {"number": True},
        {"number": 1.5},
        {"number": None},
        {"number": {"a": [1]}},
        {"number": [1]},
        {"number": 1, "extra": 2},
        {"number": 1, "as_owner": True},
        {"number": 1, "self": {}},
        {"number": 1, "colour": "green"},
        {"number": 1, "day": "yesterday"},
        {"number": {"__reflex_form_data__": [["a"]]}},
    ],
    ids=str,
)
async def test_wrong_missing_and_extra_arguments_are_refused(open_tab: OpenTab, payload: dict[str, Any]) -> None:
    tab = open_tab(owner())
    await tab.fire_raw(name_of("typed"), payload)
    assert await heard(tab) == []
    assert "could not be understood" in tab.said


async def test_a_form_arrives_as_text_and_nothing_else(open_tab: OpenTab) -> None:
    tab = open_tab(owner())
    await tab.fire_raw(
        name_of("submit"), {"form": {"__reflex_form_data__": [["name", "Ada"], ["note", ""], ["absent", None]]}}
    )
    assert await heard(tab) == ["[('name', 'Ada'), ('note', '')]"]
    await tab.fire_raw(name_of("submit"), {"form": {"__reflex_form_data__": [["name", {"deep": 1}]]}})
    assert len(await heard(tab)) == 1


async def test_without_a_live_session_a_tab_loses_its_data_and_is_sent_to_sign_in(open_tab: OpenTab) -> None:
    person = owner()
    tab = open_tab(person)
    await tab.fire(ProbeState.load_secret)
    assert (await tab.state(ProbeState)).secret != ""
    sign_out(person)
    await tab.fire(ProbeState.load_secret)
    assert (await tab.state(ProbeState)).secret == ""
    assert "/sign-in" in tab.said


async def test_a_lost_permission_counts_at_the_next_event(open_tab: OpenTab) -> None:
    member = staff(owner(), Permission.INBOX)
    tab = open_tab(member)
    await tab.fire_raw(name_of("typed"), {"number": 1})
    assert len(await heard(tab)) == 1
    db.transact_now(_take_permissions, SYSTEM, member.actor.member_id)
    await tab.fire_raw(name_of("typed"), {"number": 2})
    assert await heard(tab) == []
    assert "reload" in tab.said
    await tab.fire_raw(name_of("typed"), {"number": 3})
    assert await heard(tab) == []


def _take_permissions(session: Any, member_id: int) -> None:
    member = session.get(Member, member_id)
    member.permissions = []
    session.add(member)


async def test_a_deactivated_member_is_out_at_once(open_tab: OpenTab, clock: Any) -> None:
    member = staff(owner(), Permission.INBOX)
    tab = open_tab(member)
    await tab.fire(ProbeState.anybody)

    def deactivate(session: Any) -> None:
        row = session.get(Member, member.actor.member_id)
        row.deactivated_at = clock.now
        session.add(row)

    db.transact_now(deactivate, SYSTEM)
    await tab.fire(ProbeState.anybody)
    assert await heard(tab) == []
    assert "/sign-in" in tab.said


async def test_a_tab_without_any_identity_is_told_to_load_again(open_tab: OpenTab) -> None:
    tab = open_tab(None)
    await tab.fire(ProbeState.anybody)
    assert await heard(tab) == []
    assert "reload" in tab.said


async def test_hydration_shows_nothing_of_the_previous_identity(open_tab: OpenTab) -> None:
    first = owner()
    tab = open_tab(first)
    await tab.fire(ProbeState.load_secret)
    second = owner("Another Business", "another@example.com")
    tab._person = second
    await tab.fire_raw("reflex___state____state.hydrate", {})
    assert (await tab.state(ProbeState)).secret == ""
    assert "what Olivia" not in str(tab.deltas)


@pytest.mark.parametrize("loose", ["missing", "anything", "bare", "row", "star"])
def test_a_loose_signature_is_a_programming_error(loose: str) -> None:
    def missing(self: Any, value) -> None: ...
    def anything(self: Any, value: dict[str, Any]) -> None: ...
    def bare(self: Any, value: list) -> None: ...
    def row(self: Any, value: Member) -> None: ...
    def star(self: Any, **values: str) -> None: ...

    with pytest.raises(TypeError):
        _ = Policy(Permission.MEMBER, locals()[loose]).arguments


def test_an_event_is_not_trusted_to_be_frozen() -> None:
    """The guard replaces the payload in place; this fails when Reflex begins to copy it."""
    event = Event("x", {}, {"a": 1})
    event.payload.clear()
    assert event.payload == {}
