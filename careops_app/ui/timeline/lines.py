"""A timeline as ready lines: words, times on the workspace's clock, and the day each stretch belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from careops_app.automation.models import RunState
from careops_app.contacts.queries import NoteRow
from careops_app.dashboard.happenings import Happening
from careops_app.dashboard.timeline import Decision, Entry
from careops_app.inbox.mail_files import FileRow
from careops_app.inbox.mail_queries import MailView
from careops_app.inbox.models import Author, Direction
from careops_app.inbox.thread_queries import MessageRow
from careops_app.infra import clock, wording
from careops_app.ui.explain import address as explain

URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")
QUIET = frozenset({"received", "noted"})
LONG = 120


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; with `href` it is a link."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Enclosure:
    """A file that came with a mail; without `href` it is not here, and `note` says why."""

    key: str
    name: str
    note: str
    href: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the story. `look`: in, out, auto, note, event, decision, idle, or day.

    `followed` leads to what rules made of a customer's message.

    `quoted`: the older letters below a mail. `formatted`: where it is shown as its sender formatted it.

    `folds`: only its subject at first. `hints`: what stands below a message, or the rules of an idle line.
    """

    key: str
    look: str
    time: str = ""
    instant: str = ""
    author: str = ""
    channel: str = ""
    subject: str = ""
    body: list[Piece] = field(default_factory=list)
    folds: bool = False
    state: str = ""
    reason: str = ""
    message_id: int = 0
    asks: str = ""
    hints: list[str] = field(default_factory=list)
    quoted: str = ""
    formatted: str = ""
    files: list[Enclosure] = field(default_factory=list)
    event: str = ""
    text: str = ""
    link: str = ""
    followed: str = ""


def lines_of(entries: Sequence[Entry], zone: str, *, fold_idle: bool = True) -> list[Line]:
    """Every entry as a line, each day begun by its name. `fold_idle`: rules that did nothing share one line."""
    tz, now = clock.zone(zone), clock.now()
    found: list[Line] = []
    for day, of_day in groupby(entries, lambda entry: entry.at.astimezone(tz).date()):
        found.append(Line(key=f"d{day}", look="day", text=_day(day, now, zone)))
        found += _of_day(list(of_day), zone, fold_idle)
    return found


def _of_day(entries: list[Entry], zone: str, fold_idle: bool) -> list[Line]:
    found: list[Line] = []
    for idle, run in groupby(entries, _is_idle):
        together = list(run)
        if idle and fold_idle and len(together) > 1:
            found.append(_idle(together, zone))
        else:
            found += [_line(entry, zone) for entry in together]
    return found


def _is_idle(entry: Entry) -> bool:
    """A rule looked and had nothing to do."""
    return isinstance(entry.what, Decision) and entry.what.state == RunState.SKIPPED


def _idle(entries: list[Entry], zone: str) -> Line:
    reasons = [f"{each.what.rule_name}: {each.what.reason}" for each in entries if isinstance(each.what, Decision)]
    first = entries[0]
    return Line(
        key=first.key, look="idle", text=f"{len(entries)} rules looked and had nothing to do", hints=reasons,
        time=wording.clock_time(first.at, zone), instant=first.at.isoformat(),
    )  # fmt: skip


def _day(day: object, now: datetime, zone: str) -> str:
    """“Today, Tuesday 16 June”; the year only where it is another one."""
    today = now.astimezone(clock.zone(zone)).date()
    assert isinstance(day, type(today))
    words = wording.long_day(day)
    words = words.removesuffix(f" {today.year}")
    near = {0: "Today, ", 1: "Yesterday, "}.get((today - day).days, "")
    return f"{near}{words}"


def _line(entry: Entry, zone: str) -> Line:
    what = entry.what
    if isinstance(what, MessageRow):
        line = _message(entry.key, what)
    elif isinstance(what, NoteRow):
        line = Line(key=entry.key, look="note", author=what.author, channel="note", body=[Piece(what.body)])
    elif isinstance(what, Happening):
        line = Line(key=entry.key, look="event", event=what.event, text=what.text, link=what.link)
    else:
        line = _decision(entry.key, what)
    return replace(line, time=wording.clock_time(entry.at, zone), instant=entry.at.isoformat())


def _message(key: str, message: MessageRow) -> Line:
    state = message.state_key.removeprefix("message.")
    is_ours = message.direction == Direction.OUT
    return Line(
        key=key, look=_look(message), author=_author(message), channel=_channel(message), subject=message.subject,
        body=pieces(message.body) if is_ours else [Piece(message.body)], state="" if state in QUIET else state,
        reason=message.reason, message_id=message.id,
        asks="" if not is_ours else "Why sent?" if message.why else "Delivery",
        hints=[*message.differing, *_about_mail(message.mail)], folds=_folds(message), quoted=message.mail.quoted,
        formatted=f"/app/mail/{message.mail.formatted_id}" if message.mail.formatted_id else "",
        files=[_enclosure(each) for each in message.mail.files],
        followed=explain.of_message(message.id) if message.direction == Direction.IN else "",
    )  # fmt: skip


def _about_mail(mail: MailView) -> list[str]:
    who = [f"Its sender was not proven; somebody accepted it. It came from {mail.sent_from}."] if mail.sent_from else []
    return who + ([f"Shown as plain text. {mail.problem}"] if mail.problem else [])


def _enclosure(file: FileRow) -> Enclosure:
    href = "" if file.problem else f"/app/mail/files/{file.id}"
    return Enclosure(str(file.id), file.name, file.problem or wording.file_size(file.size), href)


def _folds(message: MessageRow) -> bool:
    """Everybody on the team knows what a rule writes; its letters open when they are wanted."""
    return message.author == Author.AUTOMATION and message.subject != "" and len(message.body) > LONG


def _look(message: MessageRow) -> str:
    if message.direction == Direction.OUT:
        return "auto" if message.author == Author.AUTOMATION else "out"
    return "note" if message.direction == Direction.NOTE else "in"


def _author(message: MessageRow) -> str:
    return message.why.rule_name if message.author == Author.AUTOMATION and message.why else message.author_name


def _channel(message: MessageRow) -> str:
    if message.direction == Direction.NOTE:
        return "note"
    return str(message.channel or "")


def _decision(key: str, decision: Decision) -> Line:
    link = explain.of_event(decision.event_id, decision.rule)
    done = "Done" if decision.state == RunState.FIRED else ""
    return Line(
        key=key, look="decision", author=decision.rule_name, state=decision.state.value, text=decision.reason or done,
        link=link,
    )  # fmt: skip


def pieces(text: str) -> list[Piece]:
    """The text with its addresses as links. Only for what the business itself wrote."""
    found: list[Piece] = []
    at = 0
    for match in URL.finditer(text):
        found += [Piece(text[at : match.start()]), Piece(match[0], match[0])]
        at = match.end()
    return [piece for piece in (*found, Piece(text[at:])) if piece.text]
