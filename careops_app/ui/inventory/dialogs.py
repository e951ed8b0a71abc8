"""The dialogs of the inventory: delivery, count, waste; an item; its end; what visits of a service use."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.inventory.models import ShortagePolicy
from careops_app.ui.components import (
    button,
    checkbox,
    closing,
    confirm,
    dialog,
    field,
    note,
    radio,
    select,
    select_field,
    text_field,
)
from careops_app.ui.inventory.item_state import ItemState
from careops_app.ui.inventory.keeping_state import NEW, KeepingState, Use
from careops_app.ui.inventory.stocking_state import StockingState

K, D = KeepingState, StockingState
POLICIES = (
    (ShortagePolicy.WARN, "Warn us", "Customers book as usual; the dashboard names the visits that are short."),
    (ShortagePolicy.APPROVE, "Ask for approval", "New bookings wait until somebody here confirms them."),
    (ShortagePolicy.HIDE, "Offer no times", "Services that use it show no free times. Customers never read why."),
)


def dialogs() -> rx.Component:
    """All of them; each is shown by its own state."""
    return rx.fragment(_stocking(), _item(), _retiring(), _uses())


def _end(verb: Any, safe: str = "Not now") -> rx.Component:
    return rx.el.div(closing(button(safe)), button(verb, kind="primary", type="submit"), class_name="end")


def _stocking() -> rx.Component:
    title: Any = rx.match(
        D.kind, ("count", "Count the shelf"), ("waste", "Something was thrown away"), "Receive a delivery"
    )
    asked: Any = rx.match(D.kind, ("count", "Counted"), ("waste", "How much"), "How much came in")
    reason: Any = rx.match(D.kind, ("waste", "What happened"), "Note")
    verb: Any = rx.match(D.kind, ("count", "Save the count"), ("waste", "Take it off the shelf"), "Put it on the shelf")
    form = rx.el.form(
        field(
            "Item",
            select("item", D.items, id="item", value=D.item, on_change=D.pick, error=D.errors["item"]),
            id="item", hint=rx.cond(D.on_hand != "", D.on_hand + " on hand now", ""), error=D.errors["item"],
        ),
        rx.el.div(
            text_field(
                asked.to(str) + rx.cond(D.unit != "", ", " + D.unit, ""), "quantity", id="quantity",
                error=D.errors["quantity"], input_mode="decimal", auto_focus=True,
            ),
            text_field(
                reason, "reason", id="reason", error=D.errors["reason"],
                placeholder=rx.match(D.kind, ("waste", "Expired"), ("count", "Friday count"), "Order 4711"),
            ),
            class_name="two",
        ),
        _end(verb),
        on_submit=D.save, no_validate=True, class_name="stack", key=f"stocking-{D.version}",
    )  # fmt: skip
    support: Any = rx.match(
        D.kind,
        ("count", "On hand becomes what you counted; the ledger keeps the difference."),
        ("waste", "It leaves the shelf at once; the ledger keeps the reason."),
        "It is free for visits at once.",
    )
    return dialog(title, form, text=support, open=D.kind != "", on_open_change=D.toggle)


def _item() -> rx.Component:
    is_new = K.editing == NEW
    text: Any = K.text
    stock = rx.el.div(
        text_field("On the shelf now", "on_hand", error=K.errors["on_hand"], input_mode="decimal", placeholder="0"),
        hidden=rx.cond(is_new, False, True),
    )
    form = rx.el.form(
        rx.el.div(
            text_field("Name", "name", error=K.errors["name"], default_value=text.name, placeholder="Gloves M"),
            text_field("Counted in", "unit", error=K.errors["unit"], default_value=text.unit, placeholder="pairs"),
            class_name="two keep",
        ),
        rx.el.div(
            text_field(
                "Low below", "threshold", error=K.errors["threshold"], default_value=text.threshold, input_mode="decimal",
                placeholder="0", hint="You get one alert when less than this is free.",
            ),
            stock,
            class_name="two keep",
        ),
        rx.el.div(
            text_field("Supplier", "supplier", error=K.errors["supplier"], default_value=text.supplier, optional=True),
            text_field(
                "Cost, as text", "cost_text", error=K.errors["cost_text"], default_value=text.cost_text, optional=True,
                placeholder="£12 per box",
            ),
            class_name="two",
        ),
        checkbox(
            "Reusable", "reusable", default_checked=text.reusable,
            hint="A visit needs it but does not use it up, such as towels.",
        ),
        _policy(),
        _end(rx.cond(is_new, "Add the item", "Save the item")),
        on_submit=K.save_item, no_validate=True, class_name="stack", key=f"item-{K.version}",
    )  # fmt: skip
    title = rx.cond(is_new, "Add an item", "Edit the item")
    return dialog(title, form, open=K.editing >= NEW, on_open_change=K.toggle_item, wide=True)


def _policy() -> rx.Component:
    text: Any = K.text
    return rx.el.fieldset(
        rx.el.legend("When there is too little for another visit", class_name="label"),
        *[
            radio(
                word, "shortage_policy", policy.value, hint=hint, default_checked=text.shortage_policy == policy.value
            )
            for policy, word, hint in POLICIES
        ],
        class_name="ways",
    )


def _retiring() -> rx.Component:
    facts: Any = ItemState.facts
    refused = rx.cond(K.refusal != "", note(K.refusal, tone="warn", icon_name="triangle-alert"), rx.fragment())
    return confirm(
        "Retire " + facts.name + "?",
        "It leaves the list and every service that uses it. Its ledger stays and can be read under Retired.",
        refused, verb="Retire the item", safe="Keep it", open=K.retiring, on_open_change=K.ask_retire, on_confirm=K.retire,
    )  # fmt: skip


def _uses() -> rx.Component:
    fields = rx.cond(
        K.uses,
        rx.el.fieldset(
            rx.el.legend("One visit of ", K.service_name, " uses", class_name="label"),
            rx.el.div(rx.foreach(K.uses, _use), class_name="uses"),
        ),
        rx.el.p("Add an item first.", class_name="small muted"),
    )
    form = rx.el.form(
        fields, _end("Save what it uses"), on_submit=K.save_uses, no_validate=True, class_name="stack",
        key=f"uses-{K.version}",
    )  # fmt: skip
    service = select_field(
        "Service", "service", K.services, id="uses-service", value=K.service, on_change=K.pick_service,
        error=K.errors["service"],
    )  # fmt: skip
    none = rx.el.p("Add a service under Settings first.", class_name="ink2")
    return dialog(
        "What one visit uses", rx.cond(K.services, rx.fragment(service, form), none), open=K.uses_open,
        text="Upcoming visits reserve items that are new here; what they have reserved already stays.",
        on_open_change=K.toggle_uses,
    )  # fmt: skip


def _use(use: ObjectVar[Use]) -> rx.Component:
    name = f"item-{use.item_id}"
    return rx.el.div(
        rx.el.label(use.name, html_for=name),
        rx.el.input(
            id=name, name=name, default_value=use.quantity, class_name="input", input_mode="decimal", placeholder="0",
            auto_complete="off", aria_invalid=rx.cond(K.errors[name], "true", "false"), aria_describedby=f"{name}-error",
        ),
        rx.el.span(use.unit, class_name="small muted"),
        rx.el.p(K.errors[name], class_name="error", id=f"{name}-error", aria_live="polite"),
        class_name="use",
        key=name,
    )  # fmt: skip
