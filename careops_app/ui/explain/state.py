"""What a person asks on the screen that explains: about a message, an event, a visit or a contact."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.automation.expecting import Expected, expected_of_booking, expected_of_contact
from careops_app.automation.explaining import Explained, Trace, explain_message, trace
from careops_app.automation.replaying import replay
from careops_app.automation.rules import RULES
from careops_app.errors import Forbidden, NotFound
from careops_app.infra.db import fetch, transact
from careops_app.ui import live
from careops_app.ui.components import toasts
from careops_app.ui.explain import rows
from careops_app.ui.explain.rows import Ahead, Quiet, Seen, event_words, stamp
from careops_app.ui.fresh import asked, asked_id, assign
from careops_app.ui.guard import handler
from careops_app.ui.inbox.rows import CHANNEL_WORDS, Attempt, attempts
from careops_app.ui.session import actor
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission

REPLAYED = "Carried out again is only what was missing. Look at the result here."
NOTHING_MISSING = "Nothing is missing: all that follows from this event has been done. Nothing was repeated."


class ExplainState(rx.State):
    """`about` is "message", "event", "booking" or "contact"; empty while nothing is shown."""

    loaded: bool = False
    missing: bool = False
    about: str = ""
    title: str = ""
    who: str = ""
    who_link: str = ""
    visit_link: str = ""
    ask_more: str = ""
    trace_id: str = ""
    event: str = ""
    happened: str = ""
    stands: str = ""
    reason: str = ""
    wrote: str = ""
    tries: list[Attempt] = []
    looks: list[Seen] = []
    not_sent: list[Seen] = []
    sent: list[Seen] = []
    ahead: list[Ahead] = []
    quiet: list[Quiet] = []
    is_whole: bool = True
    may_replay: bool = False

    @handler(Permission.MEMBER)
    async def load(self) -> None:
        """Opens what the address names."""
        live.join(ExplainState.refresh)
        assign(self, loaded=False, may_replay=actor().may(Permission.CONFIGURE))
        await self._read()

    @handler(Permission.MEMBER)
    async def refresh(self) -> None:
        """Reads again after a change."""
        await self._read()

    @handler(Permission.CONFIGURE)
    async def replay(self, event_id: int) -> Any:
        """Carries out what is missing of an event."""
        opened = await transact(replay, actor(), event_id)
        await self._read()
        return toasts.done(REPLAYED if opened else NOTHING_MISSING)

    async def _read(self) -> None:
        empty: dict[str, Any] = {
            "who": "", "who_link": "", "visit_link": "", "ask_more": "", "trace_id": "", "event": "", "happened": "", "stands": "",
            "reason": "", "wrote": "", "tries": [], "looks": [], "not_sent": [], "sent": [], "ahead": [], "quiet": [],
            "is_whole": True, "missing": False,
        }  # fmt: skip
        try:
            shown = await self._asked()
        except (NotFound, Forbidden):
            shown = {"about": "", "title": "", "missing": True}
        assign(self, **(empty | shown), loaded=True)

    async def _asked(self) -> dict[str, Any]:
        """What the address asks for. Raises NotFound, Forbidden."""
        who = actor()
        zone = (await fetch(workspaces.workspace_card, who)).time_zone
        if (message_id := asked_id(self, "message")) is not None:
            return _message(await fetch(explain_message, who, message_id), zone)
        if (event_id := asked_id(self, "event")) is not None:
            return _event(await fetch(trace, who, event_id), asked(self, "rule"), zone)
        if (booking_id := asked_id(self, "booking")) is not None:
            found = await fetch(expected_of_booking, who, booking_id)
            return _expected(found, zone) | {"about": "booking", "visit_link": f"/app/bookings/?booking={booking_id}"}
        if (contact_id := asked_id(self, "contact")) is not None:
            return _expected(await fetch(expected_of_contact, who, contact_id), zone) | {"about": "contact"}
        raise NotFound("What to explain")


def _message(found: Explained, zone: str) -> dict[str, Any]:
    row = found.message
    by = f" by {CHANNEL_WORDS[row.channel]}" if row.channel else ""
    wrote = (
        f"The rule “{row.why.rule_name}” wrote it{by}." if row.why else f"{row.author_name or 'Somebody'} wrote it{by}."
    )
    told = _event(found.trace, row.why.rule if row.why else "", zone) if found.trace else {}
    return told | {
        "about": "message", "title": row.what or row.subject or "Message", "stands": row.state_key, "reason": row.reason,
        "wrote": f"{wrote} {f'To {row.recipient}.' if row.recipient else ''}".strip(),
        "tries": [] if row.why else attempts(found.attempts, zone),
    }  # fmt: skip


def _event(found: Trace, rule: str, zone: str) -> dict[str, Any]:
    seen = [rows.seen(look, zone, opens=look.rule == rule or len(found.looks) == 1) for look in found.looks]
    return {
        "about": "event", "title": event_words(found.event).capitalize(), "event": event_words(found.event).capitalize(),
        "happened": stamp(found.at, zone),
        "trace_id": str(found.number), "who": found.contact, "looks": seen,
        "who_link": f"/app/contacts/?contact={found.contact_id}" if found.contact_id else "",
        "visit_link": f"/app/bookings/?booking={found.booking_id}" if found.booking_id else "",
    }  # fmt: skip


def _expected(found: Expected, zone: str) -> dict[str, Any]:
    return {
        "title": "Expected a message?", "who": found.about, "who_link": f"/app/contacts/?contact={found.contact_id}",
        "not_sent": [rows.seen(look, zone) for look in found.not_sent],
        "sent": [rows.seen(look, zone) for look in found.sent],
        "ahead": [rows.ahead(each, RULES[each.rule].name if each.rule in RULES else each.rule, zone) for each in found.coming],
        "quiet": [rows.quiet(each) for each in found.idle], "is_whole": found.is_whole,
    }  # fmt: skip
