"""The bookings screen: the calendar of a week or a day, or a list; one booking beside it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.bookings.calendar import calendar, phone, whose_calendar
from careops_app.ui.bookings.making import making
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.record import record
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.components import (
    badge,
    body,
    button,
    column,
    cover_link,
    empty,
    link_button,
    page_header,
    pager,
    segment,
    segmented,
    tab,
    table,
    tabs,
)
from careops_app.ui.shells import staff_shell


def page() -> rx.Component:
    """The screen."""
    is_list = BookingsState.view == "list"
    content = rx.el.div(
        rx.cond(is_list, _list(), rx.fragment(calendar(_head()), phone())),
        rx.cond(RecordState.shown, record(), rx.fragment()),
        rx.cond(RecordState.gone, _gone(), rx.fragment()),
        class_name=rx.cond(RecordState.shown, "bk", "bk shut"),
    )
    return staff_shell(
        "Bookings",
        rx.cond(BookingsState.loaded, rx.fragment(content, making()), rx.fragment()),
        current="Bookings",
        fit=True,
    )


def _views() -> rx.Component:
    return segmented(
        "View",
        rx.foreach(BookingsState.views, lambda each: segment(each.word, to=each.address, current=each.is_current)),
    )


def _walk_in() -> rx.Component:
    return button("Walk-in now", icon_name="footprints", class_name="late", on_click=MakingState.begin_walk_in)


def _new() -> rx.Component:
    return button("New booking", icon_name="plus", kind="primary", on_click=MakingState.begin)


def _head() -> rx.Component:
    move = rx.el.div(
        link_button(
            "", to=BookingsState.earlier, icon_name="chevron-left", size="sm", kind="ghost", aria_label="Earlier"
        ),
        link_button("Today", to=BookingsState.today, size="sm"),
        link_button("", to=BookingsState.later, icon_name="chevron-right", size="sm", kind="ghost", aria_label="Later"),
        class_name="row",
    )
    return rx.fragment(
        rx.el.div(rx.el.h1(BookingsState.title, id="title", tab_index=-1), move, _walk_in(), _new(), class_name="bar1"),
        rx.el.div(_views(), whose_calendar(), _legend(), class_name="bar2"),
    )


def _legend() -> rx.Component:
    states = ("pending", "confirmed", "checked_in", "completed", "no_show")
    shown = [badge(state, area="booking", bare=True) for state in states]
    return rx.el.div(*shown, class_name="legend", aria_label="Legend")


def _gone() -> rx.Component:
    return rx.el.aside(
        empty(
            "This booking is not here", "It may have been removed, or it belongs to another business.",
            link_button("Back to the calendar", to=RecordState.close_to), icon_name="calendar-x",
        ),
        class_name="dr",
    )  # fmt: skip


def _list() -> rx.Component:
    shown = tabs(
        "Filter",
        rx.foreach(
            BookingsState.filters,
            lambda each: tab(each.word, to=each.address, current=each.is_current, count=each.number),
        ),
    )
    nothing = empty(
        "No bookings here", rx.Var.create("Nothing is listed under ") + BookingsState.list_word + ".",
        link_button("See all upcoming", to="/app/bookings/?view=list"), icon_name="calendar-days",
    )  # fmt: skip
    return rx.el.div(
        page_header(BookingsState.title, "", _views(), _walk_in(), _new()),
        body(
            shown,
            rx.cond(BookingsState.lines, rx.el.div(_table(), class_name="card"), rx.el.div(nothing, class_name="card")),
            rx.cond(
                BookingsState.pages != "",
                pager(BookingsState.pages, to_earlier=BookingsState.earlier_page, to_later=BookingsState.later_page),
                rx.fragment(),
            ),
        ),
        class_name="list scrolls",
    )


def _table() -> rx.Component:
    head = (
        column("Customer"),
        column("When"),
        column("What", wide_only=True),
        column("Reference", wide_only=True),
        column("State"),
    )
    return table(head, rx.foreach(BookingsState.lines, _row), label="Bookings")


def _row(line: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(cover_link(line.who, to=line.address), rx.el.div(line.what, class_name="small muted phone")),
        rx.el.td(line.when),
        rx.el.td(line.what, class_name="hid"),
        rx.el.td(line.reference, class_name="hid muted"),
        rx.el.td(badge(line.status, area="booking")),
        key=line.id.to_string(),
    )
