"""Somebody replies while automatic messages are about to leave: once the reply has committed, none of them begins to.

Threads with the real commands on the real database. What a reply names as “already leaving” had begun before it; any other
message of that conversation that is found leaving afterwards has begun after it. That needs no clock, so it misses nothing.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from unittest import mock

from sqlmodel import Session, select

from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.inbox import answering, arming, setup
from careops_app.inbox import service as inbox
from careops_app.inbox.arming import Claim
from careops_app.inbox.models import ChannelKind, Conversation, Message, MessageClass
from careops_app.inbox.service import Draft, Reply
from careops_app.infra import db, embedded
from careops_app.infra.db import SYSTEM
from careops_app.workspace.access import Actor
from tests import people
from tests.inbox.desk import EVENT, values_for
from tests.torture import ground
from tests.torture.ground import Ground
from tests.torture.part import Part

SENDS = 10_000
CONVERSATIONS, EACH = 50, 4  # of a round: every conversation has four messages that want to leave, and one reply
SENDERS, REPLIERS = 8, 4
SMALL_ROUNDS = 4
ANEW = (
    "delete from message where class = 'human'",
    "update conversation set paused_at = null, paused_by = null, epoch = epoch + 1",
    "update message m set state = 'queued', due_at = now(), not_after = now() + interval '1 day', claims = 0, reason = null,"
    " lease_token = null, lease_until = null, epoch = c.epoch from conversation c where c.id = m.conversation_id",
)
"""The same messages want to leave once more, in conversations that nobody has paused: cheaper than new ones."""


@dataclass
class Told:
    """What came of some rounds."""

    sends: int = 0
    replies: int = 0
    before: int = 0  # began to leave before the reply, and the reply says so
    stopped: int = 0
    after: int = 0  # began to leave after the reply had committed

    def __str__(self) -> str:
        return (
            f"{self.sends:,} sends against {self.replies:,} replies: {self.before:,} were leaving already and are named, "
            f"{self.stopped:,} stopped, {self.after:,} began after the reply"
        )


@dataclass
class Desk:
    """A business in which much is said at once."""

    base: Ground
    owner: Actor
    conversations: dict[int, int]  # conversation: contact
    told: Told = field(default_factory=Told)

    def round(self) -> None:
        claims = self._claims()
        replies = list(self.conversations)
        random.shuffle(claims)
        random.shuffle(replies)
        named: dict[int, set[int]] = {}
        _at_once(
            [
                (SENDERS, deque(claims), self._send),
                (REPLIERS, deque(replies), lambda one: named.update(self._reply(one))),
            ]
        )
        self._judge(named)

    def _claims(self) -> list[Claim]:
        """Messages of every conversation, each claimed by a worker that is about to send it."""
        with self.base.connect() as connection:
            for statement in ANEW:
                connection.execute(statement.encode())
        claims = db.transact_now(arming.claim, SYSTEM, limit=2 * CONVERSATIONS * EACH)
        assert len(claims) == CONVERSATIONS * EACH
        return claims

    def _send(self, claim: Claim) -> None:
        db.transact_now(arming.arm, claim.workspace_id, claim)

    def _reply(self, conversation: int) -> dict[int, set[int]]:
        answer = Reply(conversation, ChannelKind.EMAIL, "Somebody of the team is here")
        replied = db.transact_now(inbox.reply, self.owner, answer)
        return {conversation: {each.message_id for each in replied.in_flight}}

    def _judge(self, named: dict[int, set[int]]) -> None:
        found = db.fetch_now(_leaving, self.owner.workspace_id)
        before = sum(message_id in named[conversation] for message_id, conversation in found)
        self.told.sends += CONVERSATIONS * EACH
        self.told.replies += len(named)
        self.told.before += before
        self.told.after += len(found) - before
        self.told.stopped += CONVERSATIONS * EACH - len(found)


def _queue(session: Session, workspace_id: int, people: list[int]) -> None:
    for contact_id in people:
        for each in range(EACH):
            draft = Draft(
                contact_id, "welcome", values_for("welcome"), f"leaving:{contact_id}:{each}",
                message_class=MessageClass.AUTOMATION, stops_on_reply=True,
            )  # fmt: skip
            inbox.queue_message(session, workspace_id, draft, EVENT, "welcome")


def _leaving(session: Session, _: int) -> list[tuple[int, int]]:
    rows = session.exec(
        select(Message.id, Message.conversation_id).where(Message.state == "sending", Message.stops_on_reply)
    )
    return [(message_id, conversation or 0) for message_id, conversation in rows]


def _at_once(crews: list[tuple[int, deque, Callable]]) -> None:  # type: ignore[type-arg]
    """Let every crew work off its pile; all begin together. An error of a thread is an error of the round."""
    gate = threading.Barrier(sum(number for number, _, _ in crews))
    problems: list[BaseException] = []

    def work(pile: deque, act: Callable) -> None:  # type: ignore[type-arg]
        gate.wait()
        while True:
            try:
                act(pile.pop())
            except IndexError:
                return
            except BaseException as problem:
                problems.append(problem)
                return

    crew = [threading.Thread(target=work, args=(pile, act)) for number, pile, act in crews for _ in range(number)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if problems:
        raise problems[0]


# the defences, switched off -------------------------------------------------------------------------------------------


def _look_without_lock(session: Session, message: Message) -> Conversation:
    statement = select(Conversation).where(Conversation.id == message.conversation_id)
    return session.exec(statement.execution_options(populate_existing=True)).one()


NOTHING_HELD = (answering, "_hold_unsent", lambda session, conversation: [])
NO_EPOCH = (arming, "_may_go", lambda message, conversation: True)
NO_LOCK = (arming, "_shared", _look_without_lock)


@contextmanager
def _without(*defences: tuple[object, str, object]) -> Iterator[None]:
    with ExitStack() as off:
        for where, name, instead in defences:
            off.enter_context(mock.patch.object(where, name, instead))
        yield


def run(times: float) -> list[str]:
    """Everything on; then without the holding, which the last look alone must make up for; then without that either."""
    with ground.prepared(embedded.DURABLE) as base:
        desk = _desk(base)
        for _ in range(max(1, int(SENDS * times) // (CONVERSATIONS * EACH))):
            desk.round()
        print(f"  {desk.told}", flush=True)
        problems = [f"{desk.told.after} messages began to leave after the reply"] if desk.told.after else []
        problems += ["no message was leaving when a reply came: nothing was raced"] if not desk.told.before else []
        for name, must_show, *defences in (
            ("only the last look is left", False, NOTHING_HELD),
            ("the last look takes no lock", True, NOTHING_HELD, NO_LOCK),
            ("the pause epoch is not looked at", True, NOTHING_HELD, NO_EPOCH),
        ):
            problems += _switched_off(desk, name, must_show, defences)
    return problems


def _switched_off(desk: Desk, name: str, must_show: bool, defences: Sequence[tuple[object, str, object]]) -> list[str]:
    desk.told = Told()
    with _without(*defences):
        for _ in range(SMALL_ROUNDS * 8):
            desk.round()
            if desk.told.sends >= SMALL_ROUNDS * CONVERSATIONS * EACH and (desk.told.after or not must_show):
                break
    print(f"  {name}: {desk.told}", flush=True)
    if must_show:
        return [] if desk.told.after else [f"{name}, and nobody notices: the part proves nothing"]
    return [f"{name}: {desk.told.after} began after the reply"] if desk.told.after else []


def _desk(base: Ground) -> Desk:
    owner = people.owner("Busy Desk", "desk@example.com").actor
    db.transact_now(setup.ensure_captured, owner.workspace_id)
    found: dict[int, int] = {}
    for number in range(CONVERSATIONS):
        who = Identity(f"Customer {number}", f"customer{number}@example.com")
        contact = db.transact_now(contacts.identify, owner.workspace_id, who, "x").contact_id
        found[db.transact_now(inbox.start_conversation, owner, contact)] = contact
    db.transact_now(_queue, owner.workspace_id, list(found.values()))
    return Desk(base, owner, found)


PART = Part("replies", "once a reply has committed, no automatic message of its conversation begins to leave", run)
