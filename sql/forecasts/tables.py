"""Which forecasts were made, and who asks for one."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from sql.base.tables import metadata

forecasts = Table(
    "forecasts",
    metadata,
    Column("use_case", Text, nullable=False),
    Column("origin", DateTime(timezone=True), nullable=False, comment="Newest time whose reading was known."),
    Column(
        "version",
        Integer,
        nullable=False,
        comment="1 as it was answered first; readings that came late make a further one.",
    ),
    Column("batch_id", Uuid, nullable=False, unique=True, comment="Batch of its rows."),
    Column("digest", Text, nullable=False, comment="SHA-256 of its rows: the same rows are no further version."),
    Column("rows", Integer, nullable=False),
    Column("missing", Integer, nullable=False, comment="Readings that its rows look back on and that were not there."),
    Column("left_out", ARRAY(Text), nullable=False, comment="Series that could not be forecast."),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("body", LargeBinary, comment="Its rows as an Arrow stream, until they are with the workers."),
    PrimaryKeyConstraint("use_case", "origin", "version"),
    Index("forecasts_to_send", "use_case", postgresql_where=text("body is not null")),
    comment="Forecasts by the origin they were made from.",
)

forecast_requests = Table(
    "forecast_requests",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("origin", DateTime(timezone=True), comment="Where to forecast from; the newest if not given."),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("batch_id", Uuid, comment="Batch of the forecast that answers it."),
    Column("problem", Text, comment="Why there is none, in words."),
    Column("done_at", DateTime(timezone=True)),
    Index("forecast_requests_open", "use_case", postgresql_where=text("done_at is null")),
    comment="Forecasts that somebody asks for; ingestion makes them.",
)

forecast_progress = Table(
    "forecast_progress",
    metadata,
    Column("use_case", Text, primary_key=True),
    Column(
        "labelled_until",
        DateTime(timezone=True),
        nullable=False,
        comment="Observations recorded before are labels of the forecasts of their hours.",
    ),
    comment="How far observations were compared with forecasts.",
)
