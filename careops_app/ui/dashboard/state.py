"""What the dashboard shows: one overview, turned into words in the workspace's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import reflex as rx

from careops_app.automation import alerts
from careops_app.automation.queries import AlertRow, open_alerts
from careops_app.bookings.lists import BookingRow
from careops_app.bookings.models import BookingStatus
from careops_app.dashboard import rules
from careops_app.dashboard.overview import MOST_ALERTS, Overview, overview
from careops_app.infra import clock, wording
from careops_app.infra.db import transact
from careops_app.ui import live
from careops_app.ui.components import toasts
from careops_app.ui.fresh import assign
from careops_app.ui.guard import handler
from careops_app.ui.reading import read
from careops_app.ui.session import actor
from careops_app.workspace.access import Permission


@dataclass(frozen=True)
class Attention:
    id: int
    kind: str
    severity: str
    title: str
    why: str
    age: str
    go: str
    link: str


@dataclass(frozen=True)
class Visit:
    id: int
    time: str
    who: str
    what: str
    status: str


@dataclass(frozen=True)
class WeekDay:
    """One day of the coming week; heights are CSS lengths."""

    date: str
    name: str
    visits: int
    pending: int
    height: str
    pending_height: str


class DashboardState(rx.State):
    """One answer, read again after every change of the workspace."""

    loaded: bool = False
    read_at: str = ""
    here: str = ""
    due: str = ""
    attention: str = ""
    urgent: str = ""
    numbers: dict[str, int] = {}
    longest_wait: str = ""
    alerts: list[Attention] = []
    more_alerts: int = 0
    snoozed: list[Attention] = []
    snoozed_count: int = 0
    shows_snoozed: bool = False
    has_visits: bool = False
    earlier: str = ""
    earlier_count: int = 0
    present: list[Visit] = []
    coming: list[Visit] = []
    now_mark: str = ""
    week: list[WeekDay] = []
    week_pending: int = 0
    _zone: str = ""

    @handler(Permission.MEMBER)
    async def enter(self) -> rx.event.EventSpec | None:
        """Opens the dashboard and keeps it live."""
        live.join(DashboardState.refresh)
        await self._read()
        return None

    @handler(Permission.MEMBER)
    async def refresh(self) -> None:
        await self._read()

    @handler(Permission.MEMBER)
    async def snooze(self, alert_id: int, length: str) -> rx.event.EventSpec:
        await transact(alerts.snooze, actor(), alert_id, length)
        await self._read()
        return toasts.done("Hidden for now. It is under Snoozed.")

    @handler(Permission.MEMBER)
    async def close(self, alert_id: int) -> rx.event.EventSpec:
        await transact(alerts.close, actor(), alert_id)
        await self._read()
        return toasts.done("Closed. It stays in the alert log.")

    @handler(Permission.MEMBER)
    async def see(self, alert_id: int) -> None:
        await transact(alerts.see, actor(), alert_id)

    @handler(Permission.MEMBER)
    async def toggle_snoozed(self) -> None:
        self.shows_snoozed = not self.shows_snoozed
        await self._read()

    async def _read(self) -> None:
        found = await read(overview, actor())
        snoozed = await read(open_alerts, actor(), snoozed=True) if self.shows_snoozed else []
        zone = clock.zone(found.workspace.time_zone)
        assign(self, **_shown(found, snoozed, zone))


def _shown(found: Overview, snoozed: list[AlertRow], zone: ZoneInfo) -> dict[str, object]:
    now = found.read_at
    done = [row for row in found.today if row.status in (BookingStatus.COMPLETED, BookingStatus.NO_SHOW)]
    ahead = [row for row in found.today if row.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)]
    urgent = sum(rules.severity(row.kind, row.due_at, now) == rules.Severity.URGENT for row in found.alerts)
    ranked = sorted(found.alerts, key=lambda row: (_rank(row, now), row.due_at or row.raised_at))
    waiting = found.longest_waiting_since
    return {
        "loaded": True,
        "read_at": f"{wording.long_day(now, zone)}, {wording.time_with_zone(now, zone)}",
        "here": rules.people_here(found.bookings.here),
        "due": rules.due_today(found.bookings.to_come),
        "attention": rules.needs_attention(found.open_alerts),
        "urgent": f", {urgent} of them urgent." if urgent else ".",
        "numbers": _numbers(found),
        "longest_wait": f", longest {wording.waited(waiting, now)}" if waiting else "",
        "alerts": [_attention(row, now) for row in ranked[:MOST_ALERTS]],
        "more_alerts": max(0, found.open_alerts - MOST_ALERTS),
        "snoozed": [_attention(row, now) for row in snoozed],
        "snoozed_count": found.snoozed_alerts,
        "has_visits": bool(found.today),
        "earlier": _earlier(done),
        "earlier_count": len(done),
        "present": [_visit(row, zone) for row in found.today if row.status == BookingStatus.CHECKED_IN],
        "coming": [_visit(row, zone) for row in ahead],
        "now_mark": wording.clock_time(now, zone),
        "week": [_week_day(*each, zone) for each in found.week],
        "week_pending": sum(pending for _, _, pending in found.week),
    }


def _numbers(found: Overview) -> dict[str, int]:
    groups = {
        "bookings": found.bookings, "conversations": found.conversations, "forms": found.forms, "stock": found.stock,
    }  # fmt: skip
    return {
        f"{group}_{name}": value
        for group, counts in groups.items()
        for name, value in vars(counts).items()
        if isinstance(value, int)
    }


def _rank(row: AlertRow, now: datetime) -> int:
    return list(rules.Severity).index(rules.severity(row.kind, row.due_at, now))


def _attention(row: AlertRow, now: datetime) -> Attention:
    return Attention(
        row.id, row.kind, rules.severity(row.kind, row.due_at, now), row.title, row.detail,
        wording.ago(row.raised_at, now), rules.GO[row.kind], row.link,
    )  # fmt: skip


def _visit(row: BookingRow, zone: ZoneInfo) -> Visit:
    return Visit(
        row.id, wording.clock_time(row.starts_at, zone), row.contact, f"{row.service}, {row.staff}", row.status
    )


def _earlier(done: list[BookingRow]) -> str:
    completed = sum(row.status == BookingStatus.COMPLETED for row in done)
    missed = len(done) - completed
    return f"{completed} completed, {wording.plural(missed, 'no-show')}"


def _week_day(start: datetime, count: int, pending: int, zone: ZoneInfo) -> WeekDay:
    local = start.astimezone(zone)
    height = f"{max(3, min(90, count * 5))}px"
    return WeekDay(local.date().isoformat(), f"{local:%a}", count, pending, height, f"{min(90, pending * 5)}px")
