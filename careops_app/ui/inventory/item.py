"""One item: how much there is, until when it lasts, who needs it, what uses it, and its ledger."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    badge,
    button,
    fact,
    facts,
    icon,
    link,
    link_icon,
    menu,
    menu_action,
    pager,
    side_panel,
)
from careops_app.ui.inventory.item_state import ItemState, Use
from careops_app.ui.inventory.keeping_state import KeepingState
from careops_app.ui.inventory.rows import Day, Entry, Visit
from careops_app.ui.inventory.stocking_state import StockingState
from careops_app.ui.session import SessionState
from careops_app.workspace.access import Permission

FACTS: Any = ItemState.facts
IS_OWNER = SessionState.permissions.contains(Permission.CONFIGURE.value)


def item() -> rx.Component:
    """The open item."""
    return side_panel(
        _figures(), _days(), _visits(), _uses(), _ledger(),
        label="Item: " + FACTS.name, to_close=ItemState.close_to, header=_header(),
        actions=rx.cond(FACTS.is_retired, rx.el.p("This item is retired.", class_name="small muted"), _actions()),
    )  # fmt: skip


def _header() -> rx.Component:
    title = rx.el.div(
        rx.el.div(
            rx.el.div(rx.el.h2(FACTS.name), badge(FACTS.status, area="stock", bare=False), class_name="row wrap"),
            rx.el.p(FACTS.about, class_name="small muted"),
            class_name="grow",
        ),
        rx.cond(IS_OWNER & ~FACTS.is_retired, _more(), rx.fragment()),
        link_icon("x", "Close", to=ItemState.close_to, size="sm"),
        class_name="ttl",
    )
    lines = facts(_fact_if(FACTS.cost, "receipt-text"), _fact_if(FACTS.low_since, "clock-alert"))
    return rx.fragment(title, rx.cond((FACTS.cost != "") | (FACTS.low_since != ""), lines, rx.fragment()))


def _fact_if(words: Any, drawing: str) -> rx.Component:
    return rx.cond(words != "", fact(drawing, words), rx.fragment())


def _more() -> rx.Component:
    return menu(
        lambda **props: rx.el.button(
            icon("ellipsis"), type="button", class_name="btn icon ghost sm", aria_label="More about this item", **props
        ),
        menu_action("Edit the item", icon_name="pencil", id="item-more", on_click=KeepingState.edit(FACTS.id)),
        menu_action(
            "Retire the item", icon_name="archive", id="item-more", danger=True, on_click=KeepingState.ask_retire(True)
        ),
        id="item-more", label="Item",
    )  # fmt: skip


def _figures() -> rx.Component:
    def one(amount: Any, word: Any, **look: Any) -> rx.Component:
        return rx.el.div(rx.el.b(amount), rx.el.span(word), **look)

    free = rx.cond(
        FACTS.is_short,
        rx.el.div(rx.el.b(FACTS.free, class_name="tonetext"), rx.el.span("short"), custom_attrs={"data-tone": "bad"}),
        one(FACTS.free, "free"),
    )
    return rx.el.div(
        one(FACTS.on_hand, "on hand"), one(FACTS.reserved, "reserved"), free, one(FACTS.threshold, "threshold"),
        class_name="big4",
    )  # fmt: skip


def _section(title: Any, content: Any, beside: Any = None) -> rx.Component:
    return rx.el.section(rx.el.h3(title, *([beside] if beside is not None else [])), content)


def _days() -> rx.Component:
    def one(day: ObjectVar[Day]) -> rx.Component:
        left = rx.cond(
            day.is_short, rx.el.span(day.left, class_name="q tonetext"), rx.el.span(day.left, class_name="q")
        )
        tone = rx.cond(day.is_short, "bad", "")
        return rx.el.li(rx.el.span(day.day), left, custom_attrs={"data-tone": tone}, key=day.day)

    shown = _section("Left after each day's visits", rx.el.ul(rx.foreach(ItemState.days, one), class_name="dl"))
    return rx.cond(ItemState.days, shown, rx.fragment())


def _visits() -> rx.Component:
    def one(visit: ObjectVar[Visit]) -> rx.Component:
        name = link(visit.who, to=f"/app/bookings/?booking={visit.booking}")
        who = rx.cond(SessionState.permissions.contains(Permission.BOOKINGS.value), name, rx.el.b(visit.who))
        return rx.el.li(
            rx.el.span(who, rx.el.br(), rx.el.small(visit.when)),
            rx.el.span(visit.need, class_name=rx.cond(visit.is_short, "q tonetext", "q")),
            custom_attrs={"data-tone": rx.cond(visit.is_short, "bad", "")},
            key=visit.booking.to_string(),
        )

    listed = rx.fragment(
        rx.el.ul(rx.foreach(ItemState.visits, one), class_name="dl"),
        rx.cond(ItemState.more_visits != "", rx.el.p(ItemState.more_visits, class_name="small muted"), rx.fragment()),
    )
    none = rx.el.p("No booked visit needs it.", class_name="small muted")
    return _section(ItemState.short_word, rx.cond(ItemState.visits, listed, none))


def _uses() -> rx.Component:
    def one(use: ObjectVar[Use]) -> rx.Component:
        change = button(
            "Change", size="sm", kind="ghost", on_click=KeepingState.open_uses(use.service_id),
            aria_label=f"Change what {use.service} uses",
        )  # fmt: skip
        return rx.el.li(
            rx.el.span(use.service, rx.el.br(), rx.el.small(use.quantity, " per visit")),
            rx.cond(IS_OWNER, change, rx.fragment()),
            key=use.service_id.to_string(),
        )

    none = rx.el.p("No service uses it yet.", class_name="small muted")
    return _section(
        "Used by", rx.cond(ItemState.used_by, rx.el.ul(rx.foreach(ItemState.used_by, one), class_name="dl"), none)
    )


def _ledger() -> rx.Component:
    paged = pager(ItemState.pages, to_earlier=ItemState.newer, to_later=ItemState.older)
    listed = rx.fragment(
        rx.el.ul(rx.foreach(ItemState.entries, _entry), class_name="dl"),
        rx.cond(ItemState.pages != "", paged, rx.fragment()),
    )
    none = rx.el.p("Nothing has moved yet.", class_name="small muted")
    return _section("Ledger, newest first", rx.cond(ItemState.entries, listed, none))


def _entry(row: ObjectVar[Entry]) -> rx.Component:
    undo = rx.cond(
        row.may_undo,
        button(
            "Undo",
            size="sm",
            kind="ghost",
            on_click=ItemState.undo(row.id),
            aria_label=f"Undo: {row.what} {row.change}",
        ),
        rx.cond(row.is_undone, rx.el.span("taken back", class_name="micro muted"), rx.fragment()),
    )
    reason = rx.cond(row.reason != "", rx.el.span(rx.el.br(), row.reason), rx.fragment())
    return rx.el.li(
        rx.el.span(row.what, reason, rx.el.br(), rx.el.small(row.when)),
        rx.el.span(row.change, undo, class_name="q row"),
        key=row.id.to_string(),
    )


def _actions() -> rx.Component:
    return rx.fragment(
        button("Receive", icon_name="package-open", kind="primary", on_click=StockingState.begin("receive")),
        button("Count", icon_name="clipboard-list", on_click=StockingState.begin("count")),
        button("Waste", icon_name="trash-2", on_click=StockingState.begin("waste")),
    )
