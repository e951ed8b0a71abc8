"""The thread: what was said and what happened, who looks after it, and the composer below."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    avatar,
    button,
    confirm,
    icon,
    icon_button,
    link_icon,
    menu,
    menu_action,
    menu_group,
    menu_link,
)
from careops_app.ui.inbox.composer import composer
from careops_app.ui.inbox.pause import pause_banner, resume_dialog
from careops_app.ui.inbox.practice import practice_dialog
from careops_app.ui.inbox.rows import Seat
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.inbox.thread_state import ThreadState
from careops_app.ui.timeline.view import timeline_line


def thread() -> rx.Component:
    """The middle pane."""
    return rx.el.section(
        _header(),
        _story(),
        pause_banner(),
        composer(),
        resume_dialog(),
        practice_dialog(),
        _close_question(),
        class_name="th",
        aria_label="Conversation with " + ThreadState.name,
    )


def _header() -> rx.Component:
    who = rx.el.div(
        rx.el.h2(ThreadState.name, class_name="trunc"),
        rx.el.p(ThreadState.reached, class_name="small muted trunc"),
        class_name="grow",
    )
    panel = icon_button(
        "panel-right", "Contact details", size="sm", icon_size=18, class_name="ctxbtn",
        on_click=ThreadState.set_shows_person(~ThreadState.shows_person),
    )  # fmt: skip
    return rx.el.header(
        link_icon("chevron-left", "Back to conversations", to=InboxState.back, class_name="phone"),
        avatar(ThreadState.initials),
        who,
        rx.el.span(_assign(), _close_or_reopen(), class_name="row desk"),
        _more(),
        panel,
    )


def _assign() -> rx.Component:
    words = rx.cond(ThreadState.assigned != "", ThreadState.assigned, "Assign")
    said = rx.cond(ThreadState.assigned != "", "Assigned to " + ThreadState.assigned + ". Change", "Assign")
    return menu(
        lambda **props: rx.el.button(
            icon("user-round"), rx.el.span(words, class_name="lb"), icon("chevron-down", 14), type="button",
            class_name="btn sm", aria_label=said, **props,
        ),
        *_seats("assign-menu"),
        id="assign-menu", label="Who looks after it",
    )  # fmt: skip


def _seats(menu_id: str) -> list[rx.Component]:
    nobody = menu_action("Nobody in particular", icon_name="user-x", id=menu_id, on_click=ThreadState.assign_to(0))
    return [menu_group("Who looks after it"), rx.foreach(ThreadState.seats, lambda one: _seat(one, menu_id)), nobody]


def _seat(seat: ObjectVar[Seat], menu_id: str) -> rx.Component:
    name = rx.cond(seat.is_current, f"{seat.name} ✓", seat.name)
    taken = menu_action(name, icon_name="user-round", id=menu_id, on_click=ThreadState.assign_to(seat.id))
    return rx.fragment(taken, key=seat.id.to_string())


def _close_or_reopen() -> rx.Component:
    def labelled(word: str, drawing: str, act: rx.EventHandler) -> rx.Component:
        return rx.el.button(
            icon(drawing), rx.el.span(word, class_name="lb"), type="button", class_name="btn sm", on_click=act,
            aria_label=f"{word} conversation",
        )  # fmt: skip

    return rx.cond(
        ThreadState.closed,
        labelled("Reopen", "rotate-ccw", ThreadState.reopen),
        labelled("Close", "check", ThreadState.close),
    )


def _more() -> rx.Component:
    """Everything that is not needed all the time; on a phone also what has no room in the header."""
    menu_id = "thread-menu"
    practice = menu_action(
        "Simulate a reply", icon_name="flask-conical", id=menu_id, on_click=ThreadState.set_practices(True)
    )
    state = rx.cond(
        ThreadState.closed,
        menu_action("Reopen", icon_name="rotate-ccw", id=menu_id, on_click=ThreadState.reopen),
        menu_action("Close", icon_name="check", id=menu_id, on_click=ThreadState.close),
    )
    return menu(
        lambda **props: icon_button("ellipsis", "More", size="sm", icon_size=18, **props),
        menu_link("Open the contact", icon_name="user-round", to=f"/app/contacts/?contact={ThreadState.contact_id}"),
        menu_link("Expected a message?", icon_name="circle-help", to=f"/app/explain/?contact={ThreadState.contact_id}"),
        menu_link("Book a visit", icon_name="calendar-plus", to=f"/app/bookings/?new=1&contact={ThreadState.contact_id}"),
        rx.cond(ThreadState.practice, practice, rx.fragment()),
        rx.el.div(rx.el.hr(), state, *_seats(menu_id), class_name="phone"),
        id=menu_id, label="More",
    )  # fmt: skip


def _story() -> rx.Component:
    earlier = rx.cond(
        ThreadState.has_earlier,
        button("Show earlier", size="sm", kind="ghost", icon_name="chevron-up", on_click=ThreadState.show_earlier),
        rx.fragment(),
    )
    lines = rx.el.div(
        rx.foreach(ThreadState.lines, lambda line: timeline_line(line, ThreadState.open_message)),
        class_name="msgs", role="log", aria_label="Messages, oldest first",
    )  # fmt: skip
    newest = rx.el.button(
        icon("arrow-down", 14), "New message below", type="button", class_name="btn sm newest", hidden=True,
        custom_attrs={"data-newest": "1"},
    )  # fmt: skip
    return rx.el.div(
        rx.el.div(rx.el.div(earlier, lines), class_name="reel", tab_index=0, key=f"reel-{ThreadState.conversation_id}"),
        newest,
        class_name="story",
    )


def _close_question() -> rx.Component:
    return confirm(
        "Close the conversation with " + ThreadState.name + "?", ThreadState.close_consequence,
        verb="Close and drop", safe="Keep it open", open=ThreadState.asks_close,
        on_open_change=ThreadState.set_asks_close, on_confirm=ThreadState.close,
    )  # fmt: skip
