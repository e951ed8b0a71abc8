"""Short words after something was done: what happened, to whom, and a way back. For handlers to return."""

from typing import Any

import reflex as rx

UNDO_MS = 10_000


def done(text: str, *, undo: Any = None, label: str = "Undo") -> rx.event.EventSpec:
    """It worked. With `undo` it stays for ten seconds and offers the way back."""
    return _toast("success", text, undo, label)


def told(text: str, *, action: Any = None, label: str = "Open") -> rx.event.EventSpec:
    """Something worth knowing that asks for nothing."""
    return _toast("info", text, action, label)


def refused(text: str, *, action: Any = None, label: str = "Open") -> rx.event.EventSpec:
    """It did not happen: why, and what to do now. Stays until it is closed."""
    return rx.toast.error(text, duration=3_600_000, close_button=True, **_action(action, label))


def _toast(level: str, text: str, action: Any, label: str) -> rx.event.EventSpec:
    show = rx.toast.success if level == "success" else rx.toast.info
    return show(text, duration=UNDO_MS if action is not None else 5_000, **_action(action, label))


def _action(action: Any, label: str) -> dict[str, Any]:
    return {"action": {"label": label, "on_click": action}} if action is not None else {}
