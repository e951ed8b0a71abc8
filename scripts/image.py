"""Builds the container image and tries it: the demo business, the server, and a customer who books.

    .venv/bin/python scripts/image.py build                      with docker, podman or buildah, whichever is there
    .venv/bin/python scripts/image.py try                        starts what was built and books a visit in it

Behind mirrors: `--base IMAGE`, `--arg PIP_INDEX_URL=...` (every build argument of the Dockerfile), `--mount FROM:TO:ro`.
Exit code 0 when all went well, 1 when something did not, 3 when there is no engine, which is said.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("docker", "podman", "buildah")
WITHOUT_ENGINE = ("--storage-driver", "vfs")  # of buildah: for machines where no overlay file system can be mounted
NO_ENGINE = 3
START_SECONDS = 180
STOP_SECONDS = 60
DEMO = "saltmarsh-skin-and-hair"
USER = "careops"
LEFT_OUT = ("node", "npm", "gcc", "make")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("build", "try"))
    parser.add_argument("--tag", default="careops:latest")
    parser.add_argument("--base", help="another base image: Debian with Python 3.11 or newer, venv included")
    parser.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="a build argument")
    parser.add_argument("--mount", action="append", default=[], metavar="FROM:TO:ro", help="a folder seen by the build")
    given = parser.parse_args()
    engine = next(filter(_answers, ENGINES), None)
    if engine is None:
        print(f"cannot run: none of {', '.join(ENGINES)} answers here (Debian: apt-get install buildah)")
        return NO_ENGINE
    return _build(engine, given) if given.what == "build" else _try(engine, given.tag)


def _answers(engine: str) -> bool:
    """Whether the program is there and so is what it talks to."""
    command = [engine, "info"] if engine != "buildah" else [engine, "version"]
    return (
        shutil.which(engine) is not None and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


def _build(engine: str, given: argparse.Namespace) -> int:
    arguments = [*given.arg, *([f"BASE_IMAGE={given.base}"] if given.base else [])]
    options = [part for each in arguments for part in ("--build-arg", each)]
    options += [part for each in given.mount for part in ("--volume", each)]
    if engine == "buildah":
        command = [engine, *WITHOUT_ENGINE, "build", "--isolation", "chroot", "--format", "docker"]
    else:
        command = [engine, "build"]
    began = time.monotonic()
    done = subprocess.run([*command, *options, "--tag", given.tag, "."], cwd=ROOT, check=False)
    print(f"built in {time.monotonic() - began:.0f} s" if done.returncode == 0 else "the image could not be built")
    return 1 if done.returncode else 0


def _try(engine: str, tag: str) -> int:
    with tempfile.TemporaryDirectory(prefix="careops-image-", ignore_cleanup_errors=True) as name:
        data = Path(name)
        data.chmod(0o777)
        with _containers(engine, tag, data) as run:
            for absent in LEFT_OUT:
                _say(f"no {absent} in the image", _code(run(["sh", "-c", f"! command -v {absent}"], {})) == 0)
            _say("does not run as root", _code(run(["sh", "-c", "test $(id -u) -ne 0"], {})) == 0)
            _say("the demo business is built", _code(run(["careops", "demo"], {})) == 0)
            _serve_and_book(run)
    return 1 if _missed else 0


Run = Callable[[list[str], dict[str, str]], "subprocess.Popen[bytes]"]


@contextmanager
def _containers(engine: str, tag: str, data: Path) -> Iterator[Run]:
    """Runs commands in containers of the image that share one data folder and this machine's network."""
    volume = ["--volume", f"{data}:/data"]
    if engine != "buildah":
        yield lambda command, env: subprocess.Popen(
            [engine, "run", "--rm", "--network", "host", *volume, *_env(env), tag, *command]
        )
        return
    buildah = [engine, *WITHOUT_ENGINE]
    container = subprocess.run([*buildah, "from", tag], check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield lambda command, env: subprocess.Popen(
            [*buildah, "run", "--isolation", "chroot", "--user", USER, *volume, *_env(env), container, "--", *command]
        )
    finally:
        subprocess.run([*buildah, "rm", container], check=False, capture_output=True)


def _env(values: dict[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("--env", f"{name}={value}")]


def _serve_and_book(run: Run) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    server = run(["careops", "run"], {"PORT": str(port), "CAREOPS_HOST": "127.0.0.1"})
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", server)
        print(f"  ready {time.monotonic() - began:.1f} s after the start")
        _book(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        began = time.monotonic()
        code = server.wait(STOP_SECONDS)
        _say(f"stopped in order within {time.monotonic() - began:.1f} s (exit code {code})", code in (0, 143))


def _wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not become ready")


def _book(root: str) -> None:
    """As a customer's program does it, then as the customer looks at the result."""
    api = f"{root}/api/v1/public/{DEMO}"
    _say("the first page opens", b"CareOps" in _get(f"{root}/"))
    _say("the booking page opens", b"<h1>" in _get(f"{root}/b/{DEMO}"))
    _say("the staff's app is there", _get(f"{root}/sign-in") != b"")
    service = json.loads(_get(f"{api}/services"))[0]
    day = (datetime.now(UTC) + timedelta(days=1)).date()
    days = json.loads(_get(f"{api}/services/{service['id']}/slots?from={day}&days=28"))
    start = next(slot["starts_at"] for each in days for slot in each["slots"])
    wanted = {"service_id": service["id"], "starts_at": start, "name": "Nora Vance", "email": "nora@example.com"}
    booked = json.loads(_post(f"{api}/bookings", wanted))
    _say(
        f"{service['name']} at {start} is booked ({booked['reference']})", booked["status"] in ("confirmed", "pending")
    )
    _say("the customer's link shows it", booked["reference"].encode() in _get(f"{root}/m/{booked['token']}"))


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read()


def _post(address: str, body: dict[str, object]) -> bytes:
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


_missed: list[str] = []


def _say(what: str, is_so: bool) -> None:
    print(f"  {what}" if is_so else f"  MISSED: {what}", flush=True)
    if not is_so:
        _missed.append(what)


def _code(process: subprocess.Popen[bytes]) -> int:
    return process.wait(START_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
