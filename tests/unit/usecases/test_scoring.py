"""Loading models and scoring rows."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pgpq
import pyarrow as pa
import pytest
import xgboost
from typing_extensions import override

from tests.support.usecases.kiln import KINDS, rows, saved, train
from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase
from usecases.models.runtime import ModelError, ScoringError
from usecases.models.scoring import score
from usecases.models.xgboost_runtime import XGBOOST
from usecases.models.xgboost_runtime import XGBoostModel as Model


def every_task(test: Any) -> Any:
    return pytest.mark.parametrize("use_case", list(KINDS), indirect=True)(test)


@pytest.fixture
def model(use_case: UseCase, tmp_path: Path) -> Model:
    return XGBOOST.load(saved(train(use_case), tmp_path))


@every_task
def test_the_answers_of_each_task(use_case: UseCase, model: Model) -> None:
    model.require_fit(use_case)
    found = score(use_case, model, rows(use_case, 40))
    assert found.score.type == pa.float64()
    match use_case.task:
        case "binary":
            probabilities = found.score.to_numpy()
            assert found.prediction.to_pylist() == ["cracked" if one >= 0.5 else "whole" for one in probabilities]
            assert found.scores is None
        case "multiclass":
            assert found.scores is not None
            every = np.array(found.scores.to_pylist())
            assert every.shape == (40, 3)
            assert np.allclose(every.sum(axis=1), 1)
            assert found.prediction.to_pylist() == [use_case.classes[best] for best in every.argmax(axis=1)]
            assert found.score.to_pylist() == every.max(axis=1).tolist()
        case _:
            assert found.prediction.type == pa.float64()
            assert found.score.null_count == 40
            assert found.scores is None


@every_task
def test_a_row_scores_the_same_alone_and_among_ten_thousand(use_case: UseCase, model: Model) -> None:
    some = rows(use_case, 50)
    many = pa.Table.from_batches([some] * 200).combine_chunks().to_batches()[0]
    assert many.num_rows == 10_000
    together = score(use_case, model, many)
    for position in range(50):
        alone = score(use_case, model, some.slice(position, 1))
        for name in ("prediction", "score", "scores"):
            among = getattr(together, name)
            assert among is None or among.slice(9_950 + position, 1).equals(getattr(alone, name))


@every_task
def test_no_rows(use_case: UseCase, model: Model) -> None:
    found = score(use_case, model, rows(use_case, 0))
    assert len(found.prediction) == len(found.score) == 0
    assert found.scores is None or len(found.scores) == 0


@every_task
def test_postgresql_takes_the_answers_as_they_are(use_case: UseCase, model: Model) -> None:
    found = score(use_case, model, rows(use_case, 3))
    columns = {"prediction": found.prediction, "score": found.score} | (
        {"scores": found.scores} if found.scores else {}
    )
    batch = pa.record_batch(columns)
    encoder = pgpq.ArrowToPostgresBinaryEncoder(batch.schema)
    assert encoder.write_header() + encoder.write_batch(batch) + encoder.finish()


def test_numbers_of_every_size_are_scored(declared: dict[str, Any], tmp_path: Path) -> None:
    features = [{"name": "heat_k", "type": "float"}, {"name": "turns", "type": "integer"}]
    use_case = UseCase.model_validate(declared | {"features": features, "rules": []})
    model = XGBOOST.load(saved(train(use_case), tmp_path))
    batch = pa.record_batch(
        [
            pa.nulls(4, pa.string()),
            pa.array([1e308, -1e308, 5e-324, -0.0]),
            pa.array([2**63 - 1, -(2**63), 2**53 + 1, 0]),
        ],
        schema=row_schema(use_case),
    )
    assert len(score(use_case, model, batch).score) == 4


def test_those_rounds_count_that_xgboost_predicts_with(use_case: UseCase, tmp_path: Path) -> None:
    booster = train(use_case)
    booster.set_attr(best_iteration="3")
    whole = XGBOOST.load(saved(booster, tmp_path))
    assert (whole.rounds, whole.summary) == (
        10, "XGBoost's own, all 10 rounds, though 4 were best: as Booster.predict() predicts",
    )  # fmt: skip
    booster.set_attr(scikit_learn='{"_estimator_type": "classifier"}')
    stopped = XGBOOST.load(saved(booster, tmp_path))
    cut = XGBOOST.load(saved(booster[:4], tmp_path, "cut.ubj"))
    assert (stopped.rounds, cut.rounds) == (4, 4)
    batch = rows(use_case, 20)
    assert score(use_case, stopped, batch).score.equals(score(use_case, cut, batch).score)


def test_json_is_as_good_as_ubj(use_case: UseCase, model: Model, tmp_path: Path) -> None:
    other = XGBOOST.load(saved(model.booster, tmp_path, "model.json"))
    batch = rows(use_case, 20)
    assert score(use_case, other, batch).score.equals(score(use_case, model, batch).score)


class Bomb:
    """Would leave a file behind if it were unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.trace,))


def test_a_pickle_is_refused_and_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.ubj"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "trace")))
    with pytest.raises(ModelError, match=r"model.ubj is neither XGBoost UBJ nor JSON"):
        XGBOOST.load(path)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("content", [b"", b"binf\0\0", b"{}", b"[1]", b"PK\x03\x04", b"\x89PNG"])
def test_other_content_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.ubj"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="neither XGBoost UBJ nor JSON"):
        XGBOOST.load(path)


@pytest.mark.parametrize("damage", [lambda whole: whole[:2000], lambda whole: whole[:11], lambda _: b'{"learner": 1}'])
def test_a_damaged_model_is_refused(use_case: UseCase, damage: Any, tmp_path: Path) -> None:
    path = saved(train(use_case), tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match="is damaged or no XGBoost model"):
        XGBOOST.load(path)


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({"columns": ["heat_k", "turns"]}, "the model's features are heat_k, turns; kiln has heat_k, turns, glaze"),
        ({"columns": ["turns", "heat_k", "glaze", "dried", "fired_at"]}, "the model's features are turns, heat_k"),
        ({"objective": "binary:logitraw"}, "objective is binary:logitraw, a binary needs binary:logistic"),
        ({"objective": "reg:squarederror"}, "objective is reg:squarederror"),
        ({"objective": "multi:softprob", "num_class": 3}, "objective is multi:softprob"),
    ],
)
def test_a_model_that_would_misread_the_rows_is_refused(
    use_case: UseCase, how: dict[str, Any], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=complaint):
        XGBOOST.load(saved(train(use_case, **how), tmp_path)).require_fit(use_case)


@pytest.mark.parametrize("use_case", ["multiclass"], indirect=True)
def test_a_model_of_other_classes_is_refused(use_case: UseCase, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the model knows 4 classes, kiln has 3"):
        XGBOOST.load(saved(train(use_case, num_class=4), tmp_path)).require_fit(use_case)


def notebook_model(glazes: list[str], folder: Path, *, as_category: bool = True) -> Model:
    """Train as a notebook does, on a DataFrame whose categories pandas has numbered."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(glazes), 200)
    frame = pd.DataFrame(
        {
            "heat_k": random.uniform(0, 2000, 200),
            "turns": random.integers(0, 9, 200),
            "glaze": pd.Categorical.from_codes(drawn, categories=pd.Index(glazes)) if as_category else drawn,
            "dried": random.integers(0, 2, 200).astype(bool),
            "fired_at": random.uniform(0, 9000, 200),
        }
    )
    table = xgboost.DMatrix(frame, random.integers(0, 2, 200), enable_categorical=True)
    return XGBOOST.load(saved(xgboost.train({"objective": "binary:logistic"}, table, 5), folder))


def test_a_model_from_a_notebook_fits_if_it_codes_categories_alike(use_case: UseCase, tmp_path: Path) -> None:
    notebook_model(["matt", "gloss", "café"], tmp_path).require_fit(use_case)
    with pytest.raises(ModelError, match=r"glaze: the model codes gloss, matt, caf.* in this order, the use case matt"):
        notebook_model(["gloss", "matt", "café"], tmp_path).require_fit(use_case)
    with pytest.raises(ModelError, match="glaze is a category, but of XGBoost's type 'int' in the model"):
        notebook_model(["a", "b", "c"], tmp_path, as_category=False).require_fit(use_case)


def test_an_answer_that_is_no_number_is_an_error_and_not_a_score(use_case: UseCase, model: Model) -> None:
    class Broken:
        def num_features(self) -> int:
            return 5

        def inplace_predict(self, encoded: Any, **_: Any) -> Any:
            return np.full(len(encoded), np.nan, dtype=np.float32)

    broken = Model(Broken(), model.rounds, model.objective)  # type: ignore[arg-type]  # stands for damaged trees
    with pytest.raises(ScoringError, match="2 answers that are no finite number"):
        score(use_case, broken, rows(use_case, 2))
