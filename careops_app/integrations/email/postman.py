"""Bringing mail in: a thread per mailbox that stays connected, and the reading of what was stored.

Any number of workers may do this. Which one reads a mailbox is a lease in the database; a mail is stored before anything of
it is understood, and read in a process of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from careops_app.errors import DeliveryFailed
from careops_app.inbox import filing, mailboxes
from careops_app.inbox.channels import readable_of
from careops_app.inbox.filing import Waiting
from careops_app.inbox.mail import ParsedMail
from careops_app.inbox.mail_models import FolderRole
from careops_app.inbox.mailboxes import Reading
from careops_app.inbox.models import ChannelKind
from careops_app.infra import clock
from careops_app.infra.db import SYSTEM, Scope, fetch_now, transact_now
from careops_app.integrations.email.limited import LARGEST, TOO_LONG, read_mail
from careops_app.integrations.email.mailbox import ImapMailbox, Visit

PAUSE = 25.0  # seconds between two looks; the Inbox also announces itself
MOST = 60  # mailboxes that one worker keeps open
AT_ONCE = 2  # mails that are read side by side

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker reads this mailbox now."""


@dataclass
class Postman:
    """The mailboxes that this worker reads. `changed` is called whenever something was stored."""

    changed: Callable[[], None] = lambda: None
    _threads: dict[int, threading.Thread] = field(default_factory=dict)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _reading: asyncio.Task[None] | None = None

    def read_soon(self) -> None:
        """Begin to read what was stored, beside everything else: a mail may take its five seconds."""
        if (self._reading is None or self._reading.done()) and not self._stopped.is_set():
            self._reading = asyncio.create_task(self._read(), name="reading stored mails")

    async def _read(self) -> None:
        try:
            while not self._stopped.is_set() and await asyncio.to_thread(read_waiting):
                self.changed()
        except (OperationalError, InterfaceError):
            log.warning("the database does not answer; stored mails are read later")
        except Exception:
            log.exception("reading stored mails failed; going on with the next round")

    async def round(self) -> None:
        """Begin to read mailboxes nobody reads, and say which have not been read for long."""
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        free = MOST - len(self._threads)
        if self._stopped.is_set() or free <= 0:
            return
        for reading in await asyncio.to_thread(_claimed, free):
            thread = threading.Thread(
                target=self._stay, args=(reading,), name=f"mailbox {reading.mailbox_id}", daemon=True
            )
            self._threads[reading.mailbox_id] = thread
            thread.start()
        await asyncio.to_thread(_notice_stale)

    def _stay(self, reading: Reading) -> None:
        follow(reading, self._stopped.is_set, self.changed)

    async def stop(self, within: float = 10.0) -> None:
        """Read no further and give the leases back."""
        self._stopped.set()
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=within)
        for thread in self._threads.values():
            await asyncio.to_thread(thread.join, within)


def _claimed(free: int) -> list[Reading]:
    return transact_now(mailboxes.claim_mailboxes, SYSTEM, limit=free)


def _notice_stale() -> None:
    for workspace_id in fetch_now(mailboxes.stale_workspaces, SYSTEM):
        transact_now(mailboxes.notice_stale, workspace_id)


def follow(reading: Reading, stopped: Callable[[], bool], changed: Callable[[], None] = lambda: None) -> None:
    """Read a mailbox until told to stop, the lease is lost, or it fails; the lease is given back."""
    failure: DeliveryFailed | None = None
    try:
        with _mailbox(reading).opened() as visit:
            while not stopped():
                look_through(reading, visit, changed)
                visit.wait(PAUSE, stopped)
    except LeaseLost:
        return
    except DeliveryFailed as problem:
        failure = problem
        log.warning("a mailbox cannot be read", workspace=reading.workspace_id, reason=str(problem))
    except (OperationalError, InterfaceError):
        return  # the database is away; the lease ends by itself
    except Exception as error:
        log.exception("reading a mailbox failed unexpectedly", workspace=reading.workspace_id)
        failure = DeliveryFailed(f"Reading it failed unexpectedly: {type(error).__name__}.", permanent=False)
    transact_now(mailboxes.give_back, reading.workspace_id, reading, failure)


def _mailbox(reading: Reading) -> ImapMailbox:
    for provider in ("gmail", "smtp"):
        found = readable_of(ChannelKind.EMAIL, provider, reading.settings)
        if isinstance(found, ImapMailbox):
            return found
    raise DeliveryFailed("The account names no mailbox.", permanent=True)


def look_through(reading: Reading, visit: Visit, changed: Callable[[], None] = lambda: None) -> int:
    """Store everything new in Inbox and Sent; returns how many mails were looked at. Raises LeaseLost, DeliveryFailed."""
    began, seen, compared = clock.now(), 0, False
    for role in FolderRole:
        found = visit.look(role)
        if found is None:
            continue
        place = transact_now(mailboxes.begin_folder, reading.workspace_id, reading, found)
        if place is None:
            raise LeaseLost
        compared = compared or place.since is not None
        for mail in visit.mails(found, place):
            _held(transact_now(mailboxes.store, reading.workspace_id, reading, mail))
            seen += 1
        _held(
            transact_now(
                mailboxes.end_folder, reading.workspace_id, reading, role, max(place.after, found.next_uid - 1)
            )
        )
    _held(transact_now(mailboxes.synced, reading.workspace_id, reading, at=began, compared=compared))
    if seen:
        changed()
    return seen


def _held(ours: bool) -> None:
    if not ours:
        raise LeaseLost


def read_waiting(scope: Scope = SYSTEM, limit: int = AT_ONCE) -> int:
    """Read stored mails and put each where it belongs; returns how many were taken in hand."""
    claimed = transact_now(filing.claim_mail, scope, limit=limit)
    for waiting in claimed:
        read_one(waiting)
    return len(claimed)


def read_one(waiting: Waiting) -> None:
    parsed = _parsed(waiting)
    if parsed.problem == TOO_LONG and transact_now(filing.try_again, waiting.workspace_id, waiting):
        return
    if not transact_now(filing.file_mail, waiting.workspace_id, waiting, parsed):
        log.warning("lease lost before a mail was filed", mail=waiting.mail_id)


def _parsed(waiting: Waiting) -> ParsedMail:
    if waiting.tries > filing.MOST_TRIES:
        return ParsedMail(problem="It could not be filed after several tries.")
    if waiting.size > LARGEST:
        return ParsedMail(problem="It is larger than 25 MB.")
    return read_mail(waiting.raw, waiting.trusted)
