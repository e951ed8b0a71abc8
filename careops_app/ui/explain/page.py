"""Explain: the event, every rule's look at it with its checks, and the tries; or what was and was not sent, and why."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.components import (
    badge,
    body,
    button,
    card,
    empty,
    icon,
    link,
    link_button,
    note,
    padded,
    page_header,
    skeleton,
)
from careops_app.ui.explain.state import ExplainState
from careops_app.ui.shells import staff_shell


def page() -> rx.Component:
    """The screen."""
    return staff_shell(
        "Explain",
        rx.cond(
            ExplainState.loaded,
            rx.cond(ExplainState.missing, _missing(), _explanation()),
            rx.fragment(page_header("Explain"), body(rx.el.div(skeleton(6), class_name="card"))),
        ),
        current="Automation",
    )


def _missing() -> rx.Component:
    gone = empty(
        "Nothing to explain here",
        "The message, visit or contact is not here any more, or it is not yours to see.",
        link_button("Automation", to="/app/automation/"), icon_name="search-x",
    )  # fmt: skip
    return rx.fragment(page_header("Explain"), body(rx.el.div(gone, class_name="card")))


def _explanation() -> rx.Component:
    asks = (ExplainState.about == "booking") | (ExplainState.about == "contact")
    return rx.fragment(
        page_header(ExplainState.title, _who()),
        body(rx.cond(asks, _expected(), _traced()), class_name="expl"),
    )


def _who() -> rx.Component:
    who = rx.cond(
        ExplainState.who_link != "", link(ExplainState.who, to=ExplainState.who_link), rx.el.span(ExplainState.who)
    )
    visit = rx.cond(
        ExplainState.visit_link != "", rx.fragment(" · ", link("The visit", to=ExplainState.visit_link)), rx.fragment()
    )
    return rx.el.span(who, visit)


# a message or an event -----------------------------------------------------------------------------------------------


def _traced() -> rx.Component:
    return rx.fragment(
        rx.cond(ExplainState.about == "message", _message(), rx.fragment()),
        rx.cond(ExplainState.trace_id != "", _event(), _no_event()),
    )


def _message() -> rx.Component:
    reason = rx.cond(ExplainState.reason != "", rx.el.p(ExplainState.reason), rx.fragment())
    tries = rx.cond(
        ExplainState.tries, rx.el.ol(rx.foreach(ExplainState.tries, _try), class_name="tries"), rx.fragment()
    )
    return card(
        padded(
            rx.el.p(badge(ExplainState.stands, bare=False)), reason, rx.el.p(ExplainState.wrote), tries, class_name="stack"
        ),
        title="What became of it", id="message",
    )  # fmt: skip


def _event() -> rx.Component:
    when = rx.el.p(
        rx.el.b(ExplainState.event), ", ", ExplainState.happened, ". Trace ", rx.el.code(ExplainState.trace_id),
        ": the log of the server tells of it under this number.",
    )  # fmt: skip
    none = rx.el.p("No rule listens to this event.", class_name="pad ink2")
    return rx.fragment(
        card(padded(when), title="The event behind it", id="event"),
        card(
            rx.cond(ExplainState.looks, rx.el.div(rx.foreach(ExplainState.looks, _look)), none),
            title="What each rule decided", id="looks",
        ),
    )  # fmt: skip


def _no_event() -> rx.Component:
    return card(
        padded(rx.el.p("A person wrote this, and no rule looked at it.")), title="The event behind it", id="event"
    )


def _look(row: Any) -> rx.Component:
    """One rule's look; its checks open below it."""
    head = rx.el.summary(
        rx.el.span(row.rule, icon("chevron-down", 14), class_name="strong"),
        badge(row.state, bare=False),
        rx.el.small(row.reason, class_name="ink2"),
        rx.el.small(row.event, ", ", rx.el.time(row.when, date_time=row.instant), class_name="muted"),
    )
    return rx.el.details(
        head,
        rx.el.div(
            rx.el.p(row.sentence, " ", link("Open the rule", to=row.rule_link), class_name="small"),
            rx.el.p(row.version, class_name="small muted"),
            rx.cond(row.checks, rx.el.ul(rx.foreach(row.checks, _check), class_name="checks"), rx.fragment()),
            rx.cond(row.tries != "", note(row.tries, tone="warn"), rx.fragment()),
            rx.foreach(row.sent, _sent),
            rx.cond(
                ExplainState.may_replay & (row.replay > 0),
                rx.el.div(
                    button("Replay what is missing", icon_name="rotate-cw", on_click=ExplainState.replay(row.replay)),
                    rx.el.small("What has been done already is not done again.", class_name="muted"),
                    class_name="row wrap",
                ),
                rx.fragment(),
            ),
            rx.el.p("Trace ", link(row.trace, to=row.trace_link), class_name="small muted"),
            class_name="in stack",
        ),
        open=row.opens,
        key=row.key,
    )


def _check(check: Any) -> rx.Component:
    drawn = rx.match(
        check.tone, ("good", icon("circle-check")), ("bad", icon("circle-x")), icon("circle-dashed")
    )  # fmt: skip
    why = rx.cond(check.why_not != "", rx.el.b(check.why_not), rx.fragment())
    return rx.el.li(
        rx.el.span(drawn, class_name="tonetext", custom_attrs={"data-tone": check.tone}),
        rx.el.span(check.words, ". ", rx.el.span(check.said, class_name="muted"), rx.cond(check.why_not != "", ": ", ""), why),
        key=check.words,
    )  # fmt: skip


def _sent(each: Any) -> rx.Component:
    name = rx.cond(each.address != "", link(each.what, to=each.address), rx.el.span(each.what))
    return rx.el.div(
        rx.el.div(rx.el.b(name), badge(each.state, bare=True), class_name="row wrap"),
        rx.el.small(each.towards, class_name="muted"),
        rx.cond(each.reason != "", rx.el.p(each.reason, class_name="small"), rx.fragment()),
        rx.el.ol(rx.foreach(each.tries, _try), class_name="tries"),
        class_name="carried stack",
    )


def _try(each: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(each.word, class_name="tonetext strong", custom_attrs={"data-tone": each.tone}),
        rx.el.time(each.time, class_name="small muted"),
        rx.cond(each.detail != "", rx.el.q(each.detail, class_name="small"), rx.fragment()),
        key=each.key,
    )


# a visit or a contact ------------------------------------------------------------------------------------------------


def _expected() -> rx.Component:
    older = note("Only the newest events were read. What happened before stands in the log of Automation.")
    return rx.fragment(
        _group("Not sent, and why", "not-sent", ExplainState.not_sent, "Nothing was held back or left out."),
        _group("Sent or on its way", "sent", ExplainState.sent, "Nothing has been sent so far."),
        rx.cond(ExplainState.ahead, _ahead(), rx.fragment()),
        rx.cond(ExplainState.quiet, _quiet(), rx.fragment()),
        rx.cond(ExplainState.is_whole, rx.fragment(), older),
    )


def _group(title: str, name: str, looks: Any, none: str) -> rx.Component:
    nothing = rx.el.p(none, class_name="pad ink2")
    return card(rx.cond(looks, rx.el.div(rx.foreach(looks, _look)), nothing), title=title, id=name)


def _ahead() -> rx.Component:
    def line(each: Any) -> rx.Component:
        when = rx.el.small(each.when, ", by the rule “", each.rule, "”", class_name="muted")
        reason = rx.cond(each.reason != "", rx.el.small(each.reason), rx.fragment())
        return rx.el.li(rx.el.b(each.what), when, reason, key=each.what + each.when)

    return card(
        padded(rx.el.ul(rx.foreach(ExplainState.ahead, line), class_name="tries")), title="Still to come", id="ahead"
    )


def _quiet() -> rx.Component:
    def line(each: Any) -> rx.Component:
        waits = rx.el.small("Waits for: ", each.waits_for, class_name="muted")
        return rx.el.li(rx.el.b(each.rule), rx.el.small(each.sentence), waits, key=each.rule)

    rules = rx.el.ul(rx.foreach(ExplainState.quiet, line), class_name="tries")
    return card(
        rx.el.details(
            rx.el.summary(
                rx.el.span("Rules that nothing has happened for", icon("chevron-down", 14), class_name="strong")
            ),
            rx.el.div(rules, class_name="in"),
        )
    )
