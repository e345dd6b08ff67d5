"""Files that fail for a reason nobody foresaw: no row of theirs is forgotten, whatever becomes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from broker.transport.publisher import Outgoing
from ingestion.files import ingest as files
from ingestion.files.ingest import give_up, ingest_file
from ingestion.files.outcomes import FileFailedError, FileIngested, FileKnown, FileRefused, PutAside
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import numbered_csv
from tests.support.pipeline import EQUIPMENT
from usecases.checking.row_model import example_row

CONTENT = numbered_csv(250)
"""Three chunks, of ten parts of ten rows each."""


async def fail_to_take_in(doors: Doors, path: Path) -> FileFailedError:
    with pytest.raises(FileFailedError, match="nobody foresaw this") as caught:
        await ingest_file(doors.files, path)
    return caught.value


@pytest.fixture
def unsendable(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One part, the third, cannot be sent until it is undone; those after it could be."""
    publish = doors.publisher.publish_until_confirmed

    async def fail(message: Outgoing) -> None:
        if message.headers["part_number"] == "2":
            raise ArithmeticError("nobody foresaw this")
        await publish(message)

    monkeypatch.setattr(doors.publisher, "publish_until_confirmed", fail)
    return monkeypatch


async def test_a_part_that_could_not_be_sent_is_sent_by_the_next_try(
    doors: Doors, unsendable: pytest.MonkeyPatch
) -> None:
    failed = await fail_to_take_in(doors, doors.arrive(CONTENT, "unsent.csv"))
    unsendable.undo()
    outcome = await ingest_file(doors.files, failed.path)
    assert isinstance(outcome, FileIngested)
    await doors.record_all()
    assert (doors.ledger(outcome).predicted, doors.ledger(outcome).pending) == (250, 0)


async def test_a_file_that_is_given_up_is_completed_by_the_same_file(
    doors: Doors, unsendable: pytest.MonkeyPatch
) -> None:
    failed = await fail_to_take_in(doors, doors.arrive(CONTENT, "given-up.csv"))
    outcome = await give_up(doors.files, failed)
    assert isinstance(outcome, FileRefused)
    await doors.record_all()
    given_up = doors.ledger(outcome)
    assert given_up.is_balanced
    assert given_up.pending >= 10, "what was not sent is pending, and the audit tells of it"
    unsendable.undo()
    assert isinstance(await doors.take_in(CONTENT, "given-up.csv"), FileKnown)
    await doors.record_all()
    completed = doors.ledger(outcome)
    assert completed.predicted == given_up.rows_in
    assert completed.quarantined == 250 - given_up.rows_in
    assert completed.is_done


async def test_a_file_that_was_read_to_its_end_is_not_refused_for_failing_on_its_way_out(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("nobody foresaw this")

    with monkeypatch.context() as patched:
        patched.setattr(files, "put_away", fail)
        failed = await fail_to_take_in(doors, doors.arrive(CONTENT, "read.csv"))
    assert isinstance(await give_up(doors.files, failed), FileIngested)
    assert doors.names("good_data") == {"equipment_failure/read.csv"}


async def test_a_file_that_cannot_even_be_refused_ends_in_a_place_all_the_same(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("nobody foresaw this")

    monkeypatch.setattr(files, "put_away", fail)
    failed = await fail_to_take_in(doors, doors.arrive(CONTENT, "unrefusable.csv"))
    assert isinstance(await give_up(doors.files, failed), PutAside)
    assert not failed.path.exists()
    left = {name for name in doors.names("bad_data") if "unrefusable" in name}
    assert left == {"equipment_failure/unrefusable.csv", "equipment_failure/unrefusable.csv.why.txt"}


async def test_half_of_a_surrogate_pair_is_a_bad_row_like_others(doors: Doors) -> None:
    machines = [*(f"M-{number}" for number in range(20)), "\ud83d"]
    rows = [json.dumps({**example_row(EQUIPMENT), "machine_id": machine}) for machine in machines]
    outcome = await doors.take_in("\n".join(rows).encode(), "half-a-pair.jsonl")
    assert isinstance(outcome, FileIngested)
    await doors.record_all()
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.predicted, ledger.quarantined) == (21, 20, 1)
    kept = (doors.data / "bad_data" / "equipment_failure" / "half-a-pair.jsonl.bad_rows.csv").read_text()
    assert "\\ud83d" in kept, "as the row came, for no file holds it otherwise"
