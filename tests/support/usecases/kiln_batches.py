"""Rows of a kiln, of every kind of feature, as Hypothesis makes them up."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from monitoring.profiles.building import reference_profile
from monitoring.profiles.reference import ReferenceProfile
from usecases.contract.row_layout import category_array, row_schema
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

DECLARED: dict[str, Any] = {
    "name": "kiln",
    "title": "Kiln",
    "task": "binary",
    "target": "cracked",
    "classes": ["whole", "broken"],
    "key": "tile",
    "features": [
        {"name": "heat_k", "type": "float", "nullable": True},
        {"name": "turns", "type": "integer", "nullable": True},
        {"name": "glaze", "type": "category", "values": ["matt", "gloss", "satin"], "nullable": True},
        {"name": "dried", "type": "boolean", "nullable": True},
        {"name": "fired_at", "type": "timestamp", "nullable": True},
    ],
    "training": {"data": "tiles.csv"},
}
KILN = UseCase.model_validate(DECLARED)
GLAZE = KILN.features[2]

Row = tuple[Any, ...]
ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 1e308, -1e308]),
        st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5),
        st.none() | st.sampled_from(["matt", "gloss", "satin"]),
        st.none() | st.booleans(),
        st.none() | st.integers(-(10**15), 10**15),
        st.floats(0, 1, width=32),
    ),
    max_size=40,
)


def batch(rows: list[Row]) -> tuple[pa.RecordBatch, Scores]:
    heat, turns, glaze, dried, fired, scored = zip(*rows, strict=True) if rows else ((),) * 6
    assert GLAZE.type == "category"
    columns = [
        pa.nulls(len(rows), pa.string()),
        pa.array(heat, pa.float64()),
        pa.array(turns, pa.int64()),
        category_array(GLAZE, pa.array(glaze, pa.string())),
        pa.array(dried, pa.bool_()),
        pa.array(fired, pa.timestamp("us", "UTC")),
    ]
    predicted = pa.array(["broken" if one >= 0.5 else "whole" for one in scored], pa.string())
    scores = Scores(predicted, pa.array(scored, pa.float64()), None)
    return pa.RecordBatch.from_arrays(columns, schema=row_schema(KILN)), scores


def reference(rows: list[Row]) -> ReferenceProfile:
    return reference_profile(KILN, *batch(rows))
