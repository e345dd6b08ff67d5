"""Bad rows over HTTP: found, counted, taken out, repaired and sent again once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, func, select, update

from sql.base.tables import batches, quarantine
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import ROW, problem
from tests.integration.page_api.conftest import RunningGateway
from tests.support.pipeline import EQUIPMENT
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("ingestion", "worker")


def csv_file(bad: int, good: int = 20) -> bytes:
    """Write good rows, then bad ones: too much torque, and of every other one no quality either."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ROW)
    writer.writeheader()
    for number in range(good):
        writer.writerow({**ROW, "machine_id": f"good-{number}"})
    for number in range(bad):
        quality = "" if number % 2 else "M"
        writer.writerow({**ROW, "machine_id": f"bad-{number}", "torque_nm": 400 + number, "product_quality": quality})
    return text.getvalue().encode()


def settled(client: httpx.Client, batch_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/batches/{batch_id}").json()
        return found if found["done"] else None

    found = eventually(look)
    assert found is not None
    return found


def upload(client: httpx.Client, name: str, content: bytes) -> str:
    answer = client.post("/batches", params={"name": name}, content=content)
    assert answer.status_code == 202, answer.text
    batch_id: str = answer.json()["batch_id"]
    settled(client, batch_id)
    return batch_id


def bad_rows(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get("/quarantine", params={**query, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["rows"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}


def repaired(batch_id: str, *numbers: int, **values: Any) -> dict[str, Any]:
    rows = [{"batch_id": batch_id, "row_number": number, "row": {**ROW, **values}} for number in numbers]
    return {"use_case": EQUIPMENT.name, "rows": rows}


def replay(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    return client.post("/quarantine/replay", json=body)


@pytest.fixture(scope="module")
def uploaded(gateway: RunningGateway) -> Iterator[tuple[str, str]]:
    """Two files, the first with seven bad rows and the second with four."""
    with gateway.client() as client:
        yield upload(client, "first.csv", csv_file(7)), upload(client, "second.csv", csv_file(4))


def test_bad_rows_of_all_batches_are_listed_once_the_newest_first(
    client: httpx.Client, uploaded: tuple[str, str]
) -> None:
    first, second = uploaded
    for limit in (3, 4, 100):
        rows = [row for row in bad_rows(client, state="all", limit=limit) if row["batch_id"] in uploaded]
        assert [(row["batch_id"], row["row_number"]) for row in rows] == [
            *((second, 21 + number) for number in range(4)),
            *((first, 21 + number) for number in range(7)),
        ]
    assert (rows[0]["batch_name"], rows[0]["source"], rows[0]["use_case"]) == ("second.csv", "webapp", EQUIPMENT.name)
    assert {reason["rule"] for reason in rows[1]["reasons"]} == {"maximum", "missing"}


def test_filters_narrow_down(client: httpx.Client, uploaded: tuple[str, str]) -> None:
    first, _ = uploaded
    one = {"batch_id": first, "state": "all"}
    assert len(bad_rows(client, **one)) == 7
    assert len(bad_rows(client, **one, rule="missing", column="product_quality")) == 3
    assert bad_rows(client, **one, rule="missing", column="torque_nm") == []
    assert bad_rows(client, **one, use_case="iris") == []
    assert bad_rows(client, **one, end="2026-01-01") == []
    assert len(bad_rows(client, **one, start="2026-01-01")) == 7
    assert bad_rows(client, batch_id=first, state="replayed") == []


def test_a_summary_agrees_with_the_ledger(client: httpx.Client, engine: Engine, uploaded: tuple[str, str]) -> None:
    found = client.get("/quarantine/summary").json()
    with engine.connect() as connection:
        rows_in, bad = connection.execute(
            select(func.sum(batches.c.rows_in), func.sum(batches.c.rows_quarantined)).where(
                batches.c.use_case == EQUIPMENT.name
            )
        ).one()
        predicted = connection.scalar(select(func.count()).select_from(prediction_table(EQUIPMENT)))
        replayed = connection.scalar(select(func.count()).where(quarantine.c.replayed_at.is_not(None)))
    assert (found["rows_in"], found["quarantined"]) == (rows_in, bad)
    assert (found["predicted"], found["replayed"]) == (predicted, replayed)
    assert sum(one["rows_in"] for one in found["by_time"]) == rows_in
    assert sum(one["quarantined"] for one in found["by_time"]) == bad
    most, second = found["by_rule"][:2]
    assert (most["column"], most["rule"], most["rows"]) == ("torque_nm", "maximum", bad)
    assert most["message"] == f"torque_nm: {most['example']} is above the maximum 120.0"
    assert (second["column"], second["rule"]) == ("product_quality", "missing")
    by_batch = {one["batch_id"]: one for one in found["by_batch"]}
    assert set(uploaded) <= set(by_batch)
    assert (by_batch[uploaded[0]]["quarantined"], by_batch[uploaded[0]]["rows_in"]) == (7, 27)
    assert client.get("/quarantine/summary", params={"use_case": "iris"}).json()["rows_in"] == 0


def test_repaired_rows_are_predicted_as_a_batch_of_their_own(client: httpx.Client, engine: Engine) -> None:
    origin = upload(client, "to repair.csv", csv_file(3))
    answer = replay(client, repaired(origin, 21, 23, torque_nm=55.5))
    assert answer.status_code == 202, answer.text
    sent = answer.json()
    assert sent["name"].startswith("repair of to repair.csv.")
    assert sent["rows"] == 2
    batch = settled(client, sent["batch_id"])
    assert answer.headers["location"] == f"/batches/{sent['batch_id']}"
    assert (batch["rows"]["predicted"], batch["rows"]["quarantined"], batch["source"]) == (2, 0, "webapp")
    stored = client.get(f"/batches/{sent['batch_id']}/predictions").json()["predictions"]
    assert [one["features"]["torque_nm"] for one in stored] == [55.5, 55.5]
    open_, done = bad_rows(client, batch_id=origin), bad_rows(client, batch_id=origin, state="replayed")
    assert [row["row_number"] for row in open_] == [22]
    assert {(row["row_number"], row["replayed_as"]) for row in done} == {(21, sent["batch_id"]), (23, sent["batch_id"])}


def test_a_row_is_sent_again_once(client: httpx.Client) -> None:
    origin = upload(client, "once.csv", csv_file(2))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: replay(client, repaired(origin, 21, tool_wear_min=number)), range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    sent = next(answer for answer in answers if answer.status_code == 202).json()["batch_id"]
    settled(client, sent)
    content = problem(replay(client, repaired(origin, 22, 21)), 409, "already-replayed")
    (error,) = content["errors"]
    assert (error["row"], sent in error["message"]) == (2, True)
    assert [row["row_number"] for row in bad_rows(client, batch_id=origin)] == [22], "all or nothing"


def test_rows_with_the_same_values_are_different_rows(client: httpx.Client) -> None:
    origin = upload(client, "alike.csv", csv_file(2))
    sent = [replay(client, repaired(origin, number)).json()["batch_id"] for number in (21, 22)]
    assert [settled(client, batch_id)["rows"]["predicted"] for batch_id in sent] == [1, 1]
    assert len(set(sent)) == 2


def test_a_replay_that_was_placed_but_not_noted_becomes_the_same_batch(client: httpx.Client, engine: Engine) -> None:
    origin = upload(client, "crash.csv", csv_file(1))
    body = repaired(origin, 21)
    first = replay(client, body).json()["batch_id"]
    settled(client, first)
    with engine.begin() as connection:
        of_batch = quarantine.c.batch_id == UUID(origin)
        connection.execute(update(quarantine).where(of_batch).values(replayed_as=None, replayed_at=None))
    assert replay(client, body).json()["batch_id"] == first
    assert settled(client, first)["rows"]["predicted"] == 1
    assert [row["replayed_as"] for row in bad_rows(client, batch_id=origin, state="replayed")] == [first]


def test_bad_repairs_are_refused_as_predict_would(client: httpx.Client, uploaded: tuple[str, str]) -> None:
    body = repaired(uploaded[0], 21, 22)
    body["rows"][1]["row"] = {**ROW, "torque_nm": 455.0, "extra": 1}
    content = problem(replay(client, body), 422, "invalid-rows")
    predicted = problem(client.post("/predict", json=[entry["row"] for entry in body["rows"]]), 422, "invalid-rows")
    assert [(one["row"], one["rule"], one["message"]) for one in content["errors"]] == [
        (one["row"], one["rule"], one["message"]) for one in predicted["errors"]
    ]
    assert {one["pointer"] for one in content["errors"]} == {"/rows/1/row/torque_nm", "/rows/1/row/extra"}
    assert content["errors_total"] == 2


def test_a_replay_that_makes_no_sense_is_told(
    client: httpx.Client, gateway: RunningGateway, uploaded: tuple[str, str]
) -> None:
    problem(replay(client, repaired(uploaded[0], 1)), 404, "unknown-rows")
    problem(replay(client, repaired(str(uuid4()), 21)), 404, "unknown-rows")
    problem(replay(client, {**repaired(uploaded[0], 21), "use_case": "nope"}), 404, "unknown-use-case")
    content = problem(replay(client, repaired(uploaded[0], 21, 21)), 422, "invalid-parameters")
    assert "twice" in content["detail"]
    content = problem(replay(client, {"use_case": EQUIPMENT.name, "rows": [{"row": {}}]}), 422, "invalid-parameters")
    assert {one["parameter"] for one in content["errors"]} == {"rows/0/batch_id", "rows/0/row_number"}
    problem(replay(client, {"use_case": EQUIPMENT.name, "rows": []}), 422, "invalid-parameters")
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"\xff", b'{"use_case": "a", "use_case": "b"}'):
        problem(client.post("/quarantine/replay", content=body, headers=headers), 400, "malformed-body")
    problem(client.post("/quarantine/replay", content=b"{}"), 415, "unsupported-media-type")
    problem(client.post("/quarantine/replay", content=b" " * 1_000_001, headers=headers), 413, "too-large")
    with gateway.client("api") as program:
        problem(replay(program, repaired(uploaded[0], 21)), 403, "forbidden")
    assert len(bad_rows(client, batch_id=uploaded[0])) == 7
    assert not list((gateway.data / "uploads").iterdir())


def test_bad_rows_of_a_batch_come_as_a_file_that_can_be_repaired(
    client: httpx.Client, uploaded: tuple[str, str]
) -> None:
    answer = client.get(f"/batches/{uploaded[0]}/quarantine", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = rf'attachment; filename="{EQUIPMENT.name}-refused-rows-\d{{4}}-\d\d-\d\d-\d{{4}}\.csv"'
    assert re.fullmatch(name, answer.headers["content-disposition"])
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert list(rows[0]) == [*EQUIPMENT.columns, "row_number", "reasons", "raw"]
    assert [(row["machine_id"], row["row_number"], row["torque_nm"]) for row in rows] == [
        (f"bad-{number}", str(21 + number), str(400 + number)) for number in range(7)
    ]
    assert "above the maximum" in rows[0]["reasons"]


def test_predictions_of_a_batch_come_as_a_file(client: httpx.Client, uploaded: tuple[str, str]) -> None:
    page = client.get(f"/batches/{uploaded[1]}/predictions").json()["predictions"]
    answer = client.get(f"/batches/{uploaded[1]}/predictions", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["id"], row["row_number"], row["prediction"]) for row in rows] == [
        (one["id"], str(one["row_number"]), one["prediction"]) for one in page
    ]
    assert len(rows) == 20
    problem(client.get(f"/batches/{uuid4()}/predictions?format=csv"), 404, "unknown-batch")
    problem(client.get(f"/batches/{uploaded[1]}/quarantine?format=xml"), 422, "invalid-parameters")
