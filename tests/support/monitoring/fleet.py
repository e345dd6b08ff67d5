"""Fifty machines of one use case, each with a level of its own: training data and served rows, made up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pyarrow as pa

from monitoring.profiles.building import reference_profile
from monitoring.profiles.reference import ReferenceProfile
from tests.support.monitoring.profile_history import made_up_scores
from tests.support.pipeline import EQUIPMENT, equipment_rows

FLEET = EQUIPMENT.model_copy(update={"drift": EQUIPMENT.drift.model_copy(update={"keys": ("machine_id",)})})
"""The default use case, judged by machine as well."""

MACHINES = 50
LEVELS = np.random.default_rng(2).normal(0, 8, MACHINES)


def fleet_rows(
    each: int, *, seed: int, machines: int = MACHINES, moved: Mapping[str, float] | None = None
) -> pa.RecordBatch:
    """Make so many rows of each machine, in turn; the torque of those that moved is so much higher."""
    rows = equipment_rows(each * machines, seed=seed)
    names = [f"M-{number}" for number in range(machines)]
    levels = np.resize(LEVELS, machines) + [(moved or {}).get(name, 0.0) for name in names]
    torque = rows.column("torque_nm").to_numpy() + np.tile(levels, each)
    return with_columns(rows, machine_id=pa.array(names * each), torque_nm=pa.array(torque))


def with_columns(rows: pa.RecordBatch, **columns: pa.Array) -> pa.RecordBatch:
    """Replace columns."""
    for name, values in columns.items():
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(place), values)
    return rows


@cache
def fleet_reference() -> ReferenceProfile:
    """Profile 200 rows of each machine."""
    rows = fleet_rows(200, seed=1)
    return reference_profile(FLEET, rows, made_up_scores(rows))
