"""What people see who repeat a visit: how often, every date with what is free, and their details."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import htpy as h
from htpy import Element, Node

from careops_app.bookings.recurring import MOST_VISITS, Every
from careops_app.bookings.series import SeriesDay
from careops_app.infra import wording
from careops_app.public import components as ui
from careops_app.public.book.page import Step
from careops_app.public.book.repeat import AS_WISHED, DATE, OUT, Repeat
from careops_app.public.layout import brand_of, document
from careops_app.public.picker.rows import start_text
from careops_app.public.reach import reachable
from careops_app.public.typed import Typed

USUAL_VISITS = 4
RHYTHMS = [
    (Every.DAY.value, "days"),
    (Every.WEEK.value, "weeks"),
    (Every.MONTH_DATE.value, "months, on the same date"),
    (Every.MONTH_WEEKDAY.value, "months, on the same weekday"),
]


def repeat(step: Step, wanted: Repeat, dates: Sequence[SeriesDay], typed: Typed) -> Element:
    """How often; once that is said also every date, and who comes."""
    return document(
        "Repeat this visit",
        ui.back_link(step.choice.address()),
        h.div(".flow")[
            h.section(".grow")[
                h.h1["Repeat this visit"],
                ui.form_problem(typed.problem("form")),
                _rhythm(step, wanted, typed),
                _dates_form(step, wanted, dates, typed) if dates else None,
            ],
            _summary(step),
        ],
        brand=brand_of(step.business),
    )


def _rhythm(step: Step, wanted: Repeat, typed: Typed) -> Element:
    """A form that only asks: the address of the next page holds what was chosen."""
    kept = [ui.hidden(name, value) for name, value in step.choice.spelled().items()]
    return h.form(".fm", method="get", action=f"/b/{step.choice.slug}/repeat", novalidate=True)[
        kept,
        h.div(".two")[
            ui.text_field("Every", "step", value=str(wanted.step), type="number", problem=typed.problem("step")),
            ui.select_field("Counted in", "every", RHYTHMS, value=wanted.every.value),
        ],
        ui.text_field(
            "How many visits", "visits", value=str(wanted.visits or USUAL_VISITS), type="number",
            problem=typed.problem("visits"), hint=f"Together with the first one, at most {MOST_VISITS}.",
        ),
        ui.button("Show the dates", kind="plain"),
    ]  # fmt: skip


def _dates_form(step: Step, wanted: Repeat, dates: Sequence[SeriesDay], typed: Typed) -> Element:
    open_ones = sum(not day.is_free for day in dates)
    return ui.form(
        f"/b/{step.choice.slug}/repeat",
        [ui.hidden(name, value) for name, value in wanted.spelled().items()],
        h.h2[_how_many(len(dates), open_ones)],
        h.ul(".dates")[[h.li[_date(step, day, typed)] for day in dates]],
        h.h2["Your details"],
        ui.text_field("Name", "name", autocomplete="name", **typed.field("name")),
        reachable(typed),
        ui.textarea_field(
            "Anything we should know?", "note", optional=True, hint="Access needs, questions", **typed.field("note")
        ),
        h.p(".small.muted")["Either every date you keep is booked, or none. ", step.service.policy],
        ui.button("Ask for these visits" if step.service.needs_approval else "Book these visits", large=True),
        key=typed.value("key"),
    )


def _how_many(dates: int, open_ones: int) -> str:
    if not open_ones:
        return f"All {dates} dates are free"
    return f"{dates - open_ones} of {dates} dates are free"


def _date(step: Step, day: SeriesDay, typed: Typed) -> Node:
    """One date: taken as wished or left out; where it is not free, another time of that day or left out."""
    name, zone = f"{DATE}{day.day.isoformat()}", step.business.time_zone
    if day.is_free:
        assert day.starts_at is not None
        words = f"{wording.clock_time(day.starts_at, zone)}, {_who(day)}"
        options = [(AS_WISHED, words), (OUT, "Leave this date out")]
    else:
        others = [(start_text(start), f"{wording.clock_time(start, zone)} instead") for start in day.nearest]
        options = [("", "Choose what to do"), *others, (OUT, "Leave this date out")]
    return ui.select_field(
        wording.long_day(day.day), name, options, value=typed.value(name), problem=typed.problem(name),
        hint=day.problem or None,
    )  # fmt: skip


def _who(day: SeriesDay) -> str:
    if len(day.staff) == 1:
        return f"with {day.staff[0].name}"
    return "with anyone free"


def _summary(step: Step) -> Element:
    service, start, zone = step.service, step.choice.start, step.business.time_zone
    assert start is not None
    end = start + timedelta(minutes=service.duration_minutes)
    facts = ", ".join(part for part in (wording.duration(service.duration_minutes), service.price_text) if part)
    return ui.summary(
        "The first visit",
        ui.summary_line("calendar-check", service.name, facts, change=step.choice.again().address()),
        ui.summary_line("calendar-days", wording.day(start, zone), wording.times(start, end, zone)),
        ui.summary_line("user-round", step.who or "Anyone free", minor=True),
        service.place and ui.summary_line("map-pin", service.place, minor=True),
    )
