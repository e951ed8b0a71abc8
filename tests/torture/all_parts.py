"""The parts of `make torture`, one file each, in the order in which they run."""

from __future__ import annotations

from tests.torture.part import Part
from tests.torture.parts import (
    database,
    echoes,
    killed,
    mail_corpus,
    once,
    outage,
    paused,
    reminders,
    replies,
    stopped,
)

PARTS: tuple[Part, ...] = (
    killed.PART, paused.PART, stopped.PART, outage.PART, database.PART, once.PART, replies.PART, reminders.PART,
    echoes.PART, mail_corpus.PART,
)  # fmt: skip
