"""Keeps a tab's copy of the data current without sending again what the browser has already."""

from typing import Any

import reflex as rx


def assign(state: rx.State, **values: Any) -> None:
    """Set the variables that differ; what is equal is not sent."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)


def asked(state: rx.State, name: str) -> str:
    """A value of the address (`?rule=welcome`), empty when absent; from the browser, so who uses it checks it."""
    return state.router.url.query_parameters.get(name, "")[:100]


def asked_id(state: rx.State, name: str) -> int | None:
    """A record named by the address; None when it is absent or no number."""
    value = asked(state, name)
    return int(value) if value.isdecimal() and len(value) < 19 else None
