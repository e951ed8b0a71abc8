"""Files that come with mails: stored under the rules of infra/files.py, or named with the reason why they were not."""

from __future__ import annotations

import base64
from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session, col, select

from careops_app.errors import Invalid
from careops_app.inbox.mail import Enclosed, ParsedMail
from careops_app.inbox.mail_models import InboundMail, MailFile
from careops_app.inbox.rules import one_line
from careops_app.infra import files
from careops_app.infra.db import load
from careops_app.workspace.access import Actor, Permission, require

NOT_KEPT = "This kind of file is not kept here. It is still in the mailbox."
LONGEST_NAME = 120


def keep_files(session: Session, mail: InboundMail, parsed: ParsedMail) -> None:
    """Store what came with a mail. When the transaction fails the bytes are left to `files.sweep`."""
    for each in parsed.enclosed:
        session.add(_kept(mail, each))
    if parsed.left_out:
        session.add(
            MailFile(
                workspace_id=mail.workspace_id,
                mail_id=mail.id,
                name=f"{parsed.left_out} more",
                problem="Too many files came with it.",
            )
        )
    session.flush()


def _kept(mail: InboundMail, enclosed: Enclosed) -> MailFile:
    row = MailFile(
        workspace_id=mail.workspace_id, mail_id=mail.id, name=_name(enclosed.name), size=enclosed.size,
        problem=enclosed.problem,
    )  # fmt: skip
    if row.problem:
        return row
    try:
        accepted = files.accept(enclosed.name, base64.b64decode(enclosed.content))
    except (Invalid, ValueError):
        row.problem = NOT_KEPT
        return row
    row.name, row.content_type, row.sha256 = accepted.name, accepted.content_type, accepted.sha256
    row.key = files.store().keep(mail.workspace_id, accepted.content)
    return row


def _name(given: str) -> str:
    """A name that is only shown: one line, no path, no marks that turn text around."""
    return one_line(given.replace("\\", "/").rpartition("/")[2], LONGEST_NAME) or "file"


@dataclass(frozen=True)
class FileRow:
    """A file of a mail; `problem` says why it is not here."""

    id: int
    name: str
    size: int
    problem: str


def files_of(session: Session, mail_ids: list[int]) -> dict[int, tuple[FileRow, ...]]:
    """The files of each of these mails, in the order of the mail."""
    found: dict[int, list[FileRow]] = defaultdict(list)
    for each in session.exec(select(MailFile).where(col(MailFile.mail_id).in_(mail_ids)).order_by(col(MailFile.id))):
        found[each.mail_id].append(FileRow(each.id, each.name, each.size, each.problem))
    return {mail_id: tuple(rows) for mail_id, rows in found.items()}


def file_content(session: Session, actor: Actor, file_id: int) -> files.Accepted:
    """A file of a mail. Raises Forbidden, NotFound."""
    require(actor, Permission.INBOX)
    row = load(session, MailFile, file_id)
    return files.Accepted(row.name, row.content_type, files.store().read(row.key or ""))


@files.keeps
def _kept_keys(session: Session) -> list[str]:
    return [key for key in session.exec(select(MailFile.key).where(col(MailFile.key).is_not(None))) if key]
