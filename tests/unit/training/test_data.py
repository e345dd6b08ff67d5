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
from usecases.contract.spec import QualityLimits, UseCase

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
        ("bundled:nothing", "no data set 'nothing' comes along; there are equipment_failure, iris, pm25"),
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


def test_a_few_bad_rows_are_left_out() -> None:
    frame = tiles()
    frame.loc[3, "heat_k"] = -1
    frame.loc[4, "cracked"] = None
    data = check_training_data(KILN, batch(frame))
    assert (data.rows.num_rows, data.bad_rows) == (98, 2)
    assert data.left_out == ("1 without cracked", "1 that break the contract, most frequently: heat_k minimum (1)")
    assert data.rows.column("turns").to_pylist()[2:5] == [2, 5, 6]
    assert data.targets.tolist()[2:5] == [0, 1, 0]


def test_what_of_a_file_is_not_read_is_told(tmp_path: Path) -> None:
    lines = tiles().to_csv(index=True).splitlines()
    lines[7] += ",9"
    (tmp_path / "tiles.CSV").write_text("\n".join(lines))
    use_case = KILN.model_copy(update={"training": KILN.training.model_copy(update={"data": "tiles.CSV"})})
    data = load_training_data(use_case, tmp_path)
    assert data.rows.num_rows == 99
    assert data.left_out == ("column 1 has no name", "line 8 has 5 cells instead of 4")


def test_too_many_bad_rows_refuse_the_data_and_the_reasons_are_named() -> None:
    frame = tiles()
    frame.loc[:8, "heat_k"] = -1
    frame.loc[50:52, "cracked"] = "maybe"
    with pytest.raises(TrainingDataError) as refused:
        check_training_data(KILN, batch(frame))
    assert str(refused.value) == (
        "12 of 100 rows with a target are bad, the limit is 10%. Most frequent: heat_k minimum (9); 3 whose cracked is none of "
        "whole, broken: 'maybe' (3, the first in row 51). Correct them, say under class_source_names how the data "
        "writes each class, or name what is meant to be left out under "
        "left_out_classes or target_missing_values in usecase.yaml"
    )


def test_rows_without_a_target_say_nothing_of_the_others() -> None:
    frame = tiles(200)
    frame.loc[:99, "cracked"] = None
    data = check_training_data(KILN, batch(frame))
    assert (data.rows.num_rows, data.bad_rows, data.left_out) == (100, 100, ("100 without cracked",))


def test_a_target_that_is_no_class_is_told_with_its_row_and_never_learned_as_another() -> None:
    frame = tiles()
    frame.loc[[5, 9, 20], "cracked"] = ["0", "1", "0"]
    data = check_training_data(KILN, batch(frame))
    assert (data.rows.num_rows, data.bad_rows) == (97, 3)
    (told,) = data.left_out
    assert told.startswith(
        "3 whose cracked is none of whole, broken: '0' (2, the first in row 6), '1' (1, the first in row 10)"
    )


def test_rows_of_classes_that_are_left_out_stay_out() -> None:
    frame = tiles()
    frame.loc[[5, 9, 20], "cracked"] = ["chipped", " chipped", "bent"]
    use_case = UseCase.model_validate(DECLARED | {"left_out_classes": ["chipped", "bent"]})
    data = check_training_data(use_case, batch(frame))
    assert (data.rows.num_rows, data.bad_rows) == (97, 3)
    assert data.left_out == ("3 of classes that kiln leaves out: 'chipped' (2), 'bent' (1)",)


def test_where_nothing_is_left_what_was_left_out_is_told() -> None:
    with pytest.raises(
        TrainingDataError,
        match=r"class 'whole' has 0 good rows.*Left out: 50 whose cracked is none of whole, broken: 'Whole'",
    ):
        check_training_data(
            KILN.model_copy(update={"quality": QualityLimits(max_bad_share=0.5)}),
            batch(tiles().replace({"cracked": {"whole": "Whole"}})),
        )


def test_a_number_that_cannot_be_read_is_told_with_its_row() -> None:
    frame = tiles().assign(cracked=[str(number) for number in range(98)] + ["1,234", "inf"])
    (told,) = check_training_data(REGRESSION, batch(frame)).left_out
    assert told.startswith(
        "2 whose cracked is no number: '1,234' (1, the first in row 99), 'inf' (1, the first in row 100)"
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


def test_columns_that_are_spelt_otherwise_are_the_same_as_at_every_door() -> None:
    frame = tiles().rename(columns={"heat_k": "Heat [K]", "turns": "TURNS", "cracked": "Cracked "})
    data = check_training_data(KILN, batch(frame.assign(index=range(100))))
    assert (data.rows.schema.names, data.bad_rows) == (["heat_k", "turns"], 0)
    assert data.targets.tolist() == [0.0, 1.0] * 50
    with pytest.raises(TrainingDataError, match="unknown column 'colour'"):
        check_training_data(KILN, batch(frame.assign(colour="red")))
