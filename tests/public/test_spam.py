"""Spam through HTTP: programs get the answer that people get, and only people reach the inbox."""

from collections.abc import Callable
from itertools import count as numbers
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import func, select

from careops_app.contacts.models import Contact
from careops_app.inbox import quarantine, spam_rules
from careops_app.inbox.models import Conversation, Inquiry, Message
from careops_app.inbox.quarantine_models import Decision, QuarantinedInquiry
from careops_app.infra import proof
from careops_app.infra.outbox import OutboxEvent
from tests.bookings.clinic import Clinic
from tests.public.visitor import HOME, Page, Visitor

SLUG = "saltmarsh-skin"
PAGE = f"/c/{SLUG}"
MINA = {"name": "Mina Sato", "email": "mina@example.com", "message": "Do you do bridal trials on Sundays?"}
SPAM = {
    "name": "Bo Ost",
    "email": "bo@example.net",
    "message": "More: https://a.example https://b.example www.c.example",
}
WORSE = SPAM | {"message": f"{SPAM['message']} [url=https://d.example]casino[/url]"}


def write(visitor: Visitor, typed: dict[str, str], clock: Any = None) -> Page:
    page = visitor.open(PAGE)
    if clock:
        clock.advance(seconds=20)
    return visitor.send(page, PAGE, **typed)


def many(clinic: Clinic, *models: Any) -> list[int]:
    return [
        clinic.ask(lambda session, _, model=model: session.exec(select(func.count()).select_from(model)).one())
        for model in models
    ]


def waiting(clinic: Clinic) -> list[QuarantinedInquiry]:
    return clinic.ask(lambda session, _: list(session.exec(select(QuarantinedInquiry))))


def asked(page: Page) -> str:
    """The challenge of the page that follows; empty when nothing is asked."""
    return parse_qs(urlsplit(page.to).query).get("p", [""])[0]


def solve(challenge: str) -> str:
    return str(next(number for number in numbers() if proof.solves(challenge, number)))


def prove(visitor: Visitor, challenge: str, number: str) -> Page:
    return visitor.post(f"{PAGE}/proof", {"challenge": challenge, "number": number})


EVERYTHING = (Contact, Conversation, Message, Inquiry, OutboxEvent)


@pytest.mark.parametrize("typed", [MINA | {"website": "https://spam.example"}, WORSE])
def test_a_program_gets_the_normal_answer_and_nothing_is_written_but_the_row_that_waits(
    clinic: Clinic, visitor: Visitor, visitors: Any, clock: Any, typed: dict[str, str]
) -> None:
    before = many(clinic, *EVERYTHING)
    answer = write(visitor, typed, clock)
    assert many(clinic, *EVERYTHING) == before and len(waiting(clinic)) == 1
    person = write(visitors("198.51.100.9"), MINA, clock)
    assert (answer.status, answer.to) == (person.status, person.to) == (303, f"{PAGE}?sent=1")
    assert visitor.follow(answer).text == visitor.follow(person).text


def test_a_person_is_asked_for_nothing(clinic: Clinic, visitor: Visitor, clock: Any) -> None:
    page = visitor.follow(write(visitor, MINA, clock))
    assert page.title == "We have your message" and "proof" not in page.text
    assert many(clinic, Inquiry, QuarantinedInquiry) == [1, 0]


def test_without_scripts_a_suspected_message_is_not_lost(clinic: Clinic, visitor: Visitor, clock: Any) -> None:
    page = visitor.follow(write(visitor, SPAM, clock))
    assert page.title == "We have your message" and "/proof.js" in page.text
    (row,) = waiting(clinic)
    assert (row.message, row.signs) == (SPAM["message"], ["links"])
    clinic.do(quarantine.accept, row.id)
    assert many(clinic, Inquiry) == [1]


def test_work_of_the_browser_lets_a_suspected_message_pass_once(clinic: Clinic, visitor: Visitor, clock: Any) -> None:
    challenge = asked(write(visitor, SPAM, clock))
    number = solve(challenge)
    answers = {prove(visitor, challenge, number).to for _ in range(3)}
    assert answers == {f"{PAGE}?sent=1"}
    assert many(clinic, Inquiry, Contact) == [1, 1]
    assert [row.decision for row in waiting(clinic)] == [Decision.PROVEN]


def test_a_proof_is_no_good_for_another_message_nor_later(
    clinic: Clinic, visitor: Visitor, visitors: Any, clock: Any
) -> None:
    first = asked(write(visitor, SPAM, clock))
    second = asked(write(visitors("198.51.100.9"), SPAM | {"email": "al@example.net"}, clock))
    number = solve(first)
    prove(visitor, first, number)
    prove(visitor, second, number if not proof.solves(second, int(number)) else "0")
    subject = second.partition(".")[0]
    prove(visitor, f"{subject}.{first.partition('.')[2]}", number)
    good = solve(second)
    clock.advance(minutes=11)
    prove(visitor, second, good)
    assert many(clinic, Inquiry) == [1]
    assert "/proof.js" not in visitor.open(f"{PAGE}?sent=1&p={second}").text


@pytest.mark.parametrize(
    ("challenge", "number"), [("", ""), ("a.b.c.d", "1"), ("1.9999999999.0.x", "1"), ("é" * 9, "-1")]
)
def test_proofs_that_are_none_change_nothing_and_tell_nothing(
    clinic: Clinic, visitor: Visitor, clock: Any, challenge: str, number: str
) -> None:
    write(visitor, SPAM, clock)
    assert prove(visitor, challenge, number).to == f"{PAGE}?sent=1"
    assert visitor.open(f"{PAGE}?sent=1&p={challenge}").title == "We have your message"
    assert many(clinic, Inquiry) == [0]


def test_certain_spam_cannot_be_worked_free(clinic: Clinic, visitor: Visitor, clock: Any) -> None:
    assert asked(write(visitor, WORSE, clock)) == ""
    (row,) = waiting(clinic)
    challenge = proof.challenge(str(row.id), f"inquiry to {clinic.owner.workspace_id}")
    prove(visitor, challenge, solve(challenge))
    assert many(clinic, Inquiry) == [0]


def test_machines_that_do_the_work_fill_no_inbox(
    clinic: Clinic, visitors: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "BITS", 4)  # the work of many machines
    for number in range(14):
        visitor = visitors(f"198.51.{number}.9")
        varied = {"email": f"bo{number}@example.net", "message": f"{SPAM['message']} {number}"}
        challenge = asked(write(visitor, SPAM | varied))
        answer = next(str(n) for n in numbers() if proof.solves(challenge, n, 4))
        prove(visitor, challenge, answer)
    assert many(clinic, Inquiry) == [10]


def test_the_api_lets_suspected_messages_wait_and_trusts_the_business(
    clinic: Clinic, visitor: Visitor, clock: Any
) -> None:
    def post(key: str, body: dict[str, str]) -> tuple[int, Any]:
        sent = visitor.browser.post(
            f"/api/v1/public/{SLUG}/inquiries", json=body, headers={"idempotency-key": key, "origin": HOME}
        )
        return sent.status_code, sent.json()

    assert post("person-one", MINA) == post("program-one", WORSE) == (201, {"received": True})
    assert many(clinic, Inquiry, QuarantinedInquiry) == [1, 1]
    assert post("program-one", WORSE)[0] == 201 and len(waiting(clinic)) == 1


def test_of_two_thousand_programs_a_few_reach_the_inbox_and_a_person_gets_through(
    clinic: Clinic, visitors: Callable[[str], Visitor], clock: Any
) -> None:
    """Four kinds within an hour: that fill in everything, that are fast, that link, and quiet ones from everywhere."""
    browser = visitors("203.0.113.7").browser
    kinds = ({"website": "x"}, {}, {"message": SPAM["message"]}, {})
    for number in range(2000):
        kind, host = (
            number % 4,
            f"10.{number % 4}.{number % 97}.5" if number % 4 != 3 else f"11.{number // 250}.{number % 250}.5",
        )
        browser._transport.client = (host, 5000)  # type: ignore[attr-defined]
        visitor = Visitor(browser)
        page = visitor.open(PAGE)
        if kind == 3:
            clock.advance(seconds=4)
        words = {
            "name": f"Bot {number}",
            "email": f"bot{number}@example.net",
            "message": f"Good day, this is number {number}",
        }
        assert visitor.send(page, PAGE, **words | kinds[kind]).status in (303, 429)
    leads, kept = many(clinic, Inquiry, QuarantinedInquiry)
    print(f"2,000 programs: {leads} reached the inbox, {kept} wait")
    assert 0 < leads <= 20 and kept > 1000
    mina = visitors("198.51.100.9")
    challenge = asked(write(mina, MINA))
    if challenge:  # what her browser does by itself
        prove(mina, challenge, solve(challenge))
    names = clinic.ask(lambda session, _: set(session.exec(select(Inquiry.name)).all()))
    assert "Mina Sato" in names


def test_the_budget_of_calm_messages_is_what_lets_few_in(
    clinic: Clinic, visitors: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the budget of the business switched off, quiet programs from everywhere all reach the inbox."""
    monkeypatch.setattr(spam_rules, "MOST_PER_BUSINESS", 10**6)
    for number in range(25):
        write(visitors(f"10.9.{number}.5"), MINA | {"email": f"b{number}@example.net", "message": f"Number {number}"})
    assert many(clinic, Inquiry) == [25]
