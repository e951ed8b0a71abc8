"""The dashboard: a sentence about now, the four groups of numbers, what needs attention, and the day."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.components import (
    alert_row,
    badge,
    card,
    icon,
    link,
    menu,
    menu_action,
    skeleton,
    split_bar,
    stat_block,
    stat_row,
    stats,
    tone_of,
)
from careops_app.ui.dashboard.state import DashboardState
from careops_app.ui.shells import staff_shell

BOOKINGS = "/app/bookings/?view=list&filter="
INBOX = "/app/inbox/?filter="
FORMS = "/app/forms/?filter="
STOCK = "/app/inventory/?filter="


def page() -> rx.Component:
    """The screen."""
    content = rx.el.div(
        _now_sentence(),
        rx.el.div(
            _numbers(),
            rx.el.div(_needs_attention(), rx.el.div(_today(), _week(), class_name="stack"), class_name="cols"),
            class_name="body",
        ),
        class_name="dwrap",
    )
    return staff_shell("Dashboard", rx.cond(DashboardState.loaded, content, _waiting()), current="Dashboard")


def _waiting() -> rx.Component:
    return rx.el.div(rx.el.div(skeleton(6), class_name="card"), class_name="body waiting")


def _number(name: str) -> rx.Var[int]:
    return rx.Var.create(DashboardState.numbers)[name].to(int)


def _now_sentence() -> rx.Component:
    first = rx.el.span(
        link(DashboardState.here, to=BOOKINGS + "here"),
        " and ",
        link(DashboardState.due, to=BOOKINGS + "to_come"),
        ". ",
    )
    second = rx.el.span(rx.el.a(DashboardState.attention, href="#attention"), DashboardState.urgent)
    return rx.el.header(
        rx.el.div(icon("clock", 14), rx.el.span(DashboardState.read_at), class_name="when"),
        rx.el.h1(first, second, id="title", tab_index=-1),
        class_name="say",
    )


def _numbers() -> rx.Component:
    return stats(_bookings(), _conversations(), _forms(), _stock())


def _bookings() -> rx.Component:
    return stat_block(
        "Bookings", icon_name="calendar-days", figure=_number("bookings_today"), to=BOOKINGS + "today",
        unit="today, " + _number("bookings_week").to(str) + " in the next 7 days",
        split=split_bar(
            ("good", _number("bookings_completed")), ("bad", _number("bookings_no_show")), ("here", _number("bookings_here")),
            ("info", _number("bookings_to_come")),
        ),
        rows=(
            stat_row("Here now", _number("bookings_here"), tone="here", icon_name="user-check", to=BOOKINGS + "here"),
            stat_row("To come", _number("bookings_to_come"), tone="info", icon_name="calendar-check", to=BOOKINGS + "to_come"),
            stat_row("Completed", _number("bookings_completed"), tone="good", icon_name="circle-check", to=BOOKINGS + "completed"),
            stat_row("No-show", _number("bookings_no_show"), tone="bad", icon_name="user-x", to=BOOKINGS + "no_show"),
        ),
    )  # fmt: skip


def _conversations() -> rx.Component:
    return stat_block(
        "Conversations", icon_name="inbox", figure=_number("conversations_unanswered"), to=INBOX + "unanswered",
        unit="unanswered" + DashboardState.longest_wait,
        split=split_bar(("warn", _number("conversations_unanswered")), ("rest", _number("conversations_ongoing"))),
        rows=(
            stat_row("New inquiries", _number("conversations_new"), tone="info", icon_name="sparkles", to=INBOX + "new"),
            stat_row("Ongoing", _number("conversations_ongoing"), tone="mute", icon_name="message-square", to=INBOX + "ongoing"),
            stat_row("Automation held", _number("conversations_held"), tone="warn", icon_name="circle-pause", to=INBOX + "held"),
            stat_row("Not delivered", _number("conversations_failed"), tone="bad", icon_name="circle-alert", to=INBOX + "failed"),
        ),
    )  # fmt: skip


def _forms() -> rx.Component:
    return stat_block(
        "Forms", icon_name="clipboard-list", figure=_number("forms_overdue"), to=FORMS + "overdue",
        unit="overdue, " + _number("forms_pending").to(str) + " pending",
        split=split_bar(
            ("bad", _number("forms_overdue")), ("info", _number("forms_pending")), ("good", _number("forms_done_this_week"))
        ),
        rows=(
            stat_row("Overdue", _number("forms_overdue"), tone="bad", icon_name="clock-alert", to=FORMS + "overdue"),
            stat_row("Pending", _number("forms_pending"), tone="info", icon_name="send", to=FORMS + "pending"),
            stat_row(
                "Completed this week", _number("forms_done_this_week"), tone="good", icon_name="clipboard-check",
                to=FORMS + "done_this_week",
            ),
        ),
    )  # fmt: skip


def _stock() -> rx.Component:
    return stat_block(
        "Inventory", icon_name="package", figure=_number("stock_attention"), to=STOCK + "attention",
        unit="need attention",
        split=split_bar(("bad", _number("stock_critical")), ("warn", _number("stock_low")), ("rest", _number("stock_in_stock"))),
        rows=(
            stat_row("Critical", _number("stock_critical"), tone="bad", icon_name="trending-down", to=STOCK + "critical"),
            stat_row("Below threshold", _number("stock_low"), tone="warn", icon_name="package-minus", to=STOCK + "low"),
            stat_row("In stock", _number("stock_in_stock"), tone="good", icon_name="package-check", to=STOCK + "in_stock"),
        ),
    )  # fmt: skip


def _needs_attention() -> rx.Component:
    snoozed = rx.cond(
        DashboardState.snoozed_count > 0,
        rx.el.button(
            DashboardState.snoozed_count, " snoozed", type="button", class_name="btn ghost sm",
            on_click=DashboardState.toggle_snoozed, aria_expanded=rx.cond(DashboardState.shows_snoozed, "true", "false"),
        ),
        link("Alert log", to="/app/automation/?log=alerts#log", class_name="small"),
    )  # fmt: skip
    nothing = rx.el.p("Nothing needs attention. Last checked ", DashboardState.now_mark, ".", class_name="pad ink2")
    more = rx.cond(
        DashboardState.more_alerts > 0,
        rx.el.p(
            link("See ", DashboardState.more_alerts, " more", to="/app/automation/?log=alerts#log"), class_name="pad"
        ),
        rx.fragment(),
    )
    return card(
        rx.cond(DashboardState.alerts, rx.el.ul(rx.foreach(DashboardState.alerts, _alert)), nothing),
        more,
        rx.cond(DashboardState.shows_snoozed, rx.el.ul(rx.foreach(DashboardState.snoozed, _alert)), rx.fragment()),
        title="Needs attention", id="attention", beside=snoozed,
    )  # fmt: skip


def _alert(row: Any) -> rx.Component:
    return alert_row(
        kind=row.kind, severity=row.severity, title=row.title, why=row.why, age=row.age, go=row.go, to=row.link,
        menu=_alert_menu(row), key=row.id.to_string(),
    )  # fmt: skip


def _alert_menu(row: Any) -> rx.Component:
    own = "alert-" + row.id.to_string()
    return menu(
        lambda **props: rx.el.button(
            icon("ellipsis", 18), type="button", class_name="btn icon ghost", aria_label="More about: " + row.title, **props
        ),
        menu_action("Hide for 1 hour", icon_name="bell-off", id=own, on_click=DashboardState.snooze(row.id, "1h")),
        menu_action("Hide until tomorrow", icon_name="bell-off", id=own, on_click=DashboardState.snooze(row.id, "1d")),
        menu_action("Close, it is dealt with", icon_name="check", id=own, on_click=DashboardState.close(row.id)),
        id=own, label="Alert",
    )  # fmt: skip


def _today() -> rx.Component:
    empty_day = ~DashboardState.has_visits
    earlier = rx.cond(
        DashboardState.earlier_count > 0,
        rx.el.li(
            link(DashboardState.earlier_count, " earlier visits", to=BOOKINGS + "today"),
            rx.el.span(DashboardState.earlier, class_name="small muted"),
            class_name="fold",
        ),
        rx.fragment(),
    )
    now_line = rx.el.li(
        rx.el.span(DashboardState.now_mark), class_name="now", aria_label="Now, " + DashboardState.now_mark
    )
    day = rx.el.ul(
        earlier,
        rx.foreach(DashboardState.present, _visit),
        now_line,
        rx.foreach(DashboardState.coming, _visit),
        class_name="day",
    )
    return card(
        rx.cond(empty_day, rx.el.p("No visits today.", class_name="pad ink2"), day),
        title="Today", id="today", beside=link("Open calendar", to="/app/bookings/", class_name="small"),
    )  # fmt: skip


def _visit(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.time(row.time),
        rx.el.span(class_name="ln", custom_attrs={"data-tone": tone_of(row.status, area="booking")}),
        rx.el.div(
            rx.el.div(
                link(row.who, to="/app/bookings/?booking=" + row.id.to_string(), class_name="trunc grow"),
                badge(row.status, area="booking"),
                class_name="row",
            ),
            rx.el.div(rx.el.span(row.what), class_name="sub"),
            class_name="grow",
        ),
        key=row.id.to_string(),
    )


def _week() -> rx.Component:
    pending = rx.cond(
        DashboardState.week_pending > 0,
        rx.el.span(DashboardState.week_pending, " not confirmed", class_name="small muted"),
        rx.fragment(),
    )
    return card(
        rx.el.div(rx.foreach(DashboardState.week, _week_day), class_name="wk"),
        title="Next 7 days",
        id="week",
        beside=pending,
    )


def _week_day(day: Any) -> rx.Component:
    bar = rx.el.span(
        rx.cond(day.pending > 0, rx.el.u(custom_attrs={"style": {"height": day.pending_height}}), rx.fragment()),
        class_name="col", custom_attrs={"style": {"height": day.height}},
    )  # fmt: skip
    count = rx.el.b(day.visits, rx.el.span(" bookings, ", day.pending, " not confirmed, ", class_name="sr"))
    return link(count, bar, rx.el.span(day.name), to="/app/bookings/?view=day&day=" + day.date, key=day.date)
