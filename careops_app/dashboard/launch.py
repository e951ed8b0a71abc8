"""What is ready and what is missing before a business can open: one reading, used by the page and by activation alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from careops_app.bookings import catalogue
from careops_app.bookings.catalogue import Blocker, ServiceCard
from careops_app.forms import queries as forms
from careops_app.inbox import channel_queries
from careops_app.inbox.channel_queries import ChannelStatus
from careops_app.inbox.models import ChannelKind
from careops_app.infra import clock, wording
from careops_app.infra.db import InWorkspace
from careops_app.inventory import queries as inventory
from careops_app.workspace import queries as workspaces
from careops_app.workspace.queries import WorkspaceCard

HOME = "/app/onboarding/"
CHANNEL_WORDS = {ChannelKind.EMAIL: "E-mail", ChannelKind.SMS: "Text messages"}


class StepState(StrEnum):
    """How a step stands. BROKEN: it was done and does not work; OPTIONAL: the business opens without it."""

    DONE = "done"
    BROKEN = "broken"
    MISSING = "missing"
    SKIPPED = "skipped"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class LaunchStep:
    """One of the eight steps, with one line about how it stands."""

    key: str
    title: str
    state: StepState
    fact: str

    @property
    def link(self) -> str:
        return f"{HOME}?step={self.key}"

    @property
    def is_settled(self) -> bool:
        return self.state in (StepState.DONE, StepState.SKIPPED)


@dataclass(frozen=True)
class LaunchCheck:
    """Something that must hold before the pages open. When it does not, `words` is a sentence that says why."""

    title: str
    passed: bool
    words: str
    link: str


@dataclass(frozen=True)
class LaunchChecklist:
    """The steps, and the checks that decide."""

    steps: tuple[LaunchStep, ...]
    checks: tuple[LaunchCheck, ...]
    is_open: bool

    @property
    def blockers(self) -> list[str]:
        """Why the pages cannot open; empty when they can."""
        return [check.words for check in self.checks if not check.passed]


def launch_checklist(session: Session, scope: InWorkspace | int) -> LaunchChecklist:
    """How the set-up stands, read in the caller's transaction."""
    card = workspaces.workspace_card(session, scope)
    channels, services = channel_queries.channel_status(session, scope), catalogue.service_cards(session, scope)
    checks = (_channel_check(channels), _service_check(services), _hours_check(services))
    steps = (
        _business(card),
        _channels(channels, card.time_zone),
        _contact(card),
        _services(services),
        _forms(session, scope, card),
        _inventory(session, scope, card),
        _team(session, scope, card),
        _opening(card, checks),
    )
    return LaunchChecklist(steps, checks, card.is_open)


def _channel_check(channels: tuple[ChannelStatus, ...]) -> LaunchCheck:
    working = next((each for each in channels if _is_proven(each)), None)
    words = "Connect e-mail and test it: no channel works yet."
    if working is not None:
        name = CHANNEL_WORDS[working.kind]
        words = (
            f"{name} stay{'' if name.endswith('s') else 's'} on this machine" if working.captured else f"{name} tested"
        )
    return LaunchCheck("A channel works", working is not None, words, f"{HOME}?step=channels")


def _service_check(services: tuple[ServiceCard, ...]) -> LaunchCheck:
    words = wording.plural(len(services), "service") if services else "Add a service that customers can book."
    return LaunchCheck("A service exists", bool(services), words, f"{HOME}?step=services")


def _hours_check(services: tuple[ServiceCard, ...]) -> LaunchCheck:
    """Every service that is offered can be booked."""
    blocked = [_why_blocked(each) for each in services if each.blocker is not None]
    words = " ".join(blocked) or "Times can be offered as soon as there is a service."
    passed = bool(services) and not blocked
    title = "Every service has somebody with hours"
    return LaunchCheck(title, passed, "Times can be offered" if passed else words, f"{HOME}?step=services")


def _why_blocked(service: ServiceCard) -> str:
    if service.blocker == Blocker.NO_STAFF:
        return f"{service.name}: nobody gives it yet."
    if service.blocker == Blocker.NO_ROOM:
        return f"{service.name}: a room or machine it needs is out of use."
    names = wording.listing(staff.name for staff in service.staff)
    return f"{service.name}: {names} {'offers' if len(service.staff) == 1 else 'offer'} it but without any hours."


def _is_proven(channel: ChannelStatus) -> bool:
    """Connected, tested, and not failing. A captured channel counts: it does all it promises."""
    return channel.is_connected and channel.works and channel.tested_at is not None


def _business(card: WorkspaceCard) -> LaunchStep:
    fact = ", ".join(part for part in (card.name, card.address, card.time_zone) if part)
    return LaunchStep("business", "Your business", StepState.DONE, fact)


def _channels(channels: tuple[ChannelStatus, ...], zone: str) -> LaunchStep:
    used = [each for each in channels if each.is_connected]
    if any(not each.works for each in used):
        state = StepState.BROKEN
    else:
        state = StepState.DONE if any(_is_proven(each) for each in used) else StepState.MISSING
    fact = " ".join(_channel_fact(each, zone) for each in used) or "No channel is connected yet. One is enough to open."
    return LaunchStep("channels", "E-mail and text messages", state, fact)


def _channel_fact(channel: ChannelStatus, zone: str) -> str:
    name = CHANNEL_WORDS[channel.kind]
    if not channel.works:
        return f"{name}: the last try failed: {channel.failure}"
    where = "kept on this machine, nothing leaves it" if channel.captured else f"from {channel.sender}"
    tested = f"tested {wording.near(channel.tested_at, zone, clock.now())}" if channel.tested_at else "not tested yet"
    return f"{name}: {where}, {tested}."


def _contact(card: WorkspaceCard) -> LaunchStep:
    state = StepState.DONE if card.contact_form_confirmed else StepState.MISSING
    fact = "Asks for a name, an e-mail address or phone number, and a message."
    return LaunchStep(
        "contact", "Contact form", state, fact if card.contact_form_confirmed else "Look at it once, and save it."
    )


def _services(services: tuple[ServiceCard, ...]) -> LaunchStep:
    bookable = sum(each.is_bookable for each in services)
    if not services:
        state, fact = StepState.MISSING, "What customers can book, who gives it, and when you are open."
    elif bookable < len(services):
        state, fact = StepState.BROKEN, _hours_check(services).words
    else:
        state, fact = StepState.DONE, f"{wording.plural(bookable, 'service')} can be booked."
    return LaunchStep("services", "Services and hours", state, fact)


def _forms(session: Session, scope: InWorkspace | int, card: WorkspaceCard) -> LaunchStep:
    used = [form for form in forms.form_list(session, scope) if not form.is_retired and form.services]
    names = wording.listing(form.name for form in used)
    fact = f"{names}, sent after booking." if used else "Ask what you need to know before a visit."
    return LaunchStep("forms", "Forms", _optional(bool(used), "forms", card), fact)


def _inventory(session: Session, scope: InWorkspace | int, card: WorkspaceCard) -> LaunchStep:
    count = inventory.stock_counts(session, scope).all
    fact = (
        f"{wording.plural(count, 'item')} kept." if count else "Track what visits use, and hear about shortages early."
    )
    return LaunchStep("inventory", "Inventory", _optional(count > 0, "inventory", card), fact)


def _team(session: Session, scope: InWorkspace | int, card: WorkspaceCard) -> LaunchStep:
    people = [member for member in workspaces.members(session, scope) if member.is_active]
    invited = workspaces.open_invitations(session, scope)
    facts = [wording.plural(len(people), "person", "people")] + ([f"{len(invited)} invited"] if invited else [])
    fact = ", ".join(facts) if len(people) + len(invited) > 1 else "Invite the people you work with."
    return LaunchStep("staff", "Team", _optional(len(people) + len(invited) > 1, "staff", card), fact)


def _optional(done: bool, step: str, card: WorkspaceCard) -> StepState:
    if done:
        return StepState.DONE
    return StepState.SKIPPED if step in card.steps_skipped else StepState.OPTIONAL


def _opening(card: WorkspaceCard, checks: tuple[LaunchCheck, ...]) -> LaunchStep:
    left = sum(not check.passed for check in checks)
    if card.is_open:
        state, fact = StepState.DONE, "Contact form, booking page and automation are live."
    else:
        state = StepState.MISSING
        fact = f"{wording.plural(left, 'thing')} left." if left else "Everything is ready."
    return LaunchStep("launch", "Open your pages", state, fact)
