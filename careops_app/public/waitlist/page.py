"""What customers see of the waitlist: the form to join, their own entry, and the offer of a freed time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import htpy as h
from htpy import Element, Node

from careops_app.bookings import sentences
from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.waitlist_models import WaitlistStatus
from careops_app.bookings.waitlist_queries import EntryCard, OpenOffer
from careops_app.infra import wording
from careops_app.infra.countries import city_of
from careops_app.infra.states import Tone
from careops_app.public import components as ui
from careops_app.public.book.choice import ANYONE
from careops_app.public.layout import brand_of, document, sentence_page
from careops_app.public.reach import reachable
from careops_app.public.typed import Typed
from careops_app.workspace.queries import WorkspaceCard


@dataclass(frozen=True)
class Place:
    """An entry of the waitlist as its customer opens it by link. `visit` is the address of what it was booked as."""

    token: str
    business: WorkspaceCard
    entry: EntryCard
    visit: str = ""

    @property
    def address(self) -> str:
        return f"/w/{self.token}"

    @property
    def is_open(self) -> bool:
        return self.entry.status in (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)


def join(business: WorkspaceCard, service: ServiceCard, typed: Typed, today: date, now: datetime) -> Element:
    """When one would come, and how one is reached."""
    city, mark = city_of(business.time_zone), wording.zone_mark(now, business.time_zone)
    return document(
        "Join the waitlist",
        ui.back_link(f"/b/{business.slug}?service={service.id}", "Free times"),
        h.div(".flow")[
            h.section(".grow")[
                h.h1["Join the waitlist"],
                h.p(".lead")[
                    f"When a time that suits you becomes free, we keep it for you for {_kept(service.offer_minutes)} "
                    "and tell you at once."
                ],
                ui.form_problem(typed.problem("form")),
                ui.form(
                    f"/b/{business.slug}/waitlist",
                    ui.hidden("service", str(service.id)),
                    _people(service, typed),
                    _days(typed, today),
                    _hours(typed, f"Times are {city} time ({mark})."),
                    service.capacity > 1 and _seats(service, typed),
                    ui.text_field("Name", "name", autocomplete="name", **typed.field("name")),
                    reachable(typed),
                    ui.textarea_field("Anything we should know?", "note", optional=True, rows=3, **typed.field("note")),
                    ui.button("Join the waitlist", large=True),
                    key=typed.value("key"),
                ),
            ],
            ui.summary(
                "You wait for",
                ui.summary_line(
                    "calendar-check",
                    service.name,
                    ", ".join(x for x in (wording.duration(service.duration_minutes), service.price_text) if x),
                    change=f"/b/{business.slug}",
                ),
                service.place and ui.summary_line("map-pin", service.place, minor=True),
            ),
        ],
        brand=brand_of(business),
    )


def _kept(minutes: int) -> str:
    return wording.before(minutes)


def _people(service: ServiceCard, typed: Typed) -> Node:
    if len(service.staff) < 2:
        return None
    options = [(ANYONE, "Anyone"), *((str(one.id), one.name) for one in service.staff)]
    return ui.select_field("With", "staff", options, value=typed.value("staff"), problem=typed.problem("staff"))


def _days(typed: Typed, today: date) -> Element:
    first, last = (typed.field(name, min=today.isoformat()) for name in ("first_on", "last_on"))
    return h.div(".two")[
        ui.text_field("First day", "first_on", type="date", **first),
        ui.text_field("Last day", "last_on", type="date", **last),
    ]


def _hours(typed: Typed, whose: str) -> Node:
    return [
        h.div(".two")[
            ui.text_field("Starting from", "from", type="time", optional=True, **typed.field("from")),
            ui.text_field("Starting before", "until", type="time", optional=True, **typed.field("until")),
        ],
        h.p(".either")[f"Empty means any time of the day. {whose}"],
    ]


def _seats(service: ServiceCard, typed: Typed) -> Element:
    shown = typed.field("seats", min=1, max=service.capacity, inputmode="numeric")
    return ui.text_field("How many people", "seats", type="number", **shown)


def joined(business: WorkspaceCard, service: ServiceCard) -> Element:
    """The end of joining; the same for everybody: it must not tell who was on the list before."""
    return sentence_page(
        "You are on the waitlist",
        f"When a time for {service.name} becomes free that suits you, we keep it for you for "
        f"{_kept(service.offer_minutes)} and tell you at once.",
        "A message with your own link is on its way to the address you gave. With it you answer, or leave the list.",
        actions=ui.link_button("Back to the free times", f"/b/{business.slug}?service={service.id}"),
        brand=brand_of(business),
        icon_name="check",
        look="",
    )


def none(business: WorkspaceCard, reason: str) -> Element:
    """There is no waitlist to join."""
    back = ui.link_button("See what can be booked", f"/b/{business.slug}")
    return sentence_page("There is no waitlist here", reason, actions=back, brand=brand_of(business))


def entry(place: Place, *, problem: str = "", told: str = "") -> Element:
    """The entry as it is now: an offer to answer, a place in the queue, or how it ended."""
    shown = place.entry
    if place.is_open and shown.offer is not None:
        return _document(place, "A time is free for you", ui.form_problem(problem), _offered(place, shown.offer))
    note = told and h.div(role="status")[ui.note(told, tone=Tone.GOOD, icon_name="circle-check")]
    body = _waiting(place) if place.is_open else _ended(place)
    return _document(place, "Your place on the waitlist", ui.form_problem(problem), note, body)


def _document(place: Place, title: str, *body: Node) -> Element:
    return document(title, h.div(".plain")[body], brand=brand_of(place.business))


def _offered(place: Place, offer: OpenOffer) -> Element:
    shown, zone = place.entry, place.entry.time_zone
    when = (
        f"{wording.long_day(offer.starts_at, zone)}, ",
        h.span(".nowrap")[wording.times(offer.starts_at, offer.ends_at, zone)],
    )
    verb = "Ask for" if shown.needs_approval else "Book"
    button = f"{verb} {wording.day(offer.starts_at, zone)}, {wording.clock_time(offer.starts_at, zone)}"
    this = {"offer": str(offer.id)}
    return h.section(".card.vis")[
        h.div(".st")[ui.badge("waitlist.offered", "Kept for you"), h.span[shown.service]],
        h.h1["A time is free for you"],
        h.p(".wh")[when],
        _elsewhere(offer.starts_at, place),
        h.dl[
            _fact("timer", [h.b["Kept for you until ", wording.moment_on_both(
                offer.expires_at, zone, shown.customer_time_zone)], h.small["Then it goes to the next on the list."]]),
            _fact("user-round", offer.staff),
            shown.place and _fact("map-pin", shown.place),
            shown.price_text and _fact("banknote", shown.price_text),
        ],
        shown.needs_approval and h.p(".small.muted")["We look at your request and tell you whether the time works."],
        h.div(".acts")[
            ui.post_button(button, f"{place.address}/accept", kind="primary", fields=this),
            ui.post_button("Not this time", f"{place.address}/decline", fields=this),
        ],
        h.p(".small.muted")["If you say no you keep your place. ", h.a(href=f"{place.address}/leave")["Leave the waitlist"]],
    ]  # fmt: skip


def _elsewhere(at: datetime, place: Place) -> Node:
    """The same time on the customer's own clock, when it is another one."""
    own, zone = place.entry.customer_time_zone, place.entry.time_zone
    if not own or wording.same_clock(at, own, zone):
        return None
    return h.p(".small.muted")[f"{wording.moment(at, own)} where you are"]


def _fact(icon_name: str, words: Node) -> Node:
    return [h.dt[ui.icon(icon_name)], h.dd[words]]


def _waiting(place: Place) -> Element:
    shown = place.entry
    return h.section(".card.vis")[
        h.div(".st")[ui.badge("waitlist.waiting")],
        h.h1["You are on the waitlist"],
        h.p(".wh")[shown.service],
        h.dl[
            _fact("calendar-days", sentences.wish(shown.wish, shown.staff)),
            shown.place and _fact("map-pin", shown.place),
            _fact(
                "timer",
                f"When a time becomes free, we keep it for you for {_kept(shown.offer_minutes)} and tell you at once.",
            ),
        ],
        h.div(".acts")[
            ui.link_button(
                "See free times", f"/b/{place.business.slug}?service={shown.service_id}", icon_name="calendar-days"
            ),
            ui.link_button("Leave the waitlist", f"{place.address}/leave", kind="danger", icon_name="x"),
        ],
    ]


ENDS: dict[WaitlistStatus, tuple[str, str]] = {
    WaitlistStatus.BOOKED: ("You have a visit", "You took a time that was offered to you."),
    WaitlistStatus.WITHDRAWN: ("You are not on the waitlist any more", "Nothing more is offered to you."),
    WaitlistStatus.EXPIRED: ("The days you waited for are over", "No time became free that suited you. We are sorry."),
}


def _ended(place: Place) -> Element:
    shown, slug = place.entry, place.business.slug
    title, text = ENDS[shown.status]
    visit = place.visit and ui.link_button("See the visit", place.visit, kind="primary", icon_name="calendar-check")
    again = ui.link_button("Join again", f"/b/{slug}/waitlist?service={shown.service_id}")
    return h.section(".card.vis")[
        h.div(".st")[ui.badge(f"waitlist.{shown.status}")],
        h.h1[title],
        h.p(".wh")[shown.service],
        h.p[text],
        h.div(".acts")[
            visit if shown.status == WaitlistStatus.BOOKED else again,
            ui.link_button("See free times", f"/b/{slug}?service={shown.service_id}", icon_name="calendar-days"),
        ],
    ]


def leaving(place: Place) -> Element:
    """What leaving means, before it is done."""
    return _document(
        place,
        "Leave the waitlist?",
        ui.back_link(place.address, "Stay on the list"),
        h.section(".card.cx")[
            h.h1["Leave the waitlist?"],
            h.p[h.b[place.entry.service], h.br, sentences.wish(place.entry.wish, place.entry.staff)],
            h.ul(".says")[
                h.li["No time is offered to you any more."],
                place.entry.offer and h.li["The time that is kept for you now goes to the next on the list."],
                h.li["If you join again later, you begin at the end."],
            ],
            ui.form(
                f"{place.address}/leave",
                h.div(".row.wrap")[
                    ui.button("Leave the waitlist", kind="danger-solid"),
                    ui.link_button("Stay on the list", place.address),
                ],
            ),
        ],
    )
