"""The waitlist: who waits for what and in which order, what is offered to whom, and how it ended."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.components import (
    badge,
    body,
    button,
    column,
    confirm,
    cover_link,
    empty,
    icon_button,
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
from careops_app.ui.waitlist.adding import adding
from careops_app.ui.waitlist.adding_state import AddingState
from careops_app.ui.waitlist.state import WaitlistState

VIEWS = (
    ("Day", "/app/bookings/?view=day"), ("Week", "/app/bookings/"), ("List", "/app/bookings/?view=list&filter=upcoming"),
    ("Waitlist", "/app/waitlist/"),
)  # fmt: skip


def page() -> rx.Component:
    """The screen."""
    return staff_shell(
        "Waitlist",
        rx.cond(WaitlistState.loaded, rx.fragment(_list(), adding(), _removing()), rx.fragment()),
        current="Bookings",
        page="waitlist",
    )


def _list() -> rx.Component:
    views = segmented("View", *(segment(word, to=to, current=word == "Waitlist") for word, to in VIEWS))
    add = button("Add to the waitlist", icon_name="plus", kind="primary", on_click=AddingState.begin)
    shown = tabs(
        "Filter",
        rx.foreach(
            WaitlistState.filters,
            lambda each: tab(each.word, to=each.address, current=each.is_current, count=each.number),
        ),
    )
    listed = rx.cond(WaitlistState.lines, _table(), _nothing())
    pages = pager(
        WaitlistState.pages, to_earlier=WaitlistState.earlier_page, to_later=WaitlistState.later_page
    )  # fmt: skip
    return rx.fragment(
        page_header("Waitlist", "Freed times are held and offered in this order.", views, add),
        body(shown, rx.el.div(listed, class_name="card"), rx.cond(WaitlistState.pages != "", pages, rx.fragment())),
    )


def _nothing() -> rx.Component:
    return empty(
        "Nobody here", rx.Var.create("Nobody is listed under ") + WaitlistState.list_word
        + ". Customers join on the booking page when no time suits.",
        link_button("See who waits", to="/app/waitlist/"), icon_name="hourglass",
    )  # fmt: skip


def _table() -> rx.Component:
    head = (
        column("Customer"),
        column("What", wide_only=True),
        column("When it suits", wide_only=True),
        column("Since", wide_only=True),
        column("State"),
        rx.el.th(rx.el.span("Actions", class_name="sr"), scope="col"),
    )
    return table(head, rx.foreach(WaitlistState.lines, _row), label="Waitlist")


def _row(line: Any) -> rx.Component:
    note = rx.cond(line.note != "", rx.el.div(line.note, class_name="small muted hid"), rx.fragment())
    narrow = [rx.el.div(words, class_name="small muted phone") for words in (line.what, line.wish)]
    told = rx.cond(line.told != "", rx.el.div(line.told, class_name="small muted"), rx.fragment())
    remove = icon_button(
        "x", "Take " + line.who + " off the waitlist", size="sm", on_click=WaitlistState.ask_remove(line.id)
    )
    return rx.el.tr(
        rx.el.td(cover_link(line.who, to=line.address), *narrow, note),
        rx.el.td(line.what, class_name="hid"),
        rx.el.td(line.wish, class_name="hid"),
        rx.el.td(line.since, class_name="hid muted"),
        rx.el.td(badge(line.status, area="waitlist"), told),
        rx.el.td(rx.cond(line.may_remove, remove, rx.fragment()), class_name="num"),
        key=line.id.to_string(),
    )


def _removing() -> rx.Component:
    return confirm(
        rx.Var.create("Take ") + WaitlistState.removing_who + " off the waitlist?",
        "Nothing more is offered. A time that is held now goes to the next on the list.",
        verb="Take off the list", safe="Keep", open=WaitlistState.removing > 0,
        on_open_change=WaitlistState.stop_removing, on_confirm=WaitlistState.remove,
    )  # fmt: skip
