"""A committed change reaches subscribers of that workspace, of no other, and after a lost connection everybody."""

import asyncio
from typing import Any

import psycopg
import pytest

from careops_app.infra import db, live
from careops_app.infra.live import Hub, listening
from careops_app.workspace.access import Actor
from careops_app.workspace.models import Workspace
from tests.people import owner


async def until(condition: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def rename(session: Any, who: Actor, name: str) -> None:
    session.get(Workspace, who.workspace_id).name = name


async def test_a_change_is_told_once_it_is_committed(database: str) -> None:
    person, told, hub = owner(), list[int](), Hub()
    hub.subscribe(person.actor.workspace_id, told.append)
    async with listening(hub):
        await until(lambda: told)  # the first connection tells everybody
        told.clear()
        await db.transact(rename, person.actor, "Renamed")
        await until(lambda: told)
    assert told == [person.actor.workspace_id]


async def test_other_workspaces_and_reads_tell_nothing(database: str) -> None:
    person, other, told, hub = owner(), owner("Other", "other@example.com"), list[int](), Hub()
    hub.subscribe(person.actor.workspace_id, told.append)
    async with listening(hub):
        await until(lambda: told)
        told.clear()
        await db.transact(rename, other.actor, "Renamed")
        await db.fetch(lambda session, _: session.get(Workspace, person.actor.workspace_id), person.actor)
        await asyncio.sleep(0.3)
    assert told == []


async def test_after_a_lost_connection_everybody_is_told(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY_SECONDS", 0.05)
    told, hub = list[int](), Hub()
    hub.subscribe(7, told.append)
    async with listening(hub):
        await until(lambda: told)
        told.clear()
        with psycopg.connect(database.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' "
                "and datname = current_database()"
            )
        await until(lambda: told)


def test_leaving_ends_it() -> None:
    hub, told = Hub(), list[int]()
    leave = hub.subscribe(1, told.append)
    hub.announce(1)
    leave()
    leave()
    hub.announce(1)
    hub.announce_all()
    assert told == [1]
