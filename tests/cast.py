"""The cast of the journeys: the clinic of the demo on its first day, and customers with a browser without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from careops_app.api import app as api
from careops_app.automation import queries as automation
from careops_app.automation.models import Alert, AutomationRun
from careops_app.automation.queries import AlertRow, RunRow
from careops_app.bookings import queries as bookings
from careops_app.bookings.queries import BookingCard, SlotSearch
from careops_app.contacts.models import Contact
from careops_app.demo.build import Teller
from careops_app.demo.cast import Offer, Teammate
from careops_app.inbox import queries as inbox
from careops_app.inbox import thread_queries
from careops_app.inbox.models import Conversation, Message
from careops_app.inbox.queries import Filter
from careops_app.inbox.thread_queries import MessageRow, Thread
from careops_app.infra import clock, db
from careops_app.infra.db import SYSTEM
from careops_app.infra.http import BodyCap, SecurityHeaders
from careops_app.infra.settings import settings
from careops_app.inventory import queries as inventory
from careops_app.inventory.queries import ItemRow
from careops_app.public.routes import ROUTES
from careops_app.worker.run import drain_now
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Actor
from tests.people import Person, signed_in

SHOP = "http://shop.test"


# the public side, through HTTP ------------------------------------------------------------------------------------------


@cache
def _routes() -> FastAPI:
    """The public pages and the API as careops_app.app composes them, without the staff's screens."""
    http = api.create()
    http.router.routes.extend(ROUTES)
    return http


@dataclass
class Form:
    """A form of a page: where it goes, and what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    adds: dict[str, dict[str, str]] = field(default_factory=dict)  # what a button adds to the form, by its words
    sends: dict[str, str] = field(default_factory=dict)  # where it sends the form instead, by its words


class _Reader(HTMLParser):
    """What a visitor can do on a page: its words, its links with their words, its forms."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self._link: str | None = None
        self._label: list[str] = []
        self._button = False
        self._adds: dict[str, str] = {}
        self._sends = ""
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in named:
            self._link, self._label = named["href"], []
        elif tag == "form":
            self.forms.append(Form(named.get("action", "")))
        elif tag == "button":
            self._button, self._label = True, []
            self._sends = named.get("formaction", "")
            self._adds = {named["name"]: named.get("value", "")} if "name" in named else {}
        elif tag == "select":
            self._select = named.get("name", "")
        elif tag == "textarea":
            self._area = named.get("name", "")
            self._keep(self._area, "")
        elif tag == "option" and self._select and "selected" in named:
            self._keep(self._select, named.get("value", ""))
        elif tag == "input" and "name" in named:
            ticked = named.get("type") not in ("checkbox", "radio") or "checked" in named
            if ticked and named.get("type") != "file":
                self._keep(named["name"], named.get("value", ""))

    def _keep(self, name: str, value: str) -> None:
        if self.forms and name:
            self.forms[-1].fields[name] = value

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._link is not None or self._button:
            self._label.append(data)
        if self._area and self.forms:
            self.forms[-1].fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self.links.append((" ".join("".join(self._label).split()), self._link))
            self._link = None
        elif tag == "button" and self._button:
            if self.forms:
                self.forms[-1].buttons.append(words := "".join(self._label).strip())
                self.forms[-1].adds[words], self.forms[-1].sends[words] = self._adds, self._sends
            self._button = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


class Visitor:
    """A customer's browser that runs no script: opens addresses, follows links, fills in forms and sends them."""

    def __init__(self) -> None:
        composed = SecurityHeaders(BodyCap(_routes()))
        self.http = TestClient(composed, SHOP, follow_redirects=True)
        self.status = 0
        self.address = ""
        self._read = _Reader()
        self.html = ""

    def open(self, address: str) -> Visitor:
        """Go to an address of this installation, as it stands in a message or on a page."""
        return self._show(self.http.get(address.removeprefix(settings().public_url)))

    def follow(self, label: str) -> Visitor:
        """Press the first link whose words contain this."""
        found = next((href for words, href in self._read.links if label in words), None)
        assert found is not None, f"no link “{label}” among {self._read.links}"
        return self.open(self._whole(found))

    def has_link(self, label: str) -> bool:
        return any(label in words for words, _ in self._read.links)

    def links(self, part: str) -> list[str]:
        """Addresses on the page that contain this."""
        return [href for _, href in self._read.links if part in href]

    def form(self, button: str = "") -> Form:
        """The form with this button; of the whole page the first one without a name."""
        found = next(
            (one for one in self._read.forms if not button or any(button in each for each in one.buttons)), None
        )
        assert found is not None, f"no form “{button}” among {self._read.forms}"
        return found

    def send(self, button: str = "", files: Any = None, **given: str) -> Visitor:
        """Fill in the form with this button over what stands in it, and press the button."""
        form = self.form(button)
        pressed = next((words for words in form.adds if button and button in words), "")
        fields = form.fields | form.adds.get(pressed, {}) | given
        headers = {"origin": SHOP}
        return self._show(
            self.http.post(
                self._whole(form.sends.get(pressed) or form.action), data=fields, files=files, headers=headers
            )
        )

    @property
    def text(self) -> str:
        """The words of the page."""
        return " ".join(" ".join(self._read.words).split())

    def _whole(self, address: str) -> str:
        return str(self.http.base_url.join(self.address).join(address)) if self.address else address

    def _show(self, answer: Any) -> Visitor:
        self.status, self.address, self.html = answer.status_code, str(answer.url), answer.text
        self._read = _Reader()
        self._read.feed(re.sub(r"(?s)<(style|script|svg)\b.*?</\1>", " ", answer.text))
        return self


# the business ----------------------------------------------------------------------------------------------------------


@dataclass
class Business:
    """One open business, and the hands of the people in it. What is asked is asked as its owner."""

    teller: Teller

    @property
    def owner(self) -> Actor:
        return self.teller.owner

    @property
    def id(self) -> int:
        return self.teller.workspace_id

    @property
    def slug(self) -> str:
        return self.ask(workspaces.workspace_card).slug

    def mate(self, who: Teammate) -> Actor:
        """Somebody on the team."""
        return self.teller.actors[who.name]

    def signed_in(self, who: Teammate) -> Person:
        """Somebody on the team with a session, as a browser has one."""
        user_id = self.mate(who).user_id
        assert user_id is not None
        return signed_in(user_id, self.id)

    def service(self, offer: Offer) -> int:
        return self.teller.services[offer.name]

    def calendar(self, who: Teammate) -> int:
        return self.teller.calendars[who.name]

    def do(self, command: Callable[..., Any], *args: Any, by: Teammate | None = None, **named: Any) -> Any:
        """A command, by somebody on the team or by the owner."""
        return db.transact_now(command, self.mate(by) if by else self.owner, *args, **named)

    def ask(self, query: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return db.fetch_now(query, self.owner, *args, **named)

    def free(self, offer: Offer, days_ahead: int = 2, who: Teammate | None = None) -> list[datetime]:
        """Free starts on the day so many days from today."""
        day = clock.now().astimezone(self.teller.zone).date() + timedelta(days=days_ahead)
        wanted = SlotSearch(self.service(offer), day, staff_id=self.calendar(who) if who else None)
        return [slot.starts_at for each in self.ask(bookings.slots_on, wanted) for slot in each.slots]

    # what is there

    def contacts(self) -> list[Contact]:
        return self.ask(_all, Contact)

    def conversations(self) -> list[Conversation]:
        return self.ask(_all, Conversation)

    def conversation_of(self, name: str) -> int:
        """The conversation with the person of this name."""
        people = {contact.id: contact.name for contact in self.contacts()}
        return next(one.id for one in self.conversations() if people[one.contact_id] == name)

    def thread(self, name: str) -> Thread:
        return self.ask(thread_queries.thread, self.conversation_of(name))

    def messages(self, name: str, template: str = "") -> list[MessageRow]:
        """Messages of somebody's thread, oldest first; of one template when it is named."""
        wanted = {row.id for row in self.ask(_all, Message) if not template or row.template == template}
        return [row for row in self.thread(name).messages if row.id in wanted]

    def mails(self, template: str) -> list[Message]:
        """Every message of a template, whoever it is for."""
        return [row for row in self.ask(_all, Message) if row.template == template]

    def in_list(self, chosen: Filter) -> list[str]:
        """The names of a list of conversations."""
        return [row.name for row in self.ask(inbox.conversation_list, chosen).rows]

    def runs(self, rule: str) -> list[RunRow]:
        """What a rule decided, oldest first."""
        return list(reversed(self.ask(automation.run_log, rule=rule).rows))

    def decided(self, rule: str) -> list[tuple[str, str]]:
        """State and reason of each decision of a rule, oldest first."""
        return [(row.state.value, row.reason) for row in self.runs(rule)]

    def alerts(self, kind: str = "") -> list[AlertRow]:
        """Open alerts."""
        return [row for row in self.ask(automation.open_alerts) if not kind or row.kind == kind]

    def all_alerts(self, kind: str) -> list[Alert]:
        """Alerts of a kind, closed ones too, oldest first."""
        return [row for row in self.ask(_all, Alert) if row.kind == kind]

    def item(self, name: str) -> ItemRow:
        return next(row for row in self.ask(inventory.item_list, search=name).rows if row.name == name)

    def visits(self) -> list[BookingCard]:
        """Every booking, oldest first."""
        from careops_app.bookings.models import Booking

        return [self.ask(bookings.booking_card, row.id) for row in self.ask(_all, Booking)]


def _all(session: Session, _: Actor, model: Any) -> list[Any]:
    return list(session.exec(select(model).order_by(col(model.id))))


def waiting_runs(session: Session) -> int:
    """Decisions nobody has taken yet, in all workspaces."""
    return len(list(session.exec(select(AutomationRun).where(col(AutomationRun.due_at).is_not(None)))))


def clinic() -> Business:
    """The demo's clinic as it was opened: team, services, forms, stock; no customer has come yet."""
    teller = Teller.beginning(clock.now())
    teller.open_business()
    drain_now()
    assert db.fetch_now(waiting_runs, SYSTEM) == 0
    return Business(teller)


def book(visitor: Visitor, business: Business, offer: Offer, start: datetime, **details: str) -> Visitor:
    """A visitor books through the pages, with whoever is free; ends on the page that the booking leads to."""
    visitor.open(f"/b/{business.slug}").follow(offer.name)
    if len(offer.by) > 1:
        visitor.follow("Anyone free")
    local = start.astimezone(business.teller.zone)
    day = next(href for href in visitor.links(f"day={local:%Y-%m-%d}"))
    visitor.open(visitor._whole(day)).send(f"{local:%H:%M}")
    return visitor.send("Ask for" if offer.needs_approval else "Book", **details)
