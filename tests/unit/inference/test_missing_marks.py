"""What stands for a missing value without saying so is asked about, and is no category, number or time by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.support.usecases.proposals import ROWS, feature_of, findings_of, proposed, random_numbers, texts
from usecases.checking.table_check import check_table
from usecases.proposal.findings import Choice, Severity

DAYS = [str(datetime(2023, 1, 1, tzinfo=UTC).date() + timedelta(days=place)) for place in range(ROWS)]
NUMBERS = [str(value) for value in random_numbers()]
NAMES = np.random.default_rng(1).choice(["red", "green", "blue"], ROWS).tolist()
ANSWERS = np.random.default_rng(2).choice(["yes", "no"], ROWS).tolist()


def with_marks(column: list[str], mark: str, share: float = 0.2) -> list[str]:
    """Put a mark into some of the cells."""
    drawn = np.random.default_rng(3).random(len(column)) < share
    return [mark if is_marked else value for value, is_marked in zip(column, drawn, strict=True)]


@pytest.mark.parametrize("mark", ["?", "-", "--", ".", "#N/A", "NaT", r"\N", "(null)", "<NA>"])
@pytest.mark.parametrize(
    ("column", "kind"), [(NUMBERS, "float"), (DAYS, "timestamp"), (NAMES, "category"), (ANSWERS, "boolean")]
)
def test_a_mark_is_missing_whatever_the_column_holds(mark: str, column: list[str], kind: str) -> None:
    found = proposed({"x": with_marks(column, mark)})
    feature = feature_of(found, "x")
    assert (feature.type, feature.nullable) == (kind, True)
    assert mark not in getattr(feature, "values", ())
    asked = findings_of(found, "x").get("missing values")
    if asked is not None:  # the usual words are read as missing everywhere, and need no word
        assert (asked.severity, asked.suggestion) == (Severity.DECIDE, Choice.MISSING)
        assert feature.missing_values == (mark,)


def test_a_mark_among_names_may_be_kept_as_one() -> None:
    column = with_marks(NAMES, "?")
    kept = proposed({"x": column}, decided={"x: missing values": Choice.KEEP})
    assert getattr(feature_of(kept, "x"), "values", ()) == ("?", "blue", "green", "red")
    assert kept.undecided == []
    assert "x" not in proposed({"x": column}, decided={"x: missing values": Choice.DROP}).use_case.features_by_name


def test_a_mark_among_numbers_may_make_names_of_all() -> None:
    column = with_marks(np.random.default_rng(4).choice(["1", "2", "3"], ROWS).tolist(), "?")
    found = proposed({"x": column}, decided={"x: missing values": Choice.CATEGORY})
    assert getattr(feature_of(found, "x"), "values", ()) == ("1", "2", "3", "?")


def test_plus_and_minus_are_two_names() -> None:
    column = np.random.default_rng(5).choice(["+", "-"], ROWS).tolist()
    assert getattr(feature_of(proposed({"x": column}), "x"), "values", ()) == ("+", "-")


def test_a_word_among_names_is_only_told() -> None:
    found = proposed({"x": with_marks(NAMES, "unknown")})
    assert found.undecided == []
    assert "unknown" in getattr(feature_of(found, "x"), "values", ())
    assert "--missing x=unknown" in findings_of(found, "x")["words for missing"].done
    told = proposed({"x": with_marks(NAMES, "unknown")}, missing=frozenset({"x=unknown"}))
    assert feature_of(told, "x").missing_values == ("unknown",)
    assert getattr(feature_of(told, "x"), "values", ()) == ("blue", "green", "red")


@pytest.mark.parametrize("placeholder", ["-200", "-999", "-9999", "999", "9999.0", "-99.9", "-9"])
def test_a_number_far_from_all_others_is_asked_about(placeholder: str) -> None:
    column = [str(value) for value in np.random.default_rng(6).integers(0, 40, ROWS)]
    if placeholder == "-9":
        column = [str(int(value) % 2) for value in column]
        assert proposed({"x": with_marks(column, placeholder)}).undecided == [], "three values are a scale"
        return
    found = proposed({"x": with_marks(column, placeholder)})
    asked = findings_of(found, "x")["placeholders"]
    assert (asked.severity, asked.suggestion) == (Severity.DECIDE, Choice.MISSING)
    feature = feature_of(found, "x")
    assert [float(text) for text in feature.missing_values] == [float(placeholder)]
    assert feature.nullable
    assert (getattr(feature, "minimum", None), getattr(feature, "maximum", None)) == (0, 49)
    kept = proposed({"x": with_marks(column, placeholder)}, keep=frozenset({"x"}))
    assert feature_of(kept, "x").missing_values == ()
    assert not feature_of(kept, "x").nullable


@pytest.mark.parametrize(
    "column",
    [
        random_numbers(7),
        np.random.default_rng(8).integers(0, 100, ROWS).tolist(),
        np.random.default_rng(9).exponential(100, ROWS).round().tolist(),
        np.random.default_rng(10).integers(-1, 2, ROWS).tolist(),
        np.random.default_rng(11).normal(0, 20, ROWS).round().tolist(),
        [0] * 400 + np.random.default_rng(12).integers(100, 900, 200).tolist(),
        np.minimum(np.random.default_rng(13).integers(0, 120, ROWS), 99).tolist(),
    ],
)
def test_a_number_among_others_is_none_whatever_it_is(column: list[float]) -> None:
    assert findings_of(proposed({"x": column}), "x").get("placeholders") is None


@pytest.mark.parametrize(
    "placeholder",
    ["9999-12-31", "0000-00-00", "0001-01-01", "2999-12-31", "4712-12-31", "1601-01-01", "1900-01-01", "1970-01-01"],
)
def test_a_time_that_means_never_is_asked_about(placeholder: str) -> None:
    found = proposed({"x": with_marks(DAYS, placeholder, 0.3)})
    feature = feature_of(found, "x")
    assert (feature.type, feature.nullable, feature.missing_values) == ("timestamp", True, (placeholder,))
    assert [finding.column for finding in found.undecided] == ["x"]


def test_a_year_mistyped_once_is_a_bad_value() -> None:
    found = proposed({"x": [*DAYS[:-1], "3024-05-01"]})
    assert found.undecided == []
    assert "bad rows" in findings_of(found, "x")["strays"].done


@pytest.mark.parametrize("year", [9999, 2999])
def test_typed_times_and_numbers_are_looked_at_alike(year: int) -> None:
    moments = [
        datetime(year, 12, 31, tzinfo=UTC) if place % 4 else datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=place)
        for place in range(ROWS)
    ]
    found = proposed(
        {
            "at": pa.array(moments, pa.timestamp("us", "UTC")),
            "x": pa.array([-999 if p % 5 == 0 else p % 37 for p in range(ROWS)]),
        }
    )
    assert feature_of(found, "at").missing_values == (f"{year}-12-31",)
    assert feature_of(found, "x").missing_values == ("-999",)


def test_a_word_among_numbers_is_a_bad_value_until_somebody_says_it_is_missing() -> None:
    column = with_marks([str(place % 40) for place in range(ROWS)], "k. A.", 0.02)
    found = proposed({"x": column})
    assert found.undecided == []
    assert "bad rows" in findings_of(found, "x")["strays"].done
    assert feature_of(proposed({"x": column}, missing=frozenset({"x"})), "x").missing_values == ("k. A.",)


def test_a_word_in_many_rows_of_numbers_is_asked_about() -> None:
    column = with_marks([str(place % 40) for place in range(ROWS)], "see file", 0.3)
    asked = findings_of(proposed({"x": column}), "x")["mixed"]
    assert (asked.severity, asked.suggestion) == (Severity.DECIDE, Choice.MISSING)
    assert feature_of(proposed({"x": column}), "x").missing_values == ("see file",)


@pytest.mark.parametrize(
    "column",
    [
        with_marks(NUMBERS, "?"),
        with_marks(NUMBERS, "-999.0"),
        with_marks([value.replace(".", ",") for value in NUMBERS], "-200"),
        with_marks([value.replace(".", ",") for value in NUMBERS], "-200,0"),
        with_marks([str(place % 40) for place in range(ROWS)], "999"),
        with_marks(DAYS, "9999-12-31 00:00:00"),
        with_marks(DAYS, "1970-01-01T00:00:00Z"),
        with_marks(NAMES, " ? "),
        with_marks(ANSWERS, "(null)"),
    ],
)
def test_the_rows_that_a_use_case_is_made_of_are_good_rows_of_it(column: list[str]) -> None:
    found = proposed({"x": column})
    assert feature_of(found, "x").nullable
    table = pa.RecordBatch.from_arrays([texts(column), texts(random_numbers(98))], names=["x", "other"])
    checked = check_table(found.use_case, table)
    assert checked.bad == {}
    assert checked.good.column("x").null_count > ROWS / 10


def test_zeros_far_below_all_other_numbers_are_told_and_may_be_missing() -> None:
    column = with_marks([f"1{value}" for value in NUMBERS], "0", 0.05)
    found = findings_of(proposed({"x": column}), "x")["zeros"]
    assert (found.severity, found.suggestion) == (Severity.LOOK, Choice.KEEP)
    feature = feature_of(proposed({"x": column}, missing=frozenset({"x"})), "x")
    assert (feature.missing_values, feature.nullable) == (("0",), True)
    assert feature.model_dump()["minimum"] > 0


def test_zeros_among_numbers_that_begin_near_them_are_amounts() -> None:
    spent = np.random.default_rng(4).exponential(30, ROWS).round(2)
    spent[::3] = 0
    assert "zeros" not in findings_of(proposed({"x": spent}), "x")
