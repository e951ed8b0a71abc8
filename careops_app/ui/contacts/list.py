"""The list of contacts: stages as tabs, search, tags, and the dialog for a new one."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    avatar,
    badge,
    body,
    button,
    card,
    closing,
    column,
    cover_link,
    dialog,
    empty,
    link_button,
    page_header,
    pager,
    problem,
    search_box,
    select,
    tab,
    table,
    tabs,
    text_field,
)
from careops_app.ui.contacts.address import HOME
from careops_app.ui.contacts.rows import ContactLine, Tab
from careops_app.ui.contacts.state import ContactsState

NOT_YOURS = "Needs the permission Inbox or Bookings"


def contact_list() -> rx.Component:
    """Header, filters, table."""
    return rx.fragment(
        page_header("Contacts", ContactsState.total, _new()),
        body(
            tabs("Stages", rx.foreach(ContactsState.tabs, _tab)),
            _filters(),
            rx.cond(ContactsState.lines, card(_table(), _pager()), _nothing()),
        ),
    )


def _new() -> rx.Component:
    ask = ContactsState.set_asks_new(True)
    return rx.cond(
        ContactsState.may_write,
        button("New contact", icon_name="user-plus", kind="primary", class_name="desk", on_click=ask),
        button("New contact", icon_name="user-plus", blocked=True, reason=NOT_YOURS, class_name="desk"),
    )


def _tab(each: ObjectVar[Tab]) -> rx.Component:
    return rx.fragment(tab(each.word, to=each.address, current=each.current, count=each.count), key=each.key)


def _filters() -> rx.Component:
    clear = link_button("Clear filters", to=HOME, icon_name="x", kind="ghost", size="sm")
    return rx.el.div(
        search_box(
            "Search contacts", "search", placeholder="Name, address or number", default_value=ContactsState.q,
            on_change=ContactsState.search, key=f"box-{ContactsState.box}",
        ),
        select(
            "tag", ContactsState.tags, id="tag-filter", small=True, aria_label="Tag", value=ContactsState.tag,
            on_change=ContactsState.choose_tag,
        ),
        rx.cond(ContactsState.filtered, clear, rx.fragment()),
        class_name="tools",
    )  # fmt: skip


def _table() -> rx.Component:
    head = [
        column("Contact"),
        column("Stage"),
        column("Phone", wide_only=True),
        column("Tags", wide_only=True),
        column("Came from", wide_only=True),
        column("Since", wide_only=True, numeric=True),
    ]
    return table(head, rx.foreach(ContactsState.lines, _line), label="Contacts")


def _line(line: ObjectVar[ContactLine]) -> rx.Component:
    who = rx.el.div(
        avatar(line.initials),
        rx.el.div(
            cover_link(line.name, to=line.address),
            rx.el.span(rx.cond(line.email != "", line.email, line.phone), class_name="small muted trunc"),
            class_name="stack",
        ),
        class_name="who",
    )
    return rx.el.tr(
        rx.el.td(who),
        rx.el.td(badge(line.stage, area="lead")),
        rx.el.td(line.phone, class_name="hid nowrap"),
        rx.el.td(rx.el.span(rx.foreach(line.tags, _tag), class_name="row wrap"), class_name="hid"),
        rx.el.td(line.source, class_name="hid"),
        rx.el.td(line.since, class_name="hid num nowrap"),
        key=line.id.to_string(),
    )


def _tag(tag: rx.Var[str]) -> rx.Component:
    return rx.el.span(tag, class_name="tag", key=tag)


def _pager() -> rx.Component:
    shown = pager(ContactsState.pages, to_earlier=ContactsState.earlier_page, to_later=ContactsState.later_page)
    return rx.cond(ContactsState.pages != "", shown, rx.fragment())


def _nothing() -> rx.Component:
    """Nobody yet, or nobody under these filters."""
    nobody = empty(
        "No contacts yet",
        "Whoever writes through your contact form or books a visit appears here by themselves, once. You can also add "
        "somebody by hand.",
        button("Add a contact", kind="primary", on_click=ContactsState.set_asks_new(True)),
        icon_name="users",
    )
    none = empty(
        "Nobody matches",
        "No contact fits the search, stage and tag chosen above.",
        link_button("Clear filters", to=HOME),
        icon_name="list-filter",
    )
    return card(rx.cond(ContactsState.filtered, none, nobody))


def new_contact_dialog() -> rx.Component:
    """A name, and an address when one is known."""
    errors = ContactsState.errors
    form = rx.el.form(
        text_field("Name", "new_name", error=errors.get("name", ""), auto_focus=True),
        text_field("Email", "new_email", type="email", error=errors.get("email", ""), optional=True),
        text_field("Phone", "new_phone", type="tel", error=errors.get("phone", ""), optional=True),
        problem("new-contact", errors.get("form", "")),
        rx.el.div(closing(button("Cancel")), button("Add contact", kind="primary", type="submit"), class_name="end"),
        class_name="stack",
        no_validate=True,
        on_submit=ContactsState.create,
    )
    return dialog(
        "New contact", form, text="An address that is known already leads to the contact who has it.",
        open=ContactsState.asks_new, on_open_change=ContactsState.set_asks_new,
    )  # fmt: skip
