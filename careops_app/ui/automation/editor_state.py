"""What an owner does with one rule: chooses moments, channels and words, tries them, and saves the next version."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from careops_app.automation import service, trying
from careops_app.automation.editing import RuleDraft
from careops_app.automation.queries import VersionRow, rule_choices, rule_terms, rule_versions
from careops_app.automation.rules import RULES, Rule
from careops_app.automation.terms import VIA_WORDS, Step, Via, Waiting
from careops_app.automation.waiting import WaitingMessages
from careops_app.errors import Invalid, Refused
from careops_app.inbox import channel_queries
from careops_app.inbox.templates import Placeholder, Template, Words
from careops_app.infra import clock, wording
from careops_app.infra.db import fetch, transact
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

LEADS = (
    5,
    10,
    15,
    30,
    45,
    60,
    90,
    120,
    180,
    240,
    360,
    720,
    1440,
    2160,
    2880,
    4320,
    5760,
    7200,
    10080,
    14400,
    20160,
    43200,
)
AFTER_SAVING = {
    Waiting.KEEP: "What waited goes out as before.", Waiting.UPDATE: "What waited follows it.",
    Waiting.ANEW: "What waited follows it.", Waiting.DROP: "What waited is not sent.",
}  # fmt: skip
ON = {"on": True, "off": False}


@dataclass(frozen=True)
class StepLine:
    """One moment as the pickers show it."""

    place: int
    minutes: str
    lead: str
    via: str


@dataclass(frozen=True)
class WaitLine:
    """One message that waits."""

    key: str
    who: str
    what: str
    when: str


@dataclass(frozen=True)
class VersionLine:
    """One change of the rule."""

    number: str
    what: str
    by: str


@dataclass(frozen=True)
class Chip:
    """A placeholder to put into the text."""

    code: str
    meaning: str


class EditorState(rx.State):
    """The rule in hand, for all services or for one; nothing is in hand while `key` is empty."""

    key: str = ""
    name: str = ""
    stem: str = ""
    word: str = ""
    is_timed: bool = False
    by_mail_only: bool = False
    may_differ: bool = False
    service: str = ""
    services: list[tuple[str, str]] = []
    enabled: str = ""
    own_steps: bool = False
    steps: list[StepLine] = []
    leads: list[tuple[str, str]] = []
    may_add: bool = False
    may_drop: bool = False
    subject: str = ""
    body: str = ""
    text: str = ""
    form_key: int = 0
    chips: list[Chip] = []
    samples: list[tuple[str, str]] = []
    sample: str = ""
    shown_subject: str = ""
    shown_body: str = ""
    shown_text: str = ""
    shown_parts: str = ""
    errors: dict[str, str] = {}
    warnings: list[str] = []
    waiting: list[WaitLine] = []
    waiting_words: str = ""
    number: int = 0
    history: list[VersionLine] = []
    _base_enabled: bool | None = None
    _seen: int = 0
    _typed: Words = Words()
    _standard: Words = Words()

    @handler(Permission.CONFIGURE)
    async def open(self, key: str) -> Any:
        """Takes a rule in hand, for all services."""
        return await self._begin(key)

    async def _begin(self, key: str) -> Any:
        """As `open`; for the screen that was asked to show a rule in hand."""
        if key not in RULES or not RULES[key].may_be_edited:
            return None
        await self._open(key, "")
        return rx.call_script(SHOW_EDITOR)

    @handler(Permission.CONFIGURE)
    def shut(self) -> None:
        """Puts the rule down without saving."""
        self.key = ""

    @handler(Permission.CONFIGURE)
    async def pick_service(self, service: str) -> None:
        """Shows how the rule stands for one service, or for all of them."""
        if not service or service in {each for each, _ in self.services}:
            await self._open(self.key, service)

    @handler(Permission.CONFIGURE)
    def pick_enabled(self, choice: str) -> None:
        """On, off, or as the rule says; for one service."""
        if choice in ("", *ON):
            self.enabled = choice

    @handler(Permission.CONFIGURE)
    def pick_lead(self, place: int, minutes: str) -> None:
        """How long before or after one of the moments is."""
        if minutes.isdecimal() and len(minutes) < 7:
            self._put(place, minutes=minutes, lead=wording.before(int(minutes)))

    @handler(Permission.CONFIGURE)
    def pick_via(self, place: int, via: str) -> None:
        """Over which channel one of the moments goes."""
        if via in tuple(Via):
            self._put(place, via=via)

    @handler(Permission.CONFIGURE)
    def add_step(self) -> None:
        """One more moment: the longest lead that is not there yet."""
        taken = {line.minutes for line in self.steps}
        free = next(
            (minutes for minutes, _ in reversed(self.leads) if minutes not in taken and int(minutes) <= 4320), ""
        )
        if self.may_add and free:
            self._set_steps([*self._steps_now(), Step(int(free))])
            self.own_steps = True

    @handler(Permission.CONFIGURE)
    def drop_step(self, place: int) -> None:
        """One moment less."""
        if len(self.steps) > 1:
            self._set_steps([step for at, step in enumerate(self._steps_now()) if at != place])
            self.own_steps = True

    @handler(Permission.CONFIGURE)
    async def show(self, part: str, words: str) -> None:
        """Shows how the words read once a field was left."""
        if part in ("subject", "body", "text"):
            self._typed = replace(self._typed, **{part: words})
            await self._try()

    @handler(Permission.CONFIGURE)
    async def pick_sample(self, booking: str) -> None:
        """Tries the words with another visit."""
        if booking in {each for each, _ in self.samples}:
            self.sample = booking
            await self._try()

    @handler(Permission.CONFIGURE)
    async def send_test(self) -> Any:
        """Mails the words to whoever presses."""
        try:
            address = await transact(trying.send_test, actor(), self.key, self._own(self._typed), self._booking())
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        return toasts.done(f"A test is on its way to {address}. Nothing was sent to a customer.")

    @handler(Permission.CONFIGURE)
    async def save(self, form: dict[str, str]) -> Any:
        """Saves the next version; or first says what it overlaps with and asks what becomes of what waits."""
        typed = Words(*(form.get(part, "") for part in ("subject", "body", "text")))
        decision = form.get("waiting", "")
        try:
            number = await transact(
                service.save_rule, actor(), self._draft(typed), seen=self._seen, accepts=tuple(self.warnings),
                decision=Waiting(decision) if decision in ("keep", "update", "drop") else None,
            )  # fmt: skip
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        except Refused as refusal:
            return await self._ask(typed, refusal)
        name = self.name
        self.key = ""
        if number == self._seen:
            return toasts.done(f"“{name}” is as it was: nothing has changed.")
        told = f" {AFTER_SAVING[Waiting(decision)]}" if decision in tuple(Waiting) else ""
        return toasts.done(f"Version {number} of “{name}” is in use.{told}")

    async def _ask(self, typed: Words, refusal: Refused) -> Any:
        if refusal.code not in ("overlap", "waiting"):
            return toasts.refused(str(refusal))
        zone = (await fetch(workspaces.workspace_card, actor())).time_zone
        found = await fetch(service.outlook, actor(), self._draft(typed))
        self.errors = {}
        assign(self, warnings=list(found.warnings), **waiting_lines(found.waiting, zone))
        return rx.call_script(SHOW_ASKED)

    async def _open(self, key: str, service_id: str) -> None:
        who, rule = actor(), RULES[key]
        template = Template(rule.template or "")
        zone = (await fetch(workspaces.workspace_card, who)).time_zone
        chosen = int(service_id) if service_id else None
        now = await fetch(rule_terms, who, key, chosen)
        placeholders = next(row for row in await fetch(channel_queries.wordings, who) if row.template == template)
        self._standard = Words(placeholders.subject, placeholders.body, "")
        words = now.words
        self._typed = words if words.body else Words(self._standard.subject, self._standard.body, words.text)
        tried = await fetch(trying.samples, who)
        assign(
            self, key=key, name=rule.name, stem=rule.sentence.replace("**", "").removesuffix("."),
            word=rule.moments.word if rule.moments else "", is_timed=rule.moments is not None,
            by_mail_only=not rule.to_customers, may_differ=rule.for_services, service=service_id,
            services=[(str(each.id), each.name) for each in await fetch(rule_choices, who, key)],
            enabled={None: "", True: "on", False: "off"}[now.draft.enabled] if chosen else "",
            own_steps=now.draft.steps is not None, leads=_leads(rule),
            subject=self._typed.subject, body=self._typed.body, text=self._typed.text,
            chips=[_chip(each) for each in placeholders.placeholders],
            samples=[(str(each.booking_id), each.what) for each in tried],
            sample=str(tried[0].booking_id) if tried else "", errors={}, warnings=[], waiting=[], waiting_words="",
            number=now.number + 1, history=[_version_line(row, zone) for row in await fetch(rule_versions, who, key)],
        )  # fmt: skip
        self._seen, self._base_enabled = now.number, now.draft.enabled
        self._set_steps(list(now.steps))
        self.form_key += 1
        await self._try()

    def _draft(self, typed: Words) -> RuleDraft:
        """Moments that are those of the service stay so until they are changed here."""
        rule, chosen = RULES[self.key], int(self.service) if self.service else None
        enabled = ON.get(self.enabled) if chosen else None if rule.locked else self._base_enabled
        words = self._own(typed)
        return RuleDraft(
            self.key, chosen, enabled, tuple(self._steps_now()) if self.own_steps else None,
            words if words != Words() else None,
        )  # fmt: skip

    def _own(self, typed: Words) -> Words:
        """Only what differs from the standard words is the rule's own."""
        same = (typed.subject.strip(), typed.body.strip()) == (self._standard.subject, self._standard.body.strip())
        return Words("", "", typed.text) if same else typed

    def _steps_now(self) -> list[Step]:
        return [Step(int(line.minutes), Via(line.via)) for line in self.steps]

    def _set_steps(self, steps: list[Step]) -> None:
        rule = RULES[self.key]
        lines = [
            StepLine(at, str(each.minutes), wording.before(each.minutes), each.via.value)
            for at, each in enumerate(steps)
        ]
        most = rule.moments.count if rule.moments else 1
        assign(self, steps=lines, may_add=rule.moments is not None and len(lines) < most, may_drop=len(lines) > 1)

    def _put(self, place: int, **values: str) -> None:
        self.steps = [replace(line, **values) if line.place == place else line for line in self.steps]
        self.own_steps = True

    def _booking(self) -> int | None:
        return int(self.sample) if self.sample else None

    async def _try(self) -> None:
        try:
            found = await fetch(trying.trial, actor(), self.key, self._own(self._typed), self._booking())
        except Invalid as problem:
            self.errors = problem.fields
            return
        texts = wording.plural(found.parts, "text")
        assign(
            self, errors={}, shown_subject=found.mail.subject, shown_body=found.mail.body,
            shown_text=found.text if self._typed.text.strip() else "",
            shown_parts=f"{len(found.text):,} characters, {texts}",
        )  # fmt: skip


SHOW_EDITOR = """requestAnimationFrame(() => requestAnimationFrame(() =>
  document.querySelector('.edit')?.closest('li').scrollIntoView({block: 'start'})))"""
SHOW_ASKED = """requestAnimationFrame(() => requestAnimationFrame(() =>
  document.getElementById('asked')?.scrollIntoView({block: 'center'})))"""


def waiting_lines(found: WaitingMessages, zone: str) -> dict[str, Any]:
    """The messages that wait, in words: how many, and the first of them."""
    now = clock.now()
    lines = [
        WaitLine(f"{at}", each.who, each.what, wording.near(each.when, zone, now))
        for at, each in enumerate(found.first)
    ]
    more = " or more" if found.more else ""
    count = wording.plural(found.count, "message")
    verb = "waits" if found.count == 1 else "wait"
    return {"waiting": lines, "waiting_words": f"{count}{more} {verb} under the present version" if found.count else ""}


def _leads(rule: Rule) -> list[tuple[str, str]]:
    if rule.moments is None:
        return []
    return [(str(each), wording.before(each)) for each in LEADS if rule.moments.least <= each <= rule.moments.most]


def _chip(placeholder: Placeholder) -> Chip:
    return Chip("{{" + placeholder.name + "}}", placeholder.meaning)


def _version_line(row: VersionRow, zone: str) -> VersionLine:
    where = f"{row.service}: " if row.service else ""
    by = f"{row.by or 'carried over'}, {wording.near(row.made_at, zone, clock.now())}"
    return VersionLine(f"Version {row.number}", f"{where}{row.what}", by)


def via_choices(by_mail_only: bool) -> list[tuple[str, str]]:
    """What the channel picker offers."""
    return [(each.value, VIA_WORDS[each]) for each in Via if not by_mail_only or each == Via.EMAIL]
