"""Trainings: ordered over HTTP, taken up by trainers one by one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "trainings",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("learn_from", sa.Text(), nullable=False),
        sa.Column(
            "file_name",
            sa.Text(),
            comment="Name of the file that it learns from; the file itself goes when it has ended.",
        ),
        sa.Column("file_digest", sa.Text(), comment="SHA-256 of that file."),
        sa.Column(
            "since", sa.DateTime(timezone=True), comment="Of labels: predictions received then or later; all if none."
        ),
        sa.Column(
            "until",
            sa.DateTime(timezone=True),
            comment="Of labels: predictions received before; until it begins if none.",
        ),
        sa.Column("trials", sa.Integer(), nullable=False, comment="Configurations to try."),
        sa.Column("library", sa.Text(), nullable=False, comment="Model library that fits it."),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often a trainer has begun it."),
        sa.Column("seen_at", sa.DateTime(timezone=True), comment="When the trainer that runs it last reported."),
        sa.Column("step", sa.Text(), comment="What it is at."),
        sa.Column("progress", sa.Double(), comment="Share of this step that is done."),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), comment="When it was begun, the last time if more than once."
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("result", JSONB(), comment="The version, its metrics, and what the gates say of it."),
        sa.Column("problem", sa.Text(), comment="Why it failed, or who cancelled it."),
        sa.CheckConstraint("learn_from in ('use_case', 'labels', 'file')", name="known_data"),
        sa.CheckConstraint("state in ('waiting', 'running', 'succeeded', 'failed', 'cancelled')", name="known_state"),
        schema=SCHEMA,
        comment="Trainings that were ordered over HTTP, which trainers take up one by one.",
    )
    op.create_index("trainings_by_time", "trainings", ["ordered_at", "id"], schema=SCHEMA)
    op.create_index(
        "trainings_open", "trainings", ["ordered_at"], schema=SCHEMA, postgresql_where=sa.text("finished_at is null")
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("trainings", schema=SCHEMA)
