"""How long things take: alone, many times in a row, and by several threads at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil

MEGABYTE = 2**20


@dataclass(frozen=True)
class Times:
    """Sorted seconds of single calls."""

    seconds: list[float]

    def milliseconds(self, share: float) -> float:
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]

    @property
    def median(self) -> float:
        return self.milliseconds(0.5)

    @property
    def p95(self) -> float:
        return self.milliseconds(0.95)


def repeated(call: Callable[[], object], times: int = 200, warm: int = 10) -> Times:
    """The times of a call made so often, after some that do not count."""
    for _ in range(warm):
        call()
    return Times(sorted(_timed(call) for _ in range(times)))


def in_turns(first: Callable[[], object], second: Callable[[], object], times: int = 200) -> tuple[Times, Times]:
    """The times of two calls made alternately, so that whatever else the machine does slows both."""
    for _ in range(10):
        first()
        second()
    pairs = [(_timed(first), _timed(second)) for _ in range(times)]
    return Times(sorted(pair[0] for pair in pairs)), Times(sorted(pair[1] for pair in pairs))


def per_second(calls: Sequence[Callable[[], object]], threads: int) -> float:
    """How many of these calls so many threads finish in a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda call: call(), calls))
    return len(calls) / (time.perf_counter() - began)


def memory(pid: int) -> float:
    """Proportional set size in MiB of a process and all it started: pages that several share count once in all."""
    process = psutil.Process(pid)
    return sum(each.memory_full_info().pss for each in (process, *process.children(recursive=True))) / MEGABYTE


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
