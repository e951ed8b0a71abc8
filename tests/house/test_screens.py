"""Every screen can be drawn, has an address of its own, and pulls no heavy theme into the app."""

import pytest
from reflex_base.components.component import Component
from reflex_components_core.core.upload import Upload

from careops_app.ui.routes import SCREENS, Screen

HEAVY = ("@radix-ui/themes", "recharts", "react-markdown")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.route)
def test_a_screen_can_be_drawn(screen: Screen) -> None:
    drawn = screen.page()
    assert isinstance(drawn, Component)
    libraries = {library for library in drawn._get_all_imports() if library.startswith(HEAVY)}
    assert libraries == set()


def test_addresses_are_below_app_and_unique() -> None:
    routes = [screen.route for screen in SCREENS]
    assert all(route == "/app" or route.startswith("/app/") for route in routes)
    assert len(set(routes)) == len(routes)


def test_uploads_go_through_routes_of_ours() -> None:
    """Reflex's own upload endpoint takes anything from anybody; it exists as soon as its component is used once."""
    for screen in SCREENS:
        screen.page()
    assert not Upload.is_used
