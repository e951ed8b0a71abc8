"""What changes anywhere shows in an open tab within two seconds, also after the server was away."""

import time
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from careops_app.infra import db
from careops_app.workspace.access import Actor
from careops_app.workspace.models import Workspace
from tests.browser.conftest import Server, open_screen, sign_in
from tests.people import owner

TWO_SECONDS = 2_000


def rename(session: Any, who: Actor, name: str) -> None:
    workspace = session.get(Workspace, who.workspace_id)
    workspace.name = name
    session.add(workspace)


def test_a_change_shows_in_an_open_tab_within_two_seconds(world: Server, context: BrowserContext, page: Page) -> None:
    person = owner()
    sign_in(context, world, person)
    open_screen(page, "/app/automation")
    expect(page.get_by_text("Harbour Clinic").first).to_be_visible()
    db.transact_now(rename, person.actor, "Quayside Clinic")
    expect(page.get_by_text("Quayside Clinic").first).to_be_visible(timeout=TWO_SECONDS)


def test_a_tab_shows_its_own_business_whoever_else_changes(world: Server, context: BrowserContext, page: Page) -> None:
    person, other = owner(), owner("Rival Clinic", "rival@example.com")
    sign_in(context, world, person)
    open_screen(page, "/app/automation")
    for n in range(5):
        db.transact_now(rename, other.actor, f"Rival {n}")
        db.transact_now(rename, person.actor, f"Harbour {n}")
        time.sleep(0.1)
    expect(page.get_by_text("Harbour 4").first).to_be_visible(timeout=TWO_SECONDS)
    assert "Rival" not in page.content()


def test_after_the_connection_was_lost_nothing_is_missing(world: Server, context: BrowserContext, page: Page) -> None:
    person = owner()
    sign_in(context, world, person)
    open_screen(page, "/app/automation")
    context.set_offline(True)
    db.transact_now(rename, person.actor, "While Away Clinic")
    time.sleep(1)
    context.set_offline(False)
    expect(page.get_by_text("While Away Clinic").first).to_be_visible(timeout=15_000)
