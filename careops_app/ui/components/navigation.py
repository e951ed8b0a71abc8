"""Finding one's way inside a screen: page header, tabs, segmented links, pager. State lives in the address."""

from typing import Any

import reflex as rx

from careops_app.ui.components.buttons import Text, Truth, link, link_button
from careops_app.ui.components.icons import icon


def page_header(title: Text, support: Any = "", *actions: rx.Component) -> rx.Component:
    """The h1 of a screen, one line of support, and actions with the primary one last."""
    line = [rx.el.p(support)] if not (isinstance(support, str) and not support) else []
    return rx.el.header(
        rx.el.div(rx.el.h1(title, id="title", tab_index=-1), *line, class_name="t"),
        *([rx.el.div(*actions, class_name="acts")] if actions else []),
        class_name="phead",
    )


def body(*children: Any, class_name: str = "") -> rx.Component:
    """The padded area under a page header."""
    return rx.el.div(*children, class_name=f"body {class_name}".strip())


def tab(label: Text, *, to: Text, current: Truth, count: Any = None) -> rx.Component:
    """One tab; a count is shown beside its word."""
    counted = [rx.el.span(count, class_name="c")] if count is not None else []
    return link(label, *counted, to=to, aria_current=_current(current, "page"))


def tabs(label: str, *items: rx.Component) -> rx.Component:
    """A row of tabs. Each is a link, so that a tab can be opened, sent and bookmarked."""
    return rx.el.nav(*items, class_name="tabs", aria_label=label)


def segment(label: Text, *, to: Text, current: Truth, icon_name: str = "") -> rx.Component:
    """One part of `segmented`."""
    drawn = [icon(icon_name, 14)] if icon_name else []
    return link(*drawn, label, to=to, aria_current=_current(current, "true"))


def segmented(label: str, *items: rx.Component) -> rx.Component:
    """Two to four views or filters of the same thing side by side, as links."""
    return rx.el.nav(*items, class_name="seg", aria_label=label)


def pager(text: Text, *, to_earlier: Text, to_later: Text) -> rx.Component:
    """ "1–25 of 132" between two links; an empty address means there is no such page."""
    return rx.el.nav(
        rx.el.span(text),
        rx.el.span(
            _step("Earlier", "chevron-left", to_earlier), _step("Later", "chevron-right", to_later), class_name="row"
        ),
        class_name="pager",
        aria_label="Pages",
    )


def back_link(label: Text, *, to: Text) -> rx.Component:
    """The way back to the list a record belongs to."""
    return link(icon("chevron-left", 14), label, to=to, class_name="crumb")


def _step(word: str, drawing: str, to: Text) -> rx.Component:
    shown = link_button(word, to=to, icon_name=drawing, size="sm")
    if isinstance(to, rx.Var):
        return rx.cond(to, shown, rx.fragment())
    return shown if to else rx.fragment()


def _current(current: Truth, word: str) -> str | rx.Var[Any] | None:
    """aria-current, absent rather than false: the stylesheet looks for its presence."""
    if isinstance(current, rx.Var):
        return rx.cond(current, rx.Var.create(word), rx.Var("undefined"))
    return word if current else None
