"""What somebody types who reads a clock: the instant it means at the venue, or which readings beside it exist."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from careops_app.bookings import sentences
from careops_app.bookings.spans import around_gap, instants_at
from careops_app.errors import Invalid


def instant_at(reading: datetime, zone: tzinfo, field: str = "starts_at") -> datetime:
    """When the venue's clock shows this naive reading: the first time, when the clocks go back and show it twice.

    Raises Invalid(field) for a reading that the clocks skip, naming the nearest ones that exist.
    """
    if found := instants_at(reading, zone):
        return found[0]
    raise Invalid(**{field: skipped(reading, zone)})


def skipped(reading: datetime, zone: tzinfo) -> str:
    """Why this naive reading is no time, and which ones beside it are."""
    before, after = around_gap(reading, zone)
    return sentences.skipped_reading(reading, before, after)


def remark(reading: datetime, zone: tzinfo) -> str:
    """What has to be said of a reading that the clocks show twice; empty for all others."""
    found = instants_at(reading, zone)
    return sentences.twice(found[0].astimezone(UTC), zone) if len(found) > 1 else ""
