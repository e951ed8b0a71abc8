"""The calendar as a grid of columns, and as an agenda on phones."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.components import badge, button, empty, inline, link, select, state_icon, tone_of, word_of


def calendar(head: rx.Component) -> rx.Component:
    """Columns of days, or of people."""
    heads = rx.foreach(BookingsState.columns, _column_head)
    columns = rx.foreach(BookingsState.columns, _column)
    grid = rx.el.div(
        rx.el.div(class_name="gh c"), heads, _hours(), columns, class_name="grid",
        custom_attrs=inline(**{"--n": BookingsState.column_count, "--hours": BookingsState.hour_count}),
    )  # fmt: skip
    nobody = empty("Nobody takes bookings yet", "Add a calendar under Settings, Team.", icon_name="users")
    shown = rx.cond(BookingsState.columns, grid, nobody)
    return rx.el.div(
        head, rx.el.div(shown, class_name="gridwrap", tab_index=0, aria_label=BookingsState.title), class_name="cal"
    )


def _hours() -> rx.Component:
    marks = rx.foreach(BookingsState.hour_marks, lambda mark: rx.el.span(mark[0], custom_attrs=inline(top=mark[1])))
    now = rx.el.span(BookingsState.now_word, class_name="nowt", custom_attrs=inline(top=BookingsState.now_top))
    return rx.el.div(
        marks, rx.cond(BookingsState.now_top != "", now, rx.fragment()), class_name="hrs", aria_hidden="true"
    )


def _column_head(each: Any) -> rx.Component:
    number = rx.cond(each.title != "", rx.el.b(each.title), rx.fragment())
    return rx.el.div(
        link(number, each.word, rx.el.small(each.support), to=each.address, class_name="plain"),
        class_name=rx.cond(each.is_today, "gh today", "gh"), key=each.key,
    )  # fmt: skip


def _column(each: Any) -> rx.Component:
    now = rx.cond(
        (BookingsState.now_top != "") & (each.is_today | (BookingsState.view == "day")),
        rx.el.div(class_name="nowl", custom_attrs=inline(top=BookingsState.now_top)),
        rx.fragment(),
    )
    return rx.el.div(
        rx.foreach(each.off, _closed), now, rx.foreach(each.visits, _entry),
        class_name=rx.cond(each.is_today, "col today", "col"), key=each.key,
    )  # fmt: skip


def _closed(bar: Any) -> rx.Component:
    return rx.el.div(class_name="off", custom_attrs=inline(top=bar.top, height=bar.height))


def _entry(each: Any) -> rx.Component:
    where = inline(top=each.top, height=each.height, left=each.left, width=each.width, right="auto")
    return link(
        rx.el.div(state_icon(each.status, area="booking"), rx.el.b(each.who, class_name="trunc"), class_name="l"),
        rx.el.div(each.what, class_name="s s2 trunc"),
        rx.el.div(each.time, class_name="s s3"),
        rx.el.div(word_of(each.status, area="booking"), class_name="w s4"),
        to=each.address,
        class_name=rx.cond(each.is_done, "evt done", "evt"),
        aria_label=each.label,
        aria_current=rx.cond(each.is_open, "true", "false"),
        custom_attrs={"data-tone": tone_of(each.status, area="booking")} | where,
        key=each.id.to_string(),
    )


def whose_calendar() -> rx.Component:
    """Everybody's calendar, or one person's."""
    return select(
        "person", BookingsState.people, value=BookingsState.person, on_change=BookingsState.pick_person, quiet=True,
        small=True, aria_label="Whose calendar",
    )  # fmt: skip


def phone() -> rx.Component:
    """A strip of days, and the chosen day as a list."""
    strip = rx.el.nav(rx.foreach(BookingsState.days, _day), class_name="strip seven", aria_label="Choose a day")
    tools = rx.el.div(
        whose_calendar(),
        link("List", to="/app/bookings/?view=list", class_name="btn sm"),
        button("New", icon_name="plus", kind="primary", size="sm", on_click=MakingState.begin),
        class_name="row tools",
    )  # fmt: skip
    visits = rx.el.ul(rx.foreach(BookingsState.agenda, _line), class_name="ag")
    nothing = empty("No visits on this day", "Choose another day, or add a booking.", icon_name="calendar-days")
    return rx.el.div(
        rx.el.h1(BookingsState.title, class_name="sr"),
        strip,
        tools,
        rx.cond(BookingsState.agenda, visits, nothing),
        class_name="phone",
    )


def _day(each: Any) -> rx.Component:
    return link(
        rx.el.span(each.word), " ", rx.el.b(each.day), rx.el.small(each.number, rx.el.span(" visits", class_name="sr")),
        to=each.address, aria_current=rx.cond(each.is_current, rx.Var.create("date"), rx.Var("undefined")), key=each.key,
    )  # fmt: skip


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.time(line.time, rx.el.small(line.until)),
        rx.el.span(class_name="ln", custom_attrs={"data-tone": tone_of(line.status, area="booking")}),
        rx.el.div(
            rx.el.div(
                link(line.who, to=line.address, class_name="grow trunc"),
                badge(line.status, area="booking"),
                class_name="row",
            ),
            rx.el.div(line.what, class_name="sub"),
            class_name="grow",
        ),
        key=line.id.to_string(),
    )
