"""What is shown of contacts: the list with its filters, the stages, one record. Frozen rows only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from careops_app.contacts import rules
from careops_app.contacts.models import AddressKind, Contact, ContactAddress, ContactNote, ContactTag, ContactWord
from careops_app.contacts.stages import MAY_MOVE, Stage
from careops_app.infra.db import InWorkspace, load, workspace_of

PAGE = 25
LAST_LETTER = chr(0x10FFFF)

Scope = InWorkspace | int


@dataclass(frozen=True)
class ContactFilter:
    """What the list shows: `text` is the beginning of a name, a word of it, an address or a number."""

    text: str = ""
    stage: Stage | None = None
    tag: str | None = None


@dataclass(frozen=True)
class ContactRow:
    """A line of the list; `email` and `phone` are the primary ones or empty."""

    id: int
    name: str
    email: str
    phone: str
    stage: Stage
    tags: tuple[str, ...]
    source: str
    created_at: datetime


@dataclass(frozen=True)
class ContactPage:
    rows: tuple[ContactRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class StageCount:
    stage: Stage
    count: int


@dataclass(frozen=True)
class TagCount:
    tag: str
    count: int


@dataclass(frozen=True)
class AddressRow:
    id: int
    kind: AddressKind
    value: str
    shown: str
    is_primary: bool


@dataclass(frozen=True)
class NoteRow:
    id: int
    author: str
    body: str
    at: datetime


@dataclass(frozen=True)
class ContactRecord:
    """Everything kept of a contact itself; `may_become` are the stages that may be chosen by hand."""

    id: int
    name: str
    source: str
    stage: Stage
    may_become: tuple[Stage, ...]
    time_zone: str | None
    created_at: datetime
    addresses: tuple[AddressRow, ...]
    tags: tuple[str, ...]
    notes: tuple[NoteRow, ...]

    @property
    def email(self) -> str:
        """The primary e-mail address, or empty."""
        return next((a.value for a in self.addresses if a.kind == AddressKind.EMAIL), "")

    @property
    def phone(self) -> str:
        """The primary number in E.164, or empty."""
        return next((a.value for a in self.addresses if a.kind == AddressKind.PHONE), "")


def contact_list(session: Session, scope: Scope, wanted: ContactFilter, page: int = 1) -> ContactPage:
    """The contacts that match, newest first, 25 a page; a page beyond the last one is the last one."""
    matching = _matching(scope, wanted)
    total = session.exec(select(func.count()).select_from(matching.subquery())).one()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    newest_first = matching.order_by(col(Contact.created_at).desc(), col(Contact.id).desc())
    contacts = session.exec(newest_first.offset((page - 1) * PAGE).limit(PAGE)).all()
    return ContactPage(_rows(session, list(contacts)), total, page, pages)


def stage_counts(session: Session, scope: Scope, wanted: ContactFilter | None = None) -> tuple[StageCount, ...]:
    """How many contacts are at each stage, in the order of the stages, empty ones too; each equals its list's total.

    `wanted` narrows by text and tag; its stage does not count.
    """
    matching = _matching(scope, replace(wanted or ContactFilter(), stage=None)).subquery()
    counted = dict(session.exec(select(matching.c.stage, func.count()).group_by(matching.c.stage)).all())
    return tuple(StageCount(stage, counted.get(stage, 0)) for stage in Stage)


def tags_in_use(session: Session, scope: Scope) -> tuple[TagCount, ...]:
    """Every tag with the number of its contacts, by name."""
    rows = session.exec(
        select(ContactTag.tag, func.count())
        .where(ContactTag.workspace_id == workspace_of(scope))
        .group_by(col(ContactTag.tag))
        .order_by(col(ContactTag.tag))
    )
    return tuple(TagCount(tag, count) for tag, count in rows)


def record(session: Session, scope: Scope, contact_id: int) -> ContactRecord:
    """One contact with addresses (primary first), tags and notes (newest first). Raises NotFound."""
    contact = load(session, Contact, contact_id)
    stage = Stage(contact.stage)
    return ContactRecord(
        id=contact.id, name=contact.name, source=contact.source, stage=stage,
        may_become=tuple(to for to in Stage if to in MAY_MOVE[stage]), time_zone=contact.time_zone,
        created_at=contact.created_at, addresses=_addresses(session, contact_id), tags=_tags(session, contact_id),
        notes=_notes(session, contact_id),
    )  # fmt: skip


def notes(session: Session, scope: Scope, contact_id: int, most: int = PAGE) -> tuple[NoteRow, ...]:
    """The newest notes about a contact, newest first."""
    return _notes(session, contact_id, most)


def _matching(scope: Scope, wanted: ContactFilter) -> SelectOfScalar[Contact]:
    workspace_id = workspace_of(scope)
    query = select(Contact).where(Contact.workspace_id == workspace_id)
    if wanted.stage is not None:
        query = query.where(Contact.stage == wanted.stage)
    if wanted.tag:
        tagged = select(ContactTag.contact_id).where(
            ContactTag.workspace_id == workspace_id, ContactTag.tag == wanted.tag
        )
        query = query.where(col(Contact.id).in_(tagged))
    for word in rules.asked_words(wanted.text):
        query = query.where(col(Contact.id).in_(having_word(workspace_id, word)))
    return query


def having_word(workspace_id: int, word: str) -> SelectOfScalar[int]:
    """The ids of the contacts with a word that begins like this one."""
    return select(ContactWord.contact_id).where(
        ContactWord.workspace_id == workspace_id,
        col(ContactWord.word) >= word,
        col(ContactWord.word) < word + LAST_LETTER,
    )


def _rows(session: Session, contacts: list[Contact]) -> tuple[ContactRow, ...]:
    ids = [contact.id for contact in contacts]
    primary = {
        (address.contact_id, address.kind): address.value
        for address in session.exec(
            select(ContactAddress).where(col(ContactAddress.contact_id).in_(ids), ContactAddress.is_primary)
        )
    }
    tagged = session.exec(select(ContactTag).where(col(ContactTag.contact_id).in_(ids)).order_by(col(ContactTag.tag)))
    tags = [(row.contact_id, row.tag) for row in tagged]
    return tuple(_row(contact, primary, tags) for contact in contacts)


def _row(contact: Contact, primary: dict[tuple[int, AddressKind], str], tags: list[tuple[int, str]]) -> ContactRow:
    return ContactRow(
        id=contact.id, name=contact.name, email=primary.get((contact.id, AddressKind.EMAIL), ""),
        phone=primary.get((contact.id, AddressKind.PHONE), ""), stage=Stage(contact.stage),
        tags=tuple(tag for contact_id, tag in tags if contact_id == contact.id), source=contact.source,
        created_at=contact.created_at,
    )  # fmt: skip


def _addresses(session: Session, contact_id: int) -> tuple[AddressRow, ...]:
    rows = session.exec(
        select(ContactAddress)
        .where(ContactAddress.contact_id == contact_id)
        .order_by(col(ContactAddress.kind), col(ContactAddress.is_primary).desc(), col(ContactAddress.id))
    )
    return tuple(AddressRow(a.id, AddressKind(a.kind), a.value, _shown(a), a.is_primary) for a in rows)


def _shown(address: ContactAddress) -> str:
    return rules.shown_phone(address.value) if address.kind == AddressKind.PHONE else address.value


def _tags(session: Session, contact_id: int) -> tuple[str, ...]:
    mine = select(ContactTag.tag).where(ContactTag.contact_id == contact_id)
    return tuple(session.exec(mine.order_by(col(ContactTag.tag))))


def _notes(session: Session, contact_id: int, most: int | None = None) -> tuple[NoteRow, ...]:
    rows = session.exec(
        select(ContactNote)
        .where(ContactNote.contact_id == contact_id)
        .order_by(col(ContactNote.at).desc(), col(ContactNote.id).desc())
        .limit(most)
    )
    return tuple(NoteRow(note.id, note.author, note.body, note.at) for note in rows)
