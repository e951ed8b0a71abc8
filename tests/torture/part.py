"""What a part of `make torture` is: a promise, and a run that tries to break it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

LONG = 10


@dataclass(frozen=True)
class Part:
    """`run(times)` prints its figures and returns what went wrong, a sentence each.

    `times` is 1 for the numbers that are promised, 10 for TORTURE=long, `small` in the test suite. A part also runs once
    with its defence switched off, in small, and says so when that goes unnoticed.
    """

    name: str
    promise: str
    run: Callable[[float], list[str]]
    small: float = 0.05


def times() -> float:
    """How many times the usual numbers are tried."""
    return LONG if os.environ.get("TORTURE") == "long" else 1
