"""The team list with its invitations, and the form that invites somebody."""

import reflex as rx
from reflex.vars import ObjectVar

from careops_app.ui.components import (
    avatar,
    badge,
    button,
    checkbox,
    confirm,
    icon_button,
    menu,
    menu_action,
    rows,
    select_field,
    switch,
    text_field,
)
from careops_app.ui.settings.team.state import (
    PERMISSION_WORDS,
    ROLE_WORDS,
    InvitationLine,
    MemberLine,
    TeamState,
)

S = TeamState
ROLES = [(role.value, word) for role, word in reversed(ROLE_WORDS.items())]


def team_list() -> rx.Component:
    """Everybody who works here, and everybody who is invited."""
    return rx.fragment(
        rows(rx.foreach(S.members, _member), rx.foreach(S.invitations, _invitation), class_name="team"),
        confirm(
            f"End the access of {S.leaving_name}?",
            "They are signed out everywhere at once. Their visits and messages stay as they are, and you can give the "
            "access back at any time.",
            verb="End access", safe="Keep access", open=S.asking, on_open_change=S.set_asking,
            on_confirm=S.deactivate,
        ),
    )  # fmt: skip


def invite_form() -> rx.Component:
    """Invites one person; empties itself after each."""
    return rx.el.form(
        rx.el.div(
            text_field("E-mail", "email", type="email", error=S.errors["email"]),
            text_field("Name", "person", error=S.errors["person"], optional=True),
            class_name="two",
        ),
        select_field("Role", "role", ROLES, hint="An owner may do everything, this page included."),
        _permissions("What they may do"),
        rx.el.div(button("Send the invitation", kind="primary", type="submit"), class_name="row wrap"),
        on_submit=S.invite,
        no_validate=True,
        class_name="setup",
        key=f"invite-{S.invited}",
    )


def staff_sight() -> rx.Component:
    """Whether staff see everything, in plain words."""
    everything = "Staff see all visits, customers and conversations, within the permissions you gave them."
    own = (
        "Staff see the visits in their own calendar, the customers of those visits, and conversations assigned to them. "
        "Lists, search and numbers count only these. Owners see everything."
    )
    return rx.el.div(
        rx.el.div(
            rx.el.b("Staff see everything", class_name="strong"),
            rx.el.small(rx.cond(S.staff_see_all, everything, own), class_name="muted"),
            class_name="grow",
        ),
        rx.el.span(rx.cond(S.staff_see_all, "On", "Off"), class_name="small muted"),
        switch("Staff see everything", on=S.staff_see_all, on_click=S.let_staff_see_all(~S.staff_see_all)),
        class_name="row line",
    )


def _member(line: ObjectVar[MemberLine]) -> rx.Component:
    me = rx.cond(line.is_me, rx.el.span("You", class_name="tag"), rx.fragment())
    named = rx.el.div(
        rx.el.div(rx.el.b(line.name, class_name="strong"), me, class_name="row"),
        rx.el.small(line.email),
        rx.el.small(line.rights),
        class_name="grow",
    )
    state = rx.cond(line.active, _bookable(line), badge("member.deactivated"))
    shown = rx.el.div(avatar(line.initials, staff=True), named, state, _actions(line), class_name="row line")
    return rx.el.li(
        shown,
        rx.cond(S.editing == line.id, _rights_form(line), rx.fragment()),
        class_name="openable",
        key=f"m{line.id}",
    )


def _bookable(line: ObjectVar[MemberLine]) -> rx.Component:
    """Whether customers can book them; the owner too."""
    return rx.el.div(
        rx.el.span("Takes bookings", class_name="small muted"),
        switch(
            f"{line.name} takes bookings", on=line.takes_bookings,
            on_click=S.take_bookings(line.id, ~line.takes_bookings),
        ),
        class_name="row",
    )  # fmt: skip


def _actions(line: ObjectVar[MemberLine]) -> rx.Component:
    id = f"member-{line.id}"
    more = menu(
        lambda **props: icon_button("ellipsis", "Actions", **props),
        menu_action("Role and permissions", icon_name="sliders-horizontal", id=id, on_click=S.edit(line.id)),
        menu_action("End access", icon_name="user-x", id=id, danger=True, on_click=S.ask_to_leave(line.id)),
        id=id,
        label="Actions",
    )
    back = button("Give access back", size="sm", on_click=S.reactivate(line.id))
    return rx.cond(line.active, more, back)


def _rights_form(line: ObjectVar[MemberLine]) -> rx.Component:
    return rx.el.form(
        select_field("Role", "new_role", ROLES, default_value=line.role),
        _permissions("What they may do", line),
        rx.el.div(
            button("Save", kind="primary", type="submit"),
            button("Not now", kind="ghost", on_click=S.edit(0)),
            class_name="row wrap",
        ),
        on_submit=S.save_rights,
        class_name="setup inset",
    )


def _permissions(legend: str, line: ObjectVar[MemberLine] | None = None) -> rx.Component:
    """One tick per permission; those the member has are set."""
    ticks = [
        checkbox(
            word, "permissions", value=permission.value,
            **({"default_checked": line.granted.contains(permission.value)} if line is not None else {}),
        )
        for permission, word in PERMISSION_WORDS.items()
    ]  # fmt: skip
    return rx.el.fieldset(rx.el.legend(legend, class_name="label"), rx.el.div(*ticks, class_name="ticks"))


def _invitation(line: ObjectVar[InvitationLine]) -> rx.Component:
    named = rx.el.div(
        rx.el.b(line.email, class_name="strong trunc"), rx.el.small(line.rights), rx.el.small(line.ends),
        class_name="grow",
    )  # fmt: skip
    id = f"invitation-{line.id}"
    more = menu(
        lambda **props: icon_button("ellipsis", "Actions", **props),
        menu_action("Send again", icon_name="send", id=id, on_click=S.send_again(line.id)),
        menu_action("Withdraw", icon_name="ban", id=id, danger=True, on_click=S.withdraw(line.id)),
        id=id,
        label="Actions",
    )
    shown = rx.el.div(avatar("?"), named, badge(line.state, area="member"), more, class_name="row line")
    return rx.el.li(shown, class_name="openable", key=f"i{line.id}")
