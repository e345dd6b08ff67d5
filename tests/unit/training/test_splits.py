"""Rows are kept apart so that the holdout is what new rows will be like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tests.support.usecases.series import engines, patients, transformer
from training.data import TrainingData, check_training_data
from training.errors import TrainingDataError
from training.evaluate import evaluate
from training.fit import fit
from training.holdout import count_duplicates, describe_holdout
from training.splits import Split, random_split, split, split_table
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.models.runtimes import DEFAULT_RUNTIME
from usecases.models.scoring import raw_scores

ROWS = 500


def declared(training: dict[str, Any], **changes: Any) -> UseCase:
    content: dict[str, Any] = {
        "name": "kiln",
        "title": "Kiln",
        "task": "binary",
        "target": "cracked",
        "classes": ["whole", "broken"],
        "ignored_columns": ["oven", "note"],
        "features": [
            {"name": "heat_k", "type": "float"},
            {"name": "fired_at", "type": "timestamp", "source_name": "Fired at", "nullable": True},
        ],
        "training": {"data": "tiles.csv"} | training,
    }
    return UseCase.model_validate(content | changes)


def tiles(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "heat_k": rng.normal(size=rows),
            "Fired at": pd.date_range("2026-01-01", periods=rows, freq="h").strftime("%Y-%m-%dT%H:%M"),
            "oven": [f"oven {number}" for number in rng.integers(0, 25, rows)],
            "note": "x",
            "cracked": rng.choice(["whole", "broken"], rows),
        }
    )
    return frame.sample(frac=1, random_state=2, ignore_index=True)


def data_of(use_case: UseCase, frame: pd.DataFrame) -> TrainingData:
    table = pa.Table.from_pandas(frame, preserve_index=False).combine_chunks()
    return check_training_data(use_case, table.to_batches()[0])


def parts_of(found: Split) -> tuple[list[int], list[int], list[int]]:
    return found.training.tolist(), found.validation.tolist(), found.holdout.tolist()


def test_in_time_the_last_rows_are_the_holdout_and_those_before_tell_when_to_stop() -> None:
    frame = tiles()
    use_case = declared({"split": "time", "split_column": "Fired at"})
    found = split(use_case, data_of(use_case, frame))
    training, validation, holdout = (frame["Fired at"].to_numpy()[part] for part in parts_of(found))
    assert max(training) < min(validation)
    assert max(validation) < min(holdout)
    assert (len(training), len(validation), len(holdout)) == (320, 80, 100)
    assert found.chosen.words == "the last 100 rows by Fired at"
    by_own_name = declared({"split": "time", "split_column": "fired_at"})
    assert parts_of(split(by_own_name, data_of(by_own_name, frame))) == parts_of(found)


def test_without_a_column_the_order_of_the_rows_is_taken() -> None:
    use_case = declared({"split": "time"})
    found = split(use_case, data_of(use_case, tiles()))
    assert found.holdout.tolist() == list(range(400, 500))
    assert found.chosen.words == "the last 100 rows by their order"


def test_rows_of_one_moment_stay_together() -> None:
    frame = tiles()
    frame["Fired at"] = [f"2026-01-{1 + number % 28:02}" for number in range(ROWS)]
    use_case = declared({"split": "time", "split_column": "Fired at"})
    parts = [set(frame["Fired at"].to_numpy()[part]) for part in parts_of(split(use_case, data_of(use_case, frame)))]
    assert parts[0] | parts[1] | parts[2] == set(frame["Fired at"])
    assert sum(map(len, parts)) == 28


def test_rows_without_a_time_are_learned_from() -> None:
    frame = tiles()
    frame.loc[:9, "Fired at"] = None
    use_case = declared({"split": "time", "split_column": "Fired at"})
    assert set(range(10)) <= set(split(use_case, data_of(use_case, frame)).training.tolist())


def test_a_group_is_in_one_part_and_the_seed_decides_in_which() -> None:
    frame = tiles()
    use_case = declared({"split": "group", "split_column": "oven"})
    data = data_of(use_case, frame)
    found = split(use_case, data)
    parts = [set(frame["oven"][part]) for part in parts_of(found)]
    assert sum(map(len, parts)) == len(parts[0] | parts[1] | parts[2]) == frame["oven"].nunique()
    assert sum(map(len, parts_of(found))) == ROWS
    assert len(found.holdout) == pytest.approx(100, abs=25)
    assert len(found.validation) == pytest.approx(80, abs=25)
    assert parts_of(split(use_case, data)) == parts_of(found)
    other = declared({"split": "group", "split_column": "oven", "seed": 8})
    assert parts_of(split(other, data)) != parts_of(found)


def test_rows_of_no_group_are_groups_of_their_own() -> None:
    frame = tiles()
    frame.loc[:199, "oven"] = None
    use_case = declared({"split": "group", "split_column": "oven"})
    training, validation, holdout = parts_of(split(use_case, data_of(use_case, frame)))
    assert all(min(part) < 200 for part in (training, validation, holdout))


def test_positions_of_a_table_count_its_bad_rows() -> None:
    frame = tiles()
    frame.loc[[0, 1, 2], "cracked"] = "lost"
    use_case = declared({"split": "time"})
    found = split_table(use_case, pa.RecordBatch.from_pandas(frame, preserve_index=False))
    assert found.training[0] == 3
    assert found.holdout[-1] == ROWS - 1
    assert sum(map(len, parts_of(found))) == ROWS - 3


def test_a_use_case_that_says_nothing_gets_what_suits_the_data() -> None:
    use_case = declared({})
    found = split(use_case, data_of(use_case, tiles()))
    assert (found.kind, found.column, found.reason) == (SplitKind.TIME, "Fired at", "holds the time of a row")
    assert found.chosen.explained == "the last 100 rows by Fired at (holds the time of a row)"


def test_days_with_the_day_first_are_the_time_of_a_row_in_a_column_that_is_ignored() -> None:
    """They were no times, so rows were drawn at random, which flatters."""
    frame = tiles()
    frame["note"] = pd.to_datetime(frame["Fired at"]).dt.strftime("%d.%m.%Y %H:%M")
    bare = frame.drop(columns="Fired at")
    by_note = declared({"split": "time", "split_column": "note"})
    by_time = declared({"split": "time", "split_column": "Fired at"})
    wanted = parts_of(split(by_time, data_of(by_time, frame)))
    assert parts_of(split(by_note, data_of(by_note, bare))) == wanted
    found = split(declared({}), data_of(declared({}), bare))
    assert (found.kind, found.column, parts_of(found)) == (SplitKind.TIME, "note", wanted)


def test_random_rows_are_drawn_as_ever() -> None:
    use_case = declared({"split": "random"})
    data = data_of(use_case, tiles())
    assert parts_of(split(use_case, data)) == parts_of(random_split(use_case, data))
    assert split(use_case, data).chosen.words == "100 random rows"


def test_random_rows_that_flatter_are_told() -> None:
    use_case = declared({"split": "random"})
    assert split(use_case, data_of(use_case, tiles())).chosen.explained == (
        "100 random rows (as usecase.yaml says; it flatters the model, split: time by Fired at would not: "
        "holds the time of a row)"
    )


def test_what_is_not_stored_with_predictions_gives_way_to_the_order_they_came_in() -> None:
    grouped = declared({"split": "group", "split_column": "oven"})
    frame = tiles().drop(columns="oven")
    received = replace(data_of(grouped, frame), is_received=True)
    found = split(grouped, received)
    assert (found.kind, found.holdout.tolist()) == (SplitKind.TIME, list(range(400, 500)))
    assert "oven is not stored with predictions" in found.chosen.explained
    with pytest.raises(TrainingDataError, match="split_column 'oven' is no column of the training data; it has heat_k"):
        split(grouped, data_of(grouped, frame))


@pytest.mark.parametrize(
    ("training", "change", "complaint"),
    [
        ({"split": "time", "split_column": "oven"}, {}, "holds neither times nor numbers; write times like 2026-03-31"),
        (
            {"split": "group", "split_column": "note"},
            {},
            "split: group by note leaves no rows, or rows of one class alone",
        ),
        (
            {"split": "time"},
            {"cracked": ["whole", "broken"] * 150 + ["whole"] * 200},
            "split: time leaves no rows, or rows of one class alone",
        ),
    ],
)
def test_a_split_that_cannot_be_says_what_to_do(
    training: dict[str, Any], change: dict[str, Any], complaint: str
) -> None:
    use_case = declared(training)
    with pytest.raises(TrainingDataError, match=complaint):
        split(use_case, data_of(use_case, tiles().assign(**change)))


def test_a_class_that_the_last_rows_lack_leaves_the_others_to_be_judged() -> None:
    use_case = declared({"split": "time"}, task="multiclass", classes=["whole", "broken", "burnt"])
    frame = tiles()
    frame.loc[frame.index[:300:9], "cracked"] = "burnt"
    data = data_of(use_case, frame)
    parts = split(use_case, data)
    fitted = fit(use_case, data, parts)
    scores = raw_scores(use_case, fitted.model, data.rows.take(pa.array(parts.holdout)))
    found = evaluate(use_case, data.targets[parts.holdout], scores).metrics
    assert all(np.isfinite(value) for value in found.values())


@pytest.mark.parametrize(
    ("training", "complaint"),
    [
        ({"split": "group"}, "split: group needs split_column"),
        ({"split": "random", "split_column": "oven"}, "split_column belongs to split: time or split: group"),
        ({"split_column": "oven"}, "split_column belongs to split: time or split: group"),
    ],
)
def test_a_column_and_a_split_belong_together(training: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        declared(training)


@pytest.mark.parametrize(
    ("frame", "target", "ignored", "training"),
    [
        (transformer(), "oil_c", ["date"], {"split": "time", "split_column": "date"}),
        (transformer(dated=False), "oil_c", [], {}),
        (engines(), "cycles_left", ["unit"], {"split": "group", "split_column": "unit"}),
        (patients(), "severity", ["subject#"], {"split": "group", "split_column": "subject#"}),
    ],
    ids=["times", "order", "engines", "patients"],
)
def test_the_honest_figure_stands_beside_the_flattering_one(
    frame: pd.DataFrame, target: str, ignored: list[str], training: dict[str, Any]
) -> None:
    features = [{"name": name, "type": "float"} for name in frame.columns if name not in {target, *ignored}]
    use_case = declared(
        training | {"max_depth": 5},
        task="regression",
        classes=[],
        target=target,
        features=features,
        ignored_columns=ignored,
    )
    data = data_of(use_case, frame)
    parts = split(use_case, data)
    fitted = fit(use_case, data, parts)
    scores = raw_scores(use_case, fitted.model, data.rows.take(pa.array(parts.holdout)))
    honest = evaluate(use_case, data.targets[parts.holdout], scores).metrics["r2"]
    at_random = describe_holdout(use_case, data, parts, DEFAULT_RUNTIME).metrics_at_random["r2"]
    assert at_random > 0.75
    assert honest < 0.5


def test_rows_of_the_holdout_that_were_learned_from_are_counted() -> None:
    frame = tiles()
    twins = frame.iloc[:30].assign(cracked="whole")
    frame = pd.concat([frame.iloc[:400], frame.iloc[400:470], twins], ignore_index=True)
    use_case = declared({"split": "time"})
    data = data_of(use_case, frame)
    found = split(use_case, data)
    assert len(found.holdout) == 100
    assert count_duplicates(use_case, data, found) == 30
    assert (
        describe_holdout(declared({"split": "random"}), data, random_split(use_case, data), DEFAULT_RUNTIME).at_random
        is None
    )
