"""The list of rooms and equipment, with the form of the one that is open in its place."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.bookings.models import ResourceKind
from careops_app.ui.components import badge, button, empty, link_button, note, select_field, text_field
from careops_app.ui.settings.rooms.state import NEW, RoomLine, RoomsState

S = RoomsState
KINDS = ((ResourceKind.ROOM.value, "Room"), (ResourceKind.EQUIPMENT.value, "Equipment"))


def rooms_block() -> rx.Component:
    """Every room and machine, and the form in place."""
    nothing = empty(
        "No rooms or equipment yet",
        "Add what visits must share, and a time is offered only while it is free. For example: two treatment rooms "
        "and one laser.",
        icon_name="door-open",
    )
    listed = rx.el.ul(rx.foreach(S.rooms, _room), class_name="svs")
    return rx.el.div(
        rx.cond(S.rooms, listed, rx.cond(S.editing == NEW, rx.fragment(), nothing)),
        rx.cond(
            S.editing == NEW,
            _form("Add it"),
            rx.el.div(button("Add a room or equipment", icon_name="plus", on_click=S.add), class_name="row wrap"),
        ),
        class_name="setup",
    )


def _room(line: ObjectVar[RoomLine]) -> rx.Component:
    name = rx.el.button(line.name, type="button", class_name="cover strong", on_click=S.edit(line.id))
    about = rx.el.span(line.about, rx.cond(line.away != "", rx.el.span(line.away, class_name="also"), rx.fragment()))
    used = rx.el.div(name, rx.el.small(about, class_name="m"), class_name="grow")
    in_use = rx.fragment(used, rx.cond(line.away != "", badge("work.off", label="Time off", bare=True), rx.fragment()))
    back = rx.fragment(
        rx.el.div(rx.el.span(line.name, class_name="muted"), class_name="grow"),
        badge("work.off", label="Out of use", bare=True),
        button("Use it again", size="sm", on_click=S.restore(line.id)),
    )
    is_open = S.editing == line.id
    shown = rx.cond(line.is_retired, back, in_use)
    return rx.el.li(
        rx.cond(is_open, _form("Save it"), shown), class_name=rx.cond(is_open, "wide", "plain"), key=f"r{line.id}"
    )


def _form(verb: str) -> rx.Component:
    """Kind, name and how many visits share it; once it exists also its time off and its end."""
    line: Any = S.line
    kept = rx.fragment(
        link_button(
            "Plan time off", to=f"/app/settings/?section=time_off&away={line.id}", kind="ghost", icon_name="wrench"
        ),
        button("Take it out of use", kind="danger", on_click=S.retire(line.id)),
    )
    return rx.el.form(
        rx.el.div(
            select_field("Kind", "kind", KINDS, error=S.errors["kind"], default_value=line.kind),
            text_field(
                "Name", "room", error=S.errors["name"], default_value=line.name, placeholder="Room 1"
            ),
            class_name="two",
        ),
        text_field(
            "Visits at once", "lanes", error=S.errors["lanes"], default_value=line.lanes,
            input_mode="numeric", hint="How many can use it at the same time: 1, or the number of chairs or lanes.",
        ),
        rx.cond(S.refusal != "", note(S.refusal, tone="warn", icon_name="triangle-alert"), rx.fragment()),
        rx.el.div(
            button(verb, kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.close),
            rx.el.span(class_name="grow"),
            rx.cond(S.editing != NEW, kept, rx.fragment()),
            class_name="row wrap",
        ),
        on_submit=S.save,
        no_validate=True,
        class_name="setup inset-form",
        key=f"room-{S.version}",
    )  # fmt: skip
