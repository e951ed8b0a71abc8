"""The corpus against the product: each mail is found in a mailbox, stored, read and filed as a worker does it."""

from __future__ import annotations

import contextlib
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from careops_app.contacts import service as contacts
from careops_app.contacts.models import ContactAddress
from careops_app.contacts.service import Identity
from careops_app.inbox import service as inbox
from careops_app.inbox import suppression
from careops_app.inbox.mail_files import FileRow, files_of
from careops_app.inbox.mail_models import FolderRole, InboundMail
from careops_app.inbox.models import ChannelKind, Conversation, Message, MessageState
from careops_app.inbox.reply_tokens import reply_address
from careops_app.inbox.service import Reply
from careops_app.infra import db
from careops_app.integrations.email import limited
from tests.inbox.corpus import bombs, bounces, encodings, replies, robots, spoofs
from tests.inbox.corpus.case import AMELIA, BEN, OURS, OURS_TO_BEN, STUDIO, TOKEN, TOKEN_OF_BEN, Case
from tests.inbox.desk import Business
from tests.inbox.letters import arrive, connect, letter

SECONDS = 5.0
GROUPS = {
    "replies": replies.CASES, "encodings": encodings.CASES, "bounces": bounces.CASES, "robots": robots.CASES,
    "spoofs": spoofs.CASES, "bombs and files": bombs.CASES,
}  # fmt: skip
CASES: list[Case] = [case for group in GROUPS.values() for case in group]


@dataclass
class World:
    """The studio, Amelia, Ben, one letter to each, and an automatic message to Amelia that waits."""

    business: Business
    conversations: dict[str, int]
    letters: dict[str, int]
    marks: dict[bytes, bytes]
    waiting: int


@dataclass
class Verdict:
    """What went wrong with a case, and how long it took: of processor time, whatever else the machine does, and by the clock."""

    case: Case
    seconds: float
    by_the_clock: float
    wrong: list[str] = field(default_factory=list)
    misthreaded: bool = False


def world_of(business: Business) -> World:
    """Everything the cases speak of."""
    connect(business)
    ben = db.transact_now(contacts.identify, business.workspace_id, Identity("Ben Cole", BEN), "test").contact_id
    conversations = {
        "amelia": business.conversation_id(), "ben": db.transact_now(inbox.start_conversation, business.actor, ben)
    }  # fmt: skip
    letters = {who: _sent(business, conversation) for who, conversation in conversations.items()}
    waiting = business.automated("waits")
    db.transact_now(inbox.resume, business.actor, conversations["amelia"])
    ids = {who: (business.message(letter).rfc_message_id or "").encode() for who, letter in letters.items()}
    tokens = {
        who: (reply_address(STUDIO, business.workspace_id, conversation) or "").encode()
        for who, conversation in conversations.items()
    }
    marks = {
        OURS.encode(): ids["amelia"], OURS_TO_BEN.encode(): ids["ben"], TOKEN.encode(): tokens["amelia"],
        TOKEN_OF_BEN.encode(): tokens["ben"],
    }  # fmt: skip
    arrive(business, letter("The first to carry this Message-ID", Message_ID="<copied@mail.example>"))
    return World(business, conversations, letters, marks, waiting)


def _sent(business: Business, conversation_id: int) -> int:
    reply = Reply(conversation_id, ChannelKind.EMAIL, "Your visit is on Friday.")
    message_id = db.transact_now(inbox.reply, business.actor, reply).message_id
    db.transact_now(_settle, business.workspace_id, message_id)
    return message_id


def _settle(session: Session, _: int, message_id: int) -> None:
    message = db.load(session, Message, message_id, lock=True)
    message.state = MessageState.SENDING
    session.flush()
    message.state, message.due_at = MessageState.SENT, None


def judged(world: World, case: Case) -> Verdict:
    """One mail from the mailbox to its place; afterwards the world is fit for the next."""
    before = _facts(world)
    raw = case.raw
    for mark, real in world.marks.items():
        raw = raw.replace(mark, real)
    began, used = time.monotonic(), _processor_time()
    found = arrive(world.business, raw, FolderRole(case.role))
    verdict = Verdict(case, _processor_time() - used, time.monotonic() - began)
    if verdict.seconds > SECONDS:
        verdict.wrong.append(f"took {verdict.seconds:.1f} s")
    _compare(world, case, found, verdict)
    _unchanged(world, case, before, verdict)
    if _facts(world)[1:3] != ("queued", "sent") or case.report.endswith("!"):
        _renew(world)
    return verdict


def _processor_time() -> float:
    """Of this process and of those it has started and that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """On a machine with other work a reader that waits for its turn is not stopped; its processor time is still limited."""
    before = limited.SECONDS
    limited.SECONDS = 60.0
    try:
        yield
    finally:
        limited.SECONDS = before


def _compare(world: World, case: Case, found: InboundMail, verdict: Verdict) -> None:
    wrong = verdict.wrong
    if found.state != case.state:
        wrong.append(f"is {found.state} ({found.reason}), not {case.state}")
    place = db.fetch_now(_whose, world.business.workspace_id, found.message_id)
    expected = {"amelia": AMELIA, "ben": BEN}.get(case.who, case.who)
    if found.state in ("filed", "automatic", "staff") and place != expected:
        verdict.misthreaded = True
        wrong.append(f"is in the conversation of {place}, not of {expected}")
    for name, given in (("body", found.body), ("subject", found.subject), ("sender_name", found.sender_name)):
        asked = getattr(case, name)
        if asked is not None and given != asked:
            wrong.append(f"{name} is {given[:80]!r}, not {asked[:80]!r}")
    wrong += [f"{case.has!r} is missing in {found.body[:80]!r}"] if case.has not in found.body else []
    wrong += ["holds what it must not"] if case.hasnt and case.hasnt in found.body else []
    wrong += [f"{case.quoted!r} is not folded, but {found.quoted[:60]!r}"] if case.quoted not in found.quoted else []
    wrong += [f"why: {found.reason!r}"] if case.why and case.why not in found.reason else []
    wrong += [f"html is {found.html[:80]!r}"] if case.html not in found.html else []
    wrong += [f"html has {case.html_not}"] if case.html_not and case.html_not in found.html else []
    wrong += (
        ["two lines in a header"] if re.search(r"[\r\n\0]", found.subject + found.sender_name + found.sender) else []
    )
    _compare_files(world, case, found, wrong)


def _compare_files(world: World, case: Case, found: InboundMail, wrong: list[str]) -> None:
    files = db.fetch_now(_files, world.business.workspace_id, found.id)
    kept = tuple(file.name for file in files if not file.problem)
    named = tuple(file.name for file in files if file.problem)
    if case.kept != kept and not case.named:
        wrong.append(f"kept {kept}, not {case.kept}")
    if case.named and not any(name.endswith(case.named[0]) for name in named) and case.named[0] != "exe":
        wrong.append(f"named {named}, not {case.named}")


def _unchanged(world: World, case: Case, before: tuple, verdict: Verdict) -> None:
    """Nothing that was not asked for: contacts, pauses, and the letter to Amelia."""
    after = _facts(world)
    may_add = case.state == "filed" and "@" in case.who
    if len(after[0]) > len(before[0]) + may_add:
        verdict.wrong.append("made a contact")
    if case.state != "staff" and after[1] != "queued":
        verdict.wrong.append("stopped automation")
    if case.state == "staff" and after[1] != "held":
        verdict.wrong.append("did not stop automation")
    if case.state not in ("filed", "staff") and after[3] != before[3]:
        verdict.wrong.append("makes somebody wait")
    told = case.report or "sent"
    state, closed = told.rstrip("!"), told.endswith("!")
    if (after[2], after[4]) != (state, closed):
        verdict.wrong.append(f"our letter is {after[2]}, closed: {after[4]}; not {told}")


def _facts(world: World) -> tuple:
    return db.fetch_now(_read_facts, world.business.workspace_id, world)


def _read_facts(session: Session, _: int, world: World) -> tuple:
    amelia = session.get(Conversation, world.conversations["amelia"])
    ours, waiting = session.get(Message, world.letters["amelia"]), session.get(Message, world.waiting)
    assert amelia is not None and ours is not None and waiting is not None
    return (
        sorted(session.exec(select(ContactAddress.value))), waiting.state, ours.state, amelia.unread,
        suppression.is_suppressed(session, ChannelKind.EMAIL, AMELIA),
    )  # fmt: skip


def _whose(session: Session, _: int, message_id: int | None) -> str:
    if message_id is None:
        return ""
    return session.exec(
        select(ContactAddress.value)
        .join(Conversation, col(Conversation.contact_id) == ContactAddress.contact_id)
        .join(Message, col(Message.conversation_id) == Conversation.id)
        .where(Message.id == message_id, ContactAddress.kind == "email")
    ).one()


def _files(session: Session, _: int, mail_id: int) -> tuple[FileRow, ...]:
    return files_of(session, [mail_id]).get(mail_id, ())


def _renew(world: World) -> None:
    """For the next case: a letter that is sent, to an address that is open, and automation that waits."""
    db.transact_now(_reopen, world.business.workspace_id)
    amelia = world.conversations["amelia"]
    world.letters["amelia"] = _sent(world.business, amelia)
    db.transact_now(inbox.resume, world.business.actor, amelia)
    world.marks[OURS.encode()] = (world.business.message(world.letters["amelia"]).rfc_message_id or "").encode()


def _reopen(session: Session, _: int) -> None:
    suppression.lift(session, ChannelKind.EMAIL, AMELIA)
