"""Putting a visit into one's own calendar: the file, and the pages of the two that are used most.

What they are told is what the customer adds by hand: never the link that opens the visit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import htpy as h
from htpy import Element

from careops_app.public import components as ui
from careops_app.public.manage.visit import Visit

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"


def add_to_calendar(shown: Visit) -> Element:
    """One button that unfolds the ways."""
    return h.details(".cal")[
        h.summary(".btn")[ui.icon("calendar-plus"), "Add to calendar"],
        h.ul[
            h.li[h.a(href=shown.calendar_address)["Apple, Outlook and others: a file"]],
            h.li[_outside("Google Calendar", google_address(shown))],
            h.li[_outside("Outlook on the web", outlook_address(shown))],
        ],
    ]


def google_address(shown: Visit) -> str:
    """Google's page for a new entry, filled in."""
    booking = shown.booking
    return f"{GOOGLE}?" + urlencode({
        "action": "TEMPLATE", "text": _title(shown), "dates": f"{_compact(booking.starts_at)}/{_compact(booking.ends_at)}",
        "location": booking.location, "details": _words(shown),
    })  # fmt: skip


def outlook_address(shown: Visit) -> str:
    """Outlook's page for a new entry, filled in."""
    booking = shown.booking
    return f"{OUTLOOK}?" + urlencode({
        "path": "/calendar/action/compose", "rru": "addevent", "subject": _title(shown),
        "startdt": _plain(booking.starts_at), "enddt": _plain(booking.ends_at), "location": booking.location,
        "body": _words(shown),
    })  # fmt: skip


def _outside(words: str, address: str) -> Element:
    return h.a(href=address, rel="noreferrer noopener")[words]


def _title(shown: Visit) -> str:
    return f"{shown.booking.service}, {shown.business.name}"


def _words(shown: Visit) -> str:
    return f"Reference {shown.booking.reference}"


def _compact(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _plain(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
