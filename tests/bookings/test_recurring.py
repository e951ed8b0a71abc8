"""The dates of a series, and what its wall time means on each of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.bookings.recurring import Every, Rhythm, check, dates, instant
from careops_app.errors import Invalid

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")


def spelled(first: str, every: Every, step: int = 1, visits: int | None = None, until: str | None = None) -> list[str]:
    end = date.fromisoformat(until) if until else None
    return [f"{day:%d %b %y}" for day in dates(date.fromisoformat(first), Rhythm(every, step, visits, end))]


@pytest.mark.parametrize(
    ("every", "step", "first", "found"),
    [
        (Every.DAY, 3, "2026-11-24", ["24 Nov 26", "27 Nov 26", "30 Nov 26"]),
        (Every.WEEK, 2, "2026-12-22", ["22 Dec 26", "05 Jan 27", "19 Jan 27"]),
        (Every.MONTH_DATE, 1, "2026-11-30", ["30 Nov 26", "30 Dec 26", "30 Jan 27"]),
        (Every.MONTH_WEEKDAY, 1, "2026-11-24", ["24 Nov 26", "22 Dec 26", "26 Jan 27"]),
        (Every.MONTH_WEEKDAY, 2, "2026-11-03", ["03 Nov 26", "05 Jan 27", "02 Mar 27"]),
    ],
)
def test_each_rhythm_counts_from_the_first_visit(every, step, first, found):
    assert spelled(first, every, step, visits=3) == found


def test_the_thirty_first_is_the_last_day_of_shorter_months_and_comes_back():
    found = spelled("2027-01-31", Every.MONTH_DATE, visits=4)
    assert found == ["31 Jan 27", "28 Feb 27", "31 Mar 27", "30 Apr 27"]
    assert spelled("2028-01-30", Every.MONTH_DATE, visits=2) == ["30 Jan 28", "29 Feb 28"]


def test_a_fifth_weekday_is_the_last_one_of_its_month():
    assert spelled("2026-12-31", Every.MONTH_WEEKDAY, visits=3) == ["31 Dec 26", "28 Jan 27", "25 Feb 27"]


def test_the_end_is_a_number_or_a_date_whichever_comes_first():
    assert spelled("2026-11-24", Every.WEEK, until="2026-12-08") == ["24 Nov 26", "01 Dec 26", "08 Dec 26"]
    assert len(spelled("2026-11-24", Every.WEEK, visits=2, until="2026-12-08")) == 2
    assert len(spelled("2026-11-24", Every.WEEK, visits=9, until="2026-12-07")) == 2


@given(
    st.dates(date(2024, 1, 1), date(2040, 12, 31)), st.sampled_from(Every), st.integers(1, 52), st.integers(2, 52),
)  # fmt: skip
def test_a_series_rises_stays_in_its_year_and_keeps_its_weekday(first, every, step, visits):
    found = dates(first, Rhythm(every, step, visits))
    assert found[0] == first and found == sorted(set(found)) and len(found) <= visits
    assert found[-1] <= first + timedelta(days=366)
    if every == Every.MONTH_DATE:
        assert all(day.day == first.day or (day + timedelta(days=1)).day == 1 for day in found)
    elif every != Every.DAY:
        assert {day.weekday() for day in found} == {first.weekday()}


@pytest.mark.parametrize(
    ("rhythm", "field"),
    [
        (Rhythm(), "visits"),
        (Rhythm(visits=1), "visits"),
        (Rhythm(visits=53), "visits"),
        (Rhythm(step=0, visits=2), "step"),
        (Rhythm(step=53, visits=2), "step"),
        (Rhythm(until=date(2026, 11, 23)), "until"),
        (Rhythm(until=date(2027, 11, 26)), "until"),
        (Rhythm(until=date(2026, 11, 30)), "visits"),
        (Rhythm(Every.MONTH_DATE, 13, visits=2), "visits"),
    ],
)
def test_what_is_no_series_is_refused_at_its_field(rhythm, field):
    with pytest.raises(Invalid) as problem:
        check(rhythm, date(2026, 11, 24))
    assert list(problem.value.fields) == [field]


def test_the_wall_time_stays_when_the_clocks_change():
    days = dates(date(2027, 3, 23), Rhythm(Every.WEEK, visits=2))
    found = [instant(datetime.combine(day, datetime.min.time()) + timedelta(hours=10), LONDON) for day in days]
    assert found == [datetime(2027, 3, 23, 10, tzinfo=UTC), datetime(2027, 3, 30, 9, tzinfo=UTC)]


def test_a_wall_time_that_the_clocks_skip_is_none_and_one_that_comes_twice_is_the_first():
    assert instant(datetime.fromisoformat("2027-03-28T01:30"), LONDON) is None
    assert instant(datetime.fromisoformat("2026-10-25T01:30"), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(datetime.fromisoformat("2027-03-14T02:30"), NEW_YORK) is None
