"""The table of contracts that were ever in force: rows on their way were checked against one of them."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, PrimaryKeyConstraint, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from sql.tables import metadata

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
