"""A week in the hours editor: what is typed becomes windows, and what makes no sense is named by its day."""

import pytest

from careops_app.bookings.spans import Window, Windows
from careops_app.errors import Invalid
from careops_app.ui.settings.hours import week

CLOSED: tuple[Windows, ...] = ((),) * 7


def test_what_is_kept_comes_back_unchanged() -> None:
    kept = ((Window(0, 1440),), (Window(540, 720), Window(780, 1020)), *CLOSED[2:])
    assert week.week_of(week.days_of(kept)) == kept


def test_a_day_opens_with_the_hours_of_the_open_day_before_it() -> None:
    days = week.toggled(week.typed(week.toggled(week.days_of(CLOSED), 0), 0, 0, opens="10:30"), 3)
    assert week.week_of(days)[3] == (Window(630, 1020),)
    assert week.week_of(week.toggled(days, 3))[3] == ()


@pytest.mark.parametrize(
    ("opens", "closes"), [("", "17:00"), ("nine", "17:00"), ("25:00", "17:00"), ("09:75", "17:00")]
)
def test_half_a_time_is_named_by_its_day(opens: str, closes: str) -> None:
    days = week.typed(week.toggled(week.days_of(CLOSED), 4), 4, 0, opens, closes)
    with pytest.raises(Invalid, match=r"^Friday: enter both times"):
        week.week_of(days)


def test_a_break_parts_the_last_window_in_its_middle() -> None:
    days = week.split(week.toggled(week.days_of(CLOSED), 0), 0)
    assert week.week_of(days)[0] == (Window(540, 780), Window(810, 1020))
    assert week.week_of(week.without(days, 0, 1))[0] == (Window(540, 780),)


def test_hours_are_copied_to_other_days_only() -> None:
    days = week.copied(week.toggled(week.days_of(CLOSED), 0), 0, range(5))
    assert [len(windows) for windows in week.week_of(days)] == [1, 1, 1, 1, 1, 0, 0]
