"""Numbers: the stat block of the dashboard, split bars, progress. Every number is a link to the list that proves it."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from careops_app.ui.components.buttons import Text, Truth, link
from careops_app.ui.components.icons import icon, inline

Count = int | rx.Var[Any]


def stat_block(
    name: str, *, icon_name: str, figure: Count, unit: Text, to: Text, split: rx.Component, rows: Sequence[rx.Component]
) -> rx.Component:
    """One area of the business: its figure with a unit, how it divides, and the parts as links. Goes into `stats`."""
    return rx.el.section(
        rx.el.div(icon(icon_name), name, class_name="top"),
        link(rx.el.b(figure), rx.el.span(unit), to=to, class_name="big"),
        split,
        rx.el.div(*rows, class_name="kv"),
        class_name="stat",
        aria_label=name,
    )


def stats(*blocks: rx.Component) -> rx.Component:
    """The row of stat blocks."""
    return rx.el.div(*blocks, class_name="stats")


def stat_row(word: Text, count: Count, *, tone: str, icon_name: str, to: Text) -> rx.Component:
    """One part of a stat block."""
    return link(icon(icon_name), rx.el.span(word), " ", rx.el.b(count), to=to, custom_attrs={"data-tone": tone})


def split_bar(*parts: tuple[str, Count], tall: bool = False) -> rx.Component:
    """A bar divided in proportion to (tone, count) parts; tone "rest" is neutral. Decorative: the numbers are text."""
    drawn = [_part(tone, count) for tone, count in parts]
    return rx.el.div(*drawn, class_name="split tall" if tall else "split", aria_hidden="true")


def progress(
    label: str, *, done: Count, total: Count, share: Text, before: Any = None, after: Any = None
) -> rx.Component:
    """A track that is filled to `share` ("62.5%"), with its numbers as text beside it."""
    track = rx.el.div(
        rx.el.i(custom_attrs=inline(width=share)),
        class_name="trk",
        role="progressbar",
        aria_label=label,
        custom_attrs={"aria-valuenow": done, "aria-valuemin": 0, "aria-valuemax": total},
    )
    beside = [rx.el.span(words) if words is not None else None for words in (before, after)]
    first, last = beside
    return rx.el.div(*([first] if first else []), track, *([last] if last else []), class_name="pg")


def step(word: str, *, reached: Truth, current: Truth = False, icon_name: str = "") -> rx.Component:
    """One stage of a record's way, for `steps`."""
    classes = rx.cond(reached, "d", "") if isinstance(reached, rx.Var) else "d" if reached else ""
    at = rx.cond(current, rx.Var.create("step"), rx.Var("undefined")) if isinstance(current, rx.Var) else None
    drawn = [icon(icon_name)] if icon_name else []
    return rx.el.li(
        rx.el.span(*drawn, word), class_name=classes, aria_current=at if at is not None else "step" if current else None
    )


def steps(label: str, *items: rx.Component) -> rx.Component:
    """How far a record has come, in three to five stages."""
    return rx.el.ol(*items, class_name="steps", aria_label=label)


def _part(tone: str, count: Count) -> rx.Component:
    look: dict[str, Any] = {"class_name": "rest"} if tone == "rest" else {"data_tone": tone}
    drawn = rx.el.i(custom_attrs=inline(flexGrow=count), **look)
    if isinstance(count, rx.Var):
        return rx.cond(count.to(int) > 0, drawn, rx.fragment())
    return drawn if count else rx.fragment()
