"""The other visits that were booked together with one: when they are, and the way to each."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from careops_app.infra import wording
from careops_app.infra.states import state
from careops_app.public.manage.visit import OtherVisit, Visit


def together(shown: Visit) -> Node:
    """The other visits of a series or of a visit of several services; each is moved and cancelled on its own page."""
    if not shown.others:
        return None
    return h.section(".card.side2", aria_labelledby="together")[
        h.h2("#together")["Booked together with this one"],
        h.ul(".together")[[h.li[_line(shown, other)] for other in shown.others]],
    ]


def _line(shown: Visit, other: OtherVisit) -> Element:
    row = other.booking
    when = f"{wording.day(row.starts_at, row.time_zone)}, {wording.times(row.starts_at, row.ends_at, row.time_zone)}"
    what = row.service if row.service != shown.booking.service else ""
    who = row.staff if what or row.staff != shown.booking.staff else ""
    word = state(f"booking.{row.status}").word if row.status != shown.booking.status else ""
    below = ", ".join(part for part in (what, who and f"with {who}", word) if part)
    return h.span[h.a(href=other.address)[when] if other.address else when, below and h.small[below]]
