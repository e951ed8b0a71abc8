"""What a form shows when its input cannot be accepted: a sentence beside each field, the focus on the first of them."""

import reflex as rx

# The sentences arrive with the same update as this script, so they are drawn in the next frame or the one after.
FOCUS_FIRST = """requestAnimationFrame(() => requestAnimationFrame(() =>
  document.querySelector('main [aria-invalid="true"], [role="dialog"] [aria-invalid="true"]')?.focus()))"""


def focus_first() -> rx.event.EventSpec:
    """Puts the focus on the first field that has a problem; for handlers to return."""
    return rx.call_script(FOCUS_FIRST)
