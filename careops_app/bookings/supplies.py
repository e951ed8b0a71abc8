"""What bookings ask of stock, without knowing what stock is: whoever keeps it answers.

Customers never read a word of it: a service whose supplies are missing offers no times, or asks for approval.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from sqlmodel import Session


class Supply(StrEnum):
    """What becomes of a visit, given the stock there is."""

    ENOUGH = "enough"  # or the business only wants to be warned
    APPROVE = "approve"
    HIDE = "hide"


Minds = Callable[[Session, int, int], bool]
Answers = Callable[[Session, int, int, bool], Supply]

_minds: list[Minds] = []
_answers: list[Answers] = []


def answered_by(minds: Minds, answers: Answers) -> None:
    """Register who keeps stock: whether a service has supplies that decide (kept under the calendar stamp), and how
    they stand for one more visit; with `lock` they stay as they are until the transaction ends."""
    _minds[:], _answers[:] = [minds], [answers]


def minds_stock(session: Session, workspace_id: int, service_id: int) -> bool:
    """Whether stock has a say in what this service offers."""
    return any(minds(session, workspace_id, service_id) for minds in _minds)


def supply(session: Session, workspace_id: int, service_id: int, *, lock: bool = False) -> Supply:
    """Whether there is enough for one more visit."""
    found = [answers(session, workspace_id, service_id, lock) for answers in _answers]
    return found[0] if found else Supply.ENOUGH
