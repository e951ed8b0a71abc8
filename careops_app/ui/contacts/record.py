"""One contact: who it is on one side, the story on the other."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    avatar,
    back_link,
    badge,
    body,
    button,
    card,
    closing,
    dialog,
    icon,
    link,
    link_button,
    menu,
    menu_action,
    menu_group,
    out_link,
    padded,
    page_header,
    problem,
    switch,
    tab,
    tabs,
    text_field,
    textarea_field,
)
from careops_app.ui.contacts.rows import Address, StageMove, Tab
from careops_app.ui.contacts.state import ContactsState, RecordState
from careops_app.ui.inbox.person import form_line, visit_card
from careops_app.ui.session import SessionState
from careops_app.ui.timeline.view import timeline_line
from careops_app.workspace.access import Permission

MAY_WRITE = ContactsState.may_write


def record() -> rx.Component:
    """The record of the contact that the address names."""
    return rx.fragment(
        rx.el.div(back_link("All contacts", to=ContactsState.here), class_name="rhead"),
        page_header(RecordState.name, RecordState.came, *_actions()),
        body(rx.el.div(_story(), rx.el.aside(_about(), _visits(), _forms(), class_name="cards"), class_name="rec")),
        _edit_dialog(),
    )


def _actions() -> tuple[rx.Component, ...]:
    book = link_button(
        "Book a visit", icon_name="calendar-plus", to=f"/app/bookings/?new=1&contact={RecordState.contact_id}"
    )
    asks = link_button(
        "Expected a message?", icon_name="circle-help", to=f"/app/explain/?contact={RecordState.contact_id}"
    )
    write = button("Write", icon_name="square-pen", kind="primary", on_click=RecordState.write)
    return (
        _if(MAY_WRITE, button("Edit", icon_name="pencil", on_click=RecordState.set_editing(True))),
        _if(_may(Permission.BOOKINGS), book),
        _if(_may(Permission.INBOX), asks),
        _if(_may(Permission.INBOX), write),
    )


def _may(permission: Permission) -> rx.Var[bool]:
    return SessionState.permissions.contains(permission.value)


def _if(holds: rx.Var[bool] | bool, shown: rx.Component) -> rx.Component:
    return rx.cond(holds, shown, rx.fragment())


def _about() -> rx.Component:
    reached = rx.cond(
        RecordState.addresses,
        rx.el.dl(rx.foreach(RecordState.addresses, _address), class_name="defs"),
        rx.el.p("No address is known.", class_name="small muted"),
    )
    return card(
        rx.el.div(
            avatar(RecordState.initials, "lg"),
            rx.el.div(badge(RecordState.stage, area="lead", bare=False), _stage_menu(), class_name="row wrap grow"),
            class_name="hd",
        ),
        padded(reached, _tags(), _messages_switch(), class_name="stack"),
        id="about",
    )


def _messages_switch() -> rx.Component:
    """The kill switch of this contact, and who pulled it."""
    runs = RecordState.stopped == ""
    change = switch("Automatic messages", on=runs, on_click=RecordState.switch_messages(~runs))
    look = switch("Automatic messages", on=runs, blocked=True, reason="Only for members who may use the inbox")
    said = rx.cond(
        runs, "Reminders and confirmations go out by themselves.",
        "Stopped by " + RecordState.stopped + ". Nothing goes out by itself; people may write.",
    )  # fmt: skip
    return rx.el.div(
        rx.el.div(
            rx.el.span("Automatic messages", class_name="strong grow"), rx.cond(_may(Permission.INBOX), change, look),
            class_name="row",
        ),
        rx.el.p(said, class_name="small muted"),
    )  # fmt: skip


def _address(each: ObjectVar[Address]) -> rx.Component:
    return rx.fragment(
        rx.el.dt(each.kind), rx.el.dd(out_link(each.shown, href=each.href, new_tab=False)), key=each.href
    )


def _stage_menu() -> rx.Component:
    moving = menu(
        lambda **props: rx.el.button(
            "Move", icon("chevron-down", 14), type="button", class_name="btn sm",
            aria_label="Move to another stage", **props,
        ),
        menu_group("Move to"),
        rx.foreach(RecordState.moves, _move),
        id="stage-menu", label="Stage",
    )  # fmt: skip
    return _if(MAY_WRITE, moving)


def _move(move: ObjectVar[StageMove]) -> rx.Component:
    act = menu_action(move.word, icon_name="arrow-right", id="stage-menu", on_click=RecordState.move_to(move.key))
    return rx.fragment(act, key=move.key)


def _tags() -> rx.Component:
    form = rx.el.form(
        rx.el.input(
            name="tag", type="text", placeholder="Add a tag", class_name="input sm", aria_label="Add a tag",
            auto_complete="off", max_length=40,
        ),
        button("Add", size="sm", type="submit"),
        id="tag-form", class_name="row", on_submit=RecordState.add_tag,
    )  # fmt: skip
    shown = rx.el.div(rx.foreach(RecordState.tags, _tag), class_name="row wrap")
    return rx.fragment(
        rx.cond(RecordState.tags, shown, rx.fragment()),
        _if(MAY_WRITE, form),
        problem("tag", RecordState.errors.get("tag", "")),
    )


def _tag(tag: rx.Var[str]) -> rx.Component:
    remove = rx.el.button(
        icon("x", 14), type="button", aria_label=f"Remove the tag {tag}", on_click=RecordState.remove_tag(tag)
    )
    return rx.el.span(tag, _if(MAY_WRITE, remove), class_name="tag", key=tag)


def _visits() -> rx.Component:
    none = rx.el.p("No visit is planned.", class_name="small muted")
    past = rx.el.p(RecordState.past_visits, class_name="small muted")
    return card(
        padded(
            rx.cond(RecordState.next_visit, rx.foreach(RecordState.next_visit, visit_card), none),
            _if(RecordState.past_visits != "", past),
            class_name="stack",
        ),
        title="Next visit",
        id="next-visit",
    )


def _forms() -> rx.Component:
    shown = card(
        padded(rx.el.ul(rx.foreach(RecordState.forms, form_line), class_name="pl")), title="Forms", id="forms",
        beside=link("All forms", to="/app/forms/", class_name="small"),
    )  # fmt: skip
    return rx.cond(RecordState.forms, shown, rx.fragment())


def _story() -> rx.Component:
    earlier = _if(
        RecordState.has_earlier,
        button("Show earlier", size="sm", kind="ghost", icon_name="chevron-up", on_click=RecordState.show_earlier),
    )
    lines = rx.el.div(
        rx.foreach(RecordState.lines, lambda line: timeline_line(line, RecordState.open_message)), class_name="msgs"
    )
    nothing = rx.el.p(
        rx.cond(RecordState.is_narrowed, "Nothing of this kind so far.", "Nothing has happened yet."),
        class_name="pad ink2",
    )
    return rx.el.section(
        tabs("The story of " + RecordState.first_name, rx.foreach(RecordState.tabs, _tab)),
        rx.el.div(
            rx.el.div(earlier, rx.cond(RecordState.lines, lines, nothing)), class_name="reel", tab_index=0,
            key=f"{RecordState.contact_id}",
        ),
        _if(MAY_WRITE, _note_form()),
        class_name="card story-card", aria_label="Story",
    )  # fmt: skip


def _tab(each: ObjectVar[Tab]) -> rx.Component:
    return rx.fragment(tab(each.word, to=each.address, current=each.current), key=each.key)


def _note_form() -> rx.Component:
    return rx.el.form(
        rx.el.textarea(
            name="note", rows="2", class_name="input", placeholder="A note for the team", aria_label="Note",
            key=f"{RecordState.contact_id}",
        ),
        problem("note", RecordState.errors.get("note", "")),
        button("Save note", icon_name="sticky-note", type="submit", size="sm"),
        id="note-form", class_name="noting", on_submit=RecordState.add_note,
    )  # fmt: skip


def _edit_dialog() -> rx.Component:
    errors = RecordState.errors
    form = rx.el.form(
        text_field("Name", "name", default_value=RecordState.name, error=errors.get("name", "")),
        textarea_field(
            "Email", "emails", rows=2, default_value=RecordState.emails, error=errors.get("email", ""), optional=True,
            hint="One in a line. The first is the one that is used.",
        ),
        textarea_field(
            "Phone", "phones", rows=2, default_value=RecordState.phones, error=errors.get("phone", ""), optional=True,
            hint="One in a line. The first is the one that is used.",
        ),
        problem("edit-contact", errors.get("form", "")),
        rx.el.div(closing(button("Cancel")), button("Save contact", kind="primary", type="submit"), class_name="end"),
        class_name="stack", no_validate=True, on_submit=RecordState.save,
    )  # fmt: skip
    return dialog(
        "Name and addresses", form, open=RecordState.editing, on_open_change=RecordState.set_editing
    )  # fmt: skip
