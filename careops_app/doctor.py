"""`careops doctor`: looks at this installation and says, line by line, what is well and what is not, with the cure."""

from collections.abc import Callable
from dataclasses import dataclass

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from careops_app import front_end
from careops_app.infra import clock, db, postgres
from careops_app.infra.settings import ConfigurationError, settings


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    state: str
    is_well: bool = True

    def __str__(self) -> str:
        return f"{'ok  ' if self.is_well else 'BAD '} {self.what}: {self.state}"


def examine() -> list[Finding]:
    """Every check, in the order in which a start would meet them."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("settings", _settings),
        ("data folder", _data_folder),
        ("secrets", _secrets),
        ("database", _database),
        ("front end", _front_end),
        ("time zones", lambda: f"tzdata {clock.zone_data_version()}"),
    ]
    return [_checked(what, check) for what, check in checks]


def _checked(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, check())
    except ConfigurationError as problem:
        return Finding(what, str(problem), is_well=False)


def _settings() -> str:
    current = settings()
    safety = (
        "" if current.is_https else "; not encrypted: set CAREOPS_PUBLIC_URL to an https address before going public"
    )
    return f"{current.public_url}, listening on {current.host}:{current.port}, sign-up {current.signup.value}{safety}"


def _data_folder() -> str:
    return f"{settings().with_data_dir().data_dir} can be written"


def _secrets() -> str:
    given = settings().given_secret_key and settings().given_encryption_key
    assert settings().secret_key and settings().encryption_key
    return "given" if given else f"kept in {settings().data_dir}: back them up with the database"


def _database() -> str:
    kind = "embedded PostgreSQL" if settings().database_url is None else "the PostgreSQL of DATABASE_URL"
    with postgres.available():
        try:
            return f"{kind} answers, {_tables()}"
        finally:
            db.dispose()


def _tables() -> str:
    with db.engine().connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(Config(str(front_end.ROOT / "alembic.ini"))).get_current_head()
    return "tables up to date" if found == newest else f"tables at {found}, newest is {newest}: run careops migrate"


def _front_end() -> str:
    return "built" if front_end.is_current() else "will be built at the next start"
