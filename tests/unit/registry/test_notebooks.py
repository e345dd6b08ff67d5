"""Models of notebooks: served with the numbers their notebooks predict, or refused with the reason; never anything else."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xgboost
from packaging.version import Version

from registry.gates import Gate, GateOutcome
from registry.golden import GoldenBatchError
from registry.golden_files import golden_of_table
from tests.support.documents import code_of
from tests.support.registry.inspecting import inspected, refusals
from tests.support.registry.notebooks import CELLS, RIGHT, ROWS, checked_rows, golden_of
from usecases.formats.data_files import read_data
from usecases.models.explaining import explain
from usecases.models.runtime import NoExplanationError
from usecases.models.scoring import raw_scores
from usecases.models.xgboost_runtime import XGBOOST


@pytest.mark.filterwarnings(
    "ignore:.*is not part of the saved model", "ignore:Unknown booster", "ignore:`XGBRF.*is deprecated"
)
@pytest.mark.parametrize("name", CELLS)
def test_what_is_promoted_answers_with_its_notebooks_numbers(name: str, tmp_path: Path) -> None:
    cell = CELLS[name]
    model, own = cell.fit()
    path = tmp_path / "model.ubj"
    model.save_model(path)
    found = inspected(cell, path, golden_of(cell, own))
    if cell.reason:
        assert cell.reason in refusals(found)
        return
    assert refusals(found) == ""
    assert found[Gate.GOLDEN].outcome is GateOutcome.PASSED
    served = raw_scores(cell.use_case, XGBOOST.load(path), checked_rows(cell.use_case))
    expected: Any = own
    if isinstance(own, dict):
        expected = own["failure"] if served.ndim == 1 else np.column_stack(list(own.values()))
    assert np.all(np.abs(served - expected) <= np.spacing(np.abs(expected).astype(np.float32)))


def test_without_proof_nothing_passes_unless_somebody_vouches(tmp_path: Path) -> None:
    cell = CELLS["numbers without names"]
    model, _ = cell.fit()
    path = tmp_path / "model.ubj"
    model.save_model(path)
    found = inspected(cell, path, None)
    assert "whether it scores here as where it was trained is not known" in refusals(found)
    assert found[Gate.SCHEMA].detail == (
        "what the model file says of its features; it does not tell the names of its features and the codes of quality"
    )
    vouched = inspected(cell, path, None, "anna vouches for its scores")
    assert refusals(vouched) == ""
    assert vouched[Gate.GOLDEN].detail.startswith("anna vouches for its scores; it has no golden batch")


def test_trees_that_answer_all_classes_at_once_are_explained_where_xgboost_can(tmp_path: Path) -> None:
    cell = CELLS["several classes in a tree"]
    model, _ = cell.fit()
    model.save_model(tmp_path / "model.ubj")
    served, rows = XGBOOST.load(tmp_path / "model.ubj"), checked_rows(cell.use_case)
    if Version(xgboost.__version__) < Version("3.4"):  # the newest for Python 3.11 is 3.2
        with pytest.raises(NoExplanationError, match="XGBoost does not tell what each feature contributed"):
            explain(cell.use_case, served, rows)
        return
    odds = np.exp(explain(cell.use_case, served, rows).sum(axis=2))
    np.testing.assert_allclose(
        odds / odds.sum(axis=1, keepdims=True), raw_scores(cell.use_case, served, rows), atol=1e-5
    )


def test_the_lines_of_the_page_make_a_golden_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = CELLS["estimator"]
    model, _ = cell.fit()
    model.save_model(tmp_path / "model.ubj")
    [code] = code_of("docs/models.md", "python")
    monkeypatch.chdir(tmp_path)
    names = {
        "arriving": ROWS,
        "encoded": RIGHT,
        "model": model,
        "encoder": SimpleNamespace(classes_=cell.use_case.classes),
    }
    exec(code.partition("mlflow.")[0], {"json": json, "Path": Path, **names})  # noqa: S102  # the page's own
    golden = json.loads((tmp_path / "golden.json").read_text())
    assert refusals(inspected(cell, tmp_path / "model.ubj", golden)) == ""


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_of_predictions_makes_a_golden_batch(ending: str, tmp_path: Path) -> None:
    cell = CELLS["several classes"]
    model, own = cell.fit()
    model.save_model(tmp_path / "model.ubj")
    path = tmp_path / f"predicted.{ending}"
    frame = ROWS.assign(**own, state="what came true")
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    golden = golden_of_table(cell.use_case, read_data(path))
    assert refusals(inspected(cell, tmp_path / "model.ubj", golden)) == ""
    for missing, words in (
        ("high", "no column of scores called high"),
        ("torque", "the columns are not those of lathe"),
    ):
        table = read_data(path).drop_columns([missing])
        with pytest.raises(GoldenBatchError, match=words):
            golden_of_table(cell.use_case, table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scores": [0.5] * 400}, 'write them as "scores": {"failure": [...]}'),
        ({"scores": {"0": [0.5] * 400, "1": [0.5] * 400}}, "scores of 0, 1; lathe has ok and failure"),
        ({"scores": {"failure": [0.5] * 400}}, "400 of 400 rows score otherwise"),
        ({"scores": {"failure": [None] * 400}}, "400 of 400 rows score otherwise"),
        ({"rows": [{"quality": 0}] * 400}, "row 1 of the golden batch is no row of lathe: quality"),
        ({"rows": []}, "the golden batch has scores of shape (400,), its rows need (0,)"),
    ],
)
def test_what_proves_nothing_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    cell = CELLS["booster"]
    model, own = cell.fit()
    path = tmp_path / "model.ubj"
    model.save_model(path)
    assert words in refusals(inspected(cell, path, golden_of(cell, own) | change))
