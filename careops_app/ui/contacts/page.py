"""Contacts: the list, or one record, as the address says."""

import reflex as rx

from careops_app.ui.components import body, empty, icon_button, link_button, skeleton
from careops_app.ui.contacts.address import HOME
from careops_app.ui.contacts.list import contact_list, new_contact_dialog
from careops_app.ui.contacts.record import record
from careops_app.ui.contacts.state import ContactsState, RecordState
from careops_app.ui.shells import staff_shell

NOT_HERE = "It may belong to another business, or the address was copied in part."


def page() -> rx.Component:
    """The screen."""
    shown = rx.cond(RecordState.contact_id != 0, record(), rx.cond(RecordState.missing, _missing(), contact_list()))
    return staff_shell(
        rx.cond(RecordState.contact_id != 0, RecordState.name, "Contacts"),
        rx.cond(ContactsState.loaded, rx.fragment(shown, new_contact_dialog()), _waiting()),
        current="Contacts",
        waiting=_waiting(),
        phone_actions=(
            icon_button("user-plus", "New contact", icon_size=20, on_click=ContactsState.set_asks_new(True)),
        ),
    )  # fmt: skip


def _waiting() -> rx.Component:
    return rx.el.div(rx.el.div(skeleton(10), class_name="card"), class_name="body waiting")


def _missing() -> rx.Component:
    back = link_button("All contacts", to=HOME)
    return body(empty("This contact is not here", NOT_HERE, back, icon_name="search-x"), class_name="waiting")
