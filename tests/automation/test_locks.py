"""Pulling a switch waits for whoever looks at it, and whoever looks afterwards sees it."""

import threading
from collections.abc import Callable

import pytest
from sqlmodel import Session

from careops_app.automation import locks, stops
from careops_app.automation import service as automation
from careops_app.infra import db
from tests import people
from tests.people import Person

SOON, LONG = 0.3, 20.0


@pytest.fixture
def me(database: str) -> Person:
    return people.owner()


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_stop_waits_until_a_message_that_is_looked_at_has_been_decided(me: Person) -> None:
    looking, decided = threading.Event(), threading.Event()
    seen: list[bool] = []

    def look(session: Session, workspace_id: int) -> None:
        locks.reading(session, workspace_id, locks.STOPS)
        seen.append(stops.all_stopped(session))
        looking.set()
        assert decided.wait(LONG)

    reader = in_background(lambda: db.transact_now(look, me.actor.workspace_id))
    assert looking.wait(LONG)
    writer = in_background(lambda: db.transact_now(automation.stop_all, me.actor))
    writer.join(SOON)
    assert writer.is_alive(), "the stop did not wait"
    decided.set()
    reader.join(LONG)
    writer.join(LONG)
    assert (seen, db.fetch_now(lambda session, _: stops.all_stopped(session), me.actor)) == ([False], True)


def test_decisions_under_one_version_do_not_wait_for_each_other(me: Person) -> None:
    inside, leave = threading.Event(), threading.Event()

    def look(session: Session, workspace_id: int) -> None:
        locks.reading(session, workspace_id, "welcome")
        inside.set()
        assert leave.wait(LONG)

    first = in_background(lambda: db.transact_now(look, me.actor.workspace_id))
    assert inside.wait(LONG)
    db.transact_now(
        lambda session, workspace_id: locks.reading(session, workspace_id, "welcome"), me.actor.workspace_id
    )
    change = in_background(lambda: db.transact_now(automation.switch_rule, me.actor, "welcome", False))
    change.join(SOON)
    assert change.is_alive(), "the change did not wait"
    leave.set()
    first.join(LONG)
    change.join(LONG)
    assert not change.is_alive()
