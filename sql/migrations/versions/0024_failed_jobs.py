"""Jobs that could not be planned for a reason nobody foresaw have failed, instead of seeming to run for ever."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"

SCHEMA = "smartpredict"
STATES = "'running', 'paused', 'cancelled', 'refused', 'done'"


def upgrade() -> None:
    """Apply."""
    _know(f"{STATES}, 'failed'")


def downgrade() -> None:
    """Revert."""
    op.execute("update smartpredict.jobs set state = 'refused' where state = 'failed'")
    _know(STATES)


def _know(states: str) -> None:
    op.drop_constraint("known_state", "jobs", schema=SCHEMA)
    op.create_check_constraint("known_state", "jobs", f"state in ({states})", schema=SCHEMA)
