"""Suspected spam: each message with why it waits, and the two ways out."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    badge,
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
            _mails(),
            rx.cond(SuspectedState.total > 0, cards, rx.fragment()),
            rx.cond(
                (SuspectedState.total == 0) & (SuspectedState.mails_total == 0),
                rx.el.div(_nothing(), class_name="card"),
                rx.fragment(),
            ),
            rx.cond(SuspectedState.pages != "", pages, rx.fragment()),
        ),
    )


def _mails() -> rx.Component:
    """Mails whose sender is not proven, first: somebody may be waiting."""
    cards = rx.el.ul(
        rx.foreach(SuspectedState.mails, _mail_card), class_name="sus", aria_label="Mail from unverified senders"
    )
    return rx.cond(
        SuspectedState.mails_total > 0,
        rx.el.section(
            rx.el.h2("Unverified senders", class_name="h3"),
            rx.el.p(
                "These mails may not come from where they say. They have changed nothing and stopped no automation. "
                "Accept one only when you know that it is genuine.",
                class_name="small muted",
            ),
            cards,
            class_name="stack",
        ),
        rx.fragment(),
    )


def _mail_card(line: Any) -> rx.Component:
    head = rx.el.div(
        rx.el.h2(line.name), badge("work.needs_you", label="Unverified"),
        rx.el.time(line.time, date_time=line.instant, class_name="small muted"), class_name="row wrap",
    )  # fmt: skip
    accept = button("Accept into the inbox", icon_name="check", on_click=SuspectedState.accept_mail(line.id))
    return rx.el.li(
        head,
        rx.cond(line.reach != "", rx.el.p(line.reach, class_name="small muted"), rx.fragment()),
        rx.cond(line.subject != "", rx.el.p(line.subject, class_name="strong"), rx.fragment()),
        rx.el.p(line.message, class_name="said"),
        rx.el.ul(rx.foreach(line.why, lambda why: rx.el.li(why)), class_name="why", aria_label="Why it waits"),
        rx.el.div(
            rx.cond(line.may_accept, accept, rx.fragment()),
            button("Discard", kind="ghost", on_click=SuspectedState.ask_discard_mail(line.id)),
            class_name="row wrap",
        ),
        class_name="card",
        key=line.id.to_string(),
    )


def _nothing() -> rx.Component:
    return empty(
        "No suspected spam",
        "What looks like spam waits here, and mail whose sender is not proven, so that none of a person is lost.",
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
