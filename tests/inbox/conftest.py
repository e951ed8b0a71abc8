"""One business with captured channels; time stands still until a test moves it."""

from typing import Any

import pytest

from tests.inbox.desk import Business, a_business


@pytest.fixture
def harbour(database: str, clock: Any) -> Business:
    return a_business()
