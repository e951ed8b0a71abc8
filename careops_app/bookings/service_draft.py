"""A service as the owner writes it, what is accepted of it, and the columns it becomes. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from careops_app.bookings.models import NeedChoice
from careops_app.contacts.rules import one_line, plain_text
from careops_app.errors import Invalid

MOST_REMINDERS = 5
MOST_NEEDS = 20

# Field of the draft -> smallest, largest, and what to say. Minutes, except the horizon in days, seats and visits.
BOUNDS = {
    "duration_minutes": (5, 1440, "Choose a duration between 5 minutes and 24 hours."),
    "buffer_before_minutes": (0, 480, "Choose a buffer of at most 8 hours."),
    "buffer_after_minutes": (0, 480, "Choose a buffer of at most 8 hours."),
    "step_minutes": (5, 1440, "Choose a step between 5 minutes and 24 hours."),
    "notice_minutes": (0, 60 * 24 * 60, "Choose a notice of at most 60 days."),
    "horizon_days": (1, 730, "Choose between 1 and 730 days."),
    "cancel_notice_minutes": (0, 60 * 24 * 60, "Choose a notice of at most 60 days."),
    "capacity": (1, 500, "Enter a number of seats between 1 and 500."),
    "daily_cap": (1, 10_000, "Enter a number of visits from 1 on, or leave it empty."),
    "weekly_cap": (1, 10_000, "Enter a number of visits from 1 on, or leave it empty."),
    "decide_minutes": (15, 43_200, "Choose between 15 minutes and 30 days."),
    "offer_minutes": (5, 1440, "Choose between 5 minutes and 24 hours."),
}
LONGEST = {"name": 80, "description": 1_000, "price_text": 40, "location": 200, "payment_url": 400}
NOT_COLUMNS = {"staff_ids", "needs"}


@dataclass(frozen=True)
class Need:
    """Besides a person, a visit takes one of these rooms or machines (any), or each of them (all)."""

    choice: NeedChoice
    resource_ids: tuple[int, ...]


@dataclass(frozen=True)
class ServiceDraft:
    """A service as the owner writes it. `staff_ids` are the calendars that give it; reminder offsets are minutes before.

    `capacity` is how many seats one start has. Caps count visits per date and per week of the venue, None means no cap.
    """

    name: str
    duration_minutes: int
    description: str = ""
    price_text: str = ""
    payment_url: str = ""
    location: str = ""
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    step_minutes: int = 15
    notice_minutes: int = 60
    horizon_days: int = 60
    cancel_notice_minutes: int = 0
    needs_approval: bool = False
    reminder_offsets: tuple[int, ...] = (1440, 120)
    staff_ids: tuple[int, ...] = ()
    capacity: int = 1
    daily_cap: int | None = None
    weekly_cap: int | None = None
    decide_minutes: int = 2880
    takes_waitlist: bool = True
    offer_minutes: int = 30
    needs: tuple[Need, ...] = ()


def require_valid(draft: ServiceDraft) -> None:
    """Raises Invalid with a sentence per field that cannot be accepted."""
    problems = {name: sentence for name, (low, high, sentence) in BOUNDS.items() if _is_out(draft, name, low, high)}
    problems |= {
        name: f"Use at most {longest:,} characters." for name, longest in LONGEST.items()
        if len(getattr(draft, name)) > longest
    }  # fmt: skip
    if not one_line(draft.name):
        problems["name"] = "Enter the name of the service."
    if draft.payment_url.strip() and not _is_web_address(draft.payment_url):
        problems["payment_url"] = "Enter a web address that begins with https://."
    if len(draft.reminder_offsets) > MOST_REMINDERS or any(not 5 <= m <= 43_200 for m in draft.reminder_offsets):
        problems["reminder_offsets"] = f"Choose at most {MOST_REMINDERS} reminders, 5 minutes to 30 days before."
    if sentence := _needs_problem(draft.needs):
        problems["needs"] = sentence
    if problems:
        raise Invalid(**problems)


def columns_of(draft: ServiceDraft) -> dict[str, Any]:
    """The draft as columns: texts cleaned, offsets from the longest to the shortest."""
    columns = {name: value for name, value in asdict(draft).items() if name not in NOT_COLUMNS}
    for field in fields(draft):
        if isinstance(columns.get(field.name), str):
            clean = plain_text if field.name == "description" else one_line
            columns[field.name] = clean(columns[field.name])
    return columns | {"reminder_offsets": sorted(set(draft.reminder_offsets), reverse=True)}


def _is_out(draft: ServiceDraft, name: str, low: int, high: int) -> bool:
    """Out of its bounds; a cap that is not set has none."""
    value = getattr(draft, name)
    return value is not None and not low <= value <= high


def _needs_problem(needs: tuple[Need, ...]) -> str:
    if len(needs) > MOST_NEEDS:
        return f"Use at most {MOST_NEEDS} requirements."
    if not all(need.resource_ids for need in needs):
        return "Tick at least one room or machine, or remove the requirement."
    named = [one for need in needs for one in dict.fromkeys(need.resource_ids)]
    return "" if len(named) == len(set(named)) else "A room or machine is named twice. Tick it once."


def _is_web_address(text: str) -> bool:
    parts = urlsplit(text.strip())
    return parts.scheme == "https" and bool(parts.hostname) and text.strip().isprintable() and " " not in text.strip()
