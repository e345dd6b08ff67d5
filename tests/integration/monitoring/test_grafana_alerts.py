"""Grafana's rules that ask the database: each fires on its fault, for what is at fault, and none while all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from sqlalchemy import Engine, insert, text, update

from broker.topology import BULK
from monitoring.grafana.data_sources import DATABASE
from sql.base.engine import connect_engine
from sql.base.tables import batches, dead_letters, workers
from sql.registry.workers import report_worker
from tests.integration.monitoring.conftest import prepare_with_accounts, reader_engine
from tests.integration.page_api.recorded import record_part
from tests.support.monitoring.grafana import expand, firing, numbers, question, rules, screen_of
from tests.support.monitoring.profile_history import History, equipment_reference
from tests.support.pipeline import EQUIPMENT, IRIS, equipment_rows

ASKING = {uid: rule for uid, rule in rules().items() if question(rule)["datasource"] == DATABASE}
Server = tuple[Engine, Engine]


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[Server]:
    """A database as its owner, and as Grafana."""
    prepare_with_accounts(database_url)
    owner, reader = connect_engine(database_url, "test"), reader_engine(database_url)
    yield owner, reader
    owner.dispose()
    reader.dispose()


@pytest.fixture(scope="module")
def reference(server: Server) -> History:
    return History(server[0], equipment_reference())


@pytest.fixture
def world(server: Server, reference: History) -> Iterator[Server]:
    """A pipeline that works: good and some bad rows, both classes predicted, a population as in training, a worker."""
    owner, _ = server
    batch(owner, rows_in=200, quarantined=0)
    batch(owner, rows_in=100, quarantined=10)
    record_part(owner, EQUIPMENT, ["ok"] * 550 + ["failure"] * 50, now())
    reference.part(equipment_rows(2_000, seed=5), now())
    report_worker(owner, "worker", now(), {EQUIPMENT.name: 1}, {})
    yield server
    with owner.begin() as connection:
        connection.execute(
            text(
                "truncate smartpredict.batches, smartpredict.parts, smartpredict.dead_letters, smartpredict.workers,"
                " smartpredict.part_profiles, smartpredict.profiles, smartpredict.batch_profiles"
            )
        )


def now() -> datetime:
    return datetime.now(UTC)


def batch(engine: Engine, *, rows_in: int, quarantined: int, use_case: str = EQUIPMENT.name, missing: int = 0) -> None:
    """Write a batch that was read to the end; its good rows are pending in a part, but for those that are missing."""
    batch_id = uuid4()
    values: dict[str, Any] = {
        "id": batch_id, "use_case": use_case, "source": "file", "name": f"{batch_id}.csv", "state": "ingested",
        "schema_hash": "", "received_at": now(), "first_id": uuid4(), "last_id": uuid4(), "part_rows": 10_000,
        "rows_in": rows_in, "rows_quarantined": quarantined,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(batches).values(values))
        if rows_in - quarantined - missing:
            connection.execute(
                text(
                    "insert into smartpredict.parts (part_id, batch_id, part_number, use_case, lane, rows)"
                    " values (gen_random_uuid(), :batch_id, 0, :use_case, 'bulk', :rows)"
                ),
                {"batch_id": batch_id, "use_case": use_case, "rows": rows_in - quarantined - missing},
            )


def letter(engine: Engine) -> None:
    values: dict[str, Any] = {
        "letter_id": uuid4(), "queue": BULK, "routing_key": BULK, "exchange": "predict", "cause": "no model",
        "headers": {}, "body": b"", "died_at": now(),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(dead_letters).values(values))


def fired(world: Server) -> dict[str, list[dict[str, str]]]:
    """Evaluate every rule as Grafana does: the labels of what is at fault, by rule."""
    found = {}
    with world[1].connect() as connection:
        for uid, rule in ASKING.items():
            query = expand(question(rule)["rawSql"], screen_of(rule, now() + timedelta(seconds=1)))
            rows = [dict(row) for row in connection.exec_driver_sql(query.replace("%", "%%")).mappings()]
            if faults := firing(rule, numbers(rows)):
                found[uid] = faults
    return found


def forget_the_model(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(workers).values(models={}))


def worn(count: int) -> pa.RecordBatch:
    return equipment_rows(count, seed=6, tool_wear_min=240)


def a_sensor_goes_bad(reference: History) -> None:
    """Just now, after a day of many rows that outweigh it."""
    reference.part(equipment_rows(12_000, seed=7), now() - timedelta(hours=20))
    reference.part(worn(700), now())


WORN = {"use_case": EQUIPMENT.name, "feature": "tool_wear_min", "model_version": "1"}

#: What goes wrong, and the labels with which the rule fires.
FAULTS: dict[str, tuple[Callable[[Engine, History], object], dict[str, str]]] = {
    "smartpredict-batch-all-bad": (
        lambda engine, _: batch(engine, rows_in=10, quarantined=10), {"use_case": EQUIPMENT.name},
    ),
    "smartpredict-bad-rows": (
        lambda engine, _: batch(engine, rows_in=1_000, quarantined=900), {"use_case": EQUIPMENT.name},
    ),
    "smartpredict-one-answer": (
        lambda engine, _: record_part(engine, IRIS, ["setosa"] * 600, now()), {"use_case": IRIS.name},
    ),
    "smartpredict-drift": (lambda _, reference: a_sensor_goes_bad(reference), WORN),
    "smartpredict-drift-day": (
        lambda _, reference: reference.part(worn(1_500), now() - timedelta(hours=3)), WORN,
    ),
    "smartpredict-no-data": (
        lambda engine, _: record_part(engine, IRIS, ["setosa", "virginica"], now() - timedelta(minutes=45)),
        {"use_case": IRIS.name},
    ),
    "smartpredict-dead-letters": (lambda engine, _: letter(engine), {"queue": BULK}),
    "smartpredict-ledger": (
        lambda engine, _: batch(engine, rows_in=50, quarantined=0, missing=20), {"use_case": EQUIPMENT.name},
    ),
    "smartpredict-worker-without-model": (lambda engine, _: forget_the_model(engine), {"worker_id": "worker"}),
}  # fmt: skip


def test_every_rule_has_a_fault() -> None:
    assert FAULTS.keys() == ASKING.keys()


def test_nothing_fires_while_all_is_well(world: Server) -> None:
    assert fired(world) == {}


@pytest.mark.parametrize("uid", FAULTS)
def test_a_rule_fires_on_its_fault_alone(world: Server, reference: History, uid: str) -> None:
    harm, labels = FAULTS[uid]
    harm(world[0], reference)
    assert fired(world) == {uid: [labels]}


def test_nothing_fires_before_anything_came(server: Server) -> None:
    assert fired(server) == {}
