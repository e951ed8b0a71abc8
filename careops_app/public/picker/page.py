"""A month and the free times of one of its days, as links; nothing here needs a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import htpy as h
from htpy import Element, Node

from careops_app.infra import wording
from careops_app.public import components as ui
from careops_app.public.picker.rows import DayCell, Picker, SlotCell, SlotGroup
from careops_app.public.zones import zone_options


@dataclass(frozen=True)
class Taking:
    """Choosing a time changes something: the form that its buttons send, and what travels with it."""

    action: str
    fields: Mapping[str, str]


def picker(rows: Picker, *, nothing_suits: Node = None, taking: Taking | None = None, foot: Node = None) -> Element:
    """The month beside the times; on phones above them. The times are links, or with `taking` buttons of one form."""
    return h.div(".pickt")[_month(rows), _times(rows, nothing_suits, taking, foot)]


def _month(rows: Picker) -> Element:
    names = [h.th(scope="col")[h.abbr(title=name)[name[:2]]] for name in wording.WEEKDAYS]
    weeks = [
        h.tr(class_="past" if _is_past(week, rows) else None)[[h.td[day and _day(day)] for day in week]]
        for week in rows.weeks
    ]
    return h.div(".mon")[
        h.div(".hd")[
            _turn("Earlier month", "chevron-left", rows.earlier),
            h.b[wording.month(rows.month)],
            _turn("Later month", "chevron-right", rows.later),
        ],
        h.table[h.caption(".sr")[f"Days in {wording.month(rows.month)}"], h.thead[h.tr[names]], h.tbody[weeks]],
        h.p(".key")[h.i, "Days with free times"],
    ]


def _is_past(week: tuple[DayCell | None, ...], rows: Picker) -> bool:
    return all(day is None or day.day < rows.today for day in week)


def _turn(label: str, icon_name: str, address: str) -> Element:
    """To another month; greyed out where nothing is on offer."""
    if not address:
        return h.span(".btn.icon.ghost", aria_hidden="true")[""]
    return h.a(".btn.icon.ghost", href=address, aria_label=label)[ui.icon(icon_name, 18)]


def _day(cell: DayCell) -> Element:
    number = str(cell.day.day)
    if not cell.address:
        return h.span(".d")[number]
    spoken = f"{wording.day(cell.day)}, times free"
    return h.a(
        ".d", {"aria-current": "date" if cell.is_chosen else None}, href=f"{cell.address}#times", aria_label=spoken
    )[number]


def _times(rows: Picker, nothing_suits: Node, taking: Taking | None, foot: Node) -> Element:
    title = wording.long_day(rows.day) if rows.day else f"Nothing is free in {wording.month(rows.month)}"
    groups = [_group(group, taking is not None) for group in rows.groups]
    return h.div("#times.times", tabindex="-1")[
        h.h2[title],
        _zone(rows),
        _taking(taking, groups) if taking and groups else groups,
        None if rows.groups else _nothing(rows),
        nothing_suits,
        foot,
    ]


def _taking(taking: Taking, groups: Node) -> Element:
    kept = [ui.hidden(name, value) for name, value in taking.fields.items()]
    return h.form(method="post", action=taking.action)[kept, groups]


def _zone(rows: Picker) -> Element:
    """Whose clock counts; the script reloads the page when the visitor's zone is another than it was drawn for."""
    return h.p(".tz", data_zone_shown=rows.drawn_for)[
        ui.icon("globe"),
        h.span[
            rows.zone_note,
            " ",
            rows.other_zone_note and f"{rows.other_zone_note} ",
            h.a(href=f"{rows.zone_address}#zone")["Show times in another zone"],
        ],
    ]


def _group(group: SlotGroup, are_buttons: bool) -> Node:
    drawn = _slot_button if are_buttons else _slot
    return [h.h3[group.word], h.ul(".slots")[[h.li[drawn(slot)] for slot in group.slots]]]


def _slot(slot: SlotCell) -> Element:
    return h.a(".slot", href=slot.address, rel="nofollow")[_slot_words(slot)]


def _slot_button(slot: SlotCell) -> Element:
    current = {"aria-current": "true" if slot.is_held else None}
    return h.button(".slot", current, type="submit", name="start", value=slot.start)[_slot_words(slot)]


def _slot_words(slot: SlotCell) -> Node:
    return [
        slot.text,
        slot.elsewhere and h.small[h.span(".sr")[", in your zone "], slot.elsewhere],
        slot.left and h.small[h.span(".sr")[", "], slot.left],
    ]


def _nothing(rows: Picker) -> Node:
    later = rows.later and h.a(href=rows.later)["Look at the next month"]
    if rows.day:
        return h.p(".muted")["Nothing is free on this day any more."]
    return h.p[later] if later else h.p(".muted")["This is as far ahead as visits can be booked."]


def zone_form(action: str, kept: dict[str, str], chosen: str) -> Element:
    """Choose whose clock to see beside the venue's; a plain form that only asks."""
    return h.form("#zone.fm", method="get", action=action)[
        [ui.hidden(name, value) for name, value in kept.items()],
        ui.select_field("Show times in", "tz", zone_options(chosen), value=chosen),
        ui.button("Show", kind="plain"),
    ]
