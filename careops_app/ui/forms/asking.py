"""The dialog that asks somebody for a form."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.components import button, closing, dialog, icon, select_field, text_field
from careops_app.ui.forms.asking_state import AskingState

S = AskingState


def asking() -> rx.Component:
    """Which form, of whom, for which visit."""
    form = rx.el.form(
        select_field(
            "Form", "form", S.forms, id="ask-form", value=S.form, on_change=S.pick_form, error=S.problems["form"]
        ),
        rx.cond(S.contact != "", _chosen(), _find()),
        rx.el.div(closing(button("Not now")), button("Ask for it", kind="primary", type="submit"), class_name="end"),
        on_submit=S.save, no_validate=True, class_name="stack", key=f"asking-{S.version}",
    )  # fmt: skip
    return dialog(
        "Ask for a form", form, text="The customer gets a personal link by the channel they use.", open=S.open,
        on_open_change=S.toggle,
    )  # fmt: skip


def _find() -> rx.Component:
    def one(person: Any) -> rx.Component:
        return rx.el.li(
            rx.el.button(
                rx.el.b(person[1]), " ", rx.el.span(person[2], class_name="muted"), type="button",
                on_click=S.pick_contact(person[0]),
            ),
            key=person[0],
        )  # fmt: skip

    return rx.fragment(
        text_field(
            "Customer", "who", id="ask-who", hint="Start typing a name, an address or a number.",
            error=S.problems["contact"], on_change=S.look_up,
        ),
        rx.cond(S.found, rx.el.ul(rx.foreach(S.found, one), class_name="found", aria_label="People you know"), rx.fragment()),
    )  # fmt: skip


def _chosen() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            icon("user-round"), rx.el.b(S.contact_name, class_name="grow"),
            button("Somebody else", size="sm", kind="ghost", on_click=S.drop_contact), class_name="row chosen",
        ),
        select_field("For", "visit", S.visits, id="ask-visit", value=S.visit, on_change=S.pick_visit),
    )  # fmt: skip
