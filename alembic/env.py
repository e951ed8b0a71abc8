"""Runs migrations with the application's own engine and tables; never imports the application itself."""

from alembic import context
from careops_app.infra.db import engine
from careops_app.tables import metadata


def run(connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    with engine().connect() as connection:
        run(connection)
        connection.commit()
