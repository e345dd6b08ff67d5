"""Bad rows repaired in Excel, over HTTP: downloaded as a workbook, corrected, sent again under their numbers, once."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, select

from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.bad_rows.test_quarantine import bad_rows, csv_file, settled, upload
from tests.integration.page_api.conftest import RunningGateway
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("ingestion", "worker")

TABLE = prediction_table(EQUIPMENT)
Rows = list[list[Any]]


def download(client: httpx.Client, batch: str) -> Rows:
    answer = client.get(f"/batches/{batch}/quarantine", params={"format": "xlsx"})
    assert answer.status_code == 200, answer.text
    name = rf'attachment; filename="{EQUIPMENT.name}-refused-rows-\d{{4}}-\d\d-\d\d-\d{{4}}\.xlsx"'
    assert re.fullmatch(name, answer.headers["content-disposition"])
    rows: Rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    return rows


def saved(rows: Rows) -> bytes:
    """Write cells as Excel saves them, with a title above the names."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("Tabelle1")
        sheet.write(0, 0, "Night shift, repaired")
        for place, row in enumerate(rows, start=2):
            sheet.write_row(place, 0, row)
    return buffer.getvalue()


def send(client: httpx.Client, content: bytes, name: str = "repaired.xlsx", **query: Any) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"}
    return client.post("/quarantine/replay/file", params={"name": name, **query}, content=content, headers=headers)


def test_rows_repaired_in_a_workbook_keep_their_numbers_and_are_sent_once(client: httpx.Client, engine: Engine) -> None:
    batch = upload(client, "to excel.csv", csv_file(4))
    header, *rows = download(client, batch)
    place = {name: header.index(name) for name in header}
    assert [row[place["row_number"]] for row in rows] == [21, 22, 23, 24]
    assert [row[place["torque_nm"]] for row in rows] == [400, 401, 402, 403], "numbers, not texts"
    assert "above the maximum" in rows[0][place["reasons"]]
    rows[0][place["torque_nm"]] = 55.5
    rows[1][place["torque_nm"]] = "56,5"
    rows[1][place["product_quality"]] = "L"
    rows[2][place["torque_nm"]] = 455
    content = saved([header, *rows[2::-1]])
    looked = send(client, content, batch_id=batch, dry_run=True)
    assert looked.status_code == 200, looked.text
    assert (looked.json()["valid"], looked.json()["batch_id"]) == (2, None)
    assert len(bad_rows(client, batch_id=batch)) == 4
    done = send(client, content).json()
    assert (done["rows_in"], done["valid"], done["sent_before"], done["still_wrong"]) == (3, 2, 0, 1)
    [error] = done["errors"]
    assert (error["row"], error["row_number"], error["column"], error["rule"]) == (1, 23, "torque_nm", "maximum")
    assert settled(client, done["batch_id"])["rows"]["predicted"] == 2
    assert {row["row_number"] for row in bad_rows(client, batch_id=batch)} == {23, 24}
    sent = {(row["row_number"], row["replayed_as"]) for row in bad_rows(client, batch_id=batch, state="replayed")}
    assert sent == {(21, done["batch_id"]), (22, done["batch_id"])}
    query = select(TABLE.c.machine_id, TABLE.c.torque_nm).where(TABLE.c.batch_id == done["batch_id"])
    with engine.connect() as connection:
        assert set(connection.execute(query)) == {("bad-0", 55.5), ("bad-1", 56.5)}
    again = send(client, content).json()
    assert (again["valid"], again["sent_before"], again["still_wrong"], again["batch_id"]) == (0, 2, 1, None)
    assert [row[place["row_number"]] for row in download(client, batch)[1:]] == [23, 24], "those that wait"


def test_the_csv_of_a_german_office_is_read(client: httpx.Client) -> None:
    batch = upload(client, "to csv.csv", csv_file(1))
    text = "row_number;" + ";".join(EQUIPMENT.columns) + "\r\n21;Fräse;M;300,1;310,4;1480;41,5;108\r\n"
    done = send(client, text.encode("cp1252"), "repariert.csv", batch_id=batch)
    assert (done.json()["valid"], done.json()["errors"]) == (1, []), done.text
    assert settled(client, done.json()["batch_id"])["rows"]["predicted"] == 1


def test_thousands_are_read_as_it_was_said_for_the_file_that_the_rows_are_of(client: httpx.Client) -> None:
    columns = {f"{name} (Halle 3)": name for name in EQUIPMENT.columns}
    said = {"rotational_speed_rpm": "decimal_comma", "torque_nm": "decimal_comma"}
    mapping = {"use_case": EQUIPMENT.name, "columns": columns, "notations": said}
    before = upload(client, "before.csv", csv_file(1))
    accepted = client.post("/mappings", json=mapping)
    assert accepted.status_code == 201, accepted.text
    lines = [";".join(columns), *["a;M;300.1;310.4;1.480;41,5;108"] * 3, "b;M;300.1;310.4;1.842;455;108"]
    batch = upload(client, "halle.csv", "\n".join(lines).encode())
    client.post(f"/mappings/{accepted.json()['id']}/withdraw").raise_for_status()
    header, row = download(client, batch)
    assert row[header.index("rotational_speed_rpm")] == 1842
    row[header.index("rotational_speed_rpm")], row[header.index("torque_nm")] = "1.480", "41,5"
    done = send(client, saved([header, row]), batch_id=batch).json()
    assert (done["valid"], done["errors"]) == (1, [])
    assert settled(client, done["batch_id"])["rows"]["predicted"] == 1
    [predicted] = client.get(f"/batches/{done['batch_id']}/predictions").json()["predictions"]
    assert predicted["features"]["rotational_speed_rpm"] == 1480
    row[header.index("row_number")], row[header.index("batch_id")] = 21, before
    found = send(client, saved([header, row]), batch_id=before, dry_run=True).json()
    assert [one["column"] for one in found["errors"]] == ["rotational_speed_rpm"], "nobody had said it of that file"


def test_a_form_and_other_formats_do_as_well(client: httpx.Client) -> None:
    batch = upload(client, "to json.csv", csv_file(2))
    row = json.loads(bad_rows(client, batch_id=batch)[0]["raw"]) | {
        "torque_nm": 40,
        "row_number": 21,
        "batch_id": batch,
    }
    files = {"file": ("repaired.jsonl", json.dumps(row).encode())}
    done = client.post("/quarantine/replay/file", files=files)
    assert (done.status_code, done.json()["valid"]) == (200, 1), done.text


def test_rows_that_are_not_in_quarantine_are_told(client: httpx.Client) -> None:
    batch, other = (upload(client, f"{name}.csv", csv_file(1)) for name in ("one", "two"))
    columns = ",".join(EQUIPMENT.columns)
    good = "a,M,300.1,310.4,1480,41.5,108"
    lines = [f"1,{batch},{good}", f"21,{other},{good}", f"x,{batch},{good}", f"21,{batch},{good}", f"21,{batch},{good}"]
    content = f"row_number,batch_id,{columns}\n" + "\n".join(lines)
    found = send(client, content.encode(), "a.csv", batch_id=batch).json()
    assert (found["valid"], found["still_wrong"], found["batch_id"]) == (0, 5, None)
    assert [(one["row"], one["rule"]) for one in found["errors"]] == [
        (1, "unknown"), (2, "unknown"), (3, "missing"), (4, "repeated"), (5, "repeated"),
    ]  # fmt: skip
    of_iris = send(client, b"row_number,sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n21,5,3,1,1\n",
                   "a.csv", batch_id=batch, use_case="iris").json()  # fmt: skip
    assert [one["rule"] for one in of_iris["errors"]] == ["unknown"]
    assert len(bad_rows(client, batch_id=batch)) == len(bad_rows(client, batch_id=other)) == 1


def test_a_file_that_cannot_be_read_is_refused(client: httpx.Client, gateway: RunningGateway) -> None:
    problem(send(client, b"a,b\n1,2\n", "a.csv"), 422, "unreadable-file")
    problem(send(client, b"no workbook", "a.xlsx"), 422, "unreadable-file")
    problem(send(client, b"a", "a.docx"), 415, "unsupported-media-type")
    problem(send(client, b"", "a.csv"), 422, "empty-upload")
    problem(send(client, b"a", "a.csv", use_case="nope"), 404, "unknown-use-case")
    problem(send(client, b"a", "a.csv", batch_id="x"), 422, "invalid-parameters")
    columns = ",".join(EQUIPMENT.columns)
    many = f"row_number,{columns}\n" + "1,a,M,300.1,310.4,1480,41.5,108\n" * 5_001
    problem(send(client, many.encode(), "a.csv"), 413, "too-large")
    with gateway.client("api") as program:
        problem(send(program, b"a", "a.csv"), 403, "forbidden")
    problem(client.get(f"/batches/{uuid4()}/quarantine?format=xlsx"), 404, "unknown-batch")
    assert not list((gateway.data / "uploads").iterdir())
