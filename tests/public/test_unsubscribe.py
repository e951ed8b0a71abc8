"""The link below automatic mail: looking changes nothing, a button ends it, a mail program needs one click (RFC 8058)."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.inbox import service as inbox
from careops_app.inbox import unsubscribing
from careops_app.inbox.models import Message, MessageClass, MessageState
from careops_app.inbox.service import Draft
from careops_app.infra import db
from careops_app.worker import run
from tests.bookings.clinic import Clinic
from tests.inbox.desk import EVENT, values_for

AMELIA = Identity("Amelia Hart", "amelia@example.com")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FOREIGN = [None, "null", "https://mail.example"]


def queued(clinic: Clinic, key: str, message_class: MessageClass = MessageClass.AUTOMATION) -> int:
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    contact = db.transact_now(contacts.identify, clinic.owner.workspace_id, AMELIA, "test").contact_id
    draft = Draft(contact, "welcome", values_for("welcome"), key, message_class=message_class)
    return db.transact_now(inbox.queue_message, clinic.owner.workspace_id, draft, EVENT, "welcome").message_id


def automatic_mail(clinic: Clinic) -> str:
    """The token of the link below an automatic mail."""
    return unsubscribing.token_of(queued(clinic, "automatic"))


def outcome(clinic: Clinic, message_id: int) -> tuple[MessageState, str | None]:
    run.drain_now()
    found = clinic.ask(lambda session, _: session.exec(select(Message).where(col(Message.id) == message_id)).one())
    return found.state, found.reason


def test_looking_changes_nothing_and_the_button_ends_it(clinic, visitor):
    address = f"/u/{automatic_mail(clinic)}"
    page = visitor.open(address)
    assert page.title == "No more automatic mail from Saltmarsh Skin?" and "amelia@example.com" in page.text
    assert visitor.open(address).title == page.title
    done = visitor.follow(visitor.send(page, ""))
    assert done.title == "Done"
    assert outcome(clinic, queued(clinic, "next")) == (MessageState.SKIPPED, "unsubscribed")


def test_what_answers_the_customer_and_what_a_person_writes_still_goes(clinic, visitor):
    visitor.send(visitor.open(f"/u/{automatic_mail(clinic)}"), "")
    assert outcome(clinic, queued(clinic, "confirmed", MessageClass.TRANSACTIONAL))[0] == MessageState.SENT


def test_it_can_be_had_again(clinic, visitor):
    done = visitor.follow(visitor.send(visitor.open(f"/u/{automatic_mail(clinic)}"), ""))
    back = visitor.follow(visitor.press(done, "I want it"))
    assert back.title.startswith("No more automatic mail")
    assert outcome(clinic, queued(clinic, "next"))[0] == MessageState.SENT


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_mail_program_ends_it_with_one_click_from_anywhere(clinic, visitor, origin):
    address = f"/u/{automatic_mail(clinic)}"
    answer = visitor.post(address, ONE_CLICK, origin=origin)
    assert answer.status == 200 and "set-cookie" not in answer.response.headers
    assert outcome(clinic, queued(clinic, "next")) == (MessageState.SKIPPED, "unsubscribed")


def test_one_click_cannot_be_used_to_bring_it_back(clinic, visitor):
    address = f"/u/{automatic_mail(clinic)}"
    visitor.post(address, ONE_CLICK, origin=None)
    visitor.post(f"{address}?again=1", ONE_CLICK, origin="https://evil.example")
    assert outcome(clinic, queued(clinic, "next")) == (MessageState.SKIPPED, "unsubscribed")


@pytest.mark.parametrize("token", ["1-wrong", "wrong", "-", "99999999999999999999-x", "%F0%9F%92%A5-x"])
def test_a_link_that_is_none_of_ours_opens_the_page_of_all_dead_links(clinic, visitor, token):
    automatic_mail(clinic)
    for page in (visitor.open(f"/u/{token}"), visitor.post(f"/u/{token}", ONE_CLICK, origin=None)):
        assert page.status == 404 and page.title == "This link does not work any more"


def test_only_automatic_mail_carries_the_link(clinic):
    kinds = {each: queued(clinic, each.value, each) for each in (MessageClass.AUTOMATION, MessageClass.TRANSACTIONAL)}
    for message_class, message_id in kinds.items():
        found = clinic.ask(lambda session, _, number=message_id: db.load(session, Message, number))
        assert bool(unsubscribing.link_of(found)) == (message_class == MessageClass.AUTOMATION)
