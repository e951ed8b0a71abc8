"""What people see who book: one page per step, and what they have chosen so far beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import htpy as h
from htpy import Element, Node

from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.queries import NextFree
from careops_app.bookings.rules import change_deadline
from careops_app.bookings.visits import Part
from careops_app.infra import clock, wording
from careops_app.infra.states import Tone
from careops_app.public import components as ui
from careops_app.public.book.choice import ANYONE, Choice
from careops_app.public.book.repeat import Repeat
from careops_app.public.book.several import Several
from careops_app.public.layout import brand_of, document
from careops_app.public.picker.page import picker, zone_form
from careops_app.public.picker.rows import Picker, start_text
from careops_app.public.reach import reachable, visiting
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard


@dataclass(frozen=True)
class Step:
    """Where the visitor is: the business, the chosen service, and everything else that was chosen."""

    business: WorkspaceCard
    service: ServiceCard
    choice: Choice
    now: datetime

    @property
    def has_choice_of_people(self) -> bool:
        return len(self.service.staff) > 1

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
    return _step(
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
    return _step(
        step,
        "Time",
        "Choose a day and time",
        before.address(),
        step.choice.chooses_zone and _zone_choice(step.choice, zone),
        picker(rows, nothing_suits=_nothing_suits(step.business)),
    )


def _zone_choice(choice: Choice, zone: str) -> Element:
    """The same page with the venue's times beside those of another zone."""
    kept = replace(choice, zone="", chooses_zone=False).spelled()
    return zone_form(f"/b/{choice.slug}", kept, choice.zone or zone)


def _nothing_suits(business: WorkspaceCard) -> Element:
    return h.p(".small.muted")["Nothing suits? ", h.a(href=f"/c/{business.slug}")["Write to us"]]


def details(step: Step, typed: Typed, nearest: Sequence[datetime] = (), *, again: Choice | None = None) -> Element:
    """The last step: who comes. `nearest` are other times, when the chosen one cannot be had.

    With `again` the visit itself cannot be had, and is chosen anew from there; what was typed can still be read.
    """
    start = step.choice.start
    is_lost = bool(typed.problem("start"))
    return _step(
        step,
        "Details",
        "Your details",
        _times_of(step).address(),
        ui.form_problem(typed.problem("form")),
        is_lost and ui.form_problem(_lost(typed.problem("start"), nearest)),
        ui.form(
            f"/b/{step.choice.slug}",
            ui.hidden("service", str(step.service.id)),
            ui.hidden("staff", str(step.choice.staff_id or ANYONE)),
            step.choice.zone and ui.hidden("tz", step.choice.zone),
            _other_times(step, nearest) if nearest else ui.hidden("start", start_text(start) if start else ""),
            ui.text_field("Name", "name", autocomplete="name", **typed.field("name")),
            reachable(typed),
            ui.textarea_field(
                "Anything we should know?", "note", optional=True, hint="Access needs, questions", **typed.field("note")
            ),
            h.p(".small.muted")[_promise(step)],
            None if again or (is_lost and not nearest) else ui.button(_book_words(step, start, nearest), large=True),
            is_lost and h.p[h.a(href=_times_of(step).address())["See all free times"]],
            again and ui.link_button("Choose again", again.address(), kind="primary", large=True),
            key=typed.value("key"),
        ),
        None if is_lost or start is None else _repeat(step),
    )


def _repeat(step: Step) -> Element:
    """The way to a series of this visit."""
    return h.p(".small")["Coming regularly? ", h.a(href=Repeat(step.choice).address())["Repeat this visit"]]


def _lost(reason: str, nearest: Sequence[datetime]) -> str:
    """Why the time cannot be had, and what now."""
    more = "Choose one of the nearest free times; your details are kept." if nearest else "Choose another time."
    return f"{reason} {more}"


def _other_times(step: Step, nearest: Sequence[datetime]) -> Element:
    zone = step.business.time_zone
    return ui.choices(
        "Another time",
        "start",
        [(start_text(start), wording.moment(start, zone)) for start in nearest],
        chosen=[start_text(nearest[0])] if len(nearest) == 1 else [],
    )


def _promise(step: Step) -> str:
    """That a request waits for approval when it does, and until when the visit can be changed."""
    waits = "We look at your request and tell you whether the time works." if step.service.needs_approval else ""
    return " ".join(part for part in (waits, _change_policy(step)) if part)


def _change_policy(step: Step) -> str:
    start, notice = step.choice.start, step.service.cancel_notice_minutes
    if start is None or notice == 0:
        return step.service.policy
    deadline = change_deadline(start, notice)
    if deadline <= step.now:
        return "This visit is so soon that it cannot be moved or cancelled here any more."
    return f"You can move or cancel until {wording.moment(deadline, step.business.time_zone)}."


def _book_words(step: Step, start: datetime | None, nearest: Sequence[datetime]) -> str:
    verb = "Ask for" if step.service.needs_approval else "Book"
    if nearest or start is None:
        return f"{verb} this time"
    zone = step.business.time_zone
    return f"{verb} {wording.day(start, zone)}, {wording.clock_time(start, zone)}"


def _times_of(step: Step) -> Choice:
    """Back to the times of the day that was chosen."""
    start = step.choice.start
    day = start.astimezone(clock.zone(step.business.time_zone)).date() if start else step.choice.day
    return replace(step.choice, start=None, day=day, month=None)


def _step(step: Step, word: str, title: str, back: str, *content: Node) -> Element:
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
        "calendar-days", wording.day(start, zone), wording.times(start, end, zone), change=_times_of(step).address()
    )


def _who_line(step: Step) -> Element:
    change = step.choice.with_service(step.service.id).address() if step.has_choice_of_people else ""
    return ui.summary_line("user-round", step.who or "Anyone free", change=change, minor=True)
