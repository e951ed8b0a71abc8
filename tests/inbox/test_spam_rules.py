"""The table of signs: what each kind of message weighs."""

import pytest

from careops_app.inbox import spam_rules
from careops_app.inbox.spam_rules import SENTENCES, WEIGHTS, Sending, Sign


@pytest.mark.parametrize(
    ("name", "message", "found"),
    [
        ("Mina Sato", "Do you do bridal trials on Sundays?", set()),
        ("Mina Sato", "", set()),
        ("Mina Sato", "Like this one: https://pictures.example/me.jpg", {Sign.LINK}),
        ("Mina Sato", "www.a.example and www.b.example and https://c.example", {Sign.LINKS}),
        ("Mina Sato", "[url=https://c.example]look[/url]", {Sign.LINK, Sign.MARKUP}),
        ("Mina Sato", '<a class="x" href="//c.example">look</a>', {Sign.MARKUP}),
        ("Visit cheap-pills.xyz", "Hello", {Sign.NAME_LINK}),
        ("Ann", "We offer SEO services and guest posts.", {Sign.WORDS}),
        ("Ann", "I work at the casino next door; is Tuesday free?", {Sign.WORDS}),
        ("St. John", "I cannot come. Com is not my name. a.b.c", set()),
    ],
)
def test_the_words_of_a_message_show_their_signs(name: str, message: str, found: set[Sign]) -> None:
    assert set(spam_rules.signs_of_words(name, message)) == found


@pytest.mark.parametrize(
    ("sending", "found"),
    [
        (Sending(), set()),
        (Sending(seconds_open=3.0), set()),
        (Sending(seconds_open=2.9), {Sign.FAST}),
        (Sending(trapped=True), {Sign.TRAP}),
        (Sending(from_address=3, from_network=5, same_words=3), set()),
        (Sending(from_address=4), {Sign.ADDRESS}),
        (Sending(from_network=6), {Sign.NETWORK}),
        (Sending(same_words=4), {Sign.COPY}),
    ],
)
def test_the_way_it_came_shows_its_signs(sending: Sending, found: set[Sign]) -> None:
    assert set(spam_rules.signs_of_sending(sending)) == found


def test_every_sign_weighs_something_and_has_a_sentence() -> None:
    assert set(Sign) == WEIGHTS.keys() == SENTENCES.keys()
    assert all(weight > 0 for weight in WEIGHTS.values())
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


@pytest.mark.parametrize(
    ("signs", "suspected", "provable"),
    [
        ((), False, False),
        ((Sign.FAST,), False, False),
        ((Sign.LINK, Sign.LINK), False, False),
        ((Sign.FAST, Sign.LINK), True, True),
        ((Sign.BUSY,), True, True),
        ((Sign.TRAP,), True, False),
        ((Sign.LINKS, Sign.WORDS), True, False),
    ],
)
def test_the_sum_decides(signs: tuple[Sign, ...], suspected: bool, provable: bool) -> None:
    assert spam_rules.is_suspected(signs) is suspected
    assert spam_rules.may_be_proven(signs) is provable


def test_sentences_come_heaviest_first_and_unknown_signs_are_left_out() -> None:
    assert spam_rules.in_words(["link", "trap", "of an older version"]) == (
        SENTENCES[Sign.TRAP],
        SENTENCES[Sign.LINK],
    )
