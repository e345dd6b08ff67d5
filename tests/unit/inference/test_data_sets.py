"""Data sets as people bring them end in a model, or in a clear list of what to decide."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.usecases.data_sets import ROWS, SERVABLE, undecided
from training.data import load_training_data
from training.fit import fit
from training.splits import split
from usecases.checking.row_model import example_row, row_model
from usecases.contract.folder import write_use_case
from usecases.contract.spec import UseCase
from usecases.formats.data_files import read_data
from usecases.models.calendar_columns import column_names
from usecases.models.xgboost_runtime import XGBoostModel
from usecases.proposal.choices import Choices
from usecases.proposal.findings import CannotInferError, Severity
from usecases.proposal.infer import Inferred, infer
from usecases.proposal.writing import inferred_yaml
from usecases.tasks.task import Task


def inferred_from(path: Path, target: str, **choices: object) -> Inferred:
    data = f"training{''.join(path.suffixes)}"
    return infer(read_data(path), Choices(target=target, **choices), file_name=path.name, data=data)  # type: ignore[arg-type]


def written(inferred: Inferred, source: Path, folder: Path) -> UseCase:
    text = inferred_yaml(inferred, source.name)
    return write_use_case(
        folder, inferred.use_case.name, text, (source, str(inferred.use_case.training.data)), replace=False
    )


@pytest.mark.parametrize("name", SERVABLE)
def test_a_data_set_trains_without_an_edit(name: str, tmp_path: Path) -> None:
    make, target = SERVABLE[name]
    source = make(tmp_path)
    inferred = inferred_from(source, target)
    assert inferred.undecided == []
    use_case = written(inferred, source, tmp_path / "usecases")
    assert use_case == inferred.use_case
    row_model(use_case).model_validate(example_row(use_case))
    data = load_training_data(use_case, tmp_path / "usecases" / name)
    assert data.rows.num_rows > 0.95 * ROWS
    model = fit(use_case, data, split(use_case, data)).model
    assert isinstance(model, XGBoostModel)
    assert model.booster.feature_names == column_names(use_case, with_calendar=True)


def test_what_a_person_would_say_of_the_customers(tmp_path: Path) -> None:
    make, target = SERVABLE["churn"]
    inferred = inferred_from(make(tmp_path), target)
    use_case = inferred.use_case
    assert (use_case.task, use_case.classes, use_case.key) == (Task.BINARY, ("no", "yes"), "customer_id")
    kinds = {feature.name: (feature.type, feature.unit, feature.nullable) for feature in use_case.features}
    assert kinds == {
        "age_years": ("integer", "years", False),
        "monthly_charge_eur": ("float", "€", True),
        "contract": ("category", "", False),
        "paperless": ("boolean", "", False),
        "signed_up": ("timestamp", "", False),
        "groesse_haushalt": ("integer", "", False),
    }
    assert use_case.ignored_columns == ("notes", "country", "Churned")
    found = {finding.column: finding.text for finding in inferred.findings}
    assert "names its row" in found["notes"]
    assert "the same value in every row" in found["country"]


def test_what_a_person_would_say_of_the_others(tmp_path: Path) -> None:
    cultivars = inferred_from(SERVABLE["cultivars"][0](tmp_path), "cultivar").use_case
    assert cultivars.classes == ("1", "2", "3")
    names = [feature.name for feature in cultivars.features]
    assert names == ["alcohol_2", "alcohol", "n_2nd_pressing", "order_value", "od280_od315_of_diluted_wines"]
    rents = inferred_from(SERVABLE["rents"][0](tmp_path), "Miete (EUR)").use_case
    assert (rents.task, rents.target, rents.target_decimal_comma) == (Task.REGRESSION, "miete_eur", True)
    assert {feature.name: feature.type for feature in rents.features} == {
        "flaeche_m2": "float", "zimmer": "integer", "baujahr": "integer", "balkon": "boolean", "plz": "category",
    }  # fmt: skip
    sensors = inferred_from(SERVABLE["sensors"][0](tmp_path), "failed").use_case
    assert (sensors.key, sensors.classes, sensors.ignored_columns) == (
        "reading_id",
        ("not failed", "failed"),
        ("Tags", "failed"),
    )


def test_what_cannot_be_known_is_asked(tmp_path: Path) -> None:
    inferred = inferred_from(undecided(tmp_path), "left")
    asked = {finding.column: finding.text for finding in inferred.undecided}
    assert set(asked) == {"closing code", "left copy", "since", "amount", "mixed"}
    assert "knows the target by itself" in asked["closing code"]
    assert "write them as 2026-03-31" in asked["since"]
    assert "of thousands, or decimals?" in asked["amount"]
    assert [finding.severity for finding in inferred.findings[:5]] == [Severity.DECIDE] * 5


def test_decisions_are_followed(tmp_path: Path) -> None:
    dropped = frozenset({"left copy", "since", "amount"})
    inferred = inferred_from(
        undecided(tmp_path), "left", name="leavers", drop=dropped,
        keep=frozenset({"closing_code"}), category=frozenset({"mixed"}),
    )  # fmt: skip
    assert inferred.undecided == []
    assert {f.name: f.type for f in inferred.use_case.features} == {
        "tenure": "integer", "closing_code": "category", "mixed": "category",
    }  # fmt: skip
    assert inferred.use_case.name == "leavers"


@pytest.mark.parametrize(
    ("columns", "choices", "complaint"),
    [
        ({"a": list(range(20)), "y": [0, 1] * 10}, {}, "20 rows are too few"),
        ({"a": list(range(100)), "y": [1] * 100}, {}, "nothing to learn"),
        ({"a": list(range(100)), "y": [f"t{i}" for i in range(100)]}, {}, "100 different texts"),
        ({"a": list(range(100)), "y": [0, 1] * 50}, {"drop": frozenset({"b"})}, "--drop 'b' is no column"),
        ({"a": list(range(100)), "y": [0, 1] * 50}, {}, "no column is left to predict from"),
        ({"a": [True, False] * 50, "y": [0, 1] * 50}, {"category": frozenset({"a"})}, "a category is a text"),
        ({"a": [1.5, 2.5] * 50, "y": ["u", "v"] * 50}, {"task": Task.REGRESSION}, "a regression predicts numbers"),
        ({"a": [1.5, 2.5] * 50, "y": ["u", "v"] * 50}, {"key": "y"}, "the same column"),
    ],
)
def test_what_is_hopeless_says_why(
    columns: dict[str, list[object]], choices: dict[str, object], complaint: str
) -> None:
    table = pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})
    with pytest.raises(CannotInferError, match=complaint):
        infer(table, Choices(target="y", **choices), file_name="x.csv", data="x.csv")  # type: ignore[arg-type]
