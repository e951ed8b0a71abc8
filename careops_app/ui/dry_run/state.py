"""What an owner tries: a rule switched on or off, with other moments, on another channel, for one service or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.automation.ahead import AheadLine, look_ahead
from careops_app.automation.dry_run import DryLine, Wish, drafted, dry_run
from careops_app.automation.rules import RULES
from careops_app.automation.terms import VIA_WORDS, Via
from careops_app.bookings.catalogue import service_cards
from careops_app.errors import CareOpsError, Invalid
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch
from careops_app.ui.dry_run.address import address
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

AHEAD_DAYS = 14
FIRST = "booking-reminder"
TRIABLE = [(key, rule.name) for key, rule in RULES.items() if rule.may_be_edited and rule.to_customers]
DIFFERENCES = {
    "same": ("As before", "mute"), "new": ("Only with the change", "good"), "gone": ("No longer", "warn"),
}  # fmt: skip


class TryForm(TypedDict, total=False):
    on: str
    via: str
    leads: str
    service: str
    until: str


@dataclass(frozen=True)
class TriedLine:
    """One thing that was or would have been, or one message to come."""

    key: str
    when: str
    who: str
    link: str
    was: str
    then: str
    word: str
    tone: str


class DryRunState(rx.State):
    """The rule in the address, as it would be, and what that means."""

    loaded: bool = False
    rule: str = FIRST
    sentence: str = ""
    on: str = ""
    via: str = ""
    leads: str = ""
    service: str = ""
    until: str = ""
    services: list[tuple[str, str]] = []
    has_leads: bool = False
    may_differ: bool = False
    word: str = ""
    errors: dict[str, str] = {}
    lines: list[TriedLine] = []
    ahead: list[TriedLine] = []
    summary: str = ""
    ahead_summary: str = ""
    older: str = ""
    newest: str = ""

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Tries what the address says."""
        wanted = asked(self, "rule")
        key = wanted if wanted in dict(TRIABLE) else FIRST
        rule, who = RULES[key], actor()
        zone = (await fetch(workspaces.workspace_card, who)).time_zone
        today = clock.now().astimezone(clock.zone(zone)).date()
        services = [(str(each.id), each.name) for each in await fetch(service_cards, who)]
        assign(
            self, rule=key, sentence=rule.sentence.replace("**", ""), on=asked(self, "on"), via=asked(self, "via"),
            leads=_in_words(asked(self, "leads")), service=asked(self, "service") if rule.for_services else "",
            until=asked(self, "until") or (today + timedelta(days=AHEAD_DAYS)).isoformat(),
            services=[("", "Every service"), *services], has_leads=rule.moments is not None, may_differ=rule.for_services,
            word=rule.moments.word if rule.moments else "", errors={}, lines=[], ahead=[], summary="", ahead_summary="",
            older="", newest="",
        )  # fmt: skip
        try:
            await self._try(zone)
        except Invalid as problem:
            assign(self, errors=problem.fields)
        except CareOpsError as problem:
            assign(self, errors={"form": str(problem)})
        assign(self, loaded=True)

    @handler(Permission.CONFIGURE)
    def pick_rule(self, rule: str) -> Any:
        """Tries another rule, as it is at first."""
        return rx.redirect(address(rule if rule in RULES else FIRST))

    @handler(Permission.CONFIGURE)
    def run(self, form: TryForm) -> Any:
        """Tries the rule as the form says."""
        service = form.get("service", "")
        return rx.redirect(
            address(
                self.rule, on=form.get("on", ""), via=form.get("via", ""), leads=_leads(form.get("leads", "")),
                service=int(service) if service.isdecimal() else None, until=form.get("until", ""),
            )
        )  # fmt: skip

    async def _try(self, zone: str) -> None:
        who, older = actor(), asked_id(self, "older")
        draft = await fetch(drafted, who, self._wish())
        past = await fetch(dry_run, who, draft, older_than=older)
        coming = await fetch(look_ahead, who, _end_of(self.until, zone), draft)
        names = {line.contact_id for line in coming.lines}
        assign(
            self,
            lines=[_line(line, zone) for line in past.lines],
            ahead=[_ahead(line, zone) for line in coming.lines[:100]],
            summary=_summary(past.lines),
            ahead_summary=f"{wording.plural(len(coming.lines), 'message')} to {wording.plural(len(names), 'person', 'people')}"
            + ("" if coming.is_whole else ", of the first 500 visits and forms"),
            older=self._page(past.older_than) if past.older_than else "",
            newest=self._page(None) if older else "",
        )

    def _page(self, older: int | None) -> str:
        service = int(self.service) if self.service.isdecimal() else None
        leads = _leads(self.leads)
        return address(self.rule, on=self.on, leads=leads, via=self.via, service=service, until=self.until, older=older)

    def _wish(self) -> Wish:
        """Raises Invalid for moments that are none."""
        leads = _leads(self.leads)
        if self.leads and not leads:
            raise Invalid(leads="Write moments such as 24 h, 2 h or 45 min.")
        service = int(self.service) if self.service.isdecimal() and len(self.service) < 19 else None
        via = Via(self.via) if self.via in list(Via) else None
        return Wish(self.rule, service, {"on": True, "off": False}.get(self.on), tuple(leads), via)


UNITS = {"m": 1, "min": 1, "h": 60, "d": 1440}


def _leads(words: str) -> list[int]:
    """“24 h, 2 h” or “1440,120” as minutes; empty when any part is neither."""
    found: list[int] = []
    for part in filter(None, (piece.strip().lower() for piece in words.split(","))):
        number = part.rstrip("abcdefghijklmnopqrstuvwxyz. ")
        unit = part[len(number) :].strip(" .")
        short = "min" if unit.startswith("min") else unit[:1]
        if not number.isdecimal() or len(number) > 6 or (short and short not in UNITS):
            return []
        found.append(int(number) * UNITS.get(short, 1))
    return found


def _in_words(asked: str) -> str:
    """“2 days, 2 hours” for “2880,120”; what is no moment stays as it is."""
    return ", ".join(wording.before(minutes) for minutes in _leads(asked)) or asked


def _end_of(until: str, zone: str) -> datetime:
    """The last moment of a day on the workspace's clock. Raises Invalid(until)."""
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise Invalid(until="Choose a day.") from error
    return datetime.combine(day, time(23, 59), clock.zone(zone))


def _summary(lines: tuple[DryLine, ...]) -> str:
    did, would = sum(line.did for line in lines), sum(line.would for line in lines)
    return f"Of {wording.plural(len(lines), 'look')} shown here: {did} sent, {would} with this change"


def _line(line: DryLine, zone: str) -> TriedLine:
    word, tone = DIFFERENCES[line.difference.value]
    return TriedLine(
        line.key, wording.near(line.when, zone, clock.now()), line.who,
        f"/app/contacts/?contact={line.contact_id}" if line.contact_id else "", f"Then: {line.was}.",
        f"With the change: {line.then}.", word, tone,
    )  # fmt: skip


def _ahead(line: AheadLine, zone: str) -> TriedLine:
    word, tone = DIFFERENCES[line.difference.value]
    return TriedLine(
        f"{line.who}-{line.when.isoformat()}-{line.what}", wording.near(line.when, zone, clock.now()), line.who,
        f"/app/contacts/?contact={line.contact_id}", f"{line.what}, by “{line.rule_name}”", line.reason, word, tone,
    )  # fmt: skip


VIAS = [("", "As it is"), *((via.value, words[0].upper() + words[1:]) for via, words in VIA_WORDS.items())]
