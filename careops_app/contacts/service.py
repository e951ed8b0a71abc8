"""What changes contacts: being recognised, and being edited by staff.

Visitors never change what is stored of a known contact: `identify` returns what differs, for staff to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, and_, col, or_, select

from careops_app.contacts import rules
from careops_app.contacts.models import AddressKind, Contact, ContactAddress, ContactNote, ContactTag, ContactWord
from careops_app.contacts.stages import ADVANCES, MAY_MOVE, Stage
from careops_app.errors import Forbidden, Invalid, Refused
from careops_app.events import ContactCreated, ContactStageChanged
from careops_app.infra import clock, outbox
from careops_app.infra.db import load, rows
from careops_app.workspace.access import Actor, Permission
from careops_app.workspace.models import Workspace
from careops_app.workspace.service import audit

TRIES_TO_IDENTIFY = 5
Address = tuple[AddressKind, str]


@dataclass(frozen=True)
class Identity:
    """A person as they present themselves, as typed: an e-mail address or a phone number at least."""

    name: str
    email: str = ""
    phone: str = ""
    time_zone: str | None = None


@dataclass(frozen=True)
class Difference:
    """Something a known contact presented that is not what is stored: `field` is name, email or phone."""

    field: str
    known: str
    given: str


@dataclass(frozen=True)
class Identified:
    contact_id: int
    created: bool
    differing: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class ContactDraft:
    """A contact as staff write it; the first address of each kind is the primary one."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    time_zone: str | None = None


def identify(session: Session, workspace_id: int, identity: Identity, source: str) -> Identified:
    """The one contact this person is, by e-mail address, else by phone number; made when neither is known.

    However many arrive at the same moment, one address becomes one contact: the database refuses a second, and whoever
    loses finds the first. A known contact is not changed. Raises Invalid(name | email | phone).
    """
    presented = ContactDraft(identity.name, (identity.email,), (identity.phone,))
    name, given = _spelled(session, workspace_id, presented)
    if not given:
        raise Invalid(email="Enter an e-mail address or a phone number.")
    for _ in range(TRIES_TO_IDENTIFY):
        if (known := _known(session, given)) is not None:
            return Identified(known.id, False, _differing(session, known, name, given))
        made = _made(session, workspace_id, _Person(name, given, source, known_zone(identity.time_zone)))
        if made is not None:
            outbox.emit(session, workspace_id, ContactCreated(made, source))
            return Identified(made, True)
    raise RuntimeError("an address was neither free nor known, several times in a row")


@dataclass(frozen=True)
class _Person:
    name: str
    addresses: list[Address]
    source: str
    time_zone: str | None


def _made(session: Session, workspace_id: int, person: _Person) -> int | None:
    """A new contact with its addresses and words, in one statement; None when somebody else has one of the addresses."""
    primary = set(dict(reversed(person.addresses)).items())
    values = {
        "workspace": workspace_id, "name": person.name, "source": person.source, "stage": Stage.NEW.value,
        "time_zone": person.time_zone, "now": clock.now(), "kinds": [kind.value for kind, _ in person.addresses],
        "values": [value for _, value in person.addresses], "primary": [each in primary for each in person.addresses],
        "words": _words(person.name, person.addresses),
    }  # fmt: skip
    (made,) = rows(session, _NEW, values)
    if made.kept == len(person.addresses):
        return made.id
    session.execute(delete(Contact).where(col(Contact.id) == made.id))
    return None


_NEW = """
    with made as (
        insert into contact (workspace_id, name, source, stage, time_zone, created_at)
        values (%(workspace)s, %(name)s, %(source)s, %(stage)s, %(time_zone)s, %(now)s) returning id),
    kept as (
        insert into contact_address (workspace_id, contact_id, kind, value, is_primary)
        select %(workspace)s, made.id, given.kind, given.value, given.is_primary
          from made, unnest(%(kinds)s::text[], %(values)s::text[], %(primary)s::boolean[])
                     with ordinality as given(kind, value, is_primary, number)
         order by given.number on conflict do nothing returning id),
    words as (
        insert into contact_word (workspace_id, contact_id, word)
        select %(workspace)s, made.id, word from made, unnest(%(words)s::text[]) as word)
    select made.id, (select count(*) from kept) as kept from made
"""


def create(session: Session, actor: Actor, draft: ContactDraft) -> int:
    """Add a contact by hand, with or without addresses.

    Raises Forbidden, Invalid(name | email | phone), Refused(code="address_taken") naming who has the address.
    """
    _require_customer_work(actor)
    _check_zone(draft)
    name, given = _spelled(session, actor.workspace_id, draft)
    contact = Contact(
        workspace_id=actor.workspace_id, name=name, source="staff", time_zone=draft.time_zone, created_at=clock.now()
    )  # fmt: skip
    if not _add(session, contact, given):
        raise _address_taken(session, contact.id, given)
    audit(session, actor, "added the contact", name)
    outbox.emit(session, actor.workspace_id, ContactCreated(contact.id, "staff"))
    return contact.id


def edit(session: Session, actor: Actor, contact_id: int, draft: ContactDraft) -> None:
    """Replace name and addresses. Raises Forbidden, NotFound, Invalid, Refused(code="address_taken")."""
    _require_customer_work(actor)
    contact = load(session, Contact, contact_id, lock=True)
    _check_zone(draft)
    name, given = _spelled(session, actor.workspace_id, draft)
    contact.name, contact.time_zone = name, draft.time_zone
    session.add(contact)
    stored = select(ContactAddress).where(ContactAddress.contact_id == contact_id)
    for address in session.exec(stored).all():
        if (address.kind, address.value) not in given:
            session.delete(address)
    session.flush()
    _keep_addresses(session, contact, given)
    if not {(a.kind, a.value) for a in session.exec(stored)} >= set(given):
        raise _address_taken(session, contact_id, given)
    _mark_primary(session, contact_id, given)
    _index(session, contact, given)
    audit(session, actor, "edited the contact", name)


def move_stage(session: Session, actor: Actor, contact_id: int, stage: Stage) -> None:
    """Move a lead by hand, as MAY_MOVE allows. Raises Forbidden, NotFound, Refused(code="illegal_move")."""
    _require_customer_work(actor)
    contact = load(session, Contact, contact_id, lock=True)
    if stage == contact.stage:
        return
    if stage not in MAY_MOVE[Stage(contact.stage)]:
        raise Refused(f"A contact cannot go from {contact.stage} to {stage}.", code="illegal_move")
    _move(session, contact, stage, actor.name)


def move_stage_by_rule(session: Session, workspace_id: int, contact_id: int, stage: Stage, rule: str) -> bool:
    """Move a lead forward, as ADVANCES allows; False when it is already as far. Raises NotFound."""
    contact = load(session, Contact, contact_id, lock=True)
    if stage not in ADVANCES[Stage(contact.stage)]:
        return False
    _move(session, contact, stage, f"automation: {rule}")
    return True


def add_tag(session: Session, actor: Actor, contact_id: int, text: str) -> None:
    """Tag a contact; a tag it has already changes nothing. Raises Forbidden, NotFound, Invalid(tag)."""
    _require_customer_work(actor)
    contact = load(session, Contact, contact_id)
    row = {"workspace_id": actor.workspace_id, "contact_id": contact.id, "tag": rules.tag_of(text)}
    session.execute(insert(ContactTag).values(row).on_conflict_do_nothing())


def remove_tag(session: Session, actor: Actor, contact_id: int, tag: str) -> None:
    """Take a tag off. Raises Forbidden, NotFound."""
    _require_customer_work(actor)
    contact = load(session, Contact, contact_id)
    mine = (col(ContactTag.workspace_id) == actor.workspace_id, col(ContactTag.contact_id) == contact.id)
    session.execute(delete(ContactTag).where(*mine, col(ContactTag.tag) == tag))


def add_note(session: Session, actor: Actor, contact_id: int, text: str) -> int:
    """Write something down about a contact; it never leaves the house. Raises Forbidden, NotFound, Invalid(note)."""
    _require_customer_work(actor)
    contact = load(session, Contact, contact_id)
    note = ContactNote(
        workspace_id=actor.workspace_id, contact_id=contact.id, member_id=actor.member_id, author=actor.name,
        body=rules.note_of(text), at=clock.now(),
    )  # fmt: skip
    session.add(note)
    session.flush()
    return note.id


def known_zone(name: str | None) -> str | None:
    """The zone a browser says it is in, or None when it is none of ours."""
    try:
        return name if name and clock.zone(name) else None
    except Invalid:
        return None


def _require_customer_work(actor: Actor) -> None:
    """Contacts belong to everybody who talks to customers or manages their bookings."""
    if not (actor.may(Permission.INBOX) or actor.may(Permission.BOOKINGS)):
        raise Forbidden("inbox or bookings")


def _check_zone(draft: ContactDraft) -> None:
    if draft.time_zone is not None:
        clock.zone(draft.time_zone)


def _spelled(session: Session, workspace_id: int, draft: ContactDraft) -> tuple[str, list[Address]]:
    """Name and addresses in their one spelling, e-mail first, each once. Raises Invalid for everything at once."""
    problems: dict[str, str] = {}
    region = load(session, Workspace, workspace_id).phone_region if any(map(str.strip, draft.phones)) else ""

    def spelled(spell: Callable[..., str], *text: str) -> str:
        try:
            return spell(*text)
        except Invalid as invalid:
            problems.update(invalid.fields)
            return ""

    name = spelled(rules.person_name, draft.name)
    emails = [(AddressKind.EMAIL, spelled(rules.normalised_email, text)) for text in draft.emails if text.strip()]
    phones = [
        (AddressKind.PHONE, spelled(rules.normalised_phone, text, region)) for text in draft.phones if text.strip()
    ]
    if problems:
        raise Invalid(**problems)
    return name, list(dict.fromkeys(emails + phones))


def _known(session: Session, given: list[Address]) -> Contact | None:
    """Whom these addresses belong to; an e-mail address says more than a phone number."""
    found = rows(session, _OWNERS, {"values": [value for _, value in given]})
    by_kind: dict[str, int] = {row.kind: row.contact_id for row in found if (row.kind, row.value) in given}
    owner = by_kind.get(AddressKind.EMAIL) or by_kind.get(AddressKind.PHONE)
    return None if owner is None else load(session, Contact, owner)


_OWNERS = """
    select kind, value, contact_id from contact_address where kind in ('email', 'phone') and value = any(%(values)s)
"""


def _is(address: Address):
    return and_(col(ContactAddress.kind) == address[0], col(ContactAddress.value) == address[1])


def _differing(session: Session, contact: Contact, name: str, given: list[Address]) -> tuple[Difference, ...]:
    stored = session.exec(
        select(ContactAddress.kind, ContactAddress.value)
        .where(ContactAddress.contact_id == contact.id)
        .order_by(col(ContactAddress.is_primary).desc(), col(ContactAddress.id))
    ).all()
    names = () if rules.same_words(contact.name, name) else (Difference("name", contact.name, name),)
    return names + tuple(
        Difference(str(kind), next((known for its, known in stored if its == kind), ""), value)
        for kind, value in given
        if (kind, value) not in stored
    )


def _add(session: Session, contact: Contact, given: list[Address]) -> bool:
    """Store a new contact with its addresses; False when somebody else has one of them."""
    session.add(contact)
    session.flush()
    if _keep_addresses(session, contact, given, primary=set(dict(reversed(given)).items())) < len(given):
        return False
    _write_words(session, contact, given)
    return True


def _keep_addresses(session: Session, contact: Contact, given: list[Address], primary: Collection[Address] = ()) -> int:
    """Insert the addresses nobody has, in one order for everybody; returns how many those were."""
    kept = 0
    for kind, value in given:
        row = {
            "workspace_id": contact.workspace_id, "contact_id": contact.id, "kind": kind, "value": value,
            "is_primary": (kind, value) in primary,
        }  # fmt: skip
        kept += session.execute(_UNLESS_KNOWN, row).scalar() is not None
    return kept


_UNLESS_KNOWN = insert(ContactAddress).on_conflict_do_nothing().returning(col(ContactAddress.id))


def _mark_primary(session: Session, contact_id: int, given: list[Address]) -> None:
    """The first address of each kind is the primary one; cleared before it is set, since two would be refused."""
    of_contact = col(ContactAddress.contact_id) == contact_id
    first = dict(reversed(given))
    session.execute(update(ContactAddress).where(of_contact, col(ContactAddress.is_primary)).values(is_primary=False))
    for kind, value in first.items():
        session.execute(update(ContactAddress).where(of_contact, _is((kind, value))).values(is_primary=True))


def _index(session: Session, contact: Contact, given: list[Address]) -> None:
    """Write the words the contact is found by, instead of those it was found by."""
    session.execute(delete(ContactWord).where(col(ContactWord.contact_id) == contact.id))
    _write_words(session, contact, given)


def _write_words(session: Session, contact: Contact, given: list[Address]) -> None:
    words = _words(contact.name, given)
    rows(session, _WORDS, {"workspace": contact.workspace_id, "contact": contact.id, "words": words})


_WORDS = """
    insert into contact_word (workspace_id, contact_id, word)
    select %(workspace)s, %(contact)s, word from unnest(%(words)s::text[]) as word
"""


def _words(name: str, given: list[Address]) -> list[str]:
    emails = [value for kind, value in given if kind == AddressKind.EMAIL]
    phones = [value for kind, value in given if kind == AddressKind.PHONE]
    return sorted(rules.search_words(name, emails, phones))


def _address_taken(session: Session, contact_id: int, given: list[Address]) -> Refused:
    owner = session.exec(
        select(ContactAddress.value, Contact.name)
        .join(Contact, col(Contact.id) == ContactAddress.contact_id)
        .where(or_(*(_is(address) for address in given)), ContactAddress.contact_id != contact_id)
    ).first()
    value, name = owner or ("This address", "another contact")
    return Refused(f"{value} already belongs to {name}.", code="address_taken")


def _move(session: Session, contact: Contact, stage: Stage, by: str) -> None:
    was, contact.stage = contact.stage, stage
    session.add(contact)
    outbox.emit(session, contact.workspace_id, ContactStageChanged(contact.id, str(was), str(stage), by))
