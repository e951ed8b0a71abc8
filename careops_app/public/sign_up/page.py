"""What people see who create a business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h
from htpy import Element

from careops_app.public import components as ui
from careops_app.public.layout import document
from careops_app.public.sign_in.page import overheard
from careops_app.public.typed import Typed
from careops_app.public.zones import zone_options


@dataclass(frozen=True)
class SignUp:
    """`countries` are codes with names."""

    typed: Typed
    countries: Sequence[tuple[str, str]]
    is_overheard: bool


def sign_up(shown: SignUp) -> Element:
    """The business and its owner, in one form."""
    return document(
        "Create your business",
        h.h1["Create your business"],
        h.p(".lead")["You become its owner. Nothing is open to customers until you say so."],
        shown.is_overheard and overheard(),
        ui.form_problem(shown.typed.problem("form")),
        h.section(".card")[_form(shown)],
        h.p(".alt")["You have an account? ", h.a(href="/sign-in")["Sign in"]],
        width="one",
    )


def _form(shown: SignUp) -> Element:
    typed = shown.typed
    return ui.form(
        "/sign-up",
        ui.text_field("Name of the business", "business", autocomplete="organization", **typed.field("business")),
        ui.text_field("Your name", "person", autocomplete="name", **typed.field("person")),
        ui.text_field("Your e-mail", "email", type="email", autocomplete="username", **typed.field("email")),
        ui.text_field(
            "Password",
            "password",
            type="password",
            autocomplete="new-password",
            hint="At least 12 characters. A short sentence is good.",
            **typed.field("password"),
        ),
        ui.select_field(
            "Time zone of the business",
            "time_zone",
            zone_options(shown.typed.value("time_zone")),
            hint="Opening hours and visits follow this clock.",
            **typed.field("time_zone", data_zone_field=""),
        ),
        ui.select_field(
            "Country",
            "country",
            shown.countries,
            hint="Phone numbers without a country code are read as numbers of this country.",
            **typed.field("country"),
        ),
        ui.button("Create business", large=True),
    )
