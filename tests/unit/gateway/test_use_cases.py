"""What a form or a file of a use case is told to have."""

from __future__ import annotations

from pathlib import Path

from gateway_api.use_cases.answers import template_csv, use_case_answer
from tests.support.usecases.forecast import TIDE, forecast_use_case
from usecases.checking.file_check import check_file
from usecases.contract.arriving import arriving_contract
from usecases.contract.catalog import load_catalog
from usecases.contract.observations import observation_contract
from usecases.contract.spec import UseCase

TIDES = forecast_use_case()


def test_a_forecast_names_the_columns_of_its_observations_beside_those_of_its_rows() -> None:
    answer = use_case_answer(TIDES)
    assert answer.observation is not None
    assert [column.name for column in answer.observation] == ["hour", "harbour", "level", "published"]
    assert [column.name for column in answer.observation if column.nullable] == ["level", "published"]
    assert answer.features[0].name == "harbour"
    assert "lag_1" in {column.name for column in answer.features}


def test_other_use_cases_have_no_observations() -> None:
    iris = load_catalog()["iris"]
    assert use_case_answer(iris).observation is None
    assert arriving_contract(iris) is iris


def test_the_template_of_a_forecast_is_a_file_of_observations(tmp_path: Path) -> None:
    contract = arriving_contract(TIDES)
    path = tmp_path / "template.csv"
    path.write_bytes(template_csv(contract))
    assert path.read_bytes().startswith(b"hour,harbour,level,published\n")
    checked = check_file(contract, path, "template.csv", 10)
    assert (len(checked.good), checked.bad, checked.problem) == (1, {}, None)


def test_columns_that_have_no_name_of_their_own_get_one_and_are_found_under_theirs() -> None:
    odd = TIDE["forecast"] | {"time": "Uhrzeit (UTC)", "known_at": "created_at"}
    contract = observation_contract(UseCase.model_validate(TIDE | {"forecast": odd}))
    assert contract.columns == ("time_of_reading", "harbour", "level", "known_at_of_reading")
    assert contract.names_by_source == {"Uhrzeit (UTC)": "time_of_reading", "created_at": "known_at_of_reading"}
