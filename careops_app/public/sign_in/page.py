"""What people see who sign in."""

from __future__ import annotations

from dataclasses import dataclass

import htpy as h
from htpy import Element, Node

from careops_app.infra.states import Tone
from careops_app.public import components as ui
from careops_app.public.layout import document
from careops_app.public.typed import Typed

NOTES = {
    "out": "You are signed out.",
    "reset": "Your new password is set, and all other sessions have ended. Sign in with it.",
}


@dataclass(frozen=True)
class SignIn:
    """`note` says what has just happened; `is_overheard`: the connection is not encrypted."""

    typed: Typed
    note: str
    may_sign_up: bool
    is_overheard: bool


def sign_in(shown: SignIn) -> Element:
    """E-mail address and password; the address to go on to travels along."""
    return document(
        "Sign in",
        h.h1["Sign in"],
        shown.is_overheard and overheard(),
        shown.note and said(shown.note),
        ui.form_problem(shown.typed.problem("form")),
        h.section(".card")[_form(shown.typed)],
        h.p(".alt")["Forgotten the password? ", h.a(href="/reset")["Set a new one"]],
        shown.may_sign_up and h.p(".alt")["No business here yet? ", h.a(href="/sign-up")["Create your business"]],
        width="one",
    )


def _form(typed: Typed) -> Element:
    return ui.form(
        "/sign-in",
        ui.hidden("next", typed.value("next")),
        ui.text_field("E-mail", "email", type="email", autocomplete="username", **typed.field("email")),
        ui.text_field(
            "Password", "password", type="password", autocomplete="current-password", **typed.field("password")
        ),
        ui.button("Sign in", large=True),
    )


def said(sentence: str) -> Element:
    """What has just happened, read out."""
    return h.div(role="status")[ui.note(sentence, tone=Tone.GOOD, icon_name="circle-check")]


def overheard() -> Node:
    """The connection is not encrypted: said before a password is typed."""
    return ui.note(
        "This connection is not encrypted: others on the network can read what you type here.",
        tone=Tone.WARN,
        icon_name="triangle-alert",
    )
