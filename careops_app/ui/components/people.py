"""People as initials in a circle."""

from typing import Literal

import reflex as rx

from careops_app.infra.wording import initials


def avatar(name: str | rx.Var[str], size: Literal["sm", "md", "lg"] = "md", *, staff: bool = False) -> rx.Component:
    """Initials of a person; pass a name, or a Var that already holds the initials. The name must stand beside it."""
    letters = name if isinstance(name, rx.Var) else initials(name)
    classes = " ".join(["avatar", *([] if size == "md" else [size]), *(["staff"] if staff else [])])
    return rx.el.span(class_name=classes, aria_hidden="true", custom_attrs={"data-i": letters})
