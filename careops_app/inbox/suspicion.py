"""How suspicious an inquiry is: its words, how it came, and how much came before it. Spends the budgets of the business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from careops_app.inbox import spam_rules
from careops_app.inbox.models import Inquiry
from careops_app.inbox.quarantine_models import QuarantinedInquiry
from careops_app.inbox.receiving import InquiryForm
from careops_app.inbox.spam_rules import Sending, Sign
from careops_app.infra import proof, security, throttle

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_PROVEN = 10  # an hour, per business: whoever has machines to do the work still fills no inbox


@dataclass(frozen=True)
class Arrival:
    """An inquiry as it came in, from one network. `seconds_open` None: it came without a page of ours."""

    workspace_id: int
    form: InquiryForm
    network: str
    trapped: bool = False
    seconds_open: float | None = None


@dataclass(frozen=True)
class Proof:
    """What the visitor's browser found: the number that solves the challenge."""

    challenge: str
    number: str


def judge(session: Session, arrival: Arrival) -> tuple[Sign, ...]:
    """The signs that speak against an inquiry; counts it in every budget. Runs as the system, before it is taken.

    One that is here already is neither counted nor judged again: whatever was decided stands.
    """
    if _is_here(session, arrival):
        return ()
    form = arrival.form
    signs = spam_rules.signs_of_words(form.name, form.message) + spam_rules.signs_of_sending(_sending(session, arrival))
    busy = not spam_rules.is_suspected(signs) and _is_busy(session, arrival.workspace_id)
    return (*signs, Sign.BUSY) if busy else signs


def _is_here(session: Session, arrival: Arrival) -> bool:
    return any(
        session.exec(
            select(col(model.id)).where(
                model.workspace_id == arrival.workspace_id, model.idempotency_key == arrival.form.idempotency_key
            )
        ).first()
        for model in (Inquiry, QuarantinedInquiry)
    )


def _sending(session: Session, arrival: Arrival) -> Sending:
    form, here = arrival.form, arrival.workspace_id

    def uses(kind: str, what: str, window: timedelta) -> int:
        return throttle.count_use(session, f"inquiry-{kind}:{here}:{security.digest(what)}", window) if what else 1

    addresses = sorted(filter(None, (form.email.strip().lower(), "".join(filter(str.isdigit, form.phone)))))
    words = " ".join(form.message.lower().split())
    return Sending(
        trapped=arrival.trapped,
        seconds_open=arrival.seconds_open,
        from_network=uses("network", arrival.network, HOUR),
        from_address=max((uses("address", each, DAY) for each in addresses), default=1),
        same_words=uses("words", words if len(words) >= spam_rules.SHORTEST_COPY else "", DAY),
    )


def _is_busy(session: Session, workspace_id: int) -> bool:
    return throttle.count_use(session, f"inquiry-calm:{workspace_id}", HOUR) > spam_rules.MOST_PER_BUSINESS


def spend_proof(session: Session, workspace_id: int, given: Proof) -> None:
    """Count a sound proof in the budget of the business; the same one counts once. Runs as the system.

    Raises Refused(code="no_proof"), Throttled.
    """
    subject = proof.subject_of(given.challenge, given.number, purpose_of(workspace_id))
    throttle.spend_once(session, f"proof:{workspace_id}:{subject}", f"proven:{workspace_id}", MOST_PROVEN, HOUR)


def purpose_of(workspace_id: int) -> str:
    """What a challenge of this business is good for."""
    return f"inquiry to {workspace_id}"
