"""Commands about businesses, the people who sign in, and keys for programs."""

from typing import Annotated

import typer

from careops_app.cli.frame import business, commands
from careops_app.infra.settings import settings
from careops_app.workspace.access import GRANTABLE, Permission, Role

api_key = typer.Typer(no_args_is_help=True, help="Keys for the HTTP API.")
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
workspace = typer.Typer(no_args_is_help=True, help="The businesses of this installation.")
commands.add_typer(workspace, name="workspace")
commands.add_typer(user, name="user")
commands.add_typer(api_key, name="api-key")

Slug = Annotated[str, typer.Argument(help="The last part of its booking page.")]


@api_key.command("create", epilog="Example: careops api-key create harbour-clinic --name website")
def create_api_key(workspace: Slug, name: str = "command line") -> None:
    """Print a new API key for a business; it is shown once."""
    from careops_app.infra import db
    from careops_app.workspace import queries, service

    with business():
        found = db.fetch_now(queries.by_slug, db.SYSTEM, workspace)
        print(db.transact_now(service.create_api_key, found.id, name))


@user.command("create", epilog="Example: careops user create sam@example.com harbour-clinic --permission inbox")
def create_user(
    email: str,
    workspace: Slug,
    name: Annotated[str, typer.Option(help="As customers and the team read it.")] = "",
    role: Role = Role.STAFF,
    permission: Annotated[
        list[str] | None, typer.Option(help=f"For staff, may be repeated: {', '.join(sorted(GRANTABLE))}.")
    ] = None,
) -> None:
    """Put somebody into a business; for an address that is new, print a link to set a password (30 minutes)."""
    from careops_app.infra import db
    from careops_app.workspace import enrolling, queries

    granted = frozenset(map(_permission, permission or ()))
    with business():
        found = db.fetch_now(queries.by_slug, db.SYSTEM, workspace)
        person = enrolling.Enrolment(email, name, role, granted)
        token = db.transact_now(enrolling.enroll, db.SYSTEM, found.id, person)
    print(f"{settings().public_url}/reset/{token}" if token else f"{email} signs in with the password they have.")


def _permission(word: str) -> Permission:
    if word not in set(GRANTABLE):
        raise typer.BadParameter(f"{word}: choose from {', '.join(sorted(GRANTABLE))}", param_hint="--permission")
    return Permission(word)


@user.command("reset-password")
def reset_password(email: str) -> None:
    """Print a link with which this person sets a new password; it works once, for 30 minutes."""
    from careops_app.infra import db
    from careops_app.workspace import sign_in

    with business():
        token = db.transact_now(sign_in.new_reset_token, db.SYSTEM, email)
    print(f"{settings().public_url}/reset/{token}")


@workspace.command("list")
def list_workspaces() -> None:
    """Print every business, one a line: address, name, time zone, people, open or not."""
    from careops_app.infra import db
    from careops_app.workspace import enrolling

    with business():
        lines = db.fetch_now(enrolling.listed, db.SYSTEM)
    for line in lines:
        state = ("demo, " if line.is_demo else "") + ("open" if line.is_open else "not open yet")
        print(f"{line.slug}\t{line.name}\t{line.time_zone}\t{line.members} people\t{state}")


@workspace.command(
    "create", epilog='Example: careops workspace create "Harbour Clinic" olivia@example.com --time-zone Europe/London'
)
def create_workspace(
    name: str,
    owner_email: str,
    time_zone: Annotated[str, typer.Option(help="Of the IANA list, such as Europe/London.")],
    owner_name: str = "",
) -> None:
    """Found a business for an owner, also where sign-up is closed; print its address, and a link to set a password."""
    from careops_app.infra import db
    from careops_app.workspace import enrolling

    with business():
        owner = enrolling.Enrolment(owner_email, owner_name, Role.OWNER)
        slug, token = db.transact_now(enrolling.found_for, db.SYSTEM, name, time_zone, owner)
    print(slug)
    if token:
        print(f"{settings().public_url}/reset/{token}")
