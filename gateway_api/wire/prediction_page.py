"""Stored predictions as answers; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from starlette.responses import Response

from broker.ids import received_at_of
from gateway_api.wire.cursors import cursor_of_id
from sql.labels.beside import KnownLabel
from usecases.contract.spec import UseCase

_OWN = ("id", "batch_id", "row_number", "source", "model_version", "received_at", "created_at")


def prediction_page(
    use_case: UseCase,
    rows: Sequence[RowMapping],
    labels: Mapping[UUID, KnownLabel],
    limit: int,
    searched_to: UUID | None = None,
    *,
    archived_rows: Callable[[], int],
    cursor_of: Callable[[RowMapping], str] = lambda last: cursor_of_id(last["id"]),
) -> Response:
    """Write a page of rows beside what came true for them.

    It was asked for with one row more than its limit, which tells whether there is another; on the last page it is asked
    how many rows are archived.
    """
    shown = rows[:limit]
    searched = None if searched_to is None else cursor_of_id(searched_to)
    next_cursor = cursor_of(shown[-1]) if len(rows) > limit else searched
    content = {
        "use_case": use_case.name,
        "predictions": [stored_prediction(use_case, row, labels.get(row["id"])) for row in shown],
        "next_cursor": next_cursor,
        "searched_to": None if searched_to is None else received_at_of(searched_to),
        "archived_rows": archived_rows() if next_cursor is None else 0,
    }
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), media_type="application/json")


def stored_prediction(use_case: UseCase, row: RowMapping, known: KnownLabel | None) -> dict[str, Any]:
    """Build the entry of a stored row, as the answer of /predict has it, with its origin and what came true."""
    entry = {name: row[name] for name in _OWN}
    if use_case.key is not None:
        entry["key"] = row[use_case.key]
    entry |= {"prediction": row["prediction"], "score": row["score"]}
    if "scores" in row:
        entry["scores"] = dict(zip(use_case.outputs, row["scores"], strict=True))
    entry["label"] = None if known is None else known.label
    entry["labelled_at"] = None if known is None else known.labelled_at
    entry["features"] = {feature.name: row[feature.name] for feature in use_case.features}
    return entry
