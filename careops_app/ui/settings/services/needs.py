"""What a service needs beside a person, as it is being edited: one of these, all of those. Pure.

A room or machine is ticked in one requirement at most; the others no longer offer it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from careops_app.bookings.models import NeedChoice
from careops_app.bookings.requirements import NeedCard, ResourceCard
from careops_app.bookings.service_draft import Need
from careops_app.ui.settings.services.draft import Choice


@dataclass(frozen=True)
class NeedLine:
    """One requirement: `choice` is "any" or "all"."""

    at: int
    choice: str
    ticks: list[Choice]


def lines_of(needs: Sequence[NeedCard], known: Sequence[ResourceCard]) -> list[NeedLine]:
    """The kept requirements, ready for editing; what is out of use is no longer offered."""
    return _drawn([Need(need.choice, tuple(one.id for one in need.resources)) for need in needs], known)


def added(lines: list[NeedLine], known: Sequence[ResourceCard]) -> list[NeedLine]:
    """One more, of which nothing is ticked yet."""
    return _drawn([*needs_of(lines), Need(NeedChoice.ANY, ())], known)


def without(lines: list[NeedLine], at: int, known: Sequence[ResourceCard]) -> list[NeedLine]:
    """One less."""
    return _drawn([need for place, need in enumerate(needs_of(lines)) if place != at], known)


def chosen(lines: list[NeedLine], at: int, choice: NeedChoice, known: Sequence[ResourceCard]) -> list[NeedLine]:
    """One of these, or all of them."""
    needs = needs_of(lines)
    needs[at] = Need(choice, needs[at].resource_ids)
    return _drawn(needs, known)


def ticked(lines: list[NeedLine], at: int, resource_id: int, known: Sequence[ResourceCard]) -> list[NeedLine]:
    """A room or machine ticked, or no longer."""
    needs = needs_of(lines)
    ids = needs[at].resource_ids
    ids = tuple(one for one in ids if one != resource_id) if resource_id in ids else (*ids, resource_id)
    needs[at] = Need(needs[at].choice, ids)
    return _drawn(needs, known)


def needs_of(lines: list[NeedLine]) -> list[Need]:
    """The edited requirements, ready to be kept."""
    return [Need(NeedChoice(line.choice), tuple(int(one.value) for one in line.ticks if one.on)) for line in lines]


def _drawn(needs: list[Need], known: Sequence[ResourceCard]) -> list[NeedLine]:
    return [_line(at, need, needs, known) for at, need in enumerate(needs)]


def _line(at: int, need: Need, needs: list[Need], known: Sequence[ResourceCard]) -> NeedLine:
    elsewhere = {one for place, other in enumerate(needs) if place != at for one in other.resource_ids}
    ticks = [
        Choice(str(one.id), one.name, one.id in need.resource_ids) for one in known
        if not one.is_retired and one.id not in elsewhere
    ]  # fmt: skip
    return NeedLine(at, need.choice.value, ticks)
