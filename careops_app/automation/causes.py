"""What the actions of rules announce themselves, so that rules which wake each other can be told before they run.

A message that is queued announces nothing that a rule to customers listens to: an automatic message never makes another.
"""

from __future__ import annotations

from dataclasses import dataclass

from careops_app.events import (
    BookingCancelled,
    ContactStageChanged,
    Event,
    FormRequested,
    MessageFailed,
    MessageHeld,
    WaitlistLapsed,
    WaitlistOffered,
)


@dataclass(frozen=True)
class Cause:
    """An event an action may announce. `ends`: each time something is used up, so that it cannot go on for ever."""

    event: type[Event]
    ends: bool = False


CAUSES: dict[str, tuple[Cause, ...]] = {
    "send": (Cause(MessageHeld), Cause(MessageFailed)),
    "mail_owners": (Cause(MessageFailed),),
    "send_invitation": (Cause(MessageFailed),),
    "send_reset": (Cause(MessageFailed),),
    "request_forms": (Cause(FormRequested),),
    "lapse_booking": (Cause(BookingCancelled, ends=True),),
    "offer_freed_time": (Cause(WaitlistOffered, ends=True),),
    "close_offer": (Cause(WaitlistLapsed, ends=True),),
    "move_stage": (Cause(ContactStageChanged),),
}
"""By the name of the action in actions.py. A booking is cancelled once; an offer uses up a place on the list."""
