"""The list of API keys, the form that makes one, and the one moment in which a new key can be copied."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, confirm, copy_field, empty, note, out_link, rows, text_field
from careops_app.ui.settings.keys.state import KeyLine, KeysState

S = KeysState


def keys_block() -> rx.Component:
    """Everything about API keys."""
    return rx.fragment(
        rx.cond(S.fresh != "", _fresh_key(), rx.fragment()),
        rx.cond(
            S.keys_shown,
            rows(rx.foreach(S.keys_shown, _key)),
            empty(
                "No keys yet",
                "A key lets another program read and change what is in this business. For example: a report that "
                "collects tomorrow's bookings every evening.",
                icon_name="key-round",
            ),
        ),
        rx.el.div(_form(), class_name="pad rule-above"),
        confirm(
            f"Revoke “{S.revoking_name}”?", "Programs that use it are refused from their next request on.",
            verb="Revoke the key", safe="Keep it", open=S.asking, on_open_change=S.set_asking, on_confirm=S.revoke,
        ),
    )  # fmt: skip


def _form() -> rx.Component:
    return rx.el.form(
        text_field(
            "Name of the new key", "key_name", error=S.errors["key_name"],
            hint="What it is for. It acts with an owner's reach.",
        ),
        rx.el.div(
            button("Make a key", kind="primary", type="submit"),
            out_link("API documentation", href="/docs", class_name="btn ghost"),
            class_name="row wrap",
        ),
        on_submit=S.create,
        class_name="setup",
        key=f"key-{S.made}",
    )  # fmt: skip


def _fresh_key() -> rx.Component:
    return rx.el.div(
        note(
            rx.el.p(rx.el.b("Copy the key now."), " It is shown this once; only its fingerprint is kept."),
            copy_field("The new key", S.fresh, id="fresh-key"),
            tone="warn",
            icon_name="key-round",
        ),
        class_name="pad",
    )


def _key(line: ObjectVar[KeyLine]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(line.name, class_name="strong"),
            rx.el.small(rx.el.code(line.prefix), " ", line.made, ", ", line.used),
            class_name="grow",
        ),
        button("Revoke", size="sm", kind="danger", on_click=S.ask_to_revoke(line.id)),
        key=line.id.to_string(),
    )
