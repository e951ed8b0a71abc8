"""What an owner decides about the visits of somebody who stops taking bookings, or leaves: each alone, or all at once."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.bookings import leaving
from careops_app.bookings.leaving import AheadPage, Choice, Decision, Departure, Preview, VisitAhead
from careops_app.errors import Refused
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.ui.settings.team import address
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import workspace_card

OPEN, ANYONE = "", "anyone"
TEAM = "/app/settings/?section=team"


@dataclass(frozen=True)
class VisitLine:
    """A visit with what may be chosen for it; `blocked` names who cannot take it, and why."""

    id: int
    when: str
    what: str
    contact: str
    href: str
    choice: str
    choices: list[tuple[str, str]]
    blocked: list[str]


class LeavingState(rx.State):
    """The visits ahead of one calendar. Decisions are kept while pages are turned, and nothing is done before `decide`."""

    loaded: bool = False
    name: str = ""
    ends_access: bool = False
    lines: list[VisitLine] = []
    bulk: str = OPEN
    bulk_choices: list[tuple[str, str]] = []
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    total: int = 0
    summary: str = ""
    conflicts: list[str] = []
    is_ready: bool = False
    verb: str = ""
    reason: str = ""
    _calendar: int = 0
    _page: int = 1
    _single: dict[int, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> Any:
        """Opens the calendar that the address names."""
        calendar = asked_id(self, "calendar")
        if calendar is None:
            return rx.redirect(TEAM)
        if calendar != self._calendar:
            self.bulk, self._single, self.reason = OPEN, {}, ""
        self._calendar, self._page = calendar, asked_id(self, "page") or 1
        self.ends_access = asked(self, "access") == "1"
        await self._read()
        self.loaded = True
        return None

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> None:
        """Reads again after a change; what was decided so far stays."""
        if self._calendar:
            await self._read()

    @handler(Permission.CONFIGURE)
    async def choose(self, booking_id: int, choice: str) -> None:
        """Decides about one visit."""
        self._single = {**self._single, booking_id: choice}
        await self._read()

    @handler(Permission.CONFIGURE)
    async def choose_for_all(self, choice: str) -> None:
        """Decides about every visit, over what was decided for single ones."""
        self.bulk, self._single = choice, {}
        await self._read()

    @handler(Permission.CONFIGURE)
    def say_why(self, text: str) -> None:
        """The reason that customers of cancelled visits read."""
        self.reason = text[:500]

    @handler(Permission.CONFIGURE)
    async def decide(self) -> Any:
        """Does all of it in one go, or nothing."""
        try:
            done = await transact(leaving.leave, actor(), self._departure())
        except Refused as problem:
            await self._read()
            return toasts.refused(str(problem))
        end = f"{self.name} is signed out everywhere." if self.ends_access else f"{self.name} takes no new bookings."
        self._calendar = 0
        return [toasts.done(f"{_counts(done)}. {end}"), rx.redirect(TEAM)]

    def _departure(self) -> Departure:
        single = ((one, _decision(choice)) for one, choice in self._single.items())
        decided = tuple((one, decision) for one, decision in single if decision is not None)
        return Departure(self._calendar, decided, _decision(self.bulk), self.ends_access, self.reason)

    async def _read(self) -> None:
        who = actor()
        zone = (await fetch(workspace_card, who)).time_zone
        page = await fetch(leaving.visits_ahead, who, self._calendar, self._page)
        found = await fetch(leaving.preview, who, self._departure())
        assign(
            self,
            name=page.name, total=page.total, lines=[self._line(row, page.name, zone) for row in page.rows],
            bulk_choices=_choices(page.name, [(one.id, one.name) for one in page.people], "Decide for each"),
            summary=_summary(found), is_ready=found.is_ready,
            conflicts=[f"{one.reference}: {one.why}" for one in found.conflicts],
            verb=_verb(found, self.ends_access), **self._pager(page),
        )  # fmt: skip

    def _line(self, row: VisitAhead, name: str, zone: str) -> VisitLine:
        free = [(one.id, one.name) for one in row.people if not one.problem]
        return VisitLine(
            row.id, wording.moment(row.starts_at, zone), row.service, row.contact, f"/app/bookings/?booking={row.id}",
            self._single.get(row.id, self.bulk), _choices(name, free, "Not decided"),
            [f"{one.name}: {one.problem}" for one in row.people if one.problem],
        )  # fmt: skip

    def _pager(self, page: AheadPage) -> dict[str, str]:
        first = (page.page - 1) * leaving.PAGE + 1
        return {
            "pages": f"{first}–{first + len(page.rows) - 1} of {page.total}" if page.pages > 1 else "",
            "earlier_page": self._at(page.page - 1) if page.page > 1 else "",
            "later_page": self._at(page.page + 1) if page.page < page.pages else "",
        }

    def _at(self, page: int) -> str:
        return address.of_leaving(self._calendar, ends_access=self.ends_access, page=page)


def _choices(name: str, people: list[tuple[int, str]], none: str) -> list[tuple[str, str]]:
    anyone = [(ANYONE, "Give to whoever is free")] if people else []
    given = [(f"to:{number}", f"Give to {person}") for number, person in people]
    return [(OPEN, none), *anyone, *given, (Choice.KEEP, f"Keep with {name}"), (Choice.CANCEL, "Cancel the visit")]


def _decision(choice: str) -> Decision | None:
    """What a value of a select means; None is no decision, also for what was never offered."""
    match choice.split(":"):
        case ["anyone"]:
            return Decision(Choice.REASSIGN)
        case ["to", number] if number.isdecimal() and len(number) < 19:
            return Decision(Choice.REASSIGN, int(number))
        case ["keep" | "cancel"]:
            return Decision(Choice(choice))
    return None


def _counts(found: Preview) -> str:
    """“7 reassigned, 2 kept, 1 cancelled”."""
    return f"{found.reassigned} reassigned, {found.kept} kept, {found.cancelled} cancelled"


def _summary(found: Preview) -> str:
    told = f"{wording.plural(found.told, 'customer')} told"
    left = f"; {found.undecided} not decided yet" if found.undecided else ""
    return f"{_counts(found)}{left}; {told}."


def _verb(found: Preview, ends_access: bool) -> str:
    parts = [f"reassign {found.reassigned}"] if found.reassigned else []
    parts += [f"keep {found.kept}"] if found.kept else []
    parts += [f"cancel {found.cancelled}"] if found.cancelled else []
    said = wording.listing([*parts, "end access" if ends_access else "stop bookings"])
    return said[0].upper() + said[1:]
