"""The first page of an installation."""

from __future__ import annotations

from dataclasses import dataclass

import htpy as h
from htpy import Element

from careops_app.public import components as ui
from careops_app.public.layout import document, script, sentence_page
from careops_app.public.sign_in.page import overheard

HOME = "/app/"
LOOK_AGAIN_SECONDS = 3


@dataclass(frozen=True)
class Welcome:
    """`may_sign_up`: strangers may create a business and look around; otherwise people can only sign in."""

    is_signed_in: bool
    may_sign_up: bool
    demo_is_built: bool
    is_overheard: bool


def welcome(shown: Welcome) -> Element:
    """Two ways in for those who are new, one for those who are not."""
    return document(
        "Welcome",
        h.h1["Run your service business from one place"],
        h.p(".lead")["Enquiries, visits, messages, forms and stock, and what to do about them."],
        shown.is_overheard and overheard(),
        _on() if shown.is_signed_in else None,
        h.div(".choices")[_create(), _look_around(shown.demo_is_built)] if shown.may_sign_up else None,
        None if shown.is_signed_in else _sign_in(shown.may_sign_up),
        width="one wide",
    )


def _on() -> Element:
    return h.p(".row")[ui.link_button("Open CareOps", HOME, kind="primary", icon_name="arrow-right")]


def _create() -> Element:
    return h.section(".card")[
        h.h2["Create your business"],
        h.p["Set up in about ten minutes: hours, services, forms. You decide when customers can see it."],
        ui.link_button("Create your business", "/sign-up", kind="primary"),
    ]


def _look_around(is_built: bool) -> Element:
    first = "" if is_built else " It is built first, which takes up to a minute or two."
    return h.section(".card")[
        h.h2["Look around first"],
        h.p[f"A clinic with two weeks of visits, signed in as its owner. Nothing leaves this machine.{first}"],
        ui.post_button("Look around in the demo business", "/demo"),
    ]


def _sign_in(may_sign_up: bool) -> Element:
    if not may_sign_up:
        return h.p(".row")[ui.link_button("Sign in", "/sign-in", kind="primary")]
    return h.p(".alt")["You have an account? ", h.a(href="/sign-in")["Sign in"]]


def still_building() -> Element:
    """It is being built; the browser looks again by itself."""
    return document(
        "The demo business is being built",
        h.div(".plain")[
            ui.done_mark("hourglass", "mute"),
            h.h1["The demo business is being built"],
            h.p(".lead")["Two weeks of a small clinic are played through. It takes up to a minute or two."],
            h.p(".lead")["This page looks again every few seconds and goes on by itself."],
            h.div(".row.wrap")[ui.link_button("Look now", "/demo"), ui.link_button("Back", "/")],
        ],
        again_seconds=LOOK_AGAIN_SECONDS,
    )


def ready() -> Element:
    """It is built; a script presses the button for those who have one."""
    return document(
        "The demo business is ready",
        h.div(".plain")[
            ui.done_mark(),
            h.h1["The demo business is ready"],
            h.p(".lead")["You look around as its owner. Nothing leaves this machine."],
            h.form(".row", method="post", action="/demo", data_at_once="")[ui.button("Open the demo business")],
        ],
        script("/enter.js"),
    )


def not_built() -> Element:
    """The builder failed; the log says why."""
    return sentence_page(
        "The demo business could not be built",
        "The log of the server says why. You can create your own business all the same.",
        actions=ui.link_button("Back", "/"),
        icon_name="triangle-alert",
        look="warn",
    )
