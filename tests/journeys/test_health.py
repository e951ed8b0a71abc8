"""Work that nobody does is noticed from outside the queues, said once with what to do, and over when it is done."""

from careops_app.automation import dispatcher, health
from careops_app.automation.explaining import trace
from careops_app.automation.models import Alert
from careops_app.infra import db, queue
from careops_app.infra.db import SYSTEM
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}


def alerts(business: Business) -> list[Alert]:
    return business.all_alerts("worker_late")


def test_work_that_waits_for_two_minutes_is_said_once_and_closed_when_it_is_done(
    clinic: Business,
    clock: HandClock,
) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    clock.advance(minutes=1, seconds=59)
    assert health.look() == 0 and alerts(clinic) == []
    clock.advance(seconds=1)
    assert health.look() == 1
    clock.advance(minutes=10)
    assert health.look() == 0
    (alert,) = clinic.alerts("worker_late")
    assert alert.title == "Automation is late" and "Next: see that CareOps runs with its worker" in alert.detail
    (look,) = clinic.ask(trace, alerts(clinic)[0].event_id).looks
    assert (look.rule, look.state, look.reason) == ("worker-alert", "fired", "alert raised")
    drain_now()
    assert len(clinic.messages("Nora Vance", "welcome")) == 1
    assert health.look() == 1 and clinic.alerts("worker_late") == []
    assert alerts(clinic)[0].resolution == "the worker has caught up"
    assert len(clinic.runs("worker-alert")) == 1, "what was carried out at once is not carried out a second time"


def test_two_that_look_at_once_say_it_once(clinic: Business, clock: HandClock) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    clock.advance(minutes=3)
    late, told = db.fetch_now(health._late, SYSTEM)
    assert list(late) == [clinic.id] and told == set()
    assert [db.transact_now(health._say, clinic.id, late[clinic.id]) for _ in range(2)] == [True, False]
    assert len(alerts(clinic)) == 1


def test_each_queue_is_looked_at(clinic: Business, clock: HandClock) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    for step in (dispatcher.fan_out, dispatcher.run_due):
        step()
        clock.advance(minutes=3)
        assert list(db.fetch_now(health._late, SYSTEM)[0]) == [clinic.id]
    drain_now()
    assert db.fetch_now(health._late, SYSTEM)[0] == {}


def test_who_asked_for_quiet_is_no_alarm(clinic: Business, clock: HandClock) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    clock.advance(minutes=5)
    with queue.quiet():
        assert health.look() == 0
    assert health.look() == 1
