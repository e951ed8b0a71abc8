"""The items there are, the form that adds one, and what a visit of each service uses."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, link, text_field
from careops_app.ui.onboarding.inventory.state import ItemLine, ServiceUse, StartStockState, Use

S = StartStockState


def start_stock() -> rx.Component:
    """Stock, as far as it is needed to begin."""
    uses = rx.el.div(
        rx.el.h3("What one visit uses"),
        rx.el.ul(rx.foreach(S.services, _service), class_name="svs"),
        class_name="stack",
    )
    return rx.el.div(
        rx.el.p(
            "An item is set aside when a visit is booked and used up when it is completed. Below its threshold you get "
            "one alert.",
            class_name="ink2",
        ),
        rx.cond(S.items, rx.el.ul(rx.foreach(S.items, _item), class_name="svs"), rx.fragment()),
        _add_form(),
        rx.cond(S.items, rx.cond(S.services, uses, rx.fragment()), rx.fragment()),
        rx.el.p("Everything else is under ", link("Inventory", to="/app/inventory/"), ".", class_name="small muted"),
        class_name="setup",
    )


def _item(line: ObjectVar[ItemLine]) -> rx.Component:
    return rx.el.li(
        rx.el.b(line.name, class_name="strong"), rx.el.span(line.about, class_name="m"), rx.el.span(), key=f"i{line.id}"
    )


def _add_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            text_field("Item", "name", error=S.errors["name"], placeholder="Cotton pads"),
            text_field("Counted in", "unit", error=S.errors["unit"], placeholder="packs"),
            text_field("On the shelf now", "on_hand", error=S.errors["on_hand"], input_mode="decimal", placeholder="0"),
            text_field("Low below", "threshold", error=S.errors["threshold"], input_mode="decimal", placeholder="0"),
            class_name="two keep",
        ),
        rx.el.div(
            rx.cond(
                S.items,
                button("Add the item", icon_name="plus", type="submit"),
                button("Add the item", icon_name="plus", kind="primary", type="submit"),
            ),
            class_name="row wrap",
        ),
        on_submit=S.add,
        no_validate=True,
        class_name="setup",
        key=f"item-{S.added}",
    )


def _service(line: ObjectVar[ServiceUse]) -> rx.Component:
    shown = rx.fragment(
        rx.el.button(line.name, type="button", class_name="cover strong", on_click=S.open_service(line.id)),
        rx.el.span(line.about, class_name="m"),
        rx.el.span(),
    )
    is_open = S.using == line.id
    return rx.el.li(rx.cond(is_open, _uses(line), shown), class_name=rx.cond(is_open, "wide", ""), key=f"u{line.id}")


def _uses(line: ObjectVar[ServiceUse]) -> rx.Component:
    return rx.el.form(
        rx.el.b(f"One visit of {line.name} uses", class_name="strong"),
        rx.el.div(rx.foreach(S.uses, _use), class_name="two"),
        rx.el.div(
            button("Save what it uses", kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.open_service(0)),
            class_name="row wrap",
        ),
        on_submit=S.save_uses,
        class_name="setup inset-form",
    )


def _use(use: ObjectVar[Use]) -> rx.Component:
    name = f"item-{use.item_id}"
    problem = S.errors[name]
    return rx.el.label(
        rx.el.span(f"{use.name}, {use.unit}", class_name="label"),
        rx.el.input(
            name=name, default_value=use.quantity, class_name="input", input_mode="decimal", placeholder="0",
            auto_complete="off", aria_invalid=rx.cond(problem, "true", "false"),
        ),
        rx.el.span(problem, class_name="error", aria_live="polite"),
        class_name="field",
        key=name,
    )  # fmt: skip
