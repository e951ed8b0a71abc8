"""Personal links: one per record, whoever asks for it first."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from sqlalchemy import text

from careops_app.infra import db
from careops_app.workspace import links
from careops_app.workspace.models import Purpose
from tests import people

SUBJECT = 7


def token(session, workspace_id: int) -> str:
    return links.link_token(session, workspace_id, Purpose.FORM, SUBJECT, None)


def until_somebody_waits() -> None:
    """Ends when a transaction of this database waits for another."""
    blocked = text("select exists (select from pg_stat_activity where datname = current_database()"
                   " and cardinality(pg_blocking_pids(pid)) > 0)")  # fmt: skip
    end = time.monotonic() + 10
    while not db.fetch_now(lambda session: session.execute(blocked).scalar(), db.SYSTEM):
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.01)


def test_two_who_ask_in_the_same_moment_get_the_same_link(database: str) -> None:
    business = people.owner().actor.workspace_id
    has_made, may_commit = Event(), Event()

    def slowly(session, workspace_id: int) -> str:
        made = token(session, workspace_id)
        has_made.set()
        assert may_commit.wait(10)
        return made

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(db.transact_now, slowly, business)
        assert has_made.wait(10)
        second = pool.submit(db.transact_now, token, business)
        until_somebody_waits()
        may_commit.set()
        assert first.result(10) == second.result(10) == db.transact_now(token, business)


def test_a_revoked_link_is_replaced_by_another(database: str) -> None:
    business = people.owner().actor.workspace_id
    before = db.transact_now(token, business)
    db.transact_now(lambda session, _: links.revoke(session, business, Purpose.FORM, SUBJECT), business)
    after = db.transact_now(token, business)
    assert after != before
    assert db.fetch_now(links.open_link, db.SYSTEM, Purpose.FORM, after).subject_id == SUBJECT
