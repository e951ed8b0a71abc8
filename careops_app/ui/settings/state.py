"""Which part of the settings is open: `?section=`. Each part is a block with a state of its own."""

from typing import Any

import reflex as rx

from careops_app.ui import live
from careops_app.ui.fresh import asked
from careops_app.ui.guard import handler
from careops_app.ui.session import actor
from careops_app.ui.settings.account.state import AccountState
from careops_app.ui.settings.activity.state import ActivityState
from careops_app.ui.settings.business.state import BusinessState
from careops_app.ui.settings.channels.outbox_state import OutboxState
from careops_app.ui.settings.channels.state import ChannelsState
from careops_app.ui.settings.hours.state import HoursState
from careops_app.ui.settings.keys.state import KeysState
from careops_app.ui.settings.rooms.state import RoomsState
from careops_app.ui.settings.services.state import ServicesState
from careops_app.ui.settings.team.leaving_state import LeavingState
from careops_app.ui.settings.team.state import TeamState
from careops_app.ui.settings.time_off.state import TimeOffState
from careops_app.ui.settings.wordings.state import WordingState
from careops_app.workspace.access import Permission

# What each section loads when it is opened; the first section is the one that opens by itself.
BLOCKS: dict[str, tuple[Any, ...]] = {
    "business": (BusinessState,),
    "channels": (ChannelsState, OutboxState),
    "services": (ServicesState,),
    "rooms": (RoomsState,),
    "hours": (HoursState,),
    "time_off": (TimeOffState,),
    "team": (TeamState,),
    "leaving": (LeavingState,),
    "wording": (WordingState,),
    "keys": (KeysState,),
    "activity": (ActivityState,),
    "account": (AccountState,),
}
FOR_EVERYBODY = "account"
# A block that is nothing but a form is left alone while somebody else changes something.
FORMS_ONLY = (BusinessState,)


class SettingsState(rx.State):
    """The open section. `chosen` is False while a phone shows the list of sections."""

    loaded: bool = False
    section: str = ""
    chosen: bool = False
    may_configure: bool = False

    @handler(Permission.MEMBER)
    async def load(self) -> Any:
        """Opens what the address names; staff have one section, their own."""
        self.may_configure = actor().may(Permission.CONFIGURE)
        wanted = asked(self, "section")
        self.chosen = wanted in BLOCKS
        first = next(iter(BLOCKS)) if self.may_configure else FOR_EVERYBODY
        self.section = wanted if self.chosen and self.may_configure else first
        self.loaded = True
        live.join(SettingsState.refresh)
        return [block.load for block in BLOCKS[self.section]]

    @handler(Permission.MEMBER)
    async def refresh(self) -> Any:
        """Reads the open section again after a change."""
        return [block.refresh for block in BLOCKS.get(self.section, ()) if block not in FORMS_ONLY]
