"""The calendar as a grid of columns, and as an agenda on phones."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.bookings.gesture_state import GestureState
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.components import (
    avatar,
    badge,
    button,
    empty,
    icon_button,
    inline,
    link,
    link_icon,
    select,
    state_icon,
    tone_of,
    word_of,
)

HOW = (
    "Arrow keys choose an empty time, Enter adds a visit there. On a visit, Space lifts it: then arrow keys move it, Shift "
    "with up and down changes its length, Enter puts it down and Escape leaves it where it was."
)


def calendar(head: rx.Component) -> rx.Component:
    """Columns of days, or of people; assets/calendar.js moves what is in them and reports where it was put."""
    heads = rx.foreach(BookingsState.columns, _column_head)
    columns = rx.foreach(BookingsState.columns, _column)
    grid = rx.el.div(
        rx.el.div(class_name="gh c"), heads, _hours(), columns, class_name="grid",
        custom_attrs=inline(**{"--n": BookingsState.column_count, "--hours": BookingsState.hour_count})
        | {"data-first": BookingsState.frame_first, "data-last": BookingsState.frame_last},
    )  # fmt: skip
    nobody = empty("Nobody takes bookings yet", "Add a calendar under Settings, Team.", icon_name="users")
    shown = rx.cond(BookingsState.columns, grid, nobody)
    area = rx.el.div(
        shown, class_name="gridwrap", tab_index=0, role="group", aria_label=BookingsState.title,
        aria_describedby="calendar-how", id="calendar-grid",
    )  # fmt: skip
    return rx.el.div(head, rx.el.p(HOW, id="calendar-how", class_name="sr"), area, _reports(), class_name="cal")


def _reports() -> rx.Component:
    """What the pointer and the keyboard did, as forms; and what is said of it meanwhile."""
    return rx.fragment(
        rx.el.p(id="calendar-said", role="status", class_name="sr"),
        _report("calendar-drop", GestureState.drop, "booking", "revision", "day", "minute", "staff", "minutes"),
        _report("calendar-pick", GestureState.pick, "day", "minute", "staff", "minutes"),
    )


def _report(id: str, on_submit: Any, *names: str) -> rx.Component:
    fields = [rx.el.input(type="hidden", name=name) for name in names]
    return rx.el.form(*fields, id=id, on_submit=on_submit, hidden=True)


def _hours() -> rx.Component:
    marks = rx.foreach(BookingsState.hour_marks, lambda mark: rx.el.span(mark[0], custom_attrs=inline(top=mark[1])))
    now = rx.el.span(BookingsState.now_word, class_name="nowt", custom_attrs=inline(top=BookingsState.now_top))
    return rx.el.div(
        marks, rx.cond(BookingsState.now_top != "", now, rx.fragment()), class_name="hrs", aria_hidden="true"
    )


def _column_head(each: Any) -> rx.Component:
    number = rx.cond(each.title != "", rx.el.b(each.title), rx.fragment())
    who = rx.cond(each.initials != "", avatar(each.initials, staff=True), rx.fragment())
    return rx.el.div(
        who, link(number, each.word, rx.el.small(each.support), to=each.address, class_name="plain grow"),
        icon_button(
            "plus", rx.Var.create("Add a visit: ") + each.spoken, size="sm",
            on_click=MakingState.begin_on(each.day, each.staff),
        ),
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
        custom_attrs={"data-day": each.day, "data-staff": each.staff, "data-spoken": each.spoken},
    )  # fmt: skip


def _closed(bar: Any) -> rx.Component:
    where = inline(top=bar.top, height=bar.height)
    return rx.el.div(class_name="off", custom_attrs=where | {"data-first": bar.first, "data-last": bar.last})


def _entry(each: Any) -> rx.Component:
    where = inline(top=each.top, height=each.height, left=each.left, width=each.width, right="auto")
    facts = {
        "data-tone": tone_of(each.status, area="booking"), "data-id": each.id, "data-revision": each.revision,
        "data-minute": each.minute, "data-minutes": each.minutes, "data-staff": each.staff, "data-who": each.who,
        "data-status": each.status,
        "data-moves": rx.cond(each.may_move, "yes", "no"),
    }  # fmt: skip
    return link(
        rx.el.div(state_icon(each.status, area="booking"), rx.el.b(each.who, class_name="trunc"), class_name="l"),
        rx.el.div(each.what, class_name="s s2 trunc"),
        rx.el.div(each.time, class_name="s s3"),
        rx.el.div(word_of(each.status, area="booking"), class_name="w s4"),
        to=each.address,
        class_name=rx.cond(each.is_done, "evt done", "evt"),
        aria_label=each.label,
        aria_current=rx.cond(each.is_open, "true", "false"),
        draggable=False,
        custom_attrs=facts | where,
        key=each.id.to_string(),
    )


def whose_calendar(id: str = "person") -> rx.Component:
    """Everybody's calendar, or one person's."""
    return select(
        "person", BookingsState.people, value=BookingsState.person, on_change=BookingsState.pick_person, quiet=True,
        small=True, aria_label="Whose calendar", id=id,
    )  # fmt: skip


def phone() -> rx.Component:
    """A strip of days, and the chosen day as a list."""
    strip = rx.el.nav(rx.foreach(BookingsState.days, _day), class_name="strip seven", aria_label="Choose a day")
    tools = rx.el.div(
        rx.el.div(
            link_icon("chevron-left", "Earlier", to=BookingsState.earlier),
            whose_calendar("whose"),
            link_icon("chevron-right", "Later", to=BookingsState.later),
            link("List", to="/app/bookings/?view=list", class_name="btn"),
            class_name="row",
        ),
        rx.el.div(
            button("Walk-in now", icon_name="footprints", on_click=MakingState.begin_walk_in, class_name="grow"),
            button("New booking", icon_name="plus", kind="primary", on_click=MakingState.begin, class_name="grow"),
            class_name="row",
        ),
        class_name="tools",
    )  # fmt: skip
    over = rx.el.details(
        rx.el.summary(rx.el.span(BookingsState.over_word, class_name="grow"), rx.el.span("Show", class_name="show")),
        rx.el.ul(rx.foreach(BookingsState.over, _part), class_name="ag"), class_name="over",
    )  # fmt: skip
    nothing = empty("No visits on this day", "Choose another day, or add a booking.", icon_name="calendar-days")
    return rx.el.div(
        rx.el.h1(BookingsState.title, class_name="sr"),
        strip,
        tools,
        rx.cond(BookingsState.over_word != "", over, rx.fragment()),
        rx.cond(BookingsState.agenda, rx.el.ul(rx.foreach(BookingsState.agenda, _part), class_name="ag"), nothing),
        class_name="phone",
    )


def _day(each: Any) -> rx.Component:
    return link(
        rx.el.span(each.word), " ", rx.el.b(each.day), rx.el.small(each.number, rx.el.span(" visits", class_name="sr")),
        to=each.address, aria_current=rx.cond(each.is_current, rx.Var.create("date"), rx.Var("undefined")), key=each.key,
    )  # fmt: skip


def _part(part: Any) -> rx.Component:
    return rx.cond(part.kind == "visit", _visit(part), rx.cond(part.kind == "gap", _gap(part), _now(part)))


def _gap(part: Any) -> rx.Component:
    add = button(
        "Add", icon_name="plus", size="sm", aria_label=rx.Var.create("Add a visit at ") + part.time,
        on_click=MakingState.begin_at(BookingsState.day, part.minute, BookingsState.person),
    )  # fmt: skip
    return rx.el.li(
        rx.el.time(part.time, rx.el.small(part.until)), rx.el.span(), rx.el.div(rx.el.span(part.what), add, class_name="row"),
        class_name="free", key=part.key,
    )  # fmt: skip


def _now(part: Any) -> rx.Component:
    return rx.el.li(rx.el.span(rx.el.span("Now ", class_name="sr"), part.time), class_name="now", key=part.key)


def _visit(part: Any) -> rx.Component:
    return rx.el.li(
        rx.el.time(part.time, rx.el.small(part.until)),
        rx.el.span(class_name="ln", custom_attrs={"data-tone": tone_of(part.status, area="booking")}),
        rx.el.div(
            rx.el.div(
                link(part.who, to=part.address, class_name="grow trunc"),
                badge(part.status, area="booking"),
                class_name="row",
            ),
            rx.el.div(part.what, class_name="sub"),
            class_name="grow",
        ),
        key=part.key,
    )
