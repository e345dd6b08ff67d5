"""Made-up rows are good or bad as promised, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from orchestration.traffic.rows import Drift, RowSource, UnknownColumnError
from tests.support.doctests import failures, modules_with_examples
from training.datasets import BUNDLED
from usecases.checking.row_model import row_model
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

CATALOG = load_catalog()
EQUIPMENT = CATALOG["equipment_failure"]
OWN_DATA = EQUIPMENT.model_copy(
    update={"name": "own", "training": EQUIPMENT.training.model_copy(update={"data": "own.csv"})}
)


def is_good(use_case: UseCase, row: dict[str, Any]) -> bool:
    try:
        row_model(use_case).model_validate(row)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("use_case", [*CATALOG.values(), OWN_DATA], ids=lambda use_case: use_case.name)
def test_as_many_are_bad_as_were_asked_for(use_case: UseCase) -> None:
    rows = RowSource(use_case, seed=3).rows(300, bad=60)
    assert sum(is_good(use_case, row) for row in rows) == 240


def test_the_same_seed_gives_the_same_rows() -> None:
    assert RowSource(EQUIPMENT, seed=5).rows(50, bad=5) == RowSource(EQUIPMENT, seed=5).rows(50, bad=5)
    assert RowSource(EQUIPMENT, seed=5).rows(50, bad=5) != RowSource(EQUIPMENT, seed=6).rows(50, bad=5)


@pytest.mark.parametrize(
    "limits",
    [{}, {"minimum": "2001-05-04"}, {"maximum": "2001-05-04"}, {"minimum": "2001-05-04", "maximum": "2001-05-05"}],
)
def test_times_keep_to_their_range(limits: dict[str, str]) -> None:
    declared = {"name": "u", "title": "U", "task": "regression", "target": "y", "training": {"data": "u.csv"}}
    use_case = UseCase.model_validate(declared | {"features": [{"name": "t", "type": "timestamp", **limits}]})
    assert is_good(use_case, RowSource(use_case, seed=1).good())


def test_a_column_drifts_and_its_rows_stay_good() -> None:
    plain = [row["torque_nm"] for row in RowSource(EQUIPMENT, seed=1).rows(500, bad=0)]
    drifted = RowSource(EQUIPMENT, seed=1, drift=Drift("torque_nm", 1.5)).rows(500, bad=0)
    assert all(is_good(EQUIPMENT, row) for row in drifted)
    assert np.mean([row["torque_nm"] for row in drifted]) > np.mean(plain) + np.std(plain)


def test_rows_are_drawn_from_the_data_that_was_learned_from(tmp_path: Path) -> None:
    data = BUNDLED["equipment_failure"]()
    (tmp_path / "own.csv").write_text(data.to_csv(index=False))
    source, bundled = RowSource(OWN_DATA, seed=4, folder=tmp_path), RowSource(EQUIPMENT, seed=4)
    made, known, ranges = (
        pd.DataFrame(one.rows(1_000, bad=0)) for one in (source, bundled, RowSource(OWN_DATA, seed=4))
    )
    numbers = ["rotational_speed_rpm", "torque_nm"]
    trained = known[numbers]
    assert abs(made["torque_nm"].mean() - trained["torque_nm"].mean()) < 0.1 * trained["torque_nm"].std()
    assert made[numbers].corr().iloc[0, 1] == pytest.approx(trained.corr().iloc[0, 1], abs=0.1)
    assert ranges[numbers].corr().iloc[0, 1] == pytest.approx(0, abs=0.2)
    assert all(is_good(OWN_DATA, row) for row in source.rows(50, bad=0))


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", None])
def test_data_that_cannot_be_learned_from_is_no_hindrance(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "own.csv").write_text(content)
    assert is_good(OWN_DATA, RowSource(OWN_DATA, seed=1, folder=tmp_path).good())


def test_what_is_no_number_cannot_drift() -> None:
    with pytest.raises(UnknownColumnError, match="choose one of air_temperature_k"):
        RowSource(EQUIPMENT, seed=1, drift=Drift("product_quality", 1))


@pytest.mark.parametrize("module", modules_with_examples("orchestration.traffic"))
def test_the_examples_hold(module: str) -> None:
    assert failures(module) == 0
