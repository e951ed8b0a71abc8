"""A week of opening hours: each day open or closed, with as many windows as it has."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    button,
    icon,
    icon_button,
    menu,
    menu_action,
    note,
    problem,
    switch,
)
from careops_app.ui.settings.hours.state import BUSINESS, HoursState, Whose
from careops_app.ui.settings.hours.week import Day, Times

S = HoursState


def hours_block() -> rx.Component:
    """Whose hours, the week, and what it means for customers."""
    return rx.el.div(
        rx.cond(S.several, _whose(), rx.fragment()),
        rx.cond(S.whose != BUSINESS, _own(), rx.fragment()),
        rx.cond(
            S.is_own,
            rx.el.ul(rx.foreach(S.days, _day), class_name="hours", key=f"week-{S.whose}-{S.drawn}"),
            rx.fragment(),
        ),
        problem("hours", S.error),
        rx.el.p(f"Times are those of {S.zone}.", class_name="small muted"),
        rx.cond(S.is_suggestion, note("A suggestion. Nothing is open until you save it.", tone="info"), rx.fragment()),
        rx.cond(S.first_free != "", note(S.first_free, tone="info"), rx.fragment()),
        rx.el.div(button("Save hours", kind="primary", on_click=S.save), class_name="row wrap"),
        class_name="setup",
    )


def _whose() -> rx.Component:
    def option(one: ObjectVar[Whose]) -> rx.Component:
        return rx.el.option(one.word, value=one.key, key=one.key)

    picked = rx.el.select(
        rx.foreach(S.choices, option), value=S.whose, on_change=S.show, class_name="input", id="whose_hours"
    )
    return rx.el.div(
        rx.el.label("Whose hours", html_for="whose_hours"),
        rx.el.span(picked, icon("chevron-down"), class_name="select"),
        class_name="field",
    )


def _own() -> rx.Component:
    words = rx.cond(S.is_own, "Works hours of their own", "Works whenever the business is open")
    return rx.el.div(
        switch("Hours of their own", on=S.is_own, on_click=S.own_hours(~S.is_own)), rx.el.span(words), class_name="row"
    )


def _day(day: ObjectVar[Day]) -> rx.Component:
    state = rx.el.span(
        switch(f"{day.name}: open", on=day.is_open, on_click=S.toggle(day.at)),
        rx.cond(day.is_open, "Open", "Closed"),
        class_name="st",
    )
    times = rx.el.span(rx.foreach(day.times, lambda one: _times(one, day)), class_name="wins")
    closed = rx.fragment(rx.el.span("No bookable hours", class_name="no"), rx.el.span())
    opened = rx.fragment(times, _day_menu(day))
    return rx.el.li(
        rx.el.span(day.short, class_name="d", aria_hidden="true"),
        state,
        rx.cond(day.is_open, opened, closed),
        key=day.name,
    )


def _times(one: ObjectVar[Times], day: ObjectVar[Day]) -> rx.Component:
    return rx.el.span(
        _clock(f"{day.name}, from", one.opens, lambda text: S.set_opens(day.at, one.at, text)),
        rx.el.span("to", class_name="muted"),
        _clock(f"{day.name}, until", one.closes, lambda text: S.set_closes(day.at, one.at, text)),
        rx.cond(
            one.at != 0,
            icon_button("x", "Remove these times", size="sm", on_click=S.remove(day.at, one.at)),
            rx.fragment(),
        ),
        class_name="sl",
        key=f"{day.at}-{one.at}",
    )


def _clock(label: str, text: rx.Var[str], on_change: Any) -> rx.Component:
    return rx.el.input(
        type="time", default_value=text, on_change=on_change, class_name="input", aria_label=label, step=300
    )


def _day_menu(day: ObjectVar[Day]) -> rx.Component:
    id = f"hours-{day.at}"
    return rx.el.span(
        menu(
            lambda **props: icon_button("ellipsis", "More for this day", size="sm", **props),
            menu_action("Add a break", icon_name="plus", id=id, on_click=S.add_break(day.at)),
            menu_action("Copy to Monday to Friday", icon_name="copy", id=id, on_click=S.copy_to_weekdays(day.at)),
            menu_action("Copy to every day", icon_name="copy", id=id, on_click=S.copy_to_all(day.at)),
            id=id,
            label="More for this day",
        ),
        class_name="mn",
    )
