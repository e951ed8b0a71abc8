"""What the team decides about one planned message: skip it, write it differently, or let it go as planned after all.

Only these exceptions are stored. They are kept by what the message is (about, rule, lead), so they survive a move.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from careops_app.automation.models import PlanChange
from careops_app.inbox.templates import Words

SKIPPED = "skipped_by_hand"


@dataclass(frozen=True)
class Change:
    """A decision about one planned message and who made it; `words` None: it is skipped."""

    words: Words | None
    by: str

    @property
    def skips(self) -> bool:
        return self.words is None


@dataclass(frozen=True)
class PlanKey:
    """Which planned message: of what record, by which rule, with which lead."""

    about: str
    about_id: int
    rule: str
    minutes: int


def of_message(session: Session, about: str | None, about_id: int | None, rule: str, minutes: int) -> Change | None:
    """What was decided about this message; None when nothing was."""
    row = session.exec(
        select(PlanChange).where(
            PlanChange.about == about, PlanChange.about_id == about_id, PlanChange.rule == rule,
            PlanChange.minutes == minutes,
        )
    ).first()  # fmt: skip
    return _change(row) if row else None


def of_records(session: Session, about: str, ids: list[int]) -> dict[PlanKey, Change]:
    """What was decided about planned messages of these records."""
    rows = session.exec(select(PlanChange).where(PlanChange.about == about, col(PlanChange.about_id).in_(ids)))
    return {PlanKey(row.about, row.about_id, row.rule, row.minutes): _change(row) for row in rows}


def _change(row: PlanChange) -> Change:
    return Change(None if row.words is None else Words(**row.words), row.made_by_name)


def put(session: Session, row: PlanChange) -> None:
    """Write down a decision in place of an earlier one about the same message."""
    values = row.model_dump(exclude={"id"})
    statement = insert(PlanChange).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "about", "about_id", "rule", "minutes"],
            set_={name: values[name] for name in ("words", "made_at", "made_by", "made_by_name")},
        )
    )


def take_back(session: Session, key: PlanKey) -> None:
    """Forget a decision: the message goes as planned."""
    session.execute(
        delete(PlanChange).where(
            col(PlanChange.about) == key.about, col(PlanChange.about_id) == key.about_id,
            col(PlanChange.rule) == key.rule, col(PlanChange.minutes) == key.minutes,
        )
    )  # fmt: skip
