"""What people see who book: one page per step, and what they have chosen so far beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlencode

import htpy as h
from htpy import Element, Node

from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.holding import Held
from careops_app.bookings.queries import NextFree
from careops_app.bookings.visits import Part
from careops_app.infra import clock, wording
from careops_app.infra.countries import city_of
from careops_app.infra.states import Tone
from careops_app.public import components as ui
from careops_app.public.book.choice import ANYONE, Choice
from careops_app.public.book.several import Several
from careops_app.public.layout import brand_of, document, script
from careops_app.public.picker.page import Taking, picker, zone_form
from careops_app.public.picker.rows import Picker
from careops_app.public.reach import visiting
from careops_app.workspace.queries import WorkspaceCard


@dataclass(frozen=True)
class Step:
    """Where the visitor is: the business, the chosen service, and everything else that was chosen.

    `held` is a time that is kept for this visitor, maybe another than the chosen one; `places` are those one may ask for.
    """

    business: WorkspaceCard
    service: ServiceCard
    choice: Choice
    now: datetime
    held: Held | None = None
    places: int = 1

    @property
    def has_choice_of_people(self) -> bool:
        return len(self.service.staff) > 1

    @property
    def zone(self) -> str:
        return self.business.time_zone

    @property
    def held_here(self) -> Held | None:
        """What is held, when it is the chosen time of the chosen service."""
        held = self.held
        return held if held and (held.service_id, held.starts_at) == (self.service.id, self.choice.start) else None

    @property
    def words(self) -> list[str]:
        """The steps of this service; who is no question where only one person gives it."""
        return ["Service", *(["Who"] if self.has_choice_of_people else []), "Time", "Details"]

    @property
    def who(self) -> str:
        """The chosen person, or the only one; empty when anyone will do."""
        named = {staff.id: staff.name for staff in self.service.staff}
        only = next(iter(named.values()), "") if len(named) == 1 else ""
        return named.get(self.choice.staff_id or 0, only)


def services(
    business: WorkspaceCard, offered: Sequence[ServiceCard], choice: Choice, *, is_gone: bool = False
) -> Element:
    """The first step: what."""
    return document(
        "Book a visit",
        ui.steps(["Service", "Who", "Time", "Details"], 0),
        h.div(".flow")[
            h.section(".grow")[
                h.h1["What would you like to book?"],
                is_gone and ui.note("That service is not offered any more. Choose another one.", tone=Tone.WARN),
                h.div(".svc")[[_service(business, one, choice) for one in offered]] if offered else _none(business),
            ],
            visiting(business, last_line=_write_instead(business)),
        ],
        brand=brand_of(business),
    )


def _service(business: WorkspaceCard, one: ServiceCard, choice: Choice) -> Element:
    elsewhere = one.location and one.location != business.address
    text = " ".join(part for part in (one.description, f"At {one.location}." if elsewhere else "") if part)
    return ui.option(
        choice.with_service(one.id).address(),
        one.name,
        price=one.price_text,
        text=text,
        length=wording.duration(one.duration_minutes),
    )


def _none(business: WorkspaceCard) -> Element:
    link = h.a(href=f"/b/{business.slug}")["Look again"]
    return h.p(".lead")["Nothing can be booked online here right now. ", link, " or write to us."]


def _write_instead(business: WorkspaceCard) -> Element:
    link = h.a(href=f"/c/{business.slug}")["Write to us"]
    return ui.summary_line("message-square-text", "Not sure what to book?", link)


def people(step: Step, free: Iterable[NextFree]) -> Element:
    """The second step: with whom."""
    zone = step.business.time_zone
    anyone = ui.person_option(
        step.choice.with_staff(None).address(), "Anyone free", text="Most times to choose from", anyone=True
    )
    return frame(
        step,
        "Who",
        "Who would you like to see?",
        step.choice.again().address(),
        h.div(".svc")[anyone, [_person(step, one, zone) for one in free]],
    )


def _person(step: Step, one: NextFree, zone: str) -> Element:
    first = f"Next free {wording.moment(one.starts_at, zone)}" if one.starts_at else "No free time in the coming weeks"
    return ui.person_option(step.choice.with_staff(one.staff.id).address(), one.staff.name, text=first)


def times(step: Step, rows: Picker, zone: str) -> Element:
    """The third step: when. `zone` is the one to preselect where the visitor may choose another."""
    before = step.choice.with_service(step.service.id) if step.has_choice_of_people else step.choice.again()
    return frame(
        step,
        "Time",
        "Choose a day and time",
        before.address(),
        step.choice.chooses_zone and _zone_choice(step.choice, zone),
        picker(rows, nothing_suits=_nothing_suits(step, rows), taking=_taking(step), foot=_held_before(step)),
    )


def _taking(step: Step) -> Taking:
    """Choosing a time holds it; what was held before is let go."""
    kept = replace(step.choice, day=None, month=None, start=None, chooses_zone=False).spelled()
    return Taking(f"/b/{step.choice.slug}/hold", kept)


def _held_before(step: Step) -> Element | None:
    """The time that was chosen before coming back here, with the way on and the way out."""
    held = step.held
    if held is None or held.service_id != step.service.id:
        return None
    when = f"{wording.day(held.starts_at, step.zone)}, {wording.clock_time(held.starts_at, step.zone)}"
    on = replace(step.choice, start=held.starts_at, day=None, month=None, chooses_zone=False)
    return h.div(".go")[
        holding(held, step.zone, step.now, when),
        h.div(".row")[
            ui.link_button(
                f"Continue with {wording.clock_time(held.starts_at, step.zone)}", on.address(), kind="primary"
            ),
            ui.post_button("Let it go", f"/b/{step.choice.slug}/let-go", kind="ghost", fields=on.spelled()),
        ],
    ]


def holding(held: Held, zone: str, now: datetime, what: str) -> Node:
    """Until when a time is kept. The script counts down beside the sentence and speaks at two minutes and 30 seconds.

    Rounded up: the page must not say that it is over while it is still held.
    """
    until = f"{wording.clock_time(held.expires_at, zone)} ({city_of(zone)})"
    over = f"{what} is not held any more. It may still be free."
    seconds = str(ceil((held.expires_at - now).total_seconds()))
    return [
        h.div(".hold", data_hold=seconds, data_over=over)[
            ui.icon("timer", 18),
            h.p[h.b[what], " is held for you until ", h.span(".nowrap")[until], "."],
            h.b(role="timer", aria_label="Time left"),
            h.span(".sr", role="status"),
        ],
        script("/hold.js"),
    ]


def _zone_choice(choice: Choice, zone: str) -> Element:
    """The same page with the venue's times beside those of another zone."""
    kept = replace(choice, zone="", chooses_zone=False).spelled()
    return zone_form(f"/b/{choice.slug}", kept, choice.zone or zone)


def _nothing_suits(step: Step, rows: Picker) -> Element:
    write = h.a(href=f"/c/{step.business.slug}")["Write to us"]
    if not step.service.takes_waitlist:
        return h.p(".small.muted")["Nothing suits? ", write]
    chosen = {"service": step.service.id, "staff": step.choice.staff_id or ANYONE, "day": rows.day or rows.month}
    waitlist = h.a(href=f"/b/{step.business.slug}/waitlist?{urlencode(chosen)}", rel="nofollow")["Join the waitlist"]
    return h.p(".small.muted")["No time suits? ", waitlist, " or ", write, "."]


def times_of(step: Step) -> Choice:
    """Back to the times of the day that was chosen."""
    start = step.choice.start
    day = start.astimezone(clock.zone(step.business.time_zone)).date() if start else step.choice.day
    return replace(step.choice, start=None, day=day, month=None)


def frame(step: Step, word: str, title: str, back: str, *content: Node) -> Element:
    """The frame of every step but the first: where one is, the way back, and what has been chosen."""
    return document(
        title,
        ui.back_link(back),
        ui.steps(step.words, step.words.index(word)),
        h.div(".flow")[h.section(".grow")[h.h1[title], content], _summary(step, word)],
        brand=brand_of(step.business),
    )


def _summary(step: Step, word: str) -> Element:
    """What has been chosen before this step, each with the way to change it."""
    service, choice = step.service, step.choice
    facts = ", ".join(part for part in (wording.duration(service.duration_minutes), service.price_text) if part)
    before_who = step.has_choice_of_people and word == "Who"
    return ui.summary(
        "Your visit",
        ui.summary_line("calendar-check", service.name, facts, change=choice.again().address()),
        _when_line(step) if choice.start and word == "Details" else None,
        None if before_who else _who_line(step),
        service.place and ui.summary_line("map-pin", service.place, minor=True),
        ui.summary_line("plus", h.a(href=_with_more(step).address())["Add another service"]),
    )


def _with_more(step: Step) -> Several:
    """The same service as the first of several in one visit."""
    return Several(step.choice.slug, (Part(step.service.id, step.choice.staff_id),), zone=step.choice.zone)


def _when_line(step: Step) -> Element:
    start = step.choice.start
    assert start is not None
    zone = step.business.time_zone
    end = start + timedelta(minutes=step.service.duration_minutes)
    return ui.summary_line(
        "calendar-days", wording.day(start, zone), wording.times(start, end, zone), change=times_of(step).address()
    )


def _who_line(step: Step) -> Element:
    change = step.choice.with_service(step.service.id).address() if step.has_choice_of_people else ""
    return ui.summary_line("user-round", step.who or "Anyone free", change=change, minor=True)
