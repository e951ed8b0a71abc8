"""Opening hours and clock changes: tables of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from careops_app.bookings.spans import Hours, Span, Window, effective, instants_at, merged, open_on, whole_days, without
from careops_app.infra import clock

LONDON = clock.zone("Europe/London")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Span:
    return Span(at(f"2026-06-16T{start}"), at(f"2026-06-16T{end}"))


def test_touching_spans_become_one_and_order_does_not_matter():
    assert merged([span("11:00", "12:00"), span("09:00", "10:00"), span("10:00", "11:00")]) == [span("09:00", "12:00")]


def test_a_span_inside_another_disappears():
    assert merged([span("09:00", "17:00"), span("10:00", "11:00")]) == [span("09:00", "17:00")]


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [("09:00", "12:00")]),
        ([("10:00", "11:00")], [("09:00", "10:00"), ("11:00", "12:00")]),
        ([("08:00", "10:00")], [("10:00", "12:00")]),
        ([("11:00", "13:00"), ("08:00", "09:30")], [("09:30", "11:00")]),
        ([("08:00", "13:00")], []),
        ([("12:00", "13:00"), ("08:00", "09:00")], [("09:00", "12:00")]),
    ],
)
def test_what_is_taken_is_removed(taken: list[tuple[str, str]], left: list[tuple[str, str]]):
    assert without([span("09:00", "12:00")], [span(*t) for t in taken]) == [span(*part) for part in left]


# Wall windows as UTC, minute by minute on the venue's clock.
CLOCK_CHANGES = [
    # an ordinary summer day
    ("Europe/London", "2026-06-16", (540, 1020), [("2026-06-16T08:00", "2026-06-16T16:00")]),
    # the hour 01:00-02:00 does not exist: the window shrinks
    ("Europe/London", "2026-03-29", (0, 180), [("2026-03-29T00:00", "2026-03-29T02:00")]),
    # a window inside the missing hour has no minutes at all
    ("Europe/London", "2026-03-29", (60, 120), []),
    # the hour 01:00-02:00 comes twice: a window that ends inside it is open twice
    (
        "Europe/London", "2026-10-25", (60, 90),
        [("2026-10-25T00:00", "2026-10-25T00:30"), ("2026-10-25T01:00", "2026-10-25T01:30")],
    ),
    ("Europe/London", "2026-10-25", (0, 1440), [("2026-10-24T23:00", "2026-10-26T00:00")]),
    # midnight itself is missing
    ("Africa/Cairo", "2026-04-24", (0, 120), [("2026-04-23T22:00", "2026-04-23T23:00")]),
    # a change of half an hour
    ("Australia/Lord_Howe", "2026-04-05", (60, 150), [("2026-04-04T14:00", "2026-04-04T16:00")]),
    # a date that Samoa skipped
    ("Pacific/Apia", "2011-12-30", (0, 1440), []),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "window", "open_at"), CLOCK_CHANGES)
def test_windows_follow_the_wall_clock(zone: str, day: str, window: tuple[int, int], open_at: list[tuple[str, str]]):
    pieces = open_on(date.fromisoformat(day), (Window(*window),), clock.zone(zone))
    assert pieces == [Span(at(start), at(end)) for start, end in open_at]


def test_windows_that_touch_are_one_piece():
    pieces = open_on(date(2026, 6, 16), (Window(720, 1020), Window(540, 720)), LONDON)
    assert pieces == [Span(at("2026-06-16T08:00"), at("2026-06-16T16:00"))]


def test_whole_days_are_as_long_as_the_clock_makes_them():
    assert whole_days(date(2026, 3, 29), date(2026, 3, 29), LONDON) == Span(
        at("2026-03-29T00:00"), at("2026-03-29T23:00")
    )
    autumn = whole_days(date(2026, 10, 24), date(2026, 10, 25), LONDON)
    assert (autumn.end - autumn.start).total_seconds() == 49 * 3600


@pytest.mark.parametrize(
    ("wall", "instants"),
    [
        ("2026-06-16T13:00", ["2026-06-16T12:00"]),
        ("2026-03-29T01:30", []),
        ("2026-10-25T01:30", ["2026-10-25T00:30", "2026-10-25T01:30"]),
    ],
)
def test_a_wall_reading_comes_once_twice_or_never(wall: str, instants: list[str]):
    assert instants_at(datetime.fromisoformat(wall), LONDON) == tuple(at(text) for text in instants)


NINE_TO_FIVE, MORNING = (Window(540, 1020),), (Window(540, 720),)
MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)


def test_a_calendar_without_hours_keeps_those_of_the_business_and_its_own_dates_win():
    business = Hours(week=(NINE_TO_FIVE,) * 7, special=((MONDAY, MORNING),))
    assert effective(Hours(), business).on(MONDAY) == MORNING
    assert effective(Hours(special=((MONDAY, NINE_TO_FIVE),)), business).on(MONDAY) == NINE_TO_FIVE
    own = Hours(week=(NINE_TO_FIVE, *((),) * 6))
    assert effective(own, business).on(MONDAY) == NINE_TO_FIVE
    assert effective(own, business).on(TUESDAY) == ()
