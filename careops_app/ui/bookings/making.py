"""The dialog for a new booking, and for moving one."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.bookings.making_state import Answer, MakingState
from careops_app.ui.bookings.several import several
from careops_app.ui.components import (
    button,
    closing,
    dialog,
    field,
    icon,
    problem,
    select_field,
    text_field,
    textarea_field,
)

S = MakingState


def making() -> rx.Component:
    """Service, person, day and time; for a new booking also who it is for."""
    service = select_field(
        "Service", "service", S.services, value=S.service, on_change=S.pick_service, error=S.problems["service"],
        disabled=S.moving > 0,
    )  # fmt: skip
    person = select_field("With", "person", S.staff, value=S.person, on_change=S.pick_person)
    day = field(
        "Day",
        rx.el.input(
            type="date", name="day", id="day", value=S.day, min=S.first_day, on_change=S.pick_day, class_name="input"
        ),
        id="day",
    )
    form = rx.el.form(
        rx.el.div(service, person, class_name="two"), day, _times(), _why(),
        rx.cond(S.moving > 0, rx.fragment(), rx.fragment(several(S.services), _customer())),
        rx.el.div(
            closing(button("Keep as it was")),
            button(rx.cond(S.moving > 0, "Move the visit", "Book the visit"), kind="primary", type="submit"),
            class_name="end",
        ),
        on_submit=S.save, class_name="stack", id="making",
    )  # fmt: skip
    return dialog(S.heading, form, open=S.open, on_open_change=S.toggle, wide=True)


def _times() -> rx.Component:
    """Free times as one choice; the keyboard moves through them like through any radio group."""
    times = rx.el.div(rx.foreach(S.times, _time), class_name="times", role="radiogroup", aria_label="Time")
    return rx.el.fieldset(
        rx.el.legend("Time", class_name="label"),
        rx.cond(S.times, times, rx.el.p(S.no_times, class_name="small muted")),
        problem("time", S.problems["time"]),
        class_name="field",
    )


def _why() -> rx.Component:
    """For the question of a customer on the phone: why is this time not there?"""
    asked = field(
        "A time of that day",
        rx.el.input(type="time", id="why", value=S.asked_time, on_change=S.ask_why, class_name="input"),
        id="why", error=S.problems["why"],
    )  # fmt: skip
    answers = rx.el.dl(rx.foreach(S.answers, _answer), class_name="defs", aria_live="polite")
    return rx.el.details(
        rx.el.summary(icon("chevron-right", 14), "Why is a time not offered to customers?"),
        rx.el.div(asked, answers, class_name="stack"),
        class_name="more",
    )


def _answer(answer: ObjectVar[Answer]) -> rx.Component:
    reasons = rx.foreach(answer.words, lambda words: rx.el.p(words))
    return rx.fragment(
        rx.el.dt(answer.who),
        rx.el.dd(rx.cond(answer.is_offered, rx.el.p("Offered at this time."), reasons)),
        key=answer.who,
    )


def _time(pair: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name="slot", value=pair[0], checked=S.time == pair[0], on_change=S.pick_time, class_name="sr"
        ),
        pair[1], class_name="slot", key=pair[0],
    )  # fmt: skip


def _customer() -> rx.Component:
    chosen = rx.el.div(
        icon("user-round"), rx.el.b(S.contact_name, class_name="grow"),
        button("Somebody else", size="sm", kind="ghost", on_click=S.drop_contact), class_name="row chosen",
    )  # fmt: skip
    return rx.fragment(
        rx.cond(S.contact != "", chosen, _new_customer()),
        textarea_field("Note", "note", optional=True, id="booking-note", rows="2"),
    )


def _new_customer() -> rx.Component:
    name = text_field(
        "Customer", "name", hint="Start typing to find somebody you know.", error=S.problems["name"], on_change=S.look_up,
        auto_complete="off", id="customer-name",
    )  # fmt: skip
    return rx.fragment(
        name,
        rx.cond(
            S.found,
            rx.el.ul(rx.foreach(S.found, _known), class_name="found", aria_label="People you know"),
            rx.fragment(),
        ),
        rx.el.div(
            text_field("E-mail", "email", type="email", error=S.problems["email"], optional=True, id="customer-email"),
            text_field("Mobile", "phone", type="tel", error=S.problems["phone"], optional=True, id="customer-phone"),
            class_name="two",
        ),
    )


def _known(person: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.b(person[1]), " ", rx.el.span(person[2], class_name="muted"), type="button",
            on_click=S.pick_contact(person[0]),
        ),
        key=person[0],
    )  # fmt: skip
