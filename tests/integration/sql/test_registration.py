"""An edited use case keeps the history of its table readable, or is refused with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest
from psycopg2.errors import CheckViolation
from sqlalchemy import Engine, select

from broker.ids import part_id, to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source
from sql.base.engine import connect_engine, is_table_changed
from sql.base.migrate import migrate
from sql.labels.beside import csv_of_predictions
from sql.ledger.recording import record, table_rows
from sql.predictions.past import Wanted, newest_predictions
from sql.predictions.tables import for_table, prediction_table
from sql.registry.live_catalog import CatalogRefresher
from sql.registry.registration import SchemaChangedError, TableChange, register
from sql.registry.tables import use_case_contracts
from tests.support import servers
from tests.support.pipeline import EQUIPMENT, IRIS, equipment_rows
from tests.support.usecases.editing import edited
from usecases.contract.catalog import LiveCatalog, load_catalog
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

VIBRATION = {"name": "vibration", "type": "float", "minimum": 0}
WIDER = edited(
    EQUIPMENT, without=("tool_wear_min",), more=(VIBRATION,), features={"rotational_speed_rpm": {"type": "float"}}
)


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        engine = connect_engine(url, "test")
        with engine.begin() as connection:
            migrate(connection)
        yield engine
        engine.dispose()


def registered(engine: Engine, use_case: UseCase) -> list[TableChange]:
    with engine.begin() as connection:
        return register(connection, use_case)


def scored(use_case: UseCase, rows: pa.RecordBatch) -> tuple[PartHeader, pa.RecordBatch]:
    """Encode rows as a worker does that knows this contract."""
    batch = uuid4()
    received_at = to_milliseconds(datetime.now(UTC))
    header = PartHeader(
        part_id=part_id(batch, 0), use_case=use_case.name, schema_hash=use_case.schema_hash, lane=Lane.BULK, part_number=0,
        segments=(Segment(batch_id=batch, received_at=received_at, source=Source.FILE, rows=rows.num_rows),),
    )  # fmt: skip
    answers = Scores(pa.array(["ok"] * rows.num_rows), pa.array([0.25] * rows.num_rows), None)
    return header, table_rows(header, np.arange(1, rows.num_rows + 1, dtype=np.int32), rows, answers, 1)


def stored(engine: Engine, use_case: UseCase) -> list[dict[str, Any]]:
    return [dict(row) for row in newest_predictions(engine, use_case, Wanted(), before=None, limit=100).rows]


def test_an_edit_keeps_the_rows_there_are(engine: Engine) -> None:
    assert registered(engine, EQUIPMENT) == []
    header, rows = scored(EQUIPMENT, equipment_rows(3))
    record(engine, EQUIPMENT, header, rows, 1)
    before = stored(engine, EQUIPMENT)
    changes = registered(engine, WIDER)
    assert {change.column for change in changes} == {"rotational_speed_rpm", "vibration", "tool_wear_min"}
    after = stored(engine, WIDER)
    assert [row["vibration"] for row in after] == [None] * 3
    assert [row["rotational_speed_rpm"] for row in after] == [float(row["rotational_speed_rpm"]) for row in before]
    with engine.connect() as connection:
        old = prediction_table(EQUIPMENT)
        assert set(connection.scalars(select(old.c.tool_wear_min))) == {row["tool_wear_min"] for row in before}
    assert len(b"".join(csv_of_predictions(engine, WIDER, Wanted())).splitlines()) == 4
    assert registered(engine, WIDER) == [], "the second time there is nothing to change"


def test_a_worker_that_has_not_heard_of_wider_numbers_stores_nothing_wrong(engine: Engine) -> None:
    registered(engine, EQUIPMENT)
    registered(engine, WIDER)
    header, rows = scored(EQUIPMENT, equipment_rows(2))
    with pytest.raises(CheckViolation) as refused:
        record(engine, EQUIPMENT, header, rows, 1)
    assert is_table_changed(refused.value)
    record(engine, EQUIPMENT, header, for_table(WIDER, rows), 1)
    whole = rows.column("rotational_speed_rpm").to_pylist()
    assert sorted(row["rotational_speed_rpm"] for row in stored(engine, WIDER)) == sorted(map(float, whole))


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (edited(IRIS, features={"petal_width_cm": {"type": "category", "values": ["small", "large"]}}), "a real number in petal_width_cm"),
        (edited(IRIS, features={"petal_width_cm": {"type": "integer"}}), "is to have a whole number there"),
        (edited(IRIS, task="regression", classes=[]), "was a multiclass task and is to be a regression task"),
        (edited(IRIS, task="binary", classes=["setosa", "virginica"]), "was a multiclass task"),
        (edited(IRIS, classes=["virginica", "versicolor", "setosa"]), "have to stay in this order"),
    ],
)  # fmt: skip
def test_what_a_table_cannot_follow_is_refused(engine: Engine, after: UseCase, reason: str) -> None:
    registered(engine, IRIS)
    with pytest.raises(SchemaChangedError) as refused:
        registered(engine, after)
    assert reason in str(refused.value)
    assert registered(engine, IRIS) == [], "nothing was changed"


def test_a_key_may_come_and_may_not_become_another(engine: Engine) -> None:
    registered(engine, IRIS)
    keyed = edited(IRIS, key="flower")
    assert [change.column for change in registered(engine, keyed)] == ["flower"]
    with pytest.raises(SchemaChangedError, match="had the key 'flower' and is to have 'plant'"):
        registered(engine, edited(IRIS, key="plant"))


def test_services_take_over_what_is_registered_and_nothing_else(engine: Engine) -> None:
    catalog = LiveCatalog(load_catalog())
    look = CatalogRefresher(engine, catalog).refresh
    registered(engine, IRIS)
    assert look() == {"equipment_failure", "pm25"}, "a use case that only a file knows has no table yet"
    assert list(catalog) == ["iris"]
    registered(engine, EQUIPMENT)
    assert look() == {"equipment_failure"}
    assert catalog["equipment_failure"] == EQUIPMENT
    registered(engine, EQUIPMENT)
    assert look() == frozenset()
    registered(engine, WIDER)
    assert look() == {"equipment_failure"}
    assert catalog["equipment_failure"] == WIDER
    assert catalog.contract("equipment_failure", EQUIPMENT.schema_hash) == EQUIPMENT
    assert catalog.contract("equipment_failure", WIDER.schema_hash) == WIDER
    assert catalog.contract("equipment_failure", "0" * 12) is None


def test_a_service_that_starts_later_knows_earlier_contracts(engine: Engine) -> None:
    for use_case in (EQUIPMENT, WIDER):
        registered(engine, use_case)
    catalog = LiveCatalog(load_catalog())
    CatalogRefresher(engine, catalog).refresh()
    assert catalog["equipment_failure"] == WIDER
    assert catalog.contract("equipment_failure", EQUIPMENT.schema_hash) == EQUIPMENT
    with engine.connect() as connection:
        assert set(connection.scalars(select(use_case_contracts.c.schema_hash))) == {
            EQUIPMENT.schema_hash,
            WIDER.schema_hash,
        }


def test_a_title_is_taken_over_too(engine: Engine) -> None:
    registered(engine, IRIS)
    catalog = LiveCatalog(load_catalog())
    registry = CatalogRefresher(engine, catalog)
    registry.refresh()
    registered(engine, edited(IRIS, title="Flowers"))
    assert registry.refresh() == {"iris"}
    assert catalog["iris"].title == "Flowers"


def test_a_change_is_told_even_if_somebody_in_a_hurry_looked_before(engine: Engine) -> None:
    registered(engine, EQUIPMENT)
    registered(engine, IRIS)
    registry = CatalogRefresher(engine, LiveCatalog({use_case.name: use_case for use_case in (EQUIPMENT, IRIS)}))
    registry.refresh()
    registered(engine, WIDER)
    assert registry.refresh() == {"equipment_failure"}  # a row of it came before the next look of its own
    told: asyncio.Queue[frozenset[str]] = asyncio.Queue()

    async def listen() -> frozenset[str]:
        looking = asyncio.create_task(registry.keep_refreshing(told.put_nowait))
        try:
            return await asyncio.wait_for(told.get(), 30)
        finally:
            looking.cancel()

    assert asyncio.run(listen()) == {"equipment_failure"}
