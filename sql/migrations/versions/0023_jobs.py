"""Jobs: data sets that workers read and score, and whose answers they write as files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sql.functions import function_definition

revision = "0023"
down_revision = "0022"

SCHEMA = "smartpredict"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), primary_key=True, comment="Also the id of its batch, which counts its rows."),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("schema_hash", sa.Text(), nullable=False, comment="Contract its rows are checked against."),
        sa.Column("input", sa.Text(), nullable=False, comment="File or folder of Parquet, a path or a URL."),
        sa.Column("output", sa.Text(), nullable=False, comment="Folder that the answers go to."),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), comment="Why it was refused, or stopped by itself."),
        sa.Column("max_bad_share", sa.Double(), comment="Share of bad rows past which it pauses; no limit if none."),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), comment="Version that scores all of it, known once it is planned."),
        sa.Column("model_digest", sa.Text(), comment="SHA-256 of its model file."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state in ('running', 'paused', 'cancelled', 'refused', 'done')", name="known_state"),
        schema=SCHEMA,
        comment="Data sets that workers read and score, and whose answers they write as files.",
    )
    op.create_index("jobs_by_time", "jobs", ["created_at"], schema=SCHEMA)
    op.create_index(
        "jobs_open_output",
        "jobs",
        ["output"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("finished_at is null"),
    )
    op.create_table(
        "job_claims",
        sa.Column("part_id", sa.Uuid(), primary_key=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "path", sa.Text(), nullable=False, comment="File below the input; empty where the input is one file."
        ),
        sa.Column("first_group", sa.Integer(), nullable=False, comment="First row group."),
        sa.Column("groups", sa.Integer(), nullable=False, comment="Row groups."),
        sa.Column("rows_before", sa.BigInteger(), nullable=False, comment="Rows of the job before these."),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_written", sa.Integer(), comment="Rows of the file that was written; none before."),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.Text()),
        schema=SCHEMA,
        comment="Parts of jobs: the row groups that a worker reads at once, and the file that it writes.",
    )
    op.create_index("job_claims_by_job", "job_claims", ["job_id", "number"], schema=SCHEMA, unique=True)
    op.execute(function_definition("jobs/change_job_batch"))
    op.execute(function_definition("jobs/drop_open_claims"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop function smartpredict.drop_open_claims(uuid)")
    op.execute("drop function smartpredict.change_job_batch(uuid, text, bigint, bigint, bigint, text)")
    op.drop_table("job_claims", schema=SCHEMA)
    op.drop_table("jobs", schema=SCHEMA)
