"""The form of one service: what everybody asks first, then a closed section for each further matter."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, checkbox, icon, select_field, text_field, textarea_field
from careops_app.ui.settings.services.draft import (
    BUFFERS,
    DECISIONS,
    NOTICES,
    OFFERS,
    STEPS,
    Choice,
    horizon_choices,
    minute_choices,
)
from careops_app.ui.settings.services.needs_editor import needs_editor
from careops_app.ui.settings.services.state import NEW, ServicesState

S = ServicesState
WRONG: Any = S.wrong


def service_form(verb: str, *, simple: bool) -> rx.Component:
    """`simple` puts the sections behind one line, for who sets up a first service."""
    stop = button("Stop offering it", kind="danger", on_click=S.retire(S.text.id))
    behind = rx.el.details(
        rx.el.summary(icon("chevron-right", 14), "Text, place, rules and reminders"), _sections(), class_name="more",
        open=WRONG.length() > 0,
    )  # fmt: skip
    return rx.el.form(
        _first(),
        behind if simple else _sections(),
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
    )


def _first() -> rx.Component:
    return rx.fragment(
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
    )  # fmt: skip


def _sections() -> rx.Component:
    return rx.el.div(
        _section("text", "Text and place", *_text()),
        _section("times", "Times customers can choose", _times()),
        _section("seats", "Seats and limits", *_seats()),
        _section("approval", "Approval and waitlist", *_approval()),
        _section("rooms", "Rooms and equipment", needs_editor()),
        _section("reminders", "Reminders", _reminders()),
        class_name="secs",
    )


def _section(key: str, title: str, *children: Any) -> rx.Component:
    """Closed, with the kept values in a line; open when something in it was refused."""
    head = rx.el.summary(
        icon("chevron-right", 14), rx.el.span(title, class_name="strong"), rx.el.span(S.about[key], class_name="m")
    )
    return rx.el.details(head, rx.el.div(*children, class_name="setup"), class_name="sec", open=WRONG.contains(key))


def _text() -> tuple[rx.Component, ...]:
    return (
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
    )  # fmt: skip


def _times() -> rx.Component:
    return rx.el.div(
        _pick("Free before a visit", "buffer_before_minutes", minute_choices(BUFFERS)),
        _pick("Free after a visit", "buffer_after_minutes", minute_choices(BUFFERS)),
        _pick("Starts are offered every", "step_minutes", minute_choices(STEPS)),
        _pick("How far ahead", "horizon_days", horizon_choices()),
        _pick("Shortest notice to book", "notice_minutes", minute_choices(NOTICES)),
        _pick("Shortest notice to move or cancel", "cancel_notice_minutes", minute_choices(NOTICES)),
        class_name="two",
    )


def _seats() -> tuple[rx.Component, ...]:
    return (
        text_field(
            "Seats per start", "capacity", error=S.errors["capacity"], default_value=S.text.capacity,
            input_mode="numeric", hint="With more than one, customers who choose the same start are one group.",
        ),
        rx.el.div(
            text_field(
                "Most visits a day", "daily_cap", error=S.errors["daily_cap"], default_value=S.text.daily_cap,
                input_mode="numeric", placeholder="No limit", optional=True,
            ),
            text_field(
                "Most visits a week", "weekly_cap", error=S.errors["weekly_cap"], default_value=S.text.weekly_cap,
                input_mode="numeric", placeholder="No limit", optional=True,
            ),
            class_name="two",
        ),
    )  # fmt: skip


def _approval() -> tuple[rx.Component, ...]:
    """Each choice shows what belongs to it once it is ticked."""
    approval = checkbox(
        "Each request waits for your approval", "needs_approval", default_checked=S.text.needs_approval,
        hint="Its time is kept until somebody on the team decides; an alert says so.",
    )  # fmt: skip
    waitlist = checkbox(
        "Customers can join a waitlist", "takes_waitlist", default_checked=S.text.takes_waitlist,
        hint="A time that becomes free is offered to the next person who waits for it.",
    )  # fmt: skip
    lapses = _pick("Undecided requests lapse after", "decide_minutes", minute_choices(DECISIONS))
    passes_on = _pick("An offer passes on after", "offer_minutes", minute_choices(OFFERS))
    return (
        rx.el.div(approval, rx.el.div(lapses, class_name="then"), class_name="when"),
        rx.el.div(waitlist, rx.el.div(passes_on, class_name="then"), class_name="when"),
    )


def _reminders() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Reminders are sent", class_name="sr"),
        _ticks("reminders", S.reminders),
        rx.el.p(
            "Moments that are set with the rule “Booking reminder” on the Automation page count before these.",
            class_name="hint",
        ),
        rx.el.p(S.errors["reminder_offsets"], class_name="error"),
    )


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
