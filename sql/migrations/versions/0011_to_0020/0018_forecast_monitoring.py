"""Functions that tell how forecasts fared and how fresh readings are, and indexes of observations that are there."""

from __future__ import annotations

from alembic import op

from sql.functions import function_definition

revision = "0018"
down_revision = "0017"

# Tables of observations are derived from use cases; those that were registered before lack what they are made with now.
_INDEXES = """
do $$
declare
    found record;
    wanted text;
    index_name text;
begin
    for found in
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'observations' and c.relkind = 'p'
    loop
        foreach wanted in array array['recorded_at', 'event_time'] loop
            index_name := left(format('ix_observations_%s_%s', found.relname, wanted), 63);
            execute format('drop index if exists observations.%I', index_name);
            execute format('create index %I on observations.%I (%I)', index_name, found.relname, wanted);
        end loop;
    end loop;
end
$$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_INDEXES)
    op.execute(function_definition("newest_readings"))
    op.execute(function_definition("forecast_accuracy"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop function smartpredict.forecast_accuracy(text, timestamptz, timestamptz, interval)")
    op.execute("drop function smartpredict.newest_readings(text)")
