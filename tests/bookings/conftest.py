"""The clinic as a fixture."""

from __future__ import annotations

import pytest

from tests.bookings.clinic import Clinic, open_clinic


@pytest.fixture
def clinic(database, clock) -> Clinic:
    return open_clinic()


@pytest.fixture
def elsewhere(clinic) -> Clinic:
    """Another business in the same database."""
    return open_clinic("Other Place", "other@example.com")
