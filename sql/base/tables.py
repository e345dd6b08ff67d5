"""The tables that every installation has; the tables of predictions are derived from the use cases."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "smartpredict"
PREDICTIONS_SCHEMA = "predictions"
OBSERVATIONS_SCHEMA = "observations"

WITHOUT_ID = "message without an id"
"""Name of the batches of messages whose sender gave them none."""

metadata = MetaData(schema=SCHEMA)


def _time(name: str, *, default: bool = False, nullable: bool = True) -> Column[object]:
    return Column(
        name, DateTime(timezone=True), nullable=nullable and not default, server_default=func.now() if default else None
    )


batches = Table(
    "batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False, comment="File name or message id."),
    Column("state", Text, nullable=False),
    Column("schema_hash", Text, nullable=False),
    _time("received_at", nullable=False),
    Column("first_id", Uuid, nullable=False, comment="Prediction ids of the batch lie from here ..."),
    Column("last_id", Uuid, nullable=False, comment="... to here."),
    Column("part_rows", Integer, nullable=False, comment="Rows of a part, kept so that a resumed file is cut alike."),
    Column("rows_in", BigInteger, nullable=False, server_default="0", comment="Rows read so far."),
    Column("rows_quarantined", BigInteger, nullable=False, server_default="0"),
    Column(
        "rows_not_kept",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Those of the quarantined rows that only the refused file itself holds.",
    ),
    Column("rows_observed", BigInteger, nullable=False, server_default="0", comment="Rows that are observations."),
    Column(
        "rows_repeated",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="Those of the observed rows that were stored already.",
    ),
    Column("problem", Text, comment="Why the batch was refused, in words."),
    Column("digest", Text, comment="SHA-256 of what arrived under an id that its sender chose; none otherwise."),
    Column("part_id", Uuid, comment="Part that holds its good rows beside those of other batches, if one does."),
    _time("created_at", default=True),
    _time("finished_at"),
    CheckConstraint("state in ('received', 'ingesting', 'ingested', 'refused')", name="known_state"),
    Index("batches_by_time", "received_at"),
    # Every message is a batch, so that those of others may be millions.
    Index("batches_by_use_case", "use_case", "received_at"),
    Index("batches_by_source", "source", "received_at"),
    Index("batches_with_bad_rows", "use_case", "received_at", postgresql_where=text("rows_quarantined > 0")),
    # These change for days, so that hours do not count them.
    Index("batches_of_jobs", "use_case", "received_at", postgresql_where=text("source = 'job'")),
    Index("batches_not_ingested", "received_at", postgresql_where=text("state <> 'ingested'")),
    Index("batches_by_part", "part_id", postgresql_where=text("part_id is not null")),
    Index("batches_without_id", "digest", "received_at", postgresql_where=text(f"name = '{WITHOUT_ID}'")),
    comment="What arrived: a file, a foreign message, an upload.",
)

parts = Table(
    "parts",
    metadata,
    Column("part_id", Uuid, primary_key=True),
    Column(
        "batch_id", Uuid, comment="None for a coalesced message of the online lane, and where batches share the part."
    ),
    Column("part_number", Integer, nullable=False),
    Column("use_case", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("model_version", Integer),
    _time("planned_at", default=True),
    _time("recorded_at"),
    Column(
        "counts", JSONB, comment="Rows by source and predicted class; the class is empty where numbers are predicted."
    ),
    Column("sums", JSONB(none_as_null=True), comment="Sum of the predicted numbers by source; none of classes."),
    Index("parts_by_batch", "batch_id"),
    Index("parts_by_time", "use_case", "recorded_at"),
    comment="The ledger: a part is planned when its rows are read and recorded, once, with its predictions.",
)

shared_parts = Table(
    "shared_parts",
    metadata,
    Column("part_id", Uuid, primary_key=True),
    Column("header", Text, nullable=False, comment="The header of the part, as JSON."),
    Column("body", LargeBinary, nullable=False),
    comment="Parts that batches share, as they are published, until a worker has recorded them.",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("batch_id", Uuid, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("use_case", Text, nullable=False),
    Column("raw", Text, nullable=False, comment="The row as it came: a JSON object, or the text that was none."),
    Column("reasons", JSONB, nullable=False, comment="List of column, rule, value, message."),
    _time("created_at", default=True),
    Column("replayed_as", Uuid, comment="Batch under which the repaired row was sent again."),
    _time("replayed_at"),
    _time("discarded_at"),
    Column("discarded_by", Text, comment="Who discarded it, as they call themselves."),
    Column("discarded_account", Text, comment="With whose key that was said."),
    Column("discarded_reason", Text),
    PrimaryKeyConstraint("batch_id", "row_number"),
    Index("quarantine_replayed", "batch_id", postgresql_where=text("replayed_at is not null")),
    Index("quarantine_discarded", "batch_id", postgresql_where=text("discarded_at is not null")),
    comment="Bad rows with their reasons.",
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "letter_id", Uuid, nullable=False, unique=True, comment="Derived from the message, so one death is one row."
    ),
    Column("queue", Text, nullable=False, comment="Queue the message died in."),
    Column("routing_key", Text, nullable=False),
    Column("exchange", Text, nullable=False, comment="Where a replay is published to."),
    Column("message_id", Text),
    Column("part_id", Uuid),
    Column("batch_id", Uuid),
    Column("use_case", Text),
    Column("rows", Integer, nullable=False, server_default="0", comment="Rows in it; 0 where that cannot be read."),
    Column("cause", Text, nullable=False),
    Column("content_type", Text),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    _time("died_at", nullable=False),
    _time("replayed_at"),
    _time("discarded_at"),
    Index("dead_letters_by_batch", "batch_id"),
    comment="Messages nobody could handle, with their cause.",
)

request_keys = Table(
    "request_keys",
    metadata,
    Column("account", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("request_digest", Text, nullable=False, comment="Of use case and body: a key is for one request."),
    _time("received_at", nullable=False),
    PrimaryKeyConstraint("account", "key"),
    Index("request_keys_by_time", "received_at"),
    comment="Idempotency keys of HTTP requests, kept for a day.",
)

workers = Table(
    "workers",
    metadata,
    Column("worker_id", Text, primary_key=True),
    _time("started_at", nullable=False),
    _time("seen_at", nullable=False),
    Column("models", JSONB, nullable=False, comment="Served version by use case."),
    Column("problems", JSONB, nullable=False, server_default="{}", comment="Why a version is not served, by use case."),
    comment="Workers that report themselves.",
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True, comment="Also the id of its batch, which counts its rows."),
    Column("use_case", Text, nullable=False),
    Column("schema_hash", Text, nullable=False, comment="Contract its rows are checked against."),
    Column("input", Text, nullable=False, comment="File or folder of Parquet, a path or a URL."),
    Column("output", Text, nullable=False, comment="Folder that the answers go to."),
    Column("state", Text, nullable=False),
    Column("problem", Text, comment="Why it was refused, or stopped by itself."),
    Column("max_bad_share", Double, comment="Share of bad rows past which it pauses; no limit if none."),
    Column("ordered_by", Text, nullable=False),
    Column("model_version", Integer, comment="Version that scores all of it, known once it is planned."),
    Column("model_digest", Text, comment="SHA-256 of its model file."),
    _time("created_at", default=True),
    _time("finished_at"),
    CheckConstraint("state in ('running', 'paused', 'cancelled', 'refused', 'failed', 'done')", name="known_state"),
    Index("jobs_by_time", "created_at"),
    # Two jobs that write into one folder would overwrite each other.
    Index("jobs_open_output", "output", unique=True, postgresql_where=text("finished_at is null")),
    comment="Data sets that workers read and score, and whose answers they write as files.",
)

job_claims = Table(
    "job_claims",
    metadata,
    Column("part_id", Uuid, primary_key=True),
    Column("job_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("path", Text, nullable=False, comment="File below the input; empty where the input is one file."),
    Column("first_group", Integer, nullable=False, comment="First row group."),
    Column("groups", Integer, nullable=False, comment="Row groups."),
    Column("rows_before", BigInteger, nullable=False, comment="Rows of the job before these."),
    Column("rows", Integer, nullable=False),
    Column("rows_written", Integer, comment="Rows of the file that was written; none before."),
    Column("bytes", BigInteger),
    Column("sha256", Text),
    Index("job_claims_by_job", "job_id", "number", unique=True),
    comment="Parts of jobs: the row groups that a worker reads at once, and the file that it writes.",
)

use_cases = Table(
    "use_cases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("schema_hash", Text, nullable=False),
    Column("contract", JSONB, nullable=False, comment="The use case as registered."),
    _time("registered_at", default=True),
    comment="Use cases that have a table of predictions.",
)
