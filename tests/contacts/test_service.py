"""Being recognised, and being edited by staff, on the real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from careops_app.contacts import queries, service
from careops_app.contacts.models import Contact, ContactAddress
from careops_app.contacts.queries import ContactRecord
from careops_app.contacts.service import ContactDraft, Difference, Identified, Identity
from careops_app.contacts.stages import Stage
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.infra import db
from careops_app.infra.outbox import OutboxEvent
from careops_app.workspace.access import Actor, Permission
from tests import people

pytestmark = pytest.mark.usefixtures("database", "clock")
NORA = Identity("Nora Vance", "nora@example.com", "0131 496 0142")


@pytest.fixture
def owner(database: str) -> Actor:
    return people.owner().actor


def identify(owner: Actor, identity: Identity, source: str = "contact_form") -> Identified:
    return db.transact_now(service.identify, owner.workspace_id, identity, source)


def record(owner: Actor, contact_id: int) -> ContactRecord:
    return db.fetch_now(queries.record, owner, contact_id)


def announced(owner: Actor, name: str) -> list[dict]:
    return db.fetch_now(
        lambda session, _: [
            event.payload for event in session.exec(select(OutboxEvent).where(OutboxEvent.name == name))
        ],
        owner,
    )


def test_a_stranger_becomes_a_contact_with_both_addresses(owner: Actor):
    found = identify(owner, NORA)
    kept = record(owner, found.contact_id)
    assert found == Identified(kept.id, created=True)
    assert (kept.name, kept.email, kept.phone, kept.stage) == (
        "Nora Vance",
        "nora@example.com",
        "+441314960142",
        Stage.NEW,
    )
    assert announced(owner, "contact.created") == [{"contact_id": kept.id, "source": "contact_form"}]


@pytest.mark.parametrize(
    "again",
    [
        Identity("nora  vance", "NORA@example.com"),
        Identity("Nora Vance", "", "+44 131 496 0142"),
        Identity("Nora Vance", "nora@example.com", "0131 4960142"),
    ],
)
def test_the_same_person_is_recognised_by_either_address(owner: Actor, again: Identity):
    first = identify(owner, NORA)
    assert identify(owner, again) == Identified(first.contact_id, created=False)
    assert len(announced(owner, "contact.created")) == 1


def test_a_known_contact_is_not_changed_by_a_visitor_and_the_difference_is_told(owner: Actor):
    first = identify(owner, NORA)
    again = identify(owner, Identity("N. Smith", "nora@example.com", "0131 496 0999"))
    assert again.differing == (
        Difference("name", "Nora Vance", "N. Smith"),
        Difference("phone", "+441314960142", "+441314960999"),
    )
    kept = record(owner, first.contact_id)
    assert (kept.name, [address.value for address in kept.addresses]) == (
        "Nora Vance",
        ["nora@example.com", "+441314960142"],
    )


def test_the_email_address_decides_when_the_number_is_somebody_elses(owner: Actor):
    nora, ben = identify(owner, NORA), identify(owner, Identity("Ben", "ben@example.com"))
    both = identify(owner, Identity("Ben", "ben@example.com", "0131 496 0142"))
    assert both == Identified(ben.contact_id, False, (Difference("phone", "", "+441314960142"),))
    assert record(owner, nora.contact_id).phone == "+441314960142"


def test_every_problem_of_a_form_is_told_at_once(owner: Actor):
    with pytest.raises(Invalid) as refused:
        identify(owner, Identity("", "nora@", "12"))
    assert set(refused.value.fields) == {"name", "email", "phone"}
    with pytest.raises(Invalid) as refused:
        identify(owner, Identity("Nora"))
    assert set(refused.value.fields) == {"email"}


def test_fifty_inquiries_at_once_with_one_address_make_one_contact(owner: Actor):
    forms = [Identity(f"Nora {n}", "nora@example.com" if n % 2 else "", "0131 496 0142") for n in range(50)]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda form: identify(owner, form), forms))
    assert len({one.contact_id for one in found}) == 1
    assert [one.created for one in found].count(True) == 1
    assert len(db.fetch_now(lambda session, _: session.exec(select(Contact.id)).all(), owner)) == 1
    assert len(announced(owner, "contact.created")) == 1


def test_the_same_address_may_be_known_to_two_businesses_and_neither_sees_the_other(owner: Actor):
    other = people.owner("Other Place", "other@example.com").actor
    first, second = identify(owner, NORA), identify(other, NORA)
    assert first.contact_id != second.contact_id and second.created
    with pytest.raises(NotFound):
        record(other, first.contact_id)
    with pytest.raises(NotFound):
        db.transact_now(service.edit, other, first.contact_id, ContactDraft("Mallory"))
    with pytest.raises(NotFound):
        db.transact_now(service.add_note, other, first.contact_id, "seen")
    assert db.fetch_now(queries.contact_list, other, queries.ContactFilter("nora")).total == 1


def test_staff_keep_several_addresses_and_the_first_is_the_primary_one(owner: Actor):
    draft = ContactDraft("Nora Vance", ("nora@example.com", "nv@work.example.com"), ("0131 496 0142", "0131 496 0143"))
    contact_id = db.transact_now(service.create, owner, draft)
    kept = record(owner, contact_id)
    assert [(a.value, a.is_primary) for a in kept.addresses] == [
        ("nora@example.com", True), ("nv@work.example.com", False), ("+441314960142", True), ("+441314960143", False),
    ]  # fmt: skip
    changed = ContactDraft("Nora Winter", ("nv@work.example.com", "new@example.com"), ())
    db.transact_now(service.edit, owner, contact_id, changed)
    kept = record(owner, contact_id)
    assert (kept.name, kept.email, kept.phone) == ("Nora Winter", "nv@work.example.com", "")
    assert identify(owner, Identity("Nora Winter", "new@example.com")).contact_id == contact_id
    assert identify(owner, Identity("Nora", "nora@example.com")).created


def test_an_address_of_another_contact_is_refused_and_nothing_changes(owner: Actor):
    nora = identify(owner, NORA).contact_id
    ben = db.transact_now(service.create, owner, ContactDraft("Ben", ("ben@example.com",)))
    with pytest.raises(Refused, match=r"nora@example.com already belongs to Nora Vance\.") as refused:
        db.transact_now(service.edit, owner, ben, ContactDraft("Benjamin", ("nora@example.com",)))
    assert refused.value.code == "address_taken"
    assert (record(owner, ben).name, record(owner, ben).email) == ("Ben", "ben@example.com")
    with pytest.raises(Refused, match="already belongs to Nora"):
        db.transact_now(service.create, owner, ContactDraft("Twin", ("nora@example.com",)))
    assert {nora, ben} == {row.id for row in db.fetch_now(queries.contact_list, owner, queries.ContactFilter()).rows}


def test_contacts_belong_to_those_who_talk_to_customers(owner: Actor):
    person = people.Person("", 0, owner)
    packer = people.staff(person, Permission.INVENTORY).actor
    helper = people.staff(person, Permission.INBOX, email="h@example.com").actor
    contact_id = db.transact_now(service.create, helper, ContactDraft("Nora"))
    for command, arguments in [
        (service.create, (ContactDraft("Nora"),)),
        (service.edit, (contact_id, ContactDraft("Nora"))),
        (service.move_stage, (contact_id, Stage.LOST)),
        (service.add_tag, (contact_id, "vip")),
        (service.remove_tag, (contact_id, "vip")),
        (service.add_note, (contact_id, "x")),
    ]:
        with pytest.raises(Forbidden):
            db.transact_now(command, packer, *arguments)


def test_stages_move_by_hand_along_the_table(owner: Actor):
    nora = identify(owner, NORA).contact_id
    db.transact_now(service.move_stage, owner, nora, Stage.CONTACTED)
    db.transact_now(service.move_stage, owner, nora, Stage.CONTACTED)
    with pytest.raises(Refused, match="cannot go from contacted to new"):
        db.transact_now(service.move_stage, owner, nora, Stage.NEW)
    moves = announced(owner, "contact.stage_changed")
    assert moves == [{"contact_id": nora, "was": "new", "stage": "contacted", "by": "Olivia Owner"}]


def test_rules_move_a_lead_forward_only(owner: Actor):
    nora = identify(owner, NORA).contact_id

    def by_rule(stage: Stage) -> bool:
        return db.transact_now(service.move_stage_by_rule, owner.workspace_id, nora, stage, "lead-booked")

    assert by_rule(Stage.BOOKED)
    assert not by_rule(Stage.CONTACTED)
    assert by_rule(Stage.CUSTOMER)
    assert not by_rule(Stage.BOOKED)
    assert record(owner, nora).stage == Stage.CUSTOMER
    assert [move["by"] for move in announced(owner, "contact.stage_changed")] == ["automation: lead-booked"] * 2


def test_tags_and_notes_are_kept_once_and_in_order(owner: Actor, clock):
    nora = identify(owner, NORA).contact_id
    for tag in ("VIP", "vip ", "peel"):
        db.transact_now(service.add_tag, owner, nora, tag)
    db.transact_now(service.add_note, owner, nora, "  Likes tea.\x00 ")
    clock.advance(minutes=1)
    db.transact_now(service.add_note, owner, nora, "Prefers mornings.")
    kept = record(owner, nora)
    assert kept.tags == ("peel", "vip")
    assert [(note.body, note.author) for note in kept.notes] == [
        ("Prefers mornings.", "Olivia Owner"), ("Likes tea.", "Olivia Owner"),
    ]  # fmt: skip
    db.transact_now(service.remove_tag, owner, nora, "vip")
    assert record(owner, nora).tags == ("peel",)
    for command in (service.add_tag, service.add_note):
        with pytest.raises(Invalid):
            db.transact_now(command, owner, nora, " \x00 ")


def test_the_database_itself_refuses_an_address_twice(owner: Actor):
    nora = identify(owner, NORA).contact_id

    def forge(session, _) -> None:
        session.add(
            ContactAddress(
                workspace_id=owner.workspace_id,
                contact_id=nora,
                kind="email",
                value="nora@example.com",
                is_primary=False,
            )
        )

    with pytest.raises(Exception, match="uq_contact_address"):
        db.transact_now(forge, owner)
