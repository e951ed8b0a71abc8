"""The log beside the rules: what every rule decided and why, and every alert that was ever raised."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.automation.rules import RULES
from careops_app.ui.automation.state import HOME, AlertLine, AutomationState, RunLine
from careops_app.ui.components import (
    badge,
    empty,
    link,
    link_button,
    pager,
    select,
    state_icon,
    tab,
    tabs,
    tone_of,
    word_of,
)

OUTCOMES = (("", "Every decision"), ("fired", "Done"), ("skipped", "Skipped"), ("held", "Held"), ("failed", "Failed"))


def log_card() -> rx.Component:
    """The log that the address asks for."""
    alerts = AutomationState.log == "alerts"
    return rx.el.section(
        tabs(
            "Logs",
            tab("Decisions", to=f"{HOME}#log", current=AutomationState.log != "alerts"),
            tab("Alert log", to=f"{HOME}?log=alerts#log", current=alerts),
        ),
        rx.cond(alerts, _alerts(), _decisions()),
        rx.cond(
            (AutomationState.older != "") | (AutomationState.newest != ""),
            pager("Newest first", to_earlier=AutomationState.older, to_later=AutomationState.newest),
            rx.fragment(),
        ),
        class_name="card log-card",
        id="log",
        aria_label="Log",
    )


def _decisions() -> rx.Component:
    rules = [("", "Every rule"), *((rule.key, rule.name) for rule in RULES.values())]
    return rx.fragment(
        rx.el.div(
            _pick("rule", "Rule", rules, AutomationState.rule, AutomationState.show_rule),
            _pick("outcome", "Decision", OUTCOMES, AutomationState.outcome, AutomationState.show_state),
            class_name="picks",
        ),
        rx.cond(
            AutomationState.runs,
            rx.el.ul(rx.foreach(AutomationState.runs, _run), class_name="log"),
            rx.cond((AutomationState.rule != "") | (AutomationState.outcome != ""), _nothing_found(), _nothing_yet()),
        ),
    )


def _pick(name: str, label: str, options: Sequence[tuple[str, str]], current: Any, on_pick: Any) -> rx.Component:
    return select(name, options, small=True, value=current, on_change=on_pick, aria_label=label)


def _run(run: ObjectVar[RunLine]) -> rx.Component:
    return rx.el.li(
        link(run.who, to=run.address),
        rx.el.time(run.time, date_time=run.instant),
        rx.el.small(run.what),
        rx.el.small(badge(run.state, area="run", bare=True), rx.el.span(run.reason), class_name="why"),
        key=run.id.to_string(),
    )


def _alerts() -> rx.Component:
    return rx.cond(
        AutomationState.alerts,
        rx.el.ul(rx.foreach(AutomationState.alerts, _alert), class_name="log"),
        empty(
            "No alert so far",
            "When something needs a person, such as stock below its threshold or a message that cannot be delivered, "
            "it is written down here with its cause and its end.",
            icon_name="bell",
        ),
    )


def _alert(alert: ObjectVar[AlertLine]) -> rx.Component:
    over = alert.ended != ""
    state = rx.el.span(
        state_icon(alert.kind, area="alert"), word_of(alert.kind, area="alert"), class_name="badge bare",
        custom_attrs={"data-tone": rx.cond(over, "mute", tone_of(alert.kind, area="alert"))},
    )  # fmt: skip
    return rx.el.li(
        link(alert.title, to=alert.address),
        rx.el.time(alert.time, date_time=alert.instant),
        rx.el.small(alert.detail),
        rx.el.small(state, rx.el.span(rx.cond(over, alert.ended, "Open")), class_name="why"),
        key=alert.id.to_string(),
    )


def _nothing_yet() -> rx.Component:
    return empty(
        "No decision so far",
        "Each time something happens, every rule that listens writes down what it did, or why it did nothing. "
        "Make a booking on your booking page and the confirmation appears here.",
        icon_name="zap",
    )


def _nothing_found() -> rx.Component:
    return empty(
        "No decisions match",
        "Nothing was decided for this rule and this kind of decision.",
        link_button("Clear filters", to=f"{HOME}#log"),
        icon_name="list-filter",
    )
