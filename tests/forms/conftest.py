"""What the tests of forms start from."""

from typing import Any

import pytest

from tests.desk import Desk, new_desk


@pytest.fixture
def desk(database: str, clock: Any) -> Desk:
    return new_desk()
