"""Ctrl-K finds people, bookings, items and places, and only what the member may see."""

from careops_app.bookings import queries as bookings
from careops_app.contacts import service as contacts
from careops_app.contacts.service import ContactDraft
from careops_app.infra import db
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft
from careops_app.ui.command_palette import _named, _pages
from careops_app.workspace.access import Permission
from tests import facts, people


def found(person: people.Person, text: str) -> list[tuple[str, str]]:
    """What the search shows this person, as (kind, title)."""
    return [(hit.kind, hit.title) for hit in db.fetch_now(_named, person.actor, text)]


def test_people_are_found_by_name_address_and_number(database):
    owner = people.owner()
    draft = ContactDraft("Amelia Hart", ("amelia.hart@example.com",), ("07400 123456",))
    amelia = db.transact_now(contacts.create, owner.actor, draft)
    assert [found(owner, text) for text in ("ame", "amelia.hart@", "07400 123456")] == [[("person", "Amelia Hart")]] * 3
    assert db.fetch_now(_named, owner.actor, "amelia")[0].href == f"/app/contacts/?contact={amelia}"


def test_a_booking_is_found_by_its_reference_however_it_is_typed(database):
    owner = people.owner()
    visit = facts.visit(owner.actor, facts.service(owner.actor))
    reference = db.fetch_now(bookings.booking_card, owner.actor, visit.id).reference
    hits = db.fetch_now(_named, owner.actor, f" {reference.lower()} ")
    assert [(hit.kind, hit.href) for hit in hits] == [("booking", f"/app/bookings/?booking={visit.id}")]


def test_bookings_and_items_are_shown_to_whom_they_concern(database):
    owner = people.owner()
    db.transact_now(catalogue.add_item, owner.actor, ItemDraft(name="Nitrile gloves M", unit="pairs"))
    sam = people.staff(owner, Permission.BOOKINGS)
    assert found(owner, "gloves") == [("item", "Nitrile gloves M")]
    assert found(sam, "gloves") == []


def test_nothing_of_another_business_is_found(database):
    harbour, other = people.owner(), people.owner("Northbridge Repairs", "nora@example.com")
    db.transact_now(contacts.create, harbour.actor, ContactDraft("Amelia Hart", ("amelia@example.com",)))
    assert found(other, "amelia") == []


def test_places_are_those_the_member_may_open(database):
    owner = people.owner()
    sam = people.staff(owner, Permission.INBOX)
    places = [hit.title for hit in _pages(sam.actor, "")]
    assert "Inbox" in places and "Inventory" not in places
    assert [hit.title for hit in _pages(owner.actor, "inv")] == ["Inventory"]
