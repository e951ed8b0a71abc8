"""The address of the screen that explains: one of a message, an event, a visit or a contact."""

from __future__ import annotations

HOME = "/app/explain/"


def of_message(message_id: int) -> str:
    return f"{HOME}?message={message_id}"


def of_event(event_id: int, rule: str = "") -> str:
    """An event; with a rule, opened at its look."""
    return f"{HOME}?event={event_id}&rule={rule}" if rule else f"{HOME}?event={event_id}"


def of_booking(booking_id: int) -> str:
    return f"{HOME}?booking={booking_id}"


def of_contact(contact_id: int) -> str:
    return f"{HOME}?contact={contact_id}"
