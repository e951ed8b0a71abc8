"""Who the conversation is with: addresses, next visit, forms, and what will go out by itself."""

from dataclasses import dataclass

import reflex as rx

from careops_app.bookings.queries import AgendaRow
from careops_app.contacts.queries import ContactRecord
from careops_app.dashboard.records import OpenConversation, Person
from careops_app.forms.queries import RequestRow
from careops_app.forms.rules import FINISHED
from careops_app.infra import clock, wording
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox import rows
from careops_app.ui.inbox.open_thread import OpenThread
from careops_app.workspace.access import Permission

MOST_FORMS = 4
MOST_PLANNED = 6
FOCUS_PANEL = (
    "requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector('.ctx .ctxbtn')?.focus()))"
)
FOCUS_OPENER = "document.querySelector('.th .ctxbtn')?.focus()"
KINDS = {"email": "Email", "phone": "Phone"}


@dataclass(frozen=True)
class Fact:
    """A name and a value."""

    name: str
    value: str


@dataclass(frozen=True)
class Visit:
    """A booking as a small card."""

    id: int
    when: str
    what: str
    status: str


@dataclass(frozen=True)
class FormLine:
    """A form that was asked of the contact."""

    id: int
    name: str
    when: str
    status: str


class PersonPanel(OpenThread, mixin=True):
    """The panel beside the thread."""

    since: str = ""
    stage: str = ""
    facts: list[Fact] = []
    tags: list[str] = []
    next_visit: list[Visit] = []
    past_visits: str = ""
    forms: list[FormLine] = []
    planned: list[rows.Waiting] = []
    shows_person: bool = False

    @handler(Permission.INBOX)
    def set_shows_person(self, shows: bool) -> rx.event.EventSpec:
        """Opens and closes the panel where it does not stand beside the thread; the focus goes along."""
        self.shows_person = shows
        return rx.call_script(FOCUS_PANEL if shows else FOCUS_OPENER)

    def _show_person(self, view: OpenConversation) -> None:
        person, zone = view.person, view.time_zone
        held = rows.waiting(view.held, "held", zone)
        assign(
            self,
            since=f"Since {wording.plain_day(person.record.created_at, zone)}",
            stage=person.record.stage.value,
            facts=facts_of(person.record) + stopped(view),
            tags=list(person.record.tags),
            next_visit=[visit_of(person.next_visit, zone)] if person.next_visit else [],
            past_visits=past_visits(person),
            forms=[form_of(row, zone) for row in person.forms[:MOST_FORMS]],
            planned=[*held, *rows.waiting(view.will_hold, "queued", zone)][:MOST_PLANNED],
        )


def facts_of(record: ContactRecord) -> list[Fact]:
    """Every address, the first of each kind first."""
    return [Fact(KINDS[address.kind], address.shown) for address in record.addresses]


def stopped(view: OpenConversation) -> list[Fact]:
    """What does not reach the customer: texts that they have stopped, automatic messages that the team has."""
    closed = any(each.is_suppressed for each in view.head.channels if each.kind == "sms")
    found = [Fact("Texts", "Stopped by the customer (STOP)")] if closed else []
    if stop := view.person.stop:
        found.append(
            Fact("Automatic", f"Stopped by {stop.by}, {wording.near(stop.since, view.time_zone, clock.now())}")
        )
    return found


def visit_of(row: AgendaRow, zone: str) -> Visit:
    """“Today, 13:00 BST” and what it is for."""
    today = clock.now().astimezone(clock.zone(zone)).date()
    when = f"{wording.relative_day(row.starts_at, today, zone)}, {wording.time_with_zone(row.starts_at, zone)}"
    length = wording.duration(int((row.ends_at - row.starts_at).total_seconds() // 60))
    return Visit(row.id, when, f"{row.service}, {length}, {row.staff}", row.status.value)


def past_visits(person: Person) -> str:
    """“3 visits before”, or empty."""
    done = sum(visit.status == "completed" for visit in person.visits)
    return wording.plural(done, "visit before", "visits before") if done else ""


def form_of(row: RequestRow, zone: str) -> FormLine:
    """A form with the one date that matters: when it came back, or by when it must."""
    now = clock.now()
    if row.submitted_at:
        when = f"Done {rows.within(wording.near(row.submitted_at, zone, now))}"
    elif row.status in FINISHED:
        when = row.service_name or ""
    else:
        when = f"Due {rows.within(wording.near(row.due_at, zone, now))}"
    return FormLine(row.id, row.form_name, when, row.status.value)
