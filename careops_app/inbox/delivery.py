"""From the queue to the outside: claim, arm, send, settle. Four short steps and no transaction around the network.

claim   lease due messages, across workspaces (SYSTEM)                             arming.py
arm     lock the conversation, check everything again, state becomes `sending`     arming.py
send    through the port, with no transaction open                                 here
settle  write what came of it, only while the lease is still ours                  settling.py

A message whose fate is unknown becomes `uncertain` and is never sent again by itself. (guarantees.md 3.3, 3.5)
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from careops_app.errors import CareOpsError, DeliveryFailed, NotFound
from careops_app.inbox import templates
from careops_app.inbox.arming import (
    BATCH,
    Armed,
    Claim,
    Line,
    Subject,
    arm,
    arm_check,
    claim,
    give_back,
    lost,
    private_values,
    resolver_of,
    stumble,
)
from careops_app.inbox.channels import Channel, Outgoing, Receipt, channel_of
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.settling import settle_failed, settle_lost, settle_sent
from careops_app.infra import security
from careops_app.infra.db import SYSTEM, Scope, fetch, transact

__all__ = [
    "Courier",
    "Subject",
    "arm_check",
    "deliver_due",
    "private_values",
]

SETTLE_TRIES = 7

log = structlog.get_logger(__name__)


class Courier:
    """Carries messages in the background: a line per workspace and channel, so that a slow server delays no other.

    `scope` is whose messages: everybody's, or one workspace's.
    """

    def __init__(self, scope: Scope = SYSTEM) -> None:
        self._scope = scope
        self._lines: dict[Line, asyncio.Task[None]] = {}
        self._stopping = False

    async def round(self, limit: int = BATCH) -> int:
        """Claim what is due on free lines and begin to carry it; returns how many messages were claimed."""
        if self._stopping:
            return 0
        for vanished in await fetch(lost, self._scope):
            await _give_up(vanished)
        claims = await transact(claim, self._scope, limit=limit, busy=list(self._lines))
        lines: dict[Line, list[Claim]] = defaultdict(list)
        for each in claims:
            lines[each.workspace_id, each.channel].append(each)
        for line, batch in lines.items():
            self._begin(line, batch)
        return len(claims)

    def _begin(self, line: Line, batch: list[Claim]) -> None:
        task = asyncio.create_task(self._carry(batch), name=f"messages of workspace {line[0]} by {line[1]}")
        self._lines[line] = task
        task.add_done_callback(lambda _: self._lines.pop(line, None))

    async def _carry(self, batch: list[Claim]) -> None:
        """One after the other. What was taken is written down while the next is made ready; any failure before that."""
        van = _Van()
        written: asyncio.Task[None] | None = None
        try:
            for each in batch:
                if self._stopping:
                    await transact(give_back, each.workspace_id, each)
                    continue
                with structlog.contextvars.bound_contextvars(trace=each.trace, workspace=each.workspace_id):
                    receipt = await _hand_over(each, van)
                    if written is not None:
                        await written
                    written = asyncio.create_task(_write_down(each, receipt)) if receipt is not None else None
        except Exception:
            log.exception("messages could not be carried; their leases will end", workspace=batch[0].workspace_id)
        finally:
            if written is not None:
                await asyncio.gather(written, return_exceptions=True)
            await van.close()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._lines:
            await asyncio.gather(*self._lines.values(), return_exceptions=True)

    def take_no_more(self) -> None:
        """Claim nothing more, and give back what was claimed but not begun."""
        self._stopping = True

    async def stop(self, within: float = 25.0) -> None:
        """Let what is being handed over finish, or break it off: before the final dot nothing has been sent."""
        self.take_no_more()
        under_way = list(self._lines.values())
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _give_up(vanished: Claim) -> None:
    """A message whose worker is gone comes into doubt; a defect about one of them does not hold up the others."""
    try:
        await transact(settle_lost, vanished.workspace_id, vanished)
    except OperationalError:
        raise
    except Exception:
        log.exception("a message whose worker is gone could not be settled", message=vanished.message_id)


class _Van:
    """Keeps one channel open for the messages of a batch."""

    def __init__(self) -> None:
        self._of: tuple[ChannelKind, str, str] | None = None
        self._channel: Channel | None = None

    async def channel(self, armed: Armed) -> Channel:
        if self._channel is None or self._of != (armed.kind, armed.provider, armed.sealed):
            await self.close()
            self._channel = open_channel(armed.kind, armed.provider, armed.sealed)
            self._of = (armed.kind, armed.provider, armed.sealed)
        return self._channel

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
        self._channel = None


def open_channel(kind: ChannelKind, provider: str, sealed: str) -> Channel:
    """The channel of an account. Raises DeliveryFailed when its stored credentials cannot be read."""
    try:
        return channel_of(kind, provider, security.unseal(sealed) if sealed else {})
    except ValueError as error:
        raise DeliveryFailed(str(error), permanent=True, channel_down=True) from error


async def deliver_due(limit: int = BATCH, scope: Scope = SYSTEM) -> int:
    """Carry everything that is due and wait for the end of it; returns how many messages were claimed."""
    courier, carried = Courier(scope), 0
    while claimed := await courier.round(limit):
        carried += claimed
        await courier.idle()
    return carried


async def _armed(claim: Claim) -> Armed | None:
    """Ready to leave, or None. A defect about one message is counted against it and holds up no other."""
    try:
        return await transact(arm, claim.workspace_id, claim)
    except OperationalError:
        raise
    except Exception:
        log.exception("a message could not be made ready", message=claim.message_id)
        await transact(stumble, claim.workspace_id, claim)
        return None


async def _hand_over(claim: Claim, van: _Van) -> Receipt | None:
    """Arm and send one message; a failure is written down at once, a receipt is for the caller to write down."""
    armed = await _armed(claim)
    if armed is None:
        return None
    try:
        return await _send(armed, van)
    except DeliveryFailed as failure:
        await _settle(settle_failed, claim, failure)
    except CareOpsError as refusal:
        await _settle(settle_failed, claim, DeliveryFailed(str(refusal), permanent=True))
    except Exception as error:
        log.exception("a channel failed unexpectedly", message=claim.message_id, provider=armed.provider)
        doubt = DeliveryFailed(f"Unexpected: {type(error).__name__}", permanent=False, uncertain=True)
        await _settle(settle_failed, claim, doubt)
    return None


async def _write_down(claim: Claim, receipt: Receipt) -> None:
    await _settle(settle_sent, claim, receipt)
    log.info("message handed over", message=claim.message_id, captured=receipt.captured)


async def _send(armed: Armed, van: _Van) -> Receipt:
    channel = await van.channel(armed)
    return await channel.send(await _with_private_values(armed))


async def _with_private_values(armed: Armed) -> Outgoing:
    """The message with its personal links, which exist only from here on."""
    used = templates.placeholders_in(armed.outgoing.body)
    if not templates.PRIVATE.intersection(used) or armed.about_id is None:
        return armed.outgoing
    resolver = resolver_of(armed.about)
    if resolver is None:
        raise NotFound("The personal link")
    values = await fetch(resolver, SYSTEM, armed.about_id)
    return replace(armed.outgoing, body=templates.put_in(armed.outgoing.body, values))


async def _settle(settle: Callable[..., bool], claim: Claim, result: Any) -> None:
    """Write the outcome, patiently: the database may be restarting, and what was sent must not be forgotten."""
    for tries in itertools.count(1):
        try:
            if not await transact(settle, claim.workspace_id, claim, result):
                log.warning("lease lost before the outcome was written", message=claim.message_id)
            return
        except OperationalError:
            if tries == SETTLE_TRIES:
                raise
            await asyncio.sleep(0.25 * 2**tries)
