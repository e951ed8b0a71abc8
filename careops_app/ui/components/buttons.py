"""Buttons and links. One primary action per surface; verb and object as the label."""

from typing import Any, Literal

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from careops_app.ui.components.icons import icon

Text = str | rx.Var[str]
Truth = bool | rx.Var[bool]
Kind = Literal["plain", "primary", "ghost", "danger", "danger-solid"]
Size = Literal["sm", "md", "lg"]


def button(
    label: Text,
    *,
    icon_name: str = "",
    kind: Kind = "plain",
    size: Size = "md",
    busy: Truth = False,
    blocked: Truth = False,
    reason: Text = "",
    block: bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A button, `type="button"` unless told otherwise.

    `busy` swaps the icon for a turning one. `blocked` is a rule saying no: the button stays focusable and carries the
    `reason`; the handler must still refuse by itself.
    """
    attributes: dict[str, Any] = {"type": "button"} | props
    if reason:
        attributes |= {"title": rx.cond(blocked, reason, "") if isinstance(blocked, rx.Var) else reason}
    return rx.el.button(
        *_leading(icon_name, busy),
        label,
        *_said(blocked, reason),
        class_name=_classes(kind, size, class_name, block=block),
        aria_busy=_stated(busy),
        aria_disabled=_stated(blocked),
        **attributes,
    )


def icon_button(
    icon_name: str,
    label: Text,
    *,
    kind: Kind = "ghost",
    size: Size = "md",
    icon_size: Literal[16, 18, 20] = 16,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A button that is an icon only; `label` is its accessible name and its tooltip."""
    attributes: dict[str, Any] = {"type": "button", "title": label} | props
    classes = _classes(kind, size, f"icon {class_name}")
    return rx.el.button(icon(icon_name, icon_size), class_name=classes, aria_label=label, **attributes)


def link(*children: Any, to: Text, class_name: Text = "", **props: Any) -> rx.Component:
    """A link to another address of the app, without reloading it.

    A field of a row that holds the address cannot be named `to`: every Var has a method of that name.
    """
    if not isinstance(to, str | rx.Var):
        raise TypeError("a link needs an address; name the field of the row `address` or `href`, not `to`")
    return ReactRouterLink.create(*children, to=to, class_name=class_name, **props)


def link_button(
    label: Text,
    *,
    to: Text,
    icon_name: str = "",
    kind: Kind = "plain",
    size: Size = "md",
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A link that looks like a button: it goes somewhere and changes nothing."""
    return link(*_leading(icon_name, False), label, to=to, class_name=_classes(kind, size, class_name), **props)


def link_icon(icon_name: str, label: Text, *, to: Text, size: Size = "md", class_name: str = "") -> rx.Component:
    """A link that is an icon only; `label` is its accessible name."""
    classes = _classes("ghost", size, f"icon {class_name}")
    return link(icon(icon_name, 18), to=to, class_name=classes, aria_label=label, title=label)


def cover_link(label: Text, *, to: Text, **props: Any) -> rx.Component:
    """The link in a row that makes the whole row its target (inside `.rows`, `.tbl`, `.it`, `.rule` and the like)."""
    return link(label, to=to, class_name="cover", **props)


def out_link(label: Any, *, href: Text, new_tab: bool = True, class_name: str = "", **props: Any) -> rx.Component:
    """A link out of the app with a full load: public pages, downloads, other sites. (`rx.el.a` would stay inside.)"""
    away: dict[str, Any] = {"target": "_blank", "rel": "noopener"} if new_tab else {}
    return rx.el.A.create(label, href=href, class_name=class_name, **(away | props))


def _leading(icon_name: str, busy: Truth) -> list[rx.Component]:
    still = icon(icon_name) if icon_name else None
    if isinstance(busy, rx.Var):
        return [rx.cond(busy, icon("loader-circle", class_name="spin"), still or rx.fragment())]
    if busy:
        return [icon("loader-circle", class_name="spin")]
    return [still] if still else []


def _said(blocked: Truth, reason: Text) -> list[rx.Component]:
    """The reason as part of the name, so that it is read out where the button has the focus."""
    if not reason or blocked is False:
        return []
    said = rx.el.span(". ", reason, class_name="sr")
    return [rx.cond(blocked, said, rx.fragment()) if isinstance(blocked, rx.Var) else said]


def _stated(truth: Truth) -> str | rx.Var[str] | None:
    """An aria state, left out when it can never be true."""
    if isinstance(truth, rx.Var):
        return rx.cond(truth, "true", "false")
    return "true" if truth else None


def _classes(kind: Kind, size: Size, more: str, *, block: bool = False) -> str:
    shown = ["btn", "" if kind == "plain" else kind, "" if size == "md" else size, "block" if block else "", more]
    return " ".join(" ".join(shown).split())
