"""What names rows or things is no amount, and what runs on gets no range that next year's rows are refused by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.usecases.proposals import ROWS, feature_of, findings_of, proposed, random_numbers
from usecases.columns.booleans import boolean_of
from usecases.columns.casting import cast
from usecases.columns.features import CategoryFeature, IntegerFeature
from usecases.contract.training import SplitKind
from usecases.proposal.findings import CannotInferError, Choice, Severity
from usecases.proposal.infer import MAX_HEADER, MOST_FEATURES

RANDOM = np.random.default_rng(1)


def limits_of(name: str, values: list[Any] | pa.Array) -> tuple[Any, Any]:
    feature = feature_of(proposed({name: values}), name)
    return getattr(feature, "minimum", None), getattr(feature, "maximum", None)


@pytest.mark.parametrize(
    "values",
    [
        [f"{10**19 + 7919 * place}" for place in range(ROWS)],
        [f"{4_000_000_000_000_000 + 7919 * place}" for place in range(ROWS)],
        pa.array([2**63 + 7919 * place for place in range(ROWS)], pa.uint64()),
        pa.array([10**17 + 7919 * place for place in range(ROWS)], pa.int64()),
        pa.array([1e19 + 1e6 * place for place in range(ROWS)]),
        [f"K-{place:05}" for place in range(ROWS)],
    ],
)
def test_long_numbers_are_names(values: list[str] | pa.Array) -> None:
    found = proposed({"account": values})
    assert "account" not in found.use_case.features_by_name
    assert "account" in found.use_case.ignored_columns
    assert findings_of(found, "account")["identifier"].done == "left out"


@pytest.mark.parametrize("name", ["months_on_account", "stand_konto"])
def test_an_amount_on_an_account_is_an_amount(name: str) -> None:
    found = proposed({name: RANDOM.integers(0, 90, ROWS).tolist()})
    assert isinstance(feature_of(found, name), IntegerFeature)


@pytest.mark.parametrize("end", ["", ".0"])
def test_numbers_called_an_identifier_are_the_key(end: str) -> None:
    numbers = RANDOM.permutation(np.arange(1_000, 1_000 + 3 * ROWS, 3))
    found = proposed({"customer_id": [f"{number}{end}" for number in numbers]})
    assert found.use_case.key == "customer_id"


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "__index_level_0__", "...1"])
def test_the_index_of_a_program_is_left_out(name: str) -> None:
    found = proposed({name: RANDOM.permutation(np.arange(0, 5 * ROWS, 5)).tolist()})
    assert [feature.name for feature in found.use_case.features] == ["other"]
    assert name in found.use_case.ignored_columns
    assert found.undecided == []


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "customer_id", "Customer No", "customer", "Kunde", "Kundennummer", "Artikel-Nr.", "order number"],
)
def test_a_customer_who_comes_again_is_asked_about(name: str) -> None:
    columns = {name: RANDOM.integers(1_000, 1_100, ROWS).tolist()}
    asked = findings_of(proposed(columns), name)["identifier"]
    assert (asked.severity, asked.done) == (Severity.DECIDE, "left out")
    (kept,) = (one for one in proposed(columns, keep=frozenset({name})).use_case.features if one.name != "other")
    assert getattr(kept, "maximum", 0) is None


@pytest.mark.parametrize(
    "name", ["order", "members", "number", "octane number", "account balance", "customers", "customer value"]
)
def test_an_amount_is_kept_whatever_it_is_called(name: str) -> None:
    found = proposed({name: RANDOM.integers(1_000, 1_100, ROWS).tolist()})
    assert "identifier" not in findings_of(found, name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("year", RANDOM.integers(1995, 2025, ROWS).tolist()),
        ("built", RANDOM.integers(1900, 2024, ROWS).tolist()),
        ("day", [f"20{year:02}{month:02}{day:02}" for year, month, day in RANDOM.integers(1, 13, (ROWS, 3))]),
        ("sent", RANDOM.integers(1_600_000_000, 1_750_000_000, ROWS).tolist()),
        ("sent_ms", RANDOM.integers(1_600_000_000_000, 1_750_000_000_000, ROWS).tolist()),
        ("reading", np.cumsum(RANDOM.integers(1, 9, ROWS)).tolist()),
        ("seconds", np.cumsum(RANDOM.uniform(0.1, 9, ROWS)).round(3).tolist()),
    ],
)
def test_what_runs_on_has_no_range(name: str, values: list[Any]) -> None:
    assert limits_of(name, values) == (None, None)
    assert "not refused" in findings_of(proposed({name: values}), name)["runs on"].done


def test_the_column_by_whose_time_the_holdout_is_kept_apart_has_no_range() -> None:
    days = (45_000 + np.arange(ROWS) // 4).tolist()  # as spreadsheets count them
    found = proposed({"Datum": days})
    assert (found.use_case.training.split, found.use_case.training.split_column) == (SplitKind.TIME, "Datum")
    datum = feature_of(found, "datum")
    assert isinstance(datum, IntegerFeature)
    assert (datum.minimum, datum.maximum) == (None, None)


@pytest.mark.parametrize("name", ["zip", "ZIP Code", "PLZ", "Customer postcode", "ean", "phone"])
def test_digits_that_name_a_place_or_a_thing_are_no_amounts(name: str) -> None:
    many = proposed({name: RANDOM.integers(10_000, 10_200, ROWS).tolist()})
    [asked] = [one for one in many.undecided if one.kind == "identifier"]
    assert "names, no amounts" in asked.text
    assert limits_of(name.lower().replace(" ", "_"), RANDOM.choice([80331, 60311, 10115], ROWS).tolist()) == (
        None,
        None,
    )


@pytest.mark.parametrize("write", ["{:02}:{:02}", "{}:{:02}:30", "{}:{:02} pm"])
def test_times_of_day_are_told_with_the_way_on(write: str) -> None:
    clock = [write.format(hour, minute) for hour, minute in RANDOM.integers(1, 12, (ROWS, 2))]
    found = findings_of(proposed({"called": clock}), "called")
    [one] = [one for one in found.values() if one.choices]
    assert "times of day" in one.text
    assert "write the hour as a number" in one.text


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["06:00:00", "14:00:00", "22:00:00"], "times of day"),
        (["06:00", "14:30", "26:15"], "durations"),
        (["PT6H", "PT30H15M", "P1DT2H"], "durations"),
        (["1 day, 2:03:04", "0:30:00", "2 days 01:00:00"], "durations"),
    ],
)
def test_a_few_hours_are_names_and_it_is_told_how_they_become_numbers(texts: list[str], said: str) -> None:
    found = proposed({"lasted": RANDOM.choice(texts, ROWS).tolist()})
    assert isinstance(feature_of(found, "lasted"), CategoryFeature)
    told = findings_of(found, "lasted")["times of day"]
    assert said in told.text
    assert "become a feature" in told.text


@pytest.mark.parametrize("mark", ["x", "yes", 1])
def test_a_cross_or_nothing_is_a_mark_and_no_constant(mark: str | int) -> None:
    marked = [mark if drawn else "" for drawn in RANDOM.random(ROWS) < 0.3]
    found = proposed({"express": marked})
    assert feature_of(found, "express").nullable
    assert findings_of(found, "express")["mark"].suggestion is Choice.KEEP
    left_out = proposed({"express": marked}, drop=frozenset({"express"}))
    assert "express" not in left_out.use_case.features_by_name
    few_gaps = proposed({"country": ["DE"] * (ROWS - 3) + [""] * 3})
    assert "constant" in findings_of(few_gaps, "country")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("speed", RANDOM.integers(1_168, 2_886, ROWS).tolist()),
        ("heat", random_numbers(2)),
        ("rooms", sorted(RANDOM.integers(1, 9, ROWS).tolist())),
        ("income", RANDOM.integers(20_000, 99_000, ROWS).tolist()),
        ("timeout_s", RANDOM.integers(1, 900, ROWS).tolist()),
    ],
)
def test_amounts_have_a_range(name: str, values: list[Any]) -> None:
    low, high = limits_of(name, values)
    assert low <= min(values)
    assert high >= max(values)


@pytest.mark.parametrize("largest", ["1.7e308", "1.8e308"])
def test_numbers_at_the_end_of_all_numbers_are_no_reason_to_fail(largest: str) -> None:
    column = [*(f"{value}e300" for value in range(1, ROWS)), largest]
    assert feature_of(proposed({"x": column}), "x").type == "float"


def test_a_header_may_be_a_question() -> None:
    question = (
        "How many " + "very " * 60 + "long questions have you been asked, in the last twelve months; roughly? (1, 2)"
    )
    found = proposed({question: random_numbers(3)})
    assert found.use_case.features[0].source_name == question
    with pytest.raises(CannotInferError, match="the name of column 1 has 1,0"):
        proposed({question + "!" * (MAX_HEADER - len(question) + 1): random_numbers(3)})


def test_of_too_many_columns_those_are_kept_that_know_most() -> None:
    rows = 120
    table = {f"x{place}": random_numbers(place, rows) for place in range(MOST_FEATURES + 30)}
    table["x7"] = [round(value, 2) for value in np.linspace(1, 60, rows) + RANDOM.normal(0, 6, rows)]
    table["y"] = list(range(rows))
    found = proposed(table, "y")
    assert len(found.use_case.features) == MOST_FEATURES
    assert "x7" in found.use_case.features_by_name
    assert findings_of(found, "") == {}
    assert any("531" in finding.text or "530" in finding.text for finding in found.findings)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({f"x{place}": ["1"] * 60 for place in range(10_001)}, "10,002 columns; 10,000 are the most"),
        ({"x": ["1"] * 60}, "no column is left to predict from"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(columns: dict[str, list[str]], complaint: str) -> None:
    columns = {**columns, "y": ["0", "1"] * 30}
    with pytest.raises(CannotInferError, match=complaint):
        proposed(columns, "y")


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("orderdate", (46_000 + np.arange(ROWS) % 97 + 0.25).tolist(), "days as spreadsheets count them"),
        ("made_on", (2_026_000 + np.arange(ROWS) % 97 + 1).tolist(), "dates written as numbers, 2026090"),
    ],
)
def test_days_of_a_spreadsheet_with_hours_and_of_a_mainframe_get_no_range(
    name: str, values: list[float], told: str
) -> None:
    found = proposed({name: values})
    assert told in findings_of(found, name)["runs on"].text
    assert getattr(found.use_case.features_by_name[name], "maximum", 0) is None


def test_the_days_of_a_spreadsheet_get_no_range() -> None:
    days = RANDOM.integers(44_000, 44_900, ROWS).tolist()
    assert limits_of("order_date", days) == (None, None)
    assert (
        "days as spreadsheets count them" in findings_of(proposed({"order_date": days}), "order_date")["runs on"].text
    )
    assert None not in limits_of("order_value", days)


@pytest.mark.parametrize(
    "pair",
    [
        ("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("ja", "nein"), ("oui", "non"), ("J", "N"), ("ano", "ne"), ("EVET", "HAYIR"),
        ("Evet", "Hay\u0131r"), ("ΑΛΗΘΕΣ", "ΨΕΥΔΕΣ"), ("Αληθές", "Ψευδές"), ("はい", "いいえ"), ("是", "否"), ("Da", "Nu"), ("Igen", "Nem"),
    ],
)  # fmt: skip
def test_truths_of_spreadsheets_in_other_languages_are_truths(pair: tuple[str, str]) -> None:
    found = feature_of(proposed({"express": [pair[row % 3 == 0] for row in range(ROWS)]}), "express")
    assert found.type == "boolean"
    # A workbook, or JSON, of the same data has truths of its own.
    for column in (pa.array([True, False]), pa.array(pair)):
        assert cast(found, column)[0].to_pylist() == [True, False]
    assert [boolean_of(word) for word in pair] == [True, False]


def test_a_soil_is_no_truth() -> None:
    assert (
        feature_of(proposed({"soil": [("sand", "clay")[row % 3 == 0] for row in range(ROWS)]}), "soil").type
        == "category"
    )


@pytest.mark.parametrize("word", ["true", "TRUE", "False"])
def test_a_mark_that_programs_take_for_a_truth_is_one(word: str) -> None:
    found = proposed({"express": [word if row % 3 else "" for row in range(ROWS)]})
    assert findings_of(found, "express")["mark"].suggestion is Choice.KEEP
    assert (feature_of(found, "express").type, feature_of(found, "express").nullable) == ("boolean", True)
    # As pandas writes the same column to Parquet.
    read, bad = cast(feature_of(found, "express"), pa.array([word.lower() == "true", None]))
    assert read.to_pylist() == [word.lower() == "true", None]
    assert not bad.any()


@pytest.mark.parametrize(
    "column",
    [
        pa.array([row % 3 == 0 for row in range(ROWS)]).cast(pa.int8()),
        pa.array([None if row % 7 == 0 else float(row % 3 == 0) for row in range(ROWS)]),
        pa.array([None if row % 7 == 0 else f"{row % 3 == 0:d}.0" for row in range(ROWS)]),
    ],
    ids=["whole", "with gaps", "with gaps, as pandas writes them"],
)
def test_0_and_1_are_the_truths_that_they_are_in_a_csv_file(column: pa.Array) -> None:
    found = feature_of(proposed({"express": column}), "express")
    assert (found.type, found.nullable) == ("boolean", column.null_count > 0)
    for given in (pa.array([1, 0]), pa.array([True, False]), pa.array(["1.0", "no"])):
        assert cast(found, given)[0].to_pylist() == [True, False]
