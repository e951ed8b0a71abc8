"""What the customer does with a form: opens it, adds files, sends the answers. And the files of this noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from careops_app.errors import Invalid, NotFound, Refused
from careops_app.events import FormSubmitted
from careops_app.forms import rules
from careops_app.forms.models import FormRequest, FormVersion, StoredFile, Submission, SubmissionFile
from careops_app.forms.rules import FormStatus, Question, QuestionKind
from careops_app.infra import clock, files, outbox
from careops_app.infra.db import load


def open_request(session: Session, workspace_id: int, request_id: int) -> None:
    """The customer has begun to use the page; the first time counts. Raises NotFound.

    Never called by a GET, because mail scanners follow links: the page's script reports the first touch of a field, and
    without a script the first press of its button does.
    """
    request = load(session, FormRequest, request_id, lock=True)
    if request.opened_at is None and rules.status(request, clock.now()) not in rules.FINISHED:
        request.opened_at = clock.now()
        session.add(request)


def attach_file(
    session: Session, workspace_id: int, request_id: int, question_key: str, upload: files.Accepted
) -> str | None:
    """Keep an uploaded file as the answer to a file question, before or without the other answers.

    Returns the key of the file it replaces, to be removed from the store after the commit. Raises NotFound, Refused.
    """
    request = _answerable(session, request_id)
    if question_key not in {q.key for q in _questions(session, request) if q.kind == QuestionKind.FILE}:
        raise NotFound("The question")
    replaced = _forget_upload(session, request_id, question_key)
    session.add(
        SubmissionFile(
            workspace_id=workspace_id, request_id=request_id, question=question_key,
            file_id=keep_file(session, workspace_id, upload).id,
        )
    )  # fmt: skip
    session.flush()
    return replaced


def detach_file(session: Session, workspace_id: int, request_id: int, question_key: str) -> str | None:
    """Take an uploaded file back; returns its key, to be removed from the store after the commit. Raises Refused."""
    _answerable(session, request_id)
    return _forget_upload(session, request_id, question_key)


def _forget_upload(session: Session, request_id: int, question_key: str) -> str | None:
    upload = session.exec(
        select(SubmissionFile).where(SubmissionFile.request_id == request_id, SubmissionFile.question == question_key)
    ).first()
    if upload is None:
        return None
    file = load(session, StoredFile, upload.file_id)
    session.delete(upload)
    session.flush()
    session.delete(file)
    session.flush()
    return file.key


def submit(session: Session, workspace_id: int, request_id: int, answers: Mapping[str, Any]) -> int:
    """Keep a customer's answers; a second submission changes nothing and returns the first one's id.

    File answers are the attached files, whatever `answers` says of them. Announces FormSubmitted once.
    Raises NotFound, Invalid with a sentence per question key, Refused when the form is no longer wanted.
    """
    request = load(session, FormRequest, request_id, lock=True)
    if request.submitted_at is not None:
        return session.exec(select(Submission.id).where(Submission.request_id == request_id)).one()
    _refuse_ended(request)
    questions = _questions(session, request)
    given = {**answers, **_attached(session, request_id, questions)}
    if found := rules.problems(questions, given):
        raise Invalid(**found)
    submission = Submission(
        workspace_id=workspace_id, request_id=request_id, answers=rules.settled(questions, given), at=clock.now()
    )
    session.add(submission)
    request.submitted_at = submission.at
    request.opened_at = request.opened_at or submission.at
    session.add(request)
    session.flush()
    announcement = FormSubmitted(request_id, request.contact_id, request.booking_id)
    outbox.emit(session, workspace_id, announcement, once=f"form.submitted:{request_id}")
    return submission.id


def _attached(session: Session, request_id: int, questions: list[Question]) -> dict[str, int | None]:
    """The attached file per file question; None where there is none, so that no id from outside is believed."""
    uploads = session.exec(select(SubmissionFile).where(SubmissionFile.request_id == request_id))
    found = {upload.question: upload.file_id for upload in uploads}
    return {q.key: found.get(q.key) for q in questions if q.kind == QuestionKind.FILE}


def _questions(session: Session, request: FormRequest) -> list[Question]:
    return [rules.from_json(kept) for kept in load(session, FormVersion, request.version_id).questions]


def _answerable(session: Session, request_id: int) -> FormRequest:
    request = load(session, FormRequest, request_id, lock=True)
    _refuse_ended(request)
    if request.submitted_at is not None:
        raise Refused("This form has already been sent.", code="already_submitted")
    return request


def _refuse_ended(request: FormRequest) -> None:
    if rules.status(request, clock.now()) in (FormStatus.WAIVED, FormStatus.WITHDRAWN):
        raise Refused("This form is no longer needed. You have nothing to do.", code="form_ended")


def keep_file(session: Session, workspace_id: int, upload: files.Accepted) -> StoredFile:
    """Store the bytes, then the row. When the transaction fails the bytes are left to `files.sweep`."""
    stored = StoredFile(
        workspace_id=workspace_id, key=files.store().keep(workspace_id, upload.content), name=upload.name,
        content_type=upload.content_type, size=upload.size, sha256=upload.sha256, at=clock.now(),
    )  # fmt: skip
    session.add(stored)
    session.flush()
    return stored


@files.keeps
def _kept_keys(session: Session) -> list[str]:
    return list(session.exec(select(StoredFile.key)))
