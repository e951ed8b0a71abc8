"""A service as a form of texts: from the card that is shown to the draft that is kept. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import TypedDict

from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.service_draft import Need, ServiceDraft
from careops_app.infra import wording

REMINDERS = (10_080, 2_880, 1_440, 720, 240, 120, 60, 30)  # minutes before the start that the form offers
NOTICES = (0, 30, 60, 120, 240, 720, 1_440, 2_880, 10_080)
BUFFERS = (0, 5, 10, 15, 20, 30, 45, 60)
STEPS = (5, 10, 15, 20, 30, 60)
DECISIONS = (60, 120, 240, 720, 1_440, 2_880, 4_320, 10_080)
OFFERS = (10, 15, 30, 60, 120, 240, 1_440)
HORIZONS = (7, 14, 30, 60, 90, 180, 365)
NOT_A_NUMBER = -1  # refused by the rules with the sentence of its field


class ServiceForm(TypedDict):
    """The form as it is submitted."""

    name: str
    duration_minutes: str
    price_text: str
    description: str
    location: str
    payment_url: str
    buffer_before_minutes: str
    buffer_after_minutes: str
    step_minutes: str
    notice_minutes: str
    horizon_days: str
    cancel_notice_minutes: str
    needs_approval: bool
    decide_minutes: str
    capacity: str
    daily_cap: str
    weekly_cap: str
    takes_waitlist: bool
    offer_minutes: str
    reminders: list[str]
    staff: list[str]


@dataclass(frozen=True)
class Choice:
    """A tick of the form; `value` is what it submits."""

    value: str
    word: str
    on: bool


@dataclass(frozen=True)
class ServiceText:
    """A service as the form shows it: numbers as texts, with the words of those that are chosen from a list."""

    id: int = 0
    name: str = ""
    duration_minutes: str = "60"
    price_text: str = ""
    description: str = ""
    location: str = ""
    payment_url: str = ""
    buffer_before_minutes: str = "0"
    buffer_after_minutes: str = "0"
    step_minutes: str = "15"
    notice_minutes: str = "60"
    horizon_days: str = "60"
    cancel_notice_minutes: str = "0"
    needs_approval: bool = False
    decide_minutes: str = "2880"
    capacity: str = "1"
    daily_cap: str = ""
    weekly_cap: str = ""
    takes_waitlist: bool = True
    offer_minutes: str = "30"


def text_of(card: ServiceCard) -> ServiceText:
    """The card in a form."""
    return ServiceText(
        id=card.id, name=card.name, duration_minutes=str(card.duration_minutes), price_text=card.price_text,
        description=card.description, location=card.location, payment_url=card.payment_url,
        buffer_before_minutes=str(card.buffer_before_minutes), buffer_after_minutes=str(card.buffer_after_minutes),
        step_minutes=str(card.step_minutes), notice_minutes=str(card.notice_minutes),
        horizon_days=str(card.horizon_days), cancel_notice_minutes=str(card.cancel_notice_minutes),
        needs_approval=card.needs_approval, decide_minutes=str(card.decide_minutes), capacity=str(card.capacity),
        daily_cap=_cap_text(card.daily_cap), weekly_cap=_cap_text(card.weekly_cap),
        takes_waitlist=card.takes_waitlist, offer_minutes=str(card.offer_minutes),
    )  # fmt: skip


def draft_of(form: ServiceForm, needs: tuple[Need, ...] = ()) -> ServiceDraft:
    """The form as a draft; what is no number is left to the rules to refuse."""
    return ServiceDraft(
        name=form["name"], duration_minutes=number(form["duration_minutes"]), price_text=form["price_text"],
        description=form["description"], location=form["location"], payment_url=form["payment_url"],
        buffer_before_minutes=number(form["buffer_before_minutes"]),
        buffer_after_minutes=number(form["buffer_after_minutes"]), step_minutes=number(form["step_minutes"]),
        notice_minutes=number(form["notice_minutes"]), horizon_days=number(form["horizon_days"]),
        cancel_notice_minutes=number(form["cancel_notice_minutes"]), needs_approval=form["needs_approval"],
        reminder_offsets=tuple(number(text) for text in form["reminders"]),
        staff_ids=tuple(number(text) for text in form["staff"]), capacity=number(form["capacity"]),
        daily_cap=_cap(form["daily_cap"]), weekly_cap=_cap(form["weekly_cap"]),
        decide_minutes=number(form["decide_minutes"]), takes_waitlist=form["takes_waitlist"],
        offer_minutes=number(form["offer_minutes"]), needs=needs,
    )  # fmt: skip


def number(text: str) -> int:
    """A whole number as it was typed, or NOT_A_NUMBER."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 10 else NOT_A_NUMBER


def _cap(text: str) -> int | None:
    """Empty means no cap."""
    return number(text) if text.strip() else None


def _cap_text(cap: int | None) -> str:
    return "" if cap is None else str(cap)


def reminder_choices(chosen: Iterable[int]) -> list[Choice]:
    """The offered reminders and those that are set already, longest first."""
    on = set(chosen)
    return [
        Choice(str(minutes), f"{wording.before(minutes)} before", minutes in on)
        for minutes in sorted({*REMINDERS, *on}, reverse=True)
    ]


def lead_words(minutes: int) -> str:
    """“None”, “2 hours”."""
    return wording.before(minutes) if minutes else "None"


def minute_choices(offered: tuple[int, ...]) -> list[tuple[str, str]]:
    """Minutes to choose from, and how they are spoken."""
    return [(str(minutes), lead_words(minutes)) for minutes in offered]


def horizon_choices() -> list[tuple[str, str]]:
    """How far ahead customers may book: days, and how they are spoken."""
    return [(str(days), wording.plural(days, "day")) for days in HORIZONS]
