"""The Automation screen: every rule as a sentence with its record, and beside them the log of decisions and alerts."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.automation.editor import editor, waiting_list
from careops_app.ui.automation.editor_state import EditorState
from careops_app.ui.automation.log import log_card
from careops_app.ui.automation.state import HOME, AutomationState, Count, Part, RuleGroup, RuleLine
from careops_app.ui.automation.switch_state import SwitchState
from careops_app.ui.components import (
    body,
    button,
    closing,
    confirm,
    dialog,
    group_heading,
    icon,
    link,
    link_button,
    note,
    page_header,
    skeleton,
    switch,
)
from careops_app.ui.shell_state import ShellState
from careops_app.ui.shells import staff_shell

OWNERS_ONLY = "Only an owner changes rules"


def page() -> rx.Component:
    return staff_shell(
        "Automation",
        page_header(
            "Automation",
            "Everything the system does by itself is a sentence on this page. Nothing else runs.",
            rx.cond(
                AutomationState.may_configure,
                link_button("Try a rule", to="/app/dry-run/", icon_name="flask-conical"),
                rx.fragment(),
            ),
            link_button("Decisions and alerts", to=f"{HOME}?log=decisions#log", icon_name="history", class_name="jump"),
            rx.cond(AutomationState.may_configure & (ShellState.stopped == ""), _stop_button(), rx.fragment()),
        ),
        _stop_dialog(),
        _off_dialog(),
        body(
            rx.cond(ShellState.stopped != "", _stopped(), rx.fragment()),
            rx.cond(
                AutomationState.loaded,
                rx.el.div(
                    rx.el.div(rx.foreach(AutomationState.groups, _group)),
                    log_card(),
                    class_name="rl",
                    custom_attrs={"data-log": rx.cond(AutomationState.log_is_asked, "asked", "beside")},
                ),
                rx.el.div(skeleton(8), class_name="card"),
            ),
        ),
        current="Automation",
    )


def _stop_button() -> rx.Component:
    return button("Stop all", icon_name="circle-pause", on_click=SwitchState.ask_stop(True))


def _stop_dialog() -> rx.Component:
    return confirm(
        "Stop all automation?",
        "No automatic message reaches a customer until you let it go on: what would be sent waits. Confirmations and new "
        "links wait too. Alerts to the team, and what staff write, go on.",
        verb="Stop all automation", safe="Let it run", open=SwitchState.asks_stop, on_open_change=SwitchState.ask_stop,
        on_confirm=SwitchState.stop_all,
    )  # fmt: skip


def _stopped() -> rx.Component:
    waits = ShellState.stopped_waiting
    said = rx.cond(waits > 0, f"{waits} waiting. ", "Nothing waits yet. ")
    choices = rx.el.div(
        button(
            rx.cond(waits > 0, "Go on, send what waits", "Let it go on"),
            kind="primary",
            size="sm",
            on_click=SwitchState.resume_all("send"),
        ),
        rx.cond(
            waits > 0,
            button("Go on, drop what waits", size="sm", on_click=SwitchState.resume_all("drop")),
            rx.fragment(),
        ),
        class_name="row wrap",
    )
    return note(
        rx.el.b("All automation is stopped."),
        rx.el.p(ShellState.stopped, " ", said),
        rx.cond(AutomationState.may_configure, choices, rx.el.p("An owner lets it go on.")),
        tone="warn", icon_name="circle-pause",
    )  # fmt: skip


def _off_dialog() -> rx.Component:
    """Before a rule is switched off under which messages wait."""
    actions = rx.fragment(
        closing(button("Leave it on")),
        button("Off, keep those that wait", on_click=SwitchState.switch_off("keep")),
        button("Off, drop them", kind="danger-solid", on_click=SwitchState.switch_off("drop")),
    )
    return dialog(
        "Switch off “" + SwitchState.name + "”?", waiting_list(SwitchState.waiting),
        text=SwitchState.waiting_words + ".", open=SwitchState.key != "", on_open_change=SwitchState.leave_on,
        actions=actions, wide=True,
    )  # fmt: skip


def _group(group: ObjectVar[RuleGroup]) -> rx.Component:
    return rx.fragment(
        group_heading(group.title, group.support),
        rx.el.ul(rx.foreach(group.rules, _rule), class_name="card"),
        key=group.title,
    )


def _rule(rule: ObjectVar[RuleLine]) -> rx.Component:
    look = rx.cond(rule.enabled, "rule", "rule off")
    return rx.el.li(
        rx.el.p(rx.foreach(rule.parts, _part), class_name="sen"),
        _control(rule),
        rx.el.div(
            rx.foreach(rule.counts, _count),
            rx.el.span(rule.how),
            rx.el.span(rule.last),
            rx.cond(rule.stops != "", rx.el.span(rule.stops), rx.fragment()),
            rx.cond(rule.services != "", rx.el.span(rule.services), rx.fragment()),
            rx.cond(rule.version != "", rx.el.span(rule.version), rx.fragment()),
            rx.cond(AutomationState.may_configure & rule.may_be_edited, _edit(rule), rx.fragment()),
            class_name="meta",
        ),
        rx.cond(EditorState.key == rule.key, editor(), rx.fragment()),
        class_name=look,
        aria_current=rx.cond(rule.current, "true", "false"),
        id=f"rule-{rule.key}",
        key=rule.key,
    )


def _edit(rule: ObjectVar[RuleLine]) -> rx.Component:
    return rx.el.button(
        "Edit", type="button", class_name="aslink", on_click=EditorState.open(rule.key), aria_label=f"Edit: {rule.name}"
    )


def _part(part: ObjectVar[Part]) -> rx.Component:
    return rx.cond(part.kind == "strong", rx.el.b(part.text), rx.fragment(part.text))


def _control(rule: ObjectVar[RuleLine]) -> rx.Component:
    word = rx.el.span(rule.word, class_name="w")
    locked = rx.el.span(icon("lock"), rx.el.span("Cannot be switched off", class_name="sr"), class_name="lk")
    live = switch(rule.name, on=rule.enabled, on_click=SwitchState.switch(rule.key, ~rule.enabled))
    still = switch(rule.name, on=rule.enabled, blocked=True, reason=OWNERS_ONLY)
    may = rx.cond(AutomationState.may_configure, live, still)
    return rx.el.div(word, rx.cond(rule.locked, locked, may), class_name="ctl")


def _count(count: ObjectVar[Count]) -> rx.Component:
    words = link(count.words, to=count.address)
    alarming = rx.el.span(icon("circle-alert"), words, class_name="badge bare", data_tone="bad")
    return rx.cond(count.state == "failed", alarming, words)
