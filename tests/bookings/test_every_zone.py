"""The open starts against a minute-by-minute oracle, in every zone whose clocks change; and offered means accepted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careops_app.bookings import rules
from careops_app.bookings.rules import Calendar, Limits
from careops_app.bookings.spans import Hours, Span, Window, local_day
from careops_app.infra import clock
from tests import figures
from tests.bookings import oracle
from tests.bookings.oracle import MINUTE

FIXED = ("UTC", "Asia/Kathmandu")
EXAMPLES = figures.amount("EXAMPLES", 300)
Case = tuple[str, date, Calendar, datetime]

quarter = st.integers(0, 96).map(lambda n: n * 15)
windows = st.lists(st.tuples(quarter, quarter).filter(lambda w: w[0] < w[1]), max_size=3).map(
    lambda found: tuple(Window(*window) for window in found)
)
limits = st.builds(
    Limits,
    duration_minutes=st.sampled_from([5, 30, 45, 60, 90, 480, 1440]),
    before_minutes=st.sampled_from([0, 10, 60]),
    after_minutes=st.sampled_from([0, 15, 60]),
    step_minutes=st.sampled_from([5, 15, 20, 45, 60]),
    notice_minutes=st.sampled_from([-15, 0, 60, 1440]),
    horizon_days=st.sampled_from([0, 1, 60]),
)
thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def days_with_calendars(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from((*oracle.changing_zones(), *FIXED)))
    day = draw(st.sampled_from(oracle.change_days(zone) or (oracle.ORDINARY,)))
    around = datetime.combine(day, time(), UTC)
    spans = st.tuples(st.integers(-1500, 3000), st.integers(5, 400)).map(
        lambda m: Span(around + MINUTE * m[0], around + MINUTE * (m[0] + m[1]))
    )
    hours = Hours(
        week=tuple(draw(st.lists(windows, min_size=7, max_size=7))),
        special=((day, draw(windows)),) * draw(st.integers(0, 1)),
    )
    closed, busy = draw(st.lists(spans, max_size=2)), draw(st.lists(spans, max_size=4))
    now = around + timedelta(minutes=draw(st.integers(-4000, 1000)), seconds=draw(st.integers(0, 59)))
    return zone, day, Calendar(hours, tuple(closed), tuple(busy)), now


def test_open_starts_are_those_a_minute_by_minute_look_at_the_clock_finds():
    seen: set[str] = set()
    tried = [0, 0]

    @thorough
    @given(days_with_calendars(), limits)
    def compare(case: Case, asked: Limits) -> None:
        name, day, calendar, now = case
        found = rules.open_starts(calendar, day, day, asked, clock.zone(name), now)
        assert found == oracle.open_starts(calendar, day, asked, name, now)
        seen.add(name)
        tried[0], tried[1] = tried[0] + 1, tried[1] + len(found)

    compare()
    zones = len(oracle.changing_zones())
    covered = len(seen - set(FIXED))
    assert covered == zones or tried[0] < figures.FULL_EXAMPLES, set(oracle.changing_zones()) - seen
    figures.note(
        f"slots against the minute-by-minute oracle: {tried[0]:,} examples with {tried[1]:,} starts, 0 mismatches;"
        f" zones with transitions {oracle.YEARS[0]}-{oracle.YEARS[-1]}: {covered} of {zones}"
    )


def test_a_start_is_accepted_exactly_when_it_is_offered():
    tried = [0, 0]

    @thorough
    @given(days_with_calendars(), limits, st.integers(-600, 2400))
    def compare(case: Case, asked: Limits, minute: int) -> None:
        name, day, calendar, now = case
        zone, around = clock.zone(name), timedelta(days=3)
        offered = rules.open_starts(calendar, day - around, day + around, asked, zone, now)
        for start in [datetime.combine(day, time(), UTC) + MINUTE * minute, *offered[:3], *offered[-3:]]:
            is_offered = start in offered
            assert rules.is_open(calendar, start, asked, zone, now) == is_offered
            assert (rules.obstacles(calendar, start, asked, zone, now) == []) == is_offered
            assert (rules.obstacle(calendar, start, asked, zone, now) is None) == is_offered
            tried[1] += 1
        assert all(local_day(start, zone) <= day + around for start in offered)
        tried[0] += 1

    compare()
    figures.note(
        f"offered exactly when accepted, by the rules: {tried[0]:,} examples, {tried[1]:,} starts, 0 mismatches"
    )
