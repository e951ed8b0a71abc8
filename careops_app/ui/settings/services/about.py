"""What a service says of itself beside each closed section of its form. Pure."""

from careops_app.bookings.catalogue import ServiceCard
from careops_app.bookings.requirements import NeedCard
from careops_app.infra import wording

# Section of the form -> its fields that can be refused; one of these opens it.
SECTIONS: dict[str, tuple[str, ...]] = {
    "text": ("description", "location", "payment_url"),
    "times": (
        "buffer_before_minutes", "buffer_after_minutes", "step_minutes", "horizon_days", "notice_minutes",
        "cancel_notice_minutes",
    ),
    "seats": ("capacity", "daily_cap", "weekly_cap"),
    "approval": ("decide_minutes", "offer_minutes"),
    "rooms": ("needs",),
    "reminders": ("reminder_offsets",),
}  # fmt: skip
USUAL = {
    "text": "At the business",
    "times": "Every 15 min, 60 days ahead",
    "seats": "One customer at a time",
    "approval": "Confirmed at once, with a waitlist",
    "rooms": "Nothing but a person",
    "reminders": "24 hours and 2 hours before",
}


def about(card: ServiceCard) -> dict[str, str]:
    """One line per section."""
    return {
        "text": card.location or "At the business",
        "times": _times(card),
        "seats": _seats(card),
        "approval": _approval(card),
        "rooms": needs_words(card.needs) or "Nothing but a person",
        "reminders": _reminders(card.reminder_offsets),
    }


def needs_words(needs: tuple[NeedCard, ...]) -> str:
    """“Room 1 or Room 2; Laser”."""
    return "; ".join(need.words for need in needs)


def wrong_sections(errors: dict[str, str]) -> list[str]:
    """The sections in which something was refused."""
    return [section for section, names in SECTIONS.items() if any(name in errors for name in names)]


def _times(card: ServiceCard) -> str:
    parts = [f"Every {wording.duration(card.step_minutes)}", f"{wording.plural(card.horizon_days, 'day')} ahead"]
    if card.buffer_before_minutes:
        parts.append(f"{wording.duration(card.buffer_before_minutes)} free before")
    if card.buffer_after_minutes:
        parts.append(f"{wording.duration(card.buffer_after_minutes)} free after")
    return ", ".join(parts)


def _seats(card: ServiceCard) -> str:
    parts = ["One customer at a time" if card.capacity == 1 else f"{card.capacity} seats"]
    if card.daily_cap is not None:
        parts.append(f"at most {card.daily_cap} a day")
    if card.weekly_cap is not None:
        parts.append(f"at most {card.weekly_cap} a week")
    return ", ".join(parts)


def _approval(card: ServiceCard) -> str:
    waits = f"Waits up to {wording.before(card.decide_minutes)}" if card.needs_approval else "Confirmed at once"
    return f"{waits}, with a waitlist" if card.takes_waitlist else f"{waits}, no waitlist"


def _reminders(offsets: tuple[int, ...]) -> str:
    return f"{wording.listing(wording.before(minutes) for minutes in offsets)} before" if offsets else "None"
