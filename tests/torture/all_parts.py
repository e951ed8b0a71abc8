"""The parts of `make torture`, one file each, in the order in which they run."""

from __future__ import annotations

from tests.torture.part import Part
from tests.torture.parts import stopped

PARTS: tuple[Part, ...] = (stopped.PART,)
