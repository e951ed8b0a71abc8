"""What a person does with suspected spam: reads it, accepts it into the inbox, or discards it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from careops_app.errors import CareOpsError
from careops_app.inbox import quarantine, unverified
from careops_app.inbox.quarantine_queries import PAGE, SuspectedPage, SuspectedRow, suspected_page
from careops_app.infra import clock, wording
from careops_app.infra.db import transact
from careops_app.ui import live
from careops_app.ui.components import toasts
from careops_app.ui.fresh import asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox.address import address as conversation_address
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.ui.suspected.address import address
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

LONGEST_SHOWN = 600


@dataclass(frozen=True)
class MailLine:
    """A mail whose sender is not proven. `about`: whose conversation it wants to join."""

    id: int
    name: str
    reach: str
    subject: str
    message: str
    why: list[str]
    may_accept: bool
    time: str
    instant: str


@dataclass(frozen=True)
class Line:
    """A message that waits; `signs` are sentences that say why."""

    id: int
    name: str
    reach: str
    message: str
    signs: list[str]
    time: str
    instant: str


class SuspectedState(rx.State):
    """The list; `discarding` is the message that is about to be discarded, 0 for none."""

    loaded: bool = False
    lines: list[Line] = []
    total: int = 0
    pages: str = ""
    earlier_page: str = ""
    later_page: str = ""
    mails: list[MailLine] = []
    mails_total: int = 0
    discarding: int = 0
    discarding_who: str = ""
    discards_mail: bool = False
    _page: int = 1

    @handler(Permission.INBOX)
    async def load(self) -> None:
        """Opens the page of the list that the address names."""
        live.join(SuspectedState.refresh)
        self._page = min(asked_id(self, "page") or 1, 10_000)
        assign(self, discarding=0)
        await self._read()

    @handler(Permission.INBOX)
    async def refresh(self) -> None:
        """Reads the list again after a change."""
        await self._read()

    @handler(Permission.INBOX)
    async def accept(self, inquiry_id: int) -> Any:
        """Lets the message into the inbox, as if it had just arrived."""
        return await self._let_in(quarantine.accept, inquiry_id)

    async def _let_in(self, accept: Callable[..., int], waiting_id: int) -> Any:
        try:
            conversation = await transact(accept, actor(), waiting_id)
        except CareOpsError as error:
            return toasts.refused(str(error))
        finally:
            await self._read()
        return [toasts.done("It is in the inbox."), rx.redirect(conversation_address(conversation=conversation))]

    @handler(Permission.INBOX)
    async def ask_discard(self, inquiry_id: int) -> None:
        """Asks before a message is discarded."""
        who = next((line.name for line in self.lines if line.id == inquiry_id), "")
        assign(self, discarding=inquiry_id if who else 0, discarding_who=who, discards_mail=False)

    @handler(Permission.INBOX)
    async def accept_mail(self, mail_id: int) -> Any:
        """Vouches for the sender of a mail."""
        return await self._let_in(unverified.accept_mail, mail_id)

    @handler(Permission.INBOX)
    async def ask_discard_mail(self, mail_id: int) -> None:
        """Asks before a mail is discarded."""
        who = next((line.name for line in self.mails if line.id == mail_id), "")
        assign(self, discarding=mail_id if who else 0, discarding_who=who, discards_mail=True)

    @handler(Permission.INBOX)
    async def stop_discarding(self, open: bool) -> None:
        if not open:
            assign(self, discarding=0)

    @handler(Permission.INBOX)
    async def discard(self) -> rx.event.EventSpec:
        """Takes the message off the list for good."""
        wanted, who = self.discarding, self.discarding_who
        assign(self, discarding=0)
        try:
            await transact(unverified.discard_mail if self.discards_mail else quarantine.discard, actor(), wanted)
        except CareOpsError as error:
            await self._read()
            return toasts.refused(str(error))
        await self._read()
        return toasts.done(f"The message of {who} is discarded.")

    async def _read(self) -> None:
        who = actor()
        zone = (await read(workspaces.workspace_card, who)).time_zone
        found = await read(suspected_page, who, self._page)
        self._page = found.page
        lines = [_line(row, zone) for row in found.rows]
        mails = [_mail_line(row, zone) for row in await read(unverified.unverified_mails, who)]
        assign(self, loaded=True, lines=lines, total=found.total, mails=mails, mails_total=len(mails), **_pager(found))


def _pager(found: SuspectedPage) -> dict[str, str]:
    first = (found.page - 1) * PAGE + 1
    return {
        "pages": f"{first}–{first + len(found.rows) - 1} of {found.total}" if found.pages > 1 else "",
        "earlier_page": address(found.page - 1) if found.page > 1 else "",
        "later_page": address(found.page + 1) if found.page < found.pages else "",
    }


def _line(row: SuspectedRow, zone: str) -> Line:
    message = row.message[:LONGEST_SHOWN] + ("…" if len(row.message) > LONGEST_SHOWN else "")
    return Line(
        id=row.id, name=row.name, reach=" · ".join(filter(None, (row.email, row.phone))),
        message=message or "No message", signs=list(row.signs),
        time=wording.stamp(row.received_at, zone, clock.now()), instant=row.received_at.isoformat(),
    )  # fmt: skip


def _mail_line(row: unverified.UnverifiedRow, zone: str) -> MailLine:
    message = row.body[:LONGEST_SHOWN] + ("…" if len(row.body) > LONGEST_SHOWN else "")
    why = [row.why]
    why += [f"It would join the conversation with {row.about}."] if row.about else []
    why += [f"It has {wording.plural(row.files, 'file')}."] if row.files else []
    why += [] if row.may_accept else ["It cannot be shown here. Open it in your mailbox."]
    return MailLine(
        id=row.id, name=row.sender_name or row.sender or "Nobody named", reach=row.sender if row.sender_name else "",
        subject=row.subject, message=message or "No words", why=why, may_accept=row.may_accept,
        time=wording.stamp(row.received_at, zone, clock.now()), instant=row.received_at.isoformat(),
    )  # fmt: skip
