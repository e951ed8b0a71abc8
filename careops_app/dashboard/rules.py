"""How urgent an alert is, and the words of the dashboard's first sentence: pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from careops_app.automation.models import AlertKind
from careops_app.infra import wording

SOON = timedelta(hours=4)
ALWAYS_URGENT = frozenset(
    {
        AlertKind.CHANNEL_FAILING,
        AlertKind.MAILBOX_FAILING,
        AlertKind.MESSAGE_FAILED,
        AlertKind.AUTOMATION_FAILED,
        AlertKind.WORKER_LATE,
    }
)
NO_DEADLINE = frozenset({AlertKind.STOCK_LOW})

GO: dict[AlertKind, str] = {
    AlertKind.UNANSWERED: "Open conversation",
    AlertKind.BOOKING_UNDECIDED: "Open booking",
    AlertKind.FORM_OVERDUE: "Open booking",
    AlertKind.STOCK_LOW: "Open item",
    AlertKind.MESSAGE_FAILED: "Open message",
    AlertKind.REMINDER_HELD: "Open conversation",
    AlertKind.CHANNEL_FAILING: "Open channels",
    AlertKind.MAILBOX_FAILING: "Open channels",
    AlertKind.AUTOMATION_FAILED: "Explain",
    AlertKind.WORKER_LATE: "Open log",
    AlertKind.ZONE_CHANGED: "Open booking",
}


class Severity(StrEnum):
    URGENT = "urgent"
    TODAY = "today"
    SOON = "soon"


def severity(kind: AlertKind, due_at: datetime | None, now: datetime) -> Severity:
    """Urgent: overdue, failing, or due within four hours. Today: due within a day. Soon: the rest."""
    if kind in ALWAYS_URGENT:
        return Severity.URGENT
    if kind in NO_DEADLINE or due_at is None:
        return Severity.SOON
    if kind == AlertKind.UNANSWERED:
        return Severity.URGENT if now - due_at > timedelta(hours=24) else Severity.TODAY
    if due_at <= now + SOON:
        return Severity.URGENT
    return Severity.TODAY if due_at <= now + timedelta(hours=24) else Severity.SOON


def people_here(count: int) -> str:
    return f"{wording.plural(count, 'person is', 'people are')} here" if count else "Nobody is here"


def due_today(count: int) -> str:
    return f"{wording.plural(count, 'more is', 'more are')} due today" if count else "nobody else is due today"


def needs_attention(count: int) -> str:
    return f"{wording.plural(count, 'thing needs', 'things need')} attention" if count else "Nothing needs attention"
