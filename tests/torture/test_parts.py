"""The parts of `make torture` in small that no busy machine can disturb: nothing goes wrong while every defence is on.

Those that kill, pause and hurry workers by the clock are for `make torture` alone.
"""

from __future__ import annotations

import pytest

from tests.torture.all_parts import PARTS
from tests.torture.part import Part

BY_THE_CLOCK = {"killed", "paused", "stopped", "outage", "database", "reminders", "echoes"}
LEFT_TO_CHANCE = "the part proves nothing"  # in small a defence that is off may go unnoticed; `make torture` minds
STEADY = [part for part in PARTS if part.name not in BY_THE_CLOCK]


def test_every_part_that_goes_by_the_clock_is_one() -> None:
    assert {part.name for part in PARTS} >= BY_THE_CLOCK


@pytest.mark.parametrize("part", STEADY, ids=[part.name for part in STEADY])
def test_nothing_goes_wrong_in_small(part: Part, data_folder: object) -> None:
    assert [problem for problem in part.run(part.small) if not problem.endswith(LEFT_TO_CHANCE)] == []
