"""The calendar through the real pipeline: what the mouse, the keyboard and the forms put somewhere is judged by the server."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from careops_app.app import app
from careops_app.bookings import offering, service
from careops_app.bookings.models import BookingStatus
from careops_app.bookings.offering import Absence
from careops_app.bookings.rules import OVERRIDABLE
from careops_app.ui.bookings.agenda import Part
from careops_app.ui.bookings.choosing_state import WITH_A_REASON
from careops_app.ui.bookings.gesture_state import GestureState
from careops_app.ui.bookings.making_state import MakingState
from careops_app.ui.bookings.record_state import RecordState
from careops_app.ui.bookings.state import BookingsState
from careops_app.ui.bookings.undo_state import UndoState
from careops_app.workspace.access import Permission
from tests import people
from tests.bookings.clinic import Clinic, open_clinic, tuesday
from tests.people import Person
from tests.tab import Tab, tabs

TUESDAY = "2026-11-24"
OpenTab = Callable[[Person | None], Tab]


@dataclass
class Desk:
    """An owner with a tab on the calendar of the clinic's Tuesday."""

    clinic: Clinic
    me: Person
    open_tab: OpenTab
    tab: Tab

    async def look(self, query: str = f"view=day&day={TUESDAY}") -> Any:
        await self.tab.fire(BookingsState.load(), path=f"/app/bookings?{query}")
        return await self.tab.state(BookingsState)

    async def drop(self, visit: int, at: int, on: str = TUESDAY, **changed: Any) -> None:
        """The entry of that visit is put at this minute of that day."""
        card = self.clinic.card(visit)
        form = {
            "booking": visit, "revision": card.revision, "day": on, "minute": at, "staff": card.staff_id,
            "minutes": card.duration_minutes,
        }  # fmt: skip
        await self.fire(GestureState.drop({name: str(value) for name, value in (form | changed).items()}))

    async def fire(self, event: Any) -> None:
        await self.tab.fire(event, path="/app/bookings")

    async def dialog(self) -> Any:
        return await self.tab.state(MakingState)

    async def save(self, **typed: str) -> Any:
        await self.fire(MakingState.save(typed))
        return await self.dialog()

    def later(self, clock: Any, instant: datetime) -> None:
        """Time has passed; the owner signs in again."""
        clock.move_to(instant)
        self.tab = self.open_tab(people.signed_in(self.clinic.owner.user_id, self.clinic.owner.workspace_id))

    def at(self, booking: int) -> tuple[datetime, int, int]:
        card = self.clinic.card(booking)
        return card.starts_at, card.duration_minutes, card.staff_id


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
async def desk(open_tab: OpenTab, clock: Any) -> Desk:
    clinic = open_clinic()
    me = people.signed_in(clinic.owner.user_id, clinic.owner.workspace_id)
    return Desk(clinic, me, open_tab, open_tab(me))


# what is shown -----------------------------------------------------------------------------------------------------


async def test_a_day_has_a_column_per_person_with_hours_and_time_off(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    lunch = Absence(tuesday("12:00"), tuesday("13:00"), desk.clinic.jonas, "Lunch")
    desk.clinic.do(offering.take_time_off, lunch)
    shown = await desk.look()
    jonas, priya = shown.columns
    assert (jonas.word, priya.word, priya.day) == ("Jonas Lindqvist", "Priya Raman", TUESDAY)
    (entry,) = priya.visits
    assert (entry.id, entry.minute, entry.minutes, entry.staff, entry.may_move) == (
        visit,
        600,
        45,
        desk.clinic.priya,
        True,
    )
    assert [(bar.first, bar.last) for bar in priya.off] == [(480, 540), (1020, 1140)]
    assert [(bar.first, bar.last) for bar in jonas.off] == [(480, 540), (720, 780), (1020, 1140)]


async def test_a_week_has_a_column_per_day_for_everybody_or_for_one(desk: Desk) -> None:
    desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    everybody = await desk.look(f"day={TUESDAY}")
    assert [len(column.visits) for column in everybody.columns] == [0, 1, 0, 0, 0, 0, 0]
    assert {column.staff for column in everybody.columns} == {""}
    jonas = await desk.look(f"day={TUESDAY}&staff={desk.clinic.jonas}")
    assert [len(column.visits) for column in jonas.columns] == [0] * 7
    assert {column.staff for column in jonas.columns} == {str(desk.clinic.jonas)}


async def test_the_agenda_of_a_phone_names_free_gaps_and_folds_what_is_over(desk: Desk, clock: Any) -> None:
    over = desk.clinic.booked(tuesday("09:00"), staff_id=desk.clinic.priya)
    desk.clinic.booked(tuesday("11:00"), staff_id=desk.clinic.priya)
    desk.later(clock, tuesday("10:02"))
    desk.clinic.do(service.complete, over)
    shown = await desk.look(f"day={TUESDAY}")
    assert (shown.over_word, [part.time for part in shown.over]) == ("1 earlier: 1 completed", ["09:00"])
    assert [(part.kind, part.time, part.until) for part in shown.agenda] == [
        ("now", "10:02", ""), ("gap", "10:05", "11:00"), ("visit", "11:00", "11:45"), ("gap", "11:45", "17:00"),
    ]  # fmt: skip
    assert all(isinstance(part, Part) for part in shown.agenda)


# put somewhere else ------------------------------------------------------------------------------------------------


async def test_a_drop_moves_to_another_time_day_and_person(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(visit, 13 * 60 + 5, "2026-11-25", staff=desk.clinic.jonas)
    assert desk.at(visit) == (datetime.fromisoformat("2026-11-25T13:05Z"), 45, desk.clinic.jonas)
    assert "moved to Wed 13:05 with Jonas Lindqvist" in desk.tab.said
    assert (await desk.tab.state(BookingsState)).columns[1].visits == []


async def test_a_drop_of_the_lower_edge_changes_the_length(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(visit, 600, minutes=70)
    assert desk.at(visit) == (tuesday("10:00"), 70, desk.clinic.priya)
    assert "now 1 h 10 min, until 11:10" in desk.tab.said


async def test_a_move_and_a_length_are_undone(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(visit, 660, minutes=60, staff=desk.clinic.jonas)
    revision = desk.clinic.card(visit).revision
    back = UndoState.put_back(visit, revision, tuesday("10:00").isoformat(), desk.clinic.priya, 45, "")
    await desk.fire(back)
    assert desk.at(visit) == (tuesday("10:00"), 45, desk.clinic.priya)
    assert "Undone" in desk.tab.said


async def test_nothing_is_undone_over_a_later_change(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(visit, 660)
    revision = desk.clinic.card(visit).revision
    desk.clinic.moved(visit, tuesday("15:00"))
    await desk.fire(UndoState.put_back(visit, revision, tuesday("10:00").isoformat(), desk.clinic.priya, 45, ""))
    assert desk.at(visit)[0] == tuesday("15:00")
    assert "Not undone" in desk.tab.said


async def test_what_was_changed_meanwhile_is_not_moved(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    desk.clinic.moved(visit, tuesday("15:00"))
    await desk.drop(visit, 660, revision=1)
    assert desk.at(visit)[0] == tuesday("15:00")
    assert "changed meanwhile" in desk.tab.said
    assert not (await desk.dialog()).open


@pytest.mark.parametrize(
    "wrong",
    [
        {"minute": "1440"}, {"minute": "-5"}, {"day": "soon"}, {"booking": "x"}, {"minutes": "3"}, {"minutes": "9000"},
        {"revision": ""},
    ],
)  # fmt: skip
async def test_a_drop_that_makes_no_sense_moves_nothing(desk: Desk, wrong: dict[str, str]) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(visit, 660, **wrong)
    assert desk.at(visit) == (tuesday("10:00"), 45, desk.clinic.priya)
    assert "Not moved" in desk.tab.said


async def test_a_time_that_the_clocks_skip_is_refused_with_the_next_one(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(visit, 90, "2027-03-28")
    assert "Not moved. The clocks go forward" in desk.tab.said
    assert desk.at(visit)[0] == tuesday("10:00")


async def test_a_foreign_visit_and_a_foreign_calendar_are_not_found(desk: Desk) -> None:
    other = open_clinic("Other Place", "other@example.com")
    theirs, mine = other.booked(tuesday("10:00")), desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    form = {"booking": str(theirs), "revision": "1", "day": TUESDAY, "minute": "660", "staff": "", "minutes": "45"}
    await desk.fire(GestureState.drop(form))
    assert "was not found" in desk.tab.said
    await desk.drop(mine, 660, staff=other.jonas)
    assert other.card(theirs).starts_at == tuesday("10:00") == desk.at(mine)[0]


async def test_who_may_not_book_moves_nothing(desk: Desk, open_tab: OpenTab) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    desk.tab = open_tab(people.staff(desk.me, Permission.INBOX))
    await desk.drop(visit, 660)
    assert desk.at(visit)[0] == tuesday("10:00")
    assert "may not do this" in desk.tab.said


# a taken time ------------------------------------------------------------------------------------------------------


async def test_a_taken_time_is_booked_only_with_a_written_reason(desk: Desk) -> None:
    first = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    second = desk.clinic.booked(tuesday("13:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(second, 10 * 60 + 15)
    dialog = await desk.dialog()
    assert (dialog.open, dialog.mode, dialog.overlap, dialog.clock) == (True, "move", True, "10:15")
    assert "not free" in dialog.problems["time"]
    dialog = await desk.save(overlap_reason="  ")
    assert (dialog.open, "Write why" in dialog.problems["overlap_reason"]) == (True, True)
    assert desk.at(second)[0] == tuesday("13:00")
    dialog = await desk.save(overlap_reason="Twins, one table")
    assert not dialog.open
    assert desk.at(second) == (tuesday("10:15"), 45, desk.clinic.priya)
    assert desk.clinic.card(second).overlap_reason == "Twins, one table"
    assert desk.at(first)[0] == tuesday("10:00")
    await desk.look(f"booking={second}")
    assert (await desk.tab.state(RecordState)).facts.overlap == "Booked all the same: Twins, one table"


async def test_a_longer_visit_that_meets_the_next_asks_for_the_reason_too(desk: Desk) -> None:
    first = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    desk.clinic.booked(tuesday("11:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(first, 600, minutes=90)
    dialog = await desk.dialog()
    assert (dialog.mode, dialog.overlap, dialog.minutes) == ("length", True, "90")
    await desk.save(overlap_reason="She brings her sister")
    assert desk.at(first) == (tuesday("10:00"), 90, desk.clinic.priya)


async def test_a_new_visit_at_a_taken_time_is_booked_with_a_reason_and_undone(desk: Desk) -> None:
    desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.fire(
        GestureState.pick({"day": TUESDAY, "minute": "610", "staff": str(desk.clinic.priya), "minutes": "30"})
    )
    dialog = await desk.save(name="Nora Vance", overlap_reason="not asked for yet")
    assert (dialog.open, dialog.overlap) == (True, True)
    await desk.save(name="Nora Vance", overlap_reason="She is in a hurry")
    shown = await desk.look()
    entry = next(each for each in shown.columns[1].visits if each.minute == 610)
    assert (entry.minutes, entry.who) == (30, "Nora Vance")
    assert desk.clinic.card(entry.id).overlap_reason == "She is in a hurry"
    await desk.fire(UndoState.take_out(entry.id))
    assert desk.clinic.card(entry.id).status == BookingStatus.CANCELLED


async def test_another_choice_takes_the_question_of_the_overlap_back(desk: Desk) -> None:
    desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    second = desk.clinic.booked(tuesday("13:00"), staff_id=desk.clinic.priya)
    await desk.look()
    await desk.drop(second, 600)
    assert (await desk.dialog()).overlap
    await desk.fire(MakingState.pick_clock("15:00"))
    dialog = await desk.dialog()
    assert (dialog.overlap, dialog.problems) == (False, {})
    await desk.save()
    assert desk.at(second)[0] == tuesday("15:00")


# new visits --------------------------------------------------------------------------------------------------------


async def test_an_empty_time_opens_the_dialog_with_day_time_and_person(desk: Desk) -> None:
    await desk.look()
    await desk.fire(
        GestureState.pick({"day": TUESDAY, "minute": "785", "staff": str(desk.clinic.jonas), "minutes": ""})
    )
    dialog = await desk.dialog()
    assert (dialog.open, dialog.day, dialog.clock, dialog.person) == (True, TUESDAY, "13:05", str(desk.clinic.jonas))
    dialog = await desk.save(name="Nora Vance", email="nora@example.com")
    assert not dialog.open
    (entry,) = (await desk.look()).columns[0].visits
    assert (entry.who, entry.minute, entry.minutes) == ("Nora Vance", 785, 45)


async def test_an_empty_time_that_is_not_offered_says_why_at_once(desk: Desk) -> None:
    desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look(f"day={TUESDAY}")
    await desk.fire(GestureState.pick({"day": TUESDAY, "minute": "600", "staff": "", "minutes": ""}))
    dialog = await desk.dialog()
    told = {answer.who: " ".join(answer.words) for answer in dialog.answers}
    assert dialog.is_offered and told["Jonas Lindqvist"] == ""
    assert "Nora Vance is booked 10:00–10:45 GMT" in told["Priya Raman"]
    await desk.fire(
        GestureState.pick({"day": TUESDAY, "minute": "420", "staff": str(desk.clinic.priya), "minutes": ""})
    )
    dialog = await desk.dialog()
    assert (dialog.is_offered, dialog.answers_first) == (False, True)
    assert "Works 09:00–17:00 that day" in " ".join(dialog.answers[0].words)
    dialog = await desk.save(name="Nora Vance")
    assert "outside the opening hours" in dialog.problems["time"]
    assert dialog.overlap


async def test_a_walk_in_starts_at_the_present_step_and_needs_no_name(desk: Desk, clock: Any) -> None:
    desk.later(clock, tuesday("10:08"))
    await desk.look()
    await desk.fire(MakingState.begin_walk_in())
    dialog = await desk.dialog()
    assert (dialog.mode, dialog.support) == ("walk_in", "Starts now, 10:05 GMT.")
    await desk.save(name="")
    (entry,) = [entry for column in (await desk.look()).columns for entry in column.visits]
    assert (entry.minute, entry.who, entry.status) == (605, "Walk-in", "confirmed")


async def test_a_visit_is_moved_and_made_longer_by_form(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look(f"booking={visit}")
    await desk.fire(MakingState.begin_move())
    await desk.fire(MakingState.pick_person(str(desk.clinic.jonas)))
    await desk.fire(MakingState.pick_clock("15:20"))
    await desk.save()
    assert desk.at(visit) == (tuesday("15:20"), 45, desk.clinic.jonas)
    await desk.look(f"booking={visit}")
    await desk.fire(MakingState.begin_length())
    await desk.fire(MakingState.pick_minutes("30"))
    await desk.save()
    assert desk.at(visit) == (tuesday("15:20"), 30, desk.clinic.jonas)


async def test_a_free_time_is_picked_from_the_list(desk: Desk) -> None:
    await desk.look()
    await desk.fire(MakingState.begin())
    dialog = await desk.dialog()
    start, word = dialog.times[3]
    await desk.fire(MakingState.pick_time(start))
    dialog = await desk.dialog()
    assert (dialog.time, dialog.clock, word) == (start, word, "09:15")
    await desk.fire(MakingState.pick_time("2026-11-24T03:00:00+00:00"))
    assert (await desk.dialog()).time == start


async def test_a_cancellation_is_undone(desk: Desk) -> None:
    visit = desk.clinic.booked(tuesday("10:00"), staff_id=desk.clinic.priya)
    await desk.look(f"booking={visit}")
    await desk.fire(RecordState.cancel({"reason": "Ill"}))
    assert desk.clinic.card(visit).status == BookingStatus.CANCELLED
    assert "Undo" in desk.tab.said
    await desk.fire(UndoState.restore(visit))
    assert desk.clinic.card(visit).status == BookingStatus.CONFIRMED
    assert [active for *_, active in desk.clinic.taken(visit)] == [True]


def test_a_reason_is_asked_for_exactly_what_it_sets_aside() -> None:
    assert {obstacle.value for obstacle in OVERRIDABLE} == WITH_A_REASON
