"""Rows that do not fit into memory are checked, split, fitted and judged as those that do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.data import load_training_data
from training.errors import TrainingDataError
from training.evaluate import evaluate
from training.out_of_core import store
from training.out_of_core.checking import StoredRows, check_and_store
from training.out_of_core.memory import MemoryForecast, rows_past_memory
from training.out_of_core.source import ParquetRows
from training.out_of_core.store import StoredExamples
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.models.lightgbm_runtime import LIGHTGBM
from usecases.models.runtime import Examples, Fitted, ModelError
from usecases.models.scoring import raw_scores
from usecases.models.xgboost_runtime import XGBOOST

ROWS = 12_000


def declared(training: dict[str, Any], **changes: Any) -> UseCase:
    content: dict[str, Any] = {
        "name": "kiln",
        "title": "Kiln",
        "task": "binary",
        "target": "cracked",
        "classes": ["whole", "broken"],
        "ignored_columns": ["oven", "day"],
        "features": [
            {"name": "heat_k", "type": "float", "minimum": 0},
            {"name": "glaze", "type": "category", "values": ["matt", "gloss"]},
            {"name": "turns", "type": "integer", "nullable": True},
        ],
        "training": {"data": "tiles", "rounds": 40} | training,
    }
    return UseCase.model_validate(content | changes)


def tiles(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    heat, glaze = rng.uniform(900, 1500, rows), rng.choice(["matt", "gloss"], rows)
    odds = (heat - 1200) / 80 + np.where(glaze == "gloss", 1.0, -1.0)
    return pd.DataFrame(
        {
            "heat_k": heat,
            "glaze": glaze,
            "turns": pd.array(np.where(rng.random(rows) < 0.1, np.nan, rng.integers(0, 9, rows)), "Int64"),
            "oven": [f"oven {number}" for number in rng.integers(0, 60, rows)],
            "day": pd.date_range("2026-01-01", periods=rows, freq="min")[rng.permutation(rows)],
            "cracked": np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), "broken", "whole"),
        }
    )


def write(frame: pd.DataFrame, folder: Path, files: int = 3) -> None:
    """Write a folder of files, one of them of a day of its own, beside what is no data."""
    (folder / "tiles" / "day=2").mkdir(parents=True)
    for number, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        path = folder / "tiles" / ("day=2" if number else "") / f"{number}.parquet"
        table = pa.Table.from_pandas(frame.iloc[part], preserve_index=False)
        if number:  # as another program would have written it
            table = table.set_column(2, "turns", table["turns"].cast(pa.int16()))
        pq.write_table(table, path, row_group_size=1_500)
    (folder / "tiles" / "_SUCCESS").touch()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Several blocks, as of many rows.
    monkeypatch.setattr(store, "WRITTEN_ROWS", 1_000)
    monkeypatch.setattr("training.out_of_core.source.BLOCK_ROWS", 1_000)
    write(tiles(), tmp_path)
    return tmp_path


def stored(use_case: UseCase, folder: Path) -> StoredRows:
    (folder / "store").mkdir()
    return check_and_store(use_case, ParquetRows.at(folder / "tiles"), folder / "store")


def heats(examples: StoredExamples) -> list[float]:
    return [heat for block in examples.blocks() for heat in block.rows.column("heat_k").to_pylist()]


def test_every_good_row_is_in_one_part_and_the_same_rows_always(folder: Path, tmp_path: Path) -> None:
    use_case = declared({"split": "random"})
    rows = stored(use_case, folder)
    parts = [heats(part) for part in (rows.training, rows.validation, rows.holdout)]
    assert sorted(heat for part in parts for heat in part) == sorted(tiles()["heat_k"])
    assert [len(part) for part in parts] == [rows.split.training, rows.split.validation, rows.split.holdout]
    assert [len(part) / ROWS for part in parts] == pytest.approx([0.64, 0.16, 0.2], abs=0.02)
    assert rows.sample.rows.num_rows == rows.rows == ROWS
    again = check_and_store(use_case, ParquetRows.at(folder / "tiles"), tmp_path)
    assert heats(again.holdout) == parts[2]


def test_the_model_is_as_good_as_one_of_rows_in_memory(folder: Path) -> None:
    use_case = declared({"split": "random"})
    rows = stored(use_case, folder)
    found = XGBOOST.fit_blocks(use_case, rows.training, rows.validation)
    other = XGBOOST.fit(use_case, at_once(rows.training), at_once(rows.validation))
    assert auc(use_case, found, rows) == pytest.approx(auc(use_case, other, rows), abs=0.01)
    assert auc(use_case, found, rows) > 0.85


def at_once(stored: StoredExamples) -> Examples:
    blocks = list(stored.blocks())
    return Examples(
        pa.concat_batches([block.rows for block in blocks]), np.concatenate([block.targets for block in blocks])
    )


def auc(use_case: UseCase, fitted: Fitted, rows: StoredRows) -> float:
    blocks = list(rows.holdout.blocks())
    scores = np.concatenate([raw_scores(use_case, fitted.model, block.rows) for block in blocks])
    return evaluate(use_case, np.concatenate([block.targets for block in blocks]), scores).metrics["roc_auc"]


def test_bins_on_disk_give_the_model_of_bins_in_memory(folder: Path) -> None:
    use_case = declared({"split": "random"})
    rows = stored(use_case, folder)
    models = [
        XGBOOST.fit_blocks(use_case, rows.training, rows.validation, cache).model for cache in (None, folder / "store")
    ]
    block = next(rows.holdout.blocks()).rows
    in_memory, on_disk = (raw_scores(use_case, model, block) for model in models)
    assert np.allclose(in_memory, on_disk, atol=1e-4)


def test_the_last_rows_in_time_are_the_holdout_and_none_of_a_moment_is_parted(folder: Path) -> None:
    use_case = declared({"split": "time", "split_column": "day"})
    rows = stored(use_case, folder)
    day_of = dict(zip(tiles()["heat_k"], tiles()["day"], strict=True))
    training, validation, holdout = (
        [day_of[heat] for heat in heats(part)] for part in (rows.training, rows.validation, rows.holdout)
    )
    assert max(training) < min(validation)
    assert max(validation) < min(holdout)
    assert rows.split.words == f"the last {len(holdout):,} rows by day"
    assert len(holdout) / ROWS == pytest.approx(0.2, abs=0.001)


def test_a_group_is_in_one_part_as_a_whole(folder: Path) -> None:
    rows = stored(declared({"split": "group", "split_column": "oven"}), folder)
    oven_of = dict(zip(tiles()["heat_k"], tiles()["oven"], strict=True))
    groups = [{oven_of[heat] for heat in heats(part)} for part in (rows.training, rows.validation, rows.holdout)]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 60


def test_a_split_that_nobody_chose_is_found_out(folder: Path) -> None:
    assert stored(declared({}), folder).split.explained.endswith("rows by day (holds the time of a row)")


def test_rows_are_left_out_in_the_words_of_rows_in_memory(tmp_path: Path) -> None:
    frame = tiles()
    frame.loc[5:20, "heat_k"] = -1.0
    frame.loc[9_000:9_002, "cracked"] = "melted"
    frame.loc[30:33, "cracked"] = None
    write(frame, tmp_path)
    frame.to_parquet(tmp_path / "tiles.parquet", index=False)
    rows = stored(declared({"split": "random"}), tmp_path)
    data = load_training_data(declared({"data": "tiles.parquet"}), tmp_path)
    assert rows.sample.left_out == data.left_out
    assert (rows.bad_rows, rows.rows) == (data.bad_rows, data.rows.num_rows) == (23, ROWS - 23)
    frame["heat_k"] = -1.0
    frame.to_parquet(tmp_path / "tiles" / "0.parquet", index=False)
    with pytest.raises(TrainingDataError, match="rows with a target are bad, the limit is"):
        check_and_store(declared({"split": "random"}), ParquetRows.at(tmp_path / "tiles"), tmp_path)


def test_rows_with_the_features_of_a_row_that_was_learned_from_are_counted(tmp_path: Path) -> None:
    frame = tiles()
    write(pd.concat([frame, frame], ignore_index=True), tmp_path)
    rows = stored(declared({"split": "random"}), tmp_path)
    # Eight of ten copies of a row of the holdout lie elsewhere.
    assert rows.duplicates / rows.split.holdout == pytest.approx(0.8, abs=0.03)


def test_rows_are_read_block_by_block_where_they_do_not_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tiles()
    small.to_parquet(folder / "tiles.parquet", index=False)
    small.to_csv(folder / "tiles.csv", index=False)
    of_file = declared({"data": "tiles.parquet"})
    assert rows_past_memory(of_file, folder) is None
    assert rows_past_memory(declared({}), folder) is not None
    monkeypatch.setenv("SMARTPREDICT_TRAINING_MEMORY", str(100 * 1024**2))
    found = rows_past_memory(of_file, folder)
    assert found is not None
    assert found.forecast.uses_disk
    assert "12,000 rows would take about" in found.forecast.words
    assert "0.1 GB may be taken (SMARTPREDICT_TRAINING_MEMORY)" in found.forecast.words
    assert rows_past_memory(declared({"data": "tiles.csv"}), folder) is None
    (folder / "store").mkdir()
    with pytest.raises(TrainingDataError, match="holds no rows; put Parquet files into it"):
        ParquetRows.at(folder / "store")


def test_the_forecast_grows_with_rows_and_is_least_on_disk() -> None:
    use_case = declared({})
    small, large = (MemoryForecast.of(use_case, rows, 2**30) for rows in (10_000, 100_000_000))
    assert small.fits
    assert not large.fits
    assert large.on_disk < large.in_blocks < large.at_once
    assert large.uses_disk


def test_a_library_that_cannot_says_what_to_do(folder: Path) -> None:
    use_case = declared({"split": "random"})
    rows = stored(use_case, folder)
    with pytest.raises(ModelError, match="fit it with xgboost, take a part of the rows, or allow more memory"):
        LIGHTGBM.fit_blocks(use_case, rows.training, rows.validation)
    assert rows.split.kind is SplitKind.RANDOM


def apart(folder: Path, frames: list[pd.DataFrame]) -> None:
    (folder / "tiles").mkdir()
    for number, frame in enumerate(frames):
        frame.to_parquet(folder / "tiles" / f"{number}.parquet", index=False)


def test_a_file_of_another_program_is_read_as_the_first(tmp_path: Path) -> None:
    first, second = tiles(2_000).iloc[:1_000], tiles(2_000).iloc[1_000:]
    texts = {"heat_k": second["heat_k"].astype(str), "day": second["day"].dt.tz_localize("UTC")}
    second = second.assign(**texts).rename(columns=str.upper)
    apart(tmp_path, [first, second])
    rows = stored(declared({"split": "time", "split_column": "day"}), tmp_path)
    assert (rows.rows, rows.bad_rows) == (2_000, 0)
    day_of = dict(zip(tiles(2_000)["heat_k"], tiles(2_000)["day"], strict=True))
    assert max(day_of[heat] for heat in heats(rows.training)) < min(day_of[heat] for heat in heats(rows.holdout))


def test_a_group_is_the_same_however_a_file_writes_its_number(tmp_path: Path) -> None:
    frame = tiles(2_000)
    frame["oven"] = np.arange(2_000) % 40 + 12_345_678_901
    frames = [frame.iloc[:700], frame.iloc[700:1_400].astype({"oven": float}), frame.iloc[1_400:].astype({"oven": str})]
    apart(tmp_path, frames)
    rows = stored(declared({"split": "group", "split_column": "oven"}), tmp_path)
    oven_of = dict(zip(frame["heat_k"], frame["oven"], strict=True))
    groups = [{oven_of[heat] for heat in heats(part)} for part in (rows.training, rows.validation, rows.holdout)]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 40


def test_folders_named_after_values_bring_the_columns_that_files_lack(tmp_path: Path) -> None:
    for glaze, part in tiles(2_000).groupby("glaze"):
        path = tmp_path / "tiles" / f"Glaze={glaze}" / "written=today"
        path.mkdir(parents=True)
        part.drop(columns="glaze").to_parquet(path / "0.parquet", index=False)
    use_case = declared({"split": "random"})
    (tmp_path / "store").mkdir()
    rows = check_and_store(use_case, ParquetRows.at(tmp_path / "tiles", use_case), tmp_path / "store")
    glaze_of = dict(zip(tiles(2_000)["heat_k"], tiles(2_000)["glaze"], strict=True))
    found = [row for block in rows.training.blocks() for row in block.rows.to_pylist()]
    assert rows.bad_rows == 0
    assert all(row["glaze"] == glaze_of[row["heat_k"]] for row in found)


def test_a_file_without_the_column_that_splits_is_told(tmp_path: Path) -> None:
    apart(tmp_path, [tiles(500), tiles(500).drop(columns="day")])
    with pytest.raises(TrainingDataError, match="has no column 'day', by which its rows are split"):
        stored(declared({"split": "time", "split_column": "day"}), tmp_path)
