"""The last step of booking: who comes. It is also where people learn that a time is gone, with what they typed kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import htpy as h
from htpy import Element, Node

from careops_app.bookings.rules import change_deadline
from careops_app.infra import wording
from careops_app.infra.states import Tone
from careops_app.public import components as ui
from careops_app.public.book.choice import ANYONE, Choice
from careops_app.public.book.page import Step, frame, holding, times_of
from careops_app.public.book.repeat import Repeat
from careops_app.public.picker.rows import start_text
from careops_app.public.reach import reachable
from careops_app.public.typed import Typed

MOST_PLACES = 10
REPEAT = "repeat"  # a field of letting go: on to a series


@dataclass(frozen=True)
class Lost:
    """The chosen time cannot be had: why, and the nearest that can. `again` is where the visit is chosen anew."""

    reason: str
    nearest: Sequence[datetime] = ()
    again: Choice | None = None


def details(step: Step, typed: Typed, lost: Lost | None = None, *, note: str = "") -> Element:
    """The form of the last step; a lost time has no button to book it, but those that hold one of the nearest."""
    start = None if lost else step.choice.start
    return frame(
        step,
        "Details",
        "Your details",
        times_of(step).address(),
        ui.form_problem(typed.problem("form")),
        lost and ui.form_problem(_sentence(lost)),
        note and ui.note(note, tone=Tone.WARN),
        _held(step),
        ui.form(
            f"/b/{step.choice.slug}",
            _chosen(step, start),
            lost and _other_times(step, lost),
            ui.text_field("Name", "name", autocomplete="name", **typed.field("name")),
            reachable(typed),
            _places(step, typed),
            ui.textarea_field(
                "Anything we should know?", "note", optional=True, hint="Access needs, questions", **typed.field("note")
            ),
            h.p(".small.muted")[_promise(step, start)],
            start and ui.button(_book_words(step, start), large=True),
            key=typed.value("key"),
        ),
        start and _repeat(step),
    )


def _repeat(step: Step) -> Element:
    """The way to a series of this visit, whose first date must not be in the way of itself: a held time is let go."""
    if step.held_here is None:
        return h.p(".small")[
            "Coming regularly? ", h.a(href=Repeat(step.choice.held_by("")).address())["Repeat this visit"]
        ]
    fields = {**step.choice.spelled(), REPEAT: "1"}
    return ui.post_button("Coming regularly? Repeat this visit", f"/b/{step.choice.slug}/let-go", fields=fields)


def _chosen(step: Step, start: datetime | None) -> Node:
    choice = step.choice
    return [
        ui.hidden("service", str(step.service.id)),
        ui.hidden("staff", str(choice.staff_id or ANYONE)),
        choice.zone and ui.hidden("tz", choice.zone),
        choice.hold and ui.hidden("hold", choice.hold),
        start and ui.hidden("start", start_text(start)),
    ]


def _held(step: Step) -> Node:
    held = step.held_here
    return held and holding(held, step.zone, step.now, wording.clock_time(held.starts_at, step.zone))


def _sentence(lost: Lost) -> str:
    """Why the time cannot be had, and what now."""
    if lost.again:
        return lost.reason
    more = "Choose one of the nearest free times; your details are kept." if lost.nearest else "Choose another time."
    return f"{lost.reason} {more}"


def _other_times(step: Step, lost: Lost) -> Element:
    """The nearest free times, each held as it is chosen, together with what has been typed; or where to choose anew."""
    if lost.again:
        return h.p[ui.link_button("Choose again", lost.again.address(), kind="primary")]
    return h.div(".near", role="group", aria_label="Nearest free times")[
        [_other_time(step, start) for start in lost.nearest],
        h.a(href=times_of(step).address())["See all free times"],
    ]


def _other_time(step: Step, start: datetime) -> Element:
    named = {"name": "start", "value": start_text(start), "formaction": f"/b/{step.choice.slug}/hold"}
    return h.button(".slot", named, type="submit", formnovalidate=True)[
        wording.time_with_zone(start, step.zone), h.small[wording.day(start, step.zone)]
    ]


def _places(step: Step, typed: Typed) -> Node:
    """How many come, where several can."""
    most = min(step.places, MOST_PLACES)
    if step.service.capacity == 1 or (most < 2 and not typed.problem("seats")):
        return None
    numbers = [(str(number), str(number)) for number in range(1, max(most, 1) + 1)]
    return ui.select_field(
        "How many places?", "seats", numbers, hint=f"{wording.plural(step.places, 'place')} left",
        **typed.replaced(seats=typed.value("seats") or "1").field("seats"),
    )  # fmt: skip


def _promise(step: Step, start: datetime | None) -> str:
    """That a request waits for approval when it does, and until when the visit can be changed."""
    waits = "We look at your request and tell you whether the time works." if step.service.needs_approval else ""
    return " ".join(part for part in (waits, _change_policy(step, start)) if part)


def _change_policy(step: Step, start: datetime | None) -> str:
    notice = step.service.cancel_notice_minutes
    if start is None or notice == 0:
        return step.service.policy
    deadline = change_deadline(start, notice)
    if deadline <= step.now:
        return "This visit is so soon that it cannot be moved or cancelled here any more."
    return f"You can move or cancel until {wording.moment(deadline, step.zone)}."


def _book_words(step: Step, start: datetime) -> str:
    verb = "Ask for" if step.service.needs_approval else "Book"
    return f"{verb} {wording.day(start, step.zone)}, {wording.clock_time(start, step.zone)}"
