"""The launch checklist and activation: the same reading decides on the page and on the server."""

import pytest

from careops_app.bookings import offering
from careops_app.bookings.offering import CalendarDraft, ServiceDraft
from careops_app.bookings.spans import Window
from careops_app.dashboard import service
from careops_app.dashboard.queries import LaunchChecklist, LaunchStep, StepState, launch_checklist
from careops_app.errors import DeliveryFailed, Forbidden, Refused
from careops_app.forms import building, starters
from careops_app.inbox import setup
from careops_app.inbox.models import ChannelKind
from careops_app.infra import db
from careops_app.inventory import catalogue
from careops_app.inventory.catalogue import ItemDraft
from careops_app.workspace import queries
from careops_app.workspace import service as workspaces
from tests.people import Person, owner, staff

WEEK = ((Window(540, 1020),), *(((),) * 6))


@pytest.fixture
def me(database: str) -> Person:
    return owner()


def reading(me: Person) -> LaunchChecklist:
    return db.fetch_now(launch_checklist, me.actor)


def step(me: Person, key: str) -> LaunchStep:
    return next(each for each in reading(me).steps if each.key == key)


def connect(me: Person, failure: DeliveryFailed | None = None) -> None:
    db.transact_now(setup.ensure_captured, me.actor.workspace_id)
    db.transact_now(setup.record_check, me.actor, ChannelKind.EMAIL, failure)


def offer(me: Person, *, given: bool = True, hours: bool = True) -> None:
    mine = db.transact_now(offering.add_calendar, me.actor, CalendarDraft(member_id=me.actor.member_id))
    draft = ServiceDraft("Facial", 60, staff_ids=(mine,) if given else ())
    db.transact_now(offering.add_service, me.actor, draft)
    if hours:
        db.transact_now(offering.set_hours, me.actor, None, WEEK)


def test_a_new_business_has_eight_steps_and_three_blockers(me: Person) -> None:
    found = reading(me)
    assert [each.key for each in found.steps] == [
        "business", "channels", "contact", "services", "forms", "inventory", "staff", "launch",
    ]  # fmt: skip
    assert len(found.blockers) == 3 and not found.is_open
    assert all(check.link.startswith("/app/onboarding/?step=") for check in found.checks)


def test_activation_is_refused_with_what_is_missing(me: Person) -> None:
    with pytest.raises(Refused, match="Connect e-mail and test it"):
        db.transact_now(service.activate, me.actor)
    assert not db.fetch_now(queries.workspace_card, me.actor).is_open


def test_activation_opens_when_channel_service_and_hours_are_there(me: Person) -> None:
    connect(me)
    offer(me)
    assert reading(me).blockers == []
    db.transact_now(service.activate, me.actor)
    assert reading(me).is_open and step(me, "launch").state == StepState.DONE


def test_staff_cannot_open_the_pages(me: Person) -> None:
    connect(me)
    offer(me)
    with pytest.raises(Forbidden):
        db.transact_now(service.activate, staff(me).actor)


def test_a_captured_channel_counts_once_it_was_tested_and_says_that_nothing_leaves(me: Person) -> None:
    db.transact_now(setup.ensure_captured, me.actor.workspace_id)
    assert step(me, "channels").state == StepState.MISSING
    connect(me)
    assert step(me, "channels").state == StepState.DONE
    assert "nothing leaves it" in step(me, "channels").fact


def test_a_failing_channel_is_broken_and_blocks(me: Person) -> None:
    connect(me, DeliveryFailed("535 wrong password", permanent=True, channel_down=True))
    assert step(me, "channels").state == StepState.BROKEN and "535 wrong password" in step(me, "channels").fact
    assert not reading(me).checks[0].passed


def test_a_service_nobody_gives_blocks_by_name(me: Person) -> None:
    connect(me)
    offer(me, given=False)
    assert reading(me).blockers == ["Facial: nobody gives it yet."]
    assert step(me, "services").state == StepState.BROKEN


def test_a_service_without_hours_blocks_by_name(me: Person) -> None:
    connect(me)
    offer(me, hours=False)
    assert reading(me).blockers == ["Facial: Olivia Owner offers it but without any hours."]


def test_optional_steps_are_optional_skipped_or_done(me: Person) -> None:
    assert step(me, "forms").state == StepState.OPTIONAL
    for key in ("forms", "inventory", "staff"):
        db.transact_now(workspaces.skip_step, me.actor, key)
        assert step(me, key).state == StepState.SKIPPED
    offer(me)
    form_id = db.transact_now(starters.start_from, me.actor, "intake")
    assert step(me, "forms").state == StepState.SKIPPED
    db.transact_now(building.link_to_services, me.actor, form_id, [1])
    db.transact_now(catalogue.add_item, me.actor, ItemDraft("Cotton pads", "packs"))
    staff(me)
    assert {step(me, key).state for key in ("forms", "inventory", "staff")} == {StepState.DONE}


@pytest.mark.parametrize("key", list(starters.STARTERS))
def test_every_starter_makes_a_form_that_can_be_sent(me: Person, key: str) -> None:
    from careops_app.forms.queries import form_card

    form_id = db.transact_now(starters.start_from, me.actor, key)
    card = db.fetch_now(form_card, me.actor, form_id)
    assert card.name == starters.STARTERS[key].name and card.questions == starters.STARTERS[key].questions
