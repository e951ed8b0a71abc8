"""The team decides about one planned message of one visit: skip it, put it into other words, let it go as planned."""

from __future__ import annotations

from sqlmodel import Session, col, select

from careops_app.automation import coming, locks, plan_changes, subjects, versions, waiting
from careops_app.automation.models import PlanChange
from careops_app.automation.plan_changes import PlanKey
from careops_app.automation.rules import RULES
from careops_app.bookings.models import Booking
from careops_app.errors import Invalid, NotFound, Refused
from careops_app.forms.models import FormRequest
from careops_app.inbox import sending, setup, templates
from careops_app.inbox.models import Message
from careops_app.inbox.templates import Template, Words
from careops_app.infra import clock
from careops_app.infra.db import InWorkspace, load
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.service import audit

TOO_LATE = "This message has gone out, or nothing is planned any more. Look at the plan again."


def skip_planned(session: Session, actor: Actor, key: PlanKey) -> None:
    """Do not send one message of the plan. Raises Forbidden, NotFound, Refused when it is too late."""
    require(actor, Permission.BOOKINGS)
    written = _take(session, actor, key)
    for message in written:
        sending.skip(session, message, plan_changes.SKIPPED)
    _keep(session, actor, key, None)
    audit(session, actor, "skipped a planned message", RULES[key.rule].name, about=key.about, about_id=key.about_id)


def reword_planned(session: Session, actor: Actor, key: PlanKey, words: Words) -> None:
    """Send one message of the plan in these words. Placeholders stay alive: a moved visit is told with its new time.

    Raises Forbidden, NotFound, Invalid(subject | body | text), Refused when it is too late.
    """
    require(actor, Permission.BOOKINGS)
    template = Template(_rule(key).template or "")
    checked = templates.checked_words(template, words)
    if not checked.body:
        raise Invalid(body="Enter a text.")
    for message in _take(session, actor, key):
        waiting.rewrite(session, message, checked)
    _keep(session, actor, key, checked)
    audit(session, actor, "reworded a planned message", RULES[key.rule].name, about=key.about, about_id=key.about_id)


def send_as_planned(session: Session, actor: Actor, key: PlanKey) -> None:
    """Take a decision about a message that is still to come back. Raises Forbidden, NotFound."""
    require(actor, Permission.BOOKINGS)
    locks.changing(session, actor.workspace_id, _rule(key).key)
    _contact(session, key)
    plan_changes.take_back(session, key)
    audit(session, actor, "let a planned message go", RULES[key.rule].name, about=key.about, about_id=key.about_id)


def words_of_planned(session: Session, scope: InWorkspace | int, key: PlanKey) -> Words:
    """The words one planned message goes out in, with their placeholders, to begin a change with. Raises NotFound."""
    rule = _rule(key)
    _contact(session, key)
    change = plan_changes.of_message(session, key.about, key.about_id, key.rule, key.minutes)
    service_id = subjects.service_of_record(session, key.about, key.about_id)
    own = (change.words if change else None) or versions.terms_for(session, rule.key, service_id).words
    standard = setup.wording_of(session, rule.template or "")
    return own if own.body else Words(standard.subject, standard.body, own.text)


def _rule(key: PlanKey):
    if key.rule not in RULES or RULES[key.rule].template is None:
        raise NotFound("The rule")
    return RULES[key.rule]


def _take(session: Session, actor: Actor, key: PlanKey) -> list[Message]:
    """The written messages that wait under this key, locked; none while it is still to come. Raises Refused.

    The rule is locked first: a message is either planned or written, and not in between.
    """
    locks.changing(session, actor.workspace_id, _rule(key).key)
    _contact(session, key)
    statement = select(Message).where(
        Message.about == key.about, Message.about_id == key.about_id, Message.rule == key.rule,
        Message.step_minutes == key.minutes, col(Message.state).in_(waiting.WAITS),
    )  # fmt: skip
    locked = statement.order_by(col(Message.id)).with_for_update().execution_options(populate_existing=True)
    written = list(session.exec(locked))
    if not written and not _is_coming(session, key):
        raise Refused(TOO_LATE, code="too_late")
    return written


def _is_coming(session: Session, key: PlanKey) -> bool:
    if key.about == "booking":
        found = coming.of_bookings(session, [load(session, Booking, key.about_id)])
    elif key.about == "form_request":
        found = coming.of_forms(session, [load(session, FormRequest, key.about_id)])
    else:
        return False
    return any(one.key == key for one in found)


def _contact(session: Session, key: PlanKey) -> int | None:
    """Whom the record is about. Raises NotFound when whoever asks does not see it."""
    if key.about == "booking":
        return load(session, Booking, key.about_id).contact_id
    if key.about == "form_request":
        return load(session, FormRequest, key.about_id).contact_id
    return None


def _keep(session: Session, actor: Actor, key: PlanKey, words: Words | None) -> None:
    """Of a rule with moments, so that it holds for the message whenever it is written; others are written already."""
    contact_id = _contact(session, key)
    if RULES[key.rule].moments is None or contact_id is None:
        return
    plan_changes.put(
        session,
        PlanChange(
            workspace_id=actor.workspace_id, about=key.about, about_id=key.about_id, contact_id=contact_id, rule=key.rule,
            minutes=key.minutes, words=vars(words) if words else None, made_at=clock.now(), made_by=actor.member_id,
            made_by_name=actor.name,
        ),
    )  # fmt: skip
