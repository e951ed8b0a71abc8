"""The panel beside the thread: who this is, the next visit, forms, and what will go out by itself."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import avatar, badge, icon_button, link
from careops_app.ui.inbox.person_state import Fact, FormLine, Visit
from careops_app.ui.inbox.rows import Waiting
from careops_app.ui.inbox.thread_state import ThreadState


def person_panel() -> rx.Component:
    """The right pane; over the thread where there is no room beside it."""
    contact = f"/app/contacts/?contact={ThreadState.contact_id}"
    shut = rx.cond(
        ThreadState.shows_person,
        rx.el.button(
            rx.el.span("Close details", class_name="sr"), type="button", class_name="scrim narrow", tab_index=-1,
            on_click=ThreadState.set_shows_person(False),
        ),
        rx.fragment(),
    )  # fmt: skip
    return rx.fragment(
        shut,
        rx.el.aside(
            _who(contact), _next_visit(), _forms(), _planned(), class_name="ctx",
            aria_label="About " + ThreadState.name,
        ),
    )  # fmt: skip


def _who(contact: str) -> rx.Component:
    close = icon_button(
        "x", "Close details", size="sm", icon_size=18, class_name="ctxbtn", on_click=ThreadState.set_shows_person(False)
    )
    return rx.el.section(
        rx.el.div(
            avatar(ThreadState.initials, "lg"),
            rx.el.div(
                link(ThreadState.name, to=contact, class_name="strong"),
                rx.el.p(ThreadState.since, class_name="small muted"),
                class_name="grow",
            ),
            close,
            class_name="row",
        ),
        rx.el.dl(rx.foreach(ThreadState.facts, _fact)),
        rx.el.div(
            badge(ThreadState.stage, area="lead"),
            rx.foreach(ThreadState.tags, lambda tag: rx.el.span(tag, class_name="tag", key=tag)),
            class_name="row wrap",
        ),
    )


def _fact(fact: ObjectVar[Fact]) -> rx.Component:
    return rx.fragment(rx.el.dt(fact.name), rx.el.dd(fact.value), key=fact.value)


def _next_visit() -> rx.Component:
    none = rx.el.p("No visit is planned.", class_name="small muted")
    before = rx.cond(
        ThreadState.past_visits != "", rx.el.p(ThreadState.past_visits, class_name="small muted"), rx.fragment()
    )
    book = link("Book a visit", to=f"/app/bookings/?new=1&contact={ThreadState.contact_id}")
    visits = rx.cond(ThreadState.next_visit, rx.foreach(ThreadState.next_visit, visit_card), none)
    return rx.el.section(rx.el.h3(rx.el.span("Next visit"), book), visits, before)


def visit_card(visit: ObjectVar[Visit]) -> rx.Component:
    """One booking as a card that opens it."""
    return link(
        rx.el.div(rx.el.b(visit.when, class_name="grow"), badge(visit.status, area="booking", bare=True), class_name="row"),
        rx.el.span(visit.what, class_name="ink2"),
        to="/app/bookings/?booking=" + visit.id.to_string(), class_name="mini", key=visit.id.to_string(),
    )  # fmt: skip


def _forms() -> rx.Component:
    shown = rx.el.section(rx.el.h3("Forms"), rx.el.ul(rx.foreach(ThreadState.forms, form_line), class_name="pl"))
    return rx.cond(ThreadState.forms, shown, rx.fragment())


def form_line(form: ObjectVar[FormLine]) -> rx.Component:
    """One form with where it stands."""
    return rx.el.li(
        link(form.name, to="/app/forms/?request=" + form.id.to_string()),
        badge(form.status, area="form", bare=True),
        rx.el.small(form.when),
        key=form.id.to_string(),
    )


def _planned() -> rx.Component:
    shown = rx.el.section(
        rx.el.h3("Planned messages"), rx.el.ul(rx.foreach(ThreadState.planned, _message), class_name="pl")
    )
    return rx.cond(ThreadState.planned, shown, rx.fragment())


def _message(each: ObjectVar[Waiting]) -> rx.Component:
    return rx.el.li(
        rx.el.span(each.what), badge(each.state, area="message", bare=True), rx.el.small(each.when), key=each.key
    )
