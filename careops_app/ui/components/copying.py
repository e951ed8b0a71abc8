"""A text to be copied: an address, a key."""

import reflex as rx

from careops_app.ui.components import toasts
from careops_app.ui.components.buttons import Text, icon_button

# Without https a browser has no clipboard for scripts, only the old way of copying what is selected.
_COPY = """(async () => {{
  const box = document.getElementById("{id}"); box.focus(); box.select();
  try {{ await navigator.clipboard.writeText(box.value) }} catch {{ document.execCommand("copy") }}
}})()"""


def copy_field(label: Text, text: Text, *, id: str, shown_label: bool = True) -> rx.Component:
    """A text that cannot be edited, with a button that copies it. `id` must be unique on the page."""
    box = rx.el.input(type="text", value=text, read_only=True, id=id, class_name="input", aria_label=label)
    copy = icon_button(
        "copy", "Copy", kind="plain", on_click=[rx.call_script(_COPY.format(id=id)), toasts.told("Copied.")]
    )
    named = rx.el.label(label, html_for=id) if shown_label else rx.el.label(label, html_for=id, class_name="sr")
    return rx.el.div(named, rx.el.div(box, copy, class_name="row copy"), class_name="field")
