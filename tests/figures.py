"""How much a proof tries: little in the suite, all of it in `make prove-bookings`, which also prints what was tried."""

from __future__ import annotations

import os
from pathlib import Path

FILE = "CAREOPS_TEST_FIGURES"  # where to note what was tried; nobody asks for it in the suite
EXAMPLES = int(os.environ.get("CAREOPS_TEST_EXAMPLES", "120"))
FULL_EXAMPLES = 10_000


def amount(name: str, usual: int) -> int:
    """How often to try something: CAREOPS_TEST_<name>, else the usual number."""
    return int(os.environ.get(f"CAREOPS_TEST_{name}", str(usual)))


def note(line: str) -> None:
    """Keep a line for the report; called once a proof has passed."""
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
