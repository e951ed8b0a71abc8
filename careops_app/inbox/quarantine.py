"""Inquiries that look like spam wait here: kept, not sent on, until a proof or a person decides. Accept acts once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, delete, select

from careops_app.contacts import rules as spelling
from careops_app.errors import NotFound, Refused
from careops_app.inbox import receiving, spam_rules
from careops_app.inbox.models import Inquiry
from careops_app.inbox.quarantine_models import Decision, QuarantinedInquiry
from careops_app.inbox.receiving import InquiryForm
from careops_app.inbox.spam_rules import Sign
from careops_app.inbox.suspicion import Proof, purpose_of
from careops_app.infra import clock, proof, security
from careops_app.infra.db import load, lock_names
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace
from careops_app.workspace.service import audit

KEPT_DAYS = 30


@dataclass(frozen=True)
class Judged:
    """An inquiry with the signs that speak against it, and the network it came from."""

    form: InquiryForm
    signs: tuple[Sign, ...]
    network: str


@dataclass(frozen=True)
class Taken:
    """Where an inquiry went. With a `challenge` it waits, and a proof of work lets it pass."""

    waits: bool
    challenge: str = ""


def take(session: Session, workspace_id: int, judged: Judged) -> Taken:
    """Take an inquiry, or let it wait when it is suspected. The same key is taken once and never twice.

    Raises Invalid per field; Refused(code="key_reused") when the key was used for other words.
    """
    form = judged.form
    receiving.check_key(form)
    lock_names(session, [receiving.lock_of(workspace_id, form)])
    if (earlier := _by_key(session, form.idempotency_key)) is not None:
        return _again(workspace_id, earlier, form)
    if not spam_rules.is_suspected(judged.signs) or _inquiry_of(session, form.idempotency_key):
        receiving.submit_inquiry(session, workspace_id, form)
        return Taken(waits=False)
    return _told(workspace_id, _keep(session, workspace_id, judged))


def _again(workspace_id: int, earlier: QuarantinedInquiry, form: InquiryForm) -> Taken:
    receiving.check_same_words(earlier.fingerprint, form)
    return _told(workspace_id, earlier)


def _told(workspace_id: int, row: QuarantinedInquiry) -> Taken:
    if row.decision is not None or not spam_rules.may_be_proven(Sign(sign) for sign in row.signs):
        return Taken(waits=row.decision is None)
    return Taken(waits=True, challenge=proof.challenge(str(row.id), purpose_of(workspace_id)))


def _keep(session: Session, workspace_id: int, judged: Judged) -> QuarantinedInquiry:
    typed = receiving.typed(judged.form)
    _check_person(load(session, Workspace, workspace_id).phone_region, typed)
    row = QuarantinedInquiry(
        workspace_id=workspace_id, name=typed.name, email=typed.email, phone=typed.phone, message=typed.message,
        signs=[str(sign) for sign in judged.signs], idempotency_key=typed.idempotency_key,
        network=security.derived_token("network", workspace_id, judged.network),
        fingerprint=receiving.fingerprint(judged.form), received_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _check_person(region: str, typed: InquiryForm) -> None:
    """The same refusals as those of an inquiry that is taken at once. Raises Invalid(name | email | phone)."""
    spelling.person_name(typed.name)
    if typed.email:
        spelling.normalised_email(typed.email)
    if typed.phone:
        spelling.normalised_phone(typed.phone, region)


def prove(session: Session, workspace_id: int, given: Proof) -> None:
    """Let an inquiry pass for which the visitor's browser has done its work; each proof counts once.

    Raises Refused(code="no_proof" | "proof_used"), NotFound.
    """
    subject = proof.subject_of(given.challenge, given.number, purpose_of(workspace_id))
    found = load(session, QuarantinedInquiry, int(subject), lock=True)
    if found.decision is not None:
        raise Refused("This proof was used before.", code="proof_used")
    if not spam_rules.may_be_proven(Sign(sign) for sign in found.signs):
        raise Refused("Somebody of the business decides about this message.", code="no_proof")
    _release(session, found, Decision.PROVEN, None)


def accept(session: Session, actor: Actor, inquiry_id: int) -> int:
    """It is no spam: run the normal rules, once however often and by however many it is pressed; the conversation's id.

    Raises Forbidden, NotFound, Refused(code="discarded").
    """
    require(actor, Permission.INBOX)
    row = load(session, QuarantinedInquiry, inquiry_id, lock=True)
    if row.decision == Decision.DISCARDED:
        raise Refused("Somebody has discarded this message meanwhile.", code="discarded")
    if row.decision is None:
        _release(session, row, Decision.ACCEPTED, actor.member_id)
        audit(session, actor, "accepted the suspected message of", row.name)
    found = _inquiry_of(session, row.idempotency_key)
    if found is None:
        raise NotFound("The conversation")
    return found.conversation_id


def discard(session: Session, actor: Actor, inquiry_id: int) -> None:
    """It is spam: nobody hears of it again, and it is deleted with its time. Twice is once.

    Raises Forbidden, NotFound, Refused(code="accepted").
    """
    require(actor, Permission.INBOX)
    row = load(session, QuarantinedInquiry, inquiry_id, lock=True)
    if row.decision == Decision.DISCARDED:
        return
    if row.decision is not None:
        raise Refused("This message is in the inbox already.", code="accepted")
    _decide(session, row, Decision.DISCARDED, actor.member_id)
    audit(session, actor, "discarded the suspected message of", row.name)


def sweep_quarantine(session: Session) -> None:
    """Delete what has been here for 30 days, decided or not, in all businesses."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    session.execute(delete(QuarantinedInquiry).where(col(QuarantinedInquiry.received_at) < before))


def _release(session: Session, row: QuarantinedInquiry, decision: Decision, member_id: int | None) -> None:
    _decide(session, row, decision, member_id)
    form = InquiryForm(row.name, row.email, row.phone, row.message, row.idempotency_key)
    receiving.submit_inquiry(session, row.workspace_id, form)


def _decide(session: Session, row: QuarantinedInquiry, decision: Decision, member_id: int | None) -> None:
    row.decision, row.decided_at, row.decided_by = decision, clock.now(), member_id
    session.add(row)
    session.flush()


def _by_key(session: Session, key: str) -> QuarantinedInquiry | None:
    return session.exec(select(QuarantinedInquiry).where(QuarantinedInquiry.idempotency_key == key)).first()


def _inquiry_of(session: Session, key: str) -> Inquiry | None:
    return session.exec(select(Inquiry).where(Inquiry.idempotency_key == key)).first()
