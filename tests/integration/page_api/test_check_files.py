"""A check of a file over HTTP: every way to send it, every format, and what is told of one that cannot be read."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, func, select

from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import IRIS_ROW, ROW, problem
from tests.integration.page_api.conftest import RunningGateway
from tests.support.pipeline import EQUIPMENT

HEADER = ",".join(ROW)
LINE = ",".join(str(value) for value in ROW.values())
BAD = LINE.replace(str(ROW["torque_nm"]), "455.0")


def check(client: httpx.Client, content: bytes, name: str | None = "rows.csv", **headers: str) -> dict[str, Any]:
    parameters = {} if name is None else {"name": name}
    kind = {"Content-Type": "application/octet-stream"} | {
        header.replace("_", "-"): value for header, value in headers.items()
    }
    answer = client.post("/check", content=content, params=parameters, headers=kind)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return bytes(sink.getvalue())


def test_a_file_is_told_row_by_row_and_nothing_is_stored(client: httpx.Client, engine: Engine) -> None:
    found = check(client, f"{HEADER}\n{LINE}\n{BAD}\n{LINE}\n".encode())
    assert {name: found[name] for name in ("rows_in", "good", "bad", "is_whole", "problem")} == {
        "rows_in": 3, "good": 2, "bad": 1, "is_whole": True, "problem": None,
    }  # fmt: skip
    assert found["columns"] == list(ROW)
    assert [(error["row"], error["pointer"], error["rule"]) for error in found["errors"]] == [
        (2, "/1/torque_nm", "maximum")
    ]
    assert found["rows"] == [{"row": row, "values": ROW} for row in (1, 3)]
    predicted = client.post("/check", json=[row["values"] for row in found["rows"]])
    assert predicted.json()["good"] == 2
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(prediction_table(EQUIPMENT))) == 0


def test_every_way_to_send_a_file_and_every_format(client: httpx.Client) -> None:
    csv, lines = f"{HEADER}\n{LINE}\n".encode(), json.dumps(ROW).encode()
    answers = [
        check(client, csv),
        check(client, csv, None, Content_Type="text/csv"),
        check(client, csv, None, Content_Disposition='attachment; filename="rows.csv"'),
        check(client, lines, None, Content_Type="application/x-ndjson"),
        check(client, lines, "rows.jsonl"),
        check(client, parquet([ROW]), None, Content_Type="application/vnd.apache.parquet"),
        client.post("/check", files={"file": ("rows.csv", csv)}).json(),
    ]
    assert [answer["rows"] for answer in answers] == [[{"row": 1, "values": ROW}]] * len(answers)
    iris = client.post("/check", params={"use_case": "iris"}, files={"file": ("iris.parquet", parquet([IRIS_ROW]))})
    assert iris.json()["good"] == 1


def test_of_a_longer_file_the_first_rows_are_checked(client: httpx.Client) -> None:
    found = check(client, (f"{HEADER}\n" + f"{LINE}\n" * 1_001).encode())
    assert (found["rows_in"], len(found["rows"]), found["is_whole"]) == (1_000, 1_000, False)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", b"a,b\n1,2\n", "unknown column 'a', 'b'"),
        ("rows.parquet", b"none", "no Parquet file"),
        ("rows.csv", HEADER.encode(), "no rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_problem(
    client: httpx.Client, name: str, content: bytes, said: str
) -> None:
    found = check(client, content, name)
    assert said in found["problem"]
    assert (found["rows_in"], found["rows"], found["errors"]) == (0, [], [])


def test_bad_rows_are_downloaded_corrected_and_handed_in_as_a_file(client: httpx.Client) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    asked = {"name": "rows.csv", "format": "xlsx"}
    of_machine_7 = BAD.replace(str(ROW["machine_id"]), "007")
    content = f"{HEADER}\n{LINE}\n{of_machine_7}\n{LINE}\n{LINE},more\n".encode()
    answer = client.post("/check", content=content, params=asked, headers=octets)
    assert answer.headers["content-disposition"].startswith('attachment; filename="equipment_failure-rows-to-correct-')
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["row_number", "reasons", *ROW, "raw"]
    assert [row[0] for row in rows[1:]] == [2, 4]
    assert "torque_nm: 455.0 is above the maximum" in str(rows[1][1])
    assert rows[2][-1] == f"{LINE},more"
    as_it_is = check(client, answer.content, "rows-to-correct.xlsx")
    assert as_it_is["bad"] == 2
    assert (as_it_is["errors"][0]["row"], as_it_is["errors"][0]["column"]) == (1, "torque_nm")
    rows[1][rows[0].index("torque_nm")] = ROW["torque_nm"]
    with xlsxwriter.Workbook(corrected := io.BytesIO()) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows[:2]):
            sheet.write_row(place, 0, row)
    found = check(client, corrected.getvalue(), "rows-to-correct.xlsx")
    assert found["rows"] == [{"row": 1, "values": ROW | {"machine_id": "007"}}]
    broken = problem(client.post("/check", content=b"a,b\n1,2\n", params=asked, headers=octets), 422, "unreadable-file")
    assert "unknown column" in broken["detail"]
    problem(client.post("/check", json=ROW, params={"format": "xlsx"}), 422, "invalid-parameters")


def test_what_is_no_file_is_refused(client: httpx.Client) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    problem(client.post("/check?name=x.xls", content=b"PK", headers=octets), 415, "unsupported-media-type")
    problem(client.post("/check?name=x.csv", content=b"", headers=octets), 422, "empty-upload")
    problem(client.post("/check", content=b"a", headers=octets), 422, "invalid-parameters")
    problem(client.post("/check", content=b"a", headers={"Content-Type": "text/plain"}), 415, "unsupported-media-type")


GERMAN = (
    ";".join("Torque in Nm" if name == "torque_nm" else name for name in ROW)
    + ";Prüfer\n"
    + ";".join("40,5" if name == "torque_nm" else str(value) for name, value in ROW.items())
    + ";Jörg\n"
).encode("cp1252")


def test_what_is_suggested_is_accepted_used_and_withdrawn(client: httpx.Client) -> None:
    found = check(client, GERMAN)
    assert "UTF-8" in found["problem"]
    suggested = found["suggestion"]
    mapping = {
        "use_case": "equipment_failure",
        "columns": {one["name"]: one["column"] for one in suggested["columns"]},
        "encoding": suggested["encoding"],
        "notations": suggested["notations"],
    }
    assert mapping["columns"] == {("Torque in Nm" if name == "torque_nm" else name): name for name in ROW} | {
        "Prüfer": None
    }
    assert (mapping["encoding"], mapping["notations"]) == ("cp1252", {"torque_nm": "decimal_comma"})
    accepted = client.post("/mappings", json=mapping)
    assert accepted.status_code == 201, accepted.text
    number = accepted.json()["id"]
    try:
        assert client.get("/mappings").json()["mappings"][0] == accepted.json()
        read = check(client, GERMAN)
        assert (read["problem"], read["bad"], read["mapping"], read["suggestion"]) == (None, 0, number, None)
        assert read["rows"] == [{"row": 1, "values": ROW | {"torque_nm": 40.5}}]
    finally:
        withdrawn = client.post(f"/mappings/{number}/withdraw")
    assert withdrawn.json()["withdrawn_by"] == accepted.json()["accepted_by"]
    problem(client.post(f"/mappings/{number}/withdraw"), 404, "unknown-mapping")
    assert check(client, GERMAN)["suggestion"] == suggested


def test_only_people_say_how_files_are_read_and_only_what_can_be(client: httpx.Client, gateway: RunningGateway) -> None:
    mapping: dict[str, Any] = {"use_case": "equipment_failure", "columns": {name: name for name in ROW}}
    with gateway.client("api") as program:
        problem(program.post("/mappings", json=mapping), 403, "forbidden")
        problem(program.post("/mappings/1/withdraw"), 403, "forbidden")
    for wrong, said in (
        ({"columns": {"a": "torque_nm"}}, "Missing column"),
        ({"columns": {}}, "columns"),
        ({"columns": {"a\0b": None}}, "columns"),
        ({"encoding": "latin-9"}, "encoding"),
        ({"notations": {"torque_nm": "swiss"}}, "notations"),
        ({"notations": {"machine_id": "decimal_comma"}}, "no column of numbers"),
    ):
        answer = problem(client.post("/mappings", json=mapping | wrong), 422, "invalid-parameters")
        assert said in answer["detail"]
