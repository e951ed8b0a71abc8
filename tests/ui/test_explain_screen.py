"""The screen that explains, through the real event pipeline: a message, what was not sent, and who may see what."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlmodel import Session, col, select

from careops_app.app import app
from careops_app.automation import service as automation
from careops_app.contacts.models import Contact
from careops_app.inbox import setup
from careops_app.inbox.models import Author, Direction, Message
from careops_app.inbox.service import InquiryForm, submit_inquiry
from careops_app.infra import db
from careops_app.ui.explain.state import ExplainState
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests.people import Person, owner, staff
from tests.tab import Tab, tabs

OpenTab = Callable[[Person | None], Tab]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def me(database: str) -> Person:
    return owner()


async def explained(tab: Tab, query: str) -> ExplainState:
    await tab.fire(ExplainState.load(), path=f"/app/explain{query}")
    return await tab.state(ExplainState)


async def amelia_writes(me: Person) -> None:
    form = InquiryForm("Amelia Hart", "amelia@example.com", "", "Hello", "key-amelia")
    db.transact_now(setup.ensure_captured, me.actor.workspace_id)
    db.transact_now(submit_inquiry, me.actor.workspace_id, form)
    await asyncio.to_thread(drain_now, me.actor.workspace_id)


def found(me: Person, model: Any, *where: Any) -> int:
    return db.fetch_now(_first, me.actor, model, *where)


def _first(session: Session, _: Actor, model: Any, *where: Any) -> int:
    return session.exec(select(model.id).where(*where).order_by(col(model.id)).limit(1)).one()


async def test_a_message_leads_to_its_event_every_check_and_the_try(open_tab: OpenTab, me: Person) -> None:
    await amelia_writes(me)
    state = await explained(open_tab(me), f"?message={found(me, Message, Message.author == Author.AUTOMATION)}")
    assert (state.about, state.stands) == ("message", "message.captured")
    assert state.wrote.startswith("The rule “Welcome” wrote it by email. To amelia@example.com")
    welcome = next(look for look in state.looks if look.rule == "Welcome")
    assert welcome.opens and [(check.words, check.said) for check in welcome.checks] == [
        ("The rule is switched on", "Holds"), ("The contact is new", "Holds"),
        ("No booking confirmation says it already", "Holds"),
    ]  # fmt: skip
    assert [each.word for each in welcome.sent[0].tries] == ["Kept here, nothing left this machine"]
    assert state.trace_id == welcome.trace and state.who == "Amelia Hart"


async def test_what_a_customer_wrote_leads_to_what_followed(open_tab: OpenTab, me: Person) -> None:
    await amelia_writes(me)
    state = await explained(open_tab(me), f"?message={found(me, Message, Message.direction == Direction.IN)}")
    assert [(look.rule, look.state) for look in state.looks] == [("Welcome", "message.captured")]


async def test_an_expected_message_that_was_not_sent_says_why(open_tab: OpenTab, me: Person) -> None:
    db.transact_now(automation.switch_rule, me.actor, "welcome", False)
    await amelia_writes(me)
    tab = open_tab(me)
    state = await explained(tab, f"?contact={found(me, Contact)}")
    (look,) = state.not_sent
    assert (look.rule, look.reason) == ("Welcome", "The rule is switched off")
    assert [check.said for check in look.checks] == ["Does not hold", "Not asked any more", "Not asked any more"]
    assert "Booking confirmation" in [each.rule for each in state.quiet] and state.sent == []


async def test_replay_says_when_nothing_is_missing_and_carries_out_what_is(open_tab: OpenTab, me: Person) -> None:
    db.transact_now(automation.switch_rule, me.actor, "welcome", False)
    await amelia_writes(me)
    db.transact_now(automation.switch_rule, me.actor, "welcome", True)
    tab = open_tab(me)
    here = f"?contact={found(me, Contact)}"
    (look,) = (await explained(tab, here)).not_sent
    await tab.fire(ExplainState.replay(int(look.trace)))
    await asyncio.to_thread(drain_now, me.actor.workspace_id)
    state = await explained(tab, here)
    assert [(look.rule, look.state) for look in state.sent] == [("Welcome", "message.captured")] and not state.not_sent


async def test_who_may_not_read_the_inbox_sees_no_message(open_tab: OpenTab, me: Person) -> None:
    await amelia_writes(me)
    tab = open_tab(staff(me))
    state = await explained(tab, f"?message={found(me, Message)}")
    assert (state.missing, state.looks) == (True, [])
    await tab.fire(ExplainState.replay(1))
    assert "may not do this" in tab.said


async def test_an_address_that_names_nothing_explains_nothing(open_tab: OpenTab, me: Person) -> None:
    assert (await explained(open_tab(me), "?message=999999")).missing
    assert (await explained(open_tab(me), "")).missing
