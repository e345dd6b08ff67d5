"""Values that a contract declares missing are missing in every form that they come in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import TypeAdapter, ValidationError

from training.data import check_training_data
from usecases.checking.row_model import row_model
from usecases.columns.casting import cast
from usecases.columns.features import Feature
from usecases.columns.missing import is_declared, where_declared
from usecases.contract.spec import UseCase
from usecases.formats.data_files import read_data
from usecases.proposal.choices import Choices
from usecases.proposal.infer import infer

NEVER = datetime(9999, 12, 31)  # noqa: DTZ001  # as databases write it
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def feature(kind: str, *missing: str, **more: Any) -> Feature:
    declared = {"name": "x", "type": kind, "nullable": True, "missing_values": missing, **more}
    found: Feature = TypeAdapter(Feature).validate_python(declared)
    return found


def use_case_of(*features: Feature) -> UseCase:
    return UseCase.model_validate(
        {
            "name": "u", "title": "U", "task": "regression", "target": "y",
            "features": [one.model_dump() for one in features], "training": {"data": "u.csv"},
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["-200", "-200.0", " -2e2 ", "?", "5"]), pa.array([-200, -200, -200, None, 5]),
        pa.array([-200.0, -200.0, -200.0, float("nan"), 5.0]), pa.array([Decimal("-200.00")] * 3 + [None, Decimal(5)]),
        pa.array(["-200", "-200.0", "-200", " ?", "5"]).dictionary_encode(), pa.array([-200] * 4 + [5], pa.int16()),
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_numbers_are_compared_as_numbers(column: pa.Array) -> None:
    for kind in ("float", "integer"):
        typed, bad = cast(feature(kind, "-200", "?"), column)
        assert typed.to_pylist() == [None] * 4 + [5]
        assert not bad.any()


def test_numbers_with_a_comma() -> None:
    declared = feature("float", "-9,9", "k. A.", decimal_comma=True)
    typed, bad = cast(declared, pa.array(["-9,90", "-9.9", "k. A.", "1.234,5", "12.345"]))
    assert typed.to_pylist() == [None, None, None, 1234.5, None]
    assert bad.tolist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["9999-12-31", "9999-12-31 00:00:00", "9999-12-31T00:00Z", "9999-12-31 00:00:00+00", "0000-00-00", "2026-03-01"]),
        pa.array([date(9999, 12, 31)] * 4 + [None, date(2026, 3, 1)]),
        *(pa.array([NEVER] * 4 + [None, DAY.replace(tzinfo=None)], pa.timestamp(unit)) for unit in ("s", "ms", "us")),
        pa.array([NEVER] * 4 + [None, DAY], pa.timestamp("us", "UTC")),
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_times_that_no_calendar_of_ours_holds(column: pa.Array) -> None:
    typed, bad = cast(feature("timestamp", "9999-12-31", "0000-00-00"), column)
    assert typed.to_pylist() == [None] * 5 + [DAY]
    assert not bad.any()


def test_a_time_that_is_not_the_declared_one_stays_bad() -> None:
    typed, bad = cast(feature("timestamp", "9999-12-31"), pa.array(["9999-12-30", "9999-12-31 01:00"]))
    assert typed.to_pylist() == [None, None]
    assert bad.all()


def test_categories_and_booleans() -> None:
    typed, _ = cast(feature("category", "?", "-1", values=["L", "1"]), pa.array(["?", " ? ", "-1.0", "L", "1", "??"]))
    assert typed.to_pylist() == [None, None, None, "L", "1", "??"]
    typed, _ = cast(feature("category", "9", values=["0", "1"]), pa.array([9, 1, 0]))
    assert typed.to_pylist() == [None, "1", "0"]
    typed, bad = cast(feature("boolean", "9", "?"), pa.array(["9", "9.0", "?", "yes", "8"]))
    assert typed.to_pylist() == [None, None, None, True, None]
    assert bad.tolist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        (feature("float", "-200", "?"), [-200, -200.0, "-200", " -200.0 ", "?", "nan", "", float("nan")]),
        (feature("integer", "-200", "?"), [-200, -200.0, "-2e2", "?"]),
        (feature("boolean", "9"), [9, 9.0, "9", "n/a"]),
        (feature("category", "?", "-1", values=["L"]), ["?", " ?", -1, -1.0, "-1.0", ""]),
        (feature("timestamp", "9999-12-31"), ["9999-12-31", "9999-12-31T00:00:00.000Z", "NaT"]),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_one_row_reads_them_alike(declared: Feature, values: list[Any]) -> None:
    # Beside another feature, for a row without any is bad.
    model = row_model(use_case_of(declared, feature("float").model_copy(update={"name": "other"})))
    for value in values:
        assert getattr(model.model_validate({"x": value, "other": 1}), "x") is None, value  # noqa: B009  # a field of a made-up model


def test_where_a_value_is_required_a_declared_one_is_missing() -> None:
    declared = feature("float", "-200", nullable=False)
    with pytest.raises(ValidationError):
        row_model(use_case_of(declared)).model_validate({"x": -200})


def test_a_value_is_not_allowed_and_missing_at_once() -> None:
    with pytest.raises(ValidationError, match=r"'-1' stands in `values` and in `missing_values`"):
        feature("category", "-1.0", values=["-1", "1"])
    with pytest.raises(ValidationError, match="'0' is true or false"):
        feature("boolean", "0")


@pytest.mark.parametrize("word", ["ne", "nu", "da", "ei", "fals", "nein"])
def test_a_word_that_is_a_truth_in_some_language_may_be_declared_missing(word: str) -> None:
    declared = feature("boolean", word)
    typed, bad = cast(declared, pa.array([word.upper(), word, "yes", "no"]))
    assert typed.to_pylist() == [None, None, True, False]
    assert not bad.any()
    model = row_model(use_case_of(declared, feature("float").model_copy(update={"name": "other"})))
    assert model.model_validate({"x": word.upper(), "other": 1}).model_dump()["x"] is None


def test_only_what_is_declared_changes_the_digest_of_a_contract() -> None:
    plain = use_case_of(feature("float"), feature("timestamp").model_copy(update={"name": "t"}))
    assert plain.schema_hash == "bef0e8289320"
    assert use_case_of(feature("float", "-200"), plain.features[1]).schema_hash != plain.schema_hash
    later = feature("timestamp", minimum="2000-01-01").model_copy(update={"name": "t"})
    assert use_case_of(plain.features[0], later).schema_hash != plain.schema_hash


@pytest.mark.parametrize("gap", [-999.9, -9999.99, 9.96921e36, -99.0])
def test_a_gap_of_32_bits_is_the_gap_that_people_write(gap: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    heat = np.where(rng.random(400) < 0.2, gap, rng.uniform(1, 50, 400).round(2))
    frame = pd.DataFrame({"heat": heat, "turns": rng.random(400), "cracked": rng.choice(["yes", "no"], 400)})
    singles, doubles, texts = tmp_path / "a.parquet", tmp_path / "b.parquet", tmp_path / "c.csv"
    frame.astype({"heat": "float32"}).to_parquet(singles)
    frame.to_parquet(doubles)
    frame.to_csv(texts, index=False)
    for made_of in (singles, doubles, texts):
        found = infer(read_data(made_of), Choices(target="cracked"), file_name=made_of.name, data=made_of.name).use_case
        assert [float(text) for text in found.features[0].missing_values] == [gap]
        for path in (singles, doubles, texts):
            data = check_training_data(found, read_data(path))
            assert (data.bad_rows, data.rows.column("heat").null_count) == (0, int((heat == gap).sum())), path


@pytest.mark.parametrize(("value", "is_gap"), [(-999.9000244140625, True), ("-999.900024", True), (-999.9001, False)])
def test_a_program_may_write_what_32_bits_keep(value: object, is_gap: bool) -> None:  # noqa: FBT001  # pytest passes it by name
    assert is_declared(("-999.9", "1e300"), value) is is_gap


def test_a_time_that_is_missing_is_known_by_the_clocks_it_is_written_on() -> None:
    """In a column with a zone, 1970-01-01 was no moment of UTC: nobody was asked, and it was learned from."""
    first = pa.scalar(datetime(1970, 1, 1), pa.timestamp("us"))  # noqa: DTZ001  # as the clocks of Berlin show it
    days = [datetime(2026, 3, day % 28 + 1, day % 24) for day in range(60)]  # noqa: DTZ001  # same
    plain = pa.concat_arrays([pa.repeat(first, 6), pa.array(days, pa.timestamp("us"))])
    local = pc.assume_timezone(plain, "Europe/Berlin")
    texts = pa.array([moment.isoformat() for moment in local.to_pylist()])
    for column in (plain, local, local.cast(pa.timestamp("ns", "Europe/Berlin")), texts):
        table = pa.RecordBatch.from_pydict({"x": column, "y": pa.array(range(len(column)))})
        found = infer(table, Choices(target="y"), file_name="u.csv", data="u.csv").use_case.features_by_name["x"]
        assert found.missing_values == ("1970-01-01",)
        typed, bad = cast(feature("timestamp", "1970-01-01"), column)
        assert typed.null_count == 6
        assert not bad.any()
    assert is_declared(("1970-01-01",), "1970-01-01T00:00:00+01:00")
    assert not is_declared(("1970-01-01",), "1970-01-01T01:00:00+01:00")


def test_a_zone_that_arrow_does_not_know_hides_no_missing_time() -> None:
    column = pa.array([0, 1], pa.timestamp("us", "GMT+1"))
    assert where_declared(("1970-01-01",), column).tolist() == [True, False]
