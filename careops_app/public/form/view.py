"""The addresses of the customer's form: opens the link, reads what was sent, calls the commands.

A GET never changes anything, because mail scanners follow links. That somebody has opened the form is told by the
page's script at the first touch of a field, or, without a script, by the first press of the button.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from careops_app.errors import Invalid, Refused, Throttled
from careops_app.forms import answering, answers, rules
from careops_app.forms.answers import PublicForm
from careops_app.forms.rules import FormStatus, QuestionKind
from careops_app.infra import clock, files, throttle
from careops_app.infra.db import SYSTEM, fetch, transact
from careops_app.infra.posted import Sent, SentFile, sent
from careops_app.public.edge import View, at, go, html, retry_after
from careops_app.public.form import page
from careops_app.public.form.entries import Entries, field_name
from careops_app.public.form.entries import answers as entered
from careops_app.public.links import LinkView, by_link
from careops_app.workspace.links import LinkSubject
from careops_app.workspace.models import Purpose

POSTS, POST_WINDOW = 60, timedelta(hours=1)


def _linked(view: LinkView) -> View:
    return by_link(Purpose.FORM, view)


async def show(request: Request, link: LinkSubject) -> Response:
    """The form, or what has become of it."""
    return _page(request, await _form(link))


async def begin(request: Request, link: LinkSubject) -> Response:
    """The page's script says that a field was touched."""
    await transact(answering.open_request, link.workspace_id, link.subject_id)
    return Response(status_code=204)


async def send(request: Request, link: LinkSubject) -> Response:
    """Keep the files, then the answers; show the form again with everything typed when something is missing."""
    form = await _form(link)
    posted = await sent(request)
    if not form.takes_answers:
        return go(_address(request))
    try:
        problems = await _take(link, form, posted)
    except Invalid as invalid:
        problems = invalid.fields
    except Throttled as throttled:
        shown = page.form_page(form, _address(request), _entries(form, posted, {"form": str(throttled)}))
        return html(shown, 429, retry_after(throttled))
    except Refused:  # meanwhile sent from another tab, waived or withdrawn: the page says which
        return go(_address(request))
    if problems is None:
        return go(_address(request))
    form = await _form(link)
    shown = page.form_page(form, _address(request), _entries(form, posted, problems))
    return html(shown, 422 if problems else 200)


async def _take(link: LinkSubject, form: PublicForm, posted: Sent) -> Mapping[str, str] | None:
    """Keep the files and, when nothing is wrong, the answers: then None. Otherwise a sentence per question."""
    await transact(throttle.spend_by_itself, SYSTEM, f"form:{link.subject_id}", POSTS, POST_WINDOW)
    await transact(answering.open_request, link.workspace_id, link.subject_id)
    refused = await _attach(link, form, posted)
    if removed := posted.text("remove"):
        await _clear(await transact(answering.detach_file, link.workspace_id, link.subject_id, removed))
        return refused
    attached = {key: file.id for key, file in (await _form(link)).uploads.items()}
    given = entered(form.questions, posted)
    if problems := rules.problems(form.questions, {**given, **attached}) | refused:
        return problems
    await transact(answering.submit, link.workspace_id, link.subject_id, given)
    return None


async def document(request: Request, link: LinkSubject) -> Response:
    """A document of the form, as a file to keep."""
    number = request.path_params["document"]
    file = await fetch(answers.public_document, link.workspace_id, link.subject_id, number)
    return Response(file.content, headers=files.headers(file.name, file.content_type))


async def _attach(link: LinkSubject, form: PublicForm, posted: Sent) -> dict[str, str]:
    """Keep every file that can be accepted; a sentence per question whose file cannot."""
    problems = {}
    for question in form.questions:
        upload = posted.files.get(field_name(question))
        if question.kind == QuestionKind.FILE and upload is not None:
            try:
                await _keep(link, question.key, upload)
            except Invalid as invalid:
                problems |= invalid.fields
    return problems


async def _keep(link: LinkSubject, key: str, upload: SentFile) -> None:
    if upload.problem:
        raise Invalid(**{key: upload.problem})
    accepted = await run_in_threadpool(files.accept, upload.name, upload.content, key)
    await _clear(await transact(answering.attach_file, link.workspace_id, link.subject_id, key, accepted))


async def _clear(replaced: str | None) -> None:
    """The row of this file is gone for good: so are its bytes now."""
    if replaced is not None:
        await run_in_threadpool(files.store().remove, replaced)


async def _form(link: LinkSubject) -> PublicForm:
    return await fetch(answers.public_form, link.workspace_id, link.subject_id)


def _page(request: Request, form: PublicForm) -> Response:
    if form.status == FormStatus.DONE:
        return html(page.done_page(form, _address(request)))
    if not form.takes_answers:
        return html(page.ended_page(form))
    return html(page.form_page(form, _address(request), Entries(_today(form))))


def _entries(form: PublicForm, posted: Sent, problems: Mapping[str, str]) -> Entries:
    """Everything typed, with what is wrong with it."""
    return Entries(_today(form), posted.texts, problems)


def _today(form: PublicForm) -> date:
    return clock.now().astimezone(clock.zone(form.workspace.time_zone)).date()


def _address(request: Request) -> str:
    return f"/f/{request.path_params['token']}"


ROUTES = [
    at("/f/{token}", get=_linked(show), post=_linked(send)),
    at("/f/{token}/opened", post=_linked(begin)),
    at("/f/{token}/documents/{document:int}", get=_linked(document)),
]
