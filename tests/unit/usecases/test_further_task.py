"""A task of one file and one line works wherever the product asks what a task is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Double, Text

from monitoring.profiles.building import reference_profile
from sql.predictions.tables import prediction_table
from tests.support.usecases.toy_task import SURE, MoreTasks
from training.data import TrainingData, check_training_data, read_table
from training.evaluate import evaluate
from training.evaluation.page import Findings, write_report
from training.fit import fit
from training.holdout import Holdout
from training.splits import split
from usecases.checking.labels import LabelColumns, check_labels
from usecases.contract.catalog import load_catalog
from usecases.models.explaining import explain
from usecases.models.scoring import raw_scores, score

EQUIPMENT = load_catalog()["equipment_failure"]
CAUTIOUS = EQUIPMENT.model_copy(update={"task": MoreTasks.CAUTIOUS})


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return check_training_data(CAUTIOUS, read_table(str(CAUTIOUS.training.data), Path()))


def test_it_is_trained_scored_profiled_explained_and_reported(data: TrainingData, tmp_path: Path) -> None:
    parts = split(CAUTIOUS, data)
    fitted = fit(CAUTIOUS, data, parts)
    fitted.model.require_fit(CAUTIOUS)
    holdout, targets = data.rows.take(pa.array(parts.holdout)), data.targets[parts.holdout]
    raw = raw_scores(CAUTIOUS, fitted.model, holdout)
    answers = score(CAUTIOUS, fitted.model, holdout)
    named = np.array(CAUTIOUS.classes)[(raw >= SURE).astype(int)].tolist()
    assert answers.prediction.to_pylist() == named != score(EQUIPMENT, fitted.model, holdout).prediction.to_pylist()
    assert explain(CAUTIOUS, fitted.model, holdout.slice(0, 3)).shape == (3, 1, len(CAUTIOUS.features) + 1)
    assert reference_profile(CAUTIOUS, holdout, answers).profile.classes is not None
    evaluation = evaluate(CAUTIOUS, targets, raw)
    assert set(CAUTIOUS.metrics) == set(evaluation.metrics)
    write_report(
        Findings(
            CAUTIOUS,
            fitted,
            evaluation,
            Holdout(parts.chosen, 0, None),
            targets,
            raw,
            None,
            (),
            "made up",
            data.rows.num_rows,
        ),
        tmp_path,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["confusion.png", "report.html", "report.json"]
    assert json.loads((tmp_path / "report.json").read_text())["use_case"] == CAUTIOUS.name


def test_its_table_and_its_labels_are_those_of_its_definition() -> None:
    columns = prediction_table(CAUTIOUS).columns
    assert isinstance(columns["prediction"].type, Text)
    assert isinstance(columns["score"].type, Double)
    assert "scores" not in columns
    checked = check_labels(
        CAUTIOUS, LabelColumns(pa.array(["1", CAUTIOUS.classes[0], "none"]), pa.array(["a", "b", "c"]))
    )
    assert checked.column("label").null_count == 3
    assert "none of" in checked.column("refusal").to_pylist()[2]


def test_it_is_declared_like_any_other() -> None:
    assert CAUTIOUS.schema_hash != EQUIPMENT.schema_hash
    assert json.loads(CAUTIOUS.model_dump_json(warnings=False))["task"] == "cautious"
    assert MoreTasks.CAUTIOUS.definition.classes_problem(("one",)) == (
        "a cautious task names its classes, negative first; found 1"
    )
