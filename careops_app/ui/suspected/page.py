"""Suspected spam: each message with why it waits, and the two ways out."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    body,
    button,
    confirm,
    empty,
    link_button,
    page_header,
    pager,
)
from careops_app.ui.shells import staff_shell
from careops_app.ui.suspected.state import Line, SuspectedState

WHAT = "Nothing was sent for these messages, and nobody was added. They are deleted after 30 days."


def page() -> rx.Component:
    """The screen."""
    return staff_shell(
        "Suspected spam",
        rx.cond(SuspectedState.loaded, rx.fragment(_list(), _discarding()), rx.fragment()),
        current="Inbox",
        page="suspected",
    )


def _list() -> rx.Component:
    pages = pager(
        SuspectedState.pages, to_earlier=SuspectedState.earlier_page, to_later=SuspectedState.later_page
    )  # fmt: skip
    cards = rx.el.ul(rx.foreach(SuspectedState.lines, _card), class_name="sus", aria_label="Suspected spam")
    return rx.fragment(
        page_header("Suspected spam", WHAT, link_button("Inbox", to="/app/inbox/", icon_name="inbox")),
        body(
            rx.cond(SuspectedState.total > 0, cards, rx.el.div(_nothing(), class_name="card")),
            rx.cond(SuspectedState.pages != "", pages, rx.fragment()),
        ),
    )


def _nothing() -> rx.Component:
    return empty(
        "No suspected spam",
        "Messages from the contact form that look like spam wait here, so that none of a person is lost.",
        link_button("Back to the inbox", to="/app/inbox/"), icon_name="shield-check",
    )  # fmt: skip


def _card(line: ObjectVar[Line]) -> rx.Component:
    when = rx.el.time(line.time, date_time=line.instant, class_name="small muted")  # pyright: ignore[reportAttributeAccessIssue]
    head = rx.el.div(rx.el.h2(line.name), when, class_name="row")  # pyright: ignore[reportAttributeAccessIssue]
    signs: Any = line.signs  # pyright: ignore[reportAttributeAccessIssue]
    return rx.el.li(
        head,
        rx.el.p(line.reach, class_name="small muted"),  # pyright: ignore[reportAttributeAccessIssue]
        rx.el.p(line.message, class_name="said"),  # pyright: ignore[reportAttributeAccessIssue]
        rx.el.ul(rx.foreach(signs, lambda sign: rx.el.li(sign)), class_name="why", aria_label="Why it waits"),
        rx.el.div(
            button("Accept into the inbox", icon_name="check", on_click=SuspectedState.accept(line.id)),  # pyright: ignore
            button("Discard", kind="ghost", on_click=SuspectedState.ask_discard(line.id)),  # pyright: ignore
            class_name="row wrap",
        ),
        class_name="card",
        key=line.id.to_string(),  # pyright: ignore[reportAttributeAccessIssue]
    )


def _discarding() -> rx.Component:
    return confirm(
        rx.Var.create("Discard the message of ") + SuspectedState.discarding_who + "?",
        "It leaves this list and never reaches the inbox. Nobody is told.",
        verb="Discard", safe="Keep", open=SuspectedState.discarding > 0,
        on_open_change=SuspectedState.stop_discarding, on_confirm=SuspectedState.discard,
    )  # fmt: skip
