"""Reading a mail in a process of its own with little time and memory: whatever is in it, the worker goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from careops_app.inbox.mail import ParsedMail, from_plain

CPU_SECONDS = 4
SECONDS = 4.5
MEMORY = 512 * 1024 * 1024
LARGEST = 25 * 1024 * 1024
TOO_LONG = "Reading it took too long."
ROOT = str(Path(__file__).resolve().parents[3])

# The limits are set before anything of the mail is read, by the process itself: it has one thread, its parent has many.
_PROGRAM = f"""
import sys
sys.path.insert(0, {ROOT!r})
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}))
    resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
except ImportError:
    pass
from careops_app.integrations.email.parsing import main
main(sys.argv[1])
"""


def read_mail(raw: bytes, trusted: str = "") -> ParsedMail:
    """What the mail says, or why it was not read; never an error, never longer than five seconds.

    `trusted` is the name our mail server writes in Authentication-Results.
    """
    if len(raw) > LARGEST:
        return ParsedMail(problem="It is larger than 25 MB.")
    said, late = _answer(raw, trusted)
    lines = [found for line in said.splitlines()[:2] if (found := _understood(line)) is not None]
    if not lines:
        return ParsedMail(problem=TOO_LONG if late else "It could not be read.")
    first = lines[0]
    if len(lines) == 2:
        return replace(first, html=lines[1].html, html_problem=lines[1].html_problem)
    return replace(first, html_problem="The formatting could not be cleaned in time.") if late else first


def _answer(raw: bytes, trusted: str) -> tuple[bytes, bool]:
    """What the process said, and whether it was stopped by a limit."""
    command = [sys.executable, "-I", "-c", _PROGRAM, trusted]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    ) as process:
        try:
            said, _ = process.communicate(raw, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0], True
        return said, process.returncode != 0


def _understood(line: bytes) -> ParsedMail | None:
    try:
        return from_plain(json.loads(line))
    except (ValueError, TypeError, KeyError):
        return None
