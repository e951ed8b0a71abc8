"""What an owner does with forms during set-up: starts one, links it to services."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.forms import building, queries, starters
from careops_app.forms.queries import FormCard
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission


class LinksForm(TypedDict):
    services: list[str]


@dataclass(frozen=True)
class ServiceTick:
    """A service that may send the open form."""

    id: str
    name: str
    on: bool


@dataclass(frozen=True)
class FormLine:
    """A form with what it asks and which services send it."""

    id: int
    name: str
    about: str
    services: list[ServiceTick]
    is_linked: bool


class StartFormsState(rx.State):
    """The forms there are; at most one is open to be linked."""

    loaded: bool = False
    lines: list[FormLine] = []
    has_services: bool = False
    linking: int = 0

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Opens the list."""
        self.linking = 0
        await self._read()
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def start(self, key: str) -> None:
        """Makes a form from a starter and asks at once which services send it."""
        self.linking = await transact(starters.start_from, actor(), key)
        await self._read()

    @handler(Permission.CONFIGURE)
    def link(self, form_id: int) -> None:
        """Opens the services of a form; 0 closes."""
        self.linking = form_id

    @handler(Permission.CONFIGURE)
    async def save_links(self, form: LinksForm) -> Any:
        """Says which services send the open form."""
        chosen = [int(text) for text in form["services"] if text.isdecimal() and len(text) < 19]
        await transact(building.link_to_services, actor(), self.linking, chosen)
        self.linking = 0
        await self._read()
        return toasts.done("Saved. It is sent after each booking of these services.")

    async def _read(self) -> None:
        who = actor()
        rows = [row for row in await fetch(queries.form_list, who) if not row.is_retired]
        cards = [await fetch(queries.form_card, who, row.id) for row in rows]
        has_services = any(card.services for card in cards) if cards else True
        assign(self, lines=[_line(card) for card in cards], has_services=has_services)


def _line(card: FormCard) -> FormLine:
    linked = [service.name for service in card.services if service.is_linked]
    asks = wording.plural(len(card.questions), "question")
    sent = f"sent with {wording.listing(linked)}" if linked else "sent with no service yet"
    ticks = [ServiceTick(str(service.id), service.name, service.is_linked) for service in card.services]
    return FormLine(card.id, card.name, f"{asks}, {sent}", ticks, bool(linked))


def starter_choices() -> list[tuple[str, str, str]]:
    """The starters: key, name, what each is for."""
    return [(starter.key, starter.name, starter.about) for starter in starters.STARTERS.values()]
