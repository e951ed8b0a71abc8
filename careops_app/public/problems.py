"""Pages for what a public address cannot do, beyond those of the layout."""

from __future__ import annotations

from htpy import Element

from careops_app.public.components import link_button
from careops_app.public.layout import sentence_page


def refused(reason: str) -> Element:
    """A rule says no, and there is no form to say it in."""
    return sentence_page("That did not work", reason, "Go back to find what you typed.", icon_name="info", look="warn")


def foreign_post() -> Element:
    """A form that was not sent from one of our pages; nothing was changed."""
    return sentence_page(
        "This did not come from our page",
        "Nothing was changed. Open the page here and send the form from there.",
        icon_name="lock",
        look="warn",
    )


def not_like_this() -> Element:
    """405: an address that only takes forms was opened, or the other way round."""
    return sentence_page("There is nothing to see here", "Go back to the page you came from.", icon_name="info")


def unreadable() -> Element:
    """400: what arrived is no form."""
    return sentence_page(
        "This could not be read", "Nothing was saved. Go back and send the form again.", icon_name="info", look="warn"
    )


def sent_before(reason: str, again: str) -> Element:
    """The same form came twice with different words; the first time counts."""
    return sentence_page(
        "This was sent already",
        reason,
        "What you sent first is kept as it is.",
        actions=link_button("Start again", again),
        icon_name="info",
        look="warn",
    )
