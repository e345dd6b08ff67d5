"""What is done every day, with the rights of the account that does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import numpy as np
import pika
import pyarrow as pa
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select, text
from sqlalchemy.engine import make_url

from broker.administration.provisioning import put_accounts
from broker.ids import first_id_at
from broker.messages import Lane, PartHeader, Segment, Source
from broker.topology import BULK
from orchestration.upkeep import LedgerOutOfBalanceError, UpkeepSettings, audit_ledger, forget_old, make_partitions
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.ledger.audit import read_books
from sql.ledger.recording import record, table_rows
from sql.predictions.tables import prediction_table
from sql.provision import prepare_database
from tests.support.pipeline import EQUIPMENT, IRIS, equipment_rows, prepare
from tests.support.servers import Broker
from tests.support.waiting import eventually
from usecases.tasks.definition import Scores

TABLE = prediction_table(EQUIPMENT)


@pytest.fixture(scope="module")
def settings(database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> UpkeepSettings:
    """Settings with the rights of the account of schedules."""
    prepare(database_url, broker_url)
    prepare_database(database_url, [EQUIPMENT, IRIS], {role: f"secret-of-{role}" for role in ROLES})
    url = make_url(database_url).update_query_dict({"options": f"-c role={role_name('orchestration')}"})
    return UpkeepSettings(
        database_url=url.render_as_string(hide_password=False),
        broker_url=broker_url,
        data=tmp_path_factory.mktemp("data"),
        audit_after_seconds=0,
    )


@pytest.fixture(scope="module")
def engine(database_url: str, settings: UpkeepSettings) -> Iterator[Engine]:
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


def predict(engine: Engine, received_at: datetime, rows: int = 5) -> None:
    """Record an online part as a worker does that was received at this moment."""
    segment = Segment(batch_id=uuid4(), received_at=received_at, source=Source.API, rows=rows)
    header = PartHeader(
        part_id=uuid4(),
        use_case=EQUIPMENT.name,
        schema_hash=EQUIPMENT.schema_hash,
        lane=Lane.ONLINE,
        segments=(segment,),
    )
    scores = Scores(pa.repeat(EQUIPMENT.classes[0], rows), pa.repeat(0.5, rows), None)
    numbers = np.arange(1, rows + 1, dtype=np.int32)
    record(engine, EQUIPMENT, header, table_rows(header, numbers, equipment_rows(rows), scores, 1), 1)


@contextmanager
def worker_on_duty(broker_url: str) -> Iterator[None]:
    """Consume what workers consume while the block runs."""
    with closing(pika.BlockingConnection(pika.URLParameters(broker_url))) as connection:
        connection.channel().basic_consume(BULK, lambda *_: None)
        yield


def partition_of(engine: Engine, moment: datetime) -> set[str]:
    """Name the partitions that hold the rows received in a month."""
    following = (moment.replace(day=1) + timedelta(days=32)).replace(day=1)
    query = text(
        "select distinct tableoid::regclass::text from predictions.equipment_failure where id >= :a and id < :b"
    )
    with engine.connect() as connection:
        bounds = {"a": first_id_at(moment.replace(day=1)), "b": first_id_at(following)}
        return set(connection.scalars(query, bounds))


def test_partitions_are_made_ahead_and_rows_that_came_too_early_move_into_theirs(
    engine: Engine, settings: UpkeepSettings
) -> None:
    early, late = datetime(2031, 12, 24, 18, tzinfo=UTC), datetime(2020, 2, 29, tzinfo=UTC)
    predict(engine, early)
    predict(engine, late, rows=3)
    assert partition_of(engine, early) == partition_of(engine, late) == {"predictions.equipment_failure_default"}
    made = make_partitions(settings.model_copy(update={"months_ahead": 4}))
    assert {"2020-02", "2031-12"} < set(made["equipment_failure"])
    assert len(made["iris"]) == 2, "two more than a registration makes"
    assert partition_of(engine, early) == {"predictions.equipment_failure_2031_12"}
    assert partition_of(engine, late) == {"predictions.equipment_failure_2020_02"}
    assert make_partitions(settings) == {}
    predict(engine, early + timedelta(hours=1))
    with engine.connect() as connection:
        found = connection.execute(select(TABLE).where(TABLE.c.received_at >= early)).all()
    assert len(found) == 10
    assert {row.product_quality for row in found} <= {"L", "M", "H"}, "columns kept their places"
    assert audit_ledger(settings)["balanced"]


def test_contents_past_their_time_go_and_the_ledger_still_balances(engine: Engine, settings: UpkeepSettings) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(_OLD_ROWS)
    folder = settings.data / "good_data/iris"
    folder.mkdir(parents=True)
    (folder / "ended.csv").write_text("rows")
    assert forget_old(settings) == {
        "request_keys": 1,
        "notifications": 1,
        "quarantined_rows": 1,
        "dead_letters": 1,
        "repaired_letters": 0,
        "shadow_scores": 0,
        "labels": 0,
        "files": 0,
    }
    with engine.connect() as connection:
        assert connection.scalars(text("select raw from smartpredict.quarantine order by row_number")).all() == [
            "",
            "new",
        ]
        assert connection.scalars(text("select length(body) from smartpredict.dead_letters order by id")).all() == [
            0,
            4,
            4,
        ]
    assert set(forget_old(settings).values()) == {0}
    assert forget_old(settings.model_copy(update={"keep_files": timedelta(microseconds=1)}))["files"] == 1
    assert not list(read_books(engine).problems())


def test_a_lost_part_is_proved_while_workers_run_where_the_management_api_is_known(
    engine: Engine, settings: UpkeepSettings, broker_url: str, rabbit_server: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.ledger_audit.RECHECK_SECONDS", 0.1)
    broker = urlsplit(broker_url)
    vhost = broker.path.removeprefix("/")
    put_accounts(rabbit_server.management_url, rabbit_server.credentials(), {"orchestration": "secret"}, vhost)
    own = broker._replace(netloc=f"orchestration:secret@{broker.hostname}:{broker.port}").geturl()
    alone = settings.model_copy(update={"broker_url": SecretStr(own)})
    knowing = alone.model_copy(update={"broker_management_url": rabbit_server.management_url})
    with engine.begin() as connection:
        connection.exec_driver_sql(_PENDING_PART)
    with worker_on_duty(broker_url):
        assert "none can be proved lost" in audit_ledger(alone)["notes"][0]
        look = f"{rabbit_server.management_url}/api/queues/{vhost}/{BULK}"
        # It hears of a new queue after five seconds.
        eventually(lambda: "messages_unacknowledged" in httpx.get(look, auth=rabbit_server.credentials()).json(), 30)
        with pytest.raises(LedgerOutOfBalanceError, match="1 parts are lost: pending, but no queue holds them"):
            audit_ledger(knowing)
    with engine.begin() as connection:
        connection.exec_driver_sql(_NO_PENDING_PART)


def test_a_ledger_out_of_balance_fails_loudly(engine: Engine, settings: UpkeepSettings, tmp_path: Path) -> None:
    predict(engine, datetime.now(UTC), rows=4)
    assert audit_ledger(settings)["balanced"]
    with engine.begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.row_number == 4))
    with pytest.raises(LedgerOutOfBalanceError, match="online requests of equipment_failure: workers recorded"):
        audit_ledger(settings)


def test_of_many_batches_out_of_balance_the_oldest_are_named(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sql.ledger.audit.MOST_UNBALANCED", 2)
    with engine.begin() as connection:
        connection.exec_driver_sql(_BATCHES_WITHOUT_PARTS)
    try:
        problems = [problem for problem in read_books(engine).problems() if "batch" in problem]
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("delete from smartpredict.batches where starts_with(name, 'plant-')")
    assert [problem.split("(")[-1][:7] for problem in problems[:-1]] == ["plant-5", "plant-4"]
    assert problems[-1] == "3 more batches are out of balance: audit again when these are mended"


_BATCHES_WITHOUT_PARTS = """
insert into smartpredict.batches (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id,
    part_rows, rows_in)
    select gen_random_uuid(), 'iris', 'message', 'plant-' || n, 'ingested', '', now() - n * interval '1 hour',
        gen_random_uuid(), gen_random_uuid(), 10, 5
    from generate_series(1, 5) n;
"""
_PENDING_PART = """
insert into smartpredict.batches (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id,
    part_rows, rows_in)
    values ('00000000-0000-0000-0000-000000000002', 'iris', 'file', 'lost.csv', 'ingested', '', now(),
        gen_random_uuid(), gen_random_uuid(), 10, 5);
insert into smartpredict.parts (part_id, batch_id, part_number, use_case, lane, rows, planned_at)
    values ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000002', 0, 'iris', 'bulk', 5,
        now() - interval '1 hour');
"""
_NO_PENDING_PART = """
delete from smartpredict.parts where batch_id = '00000000-0000-0000-0000-000000000002';
delete from smartpredict.batches where id = '00000000-0000-0000-0000-000000000002';
"""
_OLD_ROWS = """
insert into smartpredict.request_keys values ('a', 'k', gen_random_uuid(), 'd', now() - interval '2 days'),
    ('a', 'new', gen_random_uuid(), 'd', now());
insert into smartpredict.notifications values ('old', now() - interval '2 years'), ('new', now());
insert into smartpredict.batches (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id,
    part_rows, rows_in, rows_quarantined)
    values ('00000000-0000-0000-0000-000000000001', 'iris', 'file', 'old.csv', 'ingested', '', now(),
        gen_random_uuid(), gen_random_uuid(), 10, 2, 2);
insert into smartpredict.quarantine (batch_id, row_number, use_case, raw, reasons, created_at)
    values ('00000000-0000-0000-0000-000000000001', 1, 'iris', 'old', '[]', now() - interval '2 years'),
        ('00000000-0000-0000-0000-000000000001', 2, 'iris', 'new', '[]', now());
insert into smartpredict.dead_letters (letter_id, queue, routing_key, exchange, cause, headers, body, died_at, replayed_at)
    values (gen_random_uuid(), 'q', 'r', '', 'c', '{}', 'body', now(), now() - interval '1 year'),
        (gen_random_uuid(), 'q', 'r', '', 'c', '{}', 'body', now(), now()),
        (gen_random_uuid(), 'q', 'r', '', 'c', '{}', 'body', now() - interval '1 year', null);
"""
