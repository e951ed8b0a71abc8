"""The month and its times as rows: pure, so every case is a table."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.infra import clock
from careops_app.public.book.choice import choice_of
from careops_app.public.picker.rows import Aim, Frame, day_named, month_named, picker, start_named, start_text

JUNE = date(2026, 6, 1)
ZONES = (
    "Europe/London",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
)


def frame(venue="Europe/London", visitor=None, today=date(2026, 6, 16), days=60):
    return Frame(venue, visitor, today, today + timedelta(days=days))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def address(aim: Aim) -> str:
    return str(aim.start or aim.day or aim.month)


def test_the_first_free_day_is_chosen_and_its_times_are_grouped():
    starts = [at("2026-06-23T08:15"), at("2026-06-23T11:15"), at("2026-06-23T16:30"), at("2026-06-24T09:00")]
    rows = picker(JUNE, None, starts, frame(), address)
    assert rows.day == date(2026, 6, 23)
    said = [(group.word, [slot.text for slot in group.slots]) for group in rows.groups]
    assert said == [("Morning", ["09:15"]), ("Afternoon", ["12:15"]), ("Evening", ["17:30"])]
    assert [cell.day.day for week in rows.weeks for cell in week if cell and cell.address] == [23, 24]
    assert (rows.earlier, rows.later) == ("", "2026-07-01")


def test_a_day_without_times_stays_chosen_and_says_so():
    rows = picker(JUNE, date(2026, 6, 25), [at("2026-06-24T09:00")], frame(), address)
    assert rows.day == date(2026, 6, 25) and rows.groups == ()


def test_the_hour_that_comes_twice_can_be_told_apart():
    starts = [at("2026-10-25T00:30"), at("2026-10-25T01:30"), at("2026-10-25T02:30")]
    rows = picker(date(2026, 10, 1), None, starts, frame(today=date(2026, 10, 20)), address)
    assert [slot.text for slot in rows.groups[0].slots] == ["01:30 BST", "01:30 GMT", "02:30 GMT"]


def test_another_zone_is_named_only_where_its_clock_differs():
    here = picker(JUNE, None, [at("2026-06-23T12:00")], frame(visitor="Europe/Lisbon"), address)
    there = picker(JUNE, None, [at("2026-06-23T12:00")], frame(visitor="Europe/Madrid"), address)
    assert here.other_zone_note == "" and here.groups[0].slots[0].elsewhere == ""
    assert there.other_zone_note.startswith("13:00 here is 14:00 in Madrid") and there.drawn_for == "Europe/Madrid"


@given(
    st.sampled_from(ZONES), st.sampled_from(ZONES),
    st.lists(st.integers(0, 2 * 365 * 96).map(lambda n: at("2026-01-01T00:00") + timedelta(minutes=15 * n)), max_size=40),
)  # fmt: skip
def test_every_start_is_a_link_on_its_own_day_at_the_time_the_venues_clock_shows(venue, visitor, starts):
    """Over two years of clock changes, in zones with odd offsets."""
    zone = clock.zone(venue)
    for start in starts:
        local = start.astimezone(zone)
        around = frame(venue, visitor, today=date(2026, 1, 1), days=800)
        month = [one for one in starts if one.astimezone(zone).strftime("%Y%m") == local.strftime("%Y%m")]
        rows = picker(local.date().replace(day=1), local.date(), month, around, address)
        shown = {slot.address: slot for group in rows.groups for slot in group.slots}
        slot = shown[str(start)]
        assert slot.text.startswith(f"{local:%H:%M}")
        there = start.astimezone(clock.zone(visitor))
        assert slot.elsewhere in ("", f"{there:%H:%M}") or slot.elsewhere.endswith(f" {there:%H:%M}")
        assert (slot.elsewhere == "") == (there.utcoffset() == local.utcoffset())
        assert len({slot.text for slot in shown.values()}) == len(shown)


@given(st.integers(0, 199 * 365 * 1440))
def test_addresses_spell_starts_both_ways(minutes):
    start = at("2000-01-01T00:00") + timedelta(minutes=minutes)
    assert start_named(start_text(start)) == start


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01T00:00Z", "2026-06-23T12:00", "9999-01-01T00:00Z", "2026-06-23T12:00Z "]
)
def test_what_is_no_start_is_none(text):
    assert start_named(text) is None


@given(st.text(max_size=30))
def test_no_address_breaks_the_reading(text):
    day_named(text), month_named(text), start_named(text)
    given = {"service": text, "staff": text, "month": text, "day": text, "start": text, "tz": text}
    choice = choice_of("slug", given)
    assert choice.address().startswith("/b/slug")
