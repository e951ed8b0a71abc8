"""How the staff's app looks as a whole: stylesheet, head of the page, toasts, and the colours of a workspace."""

from typing import Any

import reflex as rx

from careops_app.infra.palette import DEFAULT_BRAND, is_brand, palette, properties

STYLESHEETS = ["/careops.css"]
HTML_LANG = "en-GB"


def look() -> dict[str, Any]:
    """What `rx.App` needs to look like CareOps."""
    return {
        "stylesheets": STYLESHEETS,
        "head_components": head(),
        "html_lang": HTML_LANG,
        "reset_style": False,
        "toaster": toaster(),
    }


def head() -> list[rx.Component]:
    """The font early, the icon, and the colour of the browser's own bars."""
    font = {"as": "font", "crossOrigin": "anonymous"}
    return [
        rx.el.link(rel="preload", href="/fonts/figtree-latin.woff2?v=1", type="font/woff2", custom_attrs=font),
        rx.el.link(rel="icon", href="/favicon.ico", sizes="32x32"),
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        _bar_colour("#f4f6f6", "light"),
        _bar_colour("#0f1414", "dark"),
        rx.el.meta(name="robots", content="noindex"),
        rx.el.script(src="/keys.js", defer=True),
        rx.el.script(src="/inbox.js", defer=True),
        rx.el.script(src="/calendar.js", defer=True),
    ]


def _bar_colour(colour: str, mode: str) -> rx.Component:
    return rx.el.meta(name="theme-color", content=colour, custom_attrs={"media": f"(prefers-color-scheme: {mode})"})


def toaster() -> rx.Component:
    """Where toasts appear: bottom right, above the tab bar on phones. Tones come from the stylesheet."""
    return rx.toast.provider(
        position="bottom-right", rich_colors=False, expand=True, visible_toasts=3, close_button=True
    )


def accents(brand: str) -> str:
    """The accent tokens of a workspace as a stylesheet for both modes; the default for what is no colour."""
    chosen = palette(brand if is_brand(brand) else DEFAULT_BRAND)
    light, dark = properties(chosen.light), properties(chosen.dark)
    return f":root,.light{{{light}}}@media screen{{.dark{{{dark}}}}}"
