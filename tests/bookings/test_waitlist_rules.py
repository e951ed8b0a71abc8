"""Whom a freed time suits, which wishes are kept, how long an offer may stand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from careops_app.bookings import sentences
from careops_app.bookings.waitlist_rules import Wish, minutes_to_answer, problems, suits

LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 23)
WEEK = Wish(1, date(2026, 11, 24), date(2026, 11, 27))
TUESDAY_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "starts_at", "staff_id", "expected"),
    [
        ({}, TUESDAY_TEN, 5, True),
        ({}, TUESDAY_TEN - timedelta(days=1), 5, False),
        ({}, TUESDAY_TEN + timedelta(days=3), 5, True),
        ({}, TUESDAY_TEN + timedelta(days=4), 5, False),
        ({"staff_id": 5}, TUESDAY_TEN, 5, True),
        ({"staff_id": 6}, TUESDAY_TEN, 5, False),
        ({"from_minute": 600}, TUESDAY_TEN, 5, True),
        ({"from_minute": 601}, TUESDAY_TEN, 5, False),
        ({"until_minute": 600}, TUESDAY_TEN, 5, False),
        ({"until_minute": 601}, TUESDAY_TEN, 5, True),
    ],
)
def test_a_time_suits_by_day_hour_and_person(changes, starts_at, staff_id, expected) -> None:
    assert suits(Wish(1, WEEK.first_on, WEEK.last_on, **changes), starts_at, staff_id, LONDON) is expected


def test_days_and_hours_are_those_of_the_venue() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # Tuesday 08:30 in Tokyo
    morning = Wish(1, date(2026, 11, 24), date(2026, 11, 24), until_minute=12 * 60)
    assert suits(morning, late, 5, TOKYO) and not suits(morning, late, 5, LONDON)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(1, TODAY - timedelta(days=3), TODAY - timedelta(days=1)), "last_on"),
        (Wish(1, TODAY + timedelta(days=3), TODAY + timedelta(days=1)), "last_on"),
        (Wish(1, TODAY, TODAY + timedelta(days=400)), "last_on"),
        (Wish(1, TODAY, TODAY, from_minute=600, until_minute=600), "until"),
        (Wish(1, TODAY, TODAY, from_minute=-1), "until"),
        (Wish(1, TODAY, TODAY, until_minute=1441), "until"),
        (Wish(1, TODAY, TODAY, seats=0), "seats"),
    ],
)
def test_a_wish_that_cannot_come_true_is_not_kept(wish: Wish, field: str) -> None:
    assert list(problems(wish, TODAY)) == [field]


def test_a_wish_for_today_or_one_that_has_begun_is_kept() -> None:
    assert problems(Wish(1, TODAY - timedelta(days=2), TODAY), TODAY) == {}


@pytest.mark.parametrize(
    ("left", "notice", "expected"),
    [(600, 60, 30), (100, 60, 30), (80, 60, 20), (65, 60, 5), (64, 60, None), (10, 60, None), (-5, 0, None)],
)
def test_an_offer_never_stands_past_the_last_moment_to_book(left: int, notice: int, expected: int | None) -> None:
    now = TUESDAY_TEN - timedelta(minutes=left)
    assert minutes_to_answer(TUESDAY_TEN, now, 30, notice) == expected


@pytest.mark.parametrize(
    ("changes", "staff", "words"),
    [
        ({}, "", "24–27 November 2026"),
        ({"from_minute": 540, "until_minute": 720}, "", "24–27 November 2026, from 09:00 and before 12:00"),
        ({"until_minute": 720}, "Priya Raman", "24–27 November 2026, before 12:00, with Priya Raman"),
        ({"seats": 2}, "", "24–27 November 2026, for 2 people"),
    ],
)
def test_a_wish_reads_as_a_sentence(changes, staff: str, words: str) -> None:
    assert sentences.wish(Wish(1, WEEK.first_on, WEEK.last_on, **changes), staff) == words
