"""The tables of the monitoring: verdicts at each evaluation, and what people were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Index, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.tables import metadata

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("watch", Text, nullable=False, comment="What was looked at."),
    Column("verdict", Text, nullable=False),
    Column("is_bad", Boolean, nullable=False, comment="Whether somebody has to do something."),
    Column("detail", Text, nullable=False, comment="What was found, in words."),
    Column("facts", JSONB, nullable=False, comment="The figures behind it."),
    Column("since", DateTime(timezone=True), nullable=False, comment="Window that was looked at: from ..."),
    Column("until", DateTime(timezone=True), nullable=False, comment="... to."),
    Column("told", Boolean, nullable=False, comment="Whether people know of it, if they have to."),
    Column("evaluated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("verdicts_by_time", "use_case", "watch", "evaluated_at"),
    comment="What the monitoring found, at each evaluation.",
)


notifications = Table(
    "notifications",
    metadata,
    Column("key", Text, primary_key=True, comment="What it was about; the same problem has the same key."),
    Column("sent_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("notifications_by_time", "sent_at"),
    comment="What people were told, so that a problem that lasts is not told every minute.",
)
