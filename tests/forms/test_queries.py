"""Lists and counts of forms: every number equals the list it opens, and both say what rules.status says."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from careops_app.forms import answering, answers, queries, rules, service
from careops_app.forms.models import FormRequest
from careops_app.forms.queries import RequestFilter
from careops_app.forms.rules import FormStatus, Question, QuestionKind
from careops_app.infra import clock as time_source
from careops_app.infra import db
from tests import facts
from tests.desk import NAME

SHOWN_BY = {
    RequestFilter.PENDING: {FormStatus.NOT_SENT, FormStatus.SENT, FormStatus.OPENED},
    RequestFilter.OVERDUE: {FormStatus.OVERDUE},
    RequestFilter.DONE: {FormStatus.DONE},
    RequestFilter.WAIVED: {FormStatus.WAIVED},
    RequestFilter.WITHDRAWN: {FormStatus.WITHDRAWN},
    RequestFilter.ALL: set(FormStatus),
}
offsets = st.none() | st.integers(-200, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(due=st.integers(-50, 50), sent=offsets, opened=offsets, submitted=offsets, waived=offsets, withdrawn=offsets)
def test_each_filter_shows_exactly_the_requests_whose_status_says_so(
    desk, due, sent, opened, submitted, waived, withdrawn
):
    if not db.fetch_now(queries.form_list, desk.owner):
        desk.request(NAME)
    now = time_source.now()
    times = {
        "sent_at": sent, "opened_at": opened, "submitted_at": submitted, "waived_at": waived, "withdrawn_at": withdrawn,
    }  # fmt: skip
    set_times(
        desk, {name: None if hours is None else now + timedelta(hours=hours) for name, hours in times.items()}, due
    )
    listed = {which: db.fetch_now(queries.request_list, desk.owner, which) for which in RequestFilter}
    status = listed[RequestFilter.ALL].rows[0].status
    for which, shown in SHOWN_BY.items():
        assert len(listed[which].rows) == listed[which].total == (status in shown)
    counts = db.fetch_now(queries.request_counts, desk.owner)
    for which in (RequestFilter.PENDING, RequestFilter.OVERDUE, RequestFilter.DONE_THIS_WEEK):
        assert getattr(counts, which.value) == listed[which].total
    row = db.fetch_now(queries.form_list, desk.owner)[0]
    assert (row.pending, row.overdue, row.done) == tuple(
        listed[which].total for which in (RequestFilter.PENDING, RequestFilter.OVERDUE, RequestFilter.DONE)
    )


def set_times(desk, times, due):
    def write(session: Session, scope: object) -> None:
        request = session.exec(select(FormRequest)).one()
        for name, instant in times.items():
            setattr(request, name, instant)
        request.waived_by = "Sam" if request.waived_at else None
        request.due_at = time_source.now() + timedelta(hours=due)
        session.add(request)

    db.transact_now(write, desk.owner)


def test_the_week_begins_on_monday_on_the_clock_of_the_business(desk, clock):
    requests = [desk.request(NAME) for _ in range(2)]  # Monday 09:00 in London
    clock.advance(hours=-9, minutes=-1)
    desk.customer(answering.submit, requests[0], {"q1": "On Sunday, 23:59"})
    clock.advance(minutes=1)
    desk.customer(answering.submit, requests[1], {"q1": "On Monday, 00:00"})
    clock.advance(days=6)
    done = db.fetch_now(queries.request_list, desk.owner, RequestFilter.DONE_THIS_WEEK)
    assert [row.id for row in done.rows] == [requests[1]]
    clock.advance(days=1)
    assert db.fetch_now(queries.request_counts, desk.owner).done_this_week == 0


def test_pending_forms_come_in_the_order_of_their_due_times(desk, clock):
    desk.form(NAME)
    late, soon = (facts.visit(desk.owner, desk.service_id, clock.now + timedelta(days=days)) for days in (9, 4))
    requests = [desk.asked(visit)[0] for visit in (late, soon)]
    rows = db.fetch_now(queries.request_list, desk.owner, RequestFilter.PENDING).rows
    assert [row.id for row in rows] == requests[::-1]
    assert rows[0].contact_name == "Amelia Hart" and rows[0].service_name == "Peel treatment"


def test_lists_have_pages_of_25_and_filters_by_form_and_contact(desk):
    form, ruth = desk.form(NAME, linked=False), facts.contact(desk.owner, "Ruth Feldman")
    for _ in range(26):
        desk.do(service.request_by_staff, form, ruth)
    pages = [db.fetch_now(queries.request_list, desk.owner, page=page) for page in (1, 2)]
    assert [(len(page.rows), page.total, page.pages) for page in pages] == [(25, 26, 2), (1, 26, 2)]
    assert db.fetch_now(queries.request_list, desk.owner, form_id=form, contact_id=ruth).total == 26
    assert db.fetch_now(queries.request_list, desk.owner, contact_id=facts.contact(desk.owner)).total == 0
    assert len(db.fetch_now(queries.requests_of_contact, desk.owner, ruth)) == 26


def test_requests_of_several_bookings_at_once(desk):
    desk.form(NAME)
    asked, other = facts.visit(desk.owner, desk.service_id), facts.visit(desk.owner, desk.service_id)
    request = desk.asked(asked)[0]
    found = db.fetch_now(queries.requests_of_bookings, desk.owner, [asked.id, other.id])
    assert {booking: [row.id for row in rows] for booking, rows in found.items()} == {asked.id: [request]}


def test_answers_read_as_a_person_would_say_them(desk):
    kinds = (
        Question("n", QuestionKind.NUMBER, "Weight"), Question("d", QuestionKind.DATE, "Born"),
        Question("c", QuestionKind.CHECKBOX, "Used", options=("Retinol", "Isotretinoin", "None")),
        Question("s", QuestionKind.SIGNATURE, "Signature"), Question("a", QuestionKind.CONSENT, "I agree"),
        Question("x", QuestionKind.TEXT, "Anything else"),
    )  # fmt: skip
    request = desk.request(*kinds)
    given = {
        "n": "62.50", "d": "1990-06-02", "c": ["Retinol", "None"], "a": True,
        "s": {"name": "Amelia Hart", "on": "2026-11-23"},
    }  # fmt: skip
    desk.customer(answering.submit, request, given)
    sheet = db.fetch_now(answers.answers, desk.owner, request)
    assert [row.text for row in sheet.answers] == [
        "62.5", "2 June 1990", "Retinol and None", "Signed by Amelia Hart on 23 November 2026", "Yes", "",
    ]  # fmt: skip
    assert not sheet.answers[-1].is_given
    booking = sheet.request.booking_id
    assert db.fetch_now(answers.answers_of_booking, desk.owner, booking) == (sheet,)


def test_the_builder_shows_where_a_form_is_used(desk):
    peel, cut = desk.service_id, facts.service(desk.owner, "Cut")
    form = desk.form(NAME)
    card = db.fetch_now(queries.form_card, desk.owner, form)
    assert [(service_.id, service_.is_linked) for service_ in card.services] == [(peel, True), (cut, False)]
    row = db.fetch_now(queries.form_list, desk.owner)[0]
    assert (row.services, row.questions, row.version, row.documents) == (("Peel treatment",), 1, 1, 0)
    assert rules.from_json(rules.as_json(card.questions[0])) == NAME
