"""The frame of every public page: head, brand header, content, footer; and the pages that are only a sentence.

No inline style or script: the browser is told to refuse both. The colours of a business come from `/brand/<slug>.css`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import htpy as h
from htpy import Element, Node
from starlette.responses import HTMLResponse

from careops_app.infra.palette import DEFAULT_BRAND, is_brand, palette, properties
from careops_app.public.components import done_mark, icon, link_button, mark
from careops_app.workspace.queries import WorkspaceCard

ASSETS = Path(__file__).parents[2] / "assets"
FONT = "/fonts/figtree-latin.woff2?v=1"  # as public.css names it, so that it is loaded once
PRODUCT = "CareOps"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with no-referrer browsers hide the origin of posts, which our views check
    "cache-control": "no-store",
}
Width = Literal["", "one", "one wide"]


@dataclass(frozen=True)
class Brand:
    """The business whose page this is, as its header and footer show it."""

    name: str
    address: str
    phone: str
    email: str
    slug: str
    color: str


def brand_of(business: WorkspaceCard) -> Brand:
    """What header and footer show of a business."""
    return Brand(
        business.name, business.address, business.phone, business.contact_email, business.slug, business.brand_color
    )


def page(title: str, *body: Node, brand: Brand | None = None, status: int = 200, width: Width = "") -> HTMLResponse:
    """A whole answer: the page with the headers of a public page."""
    return HTMLResponse(str(document(title, *body, brand=brand, width=width)), status, HEADERS)


def document(title: str, *body: Node, brand: Brand | None = None, width: Width = "", again_seconds: int = 0) -> Element:
    """The page as a node. `title` is the heading of the browser's tab; `width` is "one" for a single narrow card.

    With `again_seconds` the browser asks for the page again after that time, for pages that wait for something.
    """
    content = h.div(class_=width)[body] if width else body
    return h.html(lang="en-GB")[
        _head(title, brand, again_seconds),
        h.body(".pub")[
            h.a(".skip", href="#main")["Skip to content"],
            _header(brand),
            h.main("#main.pwrap", tabindex="-1")[content],
            _footer(brand),
        ],
    ]


def brand_css(color: str) -> str:
    """The accent tokens of a business for both modes, as its own stylesheet; the default for what is no colour."""
    chosen = palette(color if is_brand(color) else DEFAULT_BRAND)
    light, dark = properties(chosen.light), properties(chosen.dark)
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


@lru_cache(maxsize=32)
def asset(path: str) -> str:
    """The address of a file of ours, with a mark of its content, so that browsers may keep it for good."""
    digest = hashlib.sha256((ASSETS / path.lstrip("/")).read_bytes()).hexdigest()
    return f"{path}?v={digest[:10]}"


def script(path: str) -> Element:
    """A small program of ours that adds to a page which works without it; it runs once the page stands."""
    return h.script(src=asset(path), defer=True)


def sentence_page(
    title: str,
    *text: Node,
    brand: Brand | None = None,
    actions: Node = None,
    icon_name: str = "info",
    look: Literal["", "warn", "mute"] = "mute",
) -> Element:
    """A page that only says one thing, and what can be done now."""
    return document(
        title,
        h.div(".plain")[
            done_mark(icon_name, look),
            h.h1[title],
            [h.p(".lead")[line] for line in text],
            actions and h.div(".row.wrap")[actions],
        ],
        brand=brand,
    )


def dead_link(*, actions: Node = None, brand: Brand | None = None) -> Element:
    """The one page for every link that does not work, whatever the cause: it never tells which."""
    return sentence_page(
        "This link does not work any more",
        "It may have expired, have been used up, or have lost a few letters on the way.",
        "If you need it, ask for a new one; it is sent to the address we have for you.",
        actions=actions or _reach(brand),
        brand=brand,
        icon_name="key",
    )


def not_open(brand: Brand) -> Element:
    """A business that has not opened its pages yet: how to reach it all the same."""
    return sentence_page(
        f"{brand.name} is not taking online requests yet",
        "You can reach the business directly.",
        actions=_reach(brand),
        brand=brand,
        icon_name="clock",
    )


def page_not_found() -> Element:
    """404."""
    return sentence_page(
        "There is nothing here", "Check the address, or go back to where you came from.", icon_name="info"
    )


def too_many(minutes: int) -> Element:
    """429: what was typed is still in the browser's form."""
    return sentence_page(
        "That was a little too often",
        f"Wait {minutes} min and try again. Go back to find what you typed.",
        icon_name="timer",
        look="warn",
    )


def our_fault() -> Element:
    """500: nothing is known to have happened."""
    return sentence_page(
        "Something went wrong on our side",
        "It has been noted. Go back and try again in a moment; what you typed should still be there.",
        icon_name="triangle-alert",
        look="warn",
    )


def _head(title: str, brand: Brand | None, again_seconds: int) -> Element:
    colours = brand and h.link(rel="stylesheet", href=f"/brand/{brand.slug}.css?v={brand.color.lstrip('#')}")
    return h.head[
        h.meta(charset="utf-8"),
        h.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        h.meta(http_equiv="refresh", content=str(again_seconds)) if again_seconds else None,
        h.title[f"{title}, {brand.name}" if brand else f"{title} · {PRODUCT}"],
        h.meta(name="color-scheme", content="light dark"),
        h.meta(name="theme-color", content="#f4f6f6", media="(prefers-color-scheme: light)"),
        h.meta(name="theme-color", content="#0f1414", media="(prefers-color-scheme: dark)"),
        h.link(rel="preload", href=FONT, as_="font", type="font/woff2", crossorigin=""),
        h.link(rel="stylesheet", href=asset("/public.css")),
        colours,
        h.link(rel="icon", href=asset("/favicon.ico"), sizes="32x32"),
        script("/zone.js"),
    ]


def _header(brand: Brand | None) -> Element:
    if brand is None:
        return h.header(".brand")[mark(), h.div(".grow")[h.b[PRODUCT]]]
    call = (
        brand.phone
        and h.a(".btn.ghost", href=f"tel:{_dialled(brand.phone)}", aria_label=f"Call {brand.phone}")[
            icon("phone"), h.span(".desk")[brand.phone]
        ]
    )
    return h.header(".brand")[mark(), h.div(".grow")[h.b[brand.name], brand.address and h.small[brand.address]], call]


def _footer(brand: Brand | None) -> Element:
    if brand is None:
        return h.footer[h.div[h.span[f"{PRODUCT}: one place for the work of a service business"]]]
    return h.footer[
        h.div[
            h.span[brand.name],
            brand.address and h.span[brand.address],
            brand.phone and h.a(href=f"tel:{_dialled(brand.phone)}")[brand.phone],
            brand.email and h.a(href=f"mailto:{brand.email}")[brand.email],
        ]
    ]


def _reach(brand: Brand | None) -> Node:
    """Buttons that call and write to the business."""
    if brand is None:
        return None
    return [
        brand.phone and link_button(f"Call {brand.phone}", f"tel:{_dialled(brand.phone)}", icon_name="phone"),
        brand.email and link_button(f"Write to {brand.email}", f"mailto:{brand.email}", icon_name="mail"),
    ]


def _dialled(phone: str) -> str:
    return "".join(sign for sign in phone if sign in "+0123456789")
