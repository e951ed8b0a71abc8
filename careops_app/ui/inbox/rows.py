"""What the inbox shows, as ready words: conversations, tabs, choices of the composer, held messages, attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from careops_app.inbox.models import Author, ChannelKind, Outcome
from careops_app.inbox.queries import ConversationPage, ConversationRow, Filter, InboxCounts, LastLine
from careops_app.inbox.thread_queries import AttemptRow, ComposerChannel, Stoppable
from careops_app.infra import clock, wording
from careops_app.ui.inbox.address import address

FILTER_WORDS = {
    Filter.OPEN: "Open",
    Filter.UNANSWERED: "Unanswered",
    Filter.NEW: "New inquiries",
    Filter.ONGOING: "Ongoing",
    Filter.MINE: "Mine",
    Filter.HELD: "Automation held",
    Filter.FAILED: "Not delivered",
    Filter.CLOSED: "Closed",
}
ALWAYS_TABS = (Filter.OPEN, Filter.MINE, Filter.CLOSED)
CHANNEL_WORDS = {ChannelKind.EMAIL: "email", ChannelKind.SMS: "SMS", ChannelKind.WEB: "contact form"}
NOTE = "note"


@dataclass(frozen=True)
class Item:
    """A conversation in the list. `waits`, `held` and `failed` are words, empty when there is nothing to say."""

    id: int
    address: str
    name: str
    initials: str
    time: str
    instant: str
    channel: str
    line: str
    waits: str
    is_new: bool
    held: str
    failed: str
    assigned: str


@dataclass(frozen=True)
class Tab:
    """A filter of the list as a link."""

    key: str
    word: str
    count: str
    address: str
    current: bool


@dataclass(frozen=True)
class Choice:
    """A channel of the composer; `why_not` says why it cannot be used."""

    kind: str
    word: str
    address: str
    why_not: str
    captured: bool


@dataclass(frozen=True)
class Waiting:
    """An automatic message that is held, queued or planned. `id` 0: not written yet."""

    id: int
    key: str
    when: str
    what: str
    state: str
    is_past: bool
    is_reminder: bool


@dataclass(frozen=True)
class Attempt:
    """One try to hand a message over."""

    key: str
    time: str
    word: str
    tone: str
    detail: str


@dataclass(frozen=True)
class Seat:
    """Somebody a conversation can be assigned to."""

    id: int
    name: str
    is_current: bool


def items(page: ConversationPage, here: tuple[Filter, str], zone: str) -> tuple[list[Item], list[Item]]:
    """Those who wait, and the rest."""
    drawn = [(row, _item(row, here, page.page, zone)) for row in page.rows]
    waiting = [item for row, item in drawn if row.waiting_since and not row.is_closed]
    return waiting, [item for _, item in drawn if item not in waiting]


def _item(row: ConversationRow, here: tuple[Filter, str], page: int, zone: str) -> Item:
    now = clock.now()
    shown_at = row.last.at if row.last else row.last_at
    return Item(
        id=row.id, address=address(*here, page, row.id), name=row.name, initials=wording.initials(row.name),
        time=wording.stamp(shown_at, zone, now), instant=shown_at.isoformat(),
        channel=_channel(row.last), line=_last(row.last), waits=_waits(row, now), is_new=row.is_lead,
        held=f"{row.held} held" if row.held else "", failed="Not delivered" if row.not_delivered else "",
        assigned=row.assigned_name,
    )  # fmt: skip


def _waits(row: ConversationRow, now: datetime) -> str:
    if row.waiting_since is None or row.is_closed:
        return ""
    minutes = (now - row.waiting_since).total_seconds() // 60
    return f"Unanswered {wording.waited(row.waiting_since, now)}" if minutes else "Unanswered"


def _channel(line: LastLine | None) -> str:
    if line is None:
        return ""
    return str(line.channel or NOTE)


def _last(line: LastLine | None) -> str:
    """The latest words, and whose they are unless they are the customer's; of an automatic message its rule."""
    if line is None:
        return "Nothing written yet"
    if line.author == Author.AUTOMATION:
        return line.author_name[:1].upper() + line.author_name[1:]
    who = f"{line.author_name.partition(' ')[0]}: " if line.author == Author.MEMBER else ""
    return f"{who}{line.text or 'No words'}"


def tabs(
    counts: InboxCounts, mine: int, chosen: Filter, text: str, conversation: int | None
) -> tuple[list[Tab], list[Tab]]:
    """The tabs above the list, and every filter for the menu. While searching no number is shown: it would not agree."""
    numbers = vars(counts) | {Filter.MINE.value: mine}
    every = [
        Tab(
            each.value,
            FILTER_WORDS[each],
            "" if text else str(numbers[each.value]),
            address(each, text, 1, conversation),
            each == chosen,
        )
        for each in Filter
    ]
    return [tab for tab in every if Filter(tab.key) in ALWAYS_TABS or tab.current], every


def choices(channels: Iterable[ComposerChannel]) -> list[Choice]:
    """The channels, and the note that stays in the house."""
    words = {ChannelKind.EMAIL: "Email", ChannelKind.SMS: "SMS"}
    found = [Choice(str(each.kind), words[each.kind], each.address, each.why_not, each.captured) for each in channels]
    return [*found, Choice(NOTE, "Note", "", "", False)]


def waiting(found: Iterable[Stoppable], state: str, zone: str) -> list[Waiting]:
    """Messages that wait, in `state` unless they are only planned."""
    now = clock.now()
    return [
        Waiting(
            id=each.message_id or 0, key=f"{each.message_id or 0}-{each.when.isoformat()}-{each.what}",
            when=wording.near(each.when, zone, now), what=_what(each),
            state=state if each.message_id else "planned", is_past=each.is_past, is_reminder=each.is_reminder,
        )
        for each in found
    ]  # fmt: skip


def within(when: str) -> str:
    """A near time inside a sentence: “today 17:30”."""
    return f"t{when[1:]}" if when.startswith("Today") else when


def _what(each: Stoppable) -> str:
    return f"{each.what}, {CHANNEL_WORDS[each.channel]}" if each.channel else each.what


OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.STARTED: ("Under way", "mute"),
    Outcome.ACCEPTED: ("Accepted by the provider", "good"),
    Outcome.CAPTURED: ("Kept here, nothing left this machine", "info"),
    Outcome.RETRY: ("Not now, tried again later", "warn"),
    Outcome.REFUSED: ("Refused", "bad"),
    Outcome.UNCERTAIN: ("Not certain whether it arrived", "warn"),
}


def attempts(rows: Iterable[AttemptRow], zone: str) -> list[Attempt]:
    """The delivery record, first try first."""
    return [
        Attempt(
            str(row.number), wording.moment(row.at, zone), *OUTCOMES[row.outcome],
            row.detail if row.code in row.detail else f"{row.detail} ({row.code})",
        )
        for row in rows
    ]  # fmt: skip
