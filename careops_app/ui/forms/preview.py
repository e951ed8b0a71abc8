"""The phone beside the builder: the form as customers see it, with the question in hand as it is typed."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import icon
from careops_app.ui.forms.builder_state import NEW, Asked, BuilderState

S = BuilderState


def preview() -> rx.Component:
    """A picture of the page; nothing in it can be used."""
    screen = rx.el.div(
        rx.el.h3(S.name),
        rx.cond(S.intro != "", rx.el.p(S.intro, class_name="small muted"), rx.fragment()),
        rx.foreach(S.papers, lambda row: rx.el.span(icon("file-text"), row.title, class_name="op", key=row.id.to_string())),
        rx.foreach(S.questions, _shown),
        rx.cond(S.editing == NEW, _question(S.draft), rx.fragment()),
        rx.el.div(rx.el.span("Send the answers", class_name="btn primary block"), class_name="fade"),
        class_name="scr", tab_index=0,
    )  # fmt: skip
    return rx.el.div(screen, class_name="ph", role="group", aria_label="Preview of the form on a phone")


def _shown(row: ObjectVar[Asked]) -> rx.Component:
    return rx.fragment(rx.cond(S.editing == row.key, _question(S.draft), _question(row)), key=row.key)  # pyright: ignore[reportArgumentType]


def _question(row: Any) -> rx.Component:
    """One question; consent and a single box are their own label."""
    label = rx.cond(row.label != "", row.label, "Your question")
    optional = rx.cond(row.required, rx.fragment(), rx.el.span(" Optional", class_name="muted"))
    support = rx.cond(row.help != "", rx.el.span(row.help, class_name="small muted"), rx.fragment())
    heading = rx.fragment(rx.el.span(label, optional, class_name="lb"), support)
    box = rx.el.span(rx.el.i(class_name="sq"), rx.el.span(label, optional), class_name="op")
    many = rx.fragment(heading, rx.foreach(row.options.to(list[str]), lambda text: _option(text, "sq")))
    drawn = rx.match(
        row.kind,
        ("consent", rx.fragment(box, support)),
        ("checkbox", rx.cond(row.options.to(list[str]).length() > 0, many, rx.fragment(box, support))),
        ("choice", rx.fragment(heading, rx.foreach(row.options.to(list[str]), lambda text: _option(text, "")))),
        ("long_text", rx.fragment(heading, rx.el.span(class_name="in tall"))),
        ("date", rx.fragment(heading, rx.el.span("Day, month, year", class_name="in"))),
        ("file", rx.fragment(heading, rx.el.span(icon("upload"), "Choose a file", class_name="op"))),
        ("signature", rx.fragment(heading, rx.el.span("Type your full name", class_name="in"))),
        rx.fragment(heading, rx.el.span(class_name="in")),
    )
    return rx.el.div(drawn, class_name="stack")


def _option(text: Any, look: str) -> rx.Component:
    return rx.el.span(rx.el.i(class_name=look), text, class_name="op", key=text)
