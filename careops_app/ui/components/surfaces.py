"""Surfaces that hold content: cards, tables, rows; and what stands there instead of content."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from careops_app.infra.states import Tone
from careops_app.ui.components.buttons import Text, button
from careops_app.ui.components.icons import icon, inline


def card(*children: Any, title: Text = "", id: str = "", beside: Any = None, class_name: str = "") -> rx.Component:
    """A bordered surface. With a title it is a named section; `beside` is what stands right of the title."""
    classes = f"card {class_name}".strip()
    if isinstance(title, str) and not title:
        return rx.el.div(*children, class_name=classes)
    name = f"h-{id or 'card'}"
    header = rx.el.header(rx.el.h2(title, id=name), *([beside] if beside is not None else []))
    named: dict[str, Any] = {"aria_labelledby": name, "id": id} if id else {"aria_label": title}
    return rx.el.section(header, *children, class_name=classes, **named)


def padded(*children: Any, class_name: str = "") -> rx.Component:
    """The inner padding of a card."""
    return rx.el.div(*children, class_name=f"pad {class_name}".strip())


def group_heading(title: Text, support: Text = "") -> rx.Component:
    """The heading above a card of rows that belong together."""
    line = [rx.el.p(support)] if not (isinstance(support, str) and not support) else []
    return rx.el.div(rx.el.h2(title), *line, class_name="grp")


def column(word: str, *, numeric: bool = False, wide_only: bool = False) -> rx.Component:
    """A column head. Its cells take the same classes: `num`, and `hid` when it is for wide screens only."""
    classes = " ".join([*(["num"] if numeric else []), *(["hid"] if wide_only else [])])
    return rx.el.th(word, scope="col", class_name=classes)


def table(columns: Sequence[rx.Component], rows: Any, *, label: str) -> rx.Component:
    """A table; the first cell of a row holds a `cover_link`, which makes the whole row its target."""
    return rx.el.div(
        rx.el.table(
            rx.el.caption(label, class_name="sr"), rx.el.thead(rx.el.tr(*columns)), rx.el.tbody(rows), class_name="tbl"
        ),
        class_name="tblwrap",
    )


def rows(*children: Any, class_name: str = "") -> rx.Component:
    """A list of rows with hairlines between them; a row with a `cover_link` is one target."""
    return rx.el.ul(*children, class_name=f"rows {class_name}".strip())


def fact(drawing: str, *words: Any) -> rx.Component:
    """One line of a `facts` list: an icon and words."""
    return rx.el.li(icon(drawing), rx.el.span(*words))


def facts(*items: rx.Component) -> rx.Component:
    """What, when and who of a record, one line each."""
    return rx.el.ul(*items, class_name="facts")


def definitions(*pairs: tuple[Any, Any]) -> rx.Component:
    """Names and values side by side."""
    flat = [part for name, value in pairs for part in (rx.el.dt(name), rx.el.dd(value))]
    return rx.el.dl(*flat, class_name="defs")


def note(*children: Any, tone: Tone | str | rx.Var[str] = "", icon_name: str = "info") -> rx.Component:
    """A remark inside the content, in a tone."""
    return rx.el.div(icon(icon_name), rx.el.div(*children), class_name="note", role="note", **_toned(tone))


def banner(
    *children: Any, tone: Tone | str = Tone.WARN, icon_name: str = "triangle-alert", action: rx.Component | None = None
) -> rx.Component:
    """One line above everything, about the whole app."""
    last = [action] if action is not None else []
    return rx.el.div(icon(icon_name), rx.el.span(*children), *last, class_name="bn", role="status", **_toned(tone))


def empty(title: Text, text: Text, *actions: rx.Component, icon_name: str = "inbox") -> rx.Component:
    """Nothing here yet: what this is in one sentence, one action, one example. Also for filtered to nothing."""
    done = [rx.el.div(*actions, class_name="row wrap")] if actions else []
    drawn = rx.el.span(icon(icon_name, 20), class_name="ic")
    return rx.el.div(drawn, rx.el.h3(title), rx.el.p(text), *done, class_name="empty")


def failed(text: Text, *, on_retry: Any, reference: Text = "") -> rx.Component:
    """Could not load: why, how old the last good data is, and Try again."""
    said = (
        [rx.el.span(reference, class_name="micro muted")] if not (isinstance(reference, str) and not reference) else []
    )
    return rx.el.div(
        rx.el.span(icon("circle-alert"), "Could not load", class_name="badge", data_tone="bad"),
        rx.el.p(text, class_name="ink2"),
        rx.el.div(button("Try again", icon_name="refresh-cw", on_click=on_retry), *said, class_name="row wrap"),
        class_name="fails",
        role="alert",
    )


def skeleton(lines: int = 4) -> rx.Component:
    """The shape of a list that is still loading; appears after 150 ms only. `lines`: how many rows are expected."""
    widths = (38, 52, 30, 46)
    shown = [_skeleton_row(widths[at % len(widths)]) for at in range(lines)]
    return rx.el.div(*shown, class_name="sk", role="status", aria_busy="true", aria_label="Loading")


def _skeleton_row(width: int) -> rx.Component:
    return rx.el.div(
        rx.el.span(class_name="skel dot"),
        rx.el.span(_bar("line", width), _bar("line thin", width + 22), class_name="stack"),
        rx.el.span(class_name="skel pill"),
    )


def _bar(look: str, width: int) -> rx.Component:
    return rx.el.span(class_name=f"skel {look}", custom_attrs=inline(width=f"{width}%"))


def _toned(tone: Tone | str | rx.Var[str]) -> dict[str, Any]:
    if isinstance(tone, rx.Var):
        return {"custom_attrs": {"data-tone": tone}}
    return {"data_tone": str(tone)} if tone else {}
