"""The list of conversations: who waits longest first, then the rest."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    badge,
    conversation_item,
    empty,
    icon,
    icon_button,
    link,
    link_button,
    link_icon,
    menu,
    menu_group,
    pager,
    search_box,
    tab,
)
from careops_app.ui.components import tabs as tab_row
from careops_app.ui.inbox.rows import Item, Tab
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.inbox.thread_state import ThreadState
from careops_app.ui.session import SessionState
from careops_app.ui.suspected.address import address as suspected_address


def conversations() -> rx.Component:
    """The left pane."""
    return rx.el.section(
        rx.el.div(_head(), _search(), class_name="h"),
        tab_row("Conversations", rx.foreach(InboxState.tabs, _tab)),
        _when(InboxState.suspected, _suspected()),
        rx.el.div(
            rx.cond(
                (InboxState.waiting_count + InboxState.rest_count) > 0,
                rx.fragment(
                    _group("Unanswered, longest wait first", InboxState.waiting_count, InboxState.waiting),
                    _group(InboxState.rest_word, InboxState.rest_count, InboxState.rest),
                ),
                _nothing(),
            ),
            class_name="scroll",
        ),
        rx.cond(
            InboxState.pages != "",
            pager(InboxState.pages, to_earlier=InboxState.earlier_page, to_later=InboxState.later_page),
            rx.fragment(),
        ),
        class_name="list",
        aria_label="Conversations",
    )


def _suspected() -> rx.Component:
    """The way to what the contact form received and nobody has let in yet."""
    return link(icon("shield-off"), InboxState.suspected, to=suspected_address(), class_name="susl")


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.p("Inbox", class_name="hh grow", aria_hidden="true"),
        link_icon("square-pen", "Write to a contact", to="/app/contacts/", size="sm"),
        class_name="row desk",
    )


def _search() -> rx.Component:
    box = search_box(
        "Search conversations", "search", placeholder="Name, number or words", default_value=InboxState.q,
        on_change=InboxState.search, key=f"box-{InboxState.box}",
    )  # fmt: skip
    lists = menu(
        lambda **props: icon_button("list-filter", "Other lists", size="sm", **props),
        menu_group("Show"),
        rx.foreach(InboxState.filters, _filter),
        id="inbox-filters",
        label="Other lists",
    )
    return rx.el.div(box, lists, class_name="row")


def _tab(each: ObjectVar[Tab]) -> rx.Component:
    count = rx.cond(each.count != "", rx.el.span(each.count, class_name="c"), rx.fragment())
    return rx.fragment(tab(rx.fragment(each.word, count), to=each.address, current=each.current), key=each.key)  # pyright: ignore


def _filter(each: ObjectVar[Tab]) -> rx.Component:
    chosen = rx.cond(each.current, icon("check"), icon("circle", class_name="faint"))
    counted = rx.el.span(each.count, class_name="muted count")
    return link(
        chosen, each.word, counted, to=each.address, aria_current=rx.cond(each.current, "true", "false"), key=each.key,
        on_click=rx.call_script("document.getElementById('inbox-filters')?.hidePopover()"),
    )  # fmt: skip


def _group(word: Any, count: Any, items: Any) -> rx.Component:
    heading = rx.el.div(rx.el.span(word), rx.el.span(count), class_name="gh")
    return rx.cond(items.length() > 0, rx.fragment(heading, rx.el.ul(rx.foreach(items, _item))), rx.fragment())


def _item(item: ObjectVar[Item]) -> rx.Component:
    return conversation_item(
        _when(item.waits, badge("work.unanswered", label=item.waits, bare=True)),
        rx.cond(item.is_new, badge("work.new", bare=True), rx.fragment()),
        _when(item.held, badge("message.held", label=item.held, bare=True)),
        _when(item.failed, badge("message.failed", label=item.failed, bare=True)),
        _when(item.assigned, rx.el.span(icon("user-round"), item.assigned, class_name="badge bare", data_tone="mute")),
        name=item.name, initials=item.initials, time=item.time, instant=item.instant, channel=item.channel,
        line=item.line, to=item.address, unanswered=item.waits != "", current=item.id == ThreadState.conversation_id,
        key=item.id.to_string(),
    )  # fmt: skip


def _when(words: Any, shown: rx.Component) -> rx.Component:
    return rx.cond(words != "", shown, rx.fragment())


def _nothing() -> rx.Component:
    """No conversation at all, or none for this list and these words."""
    filtered = (InboxState.filter_word != "") | (InboxState.q != "")
    why = rx.cond(
        InboxState.q != "",
        "No person, number or message matches “" + InboxState.q + "” in this list.",
        "No conversation is in the list “" + InboxState.filter_word + "” now.",
    )
    return rx.cond(
        filtered,
        empty("Nothing here", why, link_button("Clear filters", to=InboxState.clear), icon_name="list-filter"),
        empty(
            "Nobody has written yet",
            "Messages from your contact form, and everything you send or automation sends, arrive here as one "
            "conversation per person.",
            link_button("See your contact form", to="/c/" + SessionState.workspace_slug, reload_document=True),
            icon_name="inbox",
        ),
    )
