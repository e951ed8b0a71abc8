"""Which starts are open, what a booking may become and what a customer may change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from careops_app.bookings import rules
from careops_app.bookings.rules import Calendar, CustomerMay, Limits, Obstacle
from careops_app.bookings.spans import Hours, Span, Window
from careops_app.bookings.status import BookingStatus as S
from careops_app.infra import clock

LONDON = clock.zone("Europe/London")
TUESDAY = date(2026, 6, 16)
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def at(text: str) -> datetime:
    """The instant at which London's clock shows this on that Tuesday."""
    return datetime.combine(TUESDAY, time.fromisoformat(text), LONDON).astimezone(UTC)


def taken(*spans: tuple[str, str]) -> tuple[Span, ...]:
    return tuple(Span(at(start), at(end)) for start, end in spans)


def every_day(*windows: tuple[int, int]) -> Hours:
    return Hours(week=(tuple(Window(*window) for window in windows),) * 7)


MORNING = every_day((540, 720))  # 09:00 to 12:00
HALF_HOUR = Limits(duration_minutes=30, step_minutes=30)


def starts(calendar: Calendar, limits: Limits = HALF_HOUR, now: datetime = NOW) -> list[str]:
    found = rules.open_starts(calendar, TUESDAY, TUESDAY, limits, LONDON, now)
    return [f"{start.astimezone(LONDON):%H:%M}" for start in found]


def test_an_empty_morning_offers_every_step_that_still_fits():
    assert starts(Calendar(MORNING)) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert starts(Calendar(MORNING), Limits(60, step_minutes=30)) == ["09:00", "09:30", "10:00", "10:30", "11:00"]


def test_visits_may_touch_but_not_overlap():
    assert starts(Calendar(MORNING, busy=taken(("09:30", "10:30")))) == ["09:00", "10:30", "11:00", "11:30"]


def test_a_gap_just_as_long_as_the_visit_is_offered():
    assert starts(Calendar(MORNING, busy=taken(("09:00", "09:30"), ("10:00", "12:00")))) == ["09:30"]


def test_buffers_keep_other_visits_away_but_may_lie_outside_the_hours():
    buffered = Limits(30, before_minutes=15, after_minutes=15, step_minutes=15)
    assert starts(Calendar(every_day((540, 660)), busy=taken(("09:45", "10:00"))), buffered) == [
        "09:00",
        "10:15",
        "10:30",
    ]


def test_a_closure_keeps_the_visit_out_but_not_its_buffers():
    buffered = Limits(30, after_minutes=30, step_minutes=30)
    assert starts(Calendar(MORNING, closed=taken(("10:00", "11:30"))), buffered) == ["09:00", "09:30", "11:30"]


def test_the_grid_begins_where_the_day_opens_and_a_break_starts_it_anew():
    hours = every_day((550, 600), (615, 680))
    assert starts(Calendar(hours), Limits(20, step_minutes=20)) == ["09:10", "09:30", "10:15", "10:35", "10:55"]


def test_notice_is_elapsed_time_and_the_horizon_counts_dates():
    noticed = Limits(30, step_minutes=30, notice_minutes=120)
    assert starts(Calendar(MORNING), noticed, at("08:30")) == ["10:30", "11:00", "11:30"]
    assert starts(Calendar(MORNING), Limits(30, horizon_days=1), at("08:30") - timedelta(days=2)) == []
    assert starts(Calendar(MORNING), Limits(60, step_minutes=60, horizon_days=2), at("08:30") - timedelta(days=2)) != []


def test_a_visit_may_run_past_midnight_when_the_next_day_is_open_too():
    night = every_day((0, 60), (1380, 1440))
    assert starts(Calendar(night), Limits(90, step_minutes=30)) == ["23:00", "23:30"]


def test_a_date_with_hours_of_its_own_ignores_the_week():
    hours = Hours(week=(MORNING.week[0],) * 7, special=((TUESDAY, (Window(840, 900),)),))
    assert starts(Calendar(hours)) == ["14:00", "14:30"]


@pytest.mark.parametrize(
    ("start", "limits", "now", "why"),
    [
        ("09:00", HALF_HOUR, NOW, None),
        ("09:00", HALF_HOUR, at("09:01"), Obstacle.PAST),
        ("09:00", Limits(30, notice_minutes=60), at("08:30"), Obstacle.TOO_SOON),
        ("09:00", Limits(30, horizon_days=3), NOW, Obstacle.TOO_FAR),
        ("08:45", HALF_HOUR, NOW, Obstacle.CLOSED),
        ("11:45", HALF_HOUR, NOW, Obstacle.CLOSED),
        ("09:10", HALF_HOUR, NOW, Obstacle.OFF_GRID),
        ("10:00", HALF_HOUR, NOW, Obstacle.TAKEN),
        ("11:00", HALF_HOUR, NOW, Obstacle.CLOSED),
    ],
)
def test_a_refused_start_has_a_reason(start: str, limits: Limits, now: datetime, why: Obstacle | None):
    calendar = Calendar(MORNING, closed=taken(("11:00", "11:30")), busy=taken(("10:00", "10:30")))
    assert rules.obstacle(calendar, at(start), limits, LONDON, now) == why


def test_staff_are_held_to_hours_and_visits_but_not_to_notice_step_and_horizon():
    limits = rules.for_staff(Limits(30, step_minutes=60, notice_minutes=2880, horizon_days=1))
    calendar = Calendar(MORNING, busy=taken(("10:00", "10:30")))
    assert rules.is_open(calendar, at("09:05"), limits, LONDON, at("09:12"))
    assert rules.obstacle(calendar, at("09:05"), limits, LONDON, at("09:21")) == Obstacle.PAST
    assert rules.obstacle(calendar, at("10:05"), limits, LONDON, NOW) == Obstacle.TAKEN
    assert rules.obstacle(calendar, at("08:55"), limits, LONDON, NOW) == Obstacle.CLOSED


def test_the_nearest_starts_come_in_order_of_time():
    free = [at("09:00"), at("09:30"), at("11:00"), at("11:30"), at("12:00")]
    assert rules.nearest(free, at("10:30")) == [at("09:30"), at("11:00"), at("11:30")]
    assert rules.nearest([], at("10:30")) == []


def test_anyone_means_the_least_busy_that_day_and_equals_do_not_always_come_in_one_order():
    day = Span(at("00:00"), at("00:00") + timedelta(days=1))
    calendars = {
        1: Calendar(MORNING, busy=taken(("09:00", "11:00"))),
        2: Calendar(MORNING, busy=taken(("09:00", "10:00"))),
    }
    assert rules.by_load([1, 2], calendars, day) == [2, 1]
    idle = {number: Calendar(MORNING) for number in range(5)}
    orders = {tuple(rules.by_load(range(5), idle, Span(day.start + timedelta(days=n), day.end))) for n in range(9)}
    assert len(orders) > 3
    assert rules.by_load([0, 1, 2], idle, day) == rules.by_load([2, 1, 0], idle, day)


def test_every_status_has_its_moves_and_says_whether_it_takes_time():
    assert set(rules.MAY_BECOME) == set(S) == set(rules.OCCUPIES)
    ends = {status for status, moves in rules.MAY_BECOME.items() if not moves}
    assert ends == {S.COMPLETED, S.NO_SHOW, S.CANCELLED}
    assert {status for status, takes in rules.OCCUPIES.items() if not takes} == {S.NO_SHOW, S.CANCELLED}


def test_outcomes_wait_for_the_start_and_arrival_for_the_day():
    start = at("13:00")
    assert rules.next_statuses(S.CONFIRMED, start, LONDON, NOW) == (S.CANCELLED,)
    assert rules.next_statuses(S.CONFIRMED, start, LONDON, at("08:00")) == (S.CHECKED_IN, S.CANCELLED)
    assert rules.next_statuses(S.CONFIRMED, start, LONDON, start) == (S.CHECKED_IN, S.COMPLETED, S.NO_SHOW, S.CANCELLED)
    assert rules.next_statuses(S.PENDING, start, LONDON, NOW) == (S.CONFIRMED, S.CANCELLED)
    assert rules.next_statuses(S.COMPLETED, start, LONDON, start) == ()


@pytest.mark.parametrize(
    ("status", "notice", "now", "may"),
    [
        (S.CONFIRMED, 1440, "2026-06-15T11:59:59", CustomerMay.CHANGE),
        (S.CONFIRMED, 1440, "2026-06-15T12:00:00", CustomerMay.TOO_LATE),
        (S.PENDING, 0, "2026-06-16T11:59:59", CustomerMay.CHANGE),
        (S.CONFIRMED, 0, "2026-06-16T12:00:00", CustomerMay.NO_MORE),
        (S.CHECKED_IN, 0, "2026-06-16T11:00:00", CustomerMay.NO_MORE),
        (S.CANCELLED, 0, "2026-06-15T11:00:00", CustomerMay.NO_MORE),
    ],
)
def test_customers_may_change_until_the_notice_of_the_service(status: S, notice: int, now: str, may: CustomerMay):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert rules.may_customer_change(status, at("13:00"), notice, moment) == may


def test_references_are_short_unmistakable_and_different():
    assert rules.reference("Saltmarsh Skin", 0) == "SA-22222"
    assert rules.reference("42", 1)[:3] == "CO-"
    spelled = {rules.reference("Saltmarsh", number * 7919) for number in range(2000)}
    assert len(spelled) == 2000
    assert not set("".join(spelled).replace("SA-", "")) & set("01AEILOU")


@pytest.mark.parametrize(
    ("windows", "good"),
    [
        ([(540, 720), (780, 1020)], True),
        ([(540, 720), (720, 1020)], True),
        ([(540, 720), (700, 1020)], False),
        ([(720, 540)], False),
        ([(540, 1441)], False),
        ([], True),
    ],
)
def test_windows_of_a_day_are_ordered_and_apart(windows: list[tuple[int, int]], good: bool):
    assert (rules.windows_problem(tuple(Window(*window) for window in windows)) is None) == good
