"""The Onboarding screen: the eight steps with one open in place, and beside them whether the pages may open."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import badge, body, icon, link, page_header, progress, skeleton
from careops_app.ui.onboarding.launch import gate_card, preview_card
from careops_app.ui.onboarding.state import HOME, OnboardingState, StepLine
from careops_app.ui.onboarding.step import open_step
from careops_app.ui.shells import staff_shell

S = OnboardingState


def page() -> rx.Component:
    return staff_shell(
        "Set up",
        page_header(f"Set up {S.business}", "You can leave at any time; everything is saved."),
        body(rx.cond(S.loaded, _set_up(), rx.el.div(skeleton(8), class_name="card"))),
        current="Settings",
        page="onboarding",
    )


def _set_up() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            progress("Setup progress", done=S.done, total=8, share=S.share, before=f"{S.done} of 8 done", after=S.left),
            rx.el.ol(rx.foreach(S.steps, _step), class_name="card"),
        ),
        rx.el.aside(gate_card(), preview_card(), class_name="cards"),
        class_name="ob",
    )


def _step(step: ObjectVar[StepLine]) -> rx.Component:
    return rx.cond(step.is_open, _opened(step), _closed(step))


def _closed(step: ObjectVar[StepLine]) -> rx.Component:
    return rx.el.li(
        _number(step),
        rx.el.h2(link(step.title, to=f"{HOME}?step={step.key}")),
        step_badge(step),
        rx.el.p(step.fact),
        class_name="stp",
        key=step.key,
    )


def _opened(step: ObjectVar[StepLine]) -> rx.Component:
    head = rx.el.div(_number(step), rx.el.h2(step.title), step_badge(step), class_name="hd")
    return rx.el.li(
        head, rx.el.div(open_step(), class_name="in"), class_name="open", aria_current="step", key=f"{step.key}-open"
    )


def _number(step: ObjectVar[StepLine]) -> rx.Component:
    """The number of a step, or what became of it."""
    drawn = rx.match(
        step.state,
        ("done", icon("check")),
        ("broken", icon("triangle-alert", 14)),
        ("skipped", icon("minus", 14)),
        rx.fragment(step.number),
    )
    tone = rx.match(step.state, ("done", "good"), ("broken", "bad"), "mute")
    return rx.el.span(drawn, class_name="num", custom_attrs={"data-tone": tone}, aria_hidden="true")


def step_badge(step: ObjectVar[StepLine]) -> rx.Component:
    """The state of a step in a word."""
    drawn = rx.match(
        step.state,
        ("done", badge("step.done", bare=True)),
        ("broken", badge("work.needs_you", bare=True)),
        ("missing", badge("step.not_started", label="To do", bare=True)),
        ("skipped", badge("step.optional", label="Skipped", bare=True)),
        badge("step.optional", bare=True),
    )
    return rx.fragment(drawn)
