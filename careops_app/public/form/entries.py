"""What a customer entered into a form: from the names of fields to the answers of questions, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from careops_app.forms.rules import Question, QuestionKind
from careops_app.infra.posted import Sent

BOXES = frozenset({QuestionKind.CHECKBOX, QuestionKind.CONSENT})
TICKED = "on"


def field_name(question: Question, part: str = "") -> str:
    """The name of the question's field, or of a `part` of it; the prefix keeps it apart from the form's own fields."""
    return f"a.{question.key}.{part}" if part else f"a.{question.key}"


def answers(questions: Iterable[Question], sent: Sent) -> dict[str, Any]:
    """The answers as forms.rules takes them; files are not among them, they are attached by themselves."""
    return {q.key: _answer(q, sent) for q in questions if q.kind != QuestionKind.FILE}


def _answer(question: Question, sent: Sent) -> Any:
    name = field_name(question)
    if question.takes_several:
        return list(dict.fromkeys(sent.texts.get(name, [])))
    if question.kind in BOXES:
        return sent.text(name) == TICKED
    if question.kind == QuestionKind.SIGNATURE:
        return {part: sent.text(field_name(question, part)) for part in ("name", "on")}
    return sent.text(name)


@dataclass(frozen=True)
class Entries:
    """What the page puts back into its fields, and a sentence per question that cannot be accepted.

    `problems` under "form" is about the whole. `today` is the date on the clock of the business.
    """

    today: date
    texts: Mapping[str, list[str]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def text(self, question: Question) -> str:
        return self.texts.get(field_name(question), [""])[-1]

    def holds(self, question: Question, value: str = TICKED) -> bool:
        return value in self.texts.get(field_name(question), [])

    def signed(self, question: Question) -> tuple[str, str]:
        """The name and the date of a signature; today until something else was entered."""
        name, on = (self.texts.get(field_name(question, part)) for part in ("name", "on"))
        return (name or [""])[-1], (on or [self.today.isoformat()])[-1]
