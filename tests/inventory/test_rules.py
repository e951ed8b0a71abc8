"""Stock figures as tables of cases and properties."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.errors import Invalid
from careops_app.infra.states import STATE
from careops_app.inventory.rules import (
    CRITICAL,
    Need,
    StockStatus,
    amount_or_zero,
    available,
    checked,
    is_low,
    projection,
    quantity,
    stock_status,
)

LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 6, 16)
amounts = st.decimals(0, 10_000, places=2)
needs = st.lists(
    st.builds(
        Need,
        booking_id=st.integers(1, 10_000),
        starts_at=st.timedeltas(timedelta(), timedelta(days=50)).map(
            lambda after: datetime(2026, 6, 10, tzinfo=UTC) + after
        ),
        quantity=st.decimals(Decimal("0.01"), 50, places=2),
    ),
    max_size=30,
    unique_by=lambda need: need.booking_id,
)


@pytest.mark.parametrize(
    ("on_hand", "reserved", "threshold", "status"),
    [
        (10, 0, 5, StockStatus.IN_STOCK),
        (10, 5, 5, StockStatus.IN_STOCK),  # the threshold itself is enough
        (10, 6, 5, StockStatus.LOW),
        (9, 14, 6, StockStatus.RUNS_SHORT),
        (9, 9, 6, StockStatus.OUT),
        (0, 0, 0, StockStatus.OUT),
        (0, 3, 0, StockStatus.OUT),
        (1, 0, 0, StockStatus.IN_STOCK),
    ],
)
def test_how_an_item_stands(on_hand, reserved, threshold, status):
    assert stock_status(Decimal(on_hand), Decimal(reserved), Decimal(threshold)) == status


@given(amounts, amounts, amounts)
def test_critical_means_that_nothing_is_free_and_low_that_it_is_below_the_threshold(on_hand, reserved, threshold):
    status, free = stock_status(on_hand, reserved, threshold), available(on_hand, reserved)
    assert (status in CRITICAL) == (free <= 0)
    assert (status == StockStatus.LOW) == (free > 0 and is_low(free, threshold))


def test_every_status_has_a_word():
    assert all(f"stock.{status.value}" in STATE for status in StockStatus)


def test_the_projection_names_the_day_it_runs_out_and_the_visits_that_are_short():
    plan = projection(Decimal(9), [need(1, 16, 2), need(2, 17, 3), need(3, 18, 5), need(4, 19, 2)], TODAY, LONDON)
    assert [(point.day.day, int(point.left)) for point in plan.days] == [(16, 7), (17, 4), (18, -1), (19, -3)]
    assert plan.runs_out_on == date(2026, 6, 18)
    assert [(short.booking_id, int(short.missing)) for short in plan.short] == [(3, 1), (4, 2)]


def test_an_item_that_nobody_needs_does_not_run_out():
    assert projection(Decimal(3), [], TODAY, LONDON).runs_out_on is None


def test_a_visit_that_should_have_been_completed_counts_today():
    late = Need(1, datetime(2026, 6, 12, 9, tzinfo=UTC), Decimal(1))
    assert projection(Decimal(3), [late], TODAY, LONDON).days[0].day == TODAY


def test_the_day_is_that_of_the_business():
    night = Need(1, datetime(2026, 6, 16, 23, 30, tzinfo=UTC), Decimal(1))
    assert projection(Decimal(3), [night], TODAY, LONDON).days[0].day == date(2026, 6, 17)


@given(amounts, needs)
def test_what_is_short_in_sum_is_what_is_missing_in_sum(on_hand, planned):
    plan = projection(on_hand, planned, TODAY, LONDON)
    left = on_hand - sum((need.quantity for need in planned), Decimal(0))
    assert sum((short.missing for short in plan.short), Decimal(0)) == max(Decimal(0), -left)
    assert not planned or plan.days[-1].left == left
    assert [point.day for point in plan.days] == sorted({point.day for point in plan.days})
    assert (plan.runs_out_on is None) == all(point.left > 0 for point in plan.days)


@pytest.mark.parametrize(("text", "amount"), [("12", "12"), (" 0.5 ", "0.5"), ("1000000", "1000000"), ("007", "7")])
def test_amounts_as_people_type_them(text, amount):
    assert quantity(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "0", "-1", "1,5", "1.234", "1e3", "NaN", "12 ml", "1000001", "٣"])
def test_other_texts_are_no_amounts(text):
    with pytest.raises(Invalid) as refused:
        quantity(text, "threshold")
    assert set(refused.value.fields) == {"threshold"}


def test_a_threshold_may_be_zero():
    assert amount_or_zero("0") == 0


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-0.01", "0.001", "1000000.01"])
def test_the_ledger_holds_finite_amounts_with_two_decimals(amount):
    with pytest.raises(Invalid):
        checked(Decimal(amount))


def need(booking_id: int, day: int, amount: int) -> Need:
    return Need(booking_id, datetime(2026, 6, day, 9, tzinfo=UTC) + timedelta(minutes=booking_id), Decimal(amount))
