"""What a form may ask, what counts as an answer, where a request stands: tables of cases and properties."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careops_app.errors import Invalid
from careops_app.forms import rules
from careops_app.forms.rules import FINISHED, FormStatus, Question, QuestionKind
from careops_app.infra.states import STATE

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
K = QuestionKind


@dataclass(frozen=True)
class Times:
    """A request reduced to its instants."""

    due_at: datetime = NOW + timedelta(days=1)
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    submitted_at: datetime | None = None
    waived_at: datetime | None = None
    withdrawn_at: datetime | None = None


SOME = NOW - timedelta(hours=1)
PAST = {"due_at": NOW - timedelta(minutes=1)}


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ({}, FormStatus.NOT_SENT),
        ({"sent_at": SOME}, FormStatus.SENT),
        ({"sent_at": SOME, "opened_at": SOME}, FormStatus.OPENED),
        ({"sent_at": SOME, "opened_at": SOME, **PAST}, FormStatus.OVERDUE),
        ({"due_at": NOW}, FormStatus.OVERDUE),
        ({"submitted_at": SOME, **PAST}, FormStatus.DONE),
        ({"withdrawn_at": SOME, **PAST}, FormStatus.WITHDRAWN),
        ({"submitted_at": SOME, "withdrawn_at": SOME}, FormStatus.DONE),
        ({"waived_at": SOME, "sent_at": SOME, **PAST}, FormStatus.WAIVED),
    ],
)
def test_where_a_request_stands(times, status):
    assert rules.status(Times(**times), NOW) == status


def test_every_status_has_a_word():
    assert all(f"form.{status.value}" in STATE for status in FormStatus)


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(), timedelta(days=60)))
def test_a_form_is_due_a_day_before_unless_it_was_booked_later_than_that(booked_at, ahead):
    starts_at = booked_at + ahead if booked_at.year < 9000 else booked_at
    due = rules.due_at(starts_at, booked_at)
    assert due in (starts_at, starts_at - timedelta(hours=24))
    assert booked_at <= due or starts_at < booked_at


@pytest.mark.parametrize(("hours", "due_before"), [(72, 24), (24, 24), (23, 0), (0, 0)])
def test_due_times(hours, due_before):
    assert rules.due_at(NOW + timedelta(hours=hours), NOW) == NOW + timedelta(hours=hours - due_before)


# --- building


def ask(kind: QuestionKind = K.TEXT, key: str = "q1", **more) -> Question:
    return Question(key, kind, "How are you?", **more)


questions = st.builds(
    Question,
    key=st.from_regex(r"q[0-9]{1,4}", fullmatch=True),
    kind=st.sampled_from(QuestionKind),
    label=st.text(min_size=1, max_size=30),
    help=st.text(max_size=30),
    required=st.booleans(),
    options=st.lists(st.text(min_size=1, max_size=9), max_size=4).map(tuple),
)
forms = st.lists(questions, max_size=8, unique_by=lambda question: question.key).map(tuple)


@given(questions)
def test_a_question_comes_back_from_the_database_as_it_was(question):
    assert rules.from_json(rules.as_json(question)) == question


@pytest.mark.parametrize(
    ("question", "about"),
    [
        (ask(), None),
        (ask(K.CHOICE, options=("Yes", "No")), None),
        (ask(K.CHECKBOX), None),
        (replace(ask(), label=""), "Write the question"),
        (replace(ask(), label="x" * 301), "Write the question"),
        (ask(help="x" * 601), "explanation"),
        (ask(K.CHOICE), "at least two"),
        (ask(K.CHOICE, options=("Yes",)), "at least two"),
        (ask(K.CHOICE, options=("Yes", "yes")), "the same"),
        (ask(K.CHOICE, options=tuple(str(n) for n in range(41))), "at most 40"),
        (ask(K.CHECKBOX, options=("x" * 121,)), "at most 120"),
    ],
)
def test_questions_that_cannot_be_asked(question, about):
    problem = rules.builder_problems([question]).get("q1")
    assert problem is None if about is None else about in (problem or "")


def test_a_form_has_at_most_sixty_questions():
    many = [ask(key=f"q{n}") for n in range(1, 61)]
    assert rules.builder_problems(many) == {}
    assert "questions" in rules.builder_problems([*many, ask(key="q61")])
    with pytest.raises(Invalid):
        rules.added(many, ask(key="q61"))


@pytest.mark.parametrize("keys", [("q1", "q1"), ("Q1",), ("",), ("self",), ("q 1",), ("x" * 41,)])
def test_keys_tell_questions_apart(keys):
    assert "questions" in rules.builder_problems([ask(key=key) for key in keys])


def test_tidying_takes_stray_spaces_and_empty_options():
    untidy = Question("q1", K.CHOICE, "  How   are you? ", " well ", True, (" Yes ", "", "  "))
    assert rules.tidy(untidy) == Question("q1", K.CHOICE, "How are you?", "well", True, ("Yes",))
    assert rules.tidy(replace(untidy, kind=K.TEXT)).options == ()


@given(forms, st.data())
def test_moving_keeps_every_question(form, data):
    if form:
        key = data.draw(st.sampled_from([question.key for question in form]))
        by = data.draw(st.integers(-20, 20))
        after = rules.moved(form, key, by)
        was = [question.key for question in form].index(key)
        assert sorted(after, key=lambda q: q.key) == sorted(form, key=lambda q: q.key)
        assert [question.key for question in after].index(key) == min(max(0, was + by), len(form) - 1)
        assert rules.removed(after, key) == rules.removed(form, key)


@given(forms)
def test_a_new_key_is_a_key_nobody_has(form):
    grown = rules.added(form, ask(key=rules.new_key(form)))
    assert "questions" not in rules.builder_problems(grown)


# --- answering

SIGNED = {"name": "Amelia Hart", "on": "2026-06-15"}
ONE_OF_EACH = (
    ask(K.TEXT, "text"), ask(K.LONG_TEXT, "long"), ask(K.NUMBER, "number"), ask(K.DATE, "date"),
    ask(K.CHOICE, "choice", options=("Yes", "No")), ask(K.CHECKBOX, "box"),
    ask(K.CHECKBOX, "several", options=("Retinol", "Isotretinoin")), ask(K.FILE, "file"), ask(K.SIGNATURE, "signature"),
    ask(K.CONSENT, "consent"),
)  # fmt: skip
GOOD = {
    "text": "Well", "long": "Very\nwell", "number": "12.50", "date": "2026-06-15", "choice": "Yes", "box": True,
    "several": ["Retinol"], "file": 7, "signature": SIGNED, "consent": True,
}  # fmt: skip


def test_good_answers_have_no_problems():
    assert rules.problems([replace(q, required=True) for q in ONE_OF_EACH], GOOD) == {}


def test_nothing_has_to_be_answered_unless_it_is_required():
    assert rules.problems(ONE_OF_EACH, {}) == {}
    required = [replace(q, required=True) for q in ONE_OF_EACH]
    assert set(rules.problems(required, {})) == set(GOOD)
    empty = {
        "text": " ",
        "box": False,
        "several": [],
        "signature": {"name": "", "on": ""},
        "consent": False,
        "file": None,
    }
    assert set(rules.problems(required, empty)) == set(GOOD)


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("text", "x" * 501), ("text", 5), ("text", ["x"]), ("text", "a\x00b"),
        ("long", "x" * 5001), ("long", {"a": "b"}),
        ("number", "twelve"), ("number", "1e5"), ("number", "1" * 21), ("number", True), ("number", "NaN"),
        ("number", "1,5"),
        ("date", "15.06.2026"), ("date", "2026-02-30"), ("date", "1899-12-31"), ("date", "20260615"),
        ("date", 20260615),
        ("choice", "Maybe"), ("choice", ["Yes"]), ("choice", 0.5), ("box", "on"), ("box", 1),
        ("several", "Retinol"), ("several", ["Vitamin C"]), ("several", ["Retinol", "Retinol"]), ("several", [1]),
        ("file", "7"), ("file", True), ("file", -1), ("file", {"id": "7"}),
        ("signature", "Amelia Hart"), ("signature", {"name": "A", "on": "2026-06-15"}),
        ("signature", {"name": "Amelia Hart"}), ("signature", {"name": "...", "on": "2026-06-15"}),
        ("signature", {"name": "x" * 121, "on": "2026-06-15"}),
        ("signature", {"name": ["Amelia"], "on": "2026-06-15"}), ("consent", "yes"),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_accepted(key, answer):
    assert set(rules.problems(ONE_OF_EACH, {**GOOD, key: answer})) == {key}


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2026-06-15", "Yes"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "on", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "unknown"]), anything))
def test_whatever_is_sent_is_either_refused_or_kept_in_one_shape(answers):
    found = rules.problems(ONE_OF_EACH, answers)
    assert all(isinstance(sentence, str) and sentence.endswith(".") for sentence in found.values())
    if not found:
        kept = rules.settled(ONE_OF_EACH, answers)
        assert "unknown" not in kept and rules.problems(ONE_OF_EACH, kept) == {}
        assert rules.settled(ONE_OF_EACH, kept) == kept


def test_kept_answers_have_one_shape():
    untidy = {
        **GOOD,
        "text": "  Well ",
        "number": " +12.50 ",
        "signature": {"name": " Amelia   Hart ", "on": "2026-06-15 "},
    }
    kept = rules.settled(ONE_OF_EACH, {**untidy, "stranger": "x"})
    assert kept == {**GOOD, "number": "12.50"}
    assert list(kept) == [question.key for question in ONE_OF_EACH]


def test_finished_is_what_ends():
    assert {FormStatus.DONE, FormStatus.WAIVED, FormStatus.WITHDRAWN} == FINISHED
