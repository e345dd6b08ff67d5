"""What is joined to the rows of a batch: features as they were known when it was received, whenever it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Engine

from sql.ledger.batches import Batch
from sql.observations.joining import known_features
from sql.quarantine.rows import quarantined_numbers
from usecases.checking.chunk_check import CheckedChunk
from usecases.checking.joining import KnownFeatures, complete_chunk
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class FeatureJoin:
    """What is joined to the rows of a batch.

    Attributes
    ----------
    known
        What each feature table of the use case knew when the batch was received.
    quarantined
        Numbers of its rows that are in quarantine, where it was read before.
    """

    known: Sequence[KnownFeatures]
    quarantined: np.ndarray[Any, np.dtype[np.int32]]

    def complete(self, use_case: UseCase, chunk: CheckedChunk) -> CheckedChunk:
        """Join features to the good rows of a chunk; those that lack one they need are bad."""
        return complete_chunk(use_case, chunk, self.known)

    def complete_again(self, use_case: UseCase, chunk: CheckedChunk) -> CheckedChunk:
        """Join features to the rows of a chunk that was written down before, whose parts have to hold the same rows again.

        An observation may have come late since, and rows that lacked it would be good now; they stay in quarantine.
        """
        chunk = self.complete(use_case, chunk)
        kept = ~np.isin(chunk.good_numbers, self.quarantined)
        return replace(chunk, good=chunk.good.filter(pa.array(kept)), good_numbers=chunk.good_numbers[kept])


def join_of(where: Engine | Connection, use_case: UseCase, batch: Batch) -> FeatureJoin | None:
    """Read what is joined to the rows of a batch, and which of them are in quarantine, where it was read before.

    None where rows bring all their features.
    """
    if not use_case.feature_tables:
        return None
    numbers = quarantined_numbers(where, batch.id) if batch.rows_in else np.empty(0, dtype=np.int32)
    return FeatureJoin(known_features(where, use_case, batch.received_at), numbers)
