"""Observations of a forecast come in by the doors of every row, and are stored where other rows are predicted."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
import pandas as pd
import pytest
from sqlalchemy import delete, update

from broker.envelopes.foreign import ForeignMessage
from broker.ids import batch_id_of_message
from ingestion.files.ingest import ingest_file
from ingestion.files.orphans import orphans
from ingestion.files.outcomes import FileIngested, FileRefused
from ingestion.messages.ingest import MessageIngestor
from ingestion.quarantine.replay import replay_rows
from sql.base.tables import batches
from sql.ledger.audit import read_books
from sql.ledger.batch_ledger import BatchLedger, find_batch
from sql.observations.reading import observations_as_known
from sql.observations.tables import observation_table
from tests.integration.ingestion.conftest import Doors
from tests.support.usecases.forecast import versions
from usecases.contract.spec import UseCase


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def readings(doors: Doors, use_case: UseCase) -> list[float]:
    return [float(value) for value in observations_as_known(doors.ingestion.engine, use_case).readings]


async def send(doors: Doors, use_case: UseCase, rows: Any, message_id: str | None = None) -> BatchLedger:
    own_id = message_id or str(uuid4())
    message = ForeignMessage(orjson.dumps(rows), use_case.name, own_id, "application/json", {}, None, None)
    await MessageIngestor(doors.ingestion.batches).ingest([message])
    found = find_batch(doors.ingestion.engine, batch_id_of_message(use_case.name, own_id))
    assert found is not None
    return found


def reading(
    hour: int, level: float | str | None, published: int | None = None, harbour: str = "inner"
) -> dict[str, Any]:
    told = {"hour": f"2026-03-01T{hour:02}:00:00Z", "harbour": harbour, "level": level}
    return told if published is None else told | {"published": f"2026-03-01T{published:02}:00:00Z"}


def counted(ledger: BatchLedger) -> tuple[int, int, int, int]:
    assert ledger.is_done
    assert ledger.is_balanced
    return ledger.rows_in, ledger.observed, ledger.quarantined, ledger.planned


async def test_a_file_is_stored_and_bad_rows_are_told_with_reasons(doors: Doors, tide: UseCase) -> None:
    frame = versions(300).astype({"hour": str, "published": str, "level": object})
    frame.loc[7, "level"], frame.loc[120, "harbour"], frame.loc[121, "hour"] = "high", "third", "yesterday"
    outcome = await doors.take_in(as_csv(frame), "tide.csv", tide.name)
    assert isinstance(outcome, FileIngested)
    assert counted(doors.ledger(outcome)) == (len(frame), len(frame) - 3, 3, 0)
    assert len(readings(doors, tide)) == len(frame) - 3
    bad = doors.data / f"bad_data/{tide.name}/tide.csv.bad_rows.csv"
    with bad.open(newline="") as file:
        told = {row["row_number"]: row["reasons"] for row in csv.DictReader(file)}
    assert told.keys() == {"8", "121", "122"}
    assert "level: 'high' is no number" in told["8"]
    assert "harbour: 'third' is not one of inner, outer" in told["121"]
    assert "hour: 'yesterday' is no time written like 2026-12-31 16:30" in told["122"]


async def test_what_came_before_by_another_door_is_stored_once(doors: Doors, tide: UseCase) -> None:
    rows = [reading(hour, hour / 2) for hour in range(5)]
    assert counted(await send(doors, tide, rows, "first")) == (5, 5, 0, 0)
    assert counted(await send(doors, tide, rows, "first")) == (5, 5, 0, 0)
    outcome = await doors.take_in(as_csv(pd.DataFrame(rows)), "again.csv", tide.name)
    assert counted(doors.ledger(outcome)) == (5, 5, 0, 0)
    assert readings(doors, tide) == [0.0, 0.5, 1.0, 1.5, 2.0]


async def test_a_correction_is_kept_beside_what_it_corrects_and_a_contradiction_is_quarantined(
    doors: Doors, tide: UseCase
) -> None:
    await send(doors, tide, reading(3, 1.5))
    ledger = await send(doors, tide, [reading(3, 1.75, published=9), reading(3, 1.6), reading(4, 2.0)])
    assert counted(ledger) == (3, 2, 1, 0)
    assert readings(doors, tide) == [1.5, 1.75, 2.0]
    engine = doors.ingestion.engine
    repaired = {2: reading(3, 1.6, published=11)}
    done = await replay_rows(engine, doors.publisher, doors.catalog, ledger.batch_id, repaired)
    assert counted(done.batch) == (1, 1, 0, 0)
    assert readings(doors, tide) == [1.5, 1.75, 1.6, 2.0]


async def test_a_file_with_too_many_bad_rows_stores_no_more(doors: Doors, tide: UseCase) -> None:
    rows = [reading(hour % 24, "high" if hour > 23 else 1.0, published=hour % 24) for hour in range(90)]
    outcome = await doors.take_in(as_csv(pd.DataFrame(rows)), "bad.csv", tide.name)
    assert isinstance(outcome, FileRefused)
    assert readings(doors, tide) == []


async def test_a_file_of_rows_that_a_model_would_take_is_refused_with_the_columns(doors: Doors, tide: UseCase) -> None:
    outcome = await doors.take_in(b"harbour,horizon,lag_1\ninner,1,2.5\n", "rows.csv", tide.name)
    assert isinstance(outcome, FileRefused)
    assert "missing column 'hour'" in str(outcome.batch.problem)


@pytest.mark.parametrize("crash_after", [0, 1, 2])
async def test_a_file_is_resumed_where_a_crash_left_it(doors: Doors, tide: UseCase, crash_after: int) -> None:
    frame = versions(150)
    assert len(frame) > 250
    await doors.crash_after(crash_after, as_csv(frame), "crash.csv", tide.name)
    (left,) = orphans(doors.files.folders)
    outcome = await ingest_file(doors.files, left)
    assert counted(doors.ledger(outcome)) == (len(frame), len(frame), 0, 0)
    assert len(readings(doors, tide)) == len(frame)


async def test_messages_that_arrive_together_each_keep_their_account(doors: Doors, tide: UseCase) -> None:
    ids = [str(uuid4()) for _ in range(20)]
    lot = [_message(tide, own_id, [reading(hour, 1.0)]) for hour, own_id in enumerate(ids)]
    lot += [_message(tide, str(uuid4()), [reading(1, 1.0), reading(2, 3.0)])]
    await MessageIngestor(doors.ingestion.batches).ingest(lot)
    found = [find_batch(doors.ingestion.engine, batch_id_of_message(tide.name, own_id)) for own_id in ids]
    # Which of two that contradict each other comes first is for nobody to say.
    assert sum(ledger.quarantined for ledger in found if ledger) <= 1
    assert len(readings(doors, tide)) == 20


def _message(use_case: UseCase, message_id: str, rows: Sequence[Any]) -> ForeignMessage:
    return ForeignMessage(orjson.dumps(rows), use_case.name, message_id, "application/json", {}, None, None)


async def test_the_audit_tells_of_observations_that_somebody_removed(doors: Doors, tide: UseCase) -> None:
    await send(doors, tide, [reading(1, 1.0), reading(2, 2.0)], "audited")
    engine = doors.ingestion.engine
    assert not list(read_books(engine).problems())
    with engine.begin() as connection:
        table = observation_table(tide)
        connection.execute(delete(table).where(table.c.level == 2))
    (problem,) = read_books(engine).problems()
    assert "the batch counts 2 new observations, the table holds 1" in problem
    with engine.begin() as connection:
        kept = update(batches).where(batches.c.id == batch_id_of_message(tide.name, "audited"))
        connection.execute(kept.values(rows_repeated=1))  # so that what follows finds the books in balance
