"""After a restore: the line above every screen that says nothing is sent, and an owner's way to let it go out again."""

from typing import Any

import reflex as rx

from careops_app.inbox.channel_queries import channel_status
from careops_app.infra import wording
from careops_app.infra.db import transact
from careops_app.infra.states import Tone
from careops_app.ui.components import banner, button, confirm
from careops_app.ui.components.toasts import done
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import read
from careops_app.ui.session import SessionState, actor
from careops_app.workspace import restored
from careops_app.workspace.access import Actor, Permission


class RestoredState(rx.State):
    """What holds the business; `taken` is empty while nothing does."""

    taken: str = ""
    waiting: int = 0
    asking: bool = False

    async def _look(self, who: Actor, zone: str) -> None:
        held = await read(restored.standing, who)
        waiting = sum(each.waiting for each in await read(channel_status, who)) if held else 0
        assign(self, taken=wording.moment(held.taken_at, zone) if held else "", waiting=waiting)

    @handler(Permission.CONFIGURE)
    async def ask(self, is_open: bool) -> None:
        """Opens or closes the question."""
        self.asking = is_open

    @handler(Permission.CONFIGURE)
    async def release(self) -> Any:
        """Messages go out again."""
        self.asking = False
        await transact(restored.release, actor())
        self.taken = ""
        return done("Released. Messages go out again.")


def held_banner() -> rx.Component:
    """Nothing unless the business was restored and not released."""
    may = SessionState.permissions.contains(Permission.CONFIGURE.value)
    release = rx.cond(may, button("Release", size="sm", on_click=RestoredState.ask(True)), rx.fragment())
    line = banner(
        rx.el.b("Nothing is sent."),
        " This business was restored from a backup of ",
        RestoredState.taken,
        rx.cond(may, ".", ". An owner can release it."),
        tone=Tone.WARN, icon_name="archive-restore", action=release,
    )  # fmt: skip
    return rx.cond(RestoredState.taken != "", rx.fragment(line, _question()), rx.fragment())


def _question() -> rx.Component:
    waiting: Any = rx.cond(RestoredState.waiting == 1, "1 message is", f"{RestoredState.waiting} messages are")
    return confirm(
        "Send messages again?",
        waiting + " waiting and will go out. What was sent after the backup was taken may be among them: the backup "
        "cannot know. Look through the inbox first, and drop what must not be sent.",
        verb="Release", safe="Not yet", kind="primary",
        open=RestoredState.asking, on_open_change=RestoredState.ask, on_confirm=RestoredState.release,
    )  # fmt: skip
