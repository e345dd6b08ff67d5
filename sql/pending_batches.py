"""Batches whose rows are still on their way, for those who wait for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Select, select

from broker.messages import Source
from sql.batches import BatchLedger, ledger


def pending_batches(engine: Engine, source: Source, since: datetime) -> list[BatchLedger]:
    """Give the batches that came through a door since a moment and have rows on their way."""
    wanted = (ledger.c.source == source.value, ledger.c.received_at >= since, ledger.c.pending > 0)
    return _read(engine, select(ledger).where(*wanted))


def batches_by_id(engine: Engine, batch_ids: Collection[UUID]) -> list[BatchLedger]:
    """Give these batches as they are now."""
    return _read(engine, select(ledger).where(ledger.c.batch_id.in_(batch_ids))) if batch_ids else []


def _read(engine: Engine, query: Select[Any]) -> list[BatchLedger]:
    with engine.connect() as connection:
        return [BatchLedger.from_row(row) for row in connection.execute(query.order_by(ledger.c.received_at))]
