"""Each part of `make torture` in small: nothing goes wrong, and its defence switched off is noticed."""

from __future__ import annotations

import pytest

from tests.torture.all_parts import PARTS
from tests.torture.part import Part


@pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])
def test_nothing_goes_wrong_in_small(part: Part, data_folder: object) -> None:
    assert part.run(part.small) == []
