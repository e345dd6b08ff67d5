"""The tables of the registry: contracts that were in force, and the history of what was served."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
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
