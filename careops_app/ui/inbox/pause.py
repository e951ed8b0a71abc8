"""The banner while automation is paused, and the question that Resume asks."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import button, closing, dialog, icon, radio
from careops_app.ui.inbox.pause_state import DECIDE
from careops_app.ui.inbox.rows import Waiting
from careops_app.ui.inbox.thread_state import ThreadState

WHAT_RESUME_DOES = "Messages whose time is still to come go out as planned again."


def pause_banner() -> rx.Component:
    """Who paused it, since when, and what is held."""
    banner = rx.el.div(
        icon("circle-pause", 18),
        rx.el.p(
            rx.el.b("Automation is paused for ", ThreadState.first_name, "."),
            " ", ThreadState.paused, ". ", ThreadState.held_words,
        ),
        button("Resume", icon_name="circle-play", size="sm", on_click=ThreadState.set_asks_resume(True)),
        rx.cond(ThreadState.held, rx.el.ul(rx.foreach(ThreadState.held, _held)), rx.fragment()),
        class_name="held",
        role="status",
    )  # fmt: skip
    return rx.cond(ThreadState.paused != "", banner, rx.fragment())


def _held(each: ObjectVar[Waiting]) -> rx.Component:
    past = rx.cond(each.is_past, " The time has passed.", "")
    return rx.el.li(rx.el.time(each.when), rx.el.span(each.what, ".", past), key=each.key)


def resume_dialog() -> rx.Component:
    """Per held message: send it now, or drop it."""
    form = rx.el.form(
        rx.foreach(ThreadState.held, _decision),
        rx.el.div(
            closing(button("Stay paused")), button("Resume automation", kind="primary", type="submit"), class_name="end"
        ),
        class_name="stack",
        on_submit=ThreadState.resume,
    )
    return dialog(
        "Resume automation for " + ThreadState.first_name + "?", form, text=WHAT_RESUME_DOES,
        open=ThreadState.asks_resume, on_open_change=ThreadState.set_asks_resume,
    )  # fmt: skip


def _decision(each: ObjectVar[Waiting]) -> rx.Component:
    name = f"{DECIDE}{each.id}"
    late = rx.el.p("Its time has passed: it is dropped.", class_name="small muted")
    choose = rx.el.div(
        radio("Send now", name, "send", default_checked=True),
        radio("Drop", name, "drop"),
        class_name="row wrap",
    )
    return rx.el.fieldset(
        rx.el.legend(each.what, rx.el.span(", ", each.when, class_name="muted")),
        rx.cond(each.is_past, late, choose),
        class_name="decide",
        key=each.key,
    )
