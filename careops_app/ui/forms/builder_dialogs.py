"""The dialogs of forms: a new one, and the name and introduction of one."""

from __future__ import annotations

import reflex as rx

from careops_app.ui.components import button, closing, dialog, select_field, text_field, textarea_field
from careops_app.ui.forms.builder_state import BuilderState, starter_choices

S = BuilderState


def making() -> rx.Component:
    """A new form."""
    form = rx.el.form(
        select_field("Start from", "starter", starter_choices()),
        text_field(
            "Name", "name", error=S.errors["name"], placeholder="Skin intake",
            hint="Customers read it. Empty keeps the name of what you start from.",
        ),
        rx.el.div(closing(button("Not now")), button("Make the form", kind="primary", type="submit"), class_name="end"),
        on_submit=S.make, no_validate=True, class_name="stack", key=f"making-{S.version}",
    )  # fmt: skip
    return dialog("New form", form, open=S.making, on_open_change=S.begin)


def renaming() -> rx.Component:
    """Name and introduction."""
    form = rx.el.form(
        text_field("Name", "name", error=S.errors["name"], default_value=S.name),
        textarea_field(
            "Introduction", "intro", error=S.errors["intro"], default_value=S.intro, optional=True,
            hint="Stands above the questions.", rows=3,
        ),
        rx.el.div(closing(button("Not now")), button("Save", kind="primary", type="submit"), class_name="end"),
        on_submit=S.rename, no_validate=True, class_name="stack", key=f"renaming-{S.version}",
    )  # fmt: skip
    return dialog("Name and introduction", form, open=S.renaming, on_open_change=S.ask_rename)
