"""The list of services and the form of the one that is open."""

from collections.abc import Sequence

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, button, checkbox, icon, note, select_field, text_field, textarea_field
from careops_app.ui.settings.services.draft import (
    BUFFERS,
    NOTICES,
    STEPS,
    Choice,
    horizon_choices,
    minute_choices,
)
from careops_app.ui.settings.services.state import NEW, ServiceLine, ServicesState

S = ServicesState


def services_block() -> rx.Component:
    """Every service, whether it can be booked, and the form in place."""
    listed = rx.el.ul(rx.foreach(S.services, _service), class_name="svs")
    return rx.el.div(
        rx.cond(S.somebody_does, rx.fragment(), _nobody_yet()),
        rx.cond(S.services, listed, rx.fragment()),
        rx.cond(S.editing == NEW, _form("Add the service"), _add_button()),
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


def _service(line: ObjectVar[ServiceLine]) -> rx.Component:
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
        rx.cond(is_open, _form("Save the service"), shown), class_name=rx.cond(is_open, "wide", ""), key=f"s{line.id}"
    )


def _form(verb: str) -> rx.Component:
    stop = button("Stop offering it", kind="danger", on_click=S.retire(S.text.id))
    return rx.el.form(
        rx.el.div(
            text_field("Name", "name", error=S.errors["name"], default_value=S.text.name, placeholder="Hydrating facial"),
            rx.el.div(
                text_field(
                    "Minutes", "duration_minutes", error=S.errors["duration_minutes"], input_mode="numeric",
                    default_value=S.text.duration_minutes,
                ),
                text_field(
                    "Price", "price_text", error=S.errors["price_text"], default_value=S.text.price_text,
                    placeholder="from £72",
                ),
                class_name="two keep",
            ),
            class_name="two",
        ),
        rx.el.fieldset(
            rx.el.legend("Who gives it", class_name="label"),
            rx.cond(S.givers, _ticks("staff", S.givers), rx.el.p("Nobody takes bookings yet.", class_name="small muted")),
        ),
        rx.el.details(
            rx.el.summary(icon("chevron-right", 14), "Text, place, rules and reminders"), _more(), class_name="more"
        ),
        rx.el.div(
            button(verb, kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.close),
            rx.el.span(class_name="grow"),
            rx.cond(S.editing != NEW, stop, rx.fragment()),
            class_name="row wrap",
        ),
        on_submit=S.save,
        no_validate=True,
        class_name="setup inset-form",
        key=f"service-{S.version}",
    )  # fmt: skip


def _more() -> rx.Component:
    return rx.el.div(
        textarea_field(
            "Description", "description", error=S.errors["description"], default_value=S.text.description, rows=3,
            optional=True, hint="Customers read it when they choose.",
        ),
        rx.el.div(
            text_field(
                "Place", "location", error=S.errors["location"], default_value=S.text.location, optional=True,
                hint="Empty means the address of the business.",
            ),
            text_field(
                "Payment link", "payment_url", error=S.errors["payment_url"], default_value=S.text.payment_url,
                optional=True, hint="Put into the confirmation.",
            ),
            class_name="two",
        ),
        rx.el.div(
            _pick("Free before a visit", "buffer_before_minutes", minute_choices(BUFFERS)),
            _pick("Free after a visit", "buffer_after_minutes", minute_choices(BUFFERS)),
            _pick("Starts are offered every", "step_minutes", minute_choices(STEPS)),
            _pick("How far ahead", "horizon_days", horizon_choices()),
            _pick("Shortest notice to book", "notice_minutes", minute_choices(NOTICES)),
            _pick("Shortest notice to move or cancel", "cancel_notice_minutes", minute_choices(NOTICES)),
            class_name="two",
        ),
        checkbox(
            "Each request waits for your approval", "needs_approval", default_checked=S.text.needs_approval,
            hint="It is pending until somebody on the team confirms it; an alert says so.",
        ),
        rx.el.fieldset(
            rx.el.legend("Reminders", class_name="label"), _ticks("reminders", S.reminders),
            rx.el.p(S.errors["reminder_offsets"], class_name="error"),
        ),
        class_name="setup",
    )  # fmt: skip


def _pick(label: str, name: str, offered: Sequence[tuple[str, str]]) -> rx.Component:
    """A choice that offers the present value first, whether or not it is one of the usual ones."""
    present = getattr(S.text, name)
    return select_field(label, name, [(present, S.words[name]), *offered], error=S.errors[name], default_value=present)


def _ticks(name: str, choices: list[Choice]) -> rx.Component:
    def tick(choice: ObjectVar[Choice]) -> rx.Component:
        return rx.el.div(
            checkbox(choice.word, name, value=choice.value, default_checked=choice.on), key=f"{name}{choice.value}"
        )

    return rx.el.div(rx.foreach(choices, tick), class_name="ticks")
