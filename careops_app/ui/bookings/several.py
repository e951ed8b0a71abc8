"""How more than one visit is asked for in the dialog for a new booking."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.bookings.recurring import MOST_VISITS
from careops_app.ui.bookings.several_state import SeveralState
from careops_app.ui.components import (
    button,
    choice_segment,
    icon,
    icon_button,
    note,
    select_field,
)

S = SeveralState
KINDS = [("once", "Once", "calendar-check"), ("series", "Repeat", "repeat"), ("visit", "More services", "plus")]
STEPS = [(str(number), str(number)) for number in range(1, 13)]
VISITS = [(str(number), str(number)) for number in range(2, MOST_VISITS + 1)]
RHYTHMS = [
    ("day", "days"), ("week", "weeks"), ("month_date", "months, same date"), ("month_weekday", "months, same weekday")
]  # fmt: skip


def several(services: Any) -> rx.Component:
    """Once, again and again, or several services one after the other; `services` are (value, word) pairs."""
    return rx.el.div(
        choice_segment("How many visits", KINDS, current=S.kind, on_pick=S.pick_kind),
        rx.match(S.kind, ("series", _series()), ("visit", _visit(services)), rx.fragment()),
        rx.cond(S.problem != "", note(S.problem, tone="warn"), rx.fragment()),
        class_name="stack several", aria_live="polite",
    )  # fmt: skip


def _series() -> rx.Component:
    rhythm = rx.el.div(
        select_field("Every", "series-step", STEPS, value=S.step, on_change=S.pick_step),
        select_field("Counted in", "series-every", RHYTHMS, value=S.every, on_change=S.pick_every),
        select_field("Visits", "series-visits", VISITS, value=S.visits, on_change=S.pick_visits),
        class_name="three",
    )
    dates = rx.el.ul(rx.foreach(S.dates, _date), class_name="dates", aria_label="Dates of the series")
    return rx.fragment(
        rhythm,
        rx.el.div(button("Show the dates", icon_name="calendar-days", on_click=S.show_dates), class_name="row"),
        rx.cond(S.dates, rx.fragment(rx.el.p(S.count, class_name="strong"), dates), rx.fragment()),
    )


def _date(line: Any) -> rx.Component:
    choice = _choice(
        "On " + line.word, line.options, line.choice, lambda value: S.choose(line.day, value), name="date-" + line.day
    )
    return rx.el.li(
        rx.el.span(rx.el.b(line.word), rx.cond(line.problem != "", rx.el.small(line.problem), rx.fragment())), choice,
        key=line.day,
    )  # fmt: skip


def _choice(label: Any, options: Any, value: Any, on_change: Any, *, name: Any) -> rx.Component:
    """A native choice in a row, named by the row."""
    shown = rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0], key=pair[0]))
    control = rx.el.select(shown, name=name, value=value, on_change=on_change, class_name="input", aria_label=label)
    return rx.el.span(control, icon("chevron-down"), class_name="select")


def _visit(services: Any) -> rx.Component:
    starts = rx.el.div(rx.foreach(S.starts, _start), class_name="times", role="radiogroup", aria_label="Start of all")
    return rx.fragment(
        rx.el.ol(rx.foreach(S.parts, lambda line: _part(line, services)), class_name="parts"),
        rx.el.div(
            button("Add another service", icon_name="plus", kind="ghost", on_click=S.add_part),
            button("Show when all of it fits", icon_name="clock", on_click=S.show_starts),
            class_name="row wrap",
        ),
        rx.cond(S.starts, starts, rx.fragment()),
    )


def _part(line: Any, services: Any) -> rx.Component:
    at = line.at.to_string()
    service = _choice("Then", services, line.service, lambda value: S.pick_part(line.at, value), name="part-" + at)
    person = _choice(
        "With", line.staff, line.person, lambda value: S.pick_part_person(line.at, value), name="part-with-" + at
    )
    away = icon_button("x", "Leave this service out", on_click=S.drop_part(line.at))
    return rx.el.li(service, person, away, key=at)


def _start(pair: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name="all-start", value=pair[0], checked=S.start == pair[0], on_change=S.pick_start,
            class_name="sr",
        ),
        pair[1], class_name="slot", key=pair[0],
    )  # fmt: skip
