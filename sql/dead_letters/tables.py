"""The tables of messages that are held, because too many of their sender's were refused, and of decisions about dead letters."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.tables import metadata

holds = Table(
    "holds",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False, comment="Who sends, where senders say so; else empty."),
    Column("use_case", Text, nullable=False, comment="What for; empty where no use case has the name."),
    Column("cause", Text, nullable=False, comment="Why the message was refused with which the hold began."),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("messages", BigInteger, nullable=False, server_default="0", comment="Messages held so far."),
    Column("bytes", BigInteger, nullable=False, server_default="0", comment="Bytes of their bodies."),
    Column("decision", Text, comment="released or discarded, once a person decided."),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    # Else two processes of ingestion would each hold messages of the same sender.
    Index("holds_open", "account", "use_case", unique=True, postgresql_where=text("decision is null")),
    comment="Senders whose refused messages are held until a person decides, and what was decided.",
)

held_messages = Table(
    "held_messages",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("hold_id", BigInteger, ForeignKey(holds.c.id), nullable=False),
    Column(
        "key", Uuid, nullable=False, comment="What makes it the same message, so that one delivered again is one row."
    ),
    Column("content", Uuid, nullable=False, comment="Derived from all that its sender set."),
    Column("routing_key", Text, nullable=False),
    Column("message_id", Text),
    Column("content_type", Text),
    Column("message_type", Text),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("cause", Text, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("hold_id", "key"),
    comment="Messages that are held; they go when they are taken up again or discarded.",
)

letter_decisions = Table(
    "letter_decisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("letter_id", Uuid, nullable=False, comment="Which dead letter."),
    Column("decision", Text, nullable=False, comment="repaired or discarded."),
    Column("person", Text, nullable=False, comment="Who decided, as they call themselves."),
    Column("account", Text, nullable=False, comment="With whose key that was said."),
    Column("reason", Text, nullable=False),
    Column("rows", Integer, nullable=False, comment="Rows that were sent on; 0 where none were."),
    Column("body", LargeBinary, comment="What was sent instead of the body that the letter keeps."),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("letter_decisions_by_letter", "letter_id", "id"),
    comment="What people decided about dead letters, and why.",
)
