"""A history of scored rows, made up: profiles as workers record them, at any time, without the rows themselves."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine, func, update
from sqlalchemy.dialects.postgresql import insert

from monitoring.profiles.building import reference_profile
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from monitoring.profiles.reference import ReferenceProfile
from monitoring.profiles.row_order import row_order
from sql.profiles.key_tables import part_keys
from sql.profiles.keys import keep_keys
from sql.profiles.reference import publish_reference
from sql.profiles.tables import part_profiles
from tests.support.pipeline import EQUIPMENT, equipment_rows
from training.data import TrainingData, load_training_data
from usecases.tasks.definition import Scores


def made_up_scores(rows: pa.RecordBatch) -> Scores:
    """Answer rows by their torque, so that a shift of the rows is one of the answers."""
    score = 1 / (1 + np.exp(-(rows.column("torque_nm").fill_null(50.0).to_numpy() - 50) / 5))
    return Scores(pa.array(np.where(score >= 0.5, "failure", "ok").tolist()), pa.array(score), None)


def equipment_reference(rows: int = 5_000) -> ReferenceProfile:
    """Profile made-up training data."""
    trained = equipment_rows(rows, seed=1000)
    return reference_profile(EQUIPMENT, trained, made_up_scores(trained))


@cache
def ordered_rows() -> pa.RecordBatch:
    """Return the training data of the default use case in its own order: temperatures wander, tools wear."""
    return _ordered().rows


@cache
def ordered_reference() -> ReferenceProfile:
    """Profile the training data of the default use case with what its order says."""
    data = _ordered()
    return reference_profile(
        EQUIPMENT, data.rows, made_up_scores(data.rows), row_order(EQUIPMENT, data.rows, data.targets)
    )


@cache
def _ordered() -> TrainingData:
    return load_training_data(EQUIPMENT, Path())


class History:
    """Writes what workers would have recorded.

    Parameters
    ----------
    engine
        A prepared database.
    reference
        Profile of the served version's training data.
    """

    def __init__(self, engine: Engine, reference: ReferenceProfile) -> None:
        self.engine = engine
        self.tally = PartCounter(EQUIPMENT, reference)
        publish_reference(engine, published(EQUIPMENT, reference))

    def part(
        self,
        rows: pa.RecordBatch,
        at: datetime,
        *,
        source: str = "api",
        batch_id: UUID | None = None,
        model_version: int = 1,
    ) -> None:
        """Write the profile of a part that was recorded at a time."""
        counted = self.tally.count(rows, made_up_scores(rows))
        values: dict[str, Any] = {
            "recorded_at": at,
            "use_case": EQUIPMENT.name,
            "model_version": model_version,
            "reference": counted.reference,
            "source": source,
            "batch_id": batch_id,
            "rows": counted.rows,
            "slots": counted.slots,
            "counts": counted.counts,
            "totals": counted.totals,
            "squares": counted.squares,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(part_profiles).values(values))
            if counted.keys is not None:
                keep_keys(connection, EQUIPMENT.name, model_version, {source: counted})
                just_now = part_keys.c.recorded_at == func.now()
                connection.execute(update(part_keys).where(just_now).values(recorded_at=at))
