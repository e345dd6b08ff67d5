"""Predictions of a key are found by an index, also where the table was large before it was wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, insert, select, text

from broker.ids import first_id_at
from sql.predictions.key_index import build_key_indexes
from sql.predictions.past import Wanted, newest_predictions
from sql.predictions.tables import prediction_table
from sql.provision import prepare_database
from tests.support import servers
from tests.support.pipeline import EQUIPMENT, IRIS
from tests.support.usecases.editing import edited
from tests.support.usecases.stored import registered

TABLE = prediction_table(EQUIPMENT)
NOW = datetime.now(UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
"""Its rows lie in the default partition."""


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with registered(postgres_server, EQUIPMENT, IRIS) as engine:
        yield engine


def row(number: int, moment: datetime) -> dict[str, Any]:
    moment += timedelta(seconds=number)
    return {
        "id": UUID(int=first_id_at(moment).int + number), "batch_id": UUID(int=number), "row_number": 1, "source": "api",
        "model_version": 1, "received_at": moment, "machine_id": f"M-{number % 50}", "product_quality": "M",
        "air_temperature_k": 300.0, "process_temperature_k": 310.0, "rotational_speed_rpm": 1480, "torque_nm": 40.0,
        "tool_wear_min": 1, "prediction": "ok", "score": 0.1,
    }  # fmt: skip


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for moment in (LONG_AGO, NOW):
            connection.execute(insert(TABLE), [row(number, moment) for number in range(1_000)])


def indexes(engine: Engine) -> dict[str, bool]:
    """Return whether the index of each table by the key counts, by the names of the tables."""
    query = text(
        "select c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on "
        "x.oid = i.indexrelid where c.relname like 'equipment_failure%' and not i.indisprimary"
    )
    with engine.connect() as connection:
        return {row.relname: row.indisvalid for row in connection.execute(query)}


def partitions(engine: Engine) -> set[str]:
    query = text(
        "select inhrelid::regclass::text from pg_inherits where inhparent = 'predictions.equipment_failure'::regclass"
    )
    with engine.connect() as connection:
        return {str(name).rpartition(".")[2] for name in connection.scalars(query)}


def plan(engine: Engine) -> str:
    with engine.begin() as connection:
        connection.exec_driver_sql("set local enable_seqscan = off")
        connection.exec_driver_sql("set local enable_indexscan = off")
        query = "explain select * from predictions.equipment_failure where machine_id = 'M-7' order by id desc limit 10"
        return "\n".join(connection.exec_driver_sql(query).scalars())


def without_index(engine: Engine) -> None:
    """Bring the table to what an earlier version left behind."""
    with engine.begin() as connection:
        connection.exec_driver_sql("drop index predictions.equipment_failure_by_key")
    assert indexes(engine) == {}


def test_a_new_table_has_it_from_the_start(engine: Engine) -> None:
    assert set(indexes(engine)) == partitions(engine) | {"equipment_failure"}
    fill(engine)
    assert "machine_id" in plan(engine)
    assert build_key_indexes(engine) == []
    with engine.connect() as connection:
        of_iris = "select count(*) from pg_index where indrelid = 'predictions.iris'::regclass"
        assert connection.exec_driver_sql(of_iris).scalar() == 1, "without a key there is nothing to find by it"


def test_a_table_that_is_large_already_gets_it_while_rows_are_stored(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_index(engine)
    fill(engine)
    with engine.begin() as connection:
        connection.execute(insert(TABLE), [row(5_000, NOW)])
    prepare_database(engine.url.render_as_string(hide_password=False), [EQUIPMENT, IRIS])
    assert indexes(engine) == dict.fromkeys(partitions(engine) | {"equipment_failure"}, True)
    assert "Bitmap Index Scan on equipment_failure_default_by_key" in plan(engine)
    monkeypatch.setattr("sql.predictions.past.KEY_LOOKED_THROUGH", 10)
    found = newest_predictions(engine, EQUIPMENT, Wanted(key="M-7"), before=None, limit=100).rows
    assert [one["machine_id"] for one in found] == ["M-7"] * 40
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)


def test_a_month_that_is_made_later_has_it_too(engine: Engine) -> None:
    without_index(engine)
    fill(engine)
    build_key_indexes(engine)
    with engine.begin() as connection:
        assert connection.scalar(select(func.smartpredict.add_partition("equipment_failure", date(2025, 1, 1))))
    assert indexes(engine) == dict.fromkeys(partitions(engine) | {"equipment_failure"}, True)


def test_what_was_broken_off_is_built_anew(engine: Engine) -> None:
    without_index(engine)
    with engine.begin() as connection:
        left = "create index equipment_failure_default_by_key on predictions.equipment_failure_default (row_number)"
        connection.exec_driver_sql(left)
    assert build_key_indexes(engine) == []
    assert indexes(engine) == dict.fromkeys(partitions(engine) | {"equipment_failure"}, True)
    with engine.connect() as connection:
        built = connection.exec_driver_sql(
            "select pg_get_indexdef('predictions.equipment_failure_default_by_key'::regclass)"
        )
        assert "USING brin (machine_id text_bloom_ops" in str(built.scalar())


def test_a_transaction_that_does_not_end_is_not_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    without_index(engine)
    monkeypatch.setattr("sql.predictions.key_index.LOCK_PATIENCE", "300ms")
    with engine.begin() as writing:
        writing.execute(insert(TABLE), [row(1, NOW)])
        assert build_key_indexes(engine) == ["equipment_failure"]
    assert build_key_indexes(engine) == []
    assert indexes(engine) == dict.fromkeys(partitions(engine) | {"equipment_failure"}, True)


def test_a_key_that_comes_later_brings_its_index(engine: Engine) -> None:
    keyed = edited(IRIS, key="flower")
    prepare_database(engine.url.render_as_string(hide_password=False), [EQUIPMENT, keyed])
    with engine.connect() as connection:
        query = "select indisvalid from pg_index where indexrelid = 'predictions.iris_by_key'::regclass"
        assert connection.exec_driver_sql(query).scalar() is True
