"""Somebody leaves: every visit ahead is given to somebody else, kept or cancelled, all at once, and told once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select

from careops_app.bookings import leaving, offering, queries, service
from careops_app.bookings.leaving import Choice, Decision, Departure
from careops_app.bookings.models import Resource
from careops_app.errors import Forbidden, NotFound, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox.models import Message
from careops_app.infra import db
from careops_app.worker.run import drain_now
from careops_app.workspace import queries as workspaces
from careops_app.workspace.access import Permission
from careops_app.workspace.models import AuditEntry
from tests import people
from tests.bookings.clinic import Clinic, tuesday

ANYONE, KEEP, CANCEL = Decision(Choice.REASSIGN), Decision(Choice.KEEP), Decision(Choice.CANCEL)


@pytest.fixture
def ahead(clinic: Clinic) -> tuple[int, int, int]:
    """Three visits of Priya, each of another customer; messages stay on this machine."""
    db.transact_now(inbox.ensure_captured, clinic.owner.workspace_id)
    return tuple(
        clinic.booked(tuesday(at), staff_id=clinic.priya, email=f"{at[:2]}@example.com")
        for at in ("10:00", "12:00", "14:00")
    )  # type: ignore[return-value]


def told(clinic: Clinic) -> dict[str, list[str]]:
    """Which templates each address was sent."""
    rows = clinic.ask(
        lambda session, _: session.exec(
            select(Message).where(col(Message.rule).is_not(None)).order_by(col(Message.id))
        ).all()
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.recipient or "", []).append(row.template or "")
    return found


def test_a_calendar_with_visits_ahead_does_not_stop_before_they_are_decided(clinic: Clinic, ahead: tuple[int, ...]):
    with pytest.raises(Refused, match="Priya Raman has 3 visits ahead") as refused:
        clinic.do(leaving.retire_calendar, clinic.priya)
    assert refused.value.code == leaving.UNDECIDED
    with pytest.raises(Refused, match="1 visit ahead") as refused:
        clinic.do(leaving.leave, Departure(clinic.priya, ((ahead[0], KEEP), (ahead[1], KEEP))))
    assert clinic.free(tuesday("09:00"), staff_id=clinic.priya)


def test_each_visit_goes_its_way_and_its_customer_is_told_once(clinic: Clinic, ahead: tuple[int, ...]):
    first, second, third = ahead
    drain_now()
    before = told(clinic)
    departure = Departure(
        clinic.priya,
        ((second, KEEP), (third, CANCEL)),
        Decision(Choice.REASSIGN, clinic.jonas),
        reason="Priya moves away",
    )
    looked = clinic.ask(leaving.preview, departure)
    assert (looked.reassigned, looked.kept, looked.cancelled, looked.told, looked.is_ready) == (1, 1, 1, 2, True)
    assert clinic.do(leaving.leave, departure) == looked
    drain_now()
    assert [(clinic.card(one).staff, clinic.card(one).status) for one in ahead] == [
        ("Jonas Lindqvist", "confirmed"), ("Priya Raman", "confirmed"), ("Priya Raman", "cancelled"),
    ]  # fmt: skip
    assert [row[:3] for row in clinic.taken(first)] == [(clinic.jonas, "10:00", "11:00")]
    news = {address: rows[len(before[address]) :] for address, rows in told(clinic).items()}
    assert news == {
        "10@example.com": ["booking_reassigned"],
        "12@example.com": [],
        "14@example.com": ["booking_cancelled"],
    }
    message = clinic.ask(
        lambda session, _: session.exec(select(Message).where(Message.template == "booking_reassigned")).one()
    )
    assert message.subject == "Your visit is now with Jonas Lindqvist" and "moved" not in message.body
    assert "Tue 24 November 2026, 10:00" in message.body and message.invite is not None
    assert clinic.events(first)[-1] == "booking.reassigned"


def test_what_was_decided_is_written_down(clinic: Clinic, ahead: tuple[int, ...]):
    clinic.do(leaving.leave, Departure(clinic.priya, ((ahead[0], CANCEL),), KEEP))
    entries = clinic.ask(lambda session, _: session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all())
    decided = next(entry for entry in entries if entry.action == "decided about the visits of")
    assert decided.subject == "Priya Raman"
    assert decided.detail == {"reassigned": "0", "kept": "2", "cancelled": "1"}
    assert entries[-1].action == "retired the calendar"


def test_a_conflict_is_named_and_nothing_is_changed(clinic: Clinic, ahead: tuple[int, ...]):
    clinic.booked(tuesday("12:15"), staff_id=clinic.jonas)
    looked = clinic.ask(leaving.preview, Departure(clinic.priya, (), ANYONE))
    assert [one.booking_id for one in looked.conflicts] == [ahead[1]] and not looked.is_ready
    with pytest.raises(Refused, match="Nothing was changed") as refused:
        clinic.do(leaving.leave, Departure(clinic.priya, ((ahead[0], CANCEL),), ANYONE))
    assert refused.value.code == "conflicts" and clinic.card(ahead[1]).reference in str(refused.value)
    assert {clinic.card(one).status for one in ahead} == {"confirmed"}
    assert {clinic.card(one).staff for one in ahead} == {"Priya Raman"}


def test_only_who_gives_the_service_and_is_free_may_take_it_over(clinic: Clinic, ahead: tuple[int, ...]):
    clinic.booked(tuesday("12:15"), staff_id=clinic.jonas)
    third = clinic.do(offering.add_calendar, offering.CalendarDraft("Nobody's Peel"))
    page = clinic.ask(leaving.visits_ahead, clinic.priya)
    assert (page.name, page.total, page.pages) == ("Priya Raman", 3, 1)
    assert [[(one.id, bool(one.problem)) for one in row.people] for row in page.rows] == [
        [(clinic.jonas, False)], [(clinic.jonas, True)], [(clinic.jonas, False)],
    ]  # fmt: skip
    assert "not free" in page.rows[1].people[0].problem
    looked = clinic.ask(leaving.preview, Departure(clinic.priya, (), Decision(Choice.REASSIGN, third)))
    assert "does not offer Peel treatment" in looked.conflicts[0].why


def test_visits_are_paged(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, ahead: tuple[int, ...]):
    monkeypatch.setattr(leaving, "PAGE", 2)
    pages = [clinic.ask(leaving.visits_ahead, clinic.priya, page) for page in (1, 2, 9)]
    assert [[row.id for row in page.rows] for page in pages] == [[*ahead[:2]], [ahead[2]], [ahead[2]]]


def test_somebody_with_visits_ahead_keeps_access_until_they_are_decided(clinic: Clinic):
    sam = people.staff(people.Person("", 0, clinic.owner), Permission.BOOKINGS)
    calendar = clinic.do(offering.add_calendar, offering.CalendarDraft(member_id=sam.actor.member_id))
    clinic.do(offering.set_staff, clinic.peel, [calendar, clinic.jonas])
    visit = clinic.booked(tuesday("10:00"), staff_id=calendar)
    with pytest.raises(Refused, match="Sam Staff has 1 visit ahead"):
        clinic.do(leaving.deactivate, sam.actor.member_id)
    assert db.fetch_now(workspaces.actor_for_session_id, db.SYSTEM, sam.session_id) is not None
    clinic.do(leaving.leave, Departure(calendar, (), ANYONE, ends_access=True))
    assert db.fetch_now(workspaces.actor_for_session_id, db.SYSTEM, sam.session_id) is None
    assert clinic.card(visit).staff == "Jonas Lindqvist"
    assert clinic.ask(lambda session, _: db.load(session, Resource, calendar)).retired_at is None, (
        "it comes back with Sam"
    )
    assert clinic.ask(queries.slots_on, queries.SlotSearch(clinic.peel, tuesday("00:00").date(), staff_id=None))


def test_a_visit_that_was_cancelled_meanwhile_needs_no_decision(clinic: Clinic, ahead: tuple[int, ...]):
    clinic.do(service.cancel, ahead[0])
    done = clinic.do(leaving.leave, Departure(clinic.priya, tuple((one, KEEP) for one in ahead)))
    assert (done.kept, done.told) == (2, 0)


def test_only_owners_and_only_their_own_calendars(clinic: Clinic, elsewhere: Clinic, ahead: tuple[int, ...]):
    sam = people.staff(people.Person("", 0, clinic.owner), Permission.BOOKINGS).actor
    refused: list[tuple[Any, tuple[Any, ...]]] = [
        (leaving.leave, (Departure(clinic.priya, (), KEEP),)),
        (leaving.visits_ahead, (clinic.priya,)),
        (leaving.preview, (Departure(clinic.priya),)),
        (leaving.deactivate, (clinic.owner.member_id,)),
    ]
    for command, args in refused:
        with pytest.raises(Forbidden):
            db.transact_now(command, sam, *args)
    unknown: list[tuple[Any, tuple[Any, ...]]] = [
        (leaving.leave, (Departure(elsewhere.priya, (), KEEP),)),
        (leaving.visits_ahead, (elsewhere.priya,)),
    ]
    for command, args in unknown:
        with pytest.raises(NotFound):
            clinic.do(command, *args)


def test_the_same_person_at_another_time_is_a_move_and_somebody_else_at_the_same_time_is_not(clinic: Clinic):
    visit = clinic.booked(tuesday("10:00"), staff_id=clinic.priya)
    clinic.moved(visit, tuesday("10:00"), staff_id=clinic.jonas)
    clinic.moved(visit, tuesday("11:00"), staff_id=clinic.priya)
    assert clinic.events(visit)[-2:] == ["booking.reassigned", "booking.rescheduled"]
    assert clinic.payload("booking.reassigned")["was_staff"] == "Priya Raman"
