"""Tries to break what is promised of messages and automation, and fails on anything that must not happen.

    make torture                                     every part, at most twelve minutes on two cores
    TORTURE=long make torture                        ten times as much of everything
    .venv/bin/python scripts/torture.py stopped      only the parts of these names

Each part has a PostgreSQL of its own in a temporary folder, real worker processes and a real SMTP server. Each switches
its defence off once, in small: it must go wrong there, or the part proves nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.torture.all_parts import PARTS  # noqa: E402
from tests.torture.part import Part, times  # noqa: E402


def main() -> int:
    """The chosen parts one after the other, then 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(part.name for part in PARTS))
    chosen = parser.parse_args().parts
    if unknown := set(chosen) - {part.name for part in PARTS}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    problems = [problem for part in PARTS if not chosen or part.name in chosen for problem in _tried(part)]
    for problem in problems:
        print(f"WRONG: {problem}")
    print(f"torture: {'passed' if not problems else 'FAILED'}")
    return 1 if problems else 0


def _tried(part: Part) -> list[str]:
    print(f"{part.name}: {part.promise}", flush=True)
    began = monotonic()
    problems = part.run(times())
    print(f"  {len(problems)} wrong, {monotonic() - began:.0f} s\n", flush=True)
    return [f"{part.name}: {problem}" for problem in problems]


if __name__ == "__main__":
    sys.exit(main())
