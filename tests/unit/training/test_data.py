"""Training data is found, checked and encoded, or refused with what to change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from training.data import check_training_data, load_training_data, read_table
from training.errors import TrainingDataError
from usecases.contract.spec import UseCase

DECLARED: dict[str, Any] = {
    "name": "kiln",
    "title": "Kiln",
    "task": "binary",
    "target": "cracked",
    "classes": ["whole", "broken"],
    "features": [
        {"name": "heat_k", "type": "float", "minimum": 0},
        {"name": "turns", "type": "integer", "nullable": True},
    ],
    "quality": {"max_bad_share": 0.1},
    "training": {"data": "tiles.csv"},
}
KILN = UseCase.model_validate(DECLARED)
REGRESSION = UseCase.model_validate(DECLARED | {"task": "regression", "classes": []})


def tiles(rows: int = 100) -> pd.DataFrame:
    return pd.DataFrame(
        {"heat_k": np.arange(rows) + 0.5, "turns": np.arange(rows), "cracked": ["whole", "broken"] * (rows // 2)}
    )


def encode_targets(use_case: UseCase, column: pa.Array) -> Any:
    return use_case.task.definition.read_targets(use_case.classes, column, decimal_comma=False)


def batch(frame: pd.DataFrame) -> pa.RecordBatch:
    return pa.RecordBatch.from_pandas(frame, preserve_index=False)


def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    tiles().to_csv(tmp_path / "tiles.csv", index=False)
    tiles().to_parquet(tmp_path / "tiles.parquet", index=False)
    from_csv = load_training_data(KILN, tmp_path)
    parquet = UseCase.model_validate(DECLARED | {"training": {"data": "tiles.parquet"}})
    from_parquet = load_training_data(parquet, tmp_path)
    assert from_csv.rows.equals(from_parquet.rows)
    assert from_csv.targets.tolist() == from_parquet.targets.tolist() == [0.0, 1.0] * 50


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("bundled:nothing", "no data set 'nothing' comes along; there are equipment_failure, iris"),
        ("none.csv", "training data none.csv cannot be read"),
        ("none.parquet", "training data none.parquet cannot be read"),
        ("../secret.csv", "leads out of the folder"),
        ("empty.csv", "training data empty.csv cannot be read"),
    ],
)
def test_data_that_is_not_there(source: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(TrainingDataError, match=complaint):
        read_table(source, tmp_path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    tiles().to_csv(outside / "tiles.csv", index=False)
    (inside / "tiles.csv").symlink_to(outside / "tiles.csv")
    with pytest.raises(TrainingDataError, match="leads out of the folder"):
        read_table("tiles.csv", inside)


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        (pa.array(["whole", "broken", "", None, "lost"]), [0, 1, np.nan, np.nan, np.nan]),
        (pa.array(["0", "1", "2"]), [0, 1, np.nan]),
        (pa.array([0, 1, 2, None]), [0, 1, np.nan, np.nan]),
        (pa.array([0.0, 1.0, 0.5, None, np.nan]), [0, 1, np.nan, np.nan, np.nan]),
        (pa.array([True, False, None]), [1, 0, np.nan]),
        (pa.array(["broken", "whole"]).dictionary_encode(), [1, 0]),
    ],
    ids=["names", "texts of codes", "codes", "floats", "booleans", "dictionary"],
)
def test_targets_of_classes(column: pa.Array, codes: list[float]) -> None:
    np.testing.assert_array_equal(encode_targets(KILN, column), codes)


def test_a_class_that_is_called_like_a_code_is_meant_by_its_name() -> None:
    use_case = UseCase.model_validate(DECLARED | {"classes": ["1", "0"]})
    assert encode_targets(use_case, pa.array(["1", "0"])).tolist() == [0, 1]


def test_targets_of_a_regression() -> None:
    np.testing.assert_array_equal(encode_targets(REGRESSION, pa.array(["1.5", "", "x"])), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(encode_targets(REGRESSION, pa.array([1, None])), [1, np.nan])


def test_a_few_bad_rows_are_left_out() -> None:
    frame = tiles()
    frame.loc[3, "heat_k"] = -1
    frame.loc[4, "cracked"] = None
    data = check_training_data(KILN, batch(frame))
    assert (data.rows.num_rows, data.bad_rows) == (98, 2)
    assert data.rows.column("turns").to_pylist()[2:5] == [2, 5, 6]
    assert data.targets.tolist()[2:5] == [0, 1, 0]


def test_too_many_bad_rows_refuse_the_data_and_the_reasons_are_named() -> None:
    frame = tiles()
    frame.loc[:8, "heat_k"] = -1
    frame.loc[50:52, "cracked"] = None
    with pytest.raises(TrainingDataError) as refused:
        check_training_data(KILN, batch(frame))
    assert str(refused.value) == (
        "12 of 100 rows are bad, the limit is 10%. Most frequent: heat_k minimum (9), cracked missing or unknown (3)"
    )


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (tiles().drop(columns="cracked"), "needs one column 'cracked', the target; it has heat_k, turns"),
        (tiles().drop(columns="heat_k"), "missing column 'heat_k'"),
        (tiles().assign(colour="red"), "unknown column 'colour'"),
        (tiles(40), "40 good rows are too few"),
        (tiles(0), "0 good rows are too few"),
        (tiles().assign(cracked="whole"), "class 'broken' has 0 good rows"),
    ],
)
def test_data_one_cannot_learn_from(frame: pd.DataFrame, complaint: str) -> None:
    with pytest.raises(TrainingDataError, match=complaint):
        check_training_data(KILN, batch(frame))
