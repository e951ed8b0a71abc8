"""Everything `make check` looks at; runs all of it, then says what failed."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

from careops_app.infra import embedded

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sysconfig.get_path("scripts"))
LOCKS = {"requirements.lock": [], "requirements-test.lock": ["--group", "test", "--group", "lint"]}


def _run(*command: str, **environment: str) -> bool:
    program = str(BIN / command[0])
    return subprocess.run([program, *command[1:]], cwd=ROOT, env=os.environ | environment, check=False).returncode == 0


def locks_are_current() -> bool:
    """Compiling again, from the present lock, changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        return all(_is_current(name, groups, Path(folder)) for name, groups in LOCKS.items())


def _is_current(name: str, groups: list[str], folder: Path) -> bool:
    again = folder / name
    shutil.copy(ROOT / name, again)
    compile_ = (
        "pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command".split()
    )
    if not _run("uv", *compile_, "make lock", "pyproject.toml", *groups, "-o", str(again)):
        return False
    if again.read_text() == (ROOT / name).read_text():
        return True
    print(f"{name} does not match pyproject.toml: run make lock")
    return False


def migrations_equal_models() -> bool:
    """`alembic check` on a new database that was migrated from nothing."""
    with (
        tempfile.TemporaryDirectory(prefix="careops-check-") as folder,
        embedded.running(Path(folder) / "postgres", "careops_check", embedded.DISPOSABLE) as url,
    ):
        return _run("alembic", "upgrade", "head", CAREOPS_DATABASE_URL=url) and _run(
            "alembic", "check", CAREOPS_DATABASE_URL=url
        )


CHECKS: dict[str, Callable[[], bool]] = {
    "ruff": lambda: _run("ruff", "check", "."),
    "format": lambda: _run("ruff", "format", "--check", "."),
    "types": lambda: _run("pyright"),
    "layers": lambda: _run("lint-imports"),
    "container": lambda: _run("hadolint", "Dockerfile"),
    "lock files": locks_are_current,
    "migrations": migrations_equal_models,
}


def main(only: list[str]) -> int:
    failed = [name for name, check in CHECKS.items() if (not only or name in only) and not _announced(name, check)]
    print(f"check: {'all passed' if not failed else 'failed: ' + ', '.join(failed)}")
    return 1 if failed else 0


def _announced(name: str, check: Callable[[], bool]) -> bool:
    print(f"== {name}", flush=True)
    return check()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
