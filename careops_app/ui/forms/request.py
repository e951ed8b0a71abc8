"""One request: for whom and which visit, the answers with their files, documents, and what happened."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    badge,
    button,
    copy_field,
    dialog,
    fact,
    facts,
    icon,
    link,
    link_icon,
    out_link,
    side_panel,
    textarea_field,
)
from careops_app.ui.forms.request_state import Answer, Document, RequestState, Step
from careops_app.ui.session import SessionState
from careops_app.workspace.access import Permission

S = RequestState
FACTS: Any = RequestState.facts


def request() -> rx.Component:
    """The open request, with its dialog."""
    panel = side_panel(
        _link(), _answers(), _documents(), _history(),
        label=FACTS.form + " of " + FACTS.who, to_close=S.close_to, header=_header(),
        actions=rx.cond(FACTS.may_waive, _actions(), rx.el.p("There is nothing left to do.", class_name="small muted")),
    )  # fmt: skip
    return rx.fragment(panel, _waive())


def _may(permission: Permission) -> Any:
    return SessionState.permissions.contains(permission.value)


def _header() -> rx.Component:
    title = rx.el.div(
        rx.el.div(
            rx.el.div(rx.el.h2(FACTS.form), badge(FACTS.status, area="form", bare=False), class_name="row wrap"),
            rx.el.p(FACTS.who, ", ", FACTS.version, class_name="small muted"),
            class_name="grow",
        ),
        link_icon("x", "Close", to=S.close_to, size="sm"),
        class_name="ttl",
    )
    person = link(FACTS.who, to="/app/contacts/?contact=" + FACTS.contact_id.to_string())
    visit = rx.cond(
        _may(Permission.BOOKINGS),
        link(FACTS.visit, to="/app/bookings/?booking=" + FACTS.booking_id.to_string()),
        rx.el.span(FACTS.visit),
    )
    lines = facts(
        fact("user-round", person),
        rx.cond(FACTS.visit != "", fact("calendar-days", visit), fact("calendar-days", "Without a visit")),
        rx.cond(FACTS.due != "", fact("clock", FACTS.due), rx.fragment()),
        rx.cond(FACTS.waived != "", fact("shield-off", FACTS.waived), rx.fragment()),
    )
    return rx.fragment(title, lines)


def _section(title: str, content: Any) -> rx.Component:
    return rx.el.section(rx.el.h3(title), content)


def _link() -> rx.Component:
    shown = rx.el.section(
        copy_field("The customer's link", S.link, id="form-link"),
        rx.el.p("Whoever has it can read and answer this form.", class_name="small muted"),
    )
    return rx.cond(S.link != "", shown, rx.fragment())


def _answers() -> rx.Component:
    def one(row: ObjectVar[Answer]) -> rx.Component:
        file = out_link(
            rx.fragment(icon("download"), row.text, ", ", row.file_about),
            href=row.file,
            new_tab=False,
            class_name="filelink",
        )
        said = rx.cond(
            row.file != "", file, rx.cond(row.text != "", row.text, rx.el.span("Not answered", class_name="muted"))
        )
        return rx.fragment(rx.el.dt(row.label), rx.el.dd(said), key=row.key)  # pyright: ignore[reportArgumentType]

    given = rx.el.dl(rx.foreach(S.answers, one), class_name="answers")
    said = rx.cond(FACTS.may_waive, "The answers appear here as soon as they are sent.", "No answers were given.")
    waiting = rx.el.p(said, class_name="small muted")
    return _section("Answers", rx.cond(FACTS.has_answers, given, waiting))


def _documents() -> rx.Component:
    def one(row: ObjectVar[Document]) -> rx.Component:
        return rx.el.li(
            out_link(rx.fragment(icon("file-text"), row.title), href=row.address, new_tab=False, class_name="filelink"),
            rx.el.small(row.about), key=row.id.to_string(),
        )  # fmt: skip

    listed = rx.el.ul(rx.foreach(S.documents, one), class_name="papers")
    return rx.cond(S.documents, _section("Documents to read", listed), rx.fragment())


def _history() -> rx.Component:
    def one(step: ObjectVar[Step]) -> rx.Component:
        return rx.el.div(rx.el.span(step.what), rx.el.small(step.when, class_name="a"), class_name="li", key=step.what)

    return _section("History", rx.el.div(rx.foreach(S.history, one)))


def _actions() -> rx.Component:
    return rx.fragment(
        button("Show the link", icon_name="link", on_click=S.show_link),
        button("Waive", icon_name="shield-off", on_click=S.ask_waive(True)),
    )


def _waive() -> rx.Component:
    form = rx.el.form(
        textarea_field(
            "Why is it not needed?", "reason", id="waive-reason", hint="Kept with your name.", error=S.problem, rows="3"
        ),
        rx.el.div(
            button("Keep asking", on_click=S.ask_waive(False)),
            button("Waive the form", kind="danger-solid", type="submit"),
            class_name="end",
        ),
        on_submit=S.waive, class_name="stack",
    )  # fmt: skip
    return dialog(
        "Do without this form?", form, text="The customer is no longer reminded of it.", open=S.asks_waive,
        on_open_change=S.ask_waive,
    )  # fmt: skip
