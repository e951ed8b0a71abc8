"""The race in small: the real server over HTTP, and the same race without its guards, which must go wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from careops_app.infra import embedded
from tests.torture import audit, ground, race, venue
from tests.torture.ground import Ground

ROUNDS, VISITORS, CONNECTIONS = 2, 50, 50
KEYS, TIMES = 3, 20


@pytest.fixture
def base(data_folder) -> Iterator[Ground]:
    with ground.prepared(embedded.DISPOSABLE) as made:
        yield made


def test_every_time_is_won_once_and_every_form_is_one_booking(base: Ground):
    place = venue.open_venue()
    with ground.serving(base) as server:
        single = race.run_heat(server, "one slot", race.one_slot_each_round(place, ROUNDS, VISITORS), CONNECTIONS)
        mixed = race.run_heat(server, "mixed", race.whatever_is_left(place, ROUNDS, VISITORS), CONNECTIONS)
        lanes = race.run_heat(server, "lanes", race.as_many_as_fit(place, "room", 1, VISITORS, 100), CONNECTIONS)
        seats = race.run_heat(server, "seats", race.as_many_as_fit(place, "group", 1, VISITORS, 120), CONNECTIONS)
        shelf = race.run_heat(server, "shelf", race.until_the_shelf_is_empty(place, VISITORS, 140), CONNECTIONS)
        before = base.count("select count(*) from booking")
        forms = race.run_heat(server, "one form", race.one_form_many_times(place, KEYS, TIMES), CONNECTIONS)
        changed = race.run_heat(server, "changed", race.changed_forms(place, KEYS), KEYS)
    assert single.wins == dict.fromkeys(range(ROUNDS), 1)
    assert min(mixed.wins.values()) > 1
    assert [lanes.wins[0], seats.wins[0], shelf.wins[0]] == [venue.LANES, venue.SEATS, venue.LAST_PIECES]
    assert [heat.odd for heat in (single, mixed, lanes, seats, shelf, forms)] == [[]] * 6
    assert base.count("select count(*) from booking") - before == KEYS
    assert {(one.status, one.told["error"]) for one in changed.run.answers} == {(race.REUSED, "key_reused")}
    assert set(audit.findings(base).values()) == {0}
    assert audit.deadlocks(base) == 0


def test_without_constraint_and_locks_the_same_race_goes_wrong(base: Ground):
    place = venue.open_venue()
    audit.disarm(base)
    with ground.serving(base) as server:
        single = race.run_heat(server, "disarmed", race.one_slot_each_round(place, ROUNDS, VISITORS), CONNECTIONS)
    assert single.won > ROUNDS
    assert audit.findings(base)["overlaps"] > 0
