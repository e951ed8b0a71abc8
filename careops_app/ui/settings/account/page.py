"""The member's own card."""

import reflex as rx

from careops_app.ui.components import button, definitions, post_form
from careops_app.ui.settings.account.state import AccountState

S = AccountState


def account_block() -> rx.Component:
    """Who is signed in here, and the ways out."""
    return rx.el.div(
        definitions(("Name", S.name), ("E-mail", S.email), ("Role", S.role), ("May use", S.rights)),
        rx.el.p(
            "To change your password, sign out and choose “Forgotten your password?”: a link is sent to your address.",
            class_name="small muted",
        ),
        rx.el.div(
            button("Sign out of all other browsers", icon_name="monitor-off", on_click=S.sign_out_elsewhere),
            post_form(button("Sign out here", icon_name="log-out", type="submit"), action="/sign-out"),
            class_name="row wrap",
        ),
        class_name="setup",
    )
