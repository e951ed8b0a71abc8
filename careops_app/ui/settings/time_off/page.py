"""Planned time off with the form that plans more, and dates with other hours."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, empty, icon, rows, select_field, text_field
from careops_app.ui.settings.time_off.state import Away, OtherHours, TimeOffState

S = TimeOffState
ERRORS: Any = S.errors
AGAIN_IS_WRONG = rx.cond(ERRORS["opens_again"] | ERRORS["closes_again"], True, False)


def time_off_list() -> rx.Component:
    """Everything that is planned, and dates with other hours."""
    nothing = empty(
        "No time off planned",
        "Plan a holiday or an afternoon off and nobody can book into it. For example: the whole business, 24 to 27 "
        "December.",
        icon_name="tree-palm",
    )
    return rx.fragment(
        rx.cond(S.away, rows(rx.foreach(S.away, _away)), rx.cond(S.other, rx.fragment(), nothing)),
        rx.cond(S.other, rows(rx.foreach(S.other, _other)), rx.fragment()),
    )


def time_off_form() -> rx.Component:
    """Plans time off, in whole days or to the minute."""
    return rx.el.form(
        select_field(
            "Whose time",
            "away",
            rx.Var.create(S.whose),
            error=S.errors["away"],
            default_value=S.away_of,
            hint="Rooms and equipment are here too: what is being repaired takes no visits.",
        ),
        rx.el.div(
            text_field("First day", "first_day", type="date", error=S.errors["first_day"]),
            text_field("From", "first_time", type="time", error=S.errors["first_time"], optional=True),
            text_field("Last day", "last_day", type="date", error=S.errors["last_day"], optional=True),
            text_field("Until", "last_time", type="time", error=S.errors["last_time"], optional=True),
            class_name="two keep",
        ),
        text_field(
            "Reason", "reason", error=S.errors["reason"], optional=True, hint="For the team; customers never see it."
        ),
        rx.el.div(button("Plan time off", kind="primary", type="submit"), class_name="row wrap"),
        on_submit=S.plan,
        no_validate=True,
        class_name="setup",
        key=f"away-{S.planned}",
    )


def other_hours_form() -> rx.Component:
    """Opens one date at other times."""
    return rx.el.form(
        rx.el.div(
            select_field("Whose hours", "whose", rx.Var.create(S.people)),
            text_field("Day", "on_date", type="date", error=S.errors["on_date"]),
            text_field("From", "opens", type="time", error=S.errors["opens"]),
            text_field("Until", "closes", type="time", error=S.errors["closes"]),
            class_name="two keep",
        ),
        rx.el.details(
            rx.el.summary(icon("chevron-right", 14), "And again after a break"),
            rx.el.div(
                text_field("From", "opens_again", type="time", error=S.errors["opens_again"]),
                text_field("Until", "closes_again", type="time", error=S.errors["closes_again"]),
                class_name="two keep",
            ),
            class_name="more",
            open=AGAIN_IS_WRONG,
        ),
        rx.el.p(S.errors["hours"], class_name="error"),
        rx.el.div(button("Set the hours of this date", type="submit"), class_name="row wrap"),
        on_submit=S.set_date,
        no_validate=True,
        class_name="setup",
        key=f"date-{S.dated}",
    )


def _away(line: ObjectVar[Away]) -> rx.Component:
    about = rx.cond(line.reason != "", f"{line.who}, {line.reason}", line.who)
    named = rx.el.div(rx.el.b(line.when, class_name="strong"), rx.el.small(about), class_name="grow")
    return rx.el.li(named, button("Cancel it", size="sm", on_click=S.cancel(line.id)), key=f"a{line.id}")


def _other(line: ObjectVar[OtherHours]) -> rx.Component:
    named = rx.el.div(
        rx.el.b(line.when, class_name="strong"), rx.el.small(f"{line.who}, other hours"), class_name="grow"
    )
    back = button("Back to the weekday's", size="sm", on_click=S.clear_date(line.whose, line.day))
    return rx.el.li(named, back, key=line.key)
