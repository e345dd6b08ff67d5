"""A table of rows is split into good and bad ones, each row once."""

from __future__ import annotations

import pyarrow as pa
import pytest

from usecases.checking.table_check import CheckedTable, check_table
from usecases.contract.row_layout import TableRefusedError, row_schema
from usecases.contract.spec import UseCase

HEADER = ["tile", "heat_k", "turns", "glaze", "dried", "fired_at"]


def csv(*lines: str) -> pa.RecordBatch:
    cells = [line.split(",") for line in lines]
    columns = {name: pa.array([row[index] for row in cells], pa.string()) for index, name in enumerate(HEADER)}
    return pa.record_batch(columns)


def reasons(checked: CheckedTable) -> dict[int, list[tuple[str | None, str]]]:
    return {position: [(found.column, found.rule) for found in all_of] for position, all_of in checked.bad.items()}


def test_good_rows_are_typed_and_bad_rows_have_every_reason(kiln: UseCase) -> None:
    checked = check_table(
        kiln,
        csv(
            "T1,1200.5,3,gloss,true,2026-03-01 12:00",
            "T2,hot,-1,shiny,perhaps,yesterday",
            "T3,,,matt,,",
            ",20,,matt,,",
            "T5,20,,gloss,,",
            "T6,3000,1.5,gloss,,",
        ),
    )
    assert checked.good.schema == row_schema(kiln)
    assert checked.good.to_pylist()[1] == {
        "tile": None, "heat_k": 20.0, "turns": None, "glaze": "matt", "dried": None, "fired_at": None
    }  # fmt: skip
    assert checked.good_positions.tolist() == [0, 3]
    assert reasons(checked) == {
        1: [
            ("heat_k", "type"), ("dried", "type"), ("fired_at", "type"), ("turns", "minimum"), ("glaze", "allowed_values")
        ],
        2: [("heat_k", "missing")],
        4: [(None, "hot_enough")],
        5: [("turns", "type"), ("heat_k", "maximum")],
    }  # fmt: skip
    assert [found.message for found in checked.bad[1]] == [
        "heat_k: 'hot' is no number",
        "dried: 'perhaps' is no true or false",
        "fired_at: 'yesterday' is no time written like 2026-12-31 16:30 (ISO 8601), between the years 1700 and 2200",
        "turns: -1 is below the minimum 0",
        "glaze: 'shiny' is not one of matt, gloss, café",
    ]


def heats(kiln: UseCase, *texts: str) -> CheckedTable:
    return check_table(kiln, pa.record_batch({"heat_k": list(texts), "glaze": ["matt"] * len(texts)}))


def test_a_point_may_part_thousands_where_others_of_the_column_have_decimal_commas(kiln: UseCase) -> None:
    checked = heats(kiln, "1.234", "950,5", "12", "2.500", "1.2340")
    assert sorted(checked.bad) == [1]  # 1.2340 is clear, so points are those of decimals
    checked = heats(kiln, "1.234", "950,5", "12", "2.500")
    assert (checked.good.column("heat_k").to_pylist(), sorted(checked.bad)) == ([12.0], [0, 1, 3])
    assert checked.bad[0][0].message == (
        "heat_k: '1.234' could be two numbers, for others of its column have decimal commas; write it as 1234, or with decimals, "
        "1.2340"
    )
    # One that somebody has mistyped among readings of three decimals tells nothing of them.
    assert sorted(heats(kiln, *["12.345"] * 20, "12,5").bad) == [20]
    assert not heats(kiln, "1.234", "950", "12").bad


@pytest.mark.parametrize("rows", [0, 3])
def test_no_rows_and_only_bad_rows(kiln: UseCase, rows: int) -> None:
    checked = check_table(kiln, csv(*["T1,x,,matt,,"] * rows))
    assert checked.good.num_rows == 0
    assert checked.good.schema == row_schema(kiln)
    assert list(checked.bad) == list(range(rows))


def test_optional_columns_may_be_absent_and_columns_come_in_any_order(kiln: UseCase) -> None:
    checked = check_table(kiln, pa.record_batch({"glaze": ["matt"], "heat_k": [300]}))
    assert checked.good.to_pylist() == [
        {"tile": None, "heat_k": 300.0, "turns": None, "glaze": "matt", "dried": None, "fired_at": None}
    ]


def test_wrong_columns_refuse_the_table_and_all_are_named(kiln: UseCase) -> None:
    table = pa.RecordBatch.from_arrays(
        [pa.array([1]), pa.array([2]), pa.array([3])], names=["heat_k", "heat_k", "colour"]
    )
    with pytest.raises(TableRefusedError) as refused:
        check_table(kiln, table)
    assert str(refused.value) == (
        "missing column 'glaze'; unknown column 'colour'; repeated column 'heat_k'. "
        "The columns of kiln are tile, heat_k, turns, glaze, dried, fired_at"
    )


def test_the_encoding_of_a_category_does_not_depend_on_the_file(kiln: UseCase) -> None:
    raw = pa.record_batch({"heat_k": [1.0] * 2, "glaze": pa.array(["matt", "café"]).dictionary_encode()})
    encoded = check_table(kiln, raw.filter(pa.array([False, True]))).good.column("glaze")
    raw = pa.record_batch({"heat_k": [1500.0] * 2, "glaze": pa.array(["café", "gloss"]).dictionary_encode()})
    encoded = check_table(kiln, raw).good.column("glaze")
    assert encoded.indices.to_pylist() == [2, 1]
    assert encoded.dictionary.to_pylist() == ["matt", "gloss", "café"]


def test_values_that_python_cannot_hold_are_reported(kiln: UseCase) -> None:
    far = pa.array([2**60], pa.timestamp("us"))
    no_text = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())
    raw = pa.record_batch({"tile": no_text, "heat_k": [1.0], "glaze": ["matt"], "fired_at": far})
    assert reasons(check_table(kiln, raw)) == {0: [("tile", "type"), ("fired_at", "type")]}


def test_a_value_in_a_reason_can_be_stored(kiln: UseCase) -> None:
    bad = check_table(kiln, csv("a\0b,1,,matt,,", f"T2,1,,{'é' * 5000},,")).bad
    assert bad[0][0].value == "a\\x00b"
    assert bad[1][0].value == "é" * 200
