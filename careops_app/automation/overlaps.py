"""What saving a rule warns of: two rules that tell the same person at the same moment, and rules that wake each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from careops_app.automation.causes import CAUSES
from careops_app.automation.rules import DAY, RULES, Rule
from careops_app.automation.terms import Step, Terms
from careops_app.infra import wording

CLOSE = 60  # minutes: what comes within an hour comes at the same moment
FORMS_DUE = DAY  # a form is due so long before its visit


@dataclass(frozen=True)
class _Told:
    """One moment at which a rule tells the customer of a visit, in minutes before its start."""

    rule: str
    step: Step
    before_start: int


def warnings(terms: Mapping[str, Terms], rule: str) -> list[str]:
    """Sentences about what the rules would do together with this one as it is given; none when it fits."""
    return [*_crowded(terms, rule), *_loops(terms, rule)]


def _crowded(terms: Mapping[str, Terms], rule: str) -> Iterator[str]:
    told = sorted(_moments(terms), key=lambda each: -each.before_start)
    for number, one in enumerate(told):
        for other in told[number + 1 :]:
            if rule in (one.rule, other.rule) and one.before_start - other.before_start < CLOSE:
                yield _sentence(one, other)


def _moments(terms: Mapping[str, Terms]) -> Iterator[_Told]:
    for rule, ahead in (("booking-reminder", 0), ("form-reminder", FORMS_DUE)):
        if terms[rule].enabled:
            yield from (_Told(rule, step, step.minutes + ahead) for step in terms[rule].steps)


def _sentence(one: _Told, other: _Told) -> str:
    apart = one.before_start - other.before_start
    gap = f"{wording.duration(apart)} apart" if apart else "at the same moment"
    if one.rule == other.rule:
        return (
            f"Two reminders reach the same person {gap}: {wording.before(one.step.minutes)} and "
            f"{wording.before(other.step.minutes)} before."
        )
    visit, form = (one, other) if one.rule == "booking-reminder" else (other, one)
    return (
        f"Somebody with an open form gets the booking reminder {wording.before(visit.step.minutes)} before the visit and "
        f"the form reminder {wording.before(form.step.minutes)} before the form is due {gap}."
    )


def _loops(terms: Mapping[str, Terms], rule: str) -> Iterator[str]:
    on = {key: each for key, each in RULES.items() if key not in terms or terms[key].enabled}
    if rule in on and (way := loop_of(on, rule)):
        names = wording.listing([f"“{RULES[each].name}”" for each in way])
        yield f"Rules would wake each other without end: {names}."


def loop_of(rules: Mapping[str, Rule], start: str) -> list[str]:
    """A way from a rule through what its actions announce back to itself, with no end of its own; empty for none."""
    found: list[str] = []

    def walk(key: str, way: list[str]) -> bool:
        for cause in (each for action in rules[key].do for each in CAUSES.get(action.__qualname__.split(".")[0], ())):
            for woken in (each for each in rules.values() if cause.event in each.on and not cause.ends):
                if woken.key == start:
                    found.extend(way)
                    return True
                if woken.key not in way and walk(woken.key, [*way, woken.key]):
                    return True
        return False

    return found if walk(start, [start]) else []
