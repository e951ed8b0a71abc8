"""Everything the dashboard shows, read in one transaction, as one frozen row. Each number is the total of the list it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from careops_app.automation import queries as automation
from careops_app.automation.queries import AlertRow
from careops_app.bookings import lists as bookings
from careops_app.bookings.lists import BookingFigures, BookingRow
from careops_app.forms import queries as forms
from careops_app.forms.queries import RequestCounts
from careops_app.inbox import queries as inbox
from careops_app.inbox.queries import InboxCounts
from careops_app.infra import clock
from careops_app.inventory import queries as inventory
from careops_app.inventory.queries import StockCounts
from careops_app.workspace.access import Actor
from careops_app.workspace.queries import WorkspaceCard, workspace_card

MOST_ALERTS = 8


@dataclass(frozen=True)
class Overview:
    """The five groups of the dashboard at `read_at`; `alerts` are the most urgent, `open_alerts` counts all."""

    read_at: datetime
    workspace: WorkspaceCard
    bookings: BookingFigures
    conversations: InboxCounts
    longest_waiting_since: datetime | None
    forms: RequestCounts
    stock: StockCounts
    alerts: tuple[AlertRow, ...]
    open_alerts: int
    snoozed_alerts: int
    today: tuple[BookingRow, ...]
    week: tuple[tuple[datetime, int, int], ...]


def overview(session: Session, actor: Actor) -> Overview:
    """What is happening right now."""
    open_alerts, snoozed = automation.alert_counts(session, actor)
    return Overview(
        read_at=clock.now(),
        workspace=workspace_card(session, actor),
        bookings=bookings.figures(session, actor),
        conversations=inbox.inbox_counts(session, actor),
        longest_waiting_since=inbox.longest_waiting_since(session, actor),
        forms=forms.request_counts(session, actor),
        stock=inventory.stock_counts(session, actor),
        alerts=tuple(automation.open_alerts(session, actor)),
        open_alerts=open_alerts,
        snoozed_alerts=snoozed,
        today=tuple(bookings.day_list(session, actor)),
        week=tuple(bookings.per_day(session, actor)),
    )


@dataclass(frozen=True)
class Waiting:
    """How much work waits at each place of the navigation; each equals the list it opens."""

    inbox: int
    bookings: int
    forms: int
    inventory: int


def waiting(session: Session, actor: Actor) -> Waiting:
    """Unanswered conversations, bookings to decide, overdue forms, items that need attention."""
    return Waiting(
        inbox=inbox.inbox_counts(session, actor).unanswered,
        bookings=bookings.figures(session, actor).pending,
        forms=forms.request_counts(session, actor).overdue,
        inventory=inventory.stock_counts(session, actor).attention,
    )
