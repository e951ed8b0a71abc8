"""What an owner may change about a rule, as plain values: when, over which channel, in which words, on or off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from careops_app.inbox.templates import Words
from careops_app.infra import wording


class Via(StrEnum):
    """The channel of a message. Where somebody cannot be reached on the one that is named, the other carries it."""

    LAST = "last"
    EMAIL = "email"
    SMS = "sms"
    BOTH = "both"


VIA_WORDS: dict[Via, str] = {
    Via.LAST: "on the channel last used", Via.EMAIL: "by e-mail", Via.SMS: "by text", Via.BOTH: "by e-mail and by text",
}  # fmt: skip


class Waiting(StrEnum):
    """What becomes of the messages that wait when a rule changes; chosen with the change, kept with the version.

    KEEP: what was planned before goes on as before. UPDATE: the change is for all. DROP: what was planned is not sent.
    ANEW: as UPDATE, and what an earlier change dropped is planned again: the rule was off and is switched on.
    """

    KEEP = "keep"
    UPDATE = "update"
    DROP = "drop"
    ANEW = "anew"


@dataclass(frozen=True)
class Step:
    """One moment at which a rule sends: so many minutes before or after, over a channel.

    `since`: the owner added it then; a moment that had passed already is left out, never caught up. None: always there.
    """

    minutes: int
    via: Via = Via.LAST
    since: datetime | None = None


STANDARD = Words()


@dataclass(frozen=True)
class Terms:
    """How a rule stands for one service and one moment. `number` 0: as CareOps came.

    `dropped`: an owner decided that what was planned before a change is not sent. `own`: the service has its own.
    """

    enabled: bool
    steps: tuple[Step, ...]
    words: Words = STANDARD
    number: int = 0
    dropped: bool = False
    own: bool = False

    def step(self, minutes: int | None) -> Step | None:
        """The moment with this lead; of a rule without moments the only one there is. None: it is no longer one."""
        if minutes is None:
            return self.steps[0] if self.steps else None
        return next((each for each in self.steps if each.minutes == minutes), None)


@dataclass(frozen=True)
class Version:
    """One row of a rule's history, as it counts. None in a part: for a service as the rule, for the rule as it came."""

    number: int
    service_id: int | None
    made_at: datetime
    waiting: Waiting
    enabled: bool | None
    steps: tuple[Step, ...] | None
    words: Words | None


def standing(versions: Sequence[Version], since: datetime | None) -> tuple[Version | None, bool]:
    """Which of one scope's versions (newest first) counts for what was planned at `since`, and whether it was dropped.

    `since` None asks for the newest.
    """
    chosen: Version | None = None
    for version in versions:
        earlier = since is not None and since < version.made_at
        if earlier and version.waiting == Waiting.KEEP:
            continue
        chosen = chosen or version
        if earlier and version.waiting == Waiting.DROP:
            return chosen, True
        if version.waiting == Waiting.ANEW:
            break
    return chosen, False


def terms_of(versions: Sequence[Version], service_id: int | None, since: datetime | None, standard: Terms) -> Terms:
    """A rule's terms from its whole history, newest first: the service's own parts over the rule's over the standard."""
    base, dropped = standing([one for one in versions if one.service_id is None], since)
    own, gone = (
        standing([one for one in versions if one.service_id == service_id], since) if service_id else (None, False)
    )
    terms = replace(standard, dropped=dropped or gone, own=own is not None and _says(own))
    for version in (base, own):
        if version is not None:
            terms = _over(terms, version)
    return terms


def _says(version: Version) -> bool:
    return version.enabled is not None or version.steps is not None or version.words is not None


def _over(terms: Terms, version: Version) -> Terms:
    return replace(
        terms, enabled=terms.enabled if version.enabled is None else version.enabled,
        steps=terms.steps if version.steps is None else version.steps,
        words=terms.words if version.words is None else version.words, number=max(terms.number, version.number),
    )  # fmt: skip


def packed(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as they are kept."""
    return [
        {"minutes": each.minutes, "via": each.via.value, "since": each.since.isoformat() if each.since else None}
        for each in steps
    ]


def unpacked(kept: Sequence[dict[str, Any]]) -> tuple[Step, ...]:
    """Steps as they were kept, the longest lead first."""
    return tuple(
        Step(each["minutes"], Via(each["via"]), datetime.fromisoformat(each["since"]) if each["since"] else None)
        for each in kept
    )


def moments(steps: Sequence[Step], moment: str) -> str:
    """“24 hours before the start by e-mail and 2 hours before the start by text”; without a lead only the channel."""
    said = [
        f"{wording.before(each.minutes)} {moment} {VIA_WORDS[each.via]}" if each.minutes else VIA_WORDS[each.via]
        for each in steps
    ]
    return wording.listing(said)
