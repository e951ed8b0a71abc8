"""Dry run: the rule as it would be, what it would have done, and what will go out."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.components import (
    body,
    button,
    card,
    link,
    link_button,
    padded,
    page_header,
    pager,
    problem,
    select_field,
    skeleton,
    text_field,
)
from careops_app.ui.dry_run.state import TRIABLE, VIAS, DryRunState
from careops_app.ui.shells import staff_shell

S = DryRunState
NOTHING = "Nothing is sent and nothing is changed here: the database refuses to write while a rule is tried."


def page() -> rx.Component:
    """The screen."""
    return staff_shell(
        "Try a rule",
        rx.fragment(
            page_header(
                "Try a rule", NOTHING, link_button("Change it", to="/app/automation/?rule=" + S.rule, icon_name="zap")
            ),
            body(rx.cond(S.loaded, rx.el.div(_form(), _ahead(), _past(), class_name="expl"), _loading())),
        ),
        current="Automation",
    )


def _loading() -> rx.Component:
    return rx.el.div(skeleton(6), class_name="card")


def _form() -> rx.Component:
    leads = text_field(
        "Moments", "leads", default_value=S.leads, hint="Such as 24 h, 2 h. Empty: as they are.",
        error=S.errors.get("leads", S.errors.get("steps", "")),
    )  # fmt: skip
    service = select_field("For", "service", S.services, default_value=S.service)
    fields = rx.el.div(
        select_field("The rule is", "on", [("", "As it is"), ("on", "On"), ("off", "Off")], default_value=S.on),
        select_field("Sent", "via", VIAS, default_value=S.via),
        rx.cond(S.has_leads, leads, rx.fragment()),
        rx.cond(S.may_differ, service, rx.fragment()),
        text_field("Look ahead until", "until", type="date", default_value=S.until, error=S.errors.get("until", "")),
        class_name="two",
    )
    form = rx.el.form(
        fields, problem("form", S.errors.get("form", "")),
        rx.el.div(button("Try it", icon_name="flask-conical", kind="primary", type="submit"), class_name="row"),
        class_name="stack", on_submit=S.run, key=S.rule + S.on + S.via + S.leads + S.service + S.until,
    )  # fmt: skip
    rule = select_field("Rule", "rule", TRIABLE, value=S.rule, on_change=S.pick_rule)
    return card(padded(rule, rx.el.p(S.sentence, class_name="small muted"), form, class_name="stack"))


def _past() -> rx.Component:
    none = rx.el.p("The rule had nothing to look at in the last 30 days.", class_name="pad ink2")
    pages = rx.cond(
        (S.older != "") | (S.newest != ""), pager("Newest first", to_earlier=S.older, to_later=S.newest), rx.fragment()
    )
    return card(
        rx.cond(S.lines, rx.el.ul(rx.foreach(S.lines, _line), class_name="tried"), none), pages,
        title="The last 30 days", id="past", beside=rx.el.span(S.summary, class_name="small muted"),
    )  # fmt: skip


def _ahead() -> rx.Component:
    none = rx.el.p("Nothing is planned until then.", class_name="pad ink2")
    return card(
        rx.cond(S.ahead, rx.el.ul(rx.foreach(S.ahead, _line), class_name="tried"), none),
        title="Will go out until then", id="ahead", beside=rx.el.span(S.ahead_summary, class_name="small muted"),
    )  # fmt: skip


def _line(row: Any) -> rx.Component:
    who = rx.cond(row.link != "", link(row.who, to=row.link), rx.el.span(row.who))
    badge = rx.el.span(row.word, class_name="badge bare", custom_attrs={"data-tone": row.tone})
    return rx.el.li(
        rx.el.span(who, class_name="strong"), badge,
        rx.el.small(row.when, class_name="muted"), rx.el.small(row.was),
        rx.cond(row.then != "", rx.el.small(row.then), rx.fragment()),
        key=row.key,
    )  # fmt: skip
