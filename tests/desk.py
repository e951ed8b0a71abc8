"""A business with one service and forms for it, as tests of forms and of their public page need it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from careops_app.forms import answering, building, queries, service
from careops_app.forms.rules import FormStatus, Question, QuestionKind
from careops_app.infra import db, files
from careops_app.infra.outbox import OutboxEvent, told
from careops_app.workspace import links
from careops_app.workspace.access import Actor
from careops_app.workspace.models import Purpose
from tests import facts, people

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
NAME = Question("q1", QuestionKind.TEXT, "What should we call you?", required=True)
PHOTO = Question("q2", QuestionKind.FILE, "A photo of the area")


@dataclass(frozen=True)
class Desk:
    """The owner's hands on the forms of one business."""

    owner: Actor
    service_id: int

    def do(self, command: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Run one command as the owner."""
        return db.transact_now(command, self.owner, *args, **named)

    def form(self, *questions: Question, name: str = "Skin intake", linked: bool = True) -> int:
        form_id = self.do(building.create_form, name, "About 4 minutes.")
        self.do(building.save_questions, form_id, questions)
        if linked:
            self.do(building.link_to_services, form_id, [self.service_id])
        return form_id

    def asked(self, visit: facts.Visit) -> list[int]:
        """What automation does when a booking is confirmed."""
        return db.transact_now(service.request_for_booking, self.owner.workspace_id, visit.id)

    def request(self, *questions: Question) -> int:
        """A form asked for a visit in three days."""
        self.form(*(questions or (NAME, PHOTO)))
        return self.asked(facts.visit(self.owner, self.service_id))[0]

    def customer(self, command: Callable[..., Any], *args: Any) -> Any:
        return db.transact_now(command, self.owner.workspace_id, *args)

    def upload(self, request_id: int, question: str = "q2", content: bytes = PNG) -> str | None:
        return self.customer(answering.attach_file, request_id, question, files.accept("cheek.png", content))

    def link(self, request_id: int, expires_at: datetime | None = None) -> str:
        """The address that a customer gets by mail."""
        token = self.customer(links.link_token, Purpose.FORM, request_id, expires_at)
        return f"/f/{token}"

    def row(self, request_id: int) -> queries.RequestRow:
        return db.fetch_now(queries.request_row, self.owner, request_id)

    def status(self, request_id: int) -> FormStatus:
        return self.row(request_id).status

    def events(self, *names: str) -> list[Any]:
        return [event for event in db.fetch_now(_events, self.owner) if event.name in names]


def _events(session: Session, actor: Actor) -> list[Any]:
    return [told(row) for row in session.exec(select(OutboxEvent).order_by(OutboxEvent.id))]  # type: ignore[arg-type]


def new_desk() -> Desk:
    """A new business with one service."""
    owner = people.owner().actor
    return Desk(owner, facts.service(owner))
