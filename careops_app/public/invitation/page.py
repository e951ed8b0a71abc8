"""What people see who were invited to a team."""

from __future__ import annotations

import htpy as h
from htpy import Element

from careops_app.public import components as ui
from careops_app.public.layout import document, sentence_page
from careops_app.public.sign_in.page import overheard
from careops_app.public.typed import Typed
from careops_app.workspace.access import Role
from careops_app.workspace.queries import InvitationCard

ROLE_WORDS = {
    Role.OWNER: "You become an owner: you see and set up everything.",
    Role.STAFF: "You join as staff: you work with customers and visits.",
}


def invitation(card: InvitationCard, typed: Typed, is_overheard: bool) -> Element:
    """Who invites, to what; and the password that proves or makes the account."""
    title = f"Join {card.workspace}"
    return document(
        title,
        h.h1[title],
        h.p(".lead")[f"{card.inviter} invites {card.email}. {ROLE_WORDS[card.role]}"],
        is_overheard and overheard(),
        ui.form_problem(typed.problem("form") or typed.problem("email")),
        h.section(".card")[_known(card, typed) if card.has_account else _new(card, typed)],
        width="one",
    )


def _known(card: InvitationCard, typed: Typed) -> Element:
    return ui.form(
        "",
        ui.text_field(
            "Password of your account",
            "password",
            type="password",
            autocomplete="current-password",
            hint=f"You already have an account as {card.email}.",
            **typed.field("password"),
        ),
        ui.button("Join", large=True),
        h.p(".hint")[h.a(href="/reset")["Set a new password"], " first, if you do not know it any more."],
    )


def _new(card: InvitationCard, typed: Typed) -> Element:
    return ui.form(
        "",
        ui.text_field("Your name", "name", autocomplete="name", **typed.field("name")),
        ui.text_field(
            "Choose a password",
            "password",
            type="password",
            autocomplete="new-password",
            hint=f"At least 12 characters. You sign in with it as {card.email}.",
            **typed.field("password"),
        ),
        ui.button("Join", large=True),
    )


def expired() -> Element:
    """The same page for unknown, used, revoked and expired invitations."""
    return sentence_page(
        "This invitation does not work any more",
        "It may have expired, have been used, or have been replaced by a newer one.",
        "Ask the person who invited you to send it again.",
        actions=ui.link_button("Sign in", "/sign-in"),
        icon_name="key",
    )
