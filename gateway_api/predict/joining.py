"""Features that requests do not bring: joined when rows are asked for, as they are known then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from broker.ids import first_prediction_id
from gateway_api.predict.online import OnlineRequest, row_values
from gateway_api.wire.body import RowReader
from sql.observations.joining import known_features
from sql.predictions.past import read_recorded
from usecases.checking.joining import complete_row
from usecases.contract.feature_tables import FeatureTable, joined_names
from usecases.contract.spec import UseCase


def with_joined_features(
    engine: Engine, use_case: UseCase, asked: OnlineRequest, *, may_be_repeated: bool
) -> OnlineRequest:
    """Return a request whose rows have the features that its use case joins, as they were known when it was received.

    Parameters
    ----------
    engine, use_case, asked
        The database, and what is asked for.
    may_be_repeated
        Whether it has a key under which it may have come before: it is answered with what was stored then.

    Raises
    ------
    gateway_api.door.problems.InvalidRows
        If rows break the contract with what was joined, or for want of it.
    """
    rows = row_values(asked.rows)
    stored = _stored(engine, use_case, asked) if may_be_repeated else None
    if stored is not None:
        names = joined_names(use_case.feature_tables)
        completed = [row | {name: found[name] for name in names} for row, found in zip(rows, stored, strict=True)]
    else:
        keys = [_keys(table, rows) for table in use_case.feature_tables]
        known = known_features(engine, use_case, asked.received_at, keys)
        completed = [complete_row(use_case, row, known) for row in rows]
    return replace(asked, rows=_reader(use_case).read_values(completed))


def _keys(table: FeatureTable, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if table.join_key is None:
        return [""]
    return [str(row[table.join_key]) for row in rows if row[table.join_key] is not None]


def _stored(engine: Engine, use_case: UseCase, asked: OnlineRequest) -> Sequence[Mapping[str, Any]] | None:
    """Return what is stored of a request; none where it is not, or not yet."""
    first = first_prediction_id(asked.received_at, asked.batch_id).int
    ids = [UUID(int=first + number) for number in range(1, len(asked.rows) + 1)]
    with suppress(KeyError):
        return [dict(row) for row in read_recorded(engine, use_case, ids)]
    return None


@lru_cache(maxsize=256)
def _reader(use_case: UseCase) -> RowReader:
    return RowReader(use_case)
