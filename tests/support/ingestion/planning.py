"""Parts as ingestion plans them, so that the ledger of a test's own parts balances."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from broker.ids import first_prediction_id, last_prediction_id
from broker.transport.publisher import Outgoing

RECEIVED_AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
"""When the parts of `tests.support.pipeline.bulk_part` were received."""


def plan_part(engine: Engine, part: Outgoing, batch: UUID) -> None:
    """Enter a part into the ledger, as ingestion does before it publishes."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into smartpredict.batches (id, use_case, source, name, state, schema_hash, received_at, first_id,"
                " last_id, part_rows, rows_in) values (:id, :use_case, 'file', 'planned by a test', 'ingested', :hash,"
                " :received_at, :first, :last, 10000, :rows)"
            ),
            _batch_values(part, batch),
        )
        connection.execute(
            text(
                "insert into smartpredict.parts (part_id, batch_id, part_number, use_case, lane, rows)"
                " values (:part, :id, 0, :use_case, 'bulk', :rows)"
            ),
            {**_batch_values(part, batch), "part": part.message_id},
        )


def _batch_values(part: Outgoing, batch: UUID) -> dict[str, Any]:
    return {
        "id": batch,
        "use_case": part.headers["use_case"],
        "hash": part.headers["schema_hash"],
        "received_at": RECEIVED_AT,
        "first": first_prediction_id(RECEIVED_AT, batch),
        "last": last_prediction_id(RECEIVED_AT, batch),
        "rows": int(part.headers["rows"]),
    }
