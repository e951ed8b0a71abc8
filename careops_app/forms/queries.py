"""What is shown of forms: requests, the list of forms, the builder. Answers are in `answers`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case, true
from sqlmodel import Session, col, func, select

from careops_app.bookings.models import Booking, Service
from careops_app.contacts.models import Contact
from careops_app.errors import NotFound
from careops_app.forms import rules
from careops_app.forms.models import (
    Form,
    FormDocument,
    FormRequest,
    FormVersion,
    ServiceForm,
    StoredFile,
)
from careops_app.forms.rules import FormStatus, Question
from careops_app.forms.service import newest_version
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace.queries import workspace_card

PAGE = 25


class RequestFilter(StrEnum):
    """Which requests a list shows; every number on the dashboard opens the list of the same filter."""

    ALL = "all"
    PENDING = "pending"  # asked, not due yet
    OVERDUE = "overdue"
    DONE = "done"
    DONE_THIS_WEEK = "done_this_week"  # since Monday 00:00 on the workspace's clock
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class RequestRow:
    """A form asked of a contact; booking fields are None when it was asked without a booking."""

    id: int
    form_id: int
    form_name: str
    contact_id: int
    contact_name: str
    booking_id: int | None
    booking_reference: str | None
    service_name: str | None
    starts_at: datetime | None
    due_at: datetime
    status: FormStatus
    created_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    submitted_at: datetime | None
    waived_by: str | None
    waived_reason: str
    may_waive: bool
    has_answers: bool


@dataclass(frozen=True)
class RequestPage:
    """One page of a list, counted from 1; `total` counts all pages."""

    rows: tuple[RequestRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class RequestCounts:
    """The dashboard's figures; each equals the `total` of the list with the filter of its name."""

    pending: int
    overdue: int
    done_this_week: int


@dataclass(frozen=True)
class FormRow:
    id: int
    name: str
    version: int
    questions: int
    documents: int
    services: tuple[str, ...]
    pending: int
    overdue: int
    done: int
    is_retired: bool


@dataclass(frozen=True)
class DocumentRow:
    id: int
    title: str
    name: str
    content_type: str
    size: int
    file_id: int


@dataclass(frozen=True)
class LinkedService:
    id: int
    name: str
    is_linked: bool


@dataclass(frozen=True)
class FormCard:
    """A form in the builder.

    `is_requested`: the next change starts a new version. `open_on_older`: how many requests still finish an older one.
    """

    id: int
    name: str
    intro: str
    version: int
    is_requested: bool
    open_on_older: int
    questions: tuple[Question, ...]
    documents: tuple[DocumentRow, ...]
    services: tuple[LinkedService, ...]
    is_retired: bool


# --- requests ---------------------------------------------------------------------------------------------------------


def request_list(
    session: Session,
    scope: InWorkspace | int,
    which: RequestFilter = RequestFilter.ALL,
    page: int = 1,
    *,
    form_id: int | None = None,
    contact_id: int | None = None,
) -> RequestPage:
    """Requests under a filter, 25 a page: unfinished ones by due time, finished ones newest first."""
    conditions = [_matches(which, clock.now(), _week_start(session, scope))]
    if form_id is not None:
        conditions.append(col(FormRequest.form_id) == form_id)
    if contact_id is not None:
        conditions.append(col(FormRequest.contact_id) == contact_id)
    total = session.exec(select(func.count()).select_from(FormRequest).where(*conditions)).one()
    page = max(1, page)
    rows = session.execute(
        _requests().where(*conditions).order_by(*_order(which)).limit(PAGE).offset((page - 1) * PAGE)
    )
    return RequestPage(_request_rows(rows), total, page, max(1, -(-total // PAGE)))


def request_counts(session: Session, scope: InWorkspace | int) -> RequestCounts:
    """How many forms are pending, overdue, and done this week."""
    now, monday = clock.now(), _week_start(session, scope)
    counted = [
        func.count(case((_matches(which, now, monday), 1)))
        for which in (RequestFilter.PENDING, RequestFilter.OVERDUE, RequestFilter.DONE_THIS_WEEK)
    ]
    return RequestCounts(*session.execute(select(*counted).select_from(FormRequest)).one())


def requests_of_booking(session: Session, scope: InWorkspace | int, booking_id: int) -> tuple[RequestRow, ...]:
    """The forms of a booking, in the order they were asked."""
    of_booking = _requests().where(col(FormRequest.booking_id) == booking_id).order_by(col(FormRequest.id))
    return _request_rows(session.execute(of_booking))


def requests_of_bookings(
    session: Session, scope: InWorkspace | int, booking_ids: Sequence[int]
) -> dict[int, tuple[RequestRow, ...]]:
    """The forms of several bookings at once, by booking id; bookings without forms are absent."""
    found: dict[int, list[RequestRow]] = defaultdict(list)
    of_bookings = _requests().where(col(FormRequest.booking_id).in_(booking_ids)).order_by(col(FormRequest.id))
    for row in _request_rows(session.execute(of_bookings)):
        found[row.booking_id or 0].append(row)
    return {booking_id: tuple(rows) for booking_id, rows in found.items()}


def requests_of_contact(session: Session, scope: InWorkspace | int, contact_id: int) -> tuple[RequestRow, ...]:
    """The newest 50 forms of a contact, newest first."""
    of_contact = _requests().where(col(FormRequest.contact_id) == contact_id)
    return _request_rows(session.execute(of_contact.order_by(col(FormRequest.id).desc()).limit(50)))


def request_row(session: Session, scope: InWorkspace | int, request_id: int) -> RequestRow:
    """One request. Raises NotFound."""
    rows = _request_rows(session.execute(_requests().where(col(FormRequest.id) == request_id)))
    if not rows:
        raise NotFound("The form")
    return rows[0]


def _requests() -> Any:
    return (
        sqlalchemy.select(
            FormRequest,
            col(Form.name),
            col(Contact.name),
            col(Booking.reference),
            col(Booking.starts_at),
            col(Service.name),
        )
        .join(Form, col(Form.id) == FormRequest.form_id)
        .join(Contact, col(Contact.id) == FormRequest.contact_id)
        .outerjoin(Booking, col(Booking.id) == FormRequest.booking_id)
        .outerjoin(Service, col(Service.id) == Booking.service_id)
    )


def _request_rows(found: Any) -> tuple[RequestRow, ...]:
    now = clock.now()
    return tuple(_request_row(now, *row) for row in found)


def _request_row(
    now: datetime,
    request: FormRequest,
    form_name: str,
    contact_name: str,
    reference: str | None,
    starts_at: datetime | None,
    service_name: str | None,
) -> RequestRow:
    stage = rules.status(request, now)
    return RequestRow(
        id=request.id, form_id=request.form_id, form_name=form_name, contact_id=request.contact_id,
        contact_name=contact_name, booking_id=request.booking_id, booking_reference=reference,
        service_name=service_name, starts_at=starts_at, due_at=request.due_at, status=stage,
        created_at=request.created_at, sent_at=request.sent_at, opened_at=request.opened_at,
        submitted_at=request.submitted_at, waived_by=request.waived_by,
        waived_reason=request.waived_reason, may_waive=stage not in rules.FINISHED,
        has_answers=request.submitted_at is not None,
    )  # fmt: skip


def _matches(which: RequestFilter, now: datetime, monday: datetime) -> ColumnElement[bool]:
    """rules.status in words of SQL: the list shows exactly the requests whose status says so."""
    waived, withdrawn = col(FormRequest.waived_at), col(FormRequest.withdrawn_at)
    submitted, due = col(FormRequest.submitted_at), col(FormRequest.due_at)
    unfinished = and_(waived.is_(None), submitted.is_(None), withdrawn.is_(None))
    done = and_(waived.is_(None), submitted.is_not(None))
    return {
        RequestFilter.ALL: true(),
        RequestFilter.PENDING: and_(unfinished, due > now),
        RequestFilter.OVERDUE: and_(unfinished, due <= now),
        RequestFilter.DONE: done,
        RequestFilter.DONE_THIS_WEEK: and_(done, submitted >= monday),
        RequestFilter.WAIVED: waived.is_not(None),
        RequestFilter.WITHDRAWN: and_(withdrawn.is_not(None), waived.is_(None), submitted.is_(None)),
    }[which]


def _order(which: RequestFilter) -> tuple[Any, ...]:
    if which in (RequestFilter.PENDING, RequestFilter.OVERDUE):
        return col(FormRequest.due_at), col(FormRequest.id)
    if which in (RequestFilter.DONE, RequestFilter.DONE_THIS_WEEK):
        return col(FormRequest.submitted_at).desc(), col(FormRequest.id).desc()
    return (col(FormRequest.id).desc(),)


def _week_start(session: Session, scope: InWorkspace | int) -> datetime:
    """Monday 00:00 of the current week on the workspace's clock."""
    zone = clock.zone(workspace_card(session, scope).time_zone)
    today = clock.now().astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), zone)


# --- the builder ------------------------------------------------------------------------------------------------------


def form_list(session: Session, scope: InWorkspace | int) -> tuple[FormRow, ...]:
    """All forms with their counts: those in use by name, retired ones last."""
    counts, services = _counts_by_form(session), _services_by_form(session)
    return tuple(
        FormRow(
            id=form.id, name=form.name, version=version.number, questions=len(version.questions), documents=documents,
            services=services.get(form.id, ()), **counts.get(form.id, {"pending": 0, "overdue": 0, "done": 0}),
            is_retired=form.retired_at is not None,
        )
        for form, version, documents in _newest_versions(session)
    )  # fmt: skip


def _newest_versions(session: Session) -> list[tuple[Form, FormVersion, int]]:
    newest = (
        select(FormVersion.form_id, func.max(FormVersion.number).label("number"))
        .group_by(col(FormVersion.form_id))
        .subquery()
    )
    documents = (
        select(func.count()).where(FormDocument.version_id == FormVersion.id).correlate(FormVersion).scalar_subquery()
    )
    rows = session.execute(
        select(Form, FormVersion, documents)
        .join(newest, newest.c.form_id == Form.id)
        .join(FormVersion, and_(col(FormVersion.form_id) == Form.id, col(FormVersion.number) == newest.c.number))
        .order_by(col(Form.retired_at).is_not(None), func.lower(Form.name), col(Form.id))
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _counts_by_form(session: Session) -> dict[int, dict[str, int]]:
    now = clock.now()
    counted = [
        func.count(case((_matches(which, now, now), 1))).label(which.value)
        for which in (RequestFilter.PENDING, RequestFilter.OVERDUE, RequestFilter.DONE)
    ]
    rows = session.execute(select(FormRequest.form_id, *counted).group_by(col(FormRequest.form_id)))
    return {row.form_id: {"pending": row.pending, "overdue": row.overdue, "done": row.done} for row in rows}


def _services_by_form(session: Session) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    linked = select(ServiceForm.form_id, Service.name).join(Service, col(Service.id) == ServiceForm.service_id)
    for form_id, name in session.exec(linked.order_by(col(Service.position), col(Service.id))):
        found[form_id].append(name)
    return {form_id: tuple(names) for form_id, names in found.items()}


def form_card(session: Session, scope: InWorkspace | int, form_id: int) -> FormCard:
    """A form in the builder. Raises NotFound."""
    form = load(session, Form, form_id)
    version = newest_version(session, form_id)
    return FormCard(
        id=form.id, name=form.name, intro=form.intro, version=version.number,
        is_requested=_is_requested(session, version.id),
        open_on_older=_open_on_older(session, form_id, version.id),
        questions=tuple(rules.from_json(kept) for kept in version.questions),
        documents=documents_of_version(session, version.id),
        services=_linkable_services(session, form_id), is_retired=form.retired_at is not None,
    )  # fmt: skip


def _is_requested(session: Session, version_id: int) -> bool:
    return session.exec(select(FormRequest.id).where(FormRequest.version_id == version_id).limit(1)).first() is not None


def _open_on_older(session: Session, form_id: int, version_id: int) -> int:
    unfinished = (FormRequest.submitted_at, FormRequest.waived_at, FormRequest.withdrawn_at)
    return session.exec(
        select(func.count())
        .select_from(FormRequest)
        .where(
            FormRequest.form_id == form_id,
            FormRequest.version_id != version_id,
            *(col(at).is_(None) for at in unfinished),
        )
    ).one()


def _linkable_services(session: Session, form_id: int) -> tuple[LinkedService, ...]:
    linked = set(session.exec(select(ServiceForm.service_id).where(ServiceForm.form_id == form_id)))
    services = session.exec(
        select(Service).where(col(Service.retired_at).is_(None)).order_by(col(Service.position), col(Service.id))
    )
    return tuple(LinkedService(service.id, service.name, service.id in linked) for service in services)


def documents_of_version(session: Session, version_id: int) -> tuple[DocumentRow, ...]:
    """The documents sent with a version, in the order they were added."""
    rows = session.exec(
        select(FormDocument, StoredFile)
        .join(StoredFile, col(StoredFile.id) == FormDocument.file_id)
        .where(FormDocument.version_id == version_id)
        .order_by(col(FormDocument.id))
    )
    return tuple(DocumentRow(d.id, d.title, file.name, file.content_type, file.size, file.id) for d, file in rows)
