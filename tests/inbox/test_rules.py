"""The ways of a message, what pauses, which channel, what may be typed: pure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.errors import Invalid
from careops_app.inbox import ddl, rules
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.inbox.rules import MAY_BECOME, Pause, Route, choose_channel, may_automate
from careops_app.infra.states import STATE
from tests.conftest import MONDAY

EMAIL, SMS = ChannelKind.EMAIL, ChannelKind.SMS
FREE, PAUSED, KEEPING = Pause(None, False, 3), Pause(MONDAY, False, 4), Pause(MONDAY, True, 4)


def test_every_state_has_its_ways_and_a_row_to_show_it() -> None:
    assert set(MAY_BECOME) == set(MessageState)
    assert all(f"message.{state}" in STATE for state in MessageState)
    assert "message.captured" in STATE


def test_the_database_knows_exactly_these_ways() -> None:
    pairs = {f"'{was}>{becomes}'" for was, after in MAY_BECOME.items() for becomes in after}
    assert all(pair in ddl.UP[0] for pair in pairs)
    assert len(re.findall(r"'[a-z]+>[a-z]+'", ddl.UP[0])) == len(pairs)


def test_only_doubt_and_failure_may_be_sent_again() -> None:
    assert {MessageState.FAILED, MessageState.UNCERTAIN} == rules.MAY_RETRY
    assert {MessageState.QUEUED, MessageState.HELD, MessageState.FAILED, MessageState.UNCERTAIN} == rules.MAY_DROP


@pytest.mark.parametrize(
    ("pause", "stops", "template", "epoch", "goes"),
    [
        (FREE, True, "welcome", 3, True),
        (FREE, True, "welcome", 2, False),  # written before a pause that has ended since
        (PAUSED, True, "welcome", 4, False),
        (PAUSED, False, "booking_confirmation", 0, True),
        (PAUSED, True, "reminder", 4, False),
        (KEEPING, True, "reminder", 3, True),
        (KEEPING, True, "form_reminder", 4, False),
    ],
)
def test_what_a_pause_stops(pause: Pause, stops: bool, template: str, epoch: int, goes: bool) -> None:
    assert may_automate(pause, stops_on_reply=stops, template=template, epoch=epoch) is goes


@pytest.mark.parametrize(
    ("addresses", "accounts", "last", "chosen"),
    [
        ({EMAIL: "a@b.c", SMS: "+44"}, {EMAIL: "smtp", SMS: "captured"}, SMS, EMAIL),
        ({EMAIL: "a@b.c", SMS: "+44"}, {EMAIL: "captured", SMS: "captured"}, SMS, SMS),
        ({EMAIL: "a@b.c", SMS: "+44"}, {EMAIL: "captured", SMS: "captured"}, None, EMAIL),
        ({SMS: "+44"}, {EMAIL: "smtp", SMS: "captured"}, None, SMS),
        ({SMS: "+44"}, {EMAIL: "smtp"}, None, None),
        ({}, {EMAIL: "smtp"}, None, None),
    ],
)
def test_a_connected_channel_goes_before_a_captured_one(addresses, accounts, last, chosen) -> None:
    assert choose_channel(addresses, accounts, last) == (Route(chosen, addresses[chosen]) if chosen else None)


def test_a_reply_keeps_the_subject() -> None:
    assert rules.reply_subject("Parking", "Harbour") == "Re: Parking"
    assert rules.reply_subject("RE: Parking", "Harbour") == "RE: Parking"
    assert rules.reply_subject("", "Harbour") == "Message from Harbour"


@given(st.text(max_size=400))
def test_a_line_is_one_line_of_printable_characters(text: str) -> None:
    line = rules.one_line(text)
    assert len(line) <= rules.LONGEST_NAME and "\n" not in line and "\r" not in line and "\x00" not in line
    line.encode()


@given(st.text(max_size=400))
def test_a_message_text_can_be_stored_and_sent(text: str) -> None:
    clean = rules.message_text(text, may_be_empty=True)
    assert "\x00" not in clean and "\r" not in clean
    clean.encode()


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({}, "host"),
        ({"host": "smtp.example.com", "port": "x"}, "port"),
        ({"host": "smtp.example.com", "port": 70000}, "port"),
        ({"host": "smtp.example.com\r\nEVIL"}, "host"),
        ({"host": "smtp.example.com", "security": "maybe"}, "security"),
        ({"host": "smtp.example.com", "security": "none", "username": "a", "password": "b"}, "security"),
        ({"host": "smtp.example.com", "username": "a"}, "password"),
        ({"host": "smtp.example.com", "password": "a"}, "username"),
    ],
)
def test_what_is_wrong_with_a_server_is_said_beside_its_field(given_, field: str) -> None:
    with pytest.raises(Invalid) as problem:
        rules.smtp_settings(given_)
    assert field in problem.value.fields


def test_googles_four_groups_are_one_password() -> None:
    found = rules.gmail_settings({"username": "studio@gmail.com", "password": "abcd efgh ijkl mnop"})
    assert (found["password"], found["host"], found["port"]) == ("abcdefghijklmnop", "smtp.gmail.com", 587)
