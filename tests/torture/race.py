"""Races through the public HTTP API: many visitors for one time, for anything that is left, and with one form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.torture.ground import Server
from tests.torture.load import Answer, Run, fire, network, post
from tests.torture.venue import Venue

ATTEMPTS_PER_NETWORK = 500  # a network may write 600 times an hour
FIRST_DAY_AHEAD = 3
STARTS_A_DAY = 17
HOURS_OF_ROUNDS = (9, 12, 15)  # of the mixed heat: far enough apart that no visit reaches into the next round
WON, TAKEN, REUSED = 201, 409, 422
MOST_NETWORKS = 40_000


@dataclass(frozen=True)
class Attempt:
    """One visitor's request: for which round, and as it goes over the wire."""

    round: int
    request: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of a heat: the wins of each round, and every answer that was no booking and no refusal."""

    name: str
    run: Run
    wins: dict[int, int]
    odd: list[Answer] = field(default_factory=list)

    @property
    def won(self) -> int:
        return sum(self.wins.values())

    @property
    def failures(self) -> int:
        """Answers of 500 and above: what a visitor would see of a deadlock."""
        return sum(answer.status >= 500 or answer.status == 0 for answer in self.run.answers)


def run_heat(server: Server, name: str, attempts: list[Attempt], connections: int) -> Outcome:
    """Fire all attempts, in order, over so many connections."""
    run = fire(server.port, [attempt.request for attempt in attempts], connections)
    wins = Counter({attempt.round: 0 for attempt in attempts})
    for attempt, answer in zip(attempts, run.answers, strict=True):
        wins[attempt.round] += answer.status == WON
    odd = [answer for answer in run.answers if answer.status not in (WON, TAKEN)]
    return Outcome(name, run, dict(wins), odd)


def one_slot_each_round(venue: Venue, rounds: int, visitors: int) -> list[Attempt]:
    """Every round is one time of one person, wanted by so many visitors; all rounds lie apart from each other."""
    return [
        Attempt(number, _wish(venue, "short", start_of(number), f"single-{number}-{visitor}", staff_id=venue.staff[0]))
        for number in range(rounds)
        for visitor in range(visitors)
    ]


def whatever_is_left(venue: Venue, rounds: int, visitors: int) -> list[Attempt]:
    """Every round is one hour, wanted in all lengths, with somebody in particular or anyone, until nothing is left."""
    kinds = [name for name in venue.services if name != "scarce"]
    return [
        Attempt(
            number,
            _wish(
                venue, kinds[visitor % len(kinds)], hour_of(number) + timedelta(minutes=15 * (visitor % 3)),
                f"mixed-{number}-{visitor}", staff_id=None if visitor % 4 else venue.staff[visitor % len(venue.staff)],
            ),
        )
        for number in range(rounds)
        for visitor in range(visitors)
    ]  # fmt: skip


def as_many_as_fit(venue: Venue, kind: str, rounds: int, visitors: int, days_ahead: int) -> list[Attempt]:
    """Every round is one start of a service that several visits fit into: lanes of a room, or seats of one person's group."""
    staff = venue.staff[2] if kind == "group" else None
    return [
        Attempt(
            number,
            _wish(venue, kind, start_of(number, days_ahead), f"{kind}-{number}-{visitor}", staff_id=staff),
        )
        for number in range(rounds)
        for visitor in range(visitors)
    ]


def until_the_shelf_is_empty(venue: Venue, visitors: int, days_ahead: int) -> list[Attempt]:
    """One round: each visitor has a start and a person of their own, but the stock is for fewer."""
    people = len(venue.staff)
    return [
        Attempt(
            0,
            _wish(
                venue, "scarce", start_of(visitor // people, days_ahead), f"scarce-{visitor}",
                staff_id=venue.staff[visitor % people],
            ),
        )
        for visitor in range(visitors)
    ]  # fmt: skip


def one_form_many_times(venue: Venue, keys: int, times: int) -> list[Attempt]:
    """Every round is one form, sent so many times at once."""
    return [
        Attempt(key, _wish(venue, "short", start_of(key, 80), f"form-{key}", staff_id=venue.staff[1]))
        for key in range(keys)
        for _ in range(times)
    ]


def changed_forms(venue: Venue, keys: int) -> list[Attempt]:
    """The same forms once more, each with another name in it."""
    return [
        Attempt(
            key, _wish(venue, "short", start_of(key, 80), f"form-{key}", staff_id=venue.staff[1], name="Somebody Else")
        )
        for key in range(keys)
    ]


def start_of(number: int, days_ahead: int = FIRST_DAY_AHEAD) -> datetime:
    """The start of a round: half an hour apart, from 09:00 to 17:00 UTC, day after day."""
    day = datetime.now(UTC).date() + timedelta(days=days_ahead + number // STARTS_A_DAY)
    return datetime.combine(day, time(9), UTC) + timedelta(minutes=30 * (number % STARTS_A_DAY))


def hour_of(number: int) -> datetime:
    """The first start of a mixed round."""
    day = datetime.now(UTC).date() + timedelta(days=40 + number // len(HOURS_OF_ROUNDS))
    return datetime.combine(day, time(HOURS_OF_ROUNDS[number % len(HOURS_OF_ROUNDS)]), UTC)


def _wish(venue: Venue, kind: str, start: datetime, key: str, **changes: Any) -> bytes:
    wanted = {
        "service_id": venue.services[kind], "starts_at": start.isoformat(), "name": f"Visitor {key}",
        "email": f"{key}@example.com",
    }  # fmt: skip
    body = {name: value for name, value in (wanted | changes).items() if value is not None}
    return post(f"/api/v1/public/{venue.slug}/bookings", body, f"{key:>12}".replace(" ", "0"), _sender())


def _counting() -> Callable[[], str]:
    sent = iter(range(MOST_NETWORKS * ATTEMPTS_PER_NETWORK))
    return lambda: network(next(sent) // ATTEMPTS_PER_NETWORK)


_sender = _counting()
