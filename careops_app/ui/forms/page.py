"""The forms screen: requests with one beside them, the forms there are, or the builder of one."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    badge,
    body,
    button,
    column,
    cover_link,
    empty,
    link_button,
    page_header,
    pager,
    segment,
    segmented,
    tab,
    table,
    tabs,
)
from careops_app.ui.forms.asking import asking
from careops_app.ui.forms.asking_state import AskingState
from careops_app.ui.forms.builder import builder
from careops_app.ui.forms.builder_dialogs import making
from careops_app.ui.forms.builder_state import BuilderState
from careops_app.ui.forms.request import request
from careops_app.ui.forms.request_state import RequestState
from careops_app.ui.forms.rows import Choice, FormLine, Line
from careops_app.ui.forms.state import FormsState
from careops_app.ui.session import SessionState
from careops_app.ui.shells import staff_shell
from careops_app.workspace.access import Permission

S = FormsState
IS_OWNER = SessionState.permissions.contains(Permission.CONFIGURE.value)


def page() -> rx.Component:
    """The screen."""
    content = rx.match(S.view, ("builder", builder()), ("forms", _forms()), _requests())
    shown = rx.fragment(content, asking(), making())  # pyright: ignore[reportArgumentType]
    return staff_shell("Forms", rx.cond(S.loaded, shown, rx.fragment()), current="Forms")


def _views() -> rx.Component:
    def one(each: ObjectVar[Choice]) -> rx.Component:
        return segment(each.word, to=each.address, current=each.is_current)

    return segmented("View", rx.foreach(S.views, one))


# --- requests ---------------------------------------------------------------------------------------------------------


def _requests() -> rx.Component:
    ask = button("Ask for a form", icon_name="send", kind="primary", on_click=AskingState.begin)
    listed = rx.el.div(rx.cond(S.lines, rx.el.div(_table(), class_name="card"), _nothing()), _pager())
    beside = rx.el.div(
        listed,
        rx.cond(RequestState.shown, request(), rx.fragment()),
        rx.cond(RequestState.gone, _gone(), rx.fragment()),
        class_name="beside",
        custom_attrs={"data-open": rx.cond(RequestState.shown | RequestState.gone, "true", "false")},
    )
    support = "What customers are asked before their visits, and how it stands."
    return rx.fragment(page_header("Forms", support, _views(), ask), body(_filters(), beside))


def _filters() -> rx.Component:
    def one(each: ObjectVar[Choice]) -> rx.Component:
        return rx.fragment(tab(each.word, to=each.address, current=each.is_current, count=each.number), key=each.key)  # pyright: ignore

    return tabs("Filter", rx.foreach(S.filters, one))


def _table() -> rx.Component:
    head = (
        column("Customer"),
        column("Form", wide_only=True),
        column("Visit", wide_only=True),
        column("When"),
        column("State"),
    )
    return table(head, rx.foreach(S.lines, _line), label="Forms that were asked for")


def _line(line: ObjectVar[Line]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(cover_link(line.who, to=line.address), rx.el.div(line.form, class_name="small muted phone")),
        rx.el.td(line.form, class_name="hid"),
        rx.el.td(line.visit, class_name="hid"),
        rx.el.td(line.when),
        rx.el.td(badge(line.status, area="form")),
        aria_current=rx.cond(line.is_open, rx.Var.create("true"), rx.Var("undefined")),
        key=line.id.to_string(),
    )


def _pager() -> rx.Component:
    paged = pager(S.pages, to_earlier=S.earlier_page, to_later=S.later_page)
    return rx.cond(S.pages != "", paged, rx.fragment())


def _nothing() -> rx.Component:
    said = empty(
        "No forms here", "Nothing is listed under “" + S.list_word + "”. Forms are sent by themselves after a booking of a "
        "service they belong to, or by hand.",
        link_button("See all requests", to="/app/forms/?filter=all"), icon_name="clipboard-list",
    )  # fmt: skip
    return rx.el.div(said, class_name="card")


def _gone() -> rx.Component:
    return rx.el.aside(
        empty(
            "This form is not here", "It may belong to another business, or the address is mistyped.",
            link_button("Back to the list", to=RequestState.close_to), icon_name="search-x",
        ),
        class_name="dr",
    )  # fmt: skip


# --- forms ------------------------------------------------------------------------------------------------------------


def _forms() -> rx.Component:
    make = button("New form", icon_name="plus", kind="primary", on_click=BuilderState.begin(True))
    actions = [_views(), rx.cond(IS_OWNER, make, rx.fragment())]
    support = "Questions and documents; each is sent after bookings of the services it belongs to."
    rows = rx.el.ul(rx.foreach(S.forms, _form), class_name="rows")
    start = button("Make the first form", kind="primary", icon_name="plus", on_click=BuilderState.begin(True))
    first = empty(
        "No forms yet", "A form asks what you need to know before a visit, such as allergies, or has an agreement signed.",
        rx.cond(IS_OWNER, start, rx.el.span("An owner can make forms.", class_name="muted")), icon_name="clipboard-list",
    )  # fmt: skip
    return rx.fragment(
        page_header("Forms", support, *actions), body(rx.el.div(rx.cond(S.forms, rows, first), class_name="card"))
    )


def _form(line: ObjectVar[FormLine]) -> rx.Component:
    name = rx.cond(IS_OWNER, cover_link(line.name, to=line.address), rx.el.span(line.name, class_name="strong"))
    state = rx.cond(line.is_retired, badge("work.off", label="Retired", bare=True), rx.fragment())
    counts = rx.el.small(line.pending, " pending, ", line.overdue, " overdue, ", line.done, " done")
    return rx.el.li(
        rx.el.div(name, rx.el.small(line.about), rx.el.small(line.sent_with), class_name="grow"),
        rx.el.div(state, counts, class_name="ends"),
        key=line.id.to_string(),
    )
