"""The tables of the monitoring: verdicts at each evaluation, windows accepted as normal, and what people were told."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
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

accepted_windows = Table(
    "accepted_windows",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("use_case", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, comment="Rows committed from ..."),
    Column("until", DateTime(timezone=True), nullable=False, comment="... to."),
    Column("source", Text, comment="The door they came through; all, if none."),
    Column("model_version", Integer, nullable=False),
    Column("reference", Text, nullable=False, comment="Digest of the profile in whose slots they are counted."),
    Column("rows", BigInteger, nullable=False),
    Column("seconds", Double, comment="Time that the rows span; none where they tell nothing of time."),
    Column("slots", ARRAY(Integer), nullable=False, comment="Slots that are not empty."),
    Column("counts", ARRAY(BigInteger), nullable=False, comment="Rows in each of them."),
    Column("totals", ARRAY(Double), nullable=False, comment="Sum of each number column."),
    Column("reason", Text, nullable=False, comment="Why it is normal, in the words of who accepted it."),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", DateTime(timezone=True), comment="Since when it counts no more."),
    Index("accepted_windows_in_force", "reference", postgresql_where=text("withdrawn_at is null")),
    comment="Windows of served rows that people accepted as normal; rows like them have not drifted.",
)

notifications = Table(
    "notifications",
    metadata,
    Column("key", Text, primary_key=True, comment="What it was about; the same problem has the same key."),
    Column("sent_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("notifications_by_time", "sent_at"),
    comment="What people were told, so that a problem that lasts is not told every minute.",
)

alert_acknowledgements = Table(
    "alert_acknowledgements",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert", Text, nullable=False, comment="Which alert."),
    Column("since", DateTime(timezone=True), nullable=False, comment="When it began."),
    Column("person", Text, nullable=False, comment="Who looks after it, as they call themselves."),
    Column("account", Text, nullable=False, comment="With whose key that was said."),
    Column("note", Text, nullable=False),
    Column("acknowledged_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("alert_acknowledgements_by_alert", "alert", "since", "id"),
    comment="Who looks after an alert; the newest one counts, until the alert ends.",
)

alert_silences = Table(
    "alert_silences",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert", Text, nullable=False, comment="Which alert, however often it begins."),
    Column("person", Text, nullable=False, comment="Who wants it, as they call themselves."),
    Column("account", Text, nullable=False, comment="With whose key that was said."),
    Column("reason", Text, nullable=False),
    Column("silenced_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("until", DateTime(timezone=True), nullable=False, comment="When people are told again."),
    Index("alert_silences_by_alert", "alert", "id"),
    comment="Alerts that nobody is told of for a while; the newest of an alert counts, until it ends.",
)
