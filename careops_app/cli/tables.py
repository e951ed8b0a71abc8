"""Commands about the database's tables: `db upgrade`, `db current`; `migrate` is the older name of the first."""

import typer

from careops_app.cli.frame import commands, database

tables = typer.Typer(no_args_is_help=True, help="The database's tables.")
commands.add_typer(tables, name="db")


@tables.command("upgrade")
@commands.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    from careops_app.infra import postgres

    with database(migrated=False):
        postgres.bring_up_to_date()
    print("The database is up to date.")


@tables.command("current")
def current() -> None:
    """Print the revision of the tables and the newest one; exit code 2 when they differ."""
    from careops_app.infra import postgres

    with database(migrated=False):
        here, newest = postgres.revisions()
    print(f"{here or 'no tables'}, newest is {newest}")
    if here != newest:
        raise SystemExit(2)
