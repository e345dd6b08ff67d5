"""Files on real servers: every row ends in one place, whatever happens on the way."""

from __future__ import annotations

import asyncio
import csv
import gzip
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingestion.files.ingest import ingest_file
from ingestion.files.orphans import orphans
from ingestion.files.outcomes import FileGone, FileIngested, FileKnown, FileRefused
from sql.ledger.batches import BatchState
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import csv_file, numbered_csv


async def test_good_rows_are_predicted_and_bad_rows_are_told_with_reasons(doors: Doors) -> None:
    outcome = await doors.take_in(numbered_csv(230, bad_every=50))
    assert isinstance(outcome, FileIngested)
    await doors.record_all()
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.predicted, ledger.quarantined, ledger.pending) == (230, 226, 4, 0)
    assert ledger.is_done
    assert doors.names("good_data") == {"equipment_failure/rows.csv"}
    with (doors.data / "bad_data/equipment_failure/rows.csv.bad_rows.csv").open(newline="") as file:
        bad = list(csv.DictReader(file))
    assert [(row["machine_id"], row["row_number"]) for row in bad] == [
        (f"M-{row}", str(row)) for row in (50, 100, 150, 200)
    ]
    assert "'X' is not one of L, M, H" in bad[0]["reasons"]
    assert doors.names("processing") == doors.names("incoming") == set()


async def test_predictions_carry_the_row_numbers_of_the_file(doors: Doors) -> None:
    outcome = await doors.take_in(numbered_csv(120, bad_every=7), "numbered.csv")
    await doors.record_all()
    with doors.ingestion.engine.connect() as connection:
        query = text(
            "select row_number, machine_id from predictions.equipment_failure where batch_id = :id order by id"
        )
        found = connection.execute(query, {"id": doors.ledger(outcome).batch_id}).all()
    assert [tuple(row) for row in found] == [(row, f"M-{row}") for row in range(1, 121) if row % 7]


async def test_the_same_file_again_changes_nothing(doors: Doors) -> None:
    first = await doors.take_in(numbered_csv(30), "twice.csv")
    await doors.record_all()
    before = doors.ledger(first)
    again = await doors.take_in(numbered_csv(30), "twice.csv")
    assert isinstance(again, FileKnown)
    assert await doors.record_all() == []
    assert doors.ledger(again) == before
    assert doors.names("good_data") == {
        "equipment_failure/twice.csv",
        f"equipment_failure/twice.{before.batch_id.hex[:8]}.csv",
    }


async def test_another_file_of_the_same_name_is_another_batch_and_both_are_kept(doors: Doors) -> None:
    await doors.take_in(numbered_csv(10), "same.csv")
    other = await doors.take_in(numbered_csv(11), "same.csv")
    assert isinstance(other, FileIngested)
    assert len(doors.names("good_data")) == 2


async def test_the_same_rows_under_another_name_are_another_batch(doors: Doors) -> None:
    first = await doors.take_in(numbered_csv(10), "one.csv")
    second = await doors.take_in(numbered_csv(10), "two.csv")
    assert doors.ledger(first).batch_id != doors.ledger(second).batch_id


@pytest.mark.parametrize("crash_after", [0, 1, 2, 3])
async def test_a_file_is_resumed_where_a_crash_left_it(doors: Doors, crash_after: int) -> None:
    content, name = numbered_csv(350, bad_every=9), f"crash-{crash_after}.csv"
    await doors.crash_after(crash_after, content, name)
    await doors.record_all(most=13)
    (left,) = orphans(doors.files.folders)
    outcome = await ingest_file(doors.files, left)
    assert isinstance(outcome, FileIngested)
    await doors.record_all()
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.predicted, ledger.quarantined) == (350, 312, 38)


async def test_a_crash_before_publishing_sends_the_planned_parts(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    async def power_cut(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr("broker.transport.publisher.ConfirmWindow.publish", power_cut)
    with pytest.raises(asyncio.CancelledError):
        await doors.take_in(numbered_csv(40), "cut.csv")
    monkeypatch.undo()
    assert await doors.record_all() == []
    (left,) = orphans(doors.files.folders)
    outcome = await ingest_file(doors.files, left)
    assert await doors.record_all() == [0, 1, 2, 3]
    assert doors.ledger(outcome).predicted == 40


async def test_the_ledger_balances_at_every_commit(doors: Doors) -> None:
    taking = asyncio.create_task(doors.take_in(numbered_csv(3_000, bad_every=11), "long.csv"))
    looks = 0
    query = text("select rows_in - quarantined - predicted - pending - dead_lettered from smartpredict.batch_ledger")
    while not taking.done():
        with doors.ingestion.engine.connect() as connection:
            assert set(connection.scalars(query)) <= {0}
        looks += 1
        await asyncio.sleep(0.005)
    assert isinstance(await taking, FileIngested)
    assert looks > 3


async def test_two_processes_that_read_the_same_file_write_it_down_once(doors: Doors, tmp_path: Path) -> None:
    copies = []
    for folder in ("a", "b"):
        path = tmp_path / folder / "shared.csv"
        path.parent.mkdir()
        path.write_bytes(numbered_csv(500, bad_every=13))
        copies.append(ingest_file(doors.files, path))
    outcomes = await asyncio.gather(*copies)
    await doors.record_all()
    ledger = doors.ledger(outcomes[0])
    assert (ledger.rows_in, ledger.predicted, ledger.quarantined) == (500, 462, 38)


async def test_a_file_that_gets_too_bad_is_refused_from_there_on(doors: Doors) -> None:
    outcome = await doors.take_in(csv_file(good=100, bad=400), "turning.csv")
    assert isinstance(outcome, FileRefused)
    await doors.record_all()
    ledger = doors.ledger(outcome)
    assert (ledger.state, ledger.rows_in, ledger.predicted, ledger.quarantined) == (BatchState.REFUSED, 500, 100, 400)
    assert "more than the share of 50%" in (ledger.problem or "")
    assert doors.names("bad_data") == {
        "equipment_failure/turning.csv",
        "equipment_failure/turning.csv.why.txt",
        "equipment_failure/turning.csv.bad_rows.csv",
    }


async def test_a_file_from_elsewhere_is_copied(doors: Doors, tmp_path: Path) -> None:
    original = tmp_path / "elsewhere.csv.gz"
    original.write_bytes(gzip.compress(csv_file(5)))
    outcome = await ingest_file(doors.files, original)
    assert isinstance(outcome, FileIngested)
    assert original.exists()
    assert doors.names("good_data") == {"equipment_failure/elsewhere.csv.gz"}


async def test_a_file_that_has_gone_is_no_fault(doors: Doors) -> None:
    assert await ingest_file(doors.files, doors.files.folders.incoming / "gone.csv") == FileGone()


async def test_lost_parts_come_back_with_the_same_file(doors: Doors) -> None:
    first = await doors.take_in(numbered_csv(45, bad_every=9), "lost.csv")
    await doors.record_all(most=2)
    await _purge(doors)
    assert doors.ledger(first).pending == 20
    again = await doors.take_in(numbered_csv(45, bad_every=9), "lost.csv")
    assert isinstance(again, FileKnown)
    assert await doors.record_all() == [2, 3]
    assert doors.ledger(first).predicted == 40


async def _purge(doors: Doors) -> None:
    """Lose what waits at the broker, as an operator may."""
    import aio_pika  # noqa: PLC0415

    from broker.topology import BULK  # noqa: PLC0415

    connection = await aio_pika.connect(doors.broker_url)
    async with connection:
        channel = await connection.channel()
        await (await channel.get_queue(BULK)).purge()
