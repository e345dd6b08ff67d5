"""From bytes to rows, or to reasons."""

from __future__ import annotations

import json
import resource
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from gateway_api.door.problems import InvalidRows, MalformedBody, TooLarge
from gateway_api.labels.requests import LabelItem, check_items
from gateway_api.predict.inference_protocol.bodies import read_infer_body
from gateway_api.predict.inference_protocol.tensors import list_of
from gateway_api.wire.body import MAX_SHOWN_ERRORS, RowReader, check_body, read_rows
from usecases.checking.row_model import Row, example_row
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.tasks.task import Task

EQUIPMENT = load_catalog()["equipment_failure"]
EQUIPMENT_ROWS = RowReader(EQUIPMENT)
ROW = example_row(EQUIPMENT)
WITH_TIME = UseCase.model_validate_json(
    json.dumps(
        {
            "name": "shifts",
            "title": "Shifts",
            "task": "regression",
            "target": "output",
            "features": [{"name": "began_at", "type": "timestamp"}, {"name": "crew", "type": "integer"}],
            "training": {"data": "shifts.csv"},
        }
    )
)


def test_one_row_and_an_array_of_one_are_the_same() -> None:
    body = json.dumps(ROW).encode()
    assert EQUIPMENT_ROWS.read(body) == EQUIPMENT_ROWS.read(b" \n[" + body + b"]")


def test_colons_inside_texts_are_no_doubled_names() -> None:
    body = json.dumps({"began_at": "2026-01-01T06:00:00+02:00", "crew": 3}).encode()
    (row,) = RowReader(WITH_TIME).read(body)
    assert row.model_dump()["crew"] == 3
    with pytest.raises(MalformedBody, match="'crew' stands twice"):
        RowReader(WITH_TIME).read(body.replace(b'"crew": 3', b'"crew": 3, "crew": 4'))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le"])
def test_a_body_in_another_encoding_is_told_which_to_send(encoding: str) -> None:
    body = json.dumps(ROW | {"machine_id": "Mü"}, ensure_ascii=False).encode(encoding)
    with pytest.raises(MalformedBody, match="not in UTF-8, which JSON has to be"):
        EQUIPMENT_ROWS.read(body)
    with pytest.raises(MalformedBody) as refused:
        EQUIPMENT_ROWS.read(json.dumps(ROW).encode()[:-1])
    assert "UTF-8" not in refused.value.detail


def test_a_doubled_name_is_found_in_any_row() -> None:
    doubled = json.dumps(ROW).replace('"torque_nm"', '"torque_nm": 1, "torque_nm"')
    with pytest.raises(MalformedBody, match="'torque_nm' stands twice"):
        EQUIPMENT_ROWS.read(f"[{json.dumps(ROW)}, {doubled}]".encode())


def test_the_list_of_errors_is_bounded_and_the_total_told() -> None:
    bad = dict.fromkeys(ROW)
    with pytest.raises(InvalidRows) as caught:
        EQUIPMENT_ROWS.read(json.dumps([bad] * 1_000).encode())
    assert len(caught.value.members["errors"]) == MAX_SHOWN_ERRORS
    assert caught.value.members["errors_total"] == 6_000
    assert caught.value.detail.startswith("1000 rows are not valid")


def wide(columns: int) -> UseCase:
    features = [{"name": f"feature_{number}", "type": "float"} for number in range(columns)]
    declared = {"name": "wide", "title": "Wide", "task": "regression", "target": "y", "features": features}
    return UseCase.model_validate({**declared, "training": {"data": "wide.csv"}})


def test_every_bad_row_is_told_with_its_place_however_many_there_are() -> None:
    bad = [ROW, {**ROW, "torque_nm": 455}, None, {**ROW, "more": 1}]
    with pytest.raises(InvalidRows) as caught:
        EQUIPMENT_ROWS.read(json.dumps(bad).encode())
    told = [(error["row"], error["pointer"], error["rule"]) for error in caught.value.members["errors"]]
    assert told == [(2, "/1/torque_nm", "maximum"), (3, "/2", "not_a_row"), (4, "/3/more", "unknown_column")]
    checked = check_body(EQUIPMENT_ROWS, json.dumps(bad).encode())
    assert (checked.rows, checked.bad, checked.errors_total) == (4, 3, 3)
    assert checked.errors == caught.value.members["errors"]


HUGE = {
    "members": json.dumps({f"m{number:0200}": number for number in range(32_000)}).encode(),
    "members of many rows": json.dumps([{f"m{number}": 1 for number in range(700)}] * 1_000).encode(),
    "members whose names are signs": b"{" + b'":{[":1,' * 900_000 + b'"a":1}',
    "members whose names end in a backslash": b"{" + b'"\\\\":1,' * 900_000 + b'"a":1}',
    "rows": b"[" + b"{}," * 2_700_000 + b"{}]",
    "lists in a value": b'{"torque_nm":[' + b"[]," * 2_700_000 + b"[]]}",
}


@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_a_body_that_holds_too_much_is_refused_before_it_is_parsed(body: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge, match="cannot be read"):
        EQUIPMENT_ROWS.read(body)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024, "in KiB; it took over a GiB once"


def test_texts_may_hold_what_looks_like_values() -> None:
    note = '{"a": [{"b": 1}, "\\\\"], ' * 3_000
    use_case = EQUIPMENT.model_copy(update={"ignored_columns": ("note",)})
    body = json.dumps({**ROW, "note": note}).encode()
    assert len(RowReader(use_case).read(body)) == 1


def test_as_many_rows_as_are_taken_of_as_many_columns_as_there_may_be_are_read() -> None:
    use_case = wide(500)
    rows = [dict.fromkeys(use_case.columns, 0.5)] * 1_000
    assert len(RowReader(use_case).read(json.dumps(rows, separators=(",", ":")).encode())) == 1_000


async def test_others_go_on_while_a_body_full_of_faults_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    read = RowReader.read

    def noted(reader: RowReader, body: bytes) -> Sequence[Row]:
        threads.append(threading.get_ident())
        return read(reader, body)

    monkeypatch.setattr(RowReader, "read", noted)
    with pytest.raises(InvalidRows) as caught:
        await read_rows(RowReader(wide(500)), json.dumps([{}] * 1_000).encode())
    assert caught.value.members["errors_total"] == 500_000
    assert threads, "it was read"
    assert threading.get_ident() not in threads, "by the thread that answers the others"


def test_spaces_around_names_belong_to_nobody() -> None:
    spaced = {f" {name} ": value for name, value in ROW.items()}
    assert EQUIPMENT_ROWS.read(json.dumps(spaced).encode()) == EQUIPMENT_ROWS.read(json.dumps(ROW).encode())
    assert (
        EQUIPMENT_ROWS.read(json.dumps([ROW, spaced]).encode())[0] == EQUIPMENT_ROWS.read(json.dumps(ROW).encode())[0]
    )
    with pytest.raises(InvalidRows, match="1 row is not valid"):
        EQUIPMENT_ROWS.read(json.dumps(ROW | {" torque_nm": 5}).encode())


def test_a_doubled_name_is_told_before_what_else_is_wrong() -> None:
    doubled = json.dumps(ROW | {"torque_nm": 455}).replace('"torque_nm"', '"torque_nm": 41, "torque_nm"')
    with pytest.raises(MalformedBody, match="'torque_nm' stands twice"):
        EQUIPMENT_ROWS.read(doubled.encode())


def test_texts_in_base64_are_what_their_sender_means() -> None:
    """As MLServer's codec for bytes writes them; a key in base64 was stored as it stood there."""

    def read(text: str, content_type: str) -> list[Any]:
        one = {"name": "machine_id", "datatype": "BYTES", "shape": [1], "data": [text]}
        body = {"inputs": [one | {"parameters": {"content_type": content_type}}]}
        [tensor] = read_infer_body(EQUIPMENT, json.dumps(body).encode(), None).wanted.inputs
        return list_of(tensor)

    assert read("TS0x", "base64") == [b"M-1"]
    assert [read("TS0x", kind) for kind in ("pd", "str")] == [[b"TS0x"]] * 2
    with pytest.raises(MalformedBody, match="no base64"):
        read("M-1", "base64")


def test_a_label_past_every_float_is_refused_as_no_finite_number() -> None:
    regression = EQUIPMENT.model_copy(update={"task": Task.REGRESSION, "classes": ()})
    labels = [LabelItem(key="M-1", label=value) for value in (10**400, -(10**400), 7)]
    found = check_items(regression, labels)
    assert found.column("number").to_pylist() == [None, None, 7.0]
    assert [refusal and "is no number" in refusal for refusal in found.column("refusal").to_pylist()] == [
        True,
        True,
        None,
    ]
