"""Whatever people write above a column becomes a name that works everywhere."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.usecases.proposals import ROWS, feature_of, findings_of, proposed
from usecases.checking.row_model import row_model
from usecases.columns.patterns import COLUMN_NAME
from usecases.columns.units import split_unit
from usecases.contract.spec import UseCase
from usecases.proposal.names import is_good_name, read_headers

headers = st.lists(
    st.text(max_size=80)
    | st.sampled_from(["id", "Temp", "temp", "TEMP (K)", "temp_2", "copy", "class", "order", "2nd", "%"]),
    min_size=1,
    max_size=12,
)


@given(headers)
def test_names_are_valid_different_and_stable(drawn: list[str]) -> None:
    found = read_headers(drawn)
    names = [column.name for column in found]
    assert len(set(names)) == len(drawn) or len({header.strip() for header in drawn}) < len(drawn)
    assert all(COLUMN_NAME.fullmatch(name) for name in names)
    assert found == read_headers(drawn)
    again = read_headers(list(dict.fromkeys(names)))
    assert [column.name for column in again] == list(dict.fromkeys(names)), "a normalised name is left alone"
    for header, column in zip(drawn, found, strict=True):
        assert column.source == header.strip()
        if is_good_name(column.source):
            assert column.name == column.source


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=5, unique_by=str.strip))
def test_every_name_is_a_field_of_a_row(drawn: list[str]) -> None:
    names = [column.name for column in read_headers(drawn)]
    use_case = UseCase.model_validate(
        {
            "name": "any", "title": "Any", "task": "regression", "target": "target_of_all", "training": {"data": "x.csv"},
            "features": [{"name": name, "type": "float"} for name in names],
        }
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row_model(use_case).model_validate(dict.fromkeys(names, 1.0))


@pytest.mark.parametrize(
    ("header", "name", "title", "unit"),
    [
        ("Air temperature [K]", "air_temperature_k", "Air temperature", "K"),
        ("weight (kg)", "weight_kg", "Weight", "kg"),
        ("speed_rpm", "speed_rpm", "", "rpm"),
        ("Umsatz 2024 (EUR)", "umsatz_2024_eur", "Umsatz 2024", "EUR"),
        ("Rate [%]", "rate_pct", "Rate", "%"),
        ("CreditScore", "credit_score", "CreditScore", ""),
        ("Straße", "strasse", "Straße", ""),
        ("date of birth", "date_of_birth", "", ""),
        ("class", "class_value", "Class", ""),
        ("schema", "schema_value", "Schema", ""),
        ("score", "score_value", "Score", ""),
        ("", "column_1", "", ""),
        ("???", "column_1", "???", ""),
        ("temp_min", "temp_min", "", ""),
    ],
)
def test_headers_that_are_often_met(header: str, name: str, title: str, unit: str) -> None:
    [found] = read_headers([header])
    assert (found.name, found.unit) == (name, unit)
    if title:
        assert found.title == title


def test_a_unit_is_told_from_a_remark() -> None:
    assert split_unit("Grade (final)") == ("Grade (final)", "")
    assert split_unit("[K]") == ("[K]", "")


@pytest.mark.parametrize(
    "values",
    [
        ['["a","b"]', '["a"]', "[]", None],
        ['{"country":"DE"}', '{"country":"FR"}', '{"country":"DE", "city":"Köln\\n"}'],
        [f'{{"id":{place}}}' for place in range(ROWS)],
    ],
)
def test_lists_and_objects_are_no_names(values: list[str | None]) -> None:
    found = proposed({"tags": [values[place % len(values)] for place in range(ROWS)]})
    assert "tags" not in found.use_case.features_by_name
    assert "make columns of their members" in findings_of(found, "tags")["unsupported"].text


def test_names_in_brackets_are_names() -> None:
    found = proposed({"state": [("[on]", "[off]", "{idle}")[place % 3] for place in range(ROWS)]})
    assert feature_of(found, "state").type == "category"
