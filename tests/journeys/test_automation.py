"""The six rules, each fired, skipped or held with its reason in the log; and rules switched off."""

from datetime import timedelta
from decimal import Decimal

import pytest

from careops_app.automation import service as automation
from careops_app.automation.queries import rule_rows
from careops_app.automation.rules import RULES, Group
from careops_app.demo import cast
from careops_app.errors import CareOpsError, Forbidden
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.service import Reply
from careops_app.inventory import service as inventory
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book
from tests.conftest import HandClock

NORA = {"name": "Nora Vance", "email": "nora@example.com"}
SIX = ["welcome", "booking-confirmation", "booking-reminder", "form-reminder", "restock-alert", "staff-reply"]


def test_each_of_the_six_rules_names_what_it_did_and_upon_which_event(clinic: Business, clock: HandClock) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    drain_now()
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, 6)[0], **NORA)
    drain_now()
    start = clinic.visits()[0].starts_at
    clock.move_to(start - timedelta(hours=72))
    drain_now()
    clock.move_to(start - timedelta(hours=24))
    drain_now()
    clinic.do(inventory.count, clinic.item("Enzyme mask").id, Decimal(3))
    clinic.do(inbox.reply, Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, "See you tomorrow"))
    drain_now()
    clock.move_to(start - timedelta(hours=2))
    drain_now()
    log = {rule: [(row.event, row.state.value) for row in clinic.runs(rule)] for rule in SIX}
    assert log == {
        "welcome": [("inquiry.received", "fired"), ("booking.requested", "skipped")],
        "booking-confirmation": [("booking.confirmed", "fired")],
        "booking-reminder": [("booking.reminder_due", "fired"), ("booking.reminder_due", "held")],
        "form-reminder": [("form.due_soon", "fired")],
        "restock-alert": [("stock.low", "fired")],
        "staff-reply": [("message.replied", "fired")],
    }
    assert clinic.decided("booking-reminder")[-1][1] == "Held: somebody on the team replied"
    assert all(row.event_id for rule in RULES for row in clinic.runs(rule))
    assert all(row.reason for rule in RULES for row in clinic.runs(rule) if row.state != "fired")


def test_the_page_of_rules_counts_what_the_log_holds(clinic: Business) -> None:
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    drain_now()
    rows = {row.key: row for row in clinic.ask(rule_rows)}
    assert [key for key, row in rows.items() if row.group == Group.SIX] == SIX
    assert (rows["welcome"].fired, rows["welcome"].last_state) == (1, "fired")
    assert {key for key, row in rows.items() if row.stops_on_reply} == {
        "welcome", "booking-reminder", "form-reminder", "follow-up", "no-show-message",
    }  # fmt: skip


def test_a_rule_that_is_switched_off_says_so_and_does_nothing(clinic: Business) -> None:
    clinic.do(automation.switch_rule, "welcome", False)
    Visitor().open(f"/c/{clinic.slug}").send("Send message", **NORA, message="Hello")
    drain_now()
    assert clinic.messages("Nora Vance", "welcome") == []
    assert clinic.decided("welcome") == [("skipped", "The rule is switched off")]
    clinic.do(automation.switch_rule, "welcome", True)
    Visitor().open(f"/c/{clinic.slug}").send("Send message", name="Mina", email="mina@example.com", message="Hi")
    drain_now()
    assert len(clinic.messages("Mina", "welcome")) == 1


def test_staff_cannot_change_rules_and_nobody_can_switch_off_a_locked_one(clinic: Business) -> None:
    with pytest.raises(Forbidden):
        clinic.do(automation.switch_rule, "welcome", False, by=cast.PRIYA)
    with pytest.raises(CareOpsError):
        clinic.do(automation.switch_rule, "staff-reply", False)


def test_the_delay_of_form_reminders_is_the_owners(clinic: Business, clock: HandClock) -> None:
    clinic.do(automation.set_delay, "form-reminder", 24 * 60)
    book(Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL, 6)[0], **NORA)
    drain_now()
    due = clinic.visits()[0].starts_at - timedelta(hours=24)
    clock.move_to(due - timedelta(hours=25))
    drain_now()
    assert clinic.messages("Nora Vance", "form_reminder") == []
    clock.move_to(due - timedelta(hours=24))
    drain_now()
    assert len(clinic.messages("Nora Vance", "form_reminder")) == 1
