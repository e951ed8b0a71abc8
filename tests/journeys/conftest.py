"""Every test here begins in the clinic as it was opened."""

from tests.opened import clinic, opened, visitor  # noqa: F401
