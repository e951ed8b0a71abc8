"""Where files may lie, for reasons that no import shows."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_no_folder_of_tests_takes_the_name_of_a_library() -> None:
    """With an __init__ a folder such as `public` becomes a module of that name, and whoever needs the library gets it."""
    assert [str(path.relative_to(TESTS)) for path in TESTS.rglob("__init__.py")] == []
