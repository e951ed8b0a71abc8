"""How customer and business reach each other: the two fields of which one is enough, and the business's own address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import htpy as h
from htpy import Element, Node

from careops_app.contacts import rules
from careops_app.public import components as ui
from careops_app.public.typed import Typed, problems_of
from careops_app.workspace.queries import WorkspaceCard


def reachable(typed: Typed) -> Node:
    """E-mail and mobile; that one of the two is enough is also said to screen readers."""
    return [
        h.div(".two")[
            ui.text_field(
                "E-mail", "email", type="email", autocomplete="email", required=False, **_either(typed, "email")
            ),
            ui.text_field("Mobile", "phone", type="tel", autocomplete="tel", required=False, **_either(typed, "phone")),
        ],
        h.p("#either.either")["One of the two is enough."],
    ]


def _either(typed: Typed, name: str) -> dict[str, Any]:
    described = f"either {name}-error" if typed.problem(name) else "either"
    return typed.field(name, aria_describedby=described)


def problems_of_person(fields: Mapping[str, str], business: WorkspaceCard) -> dict[str, str]:
    """Everything that is wrong with a name and addresses at once; what is stored is checked by the commands again."""
    email, phone = fields.get("email", "").strip(), fields.get("phone", "").strip()
    checks = [lambda: rules.person_name(fields.get("name", ""))]
    if email:
        checks.append(lambda: rules.normalised_email(email))
    if phone:
        checks.append(lambda: rules.normalised_phone(phone, business.phone_region))
    neither = {} if email or phone else {"email": "Enter an e-mail address or a phone number."}
    return problems_of(*checks) | neither


def visiting(business: WorkspaceCard, *, last_line: Node = None) -> Element:
    """Where the business is and how to reach it otherwise."""
    call = h.a(href=f"tel:{''.join(sign for sign in business.phone if sign in '+0123456789')}")[business.phone]
    return ui.summary(
        "Visiting us",
        business.address and ui.summary_line("map-pin", business.address),
        business.phone and ui.summary_line("phone", call),
        last_line,
        about=True,
    )
