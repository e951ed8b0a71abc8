"""What a person does on the Automation screen: reads rules and their record, switches them, looks up decisions."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from careops_app.automation import queries
from careops_app.automation.queries import AlertRow, RuleRow, RunRow
from careops_app.automation.rules import RULES, Group
from careops_app.infra import clock, wording
from careops_app.ui import live
from careops_app.ui.automation.editor_state import EditorState
from careops_app.ui.explain import address as explain
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

HOME = "/app/automation/"
GROUPS: dict[Group, tuple[str, str]] = {
    Group.SIX: ("The six of every business", "Counts cover the last 30 days"),
    Group.CUSTOMER: ("More messages to customers", ""),
    Group.LEADS: ("Leads", "Moves a contact to its next stage"),
    Group.ALERTS: ("Alerts", "Shown on the dashboard and kept in the alert log"),
    Group.ACCOUNTS: ("Accounts", "Mail to people who sign in"),
}
STATES = ("fired", "skipped", "held", "failed")


@dataclass(frozen=True)
class Part:
    """A piece of a rule's sentence; `kind` is "plain" or "strong"."""

    text: str
    kind: str


@dataclass(frozen=True)
class Count:
    """How often a rule came to one decision, and the log that proves it."""

    words: str
    state: str
    address: str


@dataclass(frozen=True)
class RuleLine:
    """A rule as the page draws it."""

    key: str
    name: str
    parts: list[Part]
    enabled: bool
    locked: bool
    word: str
    stops: str
    counts: list[Count]
    last: str
    how: str
    version: str
    services: str
    may_be_edited: bool
    current: bool


@dataclass(frozen=True)
class RuleGroup:
    title: str
    support: str
    rules: list[RuleLine]


@dataclass(frozen=True)
class RunLine:
    """One decision in the log."""

    id: int
    who: str
    address: str
    what: str
    state: str
    reason: str
    time: str
    instant: str


@dataclass(frozen=True)
class AlertLine:
    """One alert of the log."""

    id: int
    kind: str
    title: str
    detail: str
    address: str
    time: str
    instant: str
    ended: str


class AutomationState(rx.State):
    """Rules, and beside them the log that the address asks for: `?rule=`, `?state=`, `?log=alerts`, `?before=`."""

    loaded: bool = False
    groups: list[RuleGroup] = []
    rule: str = ""
    rule_name: str = ""
    outcome: str = ""
    log: str = "decisions"
    log_is_asked: bool = False
    runs: list[RunLine] = []
    alerts: list[AlertLine] = []
    older: str = ""
    newest: str = ""
    may_configure: bool = False

    @handler(Permission.MEMBER)
    async def load(self) -> Any:
        """Opens the screen at what the address names."""
        wanted, state = asked(self, "rule"), asked(self, "state")
        self.rule = wanted if wanted in RULES else ""
        self.rule_name = RULES[self.rule].name if self.rule else ""
        self.outcome = state if state in STATES else ""
        self.log = "alerts" if asked(self, "log") == "alerts" else "decisions"
        self.log_is_asked = bool(asked(self, "log") or self.outcome or asked(self, "before"))
        self.may_configure = actor().may(Permission.CONFIGURE)
        await self._read()
        self.loaded = True
        live.join(AutomationState.refresh)
        if self.may_configure and (edited := asked(self, "edit")):
            return await (await self.get_state(EditorState))._begin(edited)
        return None

    @handler(Permission.MEMBER)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.MEMBER)
    async def show_rule(self, rule: str) -> Any:
        """Shows the decisions of one rule; empty shows all."""
        return rx.redirect(_address(rule=rule, state=self.outcome))

    @handler(Permission.MEMBER)
    async def show_state(self, state: str) -> Any:
        """Shows decisions of one kind; empty shows all."""
        return rx.redirect(_address(rule=self.rule, state=state))

    async def _read(self) -> None:
        who = actor()
        zone = (await read(workspaces.workspace_card, who)).time_zone
        rules = await read(queries.rule_rows, who)
        assign(self, groups=_groups(rules, self.rule, zone))
        before = asked_id(self, "before")
        if self.log == "alerts":
            alerts = await read(queries.alert_log, who, older_than=before)
            rest = alerts[-1].id if len(alerts) == queries.PAGE else None
            assign(self, alerts=[_alert_line(row, zone) for row in alerts])
        else:
            page = await read(queries.run_log, who, rule=self.rule, state=self.outcome, older_than=before)
            rest = page.older_than
            assign(self, runs=[_run_line(row, zone) for row in page.rows])
        here = {"rule": self.rule, "state": self.outcome, "log": "alerts" if self.log == "alerts" else ""}
        older = _address(**here, before=str(rest)) if rest else ""
        assign(self, older=older, newest=_address(**here) if before else "")


def _address(**asks: str) -> str:
    """The screen with these questions; opened at its log, which is below the rules on narrow screens."""
    given = {name: value for name, value in asks.items() if value}
    return f"{HOME}?{urlencode(given)}#log" if given else f"{HOME}#log"


def _groups(rows: list[RuleRow], current: str, zone: str) -> list[RuleGroup]:
    return [
        RuleGroup(title, support, [_rule_line(row, current, zone) for row in rows if row.group == group])
        for group, (title, support) in GROUPS.items()
    ]


def _rule_line(row: RuleRow, current: str, zone: str) -> RuleLine:
    return RuleLine(
        key=row.key, name=row.name, parts=_parts(row), enabled=row.enabled, locked=row.locked,
        word="Always on" if row.locked else "On" if row.enabled else "Off", stops=_stops(row), counts=_counts(row),
        last=f"Last: {wording.near(row.last_run_at, zone, clock.now())}" if row.last_run_at else "Never ran",
        how=_how(row), version=f"Version {row.version}" if row.version else "", services=_services(row),
        may_be_edited=row.may_be_edited, current=row.key == current,
    )  # fmt: skip


def _services(row: RuleRow) -> str:
    return f"Different for {wording.listing(row.services)}" if row.services else ""


def _parts(row: RuleRow) -> list[Part]:
    """The sentence cut at its bold parts; a rule with moments says them at its end."""
    sentence = f"{row.sentence.removesuffix('.')} **{row.when}**." if row.when else row.sentence
    parts = [Part(piece, "strong" if at % 2 else "plain") for at, piece in enumerate(sentence.split("**"))]
    return [part for part in parts if part.text]


def _how(row: RuleRow) -> str:
    """When it acts, and over which channel."""
    when = "" if row.when else row.timing
    said = ", ".join(part for part in (when, row.via, "in your own words" if row.has_own_words else "") if part)
    return said[:1].upper() + said[1:]


def _stops(row: RuleRow) -> str:
    if not row.sends:
        return ""
    if not row.to_customers:
        return "Does not message customers"
    return "Stops when staff reply" if row.stops_on_reply else "Goes out even if staff reply"


def _counts(row: RuleRow) -> list[Count]:
    did = f"{row.fired:,} sent" if row.sends else wording.plural(row.fired, "time")
    words = {
        "fired": did,
        "skipped": f"{row.skipped:,} skipped",
        "held": f"{row.held:,} held",
        "failed": f"{row.failed:,} failed",
    }
    return [
        Count(said, state, _address(rule=row.key, state=state)) for state, said in words.items() if getattr(row, state)
    ]


def _run_line(row: RunRow, zone: str) -> RunLine:
    return RunLine(
        id=row.id, who=row.contact or "The business",
        address=explain.of_event(row.event_id, row.rule),
        what=f"{row.rule_name}, after {event_words(row.event)}", state=row.state.value, reason=row.reason,
        time=wording.near(row.at, zone, clock.now()), instant=row.at.isoformat(),
    )  # fmt: skip


def _alert_line(row: AlertRow, zone: str) -> AlertLine:
    now = clock.now()
    ended = f"Solved {wording.near(row.resolved_at, zone, now)}: {row.resolution}" if row.resolved_at else ""
    return AlertLine(
        id=row.id, kind=row.kind.value, title=row.title, detail=row.detail, address=row.link,
        time=wording.near(row.raised_at, zone, now), instant=row.raised_at.isoformat(), ended=ended,
    )  # fmt: skip


def event_words(name: str) -> str:
    """“booking reminder due” for booking.reminder_due."""
    return name.replace(".", " ").replace("_", " ")
