"""Suspected spam: nothing happens for it until somebody accepts it, and then everything happens once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import func, select

from careops_app.contacts.models import Contact
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.inbox import quarantine
from careops_app.inbox.models import Conversation, Inquiry, Message
from careops_app.inbox.quarantine import Judged
from careops_app.inbox.quarantine_models import Decision, QuarantinedInquiry
from careops_app.inbox.quarantine_queries import PAGE, suspected_count, suspected_page
from careops_app.inbox.service import InquiryForm
from careops_app.inbox.spam_rules import Sign
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Permission
from careops_app.workspace.models import Workspace
from tests import people
from tests.inbox.desk import Business
from tests.people import Person


def form(key: str = "key", **changed: str) -> InquiryForm:
    given = {"name": "Bo Spam", "email": "bo@example.com", "phone": "", "message": "Buy"} | changed
    return InquiryForm(**given, idempotency_key=key)


def waits(harbour: Business, key: str = "key", *signs: Sign, **changed: str) -> int:
    judged = Judged(form(key, **changed), signs or (Sign.TRAP,), "203.0.113.0/24")
    assert db.transact_now(quarantine.take, harbour.workspace_id, judged).waits
    return row(harbour, key).id


def row(harbour: Business, key: str = "key") -> QuarantinedInquiry:
    wanted = select(QuarantinedInquiry).where(QuarantinedInquiry.idempotency_key == key)
    return db.fetch_now(lambda session, _: session.exec(wanted).one(), harbour.workspace_id)


def counted(harbour: Business, *models: Any) -> list[int]:
    count = lambda session, _, model: session.exec(select(func.count()).select_from(model)).one()  # noqa: E731
    return [db.fetch_now(count, harbour.workspace_id, model) for model in models]


def staff_of(harbour: Business, *permissions: Permission) -> Person:
    return people.staff(Person("", 0, harbour.actor), *permissions)


EVERYTHING = (Contact, Conversation, Message, Inquiry, OutboxEvent)


def test_what_waits_makes_no_contact_no_conversation_no_message_and_no_event(harbour: Business) -> None:
    before = counted(harbour, *EVERYTHING)
    kept = row(harbour, "key") if waits(harbour) else None
    assert counted(harbour, *EVERYTHING) == before
    assert kept and kept.signs == ["trap"] and "203" not in kept.network


def test_accepted_by_twenty_at_once_it_arrives_once(harbour: Business) -> None:
    inquiry_id, before = waits(harbour), counted(harbour, *EVERYTHING)
    with ThreadPoolExecutor(20) as threads:
        accepted = list(threads.map(lambda _: db.transact_now(quarantine.accept, harbour.actor, inquiry_id), range(20)))
    assert len(set(accepted)) == 1
    grown = [after - earlier for earlier, after in zip(before, counted(harbour, *EVERYTHING), strict=True)]
    assert grown == [1, 1, 1, 1, 2]
    assert len(harbour.events("inquiry.received")) == 1
    kept = row(harbour)
    assert (kept.decision, kept.decided_by) == (Decision.ACCEPTED, harbour.actor.member_id)


def test_the_same_key_waits_once_and_stays_decided(harbour: Business) -> None:
    first = waits(harbour)
    assert waits(harbour) == first
    with pytest.raises(Refused) as refused:
        waits(harbour, message="Other words")
    assert refused.value.code == "key_reused"
    clean = Judged(form(), (), "")
    assert db.transact_now(quarantine.take, harbour.workspace_id, clean).waits  # sent again it does not slip through
    db.transact_now(quarantine.discard, harbour.actor, first)
    assert not db.transact_now(quarantine.take, harbour.workspace_id, clean).waits
    assert counted(harbour, Inquiry) == [0]


def test_what_is_in_the_inbox_does_not_wait_when_it_is_sent_again(harbour: Business) -> None:
    db.transact_now(quarantine.take, harbour.workspace_id, Judged(form(), (), ""))
    assert not db.transact_now(quarantine.take, harbour.workspace_id, Judged(form(), (Sign.TRAP,), "")).waits
    assert counted(harbour, Inquiry, QuarantinedInquiry) == [1, 0]


def test_discarded_it_is_gone_and_accepted_it_stays(harbour: Business) -> None:
    spam, person = waits(harbour, "one"), waits(harbour, "two", email="ann@example.com")
    for _ in range(2):
        db.transact_now(quarantine.discard, harbour.actor, spam)
    with pytest.raises(Refused, match="discarded"):
        db.transact_now(quarantine.accept, harbour.actor, spam)
    db.transact_now(quarantine.accept, harbour.actor, person)
    with pytest.raises(Refused, match="in the inbox"):
        db.transact_now(quarantine.discard, harbour.actor, person)
    assert counted(harbour, Inquiry) == [1] and db.fetch_now(suspected_count, harbour.actor) == 0


def test_after_thirty_days_it_is_deleted(harbour: Business, clock: Any) -> None:
    waits(harbour, "old")
    clock.advance(days=29)
    waits(harbour, "new")
    db.transact_now(quarantine.sweep_quarantine, SYSTEM)
    assert counted(harbour, QuarantinedInquiry) == [2]
    clock.advance(days=1, minutes=1)
    db.transact_now(quarantine.sweep_quarantine, SYSTEM)
    assert counted(harbour, QuarantinedInquiry) == [1] and row(harbour, "new")


def test_the_count_equals_the_list_on_every_page(harbour: Business, clock: Any) -> None:
    for number in range(PAGE + 2):
        clock.advance(seconds=1)
        waits(harbour, f"key {number}", email=f"bo{number}@example.com")
    db.transact_now(quarantine.discard, harbour.actor, row(harbour, "key 0").id)
    shown = [db.fetch_now(suspected_page, harbour.actor, page) for page in (1, 2)]
    assert [len(page.rows) for page in shown] == [PAGE, 1]
    assert {page.total for page in shown} == {PAGE + 1} == {db.fetch_now(suspected_count, harbour.actor)}
    assert shown[0].rows[0].email == f"bo{PAGE + 1}@example.com"
    assert shown[0].rows[0].signs == ("A field that people never see was filled in.",)


def test_only_staff_of_the_inbox_decide(harbour: Business) -> None:
    inquiry_id, bookings = waits(harbour), staff_of(harbour, Permission.BOOKINGS)
    for command in (quarantine.accept, quarantine.discard):
        with pytest.raises(Forbidden):
            db.transact_now(command, bookings.actor, inquiry_id)
    with pytest.raises(Forbidden):
        db.fetch_now(suspected_page, bookings.actor)


def test_staff_who_see_only_their_own_see_none_of_it(harbour: Business) -> None:
    inquiry_id = waits(harbour)

    def narrow(session: Any, workspace_id: int) -> None:
        workspace = session.get(Workspace, workspace_id)
        workspace.staff_see_all = False
        session.add(workspace)

    db.transact_now(narrow, harbour.workspace_id)
    sam = staff_of(harbour, Permission.INBOX)
    assert sam.actor.sees_only is not None
    assert db.fetch_now(suspected_page, sam.actor).rows == () and db.fetch_now(suspected_count, sam.actor) == 0
    for command in (quarantine.accept, quarantine.discard):
        with pytest.raises(NotFound):
            db.transact_now(command, sam.actor, inquiry_id)


def test_another_business_sees_nothing_of_it(harbour: Business) -> None:
    inquiry_id, other = waits(harbour), people.owner("Elsewhere", "ellen@example.com")
    assert db.fetch_now(suspected_count, other.actor) == 0
    with pytest.raises(NotFound):
        db.transact_now(quarantine.accept, other.actor, inquiry_id)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"email": "bo@"}, {"email": "", "phone": ""}, {"phone": "12"}])
def test_what_could_not_be_accepted_is_refused_at_once(harbour: Business, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        waits(harbour, **wrong)
