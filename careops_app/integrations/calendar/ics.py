"""An invite as an iCalendar object: one UID for life, a SEQUENCE that rises, METHOD REQUEST or CANCEL (RFC 5546)."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

from careops_app.inbox.channels import Invite
from careops_app.infra import clock

PRODUCT = "-//CareOps//CareOps//EN"


def method_of(invite: Invite) -> str:
    """CANCEL takes the entry out of the customer's calendar; REQUEST adds or moves it."""
    return "CANCEL" if invite.cancelled else "REQUEST"


def calendar_of(invite: Invite, organizer: str, organizer_name: str, attendee: str, *, as_file: bool = False) -> bytes:
    """The .ics file. Times are written in UTC, which every client shows in its own zone.

    What travels in a message is a REQUEST or CANCEL to its attendee; a file somebody downloads only publishes.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH" if as_file else method_of(invite))
    calendar.add_component(_event(invite, organizer, organizer_name, attendee))
    return calendar.to_ical()


def _event(invite: Invite, organizer: str, organizer_name: str, attendee: str) -> Event:
    event = Event()
    event.add("uid", invite.uid)
    event.add("sequence", invite.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", _utc(invite.starts_at))
    event.add("dtend", _utc(invite.ends_at))
    event.add("summary", invite.summary)
    event.add("status", _status(invite))
    for name, text in (("location", invite.location), ("description", invite.description)):
        if text:
            event.add(name, text)
    event.add("organizer", _address(organizer, {"CN": organizer_name}))
    event.add("attendee", _address(attendee, {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "ROLE": "REQ-PARTICIPANT"}))
    return event


def _status(invite: Invite) -> str:
    if invite.cancelled:
        return "CANCELLED"
    return "TENTATIVE" if invite.tentative else "CONFIRMED"


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _address(address: str, parameters: dict[str, str]) -> vCalAddress:
    found = vCalAddress(f"mailto:{address}")
    for name, value in parameters.items():
        if value:
            found.params[name] = vText(value)
    return found
