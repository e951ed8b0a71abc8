"""Two businesses are each other's customer, and a machine that answers everything is the customer of one: no loop begins.

Whatever one sends arrives at the other as mail, until nothing moves any more. Each answers at most once by itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from unittest import mock

from sqlmodel import Session, col, select

from careops_app.automation import actions
from careops_app.automation.rules import RULES, Group, Rule
from careops_app.events import MessageReceived
from careops_app.inbox import setup
from careops_app.inbox.channels import Incoming
from careops_app.inbox.models import Author, ChannelKind, Direction, Message
from careops_app.inbox.service import InquiryForm, receive, submit_inquiry
from careops_app.infra import db, embedded
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Actor
from tests import people
from tests.torture import ground
from tests.torture.part import Part

PAIRS = 20
MOST_ROUNDS = 12


@dataclass
class Wire:
    """Mailboxes wired together: what one business sends arrives at the other, and a machine answers what it gets."""

    ends: dict[str, Actor]
    marked: bool  # whether the machine says of its answers that a machine wrote them (RFC 3834)
    carried: set[int] = field(default_factory=set)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)  # automatic mails, by business and to whom

    def rounds(self) -> int:
        """Carry mail until nothing moves; how many rounds that took."""
        for number in range(MOST_ROUNDS):
            drain_now()
            if not sum(self._carry(name, owner) for name, owner in self.ends.items()):
                return number
        return MOST_ROUNDS

    def _carry(self, name: str, owner: Actor) -> int:
        mails = [mail for mail in db.fetch_now(_sent, owner) if mail.id not in self.carried]
        for mail in mails:
            self.carried.add(mail.id)
            self.answers[name, mail.recipient or ""] += mail.author == Author.AUTOMATION
            self._arrive(name, owner, mail)
        return len(mails)

    def _arrive(self, name: str, owner: Actor, mail: Message) -> None:
        to = next((other for other in self.ends if mail.recipient == _address(other)), None)
        sender = _address(name)
        if to is None:  # the machine: it answers at once, whatever it gets
            self._deliver(owner, mail.recipient or "", f"<machine-{mail.id}@echo.example.com>", automatic=self.marked)
        else:
            self._deliver(
                self.ends[to], sender, mail.rfc_message_id, automatic=mail.author == Author.AUTOMATION and self.marked
            )

    def _deliver(self, owner: Actor, sender: str, message_id: str | None, *, automatic: bool) -> None:
        mail = Incoming(
            ChannelKind.EMAIL,
            sender,
            "Thank you for your message. We answer soon.",
            message_id=message_id,
            automatic=automatic,
        )
        db.transact_now(receive, owner.workspace_id, mail)


def _sent(session: Session, _: Actor) -> list[Message]:
    out = (Message.direction == Direction.OUT, Message.state == "sent", col(Message.conversation_id).is_not(None))
    return list(
        session.exec(select(Message).where(*out, Message.channel == ChannelKind.EMAIL).order_by(col(Message.id)))
    )


def _address(name: str) -> str:
    return f"{name}@example.com"


def _pair(number: int, *, marked: bool) -> Wire:
    names = (f"left{number}{marked}".lower(), f"right{number}{marked}".lower())
    owners = {name: people.owner(name.title(), _address(name)).actor for name in names}
    for owner in owners.values():
        db.transact_now(setup.ensure_captured, owner.workspace_id)
    left, right = names
    for at, sender in ((right, left), (left, right), (left, f"machine{number}")):
        form = InquiryForm("An autoresponder", _address(sender), "", "Hello", f"{at}-{sender}")
        db.transact_now(submit_inquiry, owners[at].workspace_id, form)
    return Wire(owners, marked)


EAGER = Rule(
    "echo", "Answers everything", "When **anything comes in**, answer.", on=(MessageReceived,), do=(actions.send("welcome"),),
    group=Group.CUSTOMER, template="welcome",
)  # fmt: skip
"""The rule that nobody may have: it is switched in once, to see that this part would notice."""


def run(times: float) -> list[str]:
    """Pairs whose mail says that a machine wrote it, and pairs whose mail hides it; then with a rule that answers all."""
    pairs = max(2, int(PAIRS * min(times, 3)))
    with ground.prepared(embedded.DURABLE):
        problems = [problem for marked in (True, False) for problem in _tried(pairs, marked)]
        with mock.patch.dict(RULES, {EAGER.key: EAGER}):
            rounds = _pair(pairs, marked=False).rounds()
    print(f"  with a rule that answers everything: {'no end' if rounds == MOST_ROUNDS else 'UNNOTICED'}", flush=True)
    return problems + ([] if rounds == MOST_ROUNDS else ["a loop goes unnoticed: the part proves nothing"])


def _tried(pairs: int, marked: bool) -> list[str]:
    wires = [_pair(number, marked=marked) for number in range(pairs)]
    rounds = max(wire.rounds() for wire in wires)
    most = max(number for wire in wires for number in wire.answers.values())
    told = "says that a machine wrote it" if marked else "hides that a machine wrote it"
    print(
        f"  {pairs} pairs and as many machines, mail {told}: at most {most} each, at rest after {rounds} rounds",
        flush=True,
    )
    problems = ["mail never came to rest"] if rounds == MOST_ROUNDS else []
    return problems + ([f"{most} automatic mails of one to the other"] if most > 1 else [])


PART = Part("echoes", "two autoresponders that are wired together answer each other at most once", run)
