"""Forecasts by origin, who asks for one, and how far they were compared with what came true."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0016"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "forecasts",
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("origin", sa.DateTime(timezone=True), nullable=False, comment="Newest time whose reading was known."),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="1 as it was answered first; readings that came late make a further one.",
        ),
        sa.Column("batch_id", sa.Uuid(), nullable=False, unique=True, comment="Batch of its rows."),
        sa.Column(
            "digest", sa.Text(), nullable=False, comment="SHA-256 of its rows: the same rows are no further version."
        ),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column(
            "missing",
            sa.Integer(),
            nullable=False,
            comment="Readings that its rows look back on and that were not there.",
        ),
        sa.Column("left_out", ARRAY(sa.Text()), nullable=False, comment="Series that could not be forecast."),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("body", sa.LargeBinary(), comment="Its rows as an Arrow stream, until they are with the workers."),
        sa.PrimaryKeyConstraint("use_case", "origin", "version"),
        schema=SCHEMA,
        comment="Forecasts by the origin they were made from.",
    )
    op.create_index(
        "forecasts_to_send",
        "forecasts",
        ["use_case"],
        schema=SCHEMA,
        postgresql_where=sa.text("body is not null"),
    )
    op.create_table(
        "forecast_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("origin", sa.DateTime(timezone=True), comment="Where to forecast from; the newest if not given."),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("batch_id", sa.Uuid(), comment="Batch of the forecast that answers it."),
        sa.Column("problem", sa.Text(), comment="Why there is none, in words."),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        schema=SCHEMA,
        comment="Forecasts that somebody asks for; ingestion makes them.",
    )
    op.create_index(
        "forecast_requests_open",
        "forecast_requests",
        ["use_case"],
        schema=SCHEMA,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "forecast_progress",
        sa.Column("use_case", sa.Text(), primary_key=True),
        sa.Column(
            "labelled_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Observations recorded before are labels of the forecasts of their hours.",
        ),
        schema=SCHEMA,
        comment="How far observations were compared with forecasts.",
    )


def downgrade() -> None:
    """Revert."""
    for table in ("forecast_progress", "forecast_requests", "forecasts"):
        op.drop_table(table, schema=SCHEMA)
