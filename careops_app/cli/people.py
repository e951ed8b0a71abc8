"""Commands about businesses, the people who sign in, and keys for programs."""

import typer

from careops_app.cli.frame import business, commands
from careops_app.infra.settings import settings

api_key = typer.Typer(no_args_is_help=True, help="Keys for the HTTP API.")
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
commands.add_typer(api_key, name="api-key")
commands.add_typer(user, name="user")


@api_key.command("create")
def create_api_key(workspace: str, name: str = "command line") -> None:
    """Print a new API key for the business with this public address (the last part of its booking page)."""
    from careops_app.infra import db
    from careops_app.workspace import queries, service

    with business():
        found = db.fetch_now(queries.by_slug, db.SYSTEM, workspace)
        print(db.transact_now(service.create_api_key, found.id, name))


@user.command("reset-password")
def reset_password(email: str) -> None:
    """Print a link with which this person sets a new password; it works once, for 30 minutes."""
    from careops_app.infra import db
    from careops_app.workspace import sign_in

    with business():
        token = db.transact_now(sign_in.new_reset_token, db.SYSTEM, email)
    print(f"{settings().public_url}/reset/{token}")
