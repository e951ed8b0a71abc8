"""Commands about what leaves the house: tests of channels, what waits or has failed, and the keys of credentials."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from careops_app.cli.frame import CALLED_FROM, business, commands, give_up
from careops_app.errors import Refused
from careops_app.infra.settings import new_secret, reset_settings, settings, write_secret

mail = typer.Typer(no_args_is_help=True, help="The e-mail channel of a business.")
sms = typer.Typer(no_args_is_help=True, help="The text message channel of a business.")
jobs = typer.Typer(no_args_is_help=True, help="What waits and what has failed: events, rules, messages.")
keys = typer.Typer(no_args_is_help=True, help="The keys of this installation.")
for group, word in ((mail, "mail"), (sms, "sms"), (jobs, "jobs"), (keys, "keys")):
    commands.add_typer(group, name=word)


class Which(StrEnum):
    """What `jobs list` shows; the words of automation.jobs.Which, which is not loaded for every command."""

    WAITING = "waiting"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


Slug = Annotated[str, typer.Argument(help="The last part of its booking page.")]


@mail.command("test", epilog="Example: careops mail test harbour-clinic you@example.com")
def test_mail(workspace: Slug, to: Annotated[str, typer.Argument(help="An address of your own.")]) -> None:
    """Send one mail through the channel of a business, for real, and print what its server said."""
    _test(workspace, "email", to)


@sms.command("test", epilog="Example: careops sms test harbour-clinic +441314960142")
def test_sms(workspace: Slug, to: Annotated[str, typer.Argument(help="A number of your own.")]) -> None:
    """Send one text through the channel of a business, for real, and print what its provider said."""
    _test(workspace, "sms", to)


def _test(slug: str, kind: str, to: str) -> None:
    from careops_app.inbox import trying
    from careops_app.inbox.models import ChannelKind
    from careops_app.infra import db
    from careops_app.workspace import access, queries

    with business():
        found = db.fetch_now(queries.by_slug, db.SYSTEM, slug)
        said = asyncio.run(trying.send_test(access.operator(found.id), ChannelKind(kind), to))
    if not said.works:
        give_up(" ".join(part for part in (said.words, said.hint) if part))
    print(said.words)


@jobs.command("list", epilog="Example: careops jobs list failed --workspace harbour-clinic")
def list_jobs(
    which: Annotated[Which, typer.Argument()] = Which.FAILED,
    workspace: Annotated[str, typer.Option(help="Only this business.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Of each kind.")] = 200,
) -> None:
    """Print events, rule runs and messages that wait, have failed, or are uncertain; one a line, tabs between."""
    from careops_app.automation import jobs as found
    from careops_app.infra import db

    with business():
        for job in db.fetch_now(found.jobs, db.SYSTEM, found.Which(which), _id_of(workspace), limit):
            due = f"{job.due_at:%Y-%m-%dT%H:%M:%SZ}" if job.due_at else "-"
            print(
                job.kind, job.number, job.business, job.state, due, f"{job.tries} tries", job.what, job.reason, sep="\t"
            )


@jobs.command("retry", epilog="Examples: careops jobs retry message 4711; careops jobs retry --all-failed")
def retry_jobs(
    kind: Annotated[str, typer.Argument(help="message or event")] = "",
    number: Annotated[int, typer.Argument(min=0)] = 0,
    all_failed: Annotated[bool, typer.Option("--all-failed", help="Everything that `jobs list failed` shows.")] = False,
    workspace: Annotated[str, typer.Option(help="With --all-failed: only this business.")] = "",
) -> None:
    """Try again what has failed; no effect happens twice. What is uncertain is retried by its number only."""
    from careops_app.automation import jobs as found
    from careops_app.infra import db

    if all_failed == bool(kind) or (kind and kind not in ("message", "event")):
        raise typer.BadParameter("name `message NUMBER` or `event NUMBER`, or say --all-failed")
    with business():
        if all_failed:
            failed = db.fetch_now(found.jobs, db.SYSTEM, found.Which.FAILED, _id_of(workspace), 10_000)
            wanted = {(job.workspace_id, job.kind, job.number) for job in failed}
        else:
            wanted = {(db.fetch_now(found.whose, db.SYSTEM, kind, number), kind, number)}
        done = sum(db.transact_now(found.retry, *each) for each in sorted(wanted))
    print(f"Tried again: {done} of {len(wanted)}.")


def _id_of(slug: str) -> int | None:
    from careops_app.infra import db
    from careops_app.workspace import queries

    return db.fetch_now(queries.by_slug, db.SYSTEM, slug).id if slug else None


@keys.command("rotate", epilog="Stop CareOps first and start it afterwards: what runs keeps the key it began with.")
def rotate_keys(
    old_key_file: Annotated[
        Path | None, typer.Option(help="A file with the old key, when CAREOPS_ENCRYPTION_KEY names the new one only.")
    ] = None,
) -> None:
    """Encrypt every stored channel password under a new encryption key.

    A key in the data folder is replaced by a new one. A key of your own: set CAREOPS_ENCRYPTION_KEY to the new key, a
    comma, and the old one (or name --old-key-file), run this, then remove the old one.
    """
    old = [_read(CALLED_FROM / old_key_file)] if old_key_file else []
    with business():
        if settings().given_encryption_key is None:
            print(f"{_rotate_kept(*old)} sealed anew; the new key is in {settings().data_dir / 'encryption.key'}.")
        else:
            if not old and "," not in settings().encryption_key:
                raise Refused("CAREOPS_ENCRYPTION_KEY names one key: put the new one before it, with a comma between.")
            print(f"{_reseal(*old)} sealed anew under the first key; the old one may go.")


def _rotate_kept(*old: str) -> int:
    """Until all is sealed anew, the file names both keys, so that a crash leaves nothing that cannot be read."""
    path, before, fresh = settings().data_dir / "encryption.key", settings().encryption_key, new_secret()
    write_secret(path, f"{fresh},{before}")
    reset_settings()
    count = _reseal(*old)
    write_secret(path, fresh)
    reset_settings()
    return count


def _reseal(*old: str) -> int:
    from careops_app.inbox import trying
    from careops_app.infra import db

    return db.transact_now(trying.reseal, db.SYSTEM, *old)


def _read(path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise Refused(f"{path}: {problem.strerror}.") from None
