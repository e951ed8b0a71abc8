"""The set-up: which step is open (`?step=`), how each stands, and whether the pages may open."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.bookings import catalogue
from careops_app.bookings.catalogue import Blocker, ServiceCard
from careops_app.dashboard import service as dashboard
from careops_app.dashboard.queries import LaunchChecklist, LaunchStep, StepState, launch_checklist
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.infra.settings import settings
from careops_app.ui import live
from careops_app.ui.components import toasts
from careops_app.ui.fresh import asked, assign
from careops_app.ui.guard import handler
from careops_app.ui.onboarding.forms.state import StartFormsState
from careops_app.ui.onboarding.inventory.state import StartStockState
from careops_app.ui.session import actor
from careops_app.ui.settings.business.state import BusinessState
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.hours.state import HoursState
from careops_app.ui.settings.services.state import ServicesState
from careops_app.ui.settings.team.state import TeamState
from careops_app.ui.shell_state import ShellState
from careops_app.workspace import service as workspaces
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import WorkspaceCard, workspace_card

HOME = "/app/onboarding/"
# What each step loads when it is opened.
BLOCKS: dict[str, tuple[Any, ...]] = {
    "business": (BusinessState,),
    "channels": (ChannelsState,),
    "contact": (BusinessState,),
    "services": (ServicesState, HoursState),
    "forms": (StartFormsState,),
    "inventory": (StartStockState,),
    "staff": (TeamState,),
    "launch": (),
}
NUMBER = {key: number for number, key in enumerate(BLOCKS, 1)}
FORMS_ONLY = (BusinessState,)
# The open step is brought into sight when it begins below the middle of the window, as it does on phones.
SHOW_STEP = """requestAnimationFrame(() => requestAnimationFrame(() => {
  const step = document.querySelector('.p-onboarding .open');
  if (step && Math.abs(step.getBoundingClientRect().top) > innerHeight / 2) step.scrollIntoView();
}))"""
PREVIEWED = 4
WHY_BLOCKED = {
    Blocker.NO_STAFF: "nobody gives it", Blocker.NO_HOURS: "no hours", Blocker.NO_ROOM: "a room is out of use",
}  # fmt: skip


@dataclass(frozen=True)
class StepLine:
    """A step in the list. `state` is a key of the step states."""

    key: str
    number: int
    title: str
    fact: str
    state: str
    is_open: bool


@dataclass(frozen=True)
class CheckLine:
    """A check before opening. Passed ones are told in words, the others are links to where they are solved."""

    title: str
    words: str
    passed: bool
    address: str


@dataclass(frozen=True)
class PreviewLine:
    """A service as the booking page will show it."""

    name: str
    price: str
    is_shown: bool


class OnboardingState(rx.State):
    """The eight steps; one is open."""

    loaded: bool = False
    business: str = ""
    step: str = ""
    steps: list[StepLine] = []
    checks: list[CheckLine] = []
    preview: list[PreviewLine] = []
    done: int = 0
    share: str = "0%"
    left: str = ""
    next_step: str = ""
    next_title: str = ""
    may_skip: bool = False
    is_open: bool = False
    is_ready: bool = False
    booking_page: str = ""
    contact_page: str = ""

    @handler(Permission.CONFIGURE)
    async def load(self) -> Any:
        """Opens the step that the address names, or the first one that is not settled."""
        checklist = await self._read()
        wanted = asked(self, "step")
        self.step = wanted if wanted in BLOCKS else _first_unsettled(checklist)
        self._show(checklist)
        self.loaded = True
        live.join(OnboardingState.refresh)
        shown = [rx.call_script(SHOW_STEP)] if wanted else []
        return [*(block.load for block in BLOCKS[self.step]), *shown]

    @handler(Permission.CONFIGURE)
    async def refresh(self) -> Any:
        """Reads the checklist and the open step again after a change."""
        self._show(await self._read())
        return [block.refresh for block in BLOCKS.get(self.step, ()) if block not in FORMS_ONLY]

    @handler(Permission.CONFIGURE)
    async def skip(self) -> Any:
        """Leaves out the open step and goes on."""
        step = self.step
        await transact(workspaces.skip_step, actor(), step)
        self._show(await self._read())
        return rx.redirect(f"{HOME}?step={self.next_step}")

    @handler(Permission.CONFIGURE)
    async def open_pages(self) -> Any:
        """Opens the public pages, when the server finds every check passed in that moment."""
        await transact(dashboard.activate, actor())
        self._show(await self._read())
        return [toasts.done("Your pages are open."), ShellState.refresh, rx.redirect(f"{HOME}?step=launch")]

    async def _read(self) -> LaunchChecklist:
        who = actor()
        card = await fetch(workspace_card, who)
        services = await fetch(catalogue.service_cards, who)
        assign(
            self, business=card.name, booking_page=_address("b", card), contact_page=_address("c", card),
            preview=[_preview(each) for each in services[:PREVIEWED]],
        )  # fmt: skip
        return await fetch(launch_checklist, who)

    def _show(self, checklist: LaunchChecklist) -> None:
        """Put the checklist on the screen, around the open step."""
        settled = sum(step.is_settled for step in checklist.steps)
        blockers = len(checklist.blockers)
        after = list(BLOCKS)[NUMBER[self.step] % len(BLOCKS)] if self.step in NUMBER else ""
        assign(
            self,
            steps=[_step(each, self.step) for each in checklist.steps],
            checks=[CheckLine(each.title, each.words, each.passed, each.link) for each in checklist.checks],
            done=settled,
            share=f"{settled / len(BLOCKS):.1%}",
            left=_left(checklist.is_open, blockers),
            next_step=after,
            next_title=next((each.title for each in checklist.steps if each.key == after), ""),
            may_skip=any(each.key == self.step and each.state == StepState.OPTIONAL for each in checklist.steps),
            is_open=checklist.is_open,
            is_ready=blockers == 0,
        )


def _first_unsettled(checklist: LaunchChecklist) -> str:
    return next((step.key for step in checklist.steps if not step.is_settled), checklist.steps[-1].key)


def _step(step: LaunchStep, current: str) -> StepLine:
    return StepLine(step.key, NUMBER[step.key], step.title, step.fact, step.state.value, step.key == current)


def _left(is_open: bool, blockers: int) -> str:
    if is_open:
        return "Your pages are open"
    if not blockers:
        return "Ready to open"
    return f"{wording.plural(blockers, 'thing')} {'stops' if blockers == 1 else 'stop'} opening"


def _preview(service: ServiceCard) -> PreviewLine:
    if service.blocker is None:
        return PreviewLine(service.name, service.price_text or wording.duration(service.duration_minutes), True)
    why = WHY_BLOCKED[service.blocker]
    return PreviewLine(service.name, f"hidden, {why}", False)


def _address(page: str, card: WorkspaceCard) -> str:
    return f"{settings().public_url}/{page}/{card.slug}"
