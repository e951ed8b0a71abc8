"""One spelling per address, and what a search finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.contacts import rules
from careops_app.contacts.stages import ADVANCES, MAY_MOVE, Stage
from careops_app.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("nora.vance@example.com", "nora.vance@example.com"),
        ("  Nora.Vance@Example.COM ", "nora.vance@example.com"),
        ("nora+skin@example.com", "nora+skin@example.com"),
    ],
)
def test_an_email_address_has_one_spelling(typed: str, kept: str):
    assert rules.normalised_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "nora", "nora@", "nora@example", "a b@example.com", "zoë@example.com", "a@example.com\nBcc: b@example.com"],
)
def test_what_is_no_email_address_is_refused_with_a_sentence(typed: str):
    with pytest.raises(Invalid) as refused:
        rules.normalised_email(typed)
    assert refused.value.fields == {"email": "Enter an e-mail address like name@example.com."}


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("0131 496 0142", "GB", "+441314960142"),
        ("+44 (0)131 496-0142", "US", "+441314960142"),
        ("07400 123456", "GB", "+447400123456"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("030 901820", "DE", "+4930901820"),
    ],
)
def test_a_number_has_one_spelling(typed: str, region: str, kept: str):
    assert rules.normalised_phone(typed, region) == kept


@pytest.mark.parametrize("typed", ["", "12", "call me", "0131", "+44 1", "9" * 5000, "+441314960142x" * 9])
def test_what_is_no_number_is_refused_with_an_example(typed: str):
    with pytest.raises(Invalid) as refused:
        rules.normalised_phone(typed, "GB")
    assert refused.value.fields == {"phone": "Enter a phone number like 07400 123456, or with its country code."}


def test_a_region_without_numbers_still_gets_an_example():
    with pytest.raises(Invalid, match="country code"):
        rules.normalised_phone("12", "ZZ")


@pytest.mark.parametrize(
    ("typed", "kept"), [("  Nora \t Vance\n", "Nora Vance"), ("Nora\x00Vance", "Nora Vance"), ("李小龙", "李小龙")]
)
def test_a_name_is_one_line(typed: str, kept: str):
    assert rules.person_name(typed) == kept


@pytest.mark.parametrize("typed", ["", " \n", "\x00", "x" * 121, "x" * 10_000])
def test_a_name_is_neither_empty_nor_endless(typed: str):
    with pytest.raises(Invalid) as refused:
        rules.person_name(typed)
    assert set(refused.value.fields) == {"name"}


NORA = rules.search_words("Zoë Vance-O’Neill", ["nora.vance@example.com"], ["+441314960142"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("zoe", True),
        ("Zoë", True),
        ("VAN", True),
        ("o'neill zo", True),
        ("vance-o", True),
        ("nora.vance@ex", True),
        ("NORA.VANCE@example.com", True),
        ("example.com", True),
        ("0131 496", True),
        ("+44 131 4960142", True),
        ("0044131", True),
        ("ance", False),
        ("zoe smith", False),
        ("0132", False),
    ],
)
def test_a_search_finds_beginnings_of_names_addresses_and_numbers(asked: str, found: bool):
    words = rules.asked_words(asked)
    assert words and all(any(word.startswith(part) for word in NORA) for part in words) == found


@given(st.text(max_size=80))
def test_any_name_finds_itself(typed: str):
    words = rules.search_words(typed, (), ())
    asked = rules.asked_words(typed)
    if "@" not in typed and any(letter.isalpha() for letter in typed):
        assert all(any(word.startswith(part) for word in words) for part in asked)


def test_names_that_differ_only_in_spelling_are_the_same():
    assert rules.same_words("Zoë Vance", "  zoe   VANCE ")
    assert not rules.same_words("Zoë Vance", "Nora Vance")


def test_stages_lead_somewhere_and_rules_only_forward():
    assert set(MAY_MOVE) == set(ADVANCES) == set(Stage)
    assert all(stage not in moves and Stage.NEW not in moves for stage, moves in MAY_MOVE.items())
    assert all(ADVANCES[stage] <= MAY_MOVE[stage] for stage in Stage)
    assert all(moves for moves in MAY_MOVE.values())
