"""Waiting until workers have stored what was sent to them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from broker.messages import Source
from ingestion.batches.ingest import retry_database
from ingestion.settings import IngestionSettings
from sql.ledger.batch_ledger import batches_by_id, pending_batches

_PAUSE_SECONDS = 0.3
"""Pause between two looks; a part takes a worker about 0.1 s."""


class NotCommittedError(Exception):
    """Rows are still on their way after all the time they were given."""


async def wait_until_committed(
    engine: Engine, settings: IngestionSettings, source: Source, batch_ids: Collection[UUID]
) -> list[dict[str, Any]]:
    """Wait for batches, and for those that an earlier run of the same schedule left on their way.

    Raises
    ------
    NotCommittedError
        If they are not all stored in time.
    """
    patience = settings.commit_seconds
    # What was left longer ago is lost, which the audit tells; waiting for it again and again would help nobody.
    left_behind = await retry_database(pending_batches, engine, source, datetime.now(UTC) - 2 * patience)
    wanted = {*batch_ids, *(batch.batch_id for batch in left_behind)}
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        found = await retry_database(batches_by_id, engine, wanted)
        pending = [batch for batch in found if batch.pending]
        if not pending:
            break
        if asyncio.get_running_loop().time() > deadline:
            raise NotCommittedError(
                f"{sum(batch.pending for batch in pending)} rows of {', '.join(batch.name for batch in pending[:5])} are "
                f"not stored after {patience.total_seconds():.0f} s. They are on their way: see that workers run "
                f"(smartpredict status) and call again"
            )
        await asyncio.sleep(_PAUSE_SECONDS)
    return [
        {
            "name": batch.name,
            "use_case": batch.use_case,
            "batch_id": str(batch.batch_id),
            "rows": batch.rows_in,
            "predicted": batch.predicted,
            "observed": batch.observed,
            "bad": batch.quarantined,
            "dead": batch.dead_lettered,
        }
        for batch in found
    ]
