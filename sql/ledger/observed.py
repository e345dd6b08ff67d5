"""Observations of a batch: good rows that are stored with what is written down of them, where others become parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection

from sql.observations.writing import store_observations
from sql.quarantine.rows import QuarantinedRow
from usecases.checking.reasons import RuleName
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class ObservedRows:
    """Good rows of a chunk that are observations of a forecast.

    Attributes
    ----------
    use_case
        The forecast.
    rows, numbers
        The rows, in the layout of their contract, and the number of each within its batch.
    quarantined
        Returns rows that the store refuses as the quarantine keeps them, by their numbers and the rules they break.
    """

    use_case: UseCase
    rows: pa.RecordBatch
    numbers: Any
    quarantined: Callable[[Mapping[int, RuleName]], Sequence[QuarantinedRow]]


@dataclass(frozen=True, slots=True)
class ObservedCounts:
    """What became of them: rows that are stored by now, those of them that were before, and what was refused."""

    observed: int
    repeated: int
    refused: Sequence[QuarantinedRow]


NONE_OBSERVED = ObservedCounts(0, 0, ())


def store_observed(connection: Connection, batch_id: UUID, found: ObservedRows) -> ObservedCounts:
    """Store the observations of a chunk in the transaction that writes the chunk down."""
    stored = store_observations(connection, found.use_case, batch_id, found.rows, found.numbers)
    refused = found.quarantined(stored.refused) if stored.refused else ()
    return ObservedCounts(stored.stored + stored.repeated, stored.repeated, refused)
