"""What people see who set a new password."""

from __future__ import annotations

import htpy as h
from htpy import Element

from careops_app.public import components as ui
from careops_app.public.layout import document, sentence_page
from careops_app.public.sign_in.page import overheard
from careops_app.public.typed import Typed


def ask(typed: Typed) -> Element:
    """Ask for a link."""
    return document(
        "Set a new password",
        h.h1["Set a new password"],
        h.p(".lead")["We send a link to your e-mail address. It works once, for 30 minutes."],
        ui.form_problem(typed.problem("form")),
        h.section(".card")[
            ui.form(
                "/reset",
                ui.text_field("E-mail", "email", type="email", autocomplete="username", **typed.field("email")),
                ui.button("Send the link", large=True),
            )
        ],
        h.p(".alt")[h.a(href="/sign-in")["Back to sign-in"]],
        width="one",
    )


def sent() -> Element:
    """The same sentence whether or not there is such an account."""
    return sentence_page(
        "Look into your mail",
        "If there is an account with that address, a link is on its way. It works once, for 30 minutes.",
        "Nothing arrived? Check the spelling of the address and the spam folder, then ask again.",
        actions=[
            ui.link_button("Ask again", "/reset"),
            ui.link_button("Back to sign-in", "/sign-in"),
        ],
        icon_name="mail",
    )


def choose(typed: Typed, is_overheard: bool) -> Element:
    """The new password."""
    return document(
        "Choose a new password",
        h.h1["Choose a new password"],
        h.p(".lead")["All sessions of your account end, also on other devices."],
        is_overheard and overheard(),
        h.section(".card")[
            ui.form(
                "",
                ui.text_field(
                    "New password",
                    "password",
                    type="password",
                    autocomplete="new-password",
                    hint="At least 12 characters. A short sentence is good.",
                    **typed.field("password"),
                ),
                ui.button("Set the password", large=True),
            )
        ],
        width="one",
    )


def expired() -> Element:
    """The same page for unknown, used and expired links."""
    return sentence_page(
        "This link does not work any more",
        "A link to set a password works once, for 30 minutes.",
        actions=ui.link_button("Send a new link", "/reset", kind="primary"),
        icon_name="key",
    )
