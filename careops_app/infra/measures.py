"""What a process counts and times of itself, and the text in which Prometheus reads it (exposition format 0.0.4)."""

from __future__ import annotations

import bisect
import functools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass
class Histogram:
    """How long something took, in seconds, counted by upper bounds. For any number of threads."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, seconds: float) -> None:
        with self._lock:
            self.counts[bisect.bisect_left(BOUNDS, seconds)] += 1
            self.total += seconds


@dataclass
class Gauge:
    """How many there are now; changed from the event loop only."""

    value: int = 0


free_times = Histogram()
open_sockets = Gauge()


def timed(histogram: Histogram) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Observe how long each call takes, also one that fails."""

    def around(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                histogram.observe(time.perf_counter() - began)

        return measured

    return around


class Page:
    """The text, written line by line: a family once, then its values."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def family(self, name: str, kind: str, meaning: str, values: Mapping[Labels, float]) -> None:
        self._lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
        self._lines += [f"{name}{_braced(labels)} {value:g}" for labels, value in values.items()]

    def histogram(self, name: str, meaning: str, measured: Histogram) -> None:
        self._lines += [f"# HELP {name} {meaning}", f"# TYPE {name} histogram"]
        below = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), list(measured.counts), strict=True):
            below += count
            self._lines.append(f'{name}_bucket{{le="{bound}"}} {below}')
        self._lines += [f"{name}_sum {measured.total:.6f}", f"{name}_count {below}"]

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _braced(labels: Labels) -> str:
    escaped = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(escaped)}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
