"""The visits that were booked together, beside one of them; and the question how many of them a change is for."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.bookings.group_state import GroupState
from careops_app.ui.components import badge, button, dialog, field, link, note, problem, radio, textarea_field

S = GroupState


def group() -> rx.Component:
    """Empty for a booking that was made alone."""
    shown = rx.el.section(
        rx.el.h3("Booked together", rx.el.span(S.title, class_name="muted")),
        rx.el.div(rx.foreach(S.lines, _line)),
        rx.cond(S.may_change, _actions(), rx.fragment()),
    )
    return rx.fragment(rx.cond(S.lines, shown, rx.fragment()), _dialog())


def _line(line: Any) -> rx.Component:
    when = rx.cond(line.is_open, rx.el.b(line.when, " (this one)"), link(line.when, to=line.address))
    return rx.el.div(
        when, badge(line.status, area="booking", bare=True), rx.el.small(line.what), class_name="li",
        key=line.id.to_string(),
    )  # fmt: skip


def _actions() -> rx.Component:
    return rx.el.div(
        rx.cond(
            S.waiting > 0,
            button("Confirm all that wait", size="sm", icon_name="calendar-check", on_click=S.confirm_all), rx.fragment(),
        ),
        button("Move several", size="sm", icon_name="calendar-clock", on_click=S.ask("move")),
        button("Cancel several", size="sm", icon_name="ban", on_click=S.ask("cancel")),
        class_name="row wrap group",
    )  # fmt: skip


def _dialog() -> rx.Component:
    is_move = S.act == "move"
    reach = rx.el.fieldset(
        rx.el.legend("Which visits", class_name="label"),
        radio(S.later_word, "reach", "later", checked=S.reach == "later", on_change=S.pick_reach),
        radio(S.all_word, "reach", "all", checked=S.reach == "all", on_change=S.pick_reach),
        class_name="field",
    )
    form = rx.el.form(
        reach,
        rx.cond(is_move, _new_time(), _reason()),
        problem("group", S.problem),
        rx.el.div(
            button("Leave them as they are", on_click=S.toggle(False)),
            rx.cond(
                is_move,
                button("Move the visits", kind="primary", type="submit"),
                button("Cancel the visits", kind="danger-solid", type="submit"),
            ),
            class_name="end",
        ),
        on_submit=S.save, class_name="stack", id="group-change",
    )  # fmt: skip
    return dialog(
        rx.cond(is_move, "Move several visits", "Cancel several visits?"), form, open=S.act != "", on_open_change=S.toggle,
    )  # fmt: skip


def _new_time() -> rx.Component:
    day = rx.el.input(type="date", name="day", id="group-day", default_value=S.day, class_name="input")
    start = rx.el.input(
        type="time", name="start", id="group-start", default_value=S.clock, class_name="input", step="300"
    )
    return rx.fragment(
        rx.el.div(
            field("New day of this visit", day, id="group-day"),
            field("Start", start, id="group-start"),
            class_name="two",
        ),
        note("The others move by as much on the clock. Either all of them move, or none.", tone="info"),
    )


def _reason() -> rx.Component:
    return textarea_field("Reason", "reason", hint="The customer reads this.", id="group-reason", rows="3")
