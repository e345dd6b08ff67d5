"""Numbers as people write them are asked about, never taken for names, and never read as other numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from tests.support.usecases.proposals import ROWS, feature_of, findings_of, proposed, random_numbers
from usecases.proposal.findings import CannotInferError, Choice, Severity
from usecases.proposal.reading.amounts import plain
from usecases.tasks.task import Task

AMOUNTS = np.random.default_rng(1).uniform(1, 90_000, ROWS).round(2)


@pytest.mark.parametrize(
    ("write", "mark"),
    [
        (lambda value: f" ${value:,.2f} ", "a currency"),
        (lambda value: f"{value:.2f} EUR", "a currency"),
        (lambda value: "€ " + f"{value:,.2f}".translate(str.maketrans(",.", ".,")), "a currency"),
        (lambda value: f"{value:,.1f}".replace(",", " ").replace(".", ","), "spaces of thousands"),
        (lambda value: f"{value:,.1f}".replace(",", "\u202f"), "spaces of thousands"),
        (lambda value: f"{value:,.2f}".replace(",", "'"), "apostrophes of thousands"),
        (lambda value: f"{value / 1_000:.3f}%", "a percent sign"),
        (lambda value: f"({value:,.2f})" if value < 50_000 else f"{value:,.2f}", "brackets for minus"),
        (lambda value: f"{value:,.2f}", "commas of thousands"),
        (lambda value: f"\u2212{value:.2f}", "another sign for minus"),
        (lambda value: f"{value / 1_000:.0f},{value % 100:02.0f},{value % 1_000:03.0f}", "commas of thousands"),
        (lambda value: f"{value:.4E}".replace("E", "D"), "a D for the exponent"),
        (lambda value: f"{value / 1_000:.2f} x 10^3", "powers of ten"),
        (lambda value: "".join(chr(0x0660 + int(digit)) for digit in str(int(value))), "digits of another script"),
        (lambda value: "".join(chr(0xFF10 + int(digit)) for digit in str(int(value))), "digits of another script"),
    ],
)
def test_a_form_that_is_not_read_is_asked_about_with_the_way_on(write: Callable[[float], str], mark: str) -> None:
    column = [write(value) for value in AMOUNTS]
    found = findings_of(proposed({"amount": column}), "amount")["written numbers"]
    assert found.severity is Severity.DECIDE
    assert mark in found.text
    assert "write plain numbers" in found.text
    assert (found.done, found.suggestion) == ("left out", Choice.DROP)


def test_a_few_amounts_of_many_small_numbers_are_enough_to_ask() -> None:
    column = [*range(103, 103 + ROWS - 3), "1,205.50", "3,400.25", "1,001.75"]
    assert "1205.50" in findings_of(proposed({"amount": column}), "amount")["written numbers"].text


@pytest.mark.parametrize(
    "text",
    [
        "$84,835.00 ",
        "€ 1.234,50",
        "1 234,5",
        "1'234.50",
        "12%",
        "(1,234)",
        "12.345",
        "CHF 12.-",
        "1,23,456",
        "0.2D+03",
        "2*10^3",
    ],
)
def test_what_is_suggested_can_be_read(text: str) -> None:
    float(plain(text))


@pytest.mark.parametrize("sign", [",", "."])
def test_three_digits_behind_a_sign_are_thousands_or_decimals(sign: str) -> None:
    column = [f"{value:,}".replace(",", sign) for value in np.random.default_rng(2).integers(5, 40_000, ROWS)]
    found = findings_of(proposed({"amount": column}), "amount")["thousands"]
    assert found.severity is Severity.DECIDE
    assert "of thousands, or decimals?" in found.text
    kept = proposed({"amount": column}, keep=frozenset({"amount"}))
    assert feature_of(kept, "amount").type == "float"
    assert getattr(feature_of(kept, "amount"), "decimal_comma", None) is (sign == ",")


def test_points_of_thousands_are_asked_about_where_other_columns_have_decimal_commas() -> None:
    column = [f"{value:,}".replace(",", ".") for value in np.random.default_rng(3).integers(1_000, 90_000, ROWS)]
    prices = [f"{value:.2f}".replace(".", ",") for value in AMOUNTS]
    assert "thousands" in findings_of(proposed({"amount": column, "price": prices}), "amount")
    assert findings_of(proposed({"amount": column}), "amount") == {}


def test_points_of_the_target_are_thousands_where_another_column_has_decimal_commas() -> None:
    column = [f"{value:,}".replace(",", ".") for value in np.random.default_rng(3).integers(1_000, 90_000, ROWS)]
    prices = [f"{value:.2f}".replace(".", ",") for value in AMOUNTS]
    with pytest.raises(CannotInferError, match=r"holds points in numbers such as .* decimals: --keep sales"):
        proposed({"price": prices, "sales": column}, "sales")
    for found in (
        proposed({"price": prices, "sales": column}, "sales", keep=frozenset({"sales"})),
        proposed({"price": AMOUNTS, "sales": column}, "sales"),
    ):
        assert (found.use_case.task, found.use_case.target_decimal_comma) == (Task.REGRESSION, False)


def test_a_label_of_thousands_is_none_below_ten_where_files_have_decimal_commas() -> None:
    prices = [f"{value:.2f}".replace(".", ",") for value in AMOUNTS]
    use_case = proposed({"price": prices, "sales": [*range(100, 100 + ROWS)]}, "sales").use_case
    labels = pa.array(["850", "1.234", "1.000", "1.234,5"])
    found = use_case.task.definition.read_targets(use_case.target_spelling, labels)
    assert found.numbers.tolist() == pytest.approx([850, np.nan, np.nan, 1234.5], nan_ok=True)
    assert found.refused.tolist() == [False, True, True, False]
    assert "write it without the point" in use_case.task.definition.refusal(use_case.target_spelling)


@pytest.mark.parametrize(
    "column",
    [
        [f"{value / 1_000:.3f}" for value in AMOUNTS],
        [round(value, 3) for value in random_numbers()],
        [f"0.{value:03}" if value else "0" for value in range(ROWS)],
        [f"{value:.2f}" for value in AMOUNTS],
        [f"{value:.0f}" for value in AMOUNTS],
        [f"{value / 1e9:.3e}" for value in AMOUNTS],
    ],
)
def test_plain_numbers_are_not_asked_about(column: list[str]) -> None:
    found = proposed({"amount": column})
    assert found.undecided == []
    assert feature_of(found, "amount").type in {"float", "integer"}


def test_units_behind_numbers_are_asked_about() -> None:
    column = [f"{value:.1f} kg" for value in AMOUNTS]
    assert "write the numbers alone" in findings_of(proposed({"weight": column}), "weight")["units"].text


def test_rates_that_are_few_may_be_names() -> None:
    column = np.random.default_rng(4).choice(["7%", "19%", "0%"], ROWS).tolist()
    found = proposed({"rate": column})
    assert findings_of(found, "rate")["written numbers"].suggestion is Choice.CATEGORY
    assert getattr(feature_of(found, "rate"), "values", ()) == ("0%", "19%", "7%")


@pytest.mark.parametrize(
    "names",
    [
        ["1", "2", "3", "5more"],
        ["0", "1", "2", "3+"],
        ["<1", "1", "2", "10"],
        ["0-10", "10-20", "20-30"],
        ["under 18", "18-30", "30"],
    ],
)
def test_steps_of_a_scale_are_names(names: list[str]) -> None:
    found = proposed({"step": np.random.default_rng(5).choice(names, ROWS).tolist()})
    assert found.undecided == []
    assert set(getattr(feature_of(found, "step"), "values", ())) == set(names)


def test_a_rare_step_of_a_scale_is_no_bad_value() -> None:
    column = ["3+"] * 5 + [str(value % 3) for value in range(ROWS - 5)]
    assert getattr(feature_of(proposed({"children": column}), "children"), "values", ()) == ("0", "1", "2", "3+")


@pytest.mark.parametrize(
    "write",
    [
        lambda value: f"{value / 1_000:.0f}/{value % 90:.0f}",
        lambda value: f"{value / 1_000:.4f}, {value / 2_000:.4f}",
        lambda value: f"POINT ({value / 1_000:.4f} {value / 2_000:.4f})",
        lambda value: f"{value / 1_000:.0f} x {value % 90:.0f} x 7",
        lambda value: f"{value / 1_000:.0f}°{value % 60:.0f}'N",
    ],
)
def test_several_numbers_in_a_cell_are_asked_about(write: Callable[[float], str]) -> None:
    found = findings_of(proposed({"pressure": [write(value) for value in AMOUNTS]}), "pressure")["several numbers"]
    assert (found.severity, found.suggestion) == (Severity.DECIDE, Choice.DROP)
    assert "write each into a column of its own" in found.text


def test_sizes_of_packs_are_no_powers_of_ten() -> None:
    found = findings_of(proposed({"pack": [f"{value / 1_000:.0f} x 100" for value in AMOUNTS]}), "pack")
    assert "several numbers" in found
    assert (plain("USD12"), plain("1.5 x 10^3")) == ("12", "1.5e3")


@pytest.mark.parametrize(
    "write",
    [lambda value: f"2026/{value:.0f}", lambda value: f"10.0.{value % 250:.0f}.7", lambda value: f"0170/{value:.0f}"],
    ids=["order", "address", "phone"],
)
def test_numbers_that_are_names_together_are_not_several(write: Callable[[float], str]) -> None:
    assert "several numbers" not in findings_of(proposed({"order": [write(value) for value in AMOUNTS]}), "order")


@pytest.mark.parametrize(
    "write",
    [lambda text: f"'{text}'", lambda text: f'="{text}"', lambda text: f"'{text}", lambda text: f"\u201c{text}\u201d"],
)
def test_marks_of_other_programs_around_numbers_and_times_are_asked_about(write: Callable[[str], str]) -> None:
    columns = {
        "amount": [write(f"{value:.2f}") for value in AMOUNTS],
        "sold": [write(f"2026-03-{1 + place % 28:02} 12:{place % 60:02}") for place in range(ROWS)],
        "region": [write("NSEW"[place % 4]) for place in range(ROWS)],
    }
    found = proposed(columns)
    for column in ("amount", "sold"):
        assert findings_of(found, column)["quoted"].suggestion is Choice.DROP
        assert "write them without" in findings_of(found, column)["quoted"].text
    assert "quoted" not in findings_of(found, "region")
