"""What the contacts screen shows, as ready words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from careops_app.contacts import rules
from careops_app.contacts.queries import ContactFilter, ContactRecord, ContactRow, StageCount
from careops_app.contacts.stages import Stage
from careops_app.dashboard.timeline import EVERYTHING, Kind
from careops_app.infra import clock, wording
from careops_app.infra.states import state
from careops_app.ui.contacts.address import list_address, record_address

SOURCES = {
    "contact_form": "Contact form", "booking": "Booking page", "waitlist": "Waitlist", "staff": "Added by the team",
    "email": "Email", "sms": "SMS",
}  # fmt: skip
STORIES: dict[str, tuple[str, frozenset[Kind]]] = {
    "": ("Everything", EVERYTHING),
    "messages": ("Messages", frozenset({Kind.MESSAGES})),
    "visits": ("Visits", frozenset({Kind.BOOKINGS})),
    "forms": ("Forms", frozenset({Kind.FORMS})),
    "notes": ("Notes", frozenset({Kind.NOTES})),
    "stages": ("Stages", frozenset({Kind.STAGES})),
    "automation": ("Automation", frozenset({Kind.DECISIONS})),
}


@dataclass(frozen=True)
class ContactLine:
    """One row of the table."""

    id: int
    address: str
    name: str
    initials: str
    email: str
    phone: str
    stage: str
    tags: list[str]
    source: str
    since: str


@dataclass(frozen=True)
class Tab:
    """A filter as a link."""

    key: str
    word: str
    count: str
    address: str
    current: bool


@dataclass(frozen=True)
class Address:
    """An e-mail address or number, with what a browser can do with it."""

    kind: str
    shown: str
    href: str
    is_primary: bool


@dataclass(frozen=True)
class StageMove:
    """A stage that may be chosen now."""

    key: str
    word: str


def contact_line(row: ContactRow, zone: str) -> ContactLine:
    """A contact in the list."""
    return ContactLine(
        id=row.id, address=record_address(row.id), name=row.name, initials=wording.initials(row.name), email=row.email,
        phone=rules.shown_phone(row.phone) if row.phone else "", stage=str(row.stage), tags=list(row.tags),
        source=source_word(row.source), since=wording.stamp(row.created_at, zone, clock.now()),
    )  # fmt: skip


def source_word(source: str) -> str:
    """Where a contact came from."""
    return SOURCES.get(source, source.replace("_", " ").capitalize())


def stage_word(stage: Stage) -> str:
    """The word of a stage, as everywhere."""
    return state(f"lead.{stage}").word


def stage_tabs(counts: Iterable[StageCount], wanted: ContactFilter) -> list[Tab]:
    """All stages and each of them; the numbers are those of the lists that the tabs open."""
    counted = list(counts)
    every = Tab(
        "all", "All", wording.quantity(sum(each.count for each in counted)),
        list_address(wanted.text, "", wanted.tag or ""), wanted.stage is None,
    )  # fmt: skip
    return [every, *(_stage_tab(each, wanted) for each in counted)]


def _stage_tab(each: StageCount, wanted: ContactFilter) -> Tab:
    address = list_address(wanted.text, each.stage, wanted.tag or "")
    return Tab(each.stage, stage_word(each.stage), wording.quantity(each.count), address, wanted.stage == each.stage)


def story_tabs(contact_id: int, show: str) -> list[Tab]:
    """What the story can be narrowed to."""
    return [
        Tab(key or "everything", word, "", record_address(contact_id, key), key == show)
        for key, (word, _) in STORIES.items()
    ]


def addresses(record: ContactRecord) -> list[Address]:
    """Every way to reach a contact, the first of each kind first."""
    schemes = {"email": ("Email", "mailto:"), "phone": ("Phone", "tel:")}
    return [
        Address(schemes[each.kind][0], each.shown, f"{schemes[each.kind][1]}{each.value}", each.is_primary)
        for each in record.addresses
    ]


def moves(record: ContactRecord) -> list[StageMove]:
    """The stages that may be chosen by hand now."""
    return [StageMove(stage, stage_word(stage)) for stage in record.may_become]
