"""Events that bring what was predicted, row by row, where a use case asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from broker.messages import CLOUD_EVENT_JSON, JSON, PartCommitted
from broker.topology import RESULTS
from broker.transport.publisher import Outgoing
from usecases.contract.events import ResultFormat
from usecases.contract.spec import UseCase

MAX_EVENT_ROWS = 1_000
"""Rows of one event: about 250 kB, which any listener takes."""

EVENT_TYPE = "smartpredict.results"
"""What kind of CloudEvent it is."""


def result_events(
    use_case: UseCase, part: PartCommitted, written: ResultFormat, rows: Sequence[Mapping[str, Any]]
) -> list[Outgoing]:
    """Write what was predicted for the rows of a part that is stored, as the contract `PartResults` has it.

    Parameters
    ----------
    use_case, part
        What was predicted, and what is told of the part as a whole.
    written
        How the events are written.
    rows
        The rows as they are stored.
    """
    about = {
        "contract": "PartResults/1",
        "part_id": str(part.part_id),
        "use_case": use_case.name,
        "model_version": part.model_version,
        "committed_at": part.committed_at.isoformat(),
    }
    results = [_result(use_case, row) for row in rows]
    return [
        _event(written, about, number, results[first : first + MAX_EVENT_ROWS])
        for number, first in enumerate(range(0, len(results), MAX_EVENT_ROWS), start=1)
    ]


def _result(use_case: UseCase, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prediction_id": _uuid(row["id"]),
        "batch_id": _uuid(row["batch_id"]),
        "row_number": row["row_number"],
        "key": row[use_case.key] if use_case.key else None,
        "prediction": row["prediction"],
        "score": row.get("score"),
        "scores": row.get("scores"),
    }


def _uuid(value: bytes | UUID) -> UUID:
    return UUID(bytes=value) if isinstance(value, bytes) else value


def _event(written: ResultFormat, about: Mapping[str, Any], number: int, results: Sequence[Any]) -> Outgoing:
    data = {**about, "number": number, "results": results}
    own_id = f"{about['part_id']}/{number}"
    is_plain = written is ResultFormat.JSON
    return Outgoing(
        exchange=RESULTS,
        routing_key=f"{RESULTS}.{about['use_case']}",
        body=orjson.dumps(data if is_plain else _cloud_event(data, own_id)),
        message_id=own_id,
        content_type=JSON if is_plain else CLOUD_EVENT_JSON,
        mandatory=False,
    )


def _cloud_event(data: Mapping[str, Any], own_id: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": own_id,
        "source": f"/smartpredict/{data['use_case']}",
        "type": EVENT_TYPE,
        "time": data["committed_at"],
        "datacontenttype": JSON,
        "data": data,
    }
