"""Commands that keep what there is: backup, restore, the release afterwards, and the export of one business."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from careops_app.cli.frame import CALLED_FROM, business, commands, database
from careops_app.infra.settings import settings

BACKUP_EXAMPLES = "Examples: careops backup careops.zip; careops backup /backups (a name with the time is chosen)."
RESTORE_EXAMPLES = "Example: stop CareOps, name an empty database and data folder, then careops restore careops.zip."
KEYS_APART = (
    "The keys are not in it. Keep {} apart from it: without them stored passwords of channels cannot be read, and links "
    "that customers have been sent do not open."
)


@commands.command(epilog=BACKUP_EXAMPLES)
def backup(file: Annotated[Path, typer.Argument(help="The file to write, or a folder.")]) -> None:
    """Write everything into one file, while CareOps runs: every row of one moment, every uploaded file, a manifest."""
    from careops_app.infra import clock
    from careops_app.infra.backup import taking

    target = CALLED_FROM / file.expanduser()
    if target.is_dir():
        target /= f"careops-{clock.now():%Y-%m-%dT%H%M%SZ}.zip"
    with database(migrated=False):
        manifest = taking.take(target)
    size = target.stat().st_size / 1_000_000
    print(f"{target}: {manifest.row_count} rows, {len(manifest.files)} files, {size:.1f} MB.")
    print(KEYS_APART.format(_where_the_keys_are()))


@commands.command(epilog=RESTORE_EXAMPLES)
def restore(file: Annotated[Path, typer.Argument(help="A file that `careops backup` wrote.")]) -> None:
    """Bring a backup back into an empty installation; nothing is sent afterwards until it is released."""
    from careops_app.infra import belonging
    from careops_app.infra.backup import restoring
    from careops_app.workspace import restored

    with database(migrated=False):
        manifest = restoring.restore(
            CALLED_FROM / file.expanduser(), lambda connection, of: restored.hold_all(connection, of.taken_at)
        )
        belonging.mark()
    print(
        f"Restored as of {manifest.taken_at:%Y-%m-%d %H:%M} UTC: {manifest.row_count} rows in {len(manifest.tables)} tables "
        f"and {len(manifest.files)} files; counts and checksums agree."
    )
    print("Nothing is sent until an owner presses Release in the app, or you run: careops release")
    if other := restoring.has_other_keys(manifest):
        print(
            f"careops: this installation has another {' and '.join(other)} key than the backup was made with; "
            "put the old keys in place before you release it",
            file=sys.stderr,
        )


@commands.command()
def release(
    workspace: Annotated[str, typer.Option(help="Only this business: the last part of its booking page.")] = "",
) -> None:
    """After a restore: let messages go out again, for all businesses or for one."""
    from careops_app.infra import db
    from careops_app.workspace import queries, restored

    with business():
        one = db.fetch_now(queries.by_slug, db.SYSTEM, workspace).id if workspace else None
        released = db.transact_now(restored.release_by_operator, db.SYSTEM, one)
    print(f"Released: {len(released)}." if released else "Nothing was held.")


@commands.command(epilog="Example: careops export harbour-clinic harbour.zip")
def export(
    workspace: Annotated[str, typer.Argument(help="The last part of its booking page.")],
    file: Annotated[Path, typer.Argument(help="The zip to write.")],
) -> None:
    """Write one business as a zip of CSV, JSON and its files, for taking along; without any credential."""
    from careops_app.infra import db
    from careops_app.infra.backup import export as exporting
    from careops_app.workspace import queries

    with business():
        found = db.fetch_now(queries.by_slug, db.SYSTEM, workspace)
        written = exporting.export(found.id, CALLED_FROM / file.expanduser())
    print(f"{found.name}: {written.rows} rows, {written.files} files.")


def _where_the_keys_are() -> str:
    given = {
        "CAREOPS_SECRET_KEY": settings().given_secret_key,
        "CAREOPS_ENCRYPTION_KEY": settings().given_encryption_key,
    }
    kept = {"CAREOPS_SECRET_KEY": "secret.key", "CAREOPS_ENCRYPTION_KEY": "encryption.key"}
    return " and ".join(name if value else str(settings().data_dir / kept[name]) for name, value in given.items())
