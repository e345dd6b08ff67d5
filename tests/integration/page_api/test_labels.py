"""What came true reaches the predictions it is about, by id, by key and by file, and nothing is dropped silently."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, select, text

from broker.ids import first_id_at
from monitoring.labels.files import LabelFileError, store_label_file
from sql.labels.tables import labels
from sql.labels.taking import Unplaced
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.conftest import RunningGateway
from tests.support.command import smartpredict
from tests.support.history import store_predictions
from tests.support.pipeline import EQUIPMENT, IRIS
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

MORNING = datetime(2026, 5, 4, 8, tzinfo=UTC)
LOOK_BACK = timedelta(days=30)


def predicted(engine: Engine, keys: list[str], moment: datetime = MORNING) -> list[UUID]:
    return store_predictions(engine, EQUIPMENT, moment, np.full(len(keys), 0.2), keys=keys)


def stored(engine: Engine, ids: list[UUID]) -> dict[UUID, str]:
    with engine.connect() as connection:
        query = select(labels.c.prediction_id, labels.c.label).where(labels.c.prediction_id.in_(ids))
        return {row.prediction_id: row.label for row in connection.execute(query)}


def send(client: httpx.Client, *items: dict[str, Any], use_case: str = EQUIPMENT.name) -> dict[str, Any]:
    answer = client.post("/labels", json={"use_case": use_case, "labels": list(items)})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    counts = ("added", "replaced", "superseded", "unknown", "refused")
    assert content["received"] == sum(content[name] for name in counts) == len(items)
    return content


def outcome(content: dict[str, Any]) -> dict[str, int]:
    return {name: value for name, value in content.items() if isinstance(value, int) and value and name != "received"}


def test_labels_by_id_are_committed_and_the_others_told_one_by_one(client: httpx.Client, engine: Engine) -> None:
    ids = predicted(engine, ["a", "b", "c"])
    nobody = str(uuid4())
    content = send(
        client,
        {"prediction_id": str(ids[0]), "label": "failure"},
        {"prediction_id": str(ids[1]), "label": 0},
        {"prediction_id": str(ids[2]), "label": True},
        {"prediction_id": nobody, "label": "ok"},
        {"prediction_id": str(ids[0]), "label": "broken"},
        {"prediction_id": "4711", "label": "ok"},
        {"prediction_id": str(ids[0]), "label": None},
        {"label": "ok"},
    )
    assert outcome(content) == {"added": 3, "unknown": 1, "refused": 4}
    assert stored(engine, ids) == {ids[0]: "failure", ids[1]: "ok", ids[2]: "failure"}
    assert [(error["item"], error["code"], error["pointer"]) for error in content["errors"]] == [
        (4, "unknown", "/labels/3"), *((number, "refused", f"/labels/{number - 1}") for number in range(5, 9)),
    ]  # fmt: skip
    assert nobody in content["errors"][0]["message"]


def test_a_key_means_its_latest_prediction_up_to_the_time(client: httpx.Client, engine: Engine) -> None:
    first, second, third = (
        predicted(engine, ["press-1"], moment)[0]
        for moment in (MORNING, MORNING + timedelta(hours=1), datetime.now(UTC) - timedelta(minutes=5))
    )
    content = send(
        client,
        {"key": "press-1", "label": "failure", "labelled_at": (MORNING + timedelta(minutes=59)).isoformat()},
        {"key": "press-1", "label": "ok", "labelled_at": (MORNING + timedelta(hours=1)).isoformat()},
        {"key": "press-1", "label": "failure"},
        {"key": "press-1", "label": "ok", "labelled_at": (MORNING - timedelta(milliseconds=1)).isoformat()},
        {"key": "press-1", "label": "ok", "labelled_at": (MORNING + timedelta(days=31, hours=2)).isoformat()},
        {"key": "press-2", "label": "ok"},
    )
    assert outcome(content) == {"added": 3, "unknown": 3}
    assert stored(engine, [first, second, third]) == {first: "failure", second: "ok", third: "failure"}
    assert [error["item"] for error in content["errors"]] == [4, 5, 6]
    assert "machine_id 'press-1' has no prediction within 30 days up to 2026-05-04 07:59:59" in str(content["errors"])


def test_a_day_alone_means_the_latest_prediction_of_that_day(client: httpx.Client, engine: Engine) -> None:
    """It meant that of the day before, without a word."""
    before, that, after = (predicted(engine, ["daily-1"], MORNING + timedelta(days=days))[0] for days in (-1, 0, 1))
    day = {"key": "daily-1", "labelled_at": f"{MORNING:%Y-%m-%d}"}
    assert outcome(send(client, {**day, "label": "failure"})) == {"added": 1}
    assert stored(engine, [before, that, after]) == {that: "failure"}
    assert outcome(send(client, {**day, "label": "ok"})) == {"replaced": 1}


def test_a_column_of_the_rows_that_is_called_label_is_none(engine: Engine, tmp_path: Path) -> None:
    (one,) = predicted(engine, ["sticker-1"])
    content = EQUIPMENT.model_dump(mode="json") | {"ignored_columns": ["Label"]}
    path = tmp_path / "came-true.csv"
    path.write_text("machine_id,label,machine_failure\nsticker-1,ok,failure\n")
    assert store_label_file(engine, UseCase.model_validate(content), path, look_back=timedelta(days=9_999)).added == 1
    assert stored(engine, [one]) == {one: "failure"}


def test_the_latest_label_stays_however_they_come(client: httpx.Client, engine: Engine) -> None:
    (one,) = predicted(engine, ["late-1"])
    at = {"early": "2026-05-05T00:00:00Z", "late": "2026-05-06T00:00:00Z"}
    item = {"prediction_id": str(one)}
    assert outcome(send(client, {**item, "label": "ok", "labelled_at": at["late"]})) == {"added": 1}
    assert outcome(send(client, {**item, "label": "failure", "labelled_at": at["early"]})) == {"superseded": 1}
    assert stored(engine, [one]) == {one: "ok"}
    assert outcome(send(client, {**item, "label": "failure", "labelled_at": at["late"]})) == {"replaced": 1}
    twice = [{**item, "label": label} for label in ("failure", "ok")]
    assert outcome(send(client, *twice)) == {"replaced": 1, "superseded": 1}
    assert stored(engine, [one]) == {one: "ok"}
    assert outcome(send(client, {**item, "label": "ok"})) == {"replaced": 1, "unchanged": 1}
    assert stored(engine, [one]) == {one: "ok"}


def test_numbers_label_a_regression_and_only_finite_ones(
    gateway: RunningGateway, client: httpx.Client, engine: Engine
) -> None:
    energy = load_catalog(gateway.use_cases)["energy"]
    ids = store_predictions(engine, energy, MORNING, np.array([1.0, 2.0, 3.0]))
    content = send(
        client,
        {"prediction_id": str(ids[0]), "label": 41.5},
        {"prediction_id": str(ids[1]), "label": "41.5"},
        {"prediction_id": str(ids[2]), "label": True},
        use_case="energy",
    )
    assert outcome(content) == {"added": 1, "refused": 2}
    with engine.connect() as connection:
        assert connection.scalar(select(labels.c.number).where(labels.c.prediction_id == ids[0])) == 41.5
    infinite = b'{"use_case": "energy", "labels": [{"prediction_id": "%s", "label": NaN}]}' % str(ids[1]).encode()
    answer = client.post("/labels", content=infinite, headers={"Content-Type": "application/json"})
    assert answer.json()["refused"] == 1, answer.text


def test_an_id_of_another_use_case_is_unknown(client: httpx.Client, engine: Engine) -> None:
    (flower,) = store_predictions(engine, IRIS, MORNING, np.array([[0.8, 0.1, 0.1]]))
    assert outcome(send(client, {"prediction_id": str(flower), "label": "ok"})) == {"unknown": 1}
    item = {"prediction_id": str(flower), "label": "virginica"}
    assert outcome(send(client, item, use_case="iris")) == {"added": 1}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"use_case": "equipment_failure", "labels": []}, 422, "invalid-parameters"),
        ({"use_case": "equipment_failure", "labels": [{"label": "ok"}] * 10_001}, 422, "invalid-parameters"),
        ({"use_case": "equipment_failure", "labels": [{"label": "ok", "machine": "m"}]}, 422, "invalid-parameters"),
        ({"use_case": "nope", "labels": [{"label": "ok"}]}, 404, "unknown-use-case"),
    ],
)
def test_a_request_of_another_shape_is_refused(
    body: dict[str, Any], status: int, code: str, client: httpx.Client
) -> None:
    problem(client.post("/labels", json=body), status, code)


def test_ten_thousand_labels_fit_one_request(client: httpx.Client, engine: Engine) -> None:
    keys = [f"many-{number}" for number in range(10_000)]
    ids = predicted(engine, keys, MORNING + timedelta(days=1))
    items: list[dict[str, Any]] = [{"prediction_id": str(one), "label": "ok"} for one in ids[:5_000]]
    items += [{"key": key, "label": 1, "labelled_at": "2026-05-06T00:00:00Z"} for key in keys[5_000:]]
    assert outcome(send(client, *items)) == {"added": 10_000}
    assert list(stored(engine, ids).values()).count("failure") == 5_000


@pytest.mark.parametrize("kind", ["labels.csv", "labels.csv.gz", "labels.parquet", "labels.jsonl"])
def test_a_file_is_stored_at_once_and_says_what_was_not(kind: str, engine: Engine, tmp_path: Path) -> None:
    keys = [f"{kind}-{number}" for number in range(500)]
    ids = predicted(engine, keys)
    table = pa.table(
        {
            "torque_nm": ["1"] * 502,
            "machine_id": [*keys, "nobody", keys[0]],
            "machine_failure": [*["failure", "0"] * 250, "ok", "maybe"],
            "labelled_at": ["2026-05-05"] * 502,
        }
    )
    path = tmp_path / kind
    if kind.endswith(".parquet"):
        pq.write_table(table, path)
    elif kind.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        with pa.output_stream(path, compression="gzip" if kind.endswith(".gz") else None) as file:
            pacsv.write_csv(table, file)
    told: list[Unplaced] = []
    shares: list[float] = []
    found = store_label_file(
        engine, EQUIPMENT, path, look_back=LOOK_BACK, progress=shares.append, on_unplaced=told.append
    )
    assert (found.received, found.added, found.unknown, found.refused) == (502, 500, 1, 1)
    assert [(label.item, label.code) for label in told] == [(501, "unknown"), (502, "refused")]
    assert list(stored(engine, ids).values()).count("failure") == 250
    assert shares[-1] == 1.0
    again = store_label_file(engine, EQUIPMENT, path, look_back=LOOK_BACK)
    assert (again.added, again.replaced) == (0, 500)


def test_what_other_programs_call_id_names_no_prediction_where_there_is_a_key(engine: Engine, tmp_path: Path) -> None:
    keys = ["Fräse 11", "Fräse 12"]
    ids = predicted(engine, keys)
    path = tmp_path / "labels.csv"
    path.write_bytes(f"ID;machine_id;label\r\n1;{keys[0]};ok\r\n2;{keys[1]};failure\r\n".encode("cp1252"))
    assert store_label_file(engine, EQUIPMENT, path, look_back=timedelta(days=3650)).added == 2
    assert stored(engine, ids) == {ids[0]: "ok", ids[1]: "failure"}
    path.write_text(f"id,machine_id,label\n{ids[0]},{keys[1]},failure\n")
    assert store_label_file(engine, EQUIPMENT, path, look_back=LOOK_BACK).replaced == 1
    assert stored(engine, ids) == dict.fromkeys(ids, "failure"), "an id of ours counts before the key"
    path.write_text(f"prediction_id,id,id,label\n{ids[0]},1,2,ok\n")
    assert store_label_file(engine, EQUIPMENT, path, look_back=LOOK_BACK).replaced == 1
    with pytest.raises(LabelFileError, match="cannot be read"):
        store_label_file(engine, EQUIPMENT, tmp_path / "gone.csv", look_back=LOOK_BACK)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("labels.csv", "machine_id,torque_nm\nm,1\n", "need a column 'label' or 'machine_failure'"),
        ("labels.csv", "label\nok\n", "'prediction_id', 'id' or 'machine_id'"),
        ("labels.csv", "id,label,label\na,b,c\n", "stands twice"),
        ("labels.csv", "id,label\na,b,c\n", "cannot be read"),
        ("labels.parquet", "PAR1", "cannot be read"),
        ("labels.xls", "", "save it as .csv"),
    ],
)
def test_a_file_that_holds_no_labels_is_refused(
    name: str, content: str, words: str, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(LabelFileError, match=words):
        store_label_file(engine, EQUIPMENT, tmp_path / name, look_back=LOOK_BACK)


def test_the_command_reports_and_writes_what_was_not_stored(
    gateway: RunningGateway, engine: Engine, tmp_path: Path
) -> None:
    (one,) = predicted(engine, ["by-command"])
    path, rejected = tmp_path / "labels.csv", tmp_path / "rejected.csv"
    path.write_text(f"id;label\n{one};failure\n{uuid4()};ok\n")
    settings = {"SMARTPREDICT_DATABASE_URL": gateway.database_url}
    done = smartpredict("labels", str(path), "--rejected", str(rejected), home=tmp_path, settings=settings)
    assert done.returncode == 0, done.stderr
    assert "2 labels: 1 added, 0 replaced, 0 superseded, 1 of unknown predictions, 0 refused" in done.stdout
    assert "row 2: there is no prediction" in done.stdout
    assert rejected.read_text().startswith("row,code,message\n2,unknown,there is no prediction")
    path.write_text("id,label\n,ok\n")
    assert smartpredict("labels", str(path), home=tmp_path, settings=settings).returncode == 1
    path.write_text("x,y\n")
    refused = smartpredict("labels", str(path), home=tmp_path, settings=settings)
    assert (refused.returncode, "found x, y" in refused.stderr) == (1, True)


def test_the_database_says_the_same_of_ids_and_gives_predictions_beside_their_labels(engine: Engine) -> None:
    moment = datetime(2026, 7, 8, 9, 10, 11, 123999, tzinfo=UTC)
    ids = predicted(engine, ["sql-1", "sql-2"], moment)
    with engine.begin() as connection:
        assert connection.scalar(text("select smartpredict.first_id_at(:at)"), {"at": moment}) == first_id_at(moment)
        values: dict[str, Any] = {
            "prediction_id": ids[0],
            "use_case": EQUIPMENT.name,
            "label": "failure",
            "labelled_at": moment,
        }
        connection.execute(labels.insert().values(**values, source="api"))
        query = text("select * from smartpredict.scored_predictions('equipment_failure', :since, :until) order by 1")
        span = {"since": moment, "until": moment + timedelta(seconds=1)}
        rows = connection.execute(query, span).mappings().all()
        assert [(row["prediction_id"], row["prediction"], row["score"], row["label"]) for row in rows] == [
            (ids[0], "ok", 0.2, "failure"),
            (ids[1], "ok", 0.2, None),
        ]
        assert connection.execute(query, {"since": span["until"], "until": span["until"]}).all() == []
