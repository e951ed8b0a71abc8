"""Clocks that change: new zone data moves nothing and is decided by people; readings that are skipped name their neighbours."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime

import pytest
from sqlmodel import col, select

from careops_app.automation.queries import open_alerts
from careops_app.bookings import offering, readings, service, zones
from careops_app.bookings.models import Booking
from careops_app.bookings.spans import Window
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox.models import Message
from careops_app.infra import clock, db
from careops_app.ui.settings.time_off.dates import AbsenceForm, remarks, span_of
from careops_app.worker.run import compare_zones, drain_now
from careops_app.workspace.access import Permission
from careops_app.workspace.models import Workspace
from tests import people
from tests.bookings.clinic import Clinic, tuesday

LONDON, NEW_YORK = clock.zone("Europe/London"), clock.zone("America/New_York")


def agreed(clinic: Clinic, booking_id: int, wall: str) -> None:
    """As if the zone data of the day it was booked had led to this reading."""

    def write(session, _):
        booking = db.load(session, Booking, booking_id)
        booking.wall_start = wall
        session.add(booking)

    clinic.do(write)


def forget(clinic: Clinic) -> None:
    """As if the visits had last been compared with older zone data."""

    def write(session, _):
        workspace = db.load(session, Workspace, clinic.owner.workspace_id)
        workspace.zone_data_version = "2020.1"
        session.add(workspace)

    clinic.do(write)


def alerts(clinic: Clinic) -> list[tuple[str, str, str]]:
    return [(row.title, row.detail, row.link) for row in clinic.ask(open_alerts) if row.kind == "zone_changed"]


@pytest.fixture
def changed(clinic: Clinic) -> int:
    """Nora's visit at 10:00, agreed as 11:00 under older zone data, and another that agrees."""
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    visit = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    clinic.booked(tuesday("14:00"), staff_id=clinic.priya, email="other@example.com")
    drain_now()
    agreed(clinic, visit, "2026-11-24T11:00")
    forget(clinic)
    return visit


def test_new_zone_data_raises_an_alert_and_moves_nothing(clinic: Clinic, changed: int):
    before = clinic.card(changed)
    assert compare_zones() == 1
    drain_now()
    assert alerts(clinic) == [
        (
            "The clocks have changed for Nora Vance",
            "Agreed was Tue 24 November 2026, 11:00; with the new time zone rules the clock shows Tue 24 November 2026, "
            "10:00 then. Nothing has moved: decide.",
            f"/app/bookings?booking={changed}",
        )
    ]
    assert clinic.card(changed) == before and before.agreed == datetime.fromisoformat("2026-11-24T11:00")
    load = lambda session, _: db.load(session, Workspace, clinic.owner.workspace_id).zone_data_version  # noqa: E731
    assert clinic.ask(load) == clock.zone_data_version()


def test_it_is_looked_at_once_per_release(clinic: Clinic, changed: int):
    assert (compare_zones(), compare_zones()) == (1, 0)
    forget(clinic)
    assert compare_zones() == 0, "the same visit under the same data is announced once"


def test_what_agrees_raises_nothing(clinic: Clinic):
    clinic.booked(tuesday("10:00"))
    forget(clinic)
    assert compare_zones() == 0


def test_past_and_cancelled_visits_are_left_alone(clinic: Clinic, changed: int, clock):
    clinic.do(service.cancel, changed)
    assert compare_zones() == 0


def test_keeping_the_clock_time_moves_the_instant_and_tells_the_customer_once(clinic: Clinic, changed: int):
    compare_zones()
    drain_now()
    clinic.do(zones.keep_clock_time, changed)
    drain_now()
    card = clinic.card(changed)
    assert (card.starts_at, card.agreed, card.staff) == (tuesday("11:00"), None, "Priya Raman")
    assert alerts(clinic) == [] and moved_messages(clinic, changed) == [
        "Your visit has moved to Tue 24 November 2026, 11:00 GMT"
    ]


def test_keeping_the_clock_time_needs_the_time_to_be_free(clinic: Clinic, changed: int):
    clinic.booked(tuesday("11:00"), staff_id=clinic.priya, email="third@example.com")
    with pytest.raises(Refused) as refused:
        clinic.do(zones.keep_clock_time, changed)
    assert refused.value.code == "slot_taken" and clinic.card(changed).agreed is not None


def test_keeping_the_instant_agrees_on_the_new_reading_and_says_so_once(clinic: Clinic, changed: int):
    compare_zones()
    drain_now()
    revision = clinic.card(changed).revision
    clinic.do(zones.keep_instant, changed)
    drain_now()
    card = clinic.card(changed)
    assert (card.starts_at, card.agreed, card.revision) == (tuesday("10:00"), None, revision + 1)
    assert alerts(clinic) == [] and moved_messages(clinic, changed) == [
        "Your visit has moved to Tue 24 November 2026, 10:00 GMT"
    ]
    with pytest.raises(Refused, match="decided already"):
        clinic.do(zones.keep_instant, changed)
    with pytest.raises(Refused, match="decided already"):
        clinic.do(zones.keep_clock_time, changed)


def moved_messages(clinic: Clinic, booking_id: int) -> list[str]:
    mine = select(Message.subject).where(
        Message.about == "booking", Message.about_id == booking_id, Message.template == "booking_rescheduled"
    )
    return list(clinic.ask(lambda session, _: session.exec(mine.order_by(col(Message.id))).all()))


def test_only_members_with_bookings_and_only_their_own(clinic: Clinic, elsewhere: Clinic, changed: int):
    sam = people.staff(people.Person("", 0, clinic.owner), Permission.INBOX).actor
    for command in (zones.keep_clock_time, zones.keep_instant):
        with pytest.raises(Forbidden):
            db.transact_now(command, sam, changed)
        with pytest.raises(NotFound):
            elsewhere.do(command, changed)


OTHER_DATA = """
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from careops_app import wiring
from careops_app.infra import clock
from careops_app.worker.run import compare_zones
with open(sys.argv[1], "rb") as file:
    london_abolishes_winter_time = ZoneInfo.from_file(file, key="Europe/London")
real = clock.zone
clock.zone = lambda name: london_abolishes_winter_time if name == "Europe/London" else real(name)
clock.zone_data_version = lambda: "2099.1"
clock.read_from(lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
wiring.install()
print(compare_zones())
"""


def test_a_release_in_which_a_country_changes_its_clocks_is_noticed(clinic: Clinic, clock):
    """In a process of its own, with the data of Lagos (an hour ahead all year) under the name of London."""
    import importlib.resources

    visit = clinic.booked(tuesday("10:00"))
    path = importlib.resources.files("tzdata.zoneinfo.Africa") / "Lagos"
    done = subprocess.run(
        [sys.executable, "-c", OTHER_DATA, str(path)],
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert clinic.payload("booking.zone_changed")["shows"] == "2026-11-24T11:00"
    assert clinic.card(visit).starts_at == tuesday("10:00")


@pytest.mark.parametrize(
    ("zone", "reading", "words"),
    [
        (LONDON, "2027-03-28T01:30", "skip 01:30. Choose a time before 01:00, or 02:00 or later."),
        (NEW_YORK, "2027-03-14T02:00", "skip 02:00. Choose a time before 02:00, or 03:00 or later."),
        (clock.zone("Australia/Lord_Howe"), "2027-10-03T02:10", "before 02:00, or 02:30 or later."),
        (
            clock.zone("Pacific/Apia"),
            "2011-12-30T10:00",
            "before Fri 30 December 2011, 00:00, or Sat 31 December 2011, 00:00 or later.",
        ),
    ],
)
def test_a_reading_that_the_clocks_skip_names_its_neighbours(zone, reading: str, words: str):
    with pytest.raises(Invalid) as invalid:
        readings.instant_at(datetime.fromisoformat(reading), zone, "first_time")
    assert words in invalid.value.fields["first_time"]


def test_a_reading_shown_twice_means_the_first_and_says_so():
    twice = datetime.fromisoformat("2026-10-25T01:30")
    assert readings.instant_at(twice, LONDON) == datetime.fromisoformat("2026-10-25T00:30+00:00")
    assert readings.remark(twice, LONDON) == (
        "The clocks go back and show this time twice; the first is meant, Sun 25 October 2026, 01:30 BST."
    )
    assert readings.remark(datetime.fromisoformat("2026-10-26T01:30"), LONDON) == ""


def _away(first_time: str, last_time: str, day: str) -> AbsenceForm:
    return {
        "away": "business", "first_day": day, "last_day": "", "first_time": first_time, "last_time": last_time, "reason": "",
    }  # fmt: skip


def test_time_off_at_a_skipped_or_doubled_time():
    with pytest.raises(Invalid) as invalid:
        span_of(_away("01:15", "05:00", "2027-03-28"), LONDON)
    assert "before 01:00, or 02:00 or later" in invalid.value.fields["first_time"]
    assert "the first is meant" in remarks(_away("01:15", "05:00", "2026-10-25"), LONDON)
    assert remarks(_away("", "", "2026-10-25"), LONDON) == ""


def test_hours_of_one_date_that_lie_in_the_gap_are_refused(clinic: Clinic):
    gap = date(2027, 3, 28)
    with pytest.raises(Invalid, match="or 02:00 or later"):
        clinic.do(offering.set_special_hours, None, gap, (Window(75, 105),))
    clinic.do(offering.set_special_hours, None, gap, (Window(75, 180),))
