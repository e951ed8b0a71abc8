"""The dialog for a new visit and a walk-in, and for another time or length of a visit."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.offers import Answer
from careops_app.ui.bookings.several import several
from careops_app.ui.components import (
    button,
    closing,
    dialog,
    field,
    icon,
    note,
    problem,
    select_field,
    text_field,
    textarea_field,
)

S = MakingState


def making() -> rx.Component:
    """Service, person, start and length; for a new visit also who it is for. A walk-in starts now, a length stays put."""
    fixed = rx.el.div(
        rx.cond(S.mode == "walk_in", rx.el.div(_name_if_given(), _length(), class_name="two"), _length()),
        problem("time", S.problems["time"]), class_name="stack tight",
    )  # fmt: skip
    form = rx.el.form(
        rx.cond(S.support != "", rx.el.p(S.support, class_name="ink2"), rx.fragment()),
        rx.cond(S.mode == "length", rx.fragment(), _whom()),
        rx.cond(
            (S.mode == "length") | (S.mode == "walk_in"), fixed, rx.fragment(_start(), _why(), _times())
        ),
        rx.cond(S.overlap, _anyway(), rx.fragment()),
        rx.cond(S.mode == "new", rx.fragment(several(S.services), _customer()), rx.fragment()),
        rx.el.div(
            closing(button(rx.cond((S.mode == "move") | (S.mode == "length"), "Keep as it was", "Not now"))),
            button(rx.cond(S.overlap, "Book it anyway", S.verb), kind="primary", type="submit"),
            class_name="end",
        ),
        on_submit=S.save, class_name="stack", id="making",
    )  # fmt: skip
    return dialog(S.heading, form, open=S.open, on_open_change=S.toggle, wide=True)


def _whom() -> rx.Component:
    service = select_field(
        "Service", "service", S.services, value=S.service, on_change=S.pick_service, error=S.problems["service"],
        disabled=S.mode == "move",
    )  # fmt: skip
    person = select_field("With", "with", S.staff, value=S.person, on_change=S.pick_person)
    return rx.el.div(service, person, class_name="two")


def _start() -> rx.Component:
    """Any day and any time; whether it can be had is said in our words, not by the browser's limits."""
    day = rx.el.input(
        type="date", name="day", id="day", value=S.day, on_change=S.pick_day, class_name="input"
    )  # fmt: skip
    start = rx.el.input(
        type="time", name="start", id="time", value=S.clock, on_change=S.pick_clock, class_name="input",
        aria_invalid=rx.cond(S.problems["time"], "true", "false"), aria_describedby="time-error",
    )  # fmt: skip
    fields = rx.el.div(
        field("Day", day, id="day", error=S.problems["day"]), field("Start", start, id="time"), _length(),
        class_name="starting",
    )  # fmt: skip
    twice = rx.cond(S.remark != "", rx.el.p(S.remark, class_name="hint"), rx.fragment())
    return rx.el.div(fields, twice, problem("time", S.problems["time"]), class_name="stack tight")


def _length() -> rx.Component:
    return select_field(
        "Length", "minutes", S.lengths, value=S.minutes, on_change=S.pick_minutes, error=S.problems["minutes"]
    )


def _times() -> rx.Component:
    """Free times as one choice; the keyboard moves through them like through any radio group."""
    times = rx.el.div(rx.foreach(S.times, _time), class_name="times", role="radiogroup", aria_label="Free times")
    return rx.el.details(
        rx.el.summary(icon("chevron-right", 14), "Free times that day"),
        rx.cond(S.times, times, rx.el.p(S.no_times, class_name="small muted")),
        class_name="more", open=S.shows_times,
    )  # fmt: skip


def _why() -> rx.Component:
    """For the question of a customer on the phone: why is this time not there?"""
    answers = rx.el.dl(rx.foreach(S.answers, _answer), class_name="defs")
    told = rx.el.details(
        rx.el.summary(icon("chevron-right", 14), "Why customers are not offered ", S.clock),
        answers, class_name="more why", open=S.answers_first,
    )  # fmt: skip
    return rx.el.div(rx.cond(S.is_offered, rx.fragment(), told), aria_live="polite")


def _anyway() -> rx.Component:
    """Beside another visit, or outside the hours: only with a reason, kept on the visit."""
    words = rx.el.p(rx.el.b("Book it anyway?"), " Choose another time, or write why it is booked all the same.")
    reason = textarea_field(
        "Reason", "overlap_reason", hint="Kept on the visit, with your name.", error=S.problems["overlap_reason"],
        default_value=S.earlier_reason, id="overlap-reason", rows="2", required=True, max_length="500",
    )  # fmt: skip
    return note(words, reason, tone="warn", icon_name="layers-2")


def _name_if_given() -> rx.Component:
    return text_field("Name", "name", optional=True, error=S.problems["name"], id="walk-in-name")


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
