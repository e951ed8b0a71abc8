"""The corpus of mails from outside (tests/inbox/corpus): every one gets where it belongs, within five seconds.

TORTURE=long also reads each mail several times with bytes changed by chance: whatever it is then, the reader goes on.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import parseaddr

from careops_app.inbox.mail import ParsedMail, Proof
from careops_app.infra import embedded
from careops_app.integrations.email import parsing, postman
from tests.inbox.corpus.case import Case
from tests.inbox.corpus.judging import CASES, GROUPS, SECONDS, Verdict, World, judged, patient, world_of
from tests.inbox.desk import a_business
from tests.inbox.letters import arrive
from tests.torture import ground
from tests.torture.part import Part

CHANGED = 40  # bytes in a mail


def run(times: float) -> list[str]:
    """Every mail, or in small every so-maniest; then the forgers once more, believed as the library's own reader would."""
    every = max(1, round(1 / times))
    chosen = [case for number, case in enumerate(CASES) if number % every == 0]
    with ground.prepared(embedded.DISPOSABLE), patient():
        world = world_of(a_business())
        verdicts = [judged(world, case) for case in chosen]
        slowest, longest = max(one.seconds for one in verdicts), max(one.by_the_clock for one in verdicts)
        changed = _changed_by_chance(world, chosen, round(times) - 1)
        alive = not judged(world, CASES[0]).wrong
        naive = world_of(a_business("Naive Clinic", "naive@example.com"))
        unnoticed = not _misthreaded_by_the_naive(naive)
    wrong = sum(bool(one.wrong) for one in verdicts)
    stolen = sum(one.misthreaded for one in verdicts)
    print(
        f"  {len(verdicts)} mails: {wrong} not where they belong, {stolen} mis-threaded as verified, slowest {slowest:.2f} s"
        f" of processor time and {longest:.2f} s by the clock,"
        f" reader {'alive' if alive else 'DEAD'}; {changed} changed by chance; a reader that believes every From"
        f" {'went UNNOTICED' if unnoticed else 'shows'}"
    )
    problems = [problem for one in verdicts for problem in _told(one)]
    problems += [] if alive else ["a plain mail is not read any more"]
    return problems + (["forged senders go unnoticed: the part proves nothing"] if unnoticed else [])


def _told(verdict: Verdict) -> list[str]:
    return [f"{verdict.case.name}: {each}" for each in verdict.wrong]


def _changed_by_chance(world: World, cases: list[Case], rounds: int) -> int:
    """How many were read; each must end in time. Raises when one does not."""
    done = 0
    for number in range(max(0, rounds)):
        for case in cases:
            raw = bytearray(case.raw[:200_000])
            chance = random.Random(f"{number}:{case.name}")
            for _ in range(min(CHANGED, len(raw))):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            began = time.monotonic()
            arrive(world.business, bytes(raw))
            if time.monotonic() - began > SECONDS:
                raise AssertionError(f"{case.name}, changed in round {number}, took too long")
            done += 1
    return done


def _misthreaded_by_the_naive(world: World) -> bool:
    with _believing():
        return any(judged(world, case).misthreaded for case in GROUPS["spoofs"][:8])


@contextmanager
def _believing() -> Iterator[None]:
    """The defence off: the sender is whoever the library's reader finds, and nothing disproves them."""
    careful = postman.read_mail
    postman.read_mail = _believed
    try:
        yield
    finally:
        postman.read_mail = careful


def _believed(raw: bytes, trusted: str = "") -> ParsedMail:
    parsed = parsing.parse(raw)
    field = raw.partition(b"From: ")[2].partition(b"\r\n")[0].decode("utf-8", "replace")
    sender = parseaddr(field)[1] or parsed.sender
    return replace(parsed, sender=sender, sender_problem="", proof=Proof.UNKNOWN)


PART = Part(
    "mail-corpus", "every mail from outside gets where it belongs, and none is believed that should not be", run
)
