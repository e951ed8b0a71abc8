"""One booking: what and when, what is still missing, what goes out, what it uses, what happened."""

from __future__ import annotations

from typing import Any

import reflex as rx

from careops_app.ui.bookings.group import group
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.plan import plan_line, reword_dialog
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.components import (
    badge,
    button,
    dialog,
    fact,
    facts,
    icon,
    link,
    link_icon,
    menu,
    menu_action,
    note,
    side_panel,
    step,
    steps,
    textarea_field,
)

FACTS: Any = RecordState.facts
STEPS: Any = RecordState.steps


def record() -> rx.Component:
    """The open booking, with the dialogs that belong to it."""
    panel = side_panel(
        group(), _forms(), _messages(), _stock(), _history(),
        label="Booking: " + FACTS.who, to_close=RecordState.close_to, header=_header(), actions=_actions(),
    )  # fmt: skip
    return rx.fragment(panel, _cancel_dialog(), _waive_dialog(), reword_dialog())


def _header() -> rx.Component:
    title = rx.el.div(
        rx.el.div(
            rx.el.div(rx.el.h2(FACTS.who), badge(FACTS.status, area="booking", bare=False), class_name="row wrap"),
            rx.el.p("Reference ", FACTS.reference, ", ", FACTS.booked, class_name="small muted"),
            class_name="grow",
        ),
        link_icon("x", "Close", to=RecordState.close_to, size="sm"),
        class_name="ttl",
    )
    lines = facts(
        fact("scissors", rx.el.b(FACTS.service), ", ", FACTS.terms),
        fact("clock", rx.el.b(FACTS.when), rx.cond(FACTS.soon != "", rx.fragment(", ", FACTS.soon), rx.fragment())),
        fact("user-round", FACTS.staff, rx.cond(FACTS.place != "", rx.fragment(", ", FACTS.place), rx.fragment())),
        _fact_if(FACTS.given, "mail"),
        _fact_if(FACTS.note, "message-square-text"),
        _fact_if(FACTS.overlap, "layers-2"),
        _fact_if(FACTS.ended, "ban"),
    )
    way = steps(
        "Progress",
        step("Requested", reached=FACTS.reached >= 1, current=FACTS.reached == 1),
        step("Confirmed", reached=FACTS.reached >= 2, current=FACTS.reached == 2),
        step("Checked in", reached=FACTS.reached >= 3, current=FACTS.reached == 3),
        step("Completed", reached=FACTS.reached >= 4, current=FACTS.reached == 4),
    )
    return rx.fragment(
        title, lines, rx.cond(FACTS.agreed != "", _clocks_changed(), rx.fragment()),
        rx.cond(FACTS.reached > 0, way, rx.fragment()),
    )  # fmt: skip


def _clocks_changed() -> rx.Component:
    """New time zone rules gave the visit another time on the clock: nothing has moved, and somebody decides."""
    return note(
        rx.el.b("The clocks have changed since this was booked"),
        rx.el.p("Agreed was ", FACTS.agreed, ". With the new time zone rules the clock shows ", FACTS.shows, " then."),
        rx.el.div(
            button("Keep the agreed clock time", size="sm", kind="primary", on_click=RecordState.keep_clock_time),
            button("Keep the instant", size="sm", on_click=RecordState.keep_instant),
            class_name="row wrap",
        ),
        tone="warn", icon_name="calendar-clock",
    )  # fmt: skip


def _fact_if(words: Any, drawing: str) -> rx.Component:
    return rx.cond(words != "", fact(drawing, words), rx.fragment())


def _section(title: str, beside: Any, content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h3(title, beside), content)


def _forms() -> rx.Component:
    shown = _section(
        "Forms", rx.el.span(RecordState.forms_done, class_name="muted"), rx.el.div(rx.foreach(RecordState.forms, _form))
    )
    return rx.cond(RecordState.forms, shown, rx.fragment())


def _form(row: Any) -> rx.Component:
    waive = rx.cond(
        row.may_waive, button("Waive", size="sm", kind="ghost", on_click=RecordState.ask_waive(row.id)), rx.fragment()
    )
    name = link(row.name, to="/app/forms/?request=" + row.id.to_string())
    return rx.el.div(
        name, rx.el.div(badge(row.status, area="form", bare=True), waive, class_name="row"),
        rx.el.small(row.support), class_name="li", key=row.id.to_string(),
    )  # fmt: skip


def _messages() -> rx.Component:
    lines = rx.el.ul(rx.foreach(RecordState.messages, plan_line), class_name="plan")
    none = rx.el.p("Nothing goes out about this visit.", class_name="small muted")
    asks = rx.el.p(link("Expected a message?", to="/app/explain/?booking=" + FACTS.id.to_string()), class_name="small")
    to = link("Open conversation", to="/app/inbox/?contact=" + FACTS.contact_id.to_string())
    return _section("Message plan", to, rx.fragment(rx.cond(RecordState.messages, lines, none), asks))


def _stock() -> rx.Component:
    shown = _section("Stock for this visit", rx.fragment(), rx.el.div(rx.foreach(RecordState.stock, _item)))
    return rx.cond(RecordState.stock, shown, rx.fragment())


def _item(row: Any) -> rx.Component:
    return rx.el.div(
        link(row.name, to="/app/inventory/?item=" + row.item_id.to_string()), rx.el.span(row.amount, class_name="strong"),
        rx.el.small(row.word), class_name="li", key=row.item_id.to_string(),
    )  # fmt: skip


def _history() -> rx.Component:
    return _section("History", rx.fragment(), rx.el.div(rx.foreach(RecordState.history, _happened)))


def _happened(row: Any) -> rx.Component:
    return rx.el.div(rx.el.span(row.what), rx.el.small(row.when, class_name="a"), class_name="li", key=row.key)


def _actions() -> rx.Component:
    return rx.fragment(
        _next("confirmed", "Confirm", "calendar-check"),
        _next("checked_in", "Check in", "user-check"),
        _next("completed", "Complete", "circle-check"),
        rx.cond(
            FACTS.may_move,
            button(
                "Move", icon_name="calendar-clock", on_click=MakingState.begin_move, aria_label="Move to another time"
            ),
            rx.fragment(),
        ),
        rx.cond(FACTS.may_cancel | FACTS.may_move | STEPS.contains("no_show"), _more(), rx.fragment()),
    )


def _next(status: str, word: str, drawing: str) -> rx.Component:
    """The next legal move is the primary action; completing without checking in is offered second."""
    first = STEPS[0] == status
    act = RecordState.take(status)
    shown = rx.cond(
        first,
        button(word, icon_name=drawing, kind="primary", on_click=act),
        button(word, icon_name=drawing, on_click=act),
    )
    return rx.cond(STEPS.contains(status), shown, rx.fragment())


def _more() -> rx.Component:
    longer = menu_action(
        "Change length", icon_name="move-vertical", id="booking-more", on_click=MakingState.begin_length
    )
    no_show = menu_action("Did not come", icon_name="user-x", id="booking-more", on_click=RecordState.take("no_show"))
    new_link = menu_action("Send a new link", icon_name="send", id="booking-more", on_click=RecordState.renew_link)
    no_link = menu_action("Stop the old link", icon_name="lock", id="booking-more", on_click=RecordState.revoke_link)
    end = menu_action(
        rx.cond(FACTS.status == "pending", "Decline the request", "Cancel the visit"), icon_name="ban", id="booking-more",
        danger=True, on_click=RecordState.ask_cancel(True),
    )  # fmt: skip
    return menu(
        lambda **props: rx.el.button(icon("ellipsis"), type="button", class_name="btn icon", aria_label="More", **props),
        rx.cond(FACTS.may_move, longer, rx.fragment()),
        rx.cond(STEPS.contains("no_show"), no_show, rx.fragment()),
        rx.cond(FACTS.may_move, rx.fragment(new_link, no_link), rx.fragment()),
        rx.cond(FACTS.may_cancel, end, rx.fragment()),
        id="booking-more", label="More", class_name="up",
    )  # fmt: skip


def _reason_form(handler: Any, verb: Any, hint: str, safe: rx.Component) -> rx.Component:
    return rx.el.form(
        textarea_field("Reason", "reason", hint=hint, error=RecordState.problem, id="booking-reason", rows="3"),
        rx.el.div(safe, button(verb, kind="danger-solid", type="submit"), class_name="end"),
        on_submit=handler, class_name="stack",
    )  # fmt: skip


def _cancel_dialog() -> rx.Component:
    is_request = FACTS.status == "pending"
    keep = button("Keep the visit", on_click=RecordState.ask_cancel(False))
    form = _reason_form(
        RecordState.cancel, rx.cond(is_request, "Decline the request", "Cancel the visit"),
        "The customer reads this.", keep,
    )  # fmt: skip
    return dialog(
        rx.cond(is_request, "Decline this request?", "Cancel this visit?"), form,
        text="The time is free at once, reserved stock is released, reminders stop, and the customer is told.",
        open=RecordState.asks_cancel, on_open_change=RecordState.ask_cancel,
    )  # fmt: skip


def _waive_dialog() -> rx.Component:
    keep = button("Keep asking", on_click=RecordState.stop_waiving(False))
    form = _reason_form(RecordState.waive, "Waive the form", "Kept on the booking with your name.", keep)
    return dialog(
        "Do without this form?", form, text="The customer is no longer reminded of it.",
        open=RecordState.waiving > 0, on_open_change=RecordState.stop_waiving,
    )  # fmt: skip
