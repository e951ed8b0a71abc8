"""Every time that is offered is accepted by the same command that refuses every other one, on the real database."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from careops_app.bookings import offering, service
from careops_app.bookings.offering import Absence, ServiceDraft
from careops_app.bookings.queries import SlotSearch, slots_on
from careops_app.bookings.rules import Obstacle
from careops_app.bookings.service import BookingRequest, StaffBooking
from careops_app.bookings.spans import Window
from careops_app.errors import Refused
from careops_app.infra import db
from careops_app.workspace import service as workspaces
from tests import figures
from tests.bookings import oracle
from tests.bookings.clinic import Clinic
from tests.conftest import HandClock

CASES = figures.amount("CASES", 12)
TRIED_PER_CASE = 8
NOT_OPEN = {obstacle.value for obstacle in Obstacle}


class TakenBack(Exception):
    """Ends the transaction of a try, so that the next one finds everything as it was."""


def is_accepted(clinic: Clinic, wanted: BookingRequest | StaffBooking) -> bool:
    """Whether this would be booked now; nothing is left of it."""
    by_staff = isinstance(wanted, StaffBooking)
    command = service.add_by_staff if by_staff else service.request

    def attempt(session, scope):
        command(session, scope, wanted)
        raise TakenBack

    try:
        db.transact_now(attempt, clinic.owner if by_staff else clinic.owner.workspace_id)
    except TakenBack:
        return True
    except Refused as refused:
        if refused.code in NOT_OPEN:
            return False
        raise
    raise AssertionError("unreachable")


def arranged(clinic: Clinic, clock: HandClock, chance: random.Random) -> tuple[SlotSearch, list[datetime]]:
    """Other hours, another service, another zone, some visits and an absence; what is asked, and starts nearby."""
    zone = chance.choice(oracle.changing_zones())
    day = chance.choice(oracle.change_days(zone))
    clock.move_to(
        datetime(day.year, day.month, day.day, chance.randrange(24), tzinfo=clock.now.tzinfo) - timedelta(days=1)
    )
    clinic.do(_moves_to, zone)
    clinic.do(offering.set_hours, None, tuple(_windows(chance) for _ in range(7)))
    draft = ServiceDraft(
        "Anything", chance.choice([15, 45, 90]), buffer_before_minutes=chance.choice([0, 10]),
        buffer_after_minutes=chance.choice([0, 15]), step_minutes=chance.choice([5, 15, 20]),
        notice_minutes=chance.choice([0, 60, 900]), horizon_days=chance.choice([1, 30]),
        staff_ids=(clinic.priya, clinic.jonas),
    )  # fmt: skip
    service_id = clinic.do(offering.add_service, draft)
    by_staff = chance.random() < 0.3
    asked = SlotSearch(service_id, day, staff_id=chance.choice([None, clinic.priya]), by_staff=by_staff)
    for _ in range(3):
        if free := starts(clinic, asked):
            clinic.booked(chance.choice(free), service_id=service_id) if not by_staff else None
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.now.tzinfo)
    clinic.do(offering.take_time_off, Absence(noon, noon + timedelta(hours=2), chance.choice([None, clinic.priya])))
    return asked, [noon + timedelta(minutes=5 * chance.randrange(-200, 200)) for _ in range(TRIED_PER_CASE)]


def _windows(chance: random.Random) -> tuple[Window, ...]:
    opens, breaks, closes = (chance.randrange(0, 30), chance.randrange(32, 60), chance.randrange(62, 96))
    return Window(opens * 15, breaks * 15), Window(breaks * 15 + 15, closes * 15 + 15)


def _moves_to(session, actor, zone: str) -> None:
    card = workspaces.load(session, workspaces.Workspace, actor.workspace_id)
    card.time_zone = zone
    session.add(card)


def starts(clinic: Clinic, asked: SlotSearch) -> list[datetime]:
    return [slot.starts_at for day in clinic.ask(slots_on, asked) for slot in day.slots]


def wish(clinic: Clinic, asked: SlotSearch, at: datetime) -> BookingRequest | StaffBooking:
    if asked.by_staff:
        return StaffBooking(asked.service_id, at, f"try-{at:%s}", staff_id=asked.staff_id, name="Walk In")
    return clinic.wish(at, service_id=asked.service_id, staff_id=asked.staff_id)


@pytest.mark.timeout(3600)
def test_what_is_offered_is_accepted_and_nothing_else(clinic: Clinic, clock: HandClock):
    offered_count = refused_count = 0
    for case in range(CASES):
        chance = random.Random(case)
        asked, nearby = arranged(clinic, clock, chance)
        offered = starts(clinic, asked)
        days = {day: starts(clinic, SlotSearch(**vars(asked) | {"first_day": day})) for day in _dates(asked.first_day)}
        for at in chance.sample(offered, min(TRIED_PER_CASE, len(offered))):
            assert is_accepted(clinic, wish(clinic, asked, at)), (case, at)
            offered_count += 1
        anywhere = {at for found in days.values() for at in found}
        for at in nearby:
            assert is_accepted(clinic, wish(clinic, asked, at)) == (at in anywhere), (case, at)
            refused_count += at not in anywhere
    assert offered_count and refused_count
    figures.note(
        f"offered exactly when accepted, by the command on PostgreSQL: {CASES:,} arrangements,"
        f" {offered_count:,} offered starts accepted, {refused_count:,} others refused, 0 mismatches"
    )


def _dates(day: date) -> list[date]:
    return [day + timedelta(days=away) for away in (-2, -1, 0, 1, 2)]
