"""What an owner says of the business; the same block in settings and in onboarding."""

from dataclasses import replace
from typing import Any

import reflex as rx
from typing_extensions import TypedDict

from careops_app.errors import Invalid
from careops_app.infra import wording
from careops_app.infra.db import fetch, transact
from careops_app.infra.palette import is_brand, notices
from careops_app.ui.components import toasts
from careops_app.ui.guard import handler
from careops_app.ui.problems import focus_first
from careops_app.ui.session import actor
from careops_app.ui.shell_state import ShellState
from careops_app.workspace import service
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import WorkspaceCard, workspace_card
from careops_app.workspace.rules import Profile

UNANSWERED = (30, 60, 120, 240, 480, 1440)  # minutes that the form offers


class BusinessForm(TypedDict):
    """The form as it is submitted."""

    name: str
    address: str
    time_zone: str
    contact_email: str
    phone_region: str
    phone: str
    brand_color: str
    unanswered_after_minutes: str


class ContactPageForm(TypedDict):
    contact_intro: str


class BusinessState(rx.State):
    """The profile as it was loaded. `version` makes a fresh form when another profile is loaded."""

    loaded: bool = False
    version: int = 0
    name: str = ""
    address: str = ""
    time_zone: str = ""
    contact_email: str = ""
    phone_region: str = ""
    phone: str = ""
    brand_color: str = ""
    unanswered_after: str = ""
    unanswered_words: str = ""
    contact_intro: str = ""
    contact_form_confirmed: bool = False
    slug: str = ""
    colour: str = ""
    colour_notes: list[str] = []
    errors: dict[str, str] = {}

    @handler(Permission.CONFIGURE)
    async def load(self) -> None:
        """Reads the profile into a fresh form."""
        self._fill(await fetch(workspace_card, actor()))
        self.errors = {}
        self.version += 1
        self.loaded = True

    @handler(Permission.CONFIGURE)
    async def save(self, form: BusinessForm) -> Any:
        """Keeps the profile, or says beside each field what is wrong."""
        card = await fetch(workspace_card, actor())
        profile = replace(_profile(card), **_typed(form))
        if problem := await self._keep(profile):
            return problem
        return [toasts.done("Business saved."), ShellState.refresh]

    @handler(Permission.CONFIGURE)
    async def save_contact_page(self, form: ContactPageForm) -> Any:
        """Keeps the words above the public contact form; the owner has looked at it now."""
        card = await fetch(workspace_card, actor())
        if problem := await self._keep(replace(_profile(card), contact_intro=form["contact_intro"].strip())):
            return problem
        await transact(service.confirm_contact_form, actor())
        self.contact_form_confirmed = True
        return toasts.done("Contact form saved.")

    @handler(Permission.CONFIGURE, debounce=200)
    async def try_colour(self, colour: str) -> None:
        """Says how a colour would be used, while it is being chosen."""
        if is_brand(colour):
            self.colour, self.colour_notes = colour, list(notices(colour))

    async def _keep(self, profile: Profile) -> Any:
        """Store it; what to answer when it is refused, else None."""
        try:
            await transact(service.edit_profile, actor(), profile)
        except Invalid as problem:
            self.errors = problem.fields
            return focus_first()
        self.errors = {}
        self._fill(await fetch(workspace_card, actor()))
        return None

    def _fill(self, card: WorkspaceCard) -> None:
        self.name, self.address, self.time_zone = card.name, card.address, card.time_zone
        self.contact_email, self.phone_region, self.phone = card.contact_email, card.phone_region, card.phone
        self.brand_color = self.colour = card.brand_color
        self.colour_notes = list(notices(card.brand_color))
        self.unanswered_after = str(card.unanswered_after_minutes)
        self.unanswered_words = wording.before(card.unanswered_after_minutes)
        self.contact_intro, self.contact_form_confirmed = card.contact_intro, card.contact_form_confirmed
        self.slug = card.slug


def _profile(card: WorkspaceCard) -> Profile:
    """What is kept now; a block changes its own part of it."""
    return Profile(
        name=card.name, address=card.address, phone=card.phone, contact_email=card.contact_email,
        time_zone=card.time_zone, phone_region=card.phone_region, brand_color=card.brand_color,
        contact_intro=card.contact_intro, unanswered_after_minutes=card.unanswered_after_minutes,
    )  # fmt: skip


def _typed(form: BusinessForm) -> dict[str, Any]:
    """The form with its number as a number; one that is none is refused by the rules."""
    minutes = form["unanswered_after_minutes"]
    number = int(minutes) if minutes.isdecimal() and len(minutes) < 7 else 0
    said = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    return {**said, "brand_color": said["brand_color"].lower(), "unanswered_after_minutes": number}


def unanswered_choices() -> list[tuple[str, str]]:
    """After how long an unanswered message becomes an alert: minutes and how they are spoken."""
    return [(str(minutes), wording.before(minutes)) for minutes in UNANSWERED]
