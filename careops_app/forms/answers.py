"""What is shown of answers: the sheet for staff, and the customer's own page. Frozen rows, never tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from careops_app.errors import Forbidden, NotFound
from careops_app.forms import rules
from careops_app.forms.models import (
    Form,
    FormDocument,
    FormRequest,
    FormVersion,
    StoredFile,
    Submission,
    SubmissionFile,
)
from careops_app.forms.queries import DocumentRow, RequestRow, documents_of_version, request_row, requests_of_booking
from careops_app.forms.rules import FormStatus, Question, QuestionKind
from careops_app.infra import files, wording
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace.access import Actor, Permission
from careops_app.workspace.queries import WorkspaceCard, workspace_card


@dataclass(frozen=True)
class FileRow:
    """A stored file; its bytes come from `file_content`."""

    id: int
    name: str
    content_type: str
    size: int
    is_drawable: bool


@dataclass(frozen=True)
class FileContent:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer in words; `text` is empty when nothing was answered."""

    key: str
    kind: QuestionKind
    label: str
    text: str
    is_given: bool
    file: FileRow | None


@dataclass(frozen=True)
class AnswerSheet:
    """A request with its questions as they were asked, and the answers when they have come."""

    request: RequestRow
    version: int
    documents: tuple[DocumentRow, ...]
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True)
class PublicForm:
    """The customer's page: nothing about the person, only about the visit and what is asked."""

    request_id: int
    workspace: WorkspaceCard
    name: str
    intro: str
    service_name: str | None
    starts_at: datetime | None
    due_at: datetime
    status: FormStatus
    submitted_at: datetime | None
    questions: tuple[Question, ...]
    documents: tuple[DocumentRow, ...]
    uploads: dict[str, FileRow]

    @property
    def takes_answers(self) -> bool:
        return self.status not in rules.FINISHED


def answers(session: Session, actor: Actor, request_id: int) -> AnswerSheet:
    """What a customer answered. Raises NotFound, Forbidden unless the member works on forms or bookings."""
    _require_reader(actor)
    request = load(session, FormRequest, request_id)
    version = load(session, FormVersion, request.version_id)
    submission = session.exec(select(Submission).where(Submission.request_id == request_id)).first()
    given, uploads = submission.answers if submission else {}, _uploads(session, request_id)
    return AnswerSheet(
        request=request_row(session, actor, request_id), version=version.number,
        documents=documents_of_version(session, version.id),
        answers=tuple(_answer_row(rules.from_json(kept), given, uploads) for kept in version.questions),
    )  # fmt: skip


def answers_of_booking(session: Session, actor: Actor, booking_id: int) -> tuple[AnswerSheet, ...]:
    """The answer sheets of a booking's forms, answered or not. Raises Forbidden."""
    _require_reader(actor)
    return tuple(answers(session, actor, row.id) for row in requests_of_booking(session, actor, booking_id))


def _require_reader(actor: Actor) -> None:
    if not (actor.may(Permission.FORMS) or actor.may(Permission.BOOKINGS)):
        raise Forbidden(Permission.FORMS.value)


def _answer_row(question: Question, given: dict[str, Any], uploads: dict[str, FileRow]) -> AnswerRow:
    is_file, is_given = question.kind == QuestionKind.FILE, question.key in given
    return AnswerRow(
        key=question.key, kind=question.kind, label=question.label, is_given=is_given,
        text=in_words(question, given[question.key], uploads) if is_given else "",
        file=uploads.get(question.key) if is_file and is_given else None,
    )  # fmt: skip


def in_words(question: Question, answer: Any, uploads: dict[str, FileRow]) -> str:
    """An answer as a person reads it."""
    if question.takes_several:
        return wording.listing(answer)
    if question.kind == QuestionKind.FILE:
        return uploads[question.key].name if question.key in uploads else "A file that was removed"
    if question.kind == QuestionKind.SIGNATURE:
        return f"Signed by {answer['name']} on {_day(answer['on'])}"
    if question.kind == QuestionKind.DATE:
        return _day(answer)
    if question.kind == QuestionKind.NUMBER:
        return wording.quantity(Decimal(answer))
    return "Yes" if answer is True else str(answer)


def _day(text: str) -> str:
    found = rules.day(text)
    return wording.plain_day(found) if found else text


def _uploads(session: Session, request_id: int) -> dict[str, FileRow]:
    rows = session.exec(
        select(SubmissionFile.question, StoredFile)
        .join(StoredFile, col(StoredFile.id) == SubmissionFile.file_id)
        .where(SubmissionFile.request_id == request_id)
    )
    return {question: _file_row(file) for question, file in rows}


def _file_row(file: StoredFile) -> FileRow:
    return FileRow(file.id, file.name, file.content_type, file.size, file.content_type in files.DRAWABLE)


def file_content(session: Session, actor: Actor, file_id: int) -> FileContent:
    """A stored file for a member: a document of a form, or what a customer uploaded. Raises NotFound, Forbidden."""
    _require_reader(actor)
    return _content(load(session, StoredFile, file_id))


def _content(file: StoredFile) -> FileContent:
    return FileContent(file.name, file.content_type, files.store().read(file.key))


def public_form(session: Session, scope: InWorkspace | int, request_id: int) -> PublicForm:
    """What the holder of a form link sees. Raises NotFound."""
    request = load(session, FormRequest, request_id)
    form, version = load(session, Form, request.form_id), load(session, FormVersion, request.version_id)
    row = request_row(session, scope, request_id)
    return PublicForm(
        request_id=request_id, workspace=workspace_card(session, scope), name=form.name, intro=form.intro,
        service_name=row.service_name, starts_at=row.starts_at, due_at=row.due_at, status=row.status,
        submitted_at=row.submitted_at, questions=tuple(rules.from_json(kept) for kept in version.questions),
        documents=documents_of_version(session, version.id), uploads=_uploads(session, request_id),
    )  # fmt: skip


def public_document(session: Session, scope: InWorkspace | int, request_id: int, document_id: int) -> FileContent:
    """A document of the form that was asked, for the holder of its link. Raises NotFound."""
    request = load(session, FormRequest, request_id)
    document = load(session, FormDocument, document_id)
    if document.version_id != request.version_id:
        raise NotFound("The document")
    return _content(load(session, StoredFile, document.file_id))
