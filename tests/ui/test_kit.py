"""The kit compiles as a whole, draws every part it exports, and never reaches for Radix Themes."""

from pathlib import Path

import pytest
import reflex as rx

from careops_app.infra.states import STATE, Tone
from careops_app.ui import components, navigation
from careops_app.ui.components.state import badge
from careops_app.ui.routes import SCREENS
from tests.ui import kit

THEMES = "@radix-ui/themes"
CSS = (Path(__file__).parents[2] / "assets" / "careops.css").read_text()


@pytest.fixture(scope="module")
def sheet() -> rx.Component:
    return kit.kit_page()


def test_the_sheet_compiles(sheet):
    assert sheet.render()


def test_no_part_of_the_kit_imports_radix_themes(sheet):
    assert [library for library in sheet._get_all_imports() if library.startswith(THEMES)] == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.route)
def test_no_screen_imports_radix_themes(screen):
    assert [library for library in screen.page()._get_all_imports() if library.startswith(THEMES)] == []


def test_every_part_is_on_the_sheet():
    source = Path(kit.__file__).read_text()
    drawn = [name for name in components.__all__ if name not in HANDED_OVER]
    assert [name for name in drawn if f"ui.{name}" not in source] == []


def test_every_part_says_what_it_is_for():
    parts = [getattr(components, name) for name in components.__all__]
    assert [part.__name__ for part in parts if not part.__doc__] == []


def test_every_tone_has_its_colours():
    assert {tone.value for tone in Tone} == {shown.tone.value for shown in STATE.values()}
    assert all(f'[data-tone="{tone.value}"]' in CSS for tone in Tone)


def test_a_state_nobody_described_is_refused():
    with pytest.raises(KeyError):
        badge("booking.maybe")


def test_an_expected_state_is_bare_and_an_exception_is_a_pill():
    assert "badge bare" in str(badge("booking.confirmed").render())
    assert "badge bare" not in str(badge("booking.no_show").render())


def test_places_are_named_once_and_stand_under_the_app():
    entries = [entry for group in navigation.NAVIGATION for entry in group.entries]
    assert len({entry.to for entry in entries}) == len(entries)
    assert all(entry.to.startswith("/app/") and entry.to.endswith("/") for entry in entries)
    assert set(navigation.TABS) | set(navigation.MORE) == set(entries)


# Returned by handlers, not drawn.
HANDED_OVER = {"toasts"}
