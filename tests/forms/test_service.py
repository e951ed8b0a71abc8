"""Form commands on the real database: building, asking, answering, waiving, tenancy."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from careops_app.bookings.models import Booking, BookingStatus
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.forms import answering, answers, building, queries, service
from careops_app.forms.models import FormVersion, StoredFile
from careops_app.forms.rules import FormStatus, Question, QuestionKind
from careops_app.infra import db, files
from careops_app.infra.db import load
from careops_app.workspace.access import Permission
from careops_app.workspace.queries import audit_log
from tests import facts, people
from tests.desk import NAME, PHOTO, PNG

CONSENT = Question("q3", QuestionKind.CONSENT, "I agree to the treatment", required=True)


# --- building


def test_questions_change_in_place_until_somebody_was_asked(desk):
    form = desk.form(NAME)
    assert desk.do(building.save_questions, form, [NAME, PHOTO]) == 1
    desk.asked(facts.visit(desk.owner, desk.service_id))
    assert desk.do(building.save_questions, form, [NAME, PHOTO]) == 1
    assert desk.do(building.save_questions, form, [NAME]) == 2
    assert desk.do(building.save_questions, form, [NAME, CONSENT]) == 2


def test_answers_stay_tied_to_the_questions_they_answered(desk):
    request = desk.request(NAME)
    form = desk.row(request).form_id
    desk.do(building.save_questions, form, [CONSENT])
    card = db.fetch_now(queries.form_card, desk.owner, form)
    assert (card.version, card.is_requested, card.open_on_older) == (2, False, 1)
    desk.customer(answering.submit, request, {"q1": "Amelia"})
    sheet = db.fetch_now(answers.answers, desk.owner, request)
    assert sheet.version == 1
    assert [(row.label, row.text) for row in sheet.answers] == [("What should we call you?", "Amelia")]
    later = desk.asked(facts.visit(desk.owner, desk.service_id))[0]
    assert [row.key for row in db.fetch_now(answers.answers, desk.owner, later).answers] == ["q3"]


def test_bad_questions_are_refused_one_by_one(desk):
    form = desk.form()
    with pytest.raises(Invalid) as refused:
        desk.do(
            building.save_questions, form, [NAME, Question("q2", QuestionKind.CHOICE, "Which?", options=("One", " "))]
        )
    assert set(refused.value.fields) == {"q2"}


def test_documents_belong_to_a_version(desk):
    form = desk.form(NAME)
    terms = desk.do(building.add_document, form, "Terms", files.accept("terms.pdf", b"%PDF-1.7 terms"))
    request = desk.asked(facts.visit(desk.owner, desk.service_id))[0]
    desk.do(building.remove_document, form, terms)
    assert db.fetch_now(queries.form_card, desk.owner, form).documents == ()
    page = db.fetch_now(answers.public_form, desk.owner.workspace_id, request)
    assert [document.title for document in page.documents] == ["Terms"]
    content = db.fetch_now(answers.public_document, desk.owner.workspace_id, request, page.documents[0].id)
    assert content.content == b"%PDF-1.7 terms"
    later = desk.asked(facts.visit(desk.owner, desk.service_id))[0]
    with pytest.raises(NotFound):
        db.fetch_now(answers.public_document, desk.owner.workspace_id, later, terms)


def test_a_removed_document_that_nobody_was_sent_leaves_no_row(desk):
    form = desk.form(NAME)
    document = desk.do(building.add_document, form, "Terms", files.accept("terms.pdf", b"%PDF-1.7"))
    desk.do(building.remove_document, form, document)
    assert db.fetch_now(lambda session, scope: session.exec(select(StoredFile)).all(), desk.owner) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_form_needs_a_name(desk, name):
    with pytest.raises(Invalid) as refused:
        desk.do(building.create_form, name)
    assert set(refused.value.fields) == {"name"}


# --- asking


def test_a_booking_is_asked_each_form_of_its_service_once(desk):
    desk.form(NAME, name="Intake")
    desk.form(CONSENT, name="Agreement")
    desk.form(NAME, name="Elsewhere", linked=False)
    visit = facts.visit(desk.owner, desk.service_id)
    first = desk.asked(visit)
    assert desk.asked(visit) == first and len(first) == 2
    rows = db.fetch_now(queries.requests_of_booking, desk.owner, visit.id)
    assert [(row.form_name, row.status) for row in rows] == [("Intake", "not_sent"), ("Agreement", "not_sent")]
    assert [event.request_id for event in desk.events("form.requested")] == first


def test_a_booking_is_asked_once_under_many_workers(desk):
    desk.form(NAME)
    visit = facts.visit(desk.owner, desk.service_id)
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: desk.asked(visit), range(16)))
    assert len({tuple(ids) for ids in asked}) == 1
    assert len(desk.events("form.requested")) == 1


def test_forms_that_are_retired_or_empty_are_asked_of_nobody(desk):
    retired, _ = desk.form(NAME, name="Old"), desk.form(name="Empty")
    desk.do(building.retire, retired)
    assert desk.asked(facts.visit(desk.owner, desk.service_id)) == []
    desk.do(building.restore, retired)
    assert len(desk.asked(facts.visit(desk.owner, desk.service_id))) == 1


@pytest.mark.parametrize(("hours", "due_before"), [(72, 24), (10, 0)])
def test_forms_are_due_a_day_before_the_visit_or_at_its_start(desk, clock, hours, due_before):
    desk.form(NAME)
    visit = facts.visit(desk.owner, desk.service_id, clock.now + timedelta(hours=hours))
    request = desk.asked(visit)[0]
    assert desk.row(request).due_at == visit.starts_at - timedelta(hours=due_before)


def test_a_booking_that_has_ended_is_asked_nothing(desk):
    form = desk.form(NAME)
    visit = facts.visit(desk.owner, desk.service_id)
    facts.set_status(desk.owner, visit.id, BookingStatus.CANCELLED)
    assert desk.asked(visit) == []
    with pytest.raises(Refused, match="will not take place"):
        desk.do(service.request_by_staff, form, visit.contact_id, visit.id)


def test_forms_asked_while_a_booking_is_cancelled_do_not_stay_open(desk):
    desk.form(NAME)
    visits = [facts.visit(desk.owner, desk.service_id) for _ in range(12)]

    def cancel(session: Session, scope: int, booking_id: int) -> None:
        load(session, Booking, booking_id, lock=True).status = BookingStatus.CANCELLED
        session.flush()
        service.withdraw_for_booking(session, scope, booking_id)

    with ThreadPoolExecutor(8) as pool:
        for visit in visits:
            pool.submit(desk.asked, visit)
            pool.submit(desk.customer, cancel, visit.id)
    assert db.fetch_now(queries.request_counts, desk.owner).pending == 0


def test_due_times_follow_a_moved_booking_and_done_forms_do_not(desk, clock):
    desk.form(NAME, name="Intake")
    desk.form(NAME, name="Agreement")
    visit = facts.visit(desk.owner, desk.service_id)
    intake, agreement = desk.asked(visit)
    desk.customer(answering.submit, intake, {"q1": "Amelia"})
    was, start = desk.row(intake).due_at, clock.now + timedelta(hours=20)
    assert desk.customer(service.move_due_times, visit.id, start) == [agreement]
    assert (desk.row(intake).due_at, desk.row(agreement).due_at) == (was, start)


def test_staff_ask_by_hand(desk, clock):
    form = desk.form(NAME, linked=False)
    sam = people.staff(people.Person("", 0, desk.owner), Permission.FORMS).actor
    visit = facts.visit(desk.owner, desk.service_id)
    alone = db.transact_now(service.request_by_staff, sam, form, visit.contact_id)
    assert desk.row(alone).due_at == clock.now + timedelta(days=7)
    with_visit = db.transact_now(service.request_by_staff, sam, form, visit.contact_id, visit.id)
    assert desk.row(with_visit).due_at == visit.starts_at - timedelta(hours=24)
    with pytest.raises(Refused, match="already"):
        db.transact_now(service.request_by_staff, sam, form, visit.contact_id, visit.id)
    with pytest.raises(Refused, match="another customer"):
        db.transact_now(service.request_by_staff, sam, form, facts.contact(desk.owner, "Ruth"), visit.id)


# --- the way of a request


def test_a_request_goes_from_not_sent_to_done(desk):
    request = desk.request()
    assert desk.status(request) == FormStatus.NOT_SENT
    desk.customer(service.mark_sent, request)
    assert desk.status(request) == FormStatus.SENT
    desk.customer(answering.open_request, request)
    assert desk.status(request) == FormStatus.OPENED
    desk.customer(answering.submit, request, {"q1": "Amelia"})
    assert desk.status(request) == FormStatus.DONE


def test_the_first_sending_and_the_first_opening_count(desk, clock):
    request = desk.request()
    desk.customer(service.mark_sent_for_booking, desk.row(request).booking_id)
    desk.customer(answering.open_request, request)
    first = desk.row(request)
    clock.advance(hours=1)
    desk.customer(service.mark_sent, request)
    desk.customer(answering.open_request, request)
    assert desk.row(request) == first


def test_a_form_not_done_in_time_is_overdue_and_may_still_be_answered(desk, clock):
    request = desk.request()
    clock.move_to(desk.row(request).due_at)
    assert desk.status(request) == FormStatus.OVERDUE
    desk.customer(answering.submit, request, {"q1": "Amelia"})
    assert desk.status(request) == FormStatus.DONE


def test_answers_are_checked_on_the_server(desk):
    request = desk.request(NAME, CONSENT)
    with pytest.raises(Invalid) as refused:
        desk.customer(answering.submit, request, {"q1": "x" * 501, "q3": "yes"})
    assert set(refused.value.fields) == {"q1", "q3"}
    assert desk.row(request).submitted_at is None


def test_sending_twice_changes_nothing(desk):
    request = desk.request()
    first = desk.customer(answering.submit, request, {"q1": "Amelia"})
    assert desk.customer(answering.submit, request, {"q1": "Somebody else"}) == first
    assert db.fetch_now(answers.answers, desk.owner, request).answers[0].text == "Amelia"
    assert len(desk.events("form.submitted")) == 1


def test_sending_at_once_from_many_tabs_keeps_one_submission(desk):
    request = desk.request()
    with ThreadPoolExecutor(10) as pool:
        ids = list(pool.map(lambda n: desk.customer(answering.submit, request, {"q1": f"Tab {n}"}), range(20)))
    assert len(set(ids)) == 1 and len(desk.events("form.submitted")) == 1


def test_a_cancelled_booking_withdraws_what_is_not_done(desk):
    desk.form(NAME, name="Intake")
    desk.form(NAME, name="Agreement")
    visit = facts.visit(desk.owner, desk.service_id)
    intake, agreement = desk.asked(visit)
    desk.customer(answering.submit, intake, {"q1": "Amelia"})
    assert desk.customer(service.withdraw_for_booking, visit.id) == [agreement]
    assert desk.customer(service.withdraw_for_booking, visit.id) == []
    assert (desk.status(intake), desk.status(agreement)) == (FormStatus.DONE, FormStatus.WITHDRAWN)
    with pytest.raises(Refused, match="no longer needed"):
        desk.customer(answering.submit, agreement, {"q1": "Amelia"})


def test_a_form_is_waived_with_name_and_reason(desk):
    request = desk.request()
    desk.do(service.waive, request, " Answered  by phone ")
    desk.do(service.waive, request, "again")
    row = desk.row(request)
    assert (row.status, row.waived_by, row.waived_reason) == (FormStatus.WAIVED, "Olivia Owner", "Answered by phone")
    assert len(desk.events("form.waived")) == 1
    assert db.fetch_now(audit_log, desk.owner)[0].action == "waived the form"
    with pytest.raises(Refused):
        desk.customer(answering.submit, request, {"q1": "Amelia"})


def test_waiving_needs_a_reason_and_something_open(desk):
    request = desk.request()
    with pytest.raises(Invalid) as refused:
        desk.do(service.waive, request, " x ")
    assert set(refused.value.fields) == {"reason"}
    desk.customer(answering.submit, request, {"q1": "Amelia"})
    with pytest.raises(Refused, match="finished"):
        desk.do(service.waive, request, "not needed")


# --- files


def test_a_file_waits_for_the_other_answers(desk):
    request = desk.request(NAME, Question("q2", QuestionKind.FILE, "A photo", required=True))
    with pytest.raises(Invalid) as refused:
        desk.customer(answering.submit, request, {"q1": "Amelia", "q2": 1})
    assert set(refused.value.fields) == {"q2"}
    desk.upload(request)
    desk.customer(answering.submit, request, {"q1": "Amelia"})
    sheet = db.fetch_now(answers.answers, desk.owner, request)
    assert sheet.answers[1].text == "cheek.png" and sheet.answers[1].file is not None
    content = db.fetch_now(answers.file_content, desk.owner, sheet.answers[1].file.id)
    assert (content.content, content.content_type) == (PNG, "image/png")


def test_a_second_file_replaces_the_first(desk):
    request = desk.request()
    assert desk.upload(request) is None
    replaced = desk.upload(request, content=PNG + b"2")
    assert replaced and files.store().read(replaced) == PNG
    page = db.fetch_now(answers.public_form, desk.owner.workspace_id, request)
    assert [(key, file.size) for key, file in page.uploads.items()] == [("q2", len(PNG) + 1)]
    assert desk.customer(answering.detach_file, request, "q2")
    assert desk.customer(answering.detach_file, request, "q2") is None
    assert db.fetch_now(answers.public_form, desk.owner.workspace_id, request).uploads == {}


def test_files_are_taken_for_file_questions_of_open_forms_only(desk):
    request = desk.request()
    for question in ("q1", "q99"):
        with pytest.raises(NotFound):
            desk.upload(request, question)
    desk.customer(answering.submit, request, {"q1": "Amelia"})
    with pytest.raises(Refused, match="already been sent"):
        desk.upload(request)


def test_bytes_that_no_row_names_are_swept_after_a_day(desk, data_folder):
    request = desk.request()
    desk.upload(request)
    stray = files.store().keep(desk.owner.workspace_id, b"left by a failed transaction")
    assert db.transact_now(files.sweep, db.SYSTEM) == 0
    old = 1_700_000_000
    for path in (data_folder / "files").glob("*/*"):
        os.utime(path, (old, old))
    assert db.transact_now(files.sweep, db.SYSTEM) >= 1
    with pytest.raises(NotFound):
        files.store().read(stray)
    assert db.fetch_now(answers.public_form, desk.owner.workspace_id, request).uploads["q2"].size == len(PNG)


# --- permissions and tenancy


def test_staff_may_not_build_and_only_those_with_forms_may_ask_and_waive(desk):
    form, request = desk.form(NAME), desk.request()
    sam = people.staff(people.Person("", 0, desk.owner), Permission.FORMS).actor
    ina = people.staff(people.Person("", 0, desk.owner), Permission.INBOX, email="ina@example.com").actor
    pdf = files.accept("a.pdf", b"%PDF-1")
    for command, args in (
        (building.create_form, ("New",)), (building.rename, (form, "New", "")), (building.save_questions, (form, [])),
        (building.add_document, (form, "A", pdf)), (building.remove_document, (form, 1)), (building.retire, (form,)),
        (building.link_to_services, (form, [])), (building.restore, (form,)),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            db.transact_now(command, sam, *args)
    contact = facts.contact(desk.owner)
    for command, args in ((service.request_by_staff, (form, contact)), (service.waive, (request, "not needed"))):
        with pytest.raises(Forbidden):
            db.transact_now(command, ina, *args)
        db.transact_now(command, sam, *args)
    with pytest.raises(Forbidden):
        db.fetch_now(answers.answers, ina, request)
    with pytest.raises(Forbidden):
        db.fetch_now(answers.file_content, ina, 1)


def test_another_business_sees_and_changes_nothing(desk):
    request = desk.request()
    form, visit = desk.row(request).form_id, desk.row(request).booking_id
    desk.upload(request)
    file_id = db.fetch_now(answers.public_form, desk.owner.workspace_id, request).uploads["q2"].id
    stranger = people.owner("Other Clinic", "else@example.com").actor
    assert db.fetch_now(queries.request_list, stranger).rows == () == db.fetch_now(queries.form_list, stranger)
    assert db.fetch_now(queries.requests_of_booking, stranger, visit) == ()
    for query, args in (
        (queries.form_card, (form,)), (queries.request_row, (request,)), (answers.answers, (request,)),
        (answers.public_form, (request,)), (answers.file_content, (file_id,)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            db.fetch_now(query, stranger, *args)
    contact = facts.contact(stranger)
    for command, args in (
        (service.request_by_staff, (form, contact)), (service.waive, (request, "not needed")),
        (building.save_questions, (form, [])), (building.link_to_services, (form, [])),
        (answering.submit, (request, {"q1": "x"})), (answering.open_request, (request,)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            db.transact_now(command, stranger, *args)
    with pytest.raises(NotFound):
        desk.do(building.link_to_services, form, [facts.service(stranger)])


def test_a_question_list_in_the_database_is_what_was_saved(desk):
    form = desk.form(NAME, CONSENT)

    def kept(session: Session, scope: object) -> list[dict[str, object]]:
        return session.exec(select(FormVersion.questions).where(FormVersion.form_id == form)).one()

    assert [question["label"] for question in db.fetch_now(kept, desk.owner)] == [NAME.label, CONSENT.label]
