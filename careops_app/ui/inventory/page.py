"""The inventory screen: the list with what is free, reserved and short; one item beside it."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    badge,
    body,
    button,
    empty,
    inline,
    link,
    link_button,
    page_header,
    pager,
    search_box,
    tab,
    tabs,
    tone_of,
)
from careops_app.ui.inventory.dialogs import dialogs
from careops_app.ui.inventory.item import item
from careops_app.ui.inventory.item_state import ItemState
from careops_app.ui.inventory.keeping_state import KeepingState
from careops_app.ui.inventory.rows import Choice, Line
from careops_app.ui.inventory.state import InventoryState
from careops_app.ui.inventory.stocking_state import StockingState
from careops_app.ui.session import SessionState
from careops_app.ui.shells import staff_shell
from careops_app.workspace.access import Permission

S = InventoryState
SUPPORT = "Visits reserve stock when booked, use it when completed and give it back when cancelled."


def page() -> rx.Component:
    """The screen."""
    listed = rx.el.div(_tools(), _list(), _pager())
    is_beside = ItemState.shown | ItemState.gone
    content = rx.el.div(
        listed,
        rx.cond(ItemState.shown, item(), rx.fragment()),
        rx.cond(ItemState.gone, _gone(), rx.fragment()),
        class_name="beside",
        custom_attrs={"data-open": rx.cond(is_beside, "true", "false")},
    )
    shown = rx.fragment(page_header("Inventory", SUPPORT, *_actions()), body(_filters(), content), dialogs())
    return staff_shell("Inventory", rx.cond(S.loaded, shown, rx.fragment()), current="Inventory")


def _actions() -> list[rx.Component]:
    is_owner = SessionState.permissions.contains(Permission.CONFIGURE.value)
    owners = rx.fragment(
        button("What visits use", icon_name="list-checks", on_click=KeepingState.open_uses(0)),
        button("Add item", icon_name="plus", on_click=KeepingState.add),
    )
    daily = rx.fragment(
        button("Count", icon_name="clipboard-list", on_click=StockingState.begin("count")),
        button("Receive", icon_name="package-open", kind="primary", on_click=StockingState.begin("receive")),
    )
    return [rx.cond(is_owner, owners, rx.fragment()), rx.cond(S.is_new, rx.fragment(), daily)]


def _filters() -> rx.Component:
    def one(each: ObjectVar[Choice]) -> rx.Component:
        return rx.fragment(tab(each.word, to=each.address, current=each.is_current, count=each.number), key=each.key)  # pyright: ignore

    return tabs("Filter", rx.foreach(S.filters, one))


def _tools() -> rx.Component:
    box = search_box(
        "Find an item", "search", default_value=S.q, on_change=InventoryState.search, key=f"box-{InventoryState.box}"
    )
    kinds = (("av", "Free"), ("rs", "Reserved"), ("sh", "Short"), ("th", "Threshold"))
    key = rx.el.div(
        *[rx.el.span(rx.el.i(class_name=look), word) for look, word in kinds], class_name="key", aria_hidden="true"
    )
    return rx.el.div(box, key, class_name="tools")


def _list() -> rx.Component:
    head = rx.el.li(
        *[rx.el.div(word) for word in ("Item", "Free and reserved", "Lasts until", "Status")],
        class_name="it hd", aria_hidden="true",
    )  # fmt: skip
    return rx.cond(
        S.lines,
        rx.el.ul(head, rx.foreach(S.lines, _line), class_name="card"),
        rx.el.div(rx.cond(S.is_new & (S.q == ""), _first(), _nothing()), class_name="card"),
    )


def _line(line: ObjectVar[Line]) -> rx.Component:
    amount = rx.cond(
        line.short != "",
        rx.el.span(rx.el.b("Short ", line.short), class_name="tonetext"),
        rx.el.span(rx.el.b(line.free), " free"),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.h2(link(line.name, to=line.address), class_name="trunc"),
            rx.el.div(line.about, class_name="sub trunc"),
            class_name="grow",
        ),
        rx.el.div(rx.el.div(amount, rx.el.span(line.reserved, class_name="rv"), class_name="tx"), _bar(line), class_name="lv"),
        rx.el.div(
            rx.cond(line.is_ending, rx.el.b(line.lasts), rx.el.span(line.lasts, class_name="ok")), " ", line.affected,
            class_name="fc",
        ),
        rx.el.div(badge(line.status, area="stock")),
        class_name="it",
        aria_current=rx.cond(line.is_open, rx.Var.create("true"), rx.Var("undefined")),
        custom_attrs={"data-tone": tone_of(line.status, area="stock")},
        key=line.id.to_string(),
    )  # fmt: skip


def _bar(line: Any) -> rx.Component:
    short = rx.el.i(class_name="sh", custom_attrs=inline(left=line.short_at, width=line.short_share))
    return rx.el.div(
        rx.el.i(class_name="av", custom_attrs=inline(width=line.free_share)),
        rx.el.i(class_name="rs", custom_attrs=inline(left=line.reserved_at, width=line.reserved_share)),
        rx.cond(line.short != "", short, rx.fragment()),
        rx.el.i(class_name="th", custom_attrs=inline(left=line.threshold_at)),
        class_name="trk", role="img", aria_label=line.label,
    )  # fmt: skip


def _pager() -> rx.Component:
    paged = pager(S.pages, to_earlier=S.earlier_page, to_later=S.later_page)
    return rx.cond(S.pages != "", paged, rx.fragment())


def _first() -> rx.Component:
    is_owner = SessionState.permissions.contains(Permission.CONFIGURE.value)
    add = button("Add the first item", kind="primary", icon_name="plus", on_click=KeepingState.add)
    return empty(
        "Nothing is counted yet",
        "Add what visits use up, such as 40 packs of gloves, low below 12. Then every booking sets its share aside.",
        rx.cond(is_owner, add, rx.el.span("An owner can add items.", class_name="muted")),
        icon_name="package",
    )


def _nothing() -> rx.Component:
    searched = rx.cond(
        S.q != "", "No item's name holds “" + S.q + "” here.", "No item is listed under " + S.list_word + "."
    )
    return empty("No items here", searched, link_button("Clear filters", to=S.clear), icon_name="search-x")


def _gone() -> rx.Component:
    return rx.el.aside(
        empty(
            "This item is not here", "It may belong to another business, or the address is mistyped.",
            link_button("Back to the list", to=ItemState.close_to), icon_name="search-x",
        ),
        class_name="dr",
    )  # fmt: skip
