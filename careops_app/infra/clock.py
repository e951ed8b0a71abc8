"""The only source of time, and of zone data: the pinned tzdata package, never the machine's own files."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib.metadata import version

from careops_app.errors import Invalid

zoneinfo.reset_tzpath(to=())

_read: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _pinned.get() or _read()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let this block, and nothing else in the process, live at another moment: the demo business has a past."""
    token = _pinned.set(moment)
    try:
        yield
    finally:
        _pinned.reset(token)


def read_from(source: Callable[[], datetime] | None) -> None:
    """Replace the clock (tests move it by hand); None puts the real one back."""
    global _read
    _read = source or (lambda: datetime.now(UTC))


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The IANA zone of that name. Raises Invalid(time_zone) for an unknown one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(time_zone=f"“{name[:40]}” is not a time zone. Choose one from the list.") from error


def zone_data_version() -> str:
    """Which release of the time zone data this installation reckons with, such as “2026.2”."""
    return version("tzdata")


def zone_names() -> list[str]:
    """All canonical-looking zone names, for choosing from."""
    return sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
