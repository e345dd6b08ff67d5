"""Alembic's entry: migrates over the connection it is given."""

from __future__ import annotations

from alembic import context

import sql.dead_letters.tables  # these declare their tables
import sql.drift.tables
import sql.forecasts.tables
import sql.labels.tables
import sql.observations.pulls
import sql.predictions.archived
import sql.predictions.hours
import sql.profiles.key_tables
import sql.profiles.tables
import sql.registry.tables  # noqa: F401  # the last of those that declare tables
from sql.base.tables import SCHEMA, metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
    # Tables of predictions are made when a use case is registered; they are none of Alembic's business.
    include_name=lambda name, kind, _: kind != "schema" or name == SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
