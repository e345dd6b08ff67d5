"""Bringing a database to the schema that this code expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from sql.base.tables import OBSERVATIONS_SCHEMA, PREDICTIONS_SCHEMA, SCHEMA

MIGRATIONS = Path(__file__).parents[1] / "migrations"


class DatabaseOutOfDateError(Exception):
    """The database has another schema than this code; migrate it before starting services."""


class DatabaseTooNewError(Exception):
    """A newer version of this code has migrated the database, and nothing leads back from there but a backup."""


def migrate(connection: Connection, revision: str = "head") -> None:
    """Upgrade to a revision, by default the newest.

    Raises
    ------
    DatabaseTooNewError
        If the database is at a revision that this code does not know.
    """
    found = _revision(connection)
    if found is not None and found not in {script.revision for script in _scripts(connection).walk_revisions()}:
        raise DatabaseTooNewError(
            f"The database is at revision {found}, to which a newer version has brought it, and this one does not know it. "
            "Start the newer version again, or restore a backup from before; see docs/upgrading.md."
        )
    for schema in (SCHEMA, PREDICTIONS_SCHEMA, OBSERVATIONS_SCHEMA):
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    command.upgrade(_config(connection), revision)


def migrate_down(connection: Connection, revision: str) -> None:
    """Downgrade to a revision; `base` removes everything but the tables of predictions and observations."""
    command.downgrade(_config(connection), revision)


def require_current(engine: Engine) -> None:
    """Refuse a database that is not at the newest revision.

    Raises
    ------
    DatabaseOutOfDateError
        Telling which revision is there and which is wanted.
    """
    with engine.connect() as connection:
        found, wanted = _revision(connection), _scripts(connection).get_current_head()
    if found != wanted:
        raise DatabaseOutOfDateError(
            f"the database is at revision {found}, this code wants {wanted}: smartpredict migrate"
        )


def _revision(connection: Connection) -> str | None:
    """Return the revision that a database is at; none before its first migration."""
    return MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()


def _scripts(connection: Connection) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(connection))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    # The oldest revisions lie in folders of their own, ten in each.
    config.set_main_option("recursive_version_locations", "true")
    config.attributes["connection"] = connection
    return config
