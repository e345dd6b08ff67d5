"""What HTTP callers and senders of messages read about a bad row."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from usecases.checking.reasons import Reason, reasons_of
from usecases.checking.row_model import row_model
from usecases.contract.spec import UseCase

GOOD: dict[str, Any] = {
    "tile": "T1",
    "heat_k": 1200.5,
    "turns": 3,
    "glaze": "gloss",
    "dried": True,
    "fired_at": "2026-03-01",
}


def reasons(use_case: UseCase, row: Any) -> list[Reason]:
    with pytest.raises(ValidationError) as error:
        row_model(use_case).model_validate(row)
    return reasons_of(use_case, error.value.errors())


@pytest.mark.parametrize(
    ("change", "column", "rule", "message"),
    [
        ({"heat_k": None}, "heat_k", "missing", "heat_k: a value is required"),
        ({"heat_k": ""}, "heat_k", "missing", "heat_k: a value is required"),
        ({"heat_k": float("nan")}, "heat_k", "missing", "heat_k: a value is required"),
        ({"turns": "1.350"}, "turns", "type", "turns: '1.350' is no whole number; where a point stands between thousands, write it without"),
        ({"turns": "1,350,000"}, "turns", "type", "turns: '1,350,000' is no whole number; where a comma stands between thousands, write it without"),
        ({"turns": "2.000"}, "turns", "type", "turns: '2.000' could be two numbers, for some write a point between thousands; write it without the point"),
        ({"turns": 1.35}, "turns", "type", "turns: '1.35' is no whole number, or too large a one (past 64 bits)"),
        ({"glaze": ""}, "glaze", "missing", "glaze: a value is required"),
        ({"heat_k": "1200"}, "heat_k", "type", "heat_k: '1200' is no number"),
        ({"heat_k": True}, "heat_k", "type", "heat_k: 'True' is no number"),
        ({"heat_k": 3000}, "heat_k", "maximum", "heat_k: 3000 is above the maximum 2000.0"),
        ({"turns": -1}, "turns", "minimum", "turns: -1 is below the minimum 0"),
        ({"turns": 2**70}, "turns", "type", f"turns: '{2**70}' is no whole number, or too large a one (past 64 bits)"),
        ({"turns": 10**5000}, "turns", "type", "turns: 'a very long int' is no whole number, or too large a one (past 64 bits)"),
        ({"glaze": "shiny"}, "glaze", "allowed_values", "glaze: 'shiny' is not one of matt, gloss, café"),
        ({"glaze": 1}, "glaze", "allowed_values", "glaze: '1' is not one of matt, gloss, café"),
        ({"glaze": True}, "glaze", "type", "glaze: 'True' is no text of at most 1000 characters"),
        ({"glaze": "\ud800"}, "glaze", "type", "glaze: '\\\\ud800' is no text of at most 1000 characters"),
        ({"tile": "a\0b"}, "tile", "type", "tile: 'a\\\\x00b' holds a character that cannot be printed (NUL); write it without"),
        ({"colour": "red"}, "colour", "unknown_column", "colour: not a column of kiln; it has tile, heat_k, turns, glaze, dried, fired_at"),
        ({"heat_k": 500.0}, None, "hot_enough", "hot_enough: the row breaks \"glaze == 'matt' or heat_k > 1000\""),
    ],
)  # fmt: skip
def test_each_fault_has_its_words(
    kiln: UseCase, change: dict[str, Any], column: str | None, rule: str, message: str
) -> None:
    [found] = reasons(kiln, GOOD | change)
    assert (found.column, found.rule, found.message) == (column, rule, message)


def test_every_fault_of_a_row_is_told_at_once(kiln: UseCase) -> None:
    found = reasons(kiln, {"heat_k": "x", "turns": 1.5, "dried": "perhaps"})
    assert [(reason.column, reason.rule) for reason in found] == [
        ("heat_k", "type"), ("turns", "type"), ("glaze", "missing"), ("dried", "type")
    ]  # fmt: skip


@pytest.mark.parametrize("row", [[], "row", None, 3])
def test_what_is_no_object_is_not_a_row(kiln: UseCase, row: Any) -> None:
    [found] = reasons(kiln, row)
    assert (found.column, found.rule) == (None, "not_a_row")


def test_what_is_no_json_is_not_a_row(kiln: UseCase) -> None:
    with pytest.raises(ValidationError) as error:
        row_model(kiln).model_validate_json('{"heat_k": ')
    [found] = reasons_of(kiln, error.value.errors())
    assert (found.column, found.rule) == (None, "not_a_row")


def test_a_number_that_could_be_two_says_how_to_write_it(declared: dict[str, Any]) -> None:
    declared["features"][0] |= {"decimal_comma": True}
    [found] = reasons(UseCase.model_validate(declared), GOOD | {"heat_k": "1.234"})
    assert (
        found.message
        == "heat_k: '1.234' could be two numbers; write it without the point, or with a comma and its decimals"
    )


def test_a_text_in_a_single_row_has_no_others_of_its_column(kiln: UseCase) -> None:
    [found] = reasons(kiln, GOOD | {"heat_k": "1.234"})
    assert found.message == "heat_k: '1.234' is no number"
