"""The numbers the model sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.spec import UseCase
from usecases.models.scoring import UnknownCategoryError, matrix


def encode(use_case: UseCase, *rows: dict[str, Any]) -> list[list[float]]:
    model = row_model(use_case)
    encoded: list[list[float]] = matrix(use_case, rows_to_arrow(use_case, [*map(model.model_validate, rows)])).tolist()
    return encoded


def test_each_kind_of_feature(kiln: UseCase) -> None:
    row = {"heat_k": 1200.5, "turns": 3, "glaze": "café", "dried": True, "fired_at": "2000-01-02T12:00"}
    assert encode(kiln, row) == [[1200.5, 3.0, 2.0, 1.0, 1.5]]


def test_missing_values_are_nan(kiln: UseCase) -> None:
    [encoded] = encode(kiln, {"heat_k": 0, "glaze": "matt"})
    assert np.isnan(encoded).tolist() == [False, True, False, True, True]


def test_a_missing_neighbour_does_not_change_how_a_number_is_rounded(kiln: UseCase) -> None:
    # Straight to 32 bits this number rounds up, by way of 64 bits it rounds to even, downwards.
    between = {"heat_k": 0, "glaze": "matt", "turns": 2**62 + 2**38 + 1}
    alone, beside = encode(kiln, between), encode(kiln, between, {"heat_k": 0, "glaze": "matt"})
    assert alone[0][1] == beside[0][1]


def test_numbers_beyond_32_bits_stay_finite(declared: dict[str, Any]) -> None:
    for feature in declared["features"]:
        feature.pop("maximum", None)
        feature.pop("minimum", None)
    use_case = UseCase.model_validate(declared)
    largest = float(np.finfo(np.float32).max)
    encoded = encode(use_case, *({"heat_k": value, "glaze": "matt"} for value in (1e300, -1e300, 5e-324)))
    assert [row[0] for row in encoded] == [largest, -largest, 0.0]


def test_an_unknown_category_is_never_scored_as_missing(kiln: UseCase) -> None:
    rows = rows_to_arrow(kiln, [row_model(kiln).model_validate({"heat_k": 0, "glaze": "matt"})])
    other = pa.DictionaryArray.from_arrays(pa.array([0], pa.int16()), pa.array(["shiny"]))
    with pytest.raises(UnknownCategoryError, match="glaze: 'shiny' is not one of matt, gloss, café"):
        matrix(kiln, rows.set_column(3, "glaze", other))


def test_a_category_in_another_order_of_codes_is_recoded(kiln: UseCase) -> None:
    rows = rows_to_arrow(kiln, [row_model(kiln).model_validate({"heat_k": 0, "glaze": "matt"})])
    other = pa.DictionaryArray.from_arrays(pa.array([0], pa.int16()), pa.array(["café"]))
    assert matrix(kiln, rows.set_column(3, "glaze", other))[0, 2] == 2.0


def test_no_rows(kiln: UseCase) -> None:
    assert matrix(kiln, rows_to_arrow(kiln, [])).shape == (0, 5)
