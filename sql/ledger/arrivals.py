"""Messages that came without an id: found by their bytes, which is all there is to know them by."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, literal_column, select

from sql.base.tables import WITHOUT_ID, batches

MOST_EQUAL = 1_000
"""Equal messages that are looked at; more are not delivered again at once."""


def equal_arrivals(engine: Engine, use_case: str, digest: str, since: datetime) -> list[UUID]:
    """Return the batches of messages without an id that had these bytes, the newest first.

    Parameters
    ----------
    engine
        The database.
    use_case, digest
        What the message was for, and the SHA-256 of its body.
    since
        When it came at the earliest.
    """
    query = (
        select(batches.c.id)
        # As it stands in the condition of the index, which a parameter would not be recognised as.
        .where(batches.c.name == literal_column(f"'{WITHOUT_ID}'"))
        .where(batches.c.digest == digest, batches.c.use_case == use_case, batches.c.received_at >= since)
        .order_by(batches.c.received_at.desc())
        .limit(MOST_EQUAL)
    )
    with engine.connect() as connection:
        return list(connection.scalars(query))
