"""Every test here begins in the clinic as it was opened, and at its end everything sent and not sent can be explained."""

from collections.abc import Iterator

import pytest

from tests.cast import Business
from tests.journeys import explained
from tests.opened import clinic, opened, visitor  # noqa: F401


@pytest.fixture(autouse=True)
def everything_is_explained(request: pytest.FixtureRequest) -> Iterator[None]:
    """Explain covers each message and each skip of the journey."""
    story = request.node.originalname
    told = story in _told  # a test with many parameters tells one story
    business: Business | None = (
        None if told or "clinic" not in request.fixturenames else request.getfixturevalue("clinic")
    )
    yield
    if business is not None:
        explained.check(business)
        _told.add(story)


_told: set[str] = set()
