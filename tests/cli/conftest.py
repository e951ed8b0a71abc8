"""The command line as an operator meets it: a process of its own, on this run's database."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Done = subprocess.CompletedProcess[str]
Careops = Callable[..., Done]


@pytest.fixture
def careops(database: str, tmp_path: Path) -> Careops:
    """Runs `careops <words>` in a folder of its own; settings by name."""

    def run(*words: str, **environment: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "careops_app", *words],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, capture_output=True, text=True,
            timeout=120, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


def line_of(refused: Done) -> str:
    """The one line with which a command refuses, exit code 2."""
    assert refused.returncode == 2, refused
    (line,) = refused.stderr.splitlines()
    return line
