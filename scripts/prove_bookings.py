"""Proves what is promised of bookings at full length, and prints how much was tried.

    make prove-bookings                                          about half an hour on two cores
    .venv/bin/python scripts/prove_bookings.py lifecycle         only the proofs whose name contains one of the words

The same tests run in the suite, each with a small part of these numbers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FULL = {"EXAMPLES": 10_000, "RUNS": 200, "STEPS": 50, "CASES": 200, "CHANGES": 1_000}
PROOFS = (
    "tests/bookings/test_every_zone.py", "tests/bookings/test_lifecycle.py", "tests/bookings/test_offered_is_accepted.py",
    "tests/journeys/test_reminders_follow.py",
)  # fmt: skip


def main(words: list[str]) -> int:
    """Runs the chosen proofs; the exit code is pytest's."""
    chosen = [proof for proof in PROOFS if not words or any(word in proof for word in words)]
    with tempfile.NamedTemporaryFile(prefix="careops-figures-") as noted:
        began = time.monotonic()
        full = {f"CAREOPS_TEST_{name}": str(number) for name, number in FULL.items()}
        environment = os.environ | full | {"CAREOPS_TEST_FIGURES": noted.name}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "--timeout", "0", *chosen]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(f"\nproved in {time.monotonic() - began:.0f} s:" if code == 0 else "\nNOT PROVED; what did pass:")
        for line in Path(noted.name).read_text(encoding="utf-8").splitlines():
            print(f"  {line}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
