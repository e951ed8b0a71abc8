"""What lies above a screen: drawer, dialog, menu. Focus moves in when one opens and back when it closes.

Overlays are drawn outside the screen's element, so their styles are shared ones (section 7 of careops.css).
"""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex_components_radix.primitives.dialog import dialog as primitive

from careops_app.ui.components.buttons import Kind, Text, Truth, button, icon_button, link
from careops_app.ui.components.icons import icon

# The primitive gives the focus back to its own trigger only; ours are opened from anywhere.
RETURN_FOCUS = "window.careopsReturnFocus?.()"


def drawer(
    title: Text,
    *children: Any,
    open: Truth,
    on_open_change: Any,
    description: Text = "",
    header: Any = None,
    actions: Any = None,
    wide: bool = False,
) -> rx.Component:
    """A panel from the right edge over a scrim; full screen on phones. `children` are `rx.el.section`s."""
    close = primitive.close(icon_button("x", "Close", size="sm", icon_size=18), as_child=True)
    named = rx.el.div(primitive.title(rx.el.h2(title), as_child=True), *_described(description), class_name="grow")
    top = rx.el.header(rx.el.div(named, close, class_name="ttl"), *([header] if header is not None else []))
    content = primitive.content(
        top,
        rx.el.div(*children, class_name="scroll", tab_index=0),
        *([rx.el.div(actions, class_name="acts")] if actions is not None else []),
        class_name="dr over wide" if wide else "dr over",
        on_close_auto_focus=rx.call_script(RETURN_FOCUS),
        **_undescribed(description),
    )
    return _layer(content, "scrim", open, on_open_change)


def dialog(
    title: Text,
    *children: Any,
    open: Truth,
    on_open_change: Any,
    text: Text = "",
    actions: Any = None,
    wide: bool = False,
) -> rx.Component:
    """A question in the middle of the screen. Only for what cannot be done in place."""
    content = primitive.content(
        primitive.title(rx.el.h2(title), as_child=True),
        *_described(text, "ink2"),
        *children,
        *([rx.el.div(actions, class_name="end")] if actions is not None else []),
        class_name="dlg wide" if wide else "dlg",
        on_close_auto_focus=rx.call_script(RETURN_FOCUS),
        **_undescribed(text),
    )
    return _layer(content, "scrim high", open, on_open_change)


def confirm(
    question: Text,
    consequences: Text,
    *children: Any,
    verb: Text,
    safe: Text,
    open: Truth,
    on_open_change: Any,
    on_confirm: Any,
    kind: Kind = "danger-solid",
    busy: bool | rx.Var[bool] = False,
) -> rx.Component:
    """Before something irreversible: what it does in numbers, the safe way out first, the verb on the red button."""
    stay = primitive.close(button(safe), as_child=True)
    act = button(verb, kind=kind, on_click=on_confirm, busy=busy)
    return dialog(
        question, *children, open=open, on_open_change=on_open_change, text=consequences, actions=rx.fragment(stay, act)
    )


def closing(*children: Any) -> rx.Component:
    """Makes one button inside a drawer or dialog close it."""
    return primitive.close(*children, as_child=True)


def side_panel(*children: Any, label: Text, to_close: Text, header: Any, actions: Any = None) -> rx.Component:
    """A record beside its list from 1280 px, over it below. It belongs to the address, so closing it is a link."""
    return rx.fragment(
        link(rx.el.span("Close", class_name="sr"), to=to_close, class_name="scrim narrow", tab_index=-1),
        rx.el.aside(
            rx.el.header(header),
            rx.el.div(*children, class_name="scroll", tab_index=0),
            *([rx.el.div(actions, class_name="acts")] if actions is not None else []),
            class_name="dr",
            aria_label=label,
        ),
    )


def menu(
    trigger: Callable[..., rx.Component], *items: rx.Component, id: Text, label: Text, class_name: str = ""
) -> rx.Component:
    """A popover of actions beside its button. `trigger(**props)` must give the props to the button it makes:

    `menu(lambda **props: icon_button("ellipsis", "More", **props), menu_action(...), id="more", label="More")`.
    The id must be unique on the page; in a list build it from the row's id.
    """
    opener = trigger(custom_attrs={"popoverTarget": id, "aria-haspopup": "menu"})
    box = rx.el.div(
        *items, id=id, class_name=f"menu {class_name}".strip(), aria_label=label, custom_attrs={"popover": "auto"}
    )
    return rx.fragment(opener, box)


def menu_action(label: Text, *, icon_name: str, id: Text, danger: bool = False, **props: Any) -> rx.Component:
    """One action of the menu with this `id`; choosing it closes the menu."""
    closes = {"popoverTarget": id, "popoverTargetAction": "hide"}
    attributes: dict[str, Any] = {"type": "button"} | props
    look = "danger" if danger else ""
    return rx.el.button(icon(icon_name), label, class_name=look, custom_attrs=closes, **attributes)


def menu_link(label: Text, *, icon_name: str, to: Text, **props: Any) -> rx.Component:
    """One place to go to from a menu."""
    return link(icon(icon_name), label, to=to, **props)


def menu_group(word: Text) -> rx.Component:
    """A small heading inside a menu."""
    return rx.el.div(word, class_name="g")


def _layer(content: rx.Component, scrim: str, open: Truth, on_open_change: Any) -> rx.Component:
    return primitive.root(
        primitive.portal(primitive.overlay(class_name=scrim), content), open=open, on_open_change=on_open_change
    )


def _described(text: Text, class_name: str = "small muted") -> list[rx.Component]:
    if isinstance(text, str) and not text:
        return []
    return [primitive.description(rx.el.p(text, class_name=class_name), as_child=True)]


def _undescribed(text: Text) -> dict[str, Any]:
    """The primitive warns about a dialog without a description unless it is told that none is meant."""
    return {"custom_attrs": {"aria-describedby": rx.Var("undefined")}} if isinstance(text, str) and not text else {}
