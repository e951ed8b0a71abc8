"""Rules that would wake each other are found, and the rules as they are do not."""

from dataclasses import replace

import pytest

from careops_app.automation import actions
from careops_app.automation.causes import CAUSES
from careops_app.automation.overlaps import loop_of, warnings
from careops_app.automation.rules import RULES, Rule
from careops_app.automation.terms import Step, Terms
from careops_app.events import FormRequested, WaitlistLapsed


def terms(**changed: tuple[int, ...]) -> dict[str, Terms]:
    own = {key.replace("_", "-"): tuple(Step(each) for each in minutes) for key, minutes in changed.items()}
    return {
        key: replace(rule.standard, enabled=True, steps=own.get(key, rule.standard.steps))
        for key, rule in RULES.items()
    }


def test_no_rule_wakes_itself() -> None:
    assert {key: way for key in RULES if (way := loop_of(RULES, key))} == {}


def test_every_action_of_the_rules_says_what_it_announces_or_announces_nothing() -> None:
    silent = {"raise_alert", "note_pause", "end_wish"}
    used = {action.__qualname__.split(".")[0] for rule in RULES.values() for action in rule.do}
    assert used == CAUSES.keys() | silent and not CAUSES.keys() & silent


def test_a_rule_that_asks_for_a_form_whenever_a_form_was_asked_for_would_never_end() -> None:
    again = Rule("again", "Again", "", on=(FormRequested,), do=(actions.request_forms,))
    assert loop_of(RULES | {"again": again}, "again") == ["again"]


def test_what_is_used_up_ends_by_itself() -> None:
    passes_on = Rule("passes-on", "Passes on", "", on=(WaitlistLapsed,), do=(actions.offer_freed_time,))
    assert loop_of(RULES | {"passes-on": passes_on}, "passes-on") == []


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        ({"booking_reminder": (1440, 120)}, 0),
        ({"booking_reminder": (1440, 1381)}, 1),
        ({"booking_reminder": (1440, 1380)}, 0),
        ({"booking_reminder": (4320, 120)}, 1),  # the form is due a day before, its reminder goes two days before that
        ({"booking_reminder": (4320, 120), "form_reminder": (1440,)}, 0),
        ({"booking_reminder": (180, 150, 120)}, 2),
    ],
)
def test_within_an_hour_is_the_same_moment(moments: dict[str, tuple[int, ...]], told: int) -> None:
    assert len(warnings(terms(**moments), "booking-reminder")) == told


def test_only_what_the_rule_in_hand_takes_part_in_is_told() -> None:
    assert warnings(terms(booking_reminder=(1440, 1400)), "welcome") == []
