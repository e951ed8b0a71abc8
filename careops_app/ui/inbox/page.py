"""The inbox: the list, the thread and the person side by side; one at a time where there is no room."""

import reflex as rx

from careops_app.ui.components import empty, link_icon, skeleton
from careops_app.ui.inbox.delivery import delivery_record
from careops_app.ui.inbox.list import conversations
from careops_app.ui.inbox.person import person_panel
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.inbox.thread import thread
from careops_app.ui.inbox.thread_state import ThreadState
from careops_app.ui.shells import staff_shell

NOT_HERE = "It may belong to another business, or the address was copied in part. Choose one from the list."


def page() -> rx.Component:
    """The screen."""
    is_open = ThreadState.conversation_id != 0
    panes = rx.el.div(
        rx.el.h1("Inbox", id="title", tab_index=-1, class_name="sr"),
        conversations(),
        rx.cond(is_open, rx.fragment(thread(), person_panel()), _nothing_open()),
        class_name=rx.cond(is_open, "ib", "ib alone"),
        custom_attrs={
            "data-view": rx.cond(is_open | ThreadState.missing, "thread", "list"),
            "data-ctx": rx.cond(ThreadState.shows_person, "open", "shut"),
        },
    )
    return staff_shell(
        "Inbox",
        rx.cond(InboxState.loaded, rx.fragment(panes, delivery_record()), _waiting()),
        current="Inbox",
        fit=True,
        waiting=_waiting(),
        phone_actions=(link_icon("square-pen", "Write to a contact", to="/app/contacts/"),),
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.el.section(skeleton(8), class_name="list"), rx.el.section(class_name="th"), class_name="ib alone"
    )


def _nothing_open() -> rx.Component:
    back = link_icon("chevron-left", "Back to conversations", to=InboxState.back, class_name="phone")
    missing = rx.fragment(back, empty("This conversation is not here", NOT_HERE, icon_name="search-x"))
    hint = empty(
        "Choose a conversation",
        "Every message with a customer is here: what they wrote, what you answered, and what went out by itself.",
        icon_name="messages-square",
    )
    return rx.el.section(rx.cond(ThreadState.missing, missing, hint), class_name="th idle", aria_label="Conversation")
