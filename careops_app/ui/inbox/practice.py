"""The dialog in which a member writes what the customer would answer. For channels that keep everything here."""

import reflex as rx

from careops_app.ui.components import button, closing, dialog, problem, radio, textarea_field
from careops_app.ui.inbox.thread_state import ThreadState

HONEST = (
    "Nothing leaves this machine on this channel, so nobody can answer. What you write here arrives as if the customer "
    "had sent it, and everything after that is real."
)


def practice_dialog() -> rx.Component:
    """Writing as the customer."""
    channels = rx.el.fieldset(
        rx.el.legend("Arrives by"),
        rx.el.div(
            rx.foreach(
                ThreadState.practice,
                lambda one, at: radio(one.word, "practice_channel", one.kind, default_checked=at == 0, key=one.kind),
            ),
            class_name="row wrap",
        ),
    )
    form = rx.el.form(
        channels,
        textarea_field("What " + ThreadState.first_name + " writes", "words", rows=3, auto_focus=True),
        problem("practice", ThreadState.practice_problem),
        rx.el.div(closing(button("Cancel")), button("Let it arrive", kind="primary", type="submit"), class_name="end"),
        class_name="stack",
        on_submit=ThreadState.simulate,
    )
    return dialog(
        "Simulate a reply from " + ThreadState.name, form, text=HONEST, open=ThreadState.practices,
        on_open_change=ThreadState.set_practices,
    )  # fmt: skip
