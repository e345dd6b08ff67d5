"""What comes in as bytes gets one verdict, whichever door it takes: a row of JSON at all of them, a cell in every format."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from broker.envelopes.foreign import MessageRefusedError
from gateway_api.door.problems import MalformedBody
from gateway_api.wire.body import RowReader, check_body
from tests.support.usecases.doors import Verdict, by_file, by_message, by_request
from usecases.checking.reasons import RuleName
from usecases.columns.features import Feature, FloatFeature, IntegerFeature
from usecases.contract.spec import UseCase

thorough = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def feature(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "nullable": True} | more


READINGS = UseCase.model_validate_json(
    json.dumps(
        {
            "name": "readings", "title": "Readings", "task": "regression", "target": "y", "key": "machine",
            "training": {"data": "rows.csv"},
            "features": [
                feature("torque", "float", minimum=-100, maximum=2000),
                feature("level", "float", missing_values=["-200", "?"], nullable=False),
                feature("price", "float", decimal_comma=True),
                feature("speed", "integer", missing_values=["-1"]),
                feature("humid", "boolean", missing_values=["9"]),
                feature("quality", "category", values=["L", " M", "1", "02", "2.5"], missing_values=["?"]),
                feature("seen", "timestamp", minimum="2000-01-01", maximum="2030-12-31", missing_values=["9999-12-31"]),
            ],
        }
    )
)  # fmt: skip
NAMES = READINGS.columns

NUMBERS = (
    "0", "1", "-1", "2", "2.5", "2.50", "1.0", "1e0", "1E+3", "-0", "-0.0", "5e-324", "1e400", "-200", "-200.0", "-2e2", "9",
    "12.345", "9007199254740993", "9223372036854775807", "9223372036854775808", "98765432109876543210", "1e16", "2001",
)  # fmt: skip
"""Numbers as JSON may write them."""

ODD_NUMBERS = (
    "+5",
    "5.",
    ".5",
    "1_000",
    "0x1F",
    "007",
    "1,5",
    "1.234,5",
    "1 000",
    "Infinity",
    "-inf",
    "1e",
    "--1",
    "\u0661",
)
TEXTS = (
    "", " ", "\t", "\u00a0", "L", " L", "L ", "M", " M", "l", "?", " ? ", "true", "TRUE ", "False", "yes", "N", "t", "off", "On",
    "ja", "nan", "NaN", "null", "None", "NA", "n/a", "#N/A", "<NA>", "NaT", "(null)", "\\N", "a:b", 'a"b', "a,b", "é", "x" * 1001,
    "2026-03-01", "2026-03-01 12:30", "2026-03-01T12:30:00Z", "2026-03-01 12:30:00+00", "2026-03-01 12:30:05.1234567+0530",
    "2026-03-01 12:30 UTC", "2031-01-01", "1999-12-31T23:59:59", "9999-12-31", "9999-12-31 00:00:00", "9999-12-30", "31.12.2025",
    "2026-02-30", "20260301", "1000.0", "-7.0", "cc9bbce1-7f70-4b08-9848-5d2b63ecf06e",
)  # fmt: skip
CELLS = st.sampled_from((*NUMBERS, *ODD_NUMBERS, *TEXTS))
TOKENS = st.one_of(
    st.sampled_from(
        (*NUMBERS, "null", "true", "false", "NaN", "Infinity", "-Infinity", "[]", '{"a": 1, "a": 2}', '"\\u0000"')
    ),
    CELLS.map(json.dumps),
    CELLS.map(lambda cell: json.dumps(cell, ensure_ascii=False)),
)
SPACES = st.sampled_from(("", "", " ", "\t"))


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """Draw the text of a row: most of the columns, in any order, spaced as people like, now and then a name twice or too many."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(4, len(NAMES)))]
    for more in draw(st.lists(st.sampled_from((*NAMES, "other", " torque", "torque ")), max_size=1)):
        if draw(st.integers(0, 3)) == 0:
            names = [*names, more]
    usual = {"level": st.sampled_from(("1", "-3.5", '"?"', "-200.0")), "torque": st.sampled_from(NUMBERS)}
    members = [
        f"{draw(SPACES)}{json.dumps(name)}{draw(SPACES)}:{draw(SPACES)}{draw(usual.get(name, TOKENS))}"
        for name in names
    ]
    return f"{{{','.join(members)}}}".encode()


def is_bad(verdict: Verdict) -> bool:
    return isinstance(verdict, frozenset)


STANDS_TWICE: Verdict = frozenset({("", RuleName.REPEATED_COLUMN)})
"""A request is refused as a whole."""

NO_JSON: Verdict = frozenset({(None, RuleName.NOT_A_ROW)})


def of_request(line: bytes) -> Verdict:
    """Return the verdict of `POST /predict` on one row, by the words of the others where it refuses the body as a whole."""
    try:
        [verdict] = by_request(READINGS, line)
    except MalformedBody as problem:
        return STANDS_TWICE if "stands twice" in problem.detail else NO_JSON
    return verdict


@given(st.lists(objects(), min_size=1, max_size=5))
@example([b'{"level": 1, "torque": 5, "torque" :6}'])
@example([b'{"level": 1, "seen": "2026-03-01 12:30", "quality": "a\\":"}'])
@thorough
def test_a_row_of_json_at_every_door(lines: list[bytes]) -> None:
    one_by_one = by_file(READINGS, "rows.jsonl", b"\n".join(lines))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("usecases.checking.chunk_check.ONE_BY_ONE", 0)
        assert by_file(READINGS, "rows.jsonl", b"\n".join(lines)) == one_by_one
    body = b"[" + b",".join(lines) + b"]"
    try:
        assert by_message(READINGS, body) == one_by_one
    except MessageRefusedError:
        assert any(verdict == NO_JSON for verdict in one_by_one), "a line is no JSON"
    for line, verdict in zip(lines, one_by_one, strict=True):
        requested = of_request(line)
        if (
            requested == STANDS_TWICE
        ):  # the members of an object inside of a row too, where another door sees a wrong value
            assert is_bad(verdict)
        else:
            assert requested == verdict
            assert check_body(RowReader(READINGS), line).bad == is_bad(verdict)
    if not any(map(is_bad, one_by_one)):
        assert by_request(READINGS, body) == one_by_one


def test_rows_of_json_go_in_columns_to_the_same_verdicts_where_there_are_many() -> None:
    row = {
        "machine": 7.0,
        "torque": 1,
        "level": "5",
        "speed": 3.0,
        "humid": 1,
        "quality": 2,
        "seen": "2026-03-01 12:30:00+00",
    }
    [verdict] = by_file(READINGS, "rows.jsonl", json.dumps(row).encode())
    assert by_file(READINGS, "rows.jsonl", "\n".join([json.dumps(row)] * 2_000).encode()) == [verdict] * 2_000


@st.composite
def cells(draw: st.DrawFn) -> dict[str, str]:
    usual = {
        "level": st.sampled_from(("1", "-3.5", "?", "-200.0")),
        "torque": st.sampled_from(("", *NUMBERS)),
    }
    return {name: draw(usual.get(name, CELLS)) for name in NAMES}


@given(st.lists(cells(), min_size=1, max_size=5))
@thorough
def test_a_cell_in_every_format(rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    verdicts = by_file(READINGS, "rows.csv", text.getvalue().encode())
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int8(), pa.string())):
        assert by_file(READINGS, "rows.parquet", _parquet(rows, kind)) == verdicts
    for row, verdict in zip(rows, verdicts, strict=True):
        members = ",".join(f"{json.dumps(name)}:{_token(name, cell)}" for name, cell in row.items())
        line = f"{{{members}}}".encode()
        assert by_file(READINGS, "rows.jsonl", line) == [verdict]
        assert of_request(line) == verdict


def _parquet(rows: list[dict[str, str]], kind: pa.DataType) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([row[name] for row in rows]).cast(kind) for name in NAMES}), file)
    return file.getvalue()


def _token(name: str, cell: str) -> str:
    """Write a cell as JSON has it: as a number where its column wants one and JSON can write it, else as a text."""
    declared: Feature | None = READINGS.features_by_name.get(name)
    is_number = isinstance(declared, FloatFeature | IntegerFeature) and not declared.takes_texts
    if is_number and not cell.strip():
        return "null"
    return cell if is_number and cell in NUMBERS else json.dumps(cell)


@given(cells())
@thorough
def test_a_typed_value_is_read_as_the_text_that_writes_it(row: dict[str, str]) -> None:
    """Numbers and booleans of Parquet, and those of JSON, against the cells that a program writes of them."""
    typed = {name: json.loads(cell) if cell in NUMBERS else None for name, cell in row.items()}
    assume(all(not isinstance(value, int) or -(2**63) <= value < 2**64 for value in typed.values()))
    columns = {
        name: pa.array([value], pa.uint64() if isinstance(value, int) and value >= 2**63 else None)
        for name, value in typed.items()
    }
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    [verdict] = by_file(READINGS, "rows.parquet", file.getvalue())
    line = json.dumps(typed).encode()
    assert by_file(READINGS, "rows.jsonl", line) == [verdict]
    assert of_request(line) == verdict


ALL_OPTIONAL = UseCase.model_validate_json(READINGS.model_dump_json().replace('"nullable":false', '"nullable":true'))
NO_FEATURE: Verdict = frozenset({(None, RuleName.NO_FEATURE)})


@pytest.mark.parametrize(
    "row", ["{}", '{"machine": "M-1"}', '{"machine": "M-1", "torque": null, "level": "?", "price": ""}']
)
def test_a_row_that_brings_no_feature_is_refused_at_every_door(row: str) -> None:
    line = row.encode()
    assert by_file(ALL_OPTIONAL, "rows.jsonl", line) == [NO_FEATURE]
    assert by_file(ALL_OPTIONAL, "rows.jsonl", b"\n".join([line] * 300)) == [NO_FEATURE] * 300
    assert by_message(ALL_OPTIONAL, line) == [NO_FEATURE]
    assert by_request(ALL_OPTIONAL, line) == [NO_FEATURE]


def test_a_line_that_brings_no_feature_is_refused_and_its_neighbours_are_not() -> None:
    verdicts = by_file(ALL_OPTIONAL, "rows.csv", b"machine,torque,level\nM-1,,\nM-2,5,\nM-3,x,\n")
    assert [verdicts[0], verdicts[2]] == [NO_FEATURE, frozenset({("torque", RuleName.TYPE)})]
    assert not is_bad(verdicts[1])
    file = io.BytesIO()
    pq.write_table(pa.table({"machine": ["M-1", "M-2"], "torque": pa.array([float("nan"), 5.0])}), file)
    assert [is_bad(verdict) for verdict in by_file(ALL_OPTIONAL, "rows.parquet", file.getvalue())] == [True, False]
