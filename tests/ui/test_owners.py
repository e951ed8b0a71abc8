"""A tab's token belongs to the session that used it first, in one process and in several."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from careops_app.ui.owners import InThisProcess, Owners, shared
from tests.browser.cluster import REDIS

TOKEN = "0b9f5a3e-53a1-4a1f-9a94-3a8f0f3f5a10"


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if REDIS is None:
        pytest.skip("NO REDIS: install one (Debian: apt-get install redis-server)")
    path: Path = tmp_path_factory.mktemp("redis") / "socket"
    process = subprocess.Popen(
        [REDIS, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)],
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while not _answers(path):
        assert time.monotonic() < until
        time.sleep(0.02)
    yield f"unix://{path}"
    process.terminate()
    process.wait(30)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.fixture(params=["one process", "several"])
def doors(request: pytest.FixtureRequest) -> Callable[[], Owners]:
    """Each call is the door of another process, where there are several."""
    if request.param == "one process":
        only = InThisProcess()
        return lambda: only
    url = request.getfixturevalue("redis_url")
    return lambda: shared(url)


async def test_the_first_session_has_the_token_whichever_process_is_asked(doors: Callable[[], Owners]) -> None:
    token = f"{TOKEN}-first-{os.getpid()}"
    assert await doors().first(token, 1) == 1
    assert await doors().first(token, 2) == 1
    assert await doors().first(token, 1) == 1


async def test_of_many_who_come_at_once_all_are_told_the_same(doors: Callable[[], Owners]) -> None:
    token = f"{TOKEN}-crowd"
    told = await asyncio.gather(*(doors().first(token, session) for session in range(1, 21)))
    assert len(set(told)) == 1


async def test_a_token_whose_session_ended_passes_on_once(doors: Callable[[], Owners]) -> None:
    token = f"{TOKEN}-heir"
    await doors().first(token, 1)
    told = await asyncio.gather(*(doors().passes_on(token, 1, heir) for heir in (2, 3, 4)))
    assert sorted(told) == [False, False, True]
    assert await doors().first(token, 1) in (2, 3, 4)
