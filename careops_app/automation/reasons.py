"""The reasons rules give, in words a person reads in the run log."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "known_contact": "The contact was known already",
    "covered_by_confirmation": "The booking confirmation covers it",
    "covered_by_group": "The message about all visits booked together covers it",
    "asked_with_first_of_group": "The forms are asked for once, with the first visit of the series",
    "too_late": "Its time had already passed when it was planned",
    "booking_changed_since": "The booking has changed since",
    "booking_not_confirmed": "The booking is not confirmed",
    "already_decided": "The booking has been decided already",
    "booking_not_within_48_hours": "The booking is more than 48 hours away",
    "not_about_a_booking": "It is not about a booking",
    "no_approval_needed": "The service needs no approval",
    "service_has_no_forms": "The service asks for no forms",
    "sent_with_the_booking": "Its link goes out with the other forms of the booking",
    "form_withdrawn_or_waived": "The form is no longer asked for",
    "form_already_completed": "The form is complete",
    "stage_already_passed": "The contact is further along already",
    "answered_meanwhile": "Somebody answered meanwhile",
    "nobody_waits": "Nobody on the waitlist wants this time",
    "nothing_became_free": "No time became free",
    "offer_over": "The offer is over",
    "no_longer_waiting": "The place on the waitlist is no longer open",
    "no_longer_held": "The message is no longer held",
    "rule_switched_off": "The rule is switched off",
    "alert_already_open": "The alert is open already",
    "staff_replied": "Held: somebody on the team replied",
    "no_address": "The contact has no address for it",
    "no_channel": "No channel is set up for it",
    "superseded": "Something newer replaced it",
    "already_sent": "It has been sent before",
}


def in_words(reason: str) -> str:
    """The sentence for a reason code; sentences stay as they are."""
    return WORDS.get(reason, reason)
