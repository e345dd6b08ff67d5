"""Rows in JSON get the same verdict whether they are checked in columns or one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.ingestion.readings import READING, json_lines, reading
from tests.support.usecases.generated_rows import rows, use_cases
from usecases.checking.chunk_check import CheckedChunk, check_chunk
from usecases.checking.row_model import row_model
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError, LinesChunk
from usecases.formats.reading import format_of, read_chunks

EQUIPMENT = load_catalog()["equipment_failure"]


@pytest.fixture(autouse=True)
def _in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.checking.chunk_check.ONE_BY_ONE", 0)


def check(*lines: bytes, rows_before: int = 0) -> CheckedChunk:
    return check_chunk(EQUIPMENT, LinesChunk(rows_before, list(lines)))


def read(path: Path) -> list[LinesChunk]:
    chunks = read_chunks(EQUIPMENT, path, format_of(path.name), 3)
    return [chunk for chunk in chunks if isinstance(chunk, LinesChunk)]


def test_a_number_in_a_text_is_read_alike_whichever_other_rows_come_with_it() -> None:
    content = EQUIPMENT.model_dump(mode="json")
    [torque] = [one for one in content["features"] if one["name"] == "torque_nm"]
    torque |= {"as_text": True}
    use_case = UseCase.model_validate_json(json.dumps(content))
    lines = [json.dumps(reading(torque_nm=text)).encode() for text in ("12.345", "40,5", "39")]
    checked = check_chunk(use_case, LinesChunk(0, lines))
    assert [checked.good.column("torque_nm").to_pylist(), list(checked.bad)] == [[12.345, 39.0], [2]]


def is_good_row(line: bytes, use_case: UseCase = EQUIPMENT) -> bool:
    """Judge a line as the HTTP door does."""
    try:
        row_model(use_case).model_validate_json(line)
    except ValidationError:
        return False
    return True


HOSTILE = [
    b"null",
    b"5",
    b"[]",
    b"[1]",
    b'"text"',
    b"{}",
    b"{",
    b"not json",
    b'{"torque_nm": NaN}',
    json.dumps(reading(torque_nm=float("inf"))).encode(),
    json.dumps(reading(machine_id=float("nan"))).encode(),
    json.dumps(reading(machine_id=98765432109876543210)).encode(),
    *(json.dumps(reading(**change)).encode() for change in (
        {"torque_nm": "40"},
        {"torque_nm": True},
        {"torque_nm": None},
        {"torque_nm": [1]},
        {"torque_nm": 10**300},
        {"torque_nm": 40},
        {"tool_wear_min": 3.0},
        {"tool_wear_min": 3.5},
        {"tool_wear_min": 2**63},
        {"tool_wear_min": -(2**63) - 1},
        {"tool_wear_min": "3"},
        {"tool_wear_min": False},
        {"product_quality": ""},
        {"product_quality": 5},
        {"product_quality": "l"},
        {"product_quality": "L "},
        {"product_quality": "\0"},
        {"machine_id": ""},
        {"machine_id": 7},
        {"machine_id": None},
        {"machine_id": "x" * 1001},
        {"machine_id": "a\0b"},
        {"process_temperature_k": 299.0},
        {"air_temperature_k": 2**60},
        {"unknown": 1},
    )),
    json.dumps(READING).encode() + b" " + json.dumps(READING).encode(),
    json.dumps(READING).encode() + b"," + json.dumps(READING).encode(),
    b"  " + json.dumps(READING).encode() + b" \r",
]  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:60].decode())
def test_a_hostile_line_is_judged_as_the_http_door_judges_it(line: bytes) -> None:
    good = json.dumps(READING).encode()
    checked = check(good, line, good, rows_before=10)
    assert (12 not in checked.bad) == is_good_row(line)
    assert checked.good_numbers.tolist() == [11, *([12] if is_good_row(line) else []), 13]
    assert set(checked.bad) <= {12}


def test_all_hostile_lines_together_are_judged_as_each_alone() -> None:
    checked = check(*HOSTILE)
    verdicts = {number: is_good_row(line) for number, line in enumerate(HOSTILE, start=1)}
    assert checked.good_numbers.tolist() == [number for number, good in verdicts.items() if good]
    assert sorted(checked.bad) == [number for number, good in verdicts.items() if not good]
    assert checked.raw(sorted(checked.bad)) == [HOSTILE[number - 1].decode() for number in sorted(checked.bad)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_generated_rows_of_any_use_case_get_the_verdict_of_the_http_door(data: st.DataObject) -> None:
    use_case = data.draw(use_cases())
    drawn = data.draw(st.lists(rows(use_case), min_size=1, max_size=4))
    lines = [json.dumps(row).encode() for row in drawn]
    checked = check_chunk(use_case, LinesChunk(0, lines))
    expected = [number for number, line in enumerate(lines, start=1) if is_good_row(line, use_case)]
    assert checked.good_numbers.tolist() == expected
    assert sorted([*checked.good_numbers.tolist(), *checked.bad]) == list(range(1, len(lines) + 1))


def test_good_rows_keep_their_values_in_the_order_of_the_file() -> None:
    lines = [json.dumps(reading(machine_id=f"M-{row}", tool_wear_min=float(row))).encode() for row in range(5)]
    lines[2] = json.dumps(reading(machine_id="M-2", tool_wear_min=2)).encode()
    checked = check(*lines)
    assert checked.good.column("machine_id").to_pylist() == [f"M-{row}" for row in range(5)]
    assert checked.good.column("tool_wear_min").to_pylist() == list(range(5))


def test_lines_are_counted_without_the_empty_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.json_lines.BLOCK_BYTES", 64)
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + b"\n \n".join(json.dumps(reading(tool_wear_min=row)).encode() for row in range(7))
    )
    chunks = read(path)
    assert [(chunk.rows_before, chunk.rows) for chunk in chunks] == [(0, 3), (3, 3), (6, 1)]
    assert [json.loads(line)["tool_wear_min"] for chunk in chunks for line in chunk.lines] == list(range(7))


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.formats.json_lines.BLOCK_BYTES", 64)
    monkeypatch.setattr("usecases.formats.json_lines.LINE_BYTES", 200)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": "' + b"x" * 1_000)
    with pytest.raises(FileBrokenError, match="one object a line"):
        read(path)


def test_a_file_of_empty_lines_holds_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n \n")
    with pytest.raises(FileBrokenError, match="empty"):
        read(path)


def test_helper_writes_one_object_a_line() -> None:
    assert json_lines({"a": 1}, b"x") == b'{"a": 1}\nx\n'


def test_rows_of_a_file_of_json_may_be_named_as_those_of_a_table() -> None:
    """The file that a use case was made of has its target in it, and a download its predictions."""
    titled = {name.replace("_", " ").title(): value for name, value in READING.items()}
    told = READING | {"machine_failure": 1, "prediction": "ok", "score": 0.1, "index": 7}
    rows = [READING, titled, told, reading(colour="red"), titled | {"torque_nm": 1.0}, titled | {"Torque Nm": 4_000}]
    checked = check(*(json.dumps(row).encode() for row in rows))
    assert checked.good_numbers.tolist() == [1, 2, 3]
    assert len({*map(str, checked.good.to_pylist())}) == 1
    assert {number: {reason.column for reason in reasons} for number, reasons in checked.bad.items()} == {
        4: {"colour"}, 5: {"Torque Nm"}, 6: {"torque_nm"},
    }  # fmt: skip
    # Whoever repairs a row looks for its values under the names of the use case.
    *_, last = checked.raw([4, 6])
    assert json.loads(last) == reading(torque_nm=4_000)
