"""Requests and forms in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from careops_app.forms.queries import FormRow, RequestCounts, RequestFilter, RequestRow
from careops_app.infra import wording
from careops_app.ui.forms.address import Place

FILTERS: dict[RequestFilter, str] = {
    RequestFilter.PENDING: "Pending",
    RequestFilter.OVERDUE: "Overdue",
    RequestFilter.DONE_THIS_WEEK: "Done this week",
    RequestFilter.DONE: "All done",
    RequestFilter.WAIVED: "Waived",
    RequestFilter.WITHDRAWN: "Withdrawn",
    RequestFilter.ALL: "All",
}


@dataclass(frozen=True)
class Choice:
    """A list that can be chosen, with its count."""

    key: str
    word: str
    address: str
    is_current: bool
    number: str


@dataclass(frozen=True)
class Line:
    """A form asked of somebody."""

    id: int
    who: str
    form: str
    visit: str
    when: str
    status: str
    address: str
    is_open: bool


@dataclass(frozen=True)
class FormLine:
    """A form, what it asks, and how its requests stand."""

    id: int
    name: str
    about: str
    sent_with: str
    pending: str
    overdue: str
    done: str
    is_retired: bool
    address: str


def filters(place: Place, counts: RequestCounts) -> list[Choice]:
    """The lists; those with a figure on the dashboard show it."""
    numbers = vars(counts)
    return [
        Choice(
            each.value, word, Place(chosen=each).address(), place.chosen == each,
            str(numbers[each.value]) if each.value in numbers else "",
        )
        for each, word in FILTERS.items()
    ]  # fmt: skip


def line(row: RequestRow, place: Place, zone: ZoneInfo, now: datetime) -> Line:
    """A request as the list shows it."""
    visit = f"{row.service_name}, {_near(row.starts_at, zone, now)}" if row.starts_at else "Without a visit"
    return Line(
        row.id, row.contact_name, row.form_name, visit, when(row, zone, now), row.status,
        replace(place, request=row.id).address(), place.request == row.id,
    )  # fmt: skip


def when(row: RequestRow, zone: ZoneInfo, now: datetime) -> str:
    """What happened last, or when it is due."""
    if row.submitted_at:
        return f"Done {_near(row.submitted_at, zone, now)}"
    if row.waived_by:
        return f"Waived by {row.waived_by}"
    if row.status == "withdrawn":
        return "The visit was cancelled"
    said = "Was due" if row.due_at <= now else "Due"
    return f"{said} {_near(row.due_at, zone, now)}"


def _near(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A near time inside a sentence."""
    return wording.near(at, zone, now).replace("Today", "today")


def form_line(row: FormRow) -> FormLine:
    """A form as the list shows it."""
    asks = [wording.plural(row.questions, "question")]
    if row.documents:
        asks.append(wording.plural(row.documents, "document"))
    sent = f"Sent with {wording.listing(row.services)}" if row.services else "Sent with no service yet"
    return FormLine(
        row.id, row.name, f"{', '.join(asks)}, version {row.version}", sent, str(row.pending), str(row.overdue),
        str(row.done), row.is_retired, Place(form=row.id).address(),
    )  # fmt: skip
