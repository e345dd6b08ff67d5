"""Stored predictions, page by page and as CSV, hold what the table holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, Table, delete, insert, select

from broker.ids import first_prediction_id
from gateway_api.wire.answers import PredictionPage
from sql.labels.tables import labels
from sql.predictions.archived import archived_rows
from sql.predictions.past import Wanted, newest_predictions
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import ROW, RunningGateway, problem
from tests.support.pipeline import EQUIPMENT

TABLE: Table = prediction_table(EQUIPMENT)
START = datetime(2026, 3, 1, tzinfo=UTC)
SOURCES = ("api", "webapp", "file", "scheduled", "message")
ROWS = 2_345
KNOWN_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
"""When it was known what came true for every fifth of them."""


@pytest.fixture(scope="module")
def stored(engine: Engine) -> list[dict[str, Any]]:
    """Predictions of a day and a half, ten a minute, the newest first."""
    rows = []
    for number in range(ROWS):
        received_at = START + timedelta(seconds=6 * (number // 10 * 10), milliseconds=5)
        batch_id = UUID(int=1 + number // 10)
        rows.append(
            {
                **ROW,
                "id": UUID(int=first_prediction_id(received_at, batch_id).int + number % 10 + 1),
                "batch_id": batch_id,
                "row_number": number % 10 + 1,
                "source": SOURCES[number // 10 % 5],
                "model_version": 1 + number // 1_000,
                "received_at": received_at,
                "created_at": received_at + timedelta(microseconds=17),
                "machine_id": (None, f"M-{number % 13}", f'=cmd|"{number}",\nnew line')[min(number % 7, 2)],
                "torque_nm": number / 7 % 100,
                "prediction": EQUIPMENT.classes[number % 9 == 0],
                "score": 1e-7 * number,
            }
        )
    known = [
        {
            "prediction_id": row["id"],
            "use_case": EQUIPMENT.name,
            "label": "failure",
            "source": "api",
            "labelled_at": KNOWN_AT,
        }
        for row in rows[::5]
    ]
    with engine.begin() as connection:
        connection.execute(insert(TABLE), rows)
        connection.execute(insert(labels), known)
        newest = select(TABLE, labels.c.label).outerjoin(labels, labels.c.prediction_id == TABLE.c.id)
        return [dict(row) for row in connection.execute(newest.order_by(TABLE.c.id.desc())).mappings()]


def of_table(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the table of predictions holds of a row."""
    return {column.name: row[column.name] for column in TABLE.columns}


def pages(client: httpx.Client, path: str, **query: Any) -> Iterator[PredictionPage]:
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(path, params={**query, **cursor})
        assert answer.status_code == 200, answer.text
        page = PredictionPage.model_validate_json(answer.content)
        yield page
        if page.next_cursor is None:
            return
        cursor = {"cursor": page.next_cursor}


def test_pages_have_every_row_once_the_newest_first(client: httpx.Client, stored: list[dict[str, Any]]) -> None:
    found = [one for page in pages(client, "/past-predictions", limit=100) for one in page.predictions]
    assert [one.id for one in found] == [row["id"] for row in stored]
    for one, row in zip(found[::97], stored[::97], strict=True):
        assert one.features == {feature.name: row[feature.name] for feature in EQUIPMENT.features}
        assert (one.key, one.score, one.prediction) == (row["machine_id"], row["score"], row["prediction"])
        assert (one.received_at, one.created_at) == (row["received_at"], row["created_at"])
        assert (one.label, one.labelled_at) == ((None, None) if row["label"] is None else ("failure", KNOWN_AT))


def test_the_last_page_is_the_last_when_it_is_full(client: httpx.Client, stored: list[dict[str, Any]]) -> None:
    sizes = [len(page.predictions) for page in pages(client, "/past-predictions", limit=ROWS // 5)]
    assert sizes == [ROWS // 5] * 5


def test_rows_that_arrive_meanwhile_shift_nothing(
    client: httpx.Client, engine: Engine, stored: list[dict[str, Any]]
) -> None:
    turning = pages(client, "/past-predictions", limit=1_000)
    found = [one.id for one in next(turning).predictions]
    late = first_prediction_id(START + timedelta(days=30), UUID(int=99))
    row = {**of_table(stored[0]), "id": UUID(int=late.int + 1), "batch_id": UUID(int=99)}
    with engine.begin() as connection:
        connection.execute(insert(TABLE), [row])
    found += [one.id for page in turning for one in page.predictions]
    with engine.begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.id == row["id"]))
    assert found == [row["id"] for row in stored]


@pytest.mark.parametrize(
    "query",
    [
        {"start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z"},
        {"start": "2026-03-01T03:00:00+02:00", "end": "2026-03-01T02:00:00"},
        {"start": "2026-03-01T01:00:00.005Z", "end": "2026-03-01T01:01:00.005Z"},
        {"end": "2026-03-01"},
        {"start": "2026-03-02"},
        {"source": "webapp"},
        {"source": "scheduled", "model_version": 2},
        {"model_version": 999},
        {"key": "M-8"},
        {"key": "M-8", "start": "2026-03-01T01:00:00Z", "prediction": "failure"},
        {"key": "M-99"},
        {"prediction": "failure"},
        {"prediction": ["ok", "failure"], "source": "file"},
        {"least": 0.0001, "most": 0.00015},
        {"prediction": "failure", "most": 0.0001, "model_version": 1},
    ],
)
def test_filters_hold_in_pages_and_in_csv(
    client: httpx.Client, stored: list[dict[str, Any]], query: dict[str, Any]
) -> None:
    def time(name: str, default: datetime) -> datetime:
        found = datetime.fromisoformat(query[name]) if name in query else default
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    expected = [
        str(row["id"])
        for row in stored
        if time("start", datetime.min.replace(tzinfo=UTC)) <= row["received_at"]
        and row["received_at"] < time("end", datetime.max.replace(tzinfo=UTC))
        and row["source"] == query.get("source", row["source"])
        and row["model_version"] == query.get("model_version", row["model_version"])
        and row["machine_id"] == query.get("key", row["machine_id"])
        and row["prediction"] in query.get("prediction", EQUIPMENT.classes)
        and query.get("least", 0) <= row["score"] <= query.get("most", 1)
    ]
    paged = [
        str(one.id) for page in pages(client, "/past-predictions", limit=1_000, **query) for one in page.predictions
    ]
    text = client.get("/past-predictions", params=query, headers={"Accept": "text/csv"}).text
    assert paged == expected
    assert [row["id"] for row in csv.DictReader(io.StringIO(text))] == expected


def test_csv_equals_the_table(client: httpx.Client, stored: list[dict[str, Any]]) -> None:
    answer = client.get("/past-predictions?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="equipment_failure-predictions-2')
    reader = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert reader.fieldnames == [*(column.name for column in TABLE.columns), EQUIPMENT.target]
    read = list(reader)
    assert len(read) == len(stored)
    for got, row in zip(read, stored, strict=True):
        assert got["id"] == str(row["id"])
        # A spreadsheet would run what it takes for a formula.
        key = row["machine_id"] or ""
        assert got["machine_id"] == (f"'{key}" if key.startswith("=") else key)
        assert float(got["torque_nm"]) == row["torque_nm"]
        assert float(got["score"]) == row["score"]
        assert int(got["row_number"]) == row["row_number"]
        assert datetime.fromisoformat(got["received_at"]) == row["received_at"]
        assert datetime.fromisoformat(got["created_at"]) == row["created_at"]
        assert got[EQUIPMENT.target] == (row["label"] or "")


def test_downloads_that_break_off_give_their_connections_back(
    gateway: RunningGateway, stored: list[dict[str, Any]]
) -> None:
    for _ in range(30):
        with gateway.client() as client, client.stream("GET", "/past-predictions?format=csv") as answer:
            next(answer.iter_bytes(100))
    with gateway.client() as client:
        assert client.get("/past-predictions?limit=1").status_code == 200


def test_the_predictions_of_a_batch_come_in_the_order_of_its_rows(
    client: httpx.Client, engine: Engine, stored: list[dict[str, Any]]
) -> None:
    upload = client.post("/batches?name=mine.csv", content=b"mine").json()
    batch_id, received_at = UUID(upload["batch_id"]), datetime.fromisoformat(upload["received_at"])
    first = first_prediction_id(received_at, batch_id).int
    rows = [
        {
            **of_table(stored[0]),
            "id": UUID(int=first + number),
            "batch_id": batch_id,
            "row_number": number,
            "received_at": received_at,
            "prediction": EQUIPMENT.classes[number % 3 == 0],
            "score": number * 7 % 50 / 50,
        }
        for number in range(1, 251)
    ]
    with engine.begin() as connection:
        connection.execute(insert(TABLE), rows)
    found = [one for page in pages(client, f"/batches/{batch_id}/predictions", limit=100) for one in page.predictions]
    assert [one.row_number for one in found] == list(range(1, 251))
    _filters_and_order_are_of_all_rows(client, f"/batches/{batch_id}/predictions", rows)
    with engine.begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.batch_id == batch_id))


def test_the_history_of_a_key_is_searched_in_bounded_steps(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, engine: Engine, stored: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr("sql.predictions.past.KEY_LOOKED_THROUGH", 700)
    wanted = Wanted(key="M-8", classes=("failure",))
    expected = [row["id"] for row in stored if row["machine_id"] == "M-8" and row["prediction"] == "failure"]
    by_index = newest_predictions(engine, EQUIPMENT, wanted, before=None, limit=50)
    assert ([row["id"] for row in by_index.rows], by_index.searched_to) == (expected, None)
    monkeypatch.setattr("sql.predictions.past.FREQUENT", 3)
    first = newest_predictions(engine, EQUIPMENT, wanted, before=None, limit=50)
    assert first.searched_to == stored[699]["id"]
    assert [row["id"] for row in first.rows] == [one for one in expected if one >= first.searched_to] != []


def test_the_predictions_of_a_batch_are_found_among_past_ones(client: httpx.Client, engine: Engine) -> None:
    upload = client.post("/batches?name=among.csv", content=b"mine").json()
    batch_id, received_at = UUID(upload["batch_id"]), datetime.fromisoformat(upload["received_at"])
    first = first_prediction_id(received_at, batch_id).int
    row = {**ROW, "batch_id": batch_id, "source": "api", "model_version": 1, "received_at": received_at, "prediction": "ok",
           "score": 0.1, "machine_id": "M-8"}  # fmt: skip
    rows = [{**row, "id": UUID(int=first + number), "row_number": number} for number in (1, 2)]
    with engine.begin() as connection:
        connection.execute(insert(TABLE), rows)
    for query in ({}, {"key": "M-8"}, {"key": "M-8", "prediction": "ok"}):
        [page] = pages(client, "/past-predictions", batch_id=batch_id, **query)
        assert [one.row_number for one in page.predictions] == [2, 1]
    with engine.begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.batch_id == batch_id))
    unknown = client.get("/past-predictions", params={"batch_id": str(UUID(int=5))})
    problem(unknown, 404, "unknown-batch")
    other = client.get("/past-predictions", params={"batch_id": str(batch_id), "use_case": "pm25"})
    assert "use_case=equipment_failure" in problem(other, 422, "invalid-parameters")["detail"]


def test_rows_without_a_key_have_no_history(client: httpx.Client) -> None:
    [spelt, own] = [client.get("/past-predictions", params={"key": key}).json() for key in (" M-8 ", "M-8")]
    assert spelt["predictions"] == own["predictions"] != []
    content = problem(client.get("/past-predictions?use_case=iris&key=x"), 422, "invalid-parameters")
    assert content["detail"].startswith("key: rows of iris have none")


def _filters_and_order_are_of_all_rows(client: httpx.Client, path: str, rows: list[dict[str, Any]]) -> None:
    ok, failure = EQUIPMENT.classes
    counts = client.get(f"{path}/summary").json()
    assert (counts["rows"], counts["by_class"]) == (250, {ok: 167, failure: 83})
    fitting = [row for row in rows if row["prediction"] == failure and row["score"] >= 0.5]
    wanted: dict[str, Any] = {"prediction": failure, "least": 0.5}
    counts = client.get(f"{path}/summary", params=wanted).json()
    assert (counts["rows"], counts["by_class"]) == (len(fitting), {failure: len(fitting)})
    by_score = sorted(fitting, key=lambda row: (row["score"], row["row_number"]))
    for order, expected in (("row", fitting), ("lowest", by_score), ("highest", by_score[::-1])):
        listed = [one for page in pages(client, path, limit=10, order=order, **wanted) for one in page.predictions]
        assert [one.row_number for one in listed] == [row["row_number"] for row in expected]
    file = client.get(path, params={"format": "csv", "prediction": [ok, failure], "most": 0.02}).text
    assert [int(row["row_number"]) for row in csv.DictReader(io.StringIO(file))] == [
        row["row_number"] for row in rows if row["score"] <= 0.02
    ]
    problem(client.get(path, params={"prediction": "broken"}), 422, "invalid-parameters")


def test_a_cursor_of_the_far_end_gives_an_empty_page(client: httpx.Client, stored: list[dict[str, Any]]) -> None:
    assert client.get("/past-predictions?cursor=" + "A" * 22).json()["predictions"] == []


def test_rows_that_are_archived_are_told_with_the_last_page(
    client: httpx.Client, engine: Engine, stored: list[dict[str, Any]]
) -> None:
    about = {"use_case": EQUIPMENT.name, "batch_id": None, "target": "/srv/exports"}
    days = [{**about, "day": date(2026, 2, day), "rows": rows} for day, rows in ((3, 11), (4, 7), (20, 5))]
    with engine.begin() as connection:
        connection.execute(insert(archived_rows), days)
    told = [page.archived_rows for page in pages(client, "/past-predictions", limit=1_000)]
    (page,) = pages(client, "/past-predictions", start="2026-02-03T12:00:00Z", end="2026-02-10T00:00:00Z")
    with engine.begin() as connection:
        connection.execute(delete(archived_rows))
    assert (told, page.predictions, page.archived_rows) == ([0, 0, 23], [], 18)
