"""The corridor: batches, ledger, quarantine, dead letters, request keys, workers, and the views on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from sql.views import view_definition

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="File name or message id."),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("schema_hash", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False, comment="Prediction ids of the batch lie from here ..."),
        sa.Column("last_id", sa.Uuid(), nullable=False, comment="... to here."),
        sa.Column(
            "part_rows",
            sa.Integer(),
            nullable=False,
            comment="Rows of a part, kept so that a resumed file is cut alike.",
        ),
        sa.Column("rows_in", sa.BigInteger(), server_default="0", nullable=False, comment="Rows read so far."),
        sa.Column("rows_quarantined", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True, comment="Why the batch was refused, in words."),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('received', 'ingesting', 'ingested', 'refused')", name="known_state"),
        sa.PrimaryKeyConstraint("id"),
        schema="smartpredict",
        comment="What arrived: a file, a foreign message, an upload.",
    )
    op.create_index("batches_by_time", "batches", ["received_at"], unique=False, schema="smartpredict")
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False, comment="Derived from the message, so one death is one row."),
        sa.Column("queue", sa.Text(), nullable=False, comment="Queue the message died in."),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False, comment="Where a replay is published to."),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("part_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("use_case", sa.Text(), nullable=True),
        sa.Column(
            "rows", sa.Integer(), server_default="0", nullable=False, comment="Rows in it; 0 where that cannot be read."
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("letter_id"),
        schema="smartpredict",
        comment="Messages nobody could handle, with their cause.",
    )
    op.create_index("dead_letters_by_batch", "dead_letters", ["batch_id"], unique=False, schema="smartpredict")
    op.create_table(
        "parts",
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True, comment="None for a coalesced message of the online lane."),
        sa.Column("part_number", sa.Integer(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(),
            nullable=True,
            comment="Rows by source and predicted class; the class is empty where numbers are predicted.",
        ),
        sa.Column(
            "sums",
            postgresql.JSONB(),
            nullable=True,
            comment="Sum of the predicted numbers by source; none of classes.",
        ),
        sa.PrimaryKeyConstraint("part_id"),
        schema="smartpredict",
        comment="The ledger: a part is planned when its rows are read and recorded, once, with its predictions.",
    )
    op.create_index("parts_by_batch", "parts", ["batch_id"], unique=False, schema="smartpredict")
    op.create_index("parts_by_time", "parts", ["use_case", "recorded_at"], unique=False, schema="smartpredict")
    op.create_table(
        "quarantine",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column(
            "raw", sa.Text(), nullable=False, comment="The row as it came: a JSON object, or the text that was none."
        ),
        sa.Column("reasons", postgresql.JSONB(), nullable=False, comment="List of column, rule, value, message."),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "replayed_as", sa.Uuid(), nullable=True, comment="Batch under which the repaired row was sent again."
        ),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "row_number"),
        schema="smartpredict",
        comment="Bad rows with their reasons.",
    )
    op.create_table(
        "request_keys",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "request_digest", sa.Text(), nullable=False, comment="Of use case and body: a key is for one request."
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "key"),
        schema="smartpredict",
        comment="Idempotency keys of HTTP requests, kept for a day.",
    )
    op.create_index("request_keys_by_time", "request_keys", ["received_at"], unique=False, schema="smartpredict")
    op.create_table(
        "use_cases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("schema_hash", sa.Text(), nullable=False),
        sa.Column("contract", postgresql.JSONB(), nullable=False, comment="The use case as registered."),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        schema="smartpredict",
        comment="Use cases that have a table of predictions.",
    )
    op.create_table(
        "workers",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("models", postgresql.JSONB(), nullable=False, comment="Served version by use case."),
        sa.PrimaryKeyConstraint("worker_id"),
        schema="smartpredict",
        comment="Workers that report themselves.",
    )
    op.execute(view_definition("batch_ledger_own_parts"))


def downgrade() -> None:
    """Revert."""
    op.execute("drop view smartpredict.batch_ledger")
    op.drop_table("workers", schema="smartpredict")
    op.drop_table("use_cases", schema="smartpredict")
    op.drop_index("request_keys_by_time", table_name="request_keys", schema="smartpredict")
    op.drop_table("request_keys", schema="smartpredict")
    op.drop_table("quarantine", schema="smartpredict")
    op.drop_index("parts_by_time", table_name="parts", schema="smartpredict")
    op.drop_index("parts_by_batch", table_name="parts", schema="smartpredict")
    op.drop_table("parts", schema="smartpredict")
    op.drop_index("dead_letters_by_batch", table_name="dead_letters", schema="smartpredict")
    op.drop_table("dead_letters", schema="smartpredict")
    op.drop_index("batches_by_time", table_name="batches", schema="smartpredict")
    op.drop_table("batches", schema="smartpredict")
