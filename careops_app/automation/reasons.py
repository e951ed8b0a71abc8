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
    "dropped_with_change": "An owner dropped what was planned when the rule changed",
    "no_longer_a_moment": "The rule no longer sends at this moment",
    "automation_stopped": "All automation is stopped",
    "contact_stopped": "Automatic messages to this contact are stopped",
    "skipped_by_hand": "Somebody on the team skipped it for this booking",
    "reminded_lately": "A reminder went out shortly before",
    "visit_taken_back": "The visit is no longer marked so",
    "dropped": "Dropped by hand",
    "alert_already_open": "The alert is open already",
    "staff_replied": "Held: somebody on the team replied",
    "no_address": "The contact has no address for it",
    "no_channel": "No channel is set up for it",
    "superseded": "Something newer replaced it",
    "no_longer_due": "The visit or the form was over by then",
    "already_sent": "It has been sent before",
}


def in_words(reason: str) -> str:
    """The sentences for what a run noted, one part per action; sentences stay as they are."""
    return "; ".join(WORDS.get(part, part) for part in reason.split("; "))


CHECKS: dict[str, str] = {
    "rule_is_on": "The rule is switched on",
    "is_new_contact": "The contact is new",
    "not_covered_by_confirmation": "No booking confirmation says it already",
    "not_covered_by_group": "No message about several visits says it already",
    "in_time": "Its time has not passed",
    "booking_is_current": "The booking is still as it was then",
    "booking_is_confirmed": "The booking is confirmed",
    "booking_is": "The visit is still marked so",
    "not_reminded_lately": "No reminder went out shortly before",
    "booking_is_pending": "The booking still waits for a decision",
    "booking_starts_within_48_hours": "The booking starts within 48 hours",
    "needs_approval": "The service needs approval",
    "service_has_forms": "The service asks for forms",
    "forms_not_asked_with_group": "The forms were not asked for with an earlier visit of the series",
    "form_was_asked_by_staff": "Somebody on the team asked for the form",
    "form_is_pending": "The form is still wanted and not complete",
    "form_was_asked_before_reminder": "The form was asked for before the reminder was due",
    "group_is_current": "One of the visits is still as it was then",
    "start_became_free": "A start became free",
    "somebody_waits": "Somebody waits for this service",
    "still_waits": "The place on the waitlist is still open",
    "offer_stands": "The offer still stands",
    "stage_is": "The contact is at a stage that it moves on from",
    "still_unanswered": "Nobody has answered meanwhile",
    "message_is_held": "The message is still held",
}
"""What each check of a rule asks, said as it is when it holds."""


def check_in_words(key: str) -> str:
    """The sentence for a check."""
    return CHECKS.get(key) or f"{key.replace('_', ' ').capitalize()}"
