"""May this process be sent visitors, and if not, why: in words, for /readyz."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from careops_app.infra import beats, postgres
from careops_app.infra.db import SYSTEM, fetch_now
from careops_app.infra.settings import ConfigurationError

NO_WORKER = "no worker has been heard of for a minute: start careops worker, or set CAREOPS_RUN_WORKER=true"


def why_not() -> str | None:
    """The reason, or None when everything is there: database, tables of this version, one time, a worker."""
    try:
        here, newest = postgres.revisions()
        if here is None:
            return "the database has no tables yet: run careops db upgrade"
        if here != newest:
            return _apart(here, newest)
        postgres.refuse_skew(postgres.clock_skew())
        return None if fetch_now(beats.fresh, SYSTEM) else NO_WORKER
    except ConfigurationError as problem:
        return str(problem)
    except SQLAlchemyError:
        return "no database"


def _apart(here: str, newest: str) -> str:
    if here > newest:
        return f"the tables are of a newer version ({here}, this one knows {newest}): start that version"
    return f"the tables are being migrated or wait for it ({here}, needed is {newest}): run careops db upgrade"
