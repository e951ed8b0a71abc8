"""The owner's commands: making forms, their questions and documents, and which services ask for them.

A version that has been asked of somebody is never changed: the next change starts a new version, and requests made
before keep the questions and documents they were made with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, delete, select

from careops_app.bookings.models import Service
from careops_app.errors import Invalid, NotFound
from careops_app.forms import rules
from careops_app.forms.answering import keep_file
from careops_app.forms.models import Form, FormDocument, FormRequest, FormVersion, ServiceForm, StoredFile
from careops_app.forms.rules import Question
from careops_app.forms.service import newest_version
from careops_app.infra import clock, files
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

LONGEST_NAME = 80
LONGEST_INTRO = 1_000
LONGEST_TITLE = 120
MOST_DOCUMENTS = 10


def create_form(session: Session, actor: Actor, name: str, intro: str = "") -> int:
    """A new form without questions; nobody is sent it before it has some. Raises Forbidden, Invalid(name | intro)."""
    require(actor, Permission.CONFIGURE)
    name, intro = _name(name), _intro(intro)
    form = Form(workspace_id=actor.workspace_id, name=name, intro=intro, created_at=clock.now())
    session.add(form)
    session.flush()
    session.add(_version(form, 1, []))
    session.flush()
    audit(session, actor, "made the form", name)
    return form.id


def rename(session: Session, actor: Actor, form_id: int, name: str, intro: str) -> None:
    """Change the name and the sentence above the questions. Raises Forbidden, NotFound, Invalid(name | intro)."""
    require(actor, Permission.CONFIGURE)
    form = load(session, Form, form_id)
    form.name, form.intro = _name(name), _intro(intro)
    session.add(form)


def save_questions(session: Session, actor: Actor, form_id: int, questions: Sequence[Question]) -> int:
    """Replace the questions; returns the number of the version that is sent from now on.

    Raises Forbidden, NotFound, Invalid with a sentence per question key, or under `questions`.
    """
    require(actor, Permission.CONFIGURE)
    tidied = [rules.tidy(question) for question in questions]
    if problems := rules.builder_problems(tidied):
        raise Invalid(**problems)
    kept = [rules.as_json(question) for question in tidied]
    if kept == newest_version(session, form_id).questions:
        return newest_version(session, form_id).number
    version = _changeable_version(session, form_id)
    version.questions = kept
    session.add(version)
    audit(session, actor, "changed the questions of", load(session, Form, form_id).name, version=version.number)
    return version.number


def add_document(session: Session, actor: Actor, form_id: int, title: str, upload: files.Accepted) -> int:
    """Add a document to read. Raises Forbidden, NotFound, Invalid(title | file)."""
    require(actor, Permission.CONFIGURE)
    title = " ".join(title.split())
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise Invalid(title=f"Give the document a title of at most {LONGEST_TITLE} characters.")
    version = _changeable_version(session, form_id)
    if len(_documents(session, version.id)) >= MOST_DOCUMENTS:
        raise Invalid(file=f"A form has at most {MOST_DOCUMENTS} documents. Remove one first.")
    document = _document(version, keep_file(session, actor.workspace_id, upload).id, title)
    session.add(document)
    session.flush()
    audit(session, actor, "added a document to", load(session, Form, form_id).name, title=title, sha256=upload.sha256)
    return document.id


def remove_document(session: Session, actor: Actor, form_id: int, document_id: int) -> None:
    """Stop sending a document; requests made before keep it. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    removed = load(session, FormDocument, document_id)
    if removed.version_id != newest_version(session, form_id).id:
        raise NotFound("The document")
    version = _changeable_version(session, form_id)
    copies = select(FormDocument).where(FormDocument.version_id == version.id, FormDocument.file_id == removed.file_id)
    for document in session.exec(copies).all():
        session.delete(document)
    session.flush()
    _drop_unused_file(session, removed.file_id)
    audit(session, actor, "removed a document from", load(session, Form, form_id).name, title=removed.title)


def link_to_services(session: Session, actor: Actor, form_id: int, service_ids: Iterable[int]) -> None:
    """Bookings of exactly these services ask for this form from now on. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    form = load(session, Form, form_id, lock=True)
    services = [load(session, Service, service_id) for service_id in sorted(set(service_ids))]
    session.exec(delete(ServiceForm).where(col(ServiceForm.form_id) == form_id))
    for service in services:
        session.add(ServiceForm(workspace_id=actor.workspace_id, service_id=service.id, form_id=form_id))
    session.flush()
    audit(session, actor, "linked the form", form.name, services=[service.name for service in services])


def retire(session: Session, actor: Actor, form_id: int) -> None:
    """Ask this form of nobody else; what was asked stays open, answers stay readable. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    form = load(session, Form, form_id)
    if form.retired_at is None:
        form.retired_at = clock.now()
        session.add(form)
        audit(session, actor, "retired the form", form.name)


def restore(session: Session, actor: Actor, form_id: int) -> None:
    """Use a retired form again. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    form = load(session, Form, form_id)
    if form.retired_at is not None:
        form.retired_at = None
        session.add(form)
        audit(session, actor, "restored the form", form.name)


def _changeable_version(session: Session, form_id: int) -> FormVersion:
    """The newest version when nobody was asked it yet, else a copy of it under the next number.

    The lock on the version makes a request that is being written wait: its foreign key needs the same row.
    """
    form = load(session, Form, form_id, lock=True)
    newest = load(session, FormVersion, newest_version(session, form_id).id, lock=True)
    if session.exec(select(FormRequest.id).where(FormRequest.version_id == newest.id).limit(1)).first() is None:
        return newest
    successor = _version(form, newest.number + 1, newest.questions)
    session.add(successor)
    session.flush()
    for document in _documents(session, newest.id):
        session.add(_document(successor, document.file_id, document.title))
    session.flush()
    return successor


def _version(form: Form, number: int, questions: list[dict[str, object]]) -> FormVersion:
    return FormVersion(
        workspace_id=form.workspace_id, form_id=form.id, number=number, questions=questions, created_at=clock.now()
    )


def _document(version: FormVersion, file_id: int, title: str) -> FormDocument:
    return FormDocument(workspace_id=version.workspace_id, version_id=version.id, file_id=file_id, title=title)


def _documents(session: Session, version_id: int) -> list[FormDocument]:
    documents = select(FormDocument).where(FormDocument.version_id == version_id).order_by(col(FormDocument.id))
    return list(session.exec(documents))


def _drop_unused_file(session: Session, file_id: int) -> None:
    """Forget the row of a file no version names any more; its bytes go with the next sweep."""
    if session.exec(select(FormDocument.id).where(FormDocument.file_id == file_id).limit(1)).first() is None:
        session.delete(load(session, StoredFile, file_id))


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(name=f"Give the form a name of at most {LONGEST_NAME} characters.")
    return name


def _intro(text: str) -> str:
    if len(intro := text.strip()) > LONGEST_INTRO:
        raise Invalid(intro=f"Use at most {LONGEST_INTRO:,} characters.")
    return intro
