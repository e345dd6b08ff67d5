"""Profiles in the database: written with their part, rolled up without loss, added up for any window."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from broker.ids import part_id, to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from sql.base.engine import connect_engine
from sql.ledger.audit import read_books
from sql.ledger.recording import record, table_rows
from sql.profiles.reference import publish_reference
from sql.profiles.windows import roll_up_profiles
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.profile_history import History, equipment_reference, made_up_scores
from tests.support.pipeline import EQUIPMENT, equipment_rows
from usecases.contract.catalog import load_catalog

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
REFERENCE = equipment_reference()


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        engine = connect_engine(url, "test", pool_size=8)
        yield engine
        engine.dispose()


def record_rows(engine: Engine, rows: pa.RecordBatch, *doors: tuple[Source, int], lane: Lane = Lane.BULK) -> None:
    """Record rows as a worker does; of several doors, so many rows each."""
    batch = uuid4()
    header = PartHeader(
        part_id=part_id(batch, 0),
        use_case=EQUIPMENT.name,
        schema_hash=EQUIPMENT.schema_hash,
        lane=lane,
        segments=tuple(
            Segment(batch_id=uuid4(), received_at=to_milliseconds(datetime.now(UTC)), source=door, rows=count)
            for door, count in doors
        ),
    )
    numbers = np.concatenate([np.arange(1, count + 1, dtype=np.int32) for _, count in doors])
    scores = made_up_scores(rows)
    by_door = [(door.value, count) for door, count in doors]
    profiles = PartCounter(EQUIPMENT, REFERENCE).count_doors(by_door, rows, scores)
    record(engine, EQUIPMENT, header, table_rows(header, numbers, rows, scores, 1), 1, profiles)


def window(engine: Engine, since: datetime, until: datetime) -> dict[str, dict[int, int]]:
    """Add up the counts of a window, by door and slot."""
    query = text(
        "select source, slot, sum(n) as rows from smartpredict.profile_rows(:use_case, :since, :until),"
        " unnest(slots, counts) u (slot, n) group by 1, 2"
    )
    found: dict[str, dict[int, int]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query, {"use_case": EQUIPMENT.name, "since": since, "until": until}):
            found.setdefault(row.source, {})[row.slot] = int(row.rows)
    return found


def expected(rows: pa.RecordBatch) -> dict[int, int]:
    counted = PartCounter(EQUIPMENT, REFERENCE).count(rows, made_up_scores(rows))
    return dict(zip(counted.slots, counted.counts, strict=True))


def whole(engine: Engine) -> dict[str, dict[int, int]]:
    return window(engine, datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(minutes=1))


def profile_problems(engine: Engine) -> list[str]:
    return [problem for account in read_books(engine).profiles for problem in account.problems()]


def test_the_rows_of_each_door_are_counted_before_and_after_the_roll_up(engine: Engine) -> None:
    rows = equipment_rows(30)
    doors = [(Source.API, 10), (Source.WEBAPP, 5), (Source.API, 15)]
    record_rows(engine, rows, *doors, lane=Lane.ONLINE)
    record_rows(engine, equipment_rows(200, seed=2), (Source.FILE, 200))
    of_api = pa.Table.from_batches([rows.slice(0, 10), rows.slice(15, 15)]).combine_chunks().to_batches()[0]
    by_door = {
        "api": expected(of_api),
        "webapp": expected(rows.slice(10, 5)),
        "file": expected(equipment_rows(200, seed=2)),
    }
    assert whole(engine) == by_door
    assert roll_up_profiles(engine) == 3
    assert whole(engine) == by_door
    record_rows(engine, equipment_rows(200, seed=2), (Source.FILE, 200))
    by_door["file"] = {slot: 2 * count for slot, count in by_door["file"].items()}
    assert whole(engine) == by_door
    roll_up_profiles(engine)
    assert whole(engine) == by_door
    assert profile_problems(engine) == []


def test_a_part_that_comes_again_is_profiled_once(engine: Engine) -> None:
    batch = uuid4()
    header = PartHeader(
        part_id=part_id(batch, 0),
        use_case=EQUIPMENT.name,
        schema_hash=EQUIPMENT.schema_hash,
        lane=Lane.BULK,
        segments=(
            Segment(batch_id=batch, received_at=to_milliseconds(datetime.now(UTC)), source=Source.FILE, rows=20),
        ),
    )
    rows, numbers = equipment_rows(20), np.arange(1, 21, dtype=np.int32)
    scores = made_up_scores(rows)
    profiles = PartCounter(EQUIPMENT, REFERENCE).count_doors([("file", 20)], rows, scores)
    for _ in range(3):
        record(engine, EQUIPMENT, header, table_rows(header, numbers, rows, scores, 1), 1, profiles)
        roll_up_profiles(engine)
    assert whole(engine) == {"file": expected(rows)}
    assert profile_problems(engine) == []


def test_nothing_is_lost_while_many_record_and_roll_up(engine: Engine) -> None:
    parts = [equipment_rows(5, seed=seed) for seed in range(40)]

    def work(rows: pa.RecordBatch) -> None:
        record_rows(engine, rows, (Source.MESSAGE, 5))
        roll_up_profiles(engine)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, parts))
    assert whole(engine) == {"message": expected(pa.Table.from_batches(parts).combine_chunks().to_batches()[0])}
    roll_up_profiles(engine)
    assert whole(engine) == {"message": expected(pa.Table.from_batches(parts).combine_chunks().to_batches()[0])}
    assert profile_problems(engine) == []


def test_a_version_without_a_profile_has_its_rows_counted(engine: Engine) -> None:
    rows = equipment_rows(7)
    batch = uuid4()
    header = PartHeader(
        part_id=part_id(batch, 0), use_case=EQUIPMENT.name, schema_hash=EQUIPMENT.schema_hash, lane=Lane.BULK,
        segments=(Segment(batch_id=batch, received_at=to_milliseconds(NOON), source=Source.FILE, rows=7),),
    )  # fmt: skip
    numbers = np.arange(1, 8, dtype=np.int32)
    record(engine, EQUIPMENT, header, table_rows(header, numbers, rows, made_up_scores(rows), 3), 3)
    for _ in range(2):
        (account,) = read_books(engine).profiles
        assert (account.model_version, account.predicted, account.profiled) == (3, 7, 7)
        roll_up_profiles(engine)


def test_the_audit_sees_a_profile_that_is_gone(engine: Engine) -> None:
    record_rows(engine, equipment_rows(9), (Source.FILE, 9))
    with engine.begin() as connection:
        connection.execute(text("delete from smartpredict.part_profiles"))
    (problem,) = profile_problems(engine)
    assert "9 predicted rows, its profiles count 0" in problem


def test_a_window_is_widened_to_whole_minutes_and_a_long_one_to_whole_hours(engine: Engine) -> None:
    history = History(engine, REFERENCE)
    now = datetime.now(UTC).replace(hour=12, minute=30, second=0, microsecond=0) - timedelta(days=1)
    for minutes in (-61, -31, -1, 0, 1, 29, 31):
        history.part(equipment_rows(10), now + timedelta(minutes=minutes, seconds=30))

    def rows(since: datetime, until: datetime) -> int:
        first = next(iter(window(engine, since, until).values()), {})
        return sum(count for slot, count in first.items() if slot <= 3)

    for _ in range(2):
        assert rows(now, now + timedelta(minutes=1)) == 10
        assert rows(now + timedelta(seconds=50), now + timedelta(minutes=1)) == 10
        assert rows(now - timedelta(minutes=2), now + timedelta(minutes=30)) == 40
        assert rows(now - timedelta(days=2), now) == 60
        roll_up_profiles(engine)


def test_a_batch_keeps_a_profile_of_its_own(engine: Engine) -> None:
    history, batch = History(engine, REFERENCE), uuid4()
    for seed in range(3):
        history.part(equipment_rows(50, seed=seed), NOON + timedelta(minutes=seed), source="file", batch_id=batch)
        roll_up_profiles(engine)
    with engine.connect() as connection:
        rows: Any = connection.execute(
            text("select batch_id, sum(rows), max(recorded_at) from smartpredict.batch_profiles group by 1")
        ).all()
    assert rows == [(batch, 150, NOON + timedelta(minutes=2))]


def test_what_is_published_twice_stands_once(engine: Engine) -> None:
    for _ in range(2):
        publish_reference(engine, published(EQUIPMENT, REFERENCE))
    with engine.connect() as connection:
        count = connection.scalar(text("select count(*) from smartpredict.profile_slots"))
    assert count == len(published(EQUIPMENT, REFERENCE).slots)
