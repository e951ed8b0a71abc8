"""What people see who book several services for one visit: which ones, when, and their details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import htpy as h
from htpy import Element, Node

from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.visits import Part, VisitSlot
from careops_app.infra import clock, wording
from careops_app.public import components as ui
from careops_app.public.book.several import Several
from careops_app.public.layout import brand_of, document
from careops_app.public.picker.page import picker, zone_form
from careops_app.public.picker.rows import Picker, start_text
from careops_app.public.reach import reachable
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard

STEPS = ["Services", "Time", "Details"]


@dataclass(frozen=True)
class Basket:
    """The business, what can be booked there by id, and what was chosen of it."""

    business: WorkspaceCard
    offered: dict[int, ServiceCard]
    wanted: Several

    @property
    def chosen(self) -> list[tuple[Part, ServiceCard]]:
        return [(part, self.offered[part.service_id]) for part in self.wanted.parts]

    @property
    def length(self) -> str:
        return wording.duration(sum(service.duration_minutes for _, service in self.chosen))


def services(basket: Basket) -> Element:
    """The services in their order, each with whom; and what can be added."""
    wanted = basket.wanted
    go_on = ui.link_button("Choose a time", replace(wanted, is_complete=True).address(), kind="primary", large=True)
    return _framed(
        basket,
        0,
        "Several services in one visit",
        h.ol(".parts")[[h.li[_part(basket, at)] for at in range(len(wanted.parts))]] if wanted.parts else None,
        wanted.may_go_on and h.div[go_on],
        wanted.may_add and [h.h2["Add a service" if not wanted.parts else "Add another service"], _more(basket)],
        back=f"/b/{wanted.slug}",
    )


def _part(basket: Basket, at: int) -> Node:
    service = basket.chosen[at][1]
    facts = ", ".join(word for word in (wording.duration(service.duration_minutes), service.price_text) if word)
    people = [(None, "Anyone free"), *((one.id, one.name) for one in service.staff)]
    return [
        h.div(".row")[
            h.b(".grow")[service.name],
            h.a(href=basket.wanted.minus(at).address(), aria_label=f"Remove {service.name}")["Remove"],
        ],
        h.small[facts],
        h.div(".who", role="group", aria_label=f"Who gives {service.name}")[
            [_person(basket, at, *one) for one in people]
        ]
        if len(service.staff) > 1
        else h.div(".who")[[h.span[f"With {one.name}"] for one in service.staff]],
    ]


def _person(basket: Basket, at: int, staff_id: int | None, name: str) -> Element:
    is_chosen = basket.wanted.parts[at].staff_id == staff_id
    address = basket.wanted.by(at, staff_id).address()
    return h.a(".btn", {"aria-current": "true" if is_chosen else None}, href=address)[name]


def _more(basket: Basket) -> Element:
    return h.div(".svc")[
        [
            ui.option(
                basket.wanted.plus(Part(one.id)).address(), one.name, price=one.price_text, text=one.description,
                length=wording.duration(one.duration_minutes),
            )
            for one in basket.offered.values()
        ]
    ]  # fmt: skip


def times(basket: Basket, rows: Picker, zone: str) -> Element:
    """When all of it fits, by the start of the first service."""
    wanted = basket.wanted
    kept = replace(wanted, zone="", chooses_zone=False).spelled()
    return _framed(
        basket,
        1,
        "Choose a day and time",
        wanted.chooses_zone and zone_form(f"/b/{wanted.slug}/several", kept, wanted.zone or zone),
        picker(rows),
        back=_first(wanted).address(),
    )


def details(basket: Basket, slot: VisitSlot | None, typed: Typed, nearest: Sequence[datetime] = ()) -> Element:
    """The last step: who comes. `nearest` are other times, when the chosen one cannot be had."""
    wanted, problem = basket.wanted, typed.problem("start")
    zone, start = basket.business.time_zone, wanted.start
    more = "Choose one of the nearest times; your details are kept." if nearest else "Choose another time."
    pairs = [(start_text(one), wording.moment(one, zone)) for one in nearest]
    verb = "Ask for" if any(service.needs_approval for _, service in basket.chosen) else "Book"
    return _framed(
        basket,
        2,
        "Your details",
        ui.form_problem(typed.problem("form")),
        problem and ui.form_problem(f"{problem} {more}"),
        ui.form(
            f"/b/{wanted.slug}/several",
            ui.hidden("parts", wanted.spelled()["parts"]),
            wanted.zone and ui.hidden("tz", wanted.zone),
            ui.choices("Another time", "start", pairs)
            if nearest
            else ui.hidden("start", start_text(start) if start else ""),
            ui.text_field("Name", "name", autocomplete="name", **typed.field("name")),
            reachable(typed),
            ui.textarea_field(
                "Anything we should know?", "note", optional=True, hint="Access needs, questions", **typed.field("note")
            ),
            h.p(".small.muted")["All of these services are booked, or none of them."],
            None if problem and not nearest else ui.button(f"{verb} {len(wanted.parts)} services", large=True),
            problem and h.p[h.a(href=_times(basket).address())["See all free times"]],
            key=typed.value("key"),
        ),
        back=_times(basket).address(),
        slot=slot,
    )


def _framed(
    basket: Basket, current: int, title: str, *content: Node, back: str, slot: VisitSlot | None = None
) -> Element:
    return document(
        title,
        ui.back_link(back),
        ui.steps(STEPS, current),
        h.div(".flow")[
            h.section(".grow")[h.h1[title], content], _summary(basket, slot) if current else _length(basket)
        ],
        brand=brand_of(basket.business),
    )


def _length(basket: Basket) -> Element:
    words = (
        f"{wording.plural(len(basket.wanted.parts), 'service')}, {basket.length}"
        if basket.wanted.parts
        else "Nothing yet"
    )
    return ui.summary("Your visit", ui.summary_line("clock", words, "They follow one after the other."))


def _summary(basket: Basket, slot: VisitSlot | None) -> Element:
    """The services with their times once there are any."""
    zone = basket.business.time_zone
    legs = dict(enumerate(slot.legs)) if slot else {}
    day = slot and ui.summary_line(
        "calendar-days", wording.day(slot.starts_at, zone), wording.times(slot.starts_at, slot.ends_at, zone),
        change=_times(basket).address(),
    )  # fmt: skip
    change = _first(basket.wanted).address()
    lines = []
    for at, (part, service) in enumerate(basket.chosen):
        staff_id = legs[at].staff_id if at in legs else part.staff_id
        who = next((one.name for one in service.staff if one.id == staff_id), "Anyone free")
        at_times = wording.times(legs[at].starts_at, legs[at].ends_at, zone) if at in legs else ""
        below = ", ".join(word for word in (at_times, who) if word)
        lines.append(ui.summary_line("calendar-check", service.name, below, change="" if at else change))
    return ui.summary("Your visit", day, lines)


def _first(wanted: Several) -> Several:
    return Several(wanted.slug, wanted.parts, zone=wanted.zone)


def _times(basket: Basket) -> Several:
    """Back to the times of the day that was chosen."""
    wanted = basket.wanted
    zone = clock.zone(basket.business.time_zone)
    day = wanted.start.astimezone(zone).date() if wanted.start else wanted.day
    return replace(wanted, is_complete=True, start=None, day=day, month=None)
