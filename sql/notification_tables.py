"""What people were told already: the table of notifications."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text, func

from sql.tables import metadata

notifications = Table(
    "notifications",
    metadata,
    Column("key", Text, primary_key=True, comment="What it was about; the same problem has the same key."),
    Column("sent_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("notifications_by_time", "sent_at"),
    comment="What people were told, so that a problem that lasts is not told every minute.",
)
