"""What customers see of their visit: the visit, the end of a booking, moving, cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import htpy as h
from htpy import Element, Node

from careops_app.infra import wording
from careops_app.infra.states import Tone
from careops_app.public import components as ui
from careops_app.public.layout import brand_of, document
from careops_app.public.manage.calendars import add_to_calendar
from careops_app.public.manage.together import together
from careops_app.public.manage.visit import FormLine, Visit
from careops_app.public.picker.page import picker, zone_form
from careops_app.public.picker.rows import Picker, start_text
from careops_app.public.typed import Typed

ANYONE = "any"


def visit(shown: Visit, *, is_just_moved: bool = False, problem: str = "") -> Element:
    """The visit with everything that belongs to it; `problem` says why something was not done."""
    moved = is_just_moved and shown.booking.moved_at is not None
    return _document(
        shown,
        "Your visit",
        h.div(".mg")[
            h.div[
                ui.form_problem(problem),
                moved
                and h.div(role="status")[ui.note("Your visit has moved.", tone=Tone.GOOD, icon_name="circle-check")],
                _card(shown),
                _before(shown),
            ],
            h.div[_policy(shown), together(shown), _reminders(shown), _ask(shown)],
        ],
    )


def _document(shown: Visit, title: str, *body: Node) -> Element:
    return document(title, *body, brand=brand_of(shown.business))


def _card(shown: Visit, *, with_actions: bool = True) -> Element:
    booking = shown.booking
    return h.section(".card.vis")[
        h.div(".st")[ui.badge(f"booking.{booking.status}"), h.span[f"Reference {booking.reference}"]],
        h.h1[booking.service],
        h.p(".wh")[_when(booking.starts_at, booking.ends_at, booking.time_zone)],
        _elsewhere(shown),
        h.dl[
            _fact("user-round", booking.staff),
            booking.location and _fact("map-pin", booking.location),
            booking.price_text and _fact("banknote", _price(shown)),
            booking.cancel_reason and _fact("info", booking.cancel_reason) if shown.is_cancelled else None,
        ],
        _actions(shown) if with_actions else None,
    ]


def _when(start: datetime, end: datetime, zone: str) -> Node:
    return [f"{wording.long_day(start, zone)}, ", h.span(".nowrap")[wording.times(start, end, zone)]]


def _elsewhere(shown: Visit) -> Node:
    """The same time on the customer's own clock, when it was another one while booking."""
    booking, own = shown.booking, shown.booking.customer_time_zone
    if (
        not own
        or wording.moment(booking.starts_at, own)[:-4] == wording.moment(booking.starts_at, booking.time_zone)[:-4]
    ):
        return None
    return h.p(".small.muted")[f"{wording.moment(booking.starts_at, own)} where you are"]


def _fact(icon_name: str, words: Node) -> Node:
    return [h.dt[ui.icon(icon_name)], h.dd[words]]


def _price(shown: Visit) -> Node:
    booking = shown.booking
    if not booking.payment_url or shown.is_cancelled:
        return booking.price_text
    return [booking.price_text, " ", h.a(href=booking.payment_url, rel="noreferrer noopener")["Pay in advance"]]


def _actions(shown: Visit) -> Node:
    if shown.is_cancelled:
        return h.div(".acts")[ui.link_button("Book again", f"/b/{shown.business.slug}", icon_name="calendar-days")]
    calendar = add_to_calendar(shown)
    if not shown.may_change:
        return h.div(".acts")[calendar]
    return h.div(".acts")[
        ui.link_button("Move", f"{shown.address}/move", icon_name="calendar-clock"),
        calendar,
        ui.link_button("Cancel", f"{shown.address}/cancel", kind="danger", icon_name="calendar-x"),
    ]


def _before(shown: Visit) -> Node:
    """The forms of this visit."""
    if not shown.forms or shown.is_cancelled:
        return None
    done = sum(line.is_done for line in shown.forms)
    return h.section(".card.todo", aria_labelledby="before")[
        h.header[h.h2("#before")["Before your visit"], h.span(".small.muted")[f"{done} of {len(shown.forms)} done"]],
        h.ul[[_form(line, shown.booking.time_zone) for line in shown.forms]],
    ]


def _form(line: FormLine, zone: str) -> Element:
    if line.is_done:
        return h.li[h.div[h.b[line.name]], ui.badge("form.done")]
    way = ui.link_button("Fill in the form", line.address, kind="primary") if line.address else None
    below = f"Needed by {wording.moment(line.due_at, zone)}."
    return h.li[h.div[h.b[line.name], h.small[below if way else f"{below} Its link comes by e-mail or text."]], way]


def _policy(shown: Visit) -> Node:
    if shown.is_cancelled:
        return None
    booking = shown.booking
    return h.section(".card.side2")[
        h.h2["Changes"],
        shown.is_pending and h.p[_waits(shown)],
        h.p[booking.policy],
        None if shown.may_change else _reach(shown),
    ]


def _waits(shown: Visit) -> str:
    """Until when the business decides about a request, and what happens if it does not."""
    booking, words = shown.booking, "We look at your request and tell you whether the time works."
    if booking.decide_by is None:
        return words
    by = wording.moment(booking.decide_by, booking.time_zone)
    return f"{words} You hear from us by {by}; without an answer the time is free again then."


def _reach(shown: Visit) -> Node:
    phone = shown.business.phone
    return phone and h.p[h.a(href=f"tel:{''.join(sign for sign in phone if sign in '+0123456789')}")[f"Call {phone}"]]


def _reminders(shown: Visit) -> Node:
    """When reminders are planned; to which address is not said on a page that opens with a link."""
    if not shown.reminders:
        return None
    zone = shown.booking.time_zone
    return h.section(".card.side2")[
        h.h2["Reminders planned"],
        h.ul[[h.li[ui.icon("clock"), h.span[wording.moment(at, zone)]] for at in shown.reminders]],
    ]


def _ask(shown: Visit) -> Element:
    return h.section(".card.side2.noprint")[
        h.h2["Ask us something"],
        h.p[
            h.a(href=f"/c/{shown.business.slug}")["Write to us"], f" and name the reference {shown.booking.reference}."
        ],
    ]


def booked(shown: Visit) -> Element:
    """The end of a booking: it is made, and this happens next."""
    booking = shown.booking
    first_name = booking.given_name.split()[0] if booking.given_name.strip() else ""
    title = "We have your request" if shown.is_pending else "You are booked"
    return _document(
        shown,
        title,
        h.div(".plain")[
            ui.done_mark("hourglass", "warn") if shown.is_pending else ui.done_mark(),
            h.h1[f"{title}, {first_name}" if first_name else title],
            h.p(".lead")[
                f"{booking.service} with {booking.staff}",
                h.br,
                h.b[_when(booking.starts_at, booking.ends_at, booking.time_zone)],
                booking.location and [h.br, booking.location],
            ],
            _elsewhere(shown),
            ui.reference(booking.reference),
            together(shown),
            _next(shown),
        ],
    )


def _next(shown: Visit) -> Element:
    zone = shown.booking.time_zone
    return ui.what_next(
        [_open_form(line, zone) for line in shown.forms if not line.is_done],
        _message_comes(shown),
        None if shown.is_pending else ui.next_line(
            "calendar-plus", "Add it to your calendar", None, ui.link_button("Add", shown.calendar_address)
        ),
        ui.next_line(
            "calendar-clock",
            "Need to change something?",
            shown.booking.policy,
            ui.link_button("Manage booking", shown.address),
        ),
    )  # fmt: skip


def _open_form(line: FormLine, zone: str) -> Element:
    action = ui.link_button("Fill in now", line.address, kind="primary") if line.address else None
    return ui.next_line("clipboard-list", line.name, f"Needed by {wording.moment(line.due_at, zone)}.", action)


def _message_comes(shown: Visit) -> Element:
    """Which address is not said: the page must look the same for people we know and people we do not."""
    if shown.is_pending:
        return ui.next_line("hourglass", "We look at it", _waits(shown))
    return ui.next_line("mail", "A confirmation is being sent", "To the e-mail address or number you gave.")


def cancel(shown: Visit, typed: Typed) -> Element:
    """What cancelling means, before it is done."""
    booking = shown.booking
    open_forms = sum(not line.is_done for line in shown.forms)
    return _document(
        shown,
        "Cancel this visit?",
        ui.back_link(shown.address, "Keep the visit"),
        h.div(".plain")[
            h.section(".card.cx")[
                h.h1["Cancel this visit?"],
                h.p[h.b[booking.service], h.br, _when(booking.starts_at, booking.ends_at, booking.time_zone)],
                h.p[booking.policy],
                h.ul(".says")[
                    h.li["The time becomes free for others at once."],
                    bool(open_forms)
                    and h.li[f"{wording.plural(open_forms, 'open form')} will not be needed any more."],
                    bool(shown.reminders) and h.li["No more reminders are sent."],
                    h.li["You get a message that it is cancelled."],
                ],
                ui.form(
                    f"{shown.address}/cancel",
                    ui.textarea_field("Reason", "reason", optional=True, rows=3, **typed.field("reason")),
                    h.div(".row.wrap")[
                        ui.button("Cancel the visit", kind="danger-solid"),
                        ui.link_button("Keep it", shown.address),
                    ],
                ),
            ]
        ],
    )


def times(shown: Visit, rows: Picker, anyone: bool, chooses_zone: bool, zone: str) -> Element:
    """Another day and time, with the same person unless the customer prefers more times."""
    several = len(shown.service.staff) > 1
    who = "with anyone free" if anyone else f"with {shown.booking.staff}"
    other = h.a(href=f"{shown.address}/move" + ("" if anyone else f"?staff={ANYONE}"))[
        f"Only {shown.booking.staff}" if anyone else "Show the times of everybody"
    ]
    return _document(
        shown,
        "Move your visit",
        ui.back_link(shown.address, "Keep the visit as it is"),
        h.h1["Move your visit"],
        h.p(".lead")[
            f"{shown.booking.service}, now ",
            _when(shown.booking.starts_at, shown.booking.ends_at, shown.booking.time_zone),
            f". Free times {who}. " if several else ".",
            several and other,
        ],
        chooses_zone and zone_form(f"{shown.address}/move", {"staff": ANYONE} if anyone else {}, zone),
        picker(rows),
    )


def confirm_move(
    shown: Visit, start: datetime, anyone: bool, problem: str = "", nearest: Sequence[datetime] = ()
) -> Element:
    """From when to when, before it is done; or other times to choose from when this one cannot be had."""
    booking, zone = shown.booking, shown.business.time_zone
    end = start + timedelta(minutes=booking.duration_minutes)
    lost = problem and f"{problem} Choose one of the nearest free times."
    title = "Choose another time" if problem else "Move your visit to this time?"
    return _document(
        shown,
        title,
        ui.back_link(f"{shown.address}/move" + (f"?staff={ANYONE}" if anyone else ""), "Other times"),
        h.div(".plain")[
            h.section(".card.cx")[
                h.h1[title],
                ui.form_problem(lost),
                h.dl(".cost")[
                    h.dt["Now"],
                    h.dd[_when(booking.starts_at, booking.ends_at, booking.time_zone)],
                    None if problem else [h.dt["New"], h.dd[h.b[_when(start, end, zone)]]],
                ],
                ui.form(
                    f"{shown.address}/move",
                    ui.hidden("revision", str(booking.revision)),
                    anyone and ui.hidden("staff", ANYONE),
                    _choice(nearest, zone) if nearest else ui.hidden("start", start_text(start)),
                    h.div(".row.wrap")[ui.button("Move the visit"), ui.link_button("Keep it as it is", shown.address)],
                ),
            ]
        ],
    )


def _choice(nearest: Sequence[datetime], zone: str) -> Element:
    return ui.choices("New time", "start", [(start_text(start), wording.moment(start, zone)) for start in nearest])
