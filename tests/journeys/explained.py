"""That Explain covers what a journey left behind: every message, and everything that was not sent, each with its reason."""

from __future__ import annotations

import re

from careops_app.automation import looking
from careops_app.automation.expecting import WRITERS, expected_of_contact
from careops_app.automation.explaining import Look, explain_message, trace
from careops_app.automation.models import AutomationRun, RunState
from careops_app.automation.rules import RULES
from careops_app.inbox.models import Author, Conversation, Direction, Message, MessageState
from tests import figures
from tests.cast import Business, _all

CODE = re.compile(r"^[a-z]+(_[a-z]+)*$")  # what a reason is called inside


def check(business: Business) -> None:
    """Fails on the first message or skip that Explain cannot tell the reason of."""
    messages, runs = business.ask(_all, Message), business.ask(_all, AutomationRun)
    not_sent = [run for run in runs if run.state in (RunState.SKIPPED, RunState.HELD, RunState.FAILED)]
    for message in messages:
        _message(business, message)
    for run in not_sent:
        _run(business, run)
    _expected(business, messages, not_sent)
    figures.note(f"explained: {len(messages)} of {len(messages)} messages, {len(not_sent)} of {len(not_sent)} skips")


def _message(business: Business, message: Message) -> None:
    found = business.ask(explain_message, message.id)
    if message.direction == Direction.NOTE:
        assert found.trace is None
        return
    assert found.trace is not None, f"no event is found for message {message.id}: {message.body[:60]}"
    if message.author != Author.AUTOMATION:
        return
    assert found.trace.number == message.event_id
    look = next(look for look in found.trace.looks if look.rule == message.rule)
    assert message.id in [each.message.id for each in look.sent]
    _checks(look)
    assert all(check.holds for check in look.checks), "a message was written although a check did not hold"
    if message.state in (MessageState.SKIPPED, MessageState.HELD, MessageState.FAILED):
        assert _is_said(look.in_the_end), f"message {message.id} was not sent: {look.in_the_end!r}"


def _run(business: Business, run: AutomationRun) -> None:
    look = next(look for look in business.ask(trace, run.event_id).looks if look.run_id == run.id)
    _checks(look)
    assert _is_said(look.reason), f"{run.rule} did nothing: {run.reason!r}"
    failed = [check for check in look.checks if check.holds is False]
    assert len(failed) <= 1 and all(_is_said(check.why_not) for check in failed)
    if failed:
        assert look.state == RunState.SKIPPED and failed[0].why_not == look.reason


def _checks(look: Look) -> None:
    """Every check of the rule is told: it held, it did not, or it was not asked any more."""
    asked = looking.keys_of(RULES[look.rule])
    assert len(look.checks) == len(asked) and all(_is_said(check.words) for check in look.checks)


def _is_said(words: str) -> bool:
    return bool(words) and not any(CODE.match(part) and "_" in part for part in words.split("; "))


def _expected(business: Business, messages: list[Message], not_sent: list[AutomationRun]) -> None:
    """“Expected a message?” on a contact lists each skip of a rule that writes to customers, and each held message."""
    people = {row.id: row.contact_id for row in business.ask(_all, Conversation)}
    for contact_id in sorted(set(people.values())):
        found = business.ask(expected_of_contact, contact_id)
        looks = {(look.event_id, look.rule) for look in found.not_sent}
        skipped = {(run.event_id, run.rule) for run in not_sent if run.contact_id == contact_id and run.rule in WRITERS}
        stopped = {
            (message.event_id, message.rule)
            for message in messages
            if people.get(message.conversation_id or 0) == contact_id and message.rule in WRITERS
            and message.state in (MessageState.SKIPPED, MessageState.HELD, MessageState.FAILED)
        }  # fmt: skip
        sent = {(look.event_id, look.rule) for look in found.sent}
        assert (skipped - sent) | stopped <= looks
        assert {each.rule for each in found.idle}.isdisjoint({rule for _, rule in looks | sent})
