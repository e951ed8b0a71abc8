"""The staff's front end on disk: built by Reflex with the bundled Node when its sources changed, then served as is.

What is served is a copy of the build's result, named after its sources: a later build never changes it under a running
server.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import structlog

from careops_app.infra.settings import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / ".web"
SERVED = ROOT / ".stamps" / "served"
PARTS = ("build/client", "backend", "routes.json")
COPIES_KEPT = 5
LOG = WEB / "careops-build.log"
SOURCES = ("careops_app/**/*.py", "assets/**/*", "rxconfig.py")
LOCK = ("reflex.lock/*",)  # the build itself brings it up to date
log = structlog.get_logger("careops.build")


def built_if_changed() -> Path:
    """What to serve; built now unless there is a build of exactly these sources. Raises ConfigurationError."""
    if (copy := _found()) is not None:
        return copy
    with _alone():
        return _found() or _built()


def _found() -> Path | None:
    """The copy that fits, marked as used lately; where the program's folder is read-only, as in a container, it is not."""
    copy = _copy_of(_fingerprint())
    if not copy.exists():
        return None
    with contextlib.suppress(OSError):
        os.utime(copy)
    return copy


def built() -> Path:
    """What to serve, built now in any case. Raises ConfigurationError."""
    with _alone():
        return _built()


def is_current() -> bool:
    """True when what is built comes from the present sources."""
    return _copy_of(_fingerprint()).exists()


def _fingerprint() -> str:
    return _digest(SOURCES) + _digest(LOCK)


def _copy_of(fingerprint: str) -> Path:
    return SERVED / fingerprint


def _digest(patterns: tuple[str, ...]) -> str:
    """One digest over the names and contents of these files, and the version of Reflex."""
    total = hashlib.sha256(f"reflex {version('reflex')}".encode())
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()):
        total.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:20]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One build at a time; a second process waits and then finds the work done."""
    (ROOT / ".stamps").mkdir(exist_ok=True)
    with open(ROOT / ".stamps" / "build.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _built() -> Path:
    sources = _digest(SOURCES)
    log.info("building the front end; the first time takes about a minute")
    done = subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--no-zip"],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    WEB.mkdir(exist_ok=True)
    LOG.write_text(done.stdout + done.stderr)
    if done.returncode or not (WEB / "build" / "client" / "assets").is_dir():
        raise ConfigurationError(f"The front end could not be built ({_last_lines(done)}); the whole story is in {LOG}")
    copy = _copy_of(sources + _digest(LOCK))
    _keep(copy)
    log.info("front end built")
    return copy


def _keep(copy: Path) -> None:
    """Copies the result aside, in one step, and forgets the oldest copies."""
    draft = SERVED / f"new-{os.getpid()}"
    for part in PARTS:
        source, target = WEB / part, draft / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    shutil.rmtree(copy, ignore_errors=True)
    draft.rename(copy)
    for old in sorted(SERVED.iterdir(), key=lambda one: one.stat().st_mtime)[:-COPIES_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _environment() -> dict[str, str]:
    """Without the tester's and the server's own variables; npm keeps to its user's registry and locks no addresses."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "__REFLEX_", "REFLEX_"))
    }
    kept["PATH"] = sysconfig.get_path("scripts") + os.pathsep + kept.get("PATH", os.defpath)
    kept |= {"REFLEX_TELEMETRY_ENABLED": "false", "npm_config_omit_lockfile_registry_resolved": "true"}
    if "NPM_CONFIG_REGISTRY" not in kept and (registry := _configured_registry(kept)):
        kept["NPM_CONFIG_REGISTRY"] = registry
    return kept


def _configured_registry(environment: dict[str, str]) -> str:
    npm = shutil.which("npm", path=environment["PATH"])
    command = [npm, "config", "get", "registry"] if npm else ["true"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip().rstrip("/")


def _last_lines(done: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return " / ".join(lines[-2:])[-300:] if lines else f"exit code {done.returncode}"


def serve(copy: Path) -> None:
    """Tells Reflex in this process and its children to serve this copy, without compiling anything."""
    os.environ |= {
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(copy),
        "REFLEX_TELEMETRY_ENABLED": "false",
    }
