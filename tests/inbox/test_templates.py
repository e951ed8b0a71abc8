"""Wording: every default can be filled, nothing unknown gets in, nothing is evaluated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.errors import Invalid
from careops_app.inbox import templates
from careops_app.inbox.templates import (
    DEFAULTS,
    OFFERS,
    PLACEHOLDERS,
    TITLES,
    Template,
    Text,
    checked,
    fill,
    preview,
    put_in,
)
from tests.inbox.desk import values_for


@pytest.mark.parametrize("template", Template)
def test_every_default_may_be_saved_and_filled(template: Template) -> None:
    assert checked(template, DEFAULTS[template]) == DEFAULTS[template]
    filled = preview(template, DEFAULTS[template])
    assert filled.subject and filled.body and "{{" not in filled.subject + filled.body
    assert template in TITLES


@pytest.mark.parametrize("template", Template)
def test_defaults_are_calm(template: Template) -> None:
    words = DEFAULTS[template].subject + DEFAULTS[template].body
    assert "!" not in words and "—" not in words


@pytest.mark.parametrize("template", Template)
def test_what_is_offered_is_described(template: Template) -> None:
    assert all(name in PLACEHOLDERS for name in OFFERS[template])


def test_an_empty_value_gives_way_to_its_default_and_its_line() -> None:
    values = values_for("booking_confirmation") | {
        "contact.first_name": "",
        "booking.location": "",
        "booking.payment_link": "",
    }
    body = fill("booking_confirmation", values).body
    assert body.startswith("Hello there,")
    assert "Where:" not in body and "Pay in advance" not in body
    assert "With: Priya Raman" in body


def test_private_links_stay_placeholders_until_the_last_moment() -> None:
    body = fill("password_reset", values_for("password_reset")).body
    assert "{{private.link}}" in body
    assert "(personal link)" in templates.without_private(body)


def test_a_value_is_never_read_as_a_placeholder() -> None:
    values = values_for("welcome") | {"contact.first_name": "{{business.phone}}"}
    assert fill("welcome", values).body.startswith("Hello {{business.phone}},")


def test_a_missing_value_is_an_error_while_sending() -> None:
    with pytest.raises(Invalid):
        fill("welcome", {"contact.first_name": "Amelia"})


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (Text("", "Hello"), "subject"),
        (Text("Hello", "  "), "body"),
        (Text("Hello", "{{booking.when}}"), "body"),
        (Text("{{nobody.knows}}", "Hello"), "subject"),
        (Text("Hello", "{{contact.first_name"), "body"),
        (Text("Hello", "{{ contact.name | upper }}"), "body"),
        (Text("Hello", "{{ 1 + 1 }}"), "body"),
        (Text("Hello", "{{contact.name.__class__}}"), "body"),
        (Text("x" * 201, "Hello"), "subject"),
        (Text("Hello", "x" * 10_001), "body"),
    ],
)
def test_what_cannot_be_saved(text: Text, field: str) -> None:
    with pytest.raises(Invalid) as problem:
        checked(Template.WELCOME, text)
    assert set(problem.value.fields) == {field}


def test_a_subject_is_one_line() -> None:
    assert checked(Template.WELCOME, Text("Hello\r\nBcc: x@example.com", "Hi")).subject == "Hello Bcc: x@example.com"


@given(st.text(alphabet='{}| "abc.\n', max_size=300))
def test_any_text_is_either_refused_or_filled(text: str) -> None:
    try:
        words = checked(Template.WELCOME, Text("Hello", text))
    except Invalid:
        return
    put_in(words.body, values_for("welcome"))
