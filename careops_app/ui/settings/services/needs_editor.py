"""What a visit needs besides a person, as many requirements as there are. Its controls belong to the state, not to the form."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.bookings.models import NeedChoice
from careops_app.ui.components import button, choice_segment, icon_button, link_button, problem
from careops_app.ui.settings.services.draft import Choice
from careops_app.ui.settings.services.needs import NeedLine
from careops_app.ui.settings.services.state import ServicesState

S = ServicesState
WAYS = ((NeedChoice.ANY.value, "One of", ""), (NeedChoice.ALL.value, "All of", ""))


def needs_editor() -> rx.Component:
    """The requirements, and one more; without rooms, the way to them."""
    nothing = rx.el.div(
        rx.el.p("Add your rooms and equipment first; then a service can ask for them.", class_name="small muted"),
        rx.el.div(link_button("Rooms and equipment", to="/app/settings/?section=rooms", size="sm"), class_name="row"),
        class_name="setup",
    )
    editor = rx.fragment(
        rx.el.p("A time is offered only when these are free as well.", class_name="small muted"),
        rx.foreach(S.needs, _need),
        rx.el.div(button("Add a requirement", icon_name="plus", size="sm", on_click=S.add_need), class_name="row"),
    )
    return rx.fragment(rx.cond(S.has_rooms, editor, nothing), problem("needs", S.errors["needs"]))


def _need(line: ObjectVar[NeedLine]) -> rx.Component:
    def tick(choice: ObjectVar[Choice]) -> rx.Component:
        box = rx.el.input(type="checkbox", default_checked=choice.on, on_change=S.tick_need(line.at, choice.value))
        return rx.el.label(box, rx.el.span(choice.word), class_name="check", key=choice.value)

    ways = choice_segment(
        "How many of these", WAYS, current=line.choice, on_pick=lambda way: S.choose_need(line.at, NeedChoice(way))
    )
    none = rx.el.p("Everything is ticked in another requirement.", class_name="small muted")
    return rx.el.div(
        rx.el.div(
            ways,
            rx.el.span(class_name="grow"),
            icon_button("x", "Remove this requirement", size="sm", on_click=S.remove_need(line.at)),
            class_name="row",
        ),
        rx.cond(line.ticks, rx.el.div(rx.foreach(line.ticks, tick), class_name="ticks"), none),
        class_name="need",
        key=f"need-{S.needs_drawn}-{line.at}",
    )
