"""The tables of the registry: contracts that were in force, trainings, and the history of what was served."""

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
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.tables import metadata

promotions = Table(
    "promotions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False, comment="Account, person or schedule that did it."),
    Column("from_version", Integer, comment="Version that was served before; none for the first."),
    Column("to_version", Integer, nullable=False),
    Column("gates", JSONB, nullable=False, comment="What was checked before: list of gate, verdict, detail."),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("kind in ('promoted', 'rolled_back', 'found')", name="known_kind"),
    Index("promotions_by_use_case", "use_case", "id"),
    comment="Which version became champion when, by whom, and why it was allowed to.",
)


served_versions = Table(
    "served_versions",
    metadata,
    Column("use_case", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("served_since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("use_case", "version"),
    comment="Versions that a worker has served, by which a rollback knows where it may lead.",
)


file_mappings = Table(
    "file_mappings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("header", Text, nullable=False, comment="SHA-256 of the names of the columns, whatever their order."),
    Column("mapping", JSONB, nullable=False, comment="Columns by their names in the file, encoding, notations."),
    Column("accepted_by", Text, nullable=False, comment="Account that accepted it."),
    Column("accepted_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_by", Text, comment="Account that withdrew it, or accepted another one for the same header."),
    Column("withdrawn_at", DateTime(timezone=True)),
    Index("file_mappings_in_force", "use_case", "header", unique=True, postgresql_where=text("withdrawn_at is null")),
    comment="How files are read that are written otherwise than a use case expects.",
)


processes = Table(
    "processes",
    metadata,
    Column("service", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="By the clock of its machine."),
    Column(
        "seen_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.now(),
        comment="Its last report, by the clock of the database.",
    ),
    Column("ended_at", DateTime(timezone=True), comment="None where it did not end in good order."),
    PrimaryKeyConstraint("service", "host", "pid", "started_at"),
    comment="Processes that report themselves each second.",
)


kept_thresholds = Table(
    "kept_thresholds",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("threshold", Double, nullable=False, comment="Probability of the second class."),
    Column("cost_of_false_alarm", Double, comment="In the unit of who kept it; none if not given."),
    Column("cost_of_miss", Double, comment="In the same unit."),
    Column("reason", Text, nullable=False),
    Column("kept_by", Text, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("kept_thresholds_by_version", "use_case", "version", "id"),
    comment="Thresholds that people act on, by version; the newest one counts.",
)


use_case_contracts = Table(
    "use_case_contracts",
    metadata,
    Column("name", Text, nullable=False),
    Column("schema_hash", Text, nullable=False),
    Column("contract", JSONB, nullable=False, comment="The use case as registered."),
    Column("registered_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("name", "schema_hash"),
    comment="Every contract that was in force, by use case and hash.",
)


trainings = Table(
    "trainings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("learn_from", Text, nullable=False),
    Column("file_name", Text, comment="Name of the file that it learns from; the file itself goes when it has ended."),
    Column("file_digest", Text, comment="SHA-256 of that file."),
    Column("since", DateTime(timezone=True), comment="Of labels: predictions received then or later; all if none."),
    Column(
        "until", DateTime(timezone=True), comment="Of labels: predictions received before; until it begins if none."
    ),
    Column("trials", Integer, nullable=False, comment="Configurations to try."),
    Column("library", Text, nullable=False, comment="Model library that fits it."),
    Column("state", Text, nullable=False),
    Column("ordered_by", Text, nullable=False),
    Column("ordered_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, comment="How often a trainer has begun it."),
    Column("seen_at", DateTime(timezone=True), comment="When the trainer that runs it last reported."),
    Column("step", Text, comment="What it is at."),
    Column("progress", Double, comment="Share of this step that is done."),
    Column("started_at", DateTime(timezone=True), comment="When it was begun, the last time if more than once."),
    Column("finished_at", DateTime(timezone=True)),
    Column("result", JSONB, comment="The version, its metrics, and what the gates say of it."),
    Column("problem", Text, comment="Why it failed, or who cancelled it."),
    CheckConstraint("learn_from in ('use_case', 'labels', 'file')", name="known_data"),
    CheckConstraint("state in ('waiting', 'running', 'succeeded', 'failed', 'cancelled')", name="known_state"),
    Index("trainings_by_time", "ordered_at", "id"),
    Index("trainings_open", "ordered_at", postgresql_where=text("finished_at is null")),
    comment="Trainings that were ordered over HTTP, which trainers take up one by one.",
)
