"""A door is one file: it says what came, and ingestion does the rest."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select

from broker.messages import Source
from ingestion.batches.ingest import BatchIngestor, IngestedBatch
from ingestion.batches.plan import IncomingRows
from sql.base.tables import quarantine
from sql.ledger.batch_ledger import find_batch
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import reading

MACHINES = "equipment_failure"


def read_line(line: str) -> dict[str, float | str]:
    """Read `machine_id=M-1 torque_nm=40.0 ...`, as a gauge of long ago prints it."""
    pairs = dict(pair.split("=", 1) for pair in line.split())
    return {name: float(text) if text.replace(".", "").isdigit() else text for name, text in pairs.items()}


async def take_printout(ingestor: BatchIngestor, name: str, printout: str) -> IngestedBatch:
    """Take in what a gauge has printed."""
    return await ingestor.ingest(
        IncomingRows(
            use_case=MACHINES,
            batch_id=uuid5(NAMESPACE_URL, f"printout:{name}"),
            source=Source.FILE,
            name=f"printout {name}",
            rows=[read_line(line) for line in printout.splitlines()],
        )
    )


def printed(**values: object) -> str:
    return " ".join(f"{name}={value}" for name, value in reading(**values).items())


def quarantined(doors: Doors, batch_id: UUID) -> list[int]:
    with doors.ingestion.engine.connect() as connection:
        return list(connection.scalars(select(quarantine.c.row_number).where(quarantine.c.batch_id == batch_id)))


async def test_rows_of_a_new_door_are_predicted_and_known_by_where_they_came_from(doors: Doors) -> None:
    printout = "\n".join(printed(machine_id=f"M-{row}") for row in range(25))
    done = await take_printout(doors.ingestion.batches, "tuesday", printout)
    assert (done.rows, done.bad, done.problem, done.came_before) == (25, 0, None, False)
    assert await doors.record_all() == [0, 1, 2]
    ledger = find_batch(doors.ingestion.engine, done.batch.id)
    assert ledger is not None
    assert (ledger.predicted, ledger.is_done, ledger.name, ledger.source) == (25, True, "printout tuesday", "file")


async def test_bad_rows_of_a_new_door_are_kept_and_the_same_again_counts_once(doors: Doors) -> None:
    printout = "\n".join([printed(), printed(), printed(torque_nm=455), printed()])
    first = await take_printout(doors.ingestion.batches, "wednesday", printout)
    assert (first.rows, first.bad) == (4, 1)
    assert quarantined(doors, first.batch.id) == [3]
    await doors.record_all()
    again = await take_printout(doors.ingestion.batches, "wednesday", printout)
    assert (again.came_before, again.rows, again.bad) == (True, 4, 1)
    assert await doors.record_all() == []


async def test_too_many_bad_rows_of_a_new_door_are_refused_as_those_of_a_file(doors: Doors) -> None:
    printout = "\n".join([printed(torque_nm=455)] * 9 + [printed()])
    done = await take_printout(doors.ingestion.batches, "thursday", printout)
    assert "9 of the first 10 rows are bad" in (done.problem or "")
    ledger = find_batch(doors.ingestion.engine, done.batch.id)
    assert ledger is not None
    assert (ledger.state, ledger.problem, ledger.quarantined) == ("refused", done.problem, 10)
    assert await doors.record_all() == []
