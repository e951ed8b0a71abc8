"""Races visitors for the same times through the public HTTP API, and fails on anything that must not happen.

    make race                                        10,000 attempts by 200 connections for 50 times, twice, and more
    .venv/bin/python scripts/race.py --rounds 5      a short one

A PostgreSQL of its own in a temporary folder, a business built by commands, the real server in a process of its own. At
the end the same race runs in a scratch database without the exclusion constraint and with locks that nobody waits for:
it must go wrong there, or the race proves nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from careops_app.infra import embedded  # noqa: E402
from tests.torture import audit, ground, race, venue  # noqa: E402
from tests.torture.ground import Ground, Server  # noqa: E402
from tests.torture.race import Outcome  # noqa: E402

CONNECTIONS = 200
KEYS, TIMES = 20, 200
DISARMED_ROUNDS = 3


def main() -> int:
    """Everything, then 0 when all that must be zero is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50, help="how many times are raced for (50)")
    parser.add_argument("--visitors", type=int, default=200, help="how many want each of them (200)")
    options = parser.parse_args()
    problems = _guarded(options.rounds, options.visitors) + _disarmed(options.visitors)
    for problem in problems:
        print(f"WRONG: {problem}")
    print(f"race: {'passed' if not problems else 'FAILED'}")
    return 1 if problems else 0


def _guarded(rounds: int, visitors: int) -> list[str]:
    with ground.prepared(embedded.DURABLE) as base:
        place = venue.open_venue()
        with ground.serving(base) as server:
            problems = _single(server, place, rounds, visitors)
            problems += _exact(server, place, max(1, rounds // 10), visitors)
            problems += _mixed(server, place, rounds, visitors)
            problems += _forms(server, place, base)
        return problems + _aftermath(base, server)


def _single(server: Server, place: venue.Venue, rounds: int, visitors: int) -> list[str]:
    outcome = race.run_heat(server, "one slot", race.one_slot_each_round(place, rounds, visitors), CONNECTIONS)
    _tell(outcome)
    lost = {number: won for number, won in outcome.wins.items() if won != 1}
    print(f"  wins: {outcome.won} in {rounds} rounds ({rounds - len(lost)} rounds with exactly one)")
    return _oddities(outcome) + ([f"rounds without exactly one win: {lost}"] if lost else [])


def _exact(server: Server, place: venue.Venue, rounds: int, visitors: int) -> list[str]:
    """What several visits fit into: as many win as fit, never one more."""
    heats = (
        (f"a room of {venue.LANES} lanes", race.as_many_as_fit(place, "room", rounds, visitors, 100), venue.LANES),
        (f"a group of {venue.SEATS} seats", race.as_many_as_fit(place, "group", rounds, visitors, 120), venue.SEATS),
        ("the last pieces of an item", race.until_the_shelf_is_empty(place, visitors, 140), venue.LAST_PIECES),
    )
    problems = []
    for name, attempts, fitting in heats:
        outcome = race.run_heat(server, name, attempts, CONNECTIONS)
        _tell(outcome)
        print(f"  wins: {sorted(outcome.wins.values())}, {fitting} fit")
        wrong = {number: won for number, won in outcome.wins.items() if won != fitting}
        problems += _oddities(outcome) + ([f"{name}: {wrong} instead of {fitting}"] if wrong else [])
    return problems


def _mixed(server: Server, place: venue.Venue, rounds: int, visitors: int) -> list[str]:
    outcome = race.run_heat(server, "mixed", race.whatever_is_left(place, rounds, visitors), CONNECTIONS)
    _tell(outcome)
    print(f"  wins: {outcome.won}, in each round {min(outcome.wins.values())} to {max(outcome.wins.values())}")
    return _oddities(outcome) + ([] if outcome.won >= rounds else ["somebody must win in every round"])


def _forms(server: Server, place: venue.Venue, base: Ground) -> list[str]:
    before = base.count("select count(*) from booking")
    outcome = race.run_heat(server, "one form", race.one_form_many_times(place, KEYS, TIMES), CONNECTIONS)
    _tell(outcome)
    made = base.count("select count(*) from booking") - before
    shown = [
        {answer.told["reference"] for answer in outcome.run.answers[key * TIMES : (key + 1) * TIMES]}
        for key in range(KEYS)
    ]
    changed = race.run_heat(server, "changed", race.changed_forms(place, KEYS), KEYS).run.answers
    refused = Counter((answer.status, answer.told.get("error")) for answer in changed)
    print(f"  {KEYS} forms, each sent {TIMES} times: {made} bookings; with another name in them: {dict(refused)}")
    problems = [] if made == KEYS else [f"{KEYS} forms made {made} bookings"]
    problems += [] if all(len(one) == 1 for one in shown) else ["one form showed two bookings"]
    problems += [] if refused == {(race.REUSED, "key_reused"): KEYS} else [f"changed forms were answered {refused}"]
    return problems + _oddities(outcome)


def _aftermath(base: Ground, server: Server) -> list[str]:
    broken = audit.deadlocks(base)
    found = audit.findings(base) | {"deadlocks in the database": broken}
    print("must be none:")
    for name, number in found.items():
        print(f"  {name:36}{number}")
    said = [line for line in server.log.read_text().splitlines() if "[error" in line or "Traceback" in line]
    return [f"{name}: {number}" for name, number in found.items() if number] + said[:3]


def _disarmed(visitors: int) -> list[str]:
    with ground.prepared(embedded.DISPOSABLE) as base:
        place = venue.open_venue()
        audit.disarm(base)
        with ground.serving(base) as server:
            attempts = race.one_slot_each_round(place, DISARMED_ROUNDS, visitors)
            outcome = race.run_heat(server, "without constraint and locks", attempts, CONNECTIONS)
        _tell(outcome)
        overlaps = audit.findings(base)["overlaps"]
    print(f"  wins: {outcome.won} in {DISARMED_ROUNDS} rounds, overlaps: {overlaps} (both must be too many)")
    seen = outcome.won > DISARMED_ROUNDS and overlaps > 0
    return [] if seen else ["the race does not notice that its guards are gone"]


def _tell(outcome: Outcome) -> None:
    run = outcome.run
    statuses = ", ".join(f"{status}: {number}" for status, number in sorted(_statuses(outcome).items()))
    print(f"{outcome.name}: {len(run.answers)} attempts by {CONNECTIONS} connections in {run.seconds:.1f} s")
    print(
        f"  {run.per_second:.0f} a second, p50 {run.milliseconds(0.5):.0f} ms, p99 {run.milliseconds(0.99):.0f} ms; "
        f"answers {statuses}; seen by a visitor as failure: {outcome.failures}",
        flush=True,
    )


def _statuses(outcome: Outcome) -> Counter[int]:
    return Counter(answer.status for answer in outcome.run.answers)


def _oddities(outcome: Outcome) -> list[str]:
    """Answers that are neither a booking nor a refusal."""
    kinds = Counter((answer.status, answer.body[:200]) for answer in outcome.odd)
    return [f"{outcome.name}: {number} answers {kind}" for kind, number in kinds.most_common(3)]


if __name__ == "__main__":
    sys.exit(main())
