"""The list of services, with the form of the one that is open in its place."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, button, note
from careops_app.ui.settings.services.form import service_form
from careops_app.ui.settings.services.state import NEW, ServiceLine, ServicesState

S = ServicesState


def services_block(*, simple: bool = False) -> rx.Component:
    """Every service, whether it can be booked, and the form in place; `simple` keeps its rules behind one line."""
    listed = rx.el.ul(rx.foreach(S.services, lambda line: _service(line, simple)), class_name="svs")
    return rx.el.div(
        rx.cond(S.somebody_does, rx.fragment(), _nobody_yet()),
        rx.cond(S.services, listed, rx.fragment()),
        rx.cond(S.editing == NEW, service_form("Add the service", simple=simple), _add_button()),
        class_name="setup",
    )


def _nobody_yet() -> rx.Component:
    return note(
        rx.el.p(rx.el.b("Nobody takes bookings yet."), " Customers book a person's time, so somebody has to offer it."),
        rx.el.div(
            button("I take bookings", icon_name="user-check", size="sm", on_click=S.take_bookings_myself),
            class_name="row",
        ),
        tone="warn",
        icon_name="triangle-alert",
    )


def _add_button() -> rx.Component:
    first = button("Add your first service", kind="primary", icon_name="plus", on_click=S.add)
    more = button("Add a service", icon_name="plus", on_click=S.add)
    return rx.el.div(rx.cond(S.services, more, first), class_name="row wrap")


def _service(line: ObjectVar[ServiceLine], simple: bool) -> rx.Component:
    state = rx.match(
        line.state,
        ("bookable", badge("step.done", label="Bookable")),
        ("no_staff", badge("step.missing", label="Nobody gives it", bare=True)),
        ("no_hours", badge("step.missing", label="No hours", bare=True)),
        ("no_room", badge("step.missing", label="Room out of use", bare=True)),
        badge("work.off", label="Not offered", bare=True),
    )
    name = rx.el.button(line.name, type="button", class_name="cover strong", on_click=S.edit(line.id))
    closed = rx.fragment(name, rx.el.span(line.about, class_name="m"), state)
    back = rx.fragment(
        rx.el.span(line.name, class_name="muted"), rx.el.span(state, class_name="m"),
        button("Offer again", size="sm", on_click=S.restore(line.id)),
    )  # fmt: skip
    shown = rx.cond(line.state == "retired", back, closed)
    is_open = S.editing == line.id
    return rx.el.li(
        rx.cond(is_open, service_form("Save the service", simple=simple), shown),
        class_name=rx.cond(is_open, "wide", ""),
        key=f"s{line.id}",
    )
