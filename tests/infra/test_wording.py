"""The texts of dates, times, durations and amounts, as tables of cases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from careops_app.infra import wording

LONDON, KATHMANDU, DUBAI, NEWFOUNDLAND = "Europe/London", "Asia/Kathmandu", "Asia/Dubai", "America/St_Johns"
NOON = datetime(2026, 6, 16, 12, 0, tzinfo=UTC)  # 13:00 in London, a Tuesday


def test_a_moment_names_day_time_and_zone():
    assert wording.moment(NOON, LONDON) == "Tue 16 June 2026, 13:00 BST"
    assert wording.moment(datetime(2026, 12, 1, 9, 5, tzinfo=UTC), LONDON) == "Tue 1 December 2026, 09:05 GMT"


@pytest.mark.parametrize(
    ("zone", "mark"),
    [
        (LONDON, "BST"),
        ("UTC", "UTC"),
        (DUBAI, "UTC+4"),
        (KATHMANDU, "UTC+5:45"),
        (NEWFOUNDLAND, "NDT"),
        ("America/Sao_Paulo", "UTC−3"),
    ],
)
def test_a_zone_is_marked_by_its_letters_or_its_distance_from_utc(zone, mark):
    assert wording.zone_mark(NOON, zone) == mark


def test_days_in_three_lengths():
    assert wording.day(NOON, LONDON) == "Tue 16 June 2026"
    assert wording.long_day(NOON, LONDON) == "Tuesday 16 June 2026"
    assert wording.plain_day(date(2026, 6, 8)) == "8 June 2026"
    assert wording.month(date(2026, 6, 8)) == "June 2026"


def test_the_day_is_the_one_of_the_zone():
    assert wording.day(datetime(2026, 6, 15, 23, 30, tzinfo=UTC), LONDON) == "Tue 16 June 2026"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 6, 15), date(2026, 6, 20), "15–20 June 2026"),
        (date(2026, 6, 29), date(2026, 7, 4), "29 June – 4 July 2026"),
        (date(2026, 12, 28), date(2027, 1, 2), "28 December 2026 – 2 January 2027"),
        (date(2026, 6, 16), date(2026, 6, 16), "16 June 2026"),
    ],
)
def test_a_run_of_days(first, last, text):
    assert wording.days(first, last) == text


def test_a_span_names_the_day_once():
    assert wording.span(NOON, NOON + timedelta(minutes=45), LONDON) == "Tue 16 June 2026, 13:00–13:45 BST"


def test_a_span_over_midnight_names_both_days():
    late = datetime(2026, 6, 16, 22, 30, tzinfo=UTC)
    text = wording.span(late, late + timedelta(hours=1), LONDON)
    assert text == "Tue 16 June 2026, 23:30 BST – Wed 17 June 2026, 00:30 BST"


def test_a_span_over_a_clock_change_names_both_marks():
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert wording.times(start, start + timedelta(hours=1), LONDON) == "01:30 BST–01:30 GMT"


@pytest.mark.parametrize(
    ("away", "near", "stamp"),
    [
        (timedelta(hours=-3), "Today 10:00", "10:00"),
        (timedelta(days=-1), "Mon 13:00", "Mon"),
        (timedelta(days=6), "Mon 13:00", "Mon"),
        (timedelta(days=-8), "8 June 13:00", "8 June"),
        (timedelta(days=-400), "12 May 2025", "12 May 2025"),
    ],
)
def test_near_times_are_short(away, near, stamp):
    assert wording.near(NOON + away, LONDON, NOON) == near
    assert wording.stamp(NOON + away, LONDON, NOON) == stamp


def test_relative_days():
    today = date(2026, 6, 16)
    assert [wording.relative_day(today + timedelta(days=n), today) for n in (-1, 0, 1, 2)] == [
        "Yesterday", "Today", "Tomorrow", "Thu 18 June 2026"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 h"),
        (130, "2 h 10 min"),
        (-130, "2 h 10 min"),
        (2879, "47 h 59 min"),
        (2880, "2 days"),
        (10000, "6 days"),
    ],
)
def test_durations(minutes, text):
    assert wording.duration(minutes) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(30, "30 minutes"), (60, "1 hour"), (120, "2 hours"), (1440, "24 hours"), (2880, "2 days"), (90, "1 h 30 min")],
)
def test_lead_times(minutes, text):
    assert wording.before(minutes) == text


def test_ages_and_waits():
    assert wording.ago(NOON - timedelta(seconds=40), NOON) == "just now"
    assert wording.ago(NOON - timedelta(minutes=38, seconds=59), NOON) == "38 min ago"
    assert wording.waited(NOON - timedelta(minutes=130), NOON) == "2 h 10 min"
    assert wording.waited(NOON + timedelta(minutes=5), NOON) == "0 min"
    assert wording.until(NOON + timedelta(minutes=138), NOON) == "in 2 h 18 min"
    assert wording.until(NOON + timedelta(seconds=10), NOON) == "now"
    assert wording.until(NOON - timedelta(hours=2), NOON) == "2 h ago"


def test_counts():
    assert wording.plural(1, "visit") == "1 visit"
    assert wording.plural(0, "visit") == "0 visits"
    assert wording.plural(1204, "person", "people") == "1,204 people"


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (Decimal("2600.000"), "", "2,600"),
        (Decimal("0.50"), "ml", "0.5 ml"),
        (Decimal("-3"), "tubes", "−3 tubes"),
        (Decimal("1E+3"), "", "1,000"),
        (14, "pairs", "14 pairs"),
        (Decimal("0.00"), "", "0"),
    ],
)
def test_quantities_have_no_needless_zeros(amount, unit, text):
    assert wording.quantity(amount, unit) == text


def test_sizes_names_and_lists():
    assert [wording.file_size(n) for n in (1, 812, 64_300, 1_834_000)] == ["1 byte", "812 bytes", "64 KB", "1.8 MB"]
    assert wording.listing([]) == ""
    assert wording.listing(["Peel"]) == "Peel"
    assert wording.listing(["Peel", "cut", "colour"]) == "Peel, cut and colour"
    assert [wording.initials(n) for n in ("Amelia Hart", "Ana de la Cruz", "Cher", "  ", "(new) Bo")] == [
        "AH",
        "AC",
        "C",
        "?",
        "B",
    ]


def test_a_time_without_zone_is_a_bug():
    with pytest.raises(ValueError, match="without a zone"):
        wording.moment(NOON.replace(tzinfo=None), LONDON)


def test_a_column_of_dates_names_the_year_only_when_it_is_another():
    assert wording.in_list(NOON, LONDON, NOON) == "Tue\u00a016\u00a0Jun 13:00"
    assert wording.in_list(NOON, LONDON, NOON - timedelta(days=300)) == "Tue\u00a016\u00a0Jun\u00a02026 13:00"
