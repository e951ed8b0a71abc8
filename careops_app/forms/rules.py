"""What a form may ask, what counts as an answer, and where a request stands: pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Protocol

from careops_app.errors import Invalid

MOST_QUESTIONS = 60
MOST_OPTIONS = 40
LONGEST_LABEL = 300
LONGEST_HELP = 600
LONGEST_OPTION = 120
LONGEST_TEXT = 500
LONGEST_LONG_TEXT = 5_000
LONGEST_NUMBER = 20
LONGEST_SIGNATURE = 120
DUE_BEFORE = timedelta(hours=24)
DUE_WITHOUT_BOOKING = timedelta(days=7)
_KEY = re.compile(r"(?!self$)[a-z][a-z0-9_]{0,39}")


class QuestionKind(StrEnum):
    """What is asked for. A checkbox with options lets several be chosen; without options it is one box to tick."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHECKBOX = "checkbox"
    FILE = "file"
    SIGNATURE = "signature"
    CONSENT = "consent"


class FormStatus(StrEnum):
    """Where a request stands; the words and colours are in infra/states."""

    NOT_SENT = "not_sent"
    SENT = "sent"
    OPENED = "opened"
    DONE = "done"
    OVERDUE = "overdue"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"


FINISHED = frozenset({FormStatus.DONE, FormStatus.WAIVED, FormStatus.WITHDRAWN})
HAS_OPTIONS = frozenset({QuestionKind.CHOICE, QuestionKind.CHECKBOX})


@dataclass(frozen=True)
class Question:
    """One question of a form; `key` ties its answers to it for ever."""

    key: str
    kind: QuestionKind
    label: str
    help: str = ""
    required: bool = False
    options: tuple[str, ...] = ()

    @property
    def takes_several(self) -> bool:
        return self.kind == QuestionKind.CHECKBOX and bool(self.options)


# text, long text, number, date, choice: str; one box, consent: bool; several boxes: list of options;
# file: the id of a stored file; signature: {"name": ..., "on": ISO date}
Answer = str | bool | int | list[str] | dict[str, str]
Answers = Mapping[str, Any]


class Instants(Protocol):
    """The times of a request from which its status follows."""

    @property
    def due_at(self) -> datetime: ...
    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def submitted_at(self) -> datetime | None: ...
    @property
    def waived_at(self) -> datetime | None: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...


def status(request: Instants, now: datetime) -> FormStatus:
    """Where a request stands at `now`; the first that applies, an end before anything on the way."""
    steps = (
        (request.waived_at, FormStatus.WAIVED),
        (request.submitted_at, FormStatus.DONE),
        (request.withdrawn_at, FormStatus.WITHDRAWN),
        (request.due_at <= now, FormStatus.OVERDUE),
        (request.opened_at, FormStatus.OPENED),
        (request.sent_at, FormStatus.SENT),
    )
    return next((reached for happened, reached in steps if happened), FormStatus.NOT_SENT)


def due_at(starts_at: datetime, booked_at: datetime) -> datetime:
    """24 hours before the visit; the start itself when it was booked or moved later than that."""
    due = starts_at - DUE_BEFORE
    return due if booked_at <= due else starts_at


# --- building ---------------------------------------------------------------------------------------------------------


def as_json(question: Question) -> dict[str, Any]:
    """How a question is kept in FormVersion.questions."""
    return {
        "key": question.key, "kind": question.kind.value, "label": question.label, "help": question.help,
        "required": question.required, "options": list(question.options),
    }  # fmt: skip


def from_json(kept: Mapping[str, Any]) -> Question:
    """The question `as_json` wrote."""
    return Question(
        kept["key"], QuestionKind(kept["kind"]), kept["label"], kept["help"], kept["required"], tuple(kept["options"])
    )


def tidy(question: Question) -> Question:
    """The question without stray spaces and empty options; options belong to choices and checkboxes only."""
    options = tuple(option for raw in question.options if (option := " ".join(raw.split())))
    return replace(
        question,
        label=" ".join(question.label.split()),
        help=question.help.strip(),
        options=options if question.kind in HAS_OPTIONS else (),
    )


def question_problem(question: Question) -> str | None:
    """Why this question cannot be asked as it is, or None."""
    if not 1 <= len(question.label) <= LONGEST_LABEL:
        return f"Write the question, at most {LONGEST_LABEL} characters."
    if len(question.help) > LONGEST_HELP:
        return f"Use at most {LONGEST_HELP} characters for the explanation."
    if question.kind == QuestionKind.CHOICE and len(question.options) < 2:
        return "Give at least two answers to choose from."
    if len(question.options) > MOST_OPTIONS or any(len(option) > LONGEST_OPTION for option in question.options):
        return f"Use at most {MOST_OPTIONS} answers of at most {LONGEST_OPTION} characters."
    if len({option.casefold() for option in question.options}) < len(question.options):
        return "Two answers are the same. Change one of them."
    return None


def builder_problems(questions: Sequence[Question]) -> dict[str, str]:
    """A sentence per question key that cannot be saved; under `questions` what is wrong with the whole."""
    keys = [question.key for question in questions]
    problems = {q.key: problem for q in questions if _KEY.fullmatch(q.key) and (problem := question_problem(q))}
    if len(questions) > MOST_QUESTIONS:
        problems["questions"] = f"A form has at most {MOST_QUESTIONS} questions. Split it into two forms."
    if len(set(keys)) < len(keys) or not all(_KEY.fullmatch(key) for key in keys):
        problems["questions"] = "Two questions cannot be told apart. Remove one and add it again."
    return problems


def new_key(questions: Sequence[Question]) -> str:
    """A key no question of the form has."""
    taken = {question.key for question in questions}
    return next(key for number in range(len(taken) + 1) if (key := f"q{number + 1}") not in taken)


def added(questions: Sequence[Question], question: Question) -> tuple[Question, ...]:
    """The questions with one more at the end. Raises Invalid(questions) when there are too many."""
    if len(questions) >= MOST_QUESTIONS:
        raise Invalid(questions=f"A form has at most {MOST_QUESTIONS} questions. Split it into two forms.")
    return (*questions, question)


def changed(questions: Sequence[Question], question: Question) -> tuple[Question, ...]:
    """The questions with the one of the same key replaced."""
    return tuple(question if old.key == question.key else old for old in questions)


def removed(questions: Sequence[Question], key: str) -> tuple[Question, ...]:
    """The questions without this one."""
    return tuple(question for question in questions if question.key != key)


def moved(questions: Sequence[Question], key: str, by: int) -> tuple[Question, ...]:
    """The questions with this one `by` places further down (up when negative), never beyond the ends."""
    rest = list(removed(questions, key))
    for place, question in enumerate(questions):
        if question.key == key:
            rest.insert(min(max(0, place + by), len(rest)), question)
    return tuple(rest)


# --- answering --------------------------------------------------------------------------------------------------------

MISSING: dict[QuestionKind, str] = {
    QuestionKind.TEXT: "Write an answer.",
    QuestionKind.LONG_TEXT: "Write an answer.",
    QuestionKind.NUMBER: "Write a number.",
    QuestionKind.DATE: "Choose a date.",
    QuestionKind.CHOICE: "Choose one answer.",
    QuestionKind.CHECKBOX: "Tick this box to go on.",
    QuestionKind.FILE: "Add a file.",
    QuestionKind.SIGNATURE: "Type your full name and the date to sign.",
    QuestionKind.CONSENT: "Your agreement is needed. Tick this box to go on.",
}


def problems(questions: Sequence[Question], answers: Answers) -> dict[str, str]:
    """A sentence per question key whose answer is missing or cannot be accepted; answers may be of any type."""
    return {q.key: problem for q in questions if (problem := _problem(q, answers.get(q.key)))}


def _problem(question: Question, answer: Any) -> str | None:
    if _is_empty(answer):
        missing = "Choose at least one." if question.takes_several else MISSING[question.kind]
        return missing if question.required else None
    if question.takes_several:
        return _several_problem(question, answer)
    return _CHECKS[question.kind](question, answer)


def _is_empty(answer: Any) -> bool:
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, dict):
        return all(_is_empty(part) for part in answer.values())
    return answer is None or answer is False or answer == []


def _text_problem(longest: int, answer: Any) -> str | None:
    if not isinstance(answer, str):
        return "Write the answer as text."
    if "\x00" in answer:
        return "This text holds a character that cannot be kept. Type it again."
    return f"Use at most {longest:,} characters; this is {len(answer):,}." if len(answer) > longest else None


def _number_problem(_: Question, answer: Any) -> str | None:
    return None if number(answer) is not None else "Write a number such as 12 or 0.5."


def _date_problem(_: Question, answer: Any) -> str | None:
    return None if day(answer) is not None else "Write the date as year-month-day, such as 2026-06-16."


def _choice_problem(question: Question, answer: Any) -> str | None:
    return None if isinstance(answer, str) and answer in question.options else "Choose one of the answers shown."


def _several_problem(question: Question, answer: Any) -> str | None:
    known = isinstance(answer, list) and all(isinstance(part, str) and part in question.options for part in answer)
    return None if known and len(set(answer)) == len(answer) else "Choose from the answers shown."


def _box_problem(_: Question, answer: Any) -> str | None:
    return None if answer is True else "Tick the box or leave it empty."


def _file_problem(_: Question, answer: Any) -> str | None:
    return None if isinstance(answer, int) and not isinstance(answer, bool) and answer > 0 else "Add the file again."


def _signature_problem(_: Question, answer: Any) -> str | None:
    if not isinstance(answer, dict) or not isinstance(name := answer.get("name"), str):
        return MISSING[QuestionKind.SIGNATURE]
    if len(name.strip()) < 2 or not any(letter.isalpha() for letter in name):
        return "Type your full name to sign."
    if day(answer.get("on")) is None:
        return "Choose the date on which you sign."
    return _text_problem(LONGEST_SIGNATURE, name)


_CHECKS = {
    QuestionKind.TEXT: lambda _, answer: _text_problem(LONGEST_TEXT, answer),
    QuestionKind.LONG_TEXT: lambda _, answer: _text_problem(LONGEST_LONG_TEXT, answer),
    QuestionKind.NUMBER: _number_problem,
    QuestionKind.DATE: _date_problem,
    QuestionKind.CHOICE: _choice_problem,
    QuestionKind.CHECKBOX: _box_problem,
    QuestionKind.FILE: _file_problem,
    QuestionKind.SIGNATURE: _signature_problem,
    QuestionKind.CONSENT: _box_problem,
}


def number(answer: Any) -> Decimal | None:
    """The number a text says, or None: plain digits with at most one point, no exponents."""
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        return None
    text = str(answer).strip().replace("−", "-")
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text) or len(text) > LONGEST_NUMBER:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def day(answer: Any) -> date | None:
    """The date a text says in ISO form, year 1900 to 2200, or None."""
    if not isinstance(answer, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", answer.strip()):
        return None
    try:
        found = date.fromisoformat(answer.strip())
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None


def settled(questions: Sequence[Question], answers: Answers) -> dict[str, Answer]:
    """What is kept of accepted answers: given ones to questions of the form, in the form's order and in one shape."""
    return {q.key: _settled(q, answers[q.key]) for q in questions if not _is_empty(answers.get(q.key))}


def _settled(question: Question, answer: Any) -> Answer:
    if question.kind in (QuestionKind.TEXT, QuestionKind.LONG_TEXT, QuestionKind.DATE):
        return answer.strip()
    if question.kind == QuestionKind.NUMBER:
        return f"{number(answer):f}"
    if question.kind == QuestionKind.SIGNATURE:
        return {"name": " ".join(answer["name"].split()), "on": answer["on"].strip()}
    return answer
