"""Icons: lucide line icons by literal name, and the mark of the house."""

from typing import Any, Literal

import reflex as rx

IconSize = Literal[14, 16, 18, 20, 24]
STEM = (
    "M12 21V8.5M12 13c0-4.2-2.1-6.3-5.6-6.6C6.3 10.2 8.3 12.7 12 13Z"
    "M12 16.5c0-4.2 2.1-6.3 5.6-6.6.1 3.8-1.9 6.3-5.6 6.6ZM12 3v2"
)


def icon(name: str, size: IconSize = 16, class_name: str = "") -> rx.Component:
    """A decorative icon; the word beside it carries the meaning. `name` is literal: only used icons are shipped."""
    sized = "i" if size == 16 else f"i s{size}"
    return rx.icon(name, class_name=f"{sized} {class_name}".strip(), aria_hidden="true")


def mark(class_name: str = "") -> rx.Component:
    """The sprig on the workspace's colour."""
    pen = {"fill": "none", "stroke": "currentColor", "strokeWidth": "2.1", "strokeLinecap": "round"}
    drawing = rx.el.svg(rx.el.svg.path(d=STEM), view_box="0 0 24 24", aria_hidden="true", custom_attrs=pen)
    return rx.el.span(drawing, class_name=f"mark {class_name}".strip())


def inline(**properties: Any) -> dict[str, Any]:
    """`custom_attrs` for a real style attribute, for lengths that come from the state: `inline(width=row.share)`.

    Names are as in JavaScript (`flexGrow`); a custom property is passed as `**{"--n": days}`. Reflex's own `style` would
    make a class for every value.
    """
    return {"style": rx.Var.create(properties)}
