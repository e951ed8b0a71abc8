"""The forms screen through the real pipeline: lists that agree with their figures, the builder, files on their route."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from careops_app.app import app
from careops_app.forms import queries
from careops_app.forms.rules import FormStatus, QuestionKind
from careops_app.inbox.models import Message
from careops_app.infra import db
from careops_app.ui.files import ROUTES
from careops_app.ui.forms.asking_state import AskingState
from careops_app.ui.forms.builder_state import NEW, BuilderState
from careops_app.ui.forms.request_state import RequestState
from careops_app.ui.forms.state import FormsState
from careops_app.worker.run import drain_now
from careops_app.workspace.access import Permission
from tests import desk, facts, people
from tests.people import Person
from tests.tab import Tab, tabs

HOST = "http://shop.test"
OpenTab = Callable[[Person | None], Tab]
CHOICE = {"kind": "choice", "label": "Do you have any allergies?", "help": "", "options": "Yes\n\nNo", "required": True}


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
def http(database: str) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=ROUTES), HOST) as client:
        yield client


def templates(session: Session, scope: db.InWorkspace) -> list[str | None]:
    return [message.template for message in session.exec(select(Message).order_by(Message.id))]  # type: ignore[arg-type]


async def test_every_filter_with_a_number_shows_as_many_rows(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    work = desk.Desk(me.actor, facts.service(me.actor))
    work.request()
    tab = open_tab(me)
    await tab.fire(FormsState.load())
    state = await tab.state(FormsState)
    counts = vars(db.fetch_now(queries.request_counts, me.actor))
    assert {each.key: each.number for each in state.filters if each.number} == {
        name: str(count) for name, count in counts.items()
    }
    assert [line.form for line in state.lines] == ["Skin intake"]


async def test_a_question_is_built_saved_and_sent_back_when_it_is_wrong(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    tab = open_tab(me)
    await tab.fire(BuilderState.make({"name": "Skin intake", "starter": ""}))
    form_id = db.fetch_now(queries.form_list, me.actor)[0].id
    await tab.fire(FormsState.load(), path=f"/app/forms?form={form_id}")
    await tab.fire(BuilderState.add("choice"))
    await tab.fire(BuilderState.save_question({**CHOICE, "options": "Yes"}))
    state = await tab.state(BuilderState)
    assert state.editing == NEW and state.errors == {"options": "Give at least two answers to choose from."}
    await tab.fire(BuilderState.save_question(CHOICE))
    question = db.fetch_now(queries.form_card, me.actor, form_id).questions[0]
    assert (question.kind, question.options, question.required) == (QuestionKind.CHOICE, ("Yes", "No"), True)
    assert (await tab.state(BuilderState)).editing == ""


async def test_what_was_asked_before_keeps_its_version_when_questions_move(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    work = desk.Desk(me.actor, facts.service(me.actor))
    work.request()
    form_id = db.fetch_now(queries.form_list, me.actor)[0].id
    tab = open_tab(me)
    await tab.fire(FormsState.load(), path=f"/app/forms?form={form_id}")
    await tab.fire(BuilderState.move("q1", 1))
    card = db.fetch_now(queries.form_card, me.actor, form_id)
    assert (card.version, card.open_on_older, [q.key for q in card.questions]) == (2, 1, ["q2", "q1"])
    assert "older version" in (await tab.state(BuilderState)).note


async def test_staff_may_ask_for_forms_but_not_change_them(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    form_id = desk.Desk(me.actor, facts.service(me.actor)).form(desk.NAME)
    tab = open_tab(people.staff(me, Permission.FORMS))
    await tab.fire(FormsState.load(), path=f"/app/forms?form={form_id}")
    assert not (await tab.state(BuilderState)).shown
    await tab.fire(BuilderState.retire(True))
    assert "Ask an owner" in tab.said
    assert not db.fetch_now(queries.form_card, me.actor, form_id).is_retired


async def test_a_form_asked_by_hand_leaves_with_its_link_and_counts_as_sent(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    work = desk.Desk(me.actor, facts.service(me.actor))
    form_id, amelia = work.form(desk.NAME), facts.contact(me.actor)
    tab = open_tab(me)
    await tab.fire(AskingState.begin())
    await tab.fire(AskingState.save())
    assert "contact" in (await tab.state(AskingState)).problems
    await tab.fire(AskingState.pick_contact(str(amelia)))
    await tab.fire(AskingState.save())
    (row,) = db.fetch_now(queries.request_list, me.actor, form_id=form_id).rows
    assert row.status == FormStatus.NOT_SENT
    drain_now()
    assert db.fetch_now(templates, me.actor) == ["form_request"]


async def test_waiving_needs_a_reason(open_tab: OpenTab, clock) -> None:
    me = people.owner()
    request = desk.Desk(me.actor, facts.service(me.actor)).request()
    tab = open_tab(me)
    await tab.fire(FormsState.load(), path=f"/app/forms?request={request}")
    await tab.fire(RequestState.waive({"reason": " "}))
    assert (await tab.state(RequestState)).problem.startswith("Say why")
    await tab.fire(RequestState.waive({"reason": "Told us at the desk"}))
    state = await tab.state(RequestState)
    assert state.facts.status == "waived" and "Told us at the desk" in state.facts.waived


class TestFiles:
    """The routes beside the screen."""

    def test_a_document_is_added_and_handed_out_as_an_attachment(self, http: TestClient, clock) -> None:
        me = people.owner()
        form_id = desk.Desk(me.actor, facts.service(me.actor)).form(desk.NAME)
        sent = self.send(http, me, form_id, "Agreement")
        assert (sent.status_code, sent.json()) == (200, {})
        (paper,) = db.fetch_now(queries.form_card, me.actor, form_id).documents
        shown = http.get(f"/app/files/{paper.file_id}", headers={"cookie": me.cookie})
        assert shown.content == desk.PNG
        assert shown.headers["content-disposition"].startswith("attachment")
        assert shown.headers["x-content-type-options"] == "nosniff"

    def test_what_is_wrong_is_said_per_field(self, http: TestClient, clock) -> None:
        me = people.owner()
        form_id = desk.Desk(me.actor, facts.service(me.actor)).form(desk.NAME)
        assert "title" in self.send(http, me, form_id, " ").json()
        assert "file" in self.send(http, me, form_id, "Agreement", b"MZ\x90 a program").json()

    @pytest.mark.parametrize("granted", [(), (Permission.INVENTORY, Permission.INBOX)])
    def test_files_are_for_those_who_work_with_forms(self, http: TestClient, clock, granted) -> None:
        me = people.owner()
        form_id = desk.Desk(me.actor, facts.service(me.actor)).form(desk.NAME)
        self.send(http, me, form_id, "Agreement")
        (paper,) = db.fetch_now(queries.form_card, me.actor, form_id).documents
        sam, other = people.staff(me, *granted), people.owner("Other", "other@example.com")
        address = f"/app/files/{paper.file_id}"
        assert http.get(address, headers={"cookie": sam.cookie}).status_code == 403
        assert http.get(address, headers={"cookie": other.cookie}).status_code == 404
        assert http.get(address).status_code == 401

    def test_another_site_cannot_send_one(self, http: TestClient, clock) -> None:
        me = people.owner()
        form_id = desk.Desk(me.actor, facts.service(me.actor)).form(desk.NAME)
        assert self.send(http, me, form_id, "Agreement", origin="http://evil.test").status_code == 403
        assert db.fetch_now(queries.form_card, me.actor, form_id).documents == ()

    @staticmethod
    def send(http: TestClient, who: Person, form_id: int, title: str, content: bytes = desk.PNG, origin: str = HOST):
        return http.post(
            f"/app/files/for-form/{form_id}", data={"title": title}, files={"file": ("paper.png", content)},
            headers={"cookie": who.cookie, "origin": origin},
        )  # fmt: skip
