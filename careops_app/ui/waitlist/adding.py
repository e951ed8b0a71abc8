"""The dialog that puts somebody on the waitlist."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.components import (
    button,
    closing,
    dialog,
    icon,
    problem,
    select_field,
    text_field,
    textarea_field,
)
from careops_app.ui.waitlist.adding_state import AddingState

S = AddingState


def adding() -> rx.Component:
    """For what, when it would suit, and who it is."""
    form = rx.el.form(
        rx.el.div(
            select_field("Service", "service", S.services, value=S.service, on_change=S.pick_service),
            select_field("With", "staff", S.staff, error=S.problems["staff"]),
            class_name="two",
        ),
        _when(),
        rx.cond(S.seats > 1, _seats(), rx.fragment()),
        _customer(),
        textarea_field("Note", "note", optional=True, id="waitlist-note", rows="2", error=S.problems["note"]),
        problem("form", S.problems["form"]),
        rx.el.div(
            closing(button("Not now")), button("Put on the waitlist", kind="primary", type="submit"), class_name="end"
        ),
        on_submit=S.save, class_name="stack", id="adding",
    )  # fmt: skip
    text = "When a time that suits becomes free, it is held and the customer is told."
    return dialog("Add to the waitlist", form, text=text, open=S.open, on_open_change=S.toggle, wide=True)


def _when() -> rx.Component:
    days = rx.el.div(
        text_field(
            "First day", "first_on", type="date", default_value=S.today, min=S.today, error=S.problems["first_on"]
        ),
        text_field(
            "Last day", "last_on", type="date", default_value=S.last_day, min=S.today, error=S.problems["last_on"]
        ),
        class_name="two",
    )
    hours = rx.el.div(
        text_field("Starting from", "from", type="time", optional=True, error=S.problems["from"]),
        text_field("Starting before", "until", type="time", optional=True, error=S.problems["until"]),
        class_name="two",
    )
    return rx.fragment(days, hours)


def _seats() -> rx.Component:
    most: Any = S.seats
    return text_field(
        "How many people",
        "seats",
        type="number",
        default_value="1",
        min="1",
        max=most.to_string(),
        error=S.problems["seats"],
    )


def _customer() -> rx.Component:
    chosen = rx.el.div(
        icon("user-round"), rx.el.b(S.contact_name, class_name="grow"),
        button("Somebody else", size="sm", kind="ghost", on_click=S.drop_contact), class_name="row chosen",
    )  # fmt: skip
    return rx.cond(S.contact != "", chosen, _new_customer())


def _new_customer() -> rx.Component:
    name = text_field(
        "Customer", "name", hint="Start typing to find somebody you know.", error=S.problems["name"], on_change=S.look_up,
        auto_complete="off", id="waiting-name",
    )  # fmt: skip
    known = rx.el.ul(rx.foreach(S.found, _known), class_name="found", aria_label="People you know")
    return rx.fragment(
        name,
        rx.cond(S.found, known, rx.fragment()),
        rx.el.div(
            text_field("E-mail", "email", type="email", error=S.problems["email"], optional=True, id="waiting-email"),
            text_field("Mobile", "phone", type="tel", error=S.problems["phone"], optional=True, id="waiting-phone"),
            class_name="two",
        ),
    )


def _known(person: Any) -> rx.Component:
    pick = rx.el.button(
        rx.el.b(person[1]), " ", rx.el.span(person[2], class_name="muted"), type="button",
        on_click=S.pick_contact(person[0]),
    )  # fmt: skip
    return rx.el.li(pick, key=person[0])
