"""A file with the header it has at home works at every door, and so does a row of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from gateway_api.quarantine.corrections import corrected_rows
from gateway_api.wire.body import RowReader
from training.data import check_training_data
from usecases.checking.chunk_check import ONE_BY_ONE, check_chunk, check_rows
from usecases.checking.row_model import row_model
from usecases.checking.table_check import check_table
from usecases.columns.casting import cast
from usecases.columns.features import FloatFeature
from usecases.contract.row_layout import TableRefusedError, canonical_columns
from usecases.contract.spec import UseCase
from usecases.formats.reading import columns_of_file, format_of, read_chunks

DECLARED: dict[str, Any] = {
    "name": "flats",
    "title": "Flats",
    "task": "regression",
    "target": "rent",
    "target_source_name": "Miete (EUR)",
    "key": "flat",
    "key_source_name": "Wohnung Nr.",
    "ignored_columns": ["Miete (EUR)", "Bemerkung", ""],
    "features": [
        {"name": "area_m2", "type": "float", "source_name": "Fläche [m²]", "decimal_comma": True, "minimum": 0},
        {"name": "rooms", "type": "integer"},
    ],
    "training": {"data": "x.csv"},
}
FLATS = UseCase.model_validate(DECLARED)
HEADER = ";Wohnung Nr.;Fläche [m²];rooms;Bemerkung;Miete (EUR)\n"
CSV = HEADER + "0;A1;1.071,5;3;hell;900\n1;A2;-3;2;dunkel;400\n"
ROW = {"Wohnung Nr.": "A1", "Fläche [m²]": 1071.5, "rooms": 3, "Bemerkung": "hell", "Miete (EUR)": 900}


def good_and_bad(path: Path) -> tuple[list[dict[str, Any]], list[int]]:
    [chunk] = read_chunks(FLATS, path, format_of(path.name), 1_000)
    checked = check_chunk(FLATS, chunk)
    return checked.good.to_pylist(), sorted(checked.bad)


def test_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "flats.csv").write_text(CSV, encoding="utf-8")
    good, bad = good_and_bad(tmp_path / "flats.csv")
    assert good == [{"flat": "A1", "area_m2": 1071.5, "rooms": 3}]
    assert bad == [2]


def test_a_parquet_file(tmp_path: Path) -> None:
    table = pa.table({name: pa.array([value]) for name, value in ROW.items()})
    pq.write_table(table, tmp_path / "flats.parquet")
    assert good_and_bad(tmp_path / "flats.parquet")[0] == [{"flat": "A1", "area_m2": 1071.5, "rooms": 3}]


@pytest.mark.parametrize("rows", [2, ONE_BY_ONE + 1])
def test_json_rows_few_and_many(rows: int) -> None:
    checked = check_rows(FLATS, [ROW] * rows, 0, lambda _: "")
    assert checked.good.num_rows == rows
    assert checked.good.to_pylist()[-1] == {"flat": "A1", "area_m2": 1071.5, "rooms": 3}


@pytest.mark.parametrize("rows", [2, ONE_BY_ONE + 1])
def test_a_bad_row_is_kept_under_the_names_of_the_use_case(rows: int) -> None:
    bad, plain = ROW | {"rooms": "many"}, {"flat": "A1", "rooms": "many"}
    texts = [json.dumps(bad), *[json.dumps(plain)] * (rows - 1)]
    checked = check_rows(FLATS, [bad, *[plain] * (rows - 1)], 0, lambda number: texts[number - 1])
    first, second = checked.raw([1, 2])
    assert json.loads(first) == {"flat": "A1", "area_m2": 1071.5, "rooms": "many"}
    assert second == texts[1]
    page: list[Any] = [{"batch_id": UUID(int=1), "row_number": 1, "raw": first}]
    [corrected] = corrected_rows(FLATS, page, "rooms", "3").good.values()
    assert corrected == {"flat": "A1", "area_m2": 1071.5, "rooms": 3}


def test_a_request_by_either_name() -> None:
    reader = RowReader(FLATS)
    for row in (ROW, {"flat": "A1", "area_m2": 1071.5, "rooms": 3}):
        [read] = reader.read(json.dumps(row).encode())
        assert read.model_dump() == {"flat": "A1", "area_m2": 1071.5, "rooms": 3}


def test_a_value_under_both_names_is_refused() -> None:
    both = ROW | {"area_m2": 2.0}
    with pytest.raises(ValidationError, match="Extra inputs"):
        row_model(FLATS).model_validate(both)
    with pytest.raises(TableRefusedError, match="repeated column 'area_m2'"):
        check_table(FLATS, canonical_columns(FLATS, pa.RecordBatch.from_pylist([both])))


def test_the_training_data_brings_its_target() -> None:
    table = pa.RecordBatch.from_pylist([ROW] * 60)
    data = check_training_data(FLATS, table)
    assert data.targets.tolist() == [900.0] * 60
    assert data.rows.schema.names == ["flat", "area_m2", "rooms"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", 1.5), ("1.234,5", 1234.5), ("-0,25", -0.25), ("12.345.678", 12345678.0), ("7", 7.0), ("1.5", 1.5),
        ("1,5e3", 1500.0), ("", None), ("NaN", None), ("1.234", "bad"), ("1,2,3", "bad"), ("abc", "bad"),
    ],
)  # fmt: skip
def test_numbers_with_a_comma(text: str, value: Any) -> None:
    typed, bad = cast(FloatFeature(name="x", type="float", decimal_comma=True), pa.array([text, "2,5"]))
    assert ("bad" if bad[0] else typed[0].as_py()) == value
    assert typed[1].as_py() == 2.5


def test_other_names_make_no_other_contract() -> None:
    plain = [
        {key: value for key, value in f.items() if key in {"name", "type", "minimum"}} for f in DECLARED["features"]
    ]
    kept = {key: value for key, value in DECLARED.items() if "source_name" not in key and key != "ignored_columns"}
    assert UseCase.model_validate(kept | {"features": plain}).schema_hash == FLATS.schema_hash


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"target_source_name": "Fläche [m²]"}, "stands for area_m2 and for rent"),
        ({"key_source_name": "rooms"}, "stands for rooms and for flat"),
        ({"ignored_columns": ["rooms"]}, "cannot be ignored"),
        ({"ignored_columns": ["Fläche [m²]"]}, "cannot be ignored"),
    ],
)
def test_names_that_cannot_be_told_apart_are_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError) as error:
        UseCase.model_validate(DECLARED | change)
    assert complaint in str(error.value)


@pytest.mark.parametrize("name", ["Power [MW]", "Price [$]", "Discount", "Humidity [‰]"])
def test_a_column_in_another_unit_is_another_column(name: str) -> None:
    units = {
        "power_m_w": "Power [mW]",
        "price_eur": "Price [€]",
        "discount_pct": "Discount %",
        "humidity_pct": "Humidity [%]",
    }
    features = [{"name": column, "type": "float", "source_name": source} for column, source in units.items()]
    meters = UseCase.model_validate({**DECLARED, "ignored_columns": [], "features": features})
    others = [source for source in units.values() if source.partition(" ")[0] != name.partition(" ")[0]]
    with pytest.raises(TableRefusedError, match=f"unknown column {re.escape(repr(name))}"):
        columns_of_file(meters, [*others, name])


@pytest.mark.parametrize(
    "spelt", ["power [mW]", "POWER_MW", "PRICE €", "Price EUR", "discount PCT", "DISCOUNT [%]", "Price"]
)
def test_a_column_in_its_unit_may_be_spelt_otherwise(spelt: str) -> None:
    units = {"power_mw": "Power [mW]", "price_eur": "Price [€]", "discount_pct": "Discount %"}
    features = [
        {"name": column, "type": "float", "source_name": source, "title": source.partition(" [")[0]}
        for column, source in units.items()
    ]
    meters = UseCase.model_validate({**DECLARED, "ignored_columns": [], "features": features})
    meant = next(column for column in units if column[:3] == spelt[:3].lower())
    assert (
        columns_of_file(meters, [*(source for column, source in units.items() if column != meant), spelt])[-1] == meant
    )
