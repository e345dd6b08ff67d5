"""An answer of many rows, written a column at a time, has the bytes of one that is written row by row."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.messages import Source
from gateway_api.predict.answers import PredictAnswer
from gateway_api.predict.columns import json_answer
from gateway_api.predict.online import OnlineRequest, Predicted, encode_answer
from usecases.columns.features import CategoryFeature
from usecases.contract.row_layout import category_array, row_schema
from usecases.contract.spec import UseCase


def moments(first: datetime) -> st.SearchStrategy[datetime]:
    """Draw times of the 200 years from the first on, to the microsecond."""
    return st.integers(0, 200 * 365 * 86_400_000_000).map(lambda passed: first + timedelta(microseconds=passed))


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ['"', "\\", ",\n  ", "\n", '",\n  "', "é", "日本", "😀", "null", "[", "]}", "\x7f", "\u2028"]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e16, 1e-7, 5e-324, 2.0**53])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "float": NUMBERS,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "category": st.sampled_from(["low", 'hi"gh', "höher", ""]),
    "boolean": st.booleans(),
    "timestamp": moments(datetime(1900, 1, 1, tzinfo=UTC)),
}


def pumps(task: str, *, key: str | None) -> UseCase:
    """Declare a use case that has a feature of each kind, with and without missing values."""
    kinds: list[dict[str, Any]] = [{"name": kind, "type": kind} for kind in VALUES]
    kinds[2]["values"] = ["low", 'hi"gh', "höher", "none"]
    maybe = [kind | {"name": f"maybe_{kind['name']}", "nullable": True} for kind in kinds]
    classes: dict[str, Any] = {"binary": ["ok", "fail"], "multiclass": ["a", 'b"c', "ü"], "regression": []}
    return UseCase.model_validate(
        {
            "name": "pump",
            "title": "Pumps",
            "task": task,
            "target": "outcome",
            "classes": classes[task],
            "key": key,
            "features": [*kinds, *maybe],
            "training": {"data": "pumps.csv"},
        }
    )


USE_CASES = [pumps("binary", key="pump"), pumps("multiclass", key=None), pumps("regression", key="pump")]


async def still_here() -> bool:
    return False


@st.composite
def answered(draw: st.DrawFn, use_case: UseCase) -> tuple[OnlineRequest, Predicted]:
    """Draw a request, and what was predicted for its rows."""
    count = draw(st.integers(1, 6))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=count, max_size=count))

    schema = row_schema(use_case)
    arrays = [] if use_case.key is None else [pa.array(column(st.none() | TEXTS), pa.string())]
    for feature in use_case.features:
        values = column(VALUES[feature.type] if not feature.nullable else st.none() | VALUES[feature.type])
        if isinstance(feature, CategoryFeature):
            arrays.append(category_array(feature, pa.array(values, pa.string())))
        else:
            arrays.append(pa.array(values, schema.field(feature.name).type))
    names, outputs = use_case.classes, use_case.outputs if use_case.task == "multiclass" else ()
    predicted = Predicted(
        model_version=draw(st.integers(0, 2**31)),
        predictions=column(st.sampled_from(names) if names else NUMBERS),
        scores=column(st.none() | NUMBERS),
        class_scores=[[draw(NUMBERS) for _ in outputs] for _ in range(count)] if outputs else None,
        contributions=[[[draw(NUMBERS) for _ in range(len(use_case.features) + 1)] for _ in outputs or [0]]] * count,
    )
    rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
    moment = draw(moments(datetime(2020, 1, 1, tzinfo=UTC)))
    request = OnlineRequest(
        draw(st.uuids()), moment, Source.API, rows, still_here, explain=draw(st.booleans()), store=draw(st.booleans())
    )
    return request, predicted


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda use_case: str(use_case.task))
@given(data=st.data())
def test_columns_are_written_as_rows_are(use_case: UseCase, data: st.DataObject) -> None:
    request, predicted = data.draw(answered(use_case))
    content = json_answer(use_case, request, predicted)
    assert content == encode_answer(use_case, request, predicted)
    assert len(PredictAnswer.model_validate_json(content).predictions) == len(request.rows)


def test_no_number_is_null() -> None:
    use_case = UseCase.model_validate(
        {
            "name": "pump",
            "title": "Pumps",
            "task": "regression",
            "target": "outcome",
            "features": [{"name": "heat", "type": "float", "nullable": True}],
            "training": {"data": "pumps.csv"},
        }
    )
    rows = pa.RecordBatch.from_arrays([pa.array([math.nan, None])], schema=row_schema(use_case))
    request = OnlineRequest(UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC), Source.API, rows, still_here)
    predicted = Predicted(1, [1.0, 2.0], [None, math.nan], None)
    content = json_answer(use_case, request, predicted)
    assert content == encode_answer(use_case, request, predicted)
    found = orjson.loads(content)["predictions"]
    assert [(one["score"], one["features"]) for one in found] == [(None, {"heat": None})] * 2
