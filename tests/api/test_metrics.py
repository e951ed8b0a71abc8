"""/readyz says in words why nobody should be sent here; /metrics tells Prometheus how the work goes."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from starlette.testclient import TestClient

from careops_app.api import app as api
from careops_app.infra import beats, db, postgres, readiness
from careops_app.infra.settings import reset_settings
from careops_app.worker import run
from tests.conftest import using
from tests.inbox.desk import a_business

TOKEN = "a token for the one who reads 12345678"


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    with TestClient(api.create()) as found:
        yield found


@contextmanager
def told(**environment: str) -> Iterator[None]:
    os.environ.update(environment)
    reset_settings()
    try:
        yield
    finally:
        for name in environment:
            del os.environ[name]
        reset_settings()


def owner(statement: str) -> None:
    with db.engine().connect() as connection:
        connection.execute(text(statement))
        connection.commit()


def test_ready_while_a_worker_beats(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["reason"] == readiness.NO_WORKER
    db.transact_now(beats.beat, db.SYSTEM, beats.new_key())
    assert client.get("/readyz").json() == {"status": "ready"}
    owner("update worker_beat set beat_at = clock_timestamp() - interval '61 seconds'")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(("revision", "words"), [("0008", "being migrated"), ("9999", "newer version")])
def test_not_ready_with_other_tables(client: TestClient, revision: str, words: str) -> None:
    db.transact_now(beats.beat, db.SYSTEM, beats.new_key())
    (here, newest) = postgres.revisions()
    owner(f"update alembic_version set version_num = '{revision}'")
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503 and words in answer.json()["reason"] and revision in answer.json()["reason"]
    finally:
        owner(f"update alembic_version set version_num = '{here}'")
    assert here == newest == ScriptDirectory.from_config(Config("alembic.ini")).get_current_head()


def test_not_ready_without_a_database(client: TestClient) -> None:
    with using("postgresql+psycopg://nobody@127.0.0.1:1/none"):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "no database")


async def test_a_worker_beats_from_its_start_and_leaves_in_order(database: str) -> None:
    async with run.serve():
        assert db.fetch_now(beats.fresh, db.SYSTEM) == 1
        async with run.serve():
            assert db.fetch_now(beats.fresh, db.SYSTEM) == 2
    assert db.fetch_now(beats.fresh, db.SYSTEM) == 0


def test_metrics_are_off_by_default_and_may_ask_for_a_token(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 404
    with told(CAREOPS_METRICS="true", CAREOPS_METRICS_TOKEN=TOKEN):
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_metrics_tell_what_waits_and_what_was_sent(client: TestClient) -> None:
    business = a_business()
    business.draft("first")
    run.drain_now()
    business.draft("second")
    with told(CAREOPS_METRICS="true"):
        said = client.get("/metrics")
    assert said.headers["content-type"].startswith("text/plain; version=0.0.4")
    values = dict(re.findall(r"^(careops_\S+) (\S+)$", said.text, re.M))
    assert values['careops_queue_due{queue="messages"}'] == "1"
    assert float(values['careops_queue_oldest_seconds{queue="messages"}']) >= 0
    assert values['careops_sends_last_hour{channel="email",outcome="captured"}'] == "1"
    assert values["careops_workers"] == "0" and "careops_event_lag_seconds" in values
    for line in said.text.splitlines():  # the format, line by line
        assert re.fullmatch(r"# (HELP|TYPE) \S+ .+|[a-z_]+(\{([a-z]+=\"[^\"]*\",?)+\})? \S+", line), line
    assert "harbour" not in said.text and "example.com" not in said.text
