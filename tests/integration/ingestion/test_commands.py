"""What a person does with bad rows and with the audit, on the command line."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from broker.topology import BULK
from cli.errors import UserError
from cli.rows import dead_letters as dead_letters_commands
from cli.rows import drop as drop_commands
from cli.rows import quarantine as quarantine_commands
from cli.upkeep import audit as audit_commands
from ingestion.app import ingest_now
from ingestion.files.outcomes import FileIngested
from ingestion.settings import IngestionSettings
from sql.ledger.batch_ledger import find_batch
from tests.support.ingestion.readings import BAD_LINE, GOOD_LINE, HEADER, csv_file, numbered_csv
from tests.support.ingestion.recording_worker import record_waiting_parts
from tests.support.pipeline import start_service


@pytest.fixture(autouse=True)
def _environment(settings: IngestionSettings, monkeypatch: pytest.MonkeyPatch, rabbit_server: Any) -> None:
    monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("SMARTPREDICT_BROKER_URL", settings.broker_url.get_secret_value())
    monkeypatch.setenv("SMARTPREDICT_BROKER_MANAGEMENT_URL", rabbit_server.management_url)
    monkeypatch.setenv("SMARTPREDICT_DATA", str(settings.data))
    monkeypatch.setattr("orchestration.ledger_audit.RECHECK_SECONDS", 0.6)
    # A command sets up logging for its process, which here is that of all tests.
    monkeypatch.setattr("broker.service.logs.configure_logging", lambda *_: None)


@pytest.fixture
def balanced_at_the_end(engine: Engine, broker_url: str) -> Iterator[None]:
    yield
    asyncio.run(record_waiting_parts(engine, broker_url))
    assert json.loads(run("audit", "--json").stdout)["problems"] == []


def run(*arguments: str) -> Result:
    """Run a command that is to succeed."""
    done = attempt(*arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def attempt(*arguments: str) -> Result:
    app = typer.Typer()
    for module in (audit_commands, dead_letters_commands, drop_commands, quarantine_commands):
        module.add_commands(app)
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def take_in(settings: IngestionSettings, folder: Path, content: bytes, name: str = "rows.csv") -> UUID:
    path = folder / name
    path.write_bytes(content)
    outcome = ingest_now(settings, path)
    assert isinstance(outcome, FileIngested)
    return outcome.batch.batch_id


@pytest.mark.usefixtures("balanced_at_the_end")
def test_repaired_rows_are_predicted_as_a_batch_that_tells_where_they_came_from(
    settings: IngestionSettings, tmp_path: Path, engine: Engine
) -> None:
    batch = take_in(settings, tmp_path, (HEADER + GOOD_LINE * 3 + BAD_LINE * 2 + "M-1,L\n").encode())
    exported = tmp_path / "exported.csv"
    assert "3 rows written" in run("quarantine", "export", "--batch", str(batch), "--output", str(exported)).output
    with exported.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row_number"] for row in rows] == ["4", "5", "6"]
    assert rows[2]["raw"] == "M-1,L"
    rows[0]["product_quality"] = "L"
    rows[2].update(dict(zip(HEADER.strip().split(","), GOOD_LINE.strip().split(","), strict=True)))
    with exported.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    output = run("quarantine", "replay", "--batch", str(batch), "--file", str(exported)).output
    assert "3 rows sent again" in output
    assert "2 good, 1 still bad" in output
    listed = json.loads(run("quarantine", "list", "--batch", str(batch), "--all", "--json").stdout)
    (replay,) = {entry["replayed_as"] for entry in listed}
    ledger = find_batch(engine, UUID(replay))
    assert ledger is not None
    assert (ledger.name, ledger.rows_in, ledger.planned, ledger.quarantined) == ("replay of rows.csv", 3, 2, 1)
    again = run("quarantine", "replay", "--batch", str(batch), "--file", str(exported)).output
    assert replay in again, "the same rows again are the same batch"


@pytest.mark.usefixtures("balanced_at_the_end")
def test_rows_are_sent_again_as_they_are(settings: IngestionSettings, tmp_path: Path) -> None:
    batch = take_in(settings, tmp_path, csv_file(5, 2) + b"M-1,L\n", "again.csv")
    output = run("quarantine", "replay", "--batch", str(batch)).output
    assert "0 good, 2 still bad" in output
    assert "1 rows fit no columns and stay" in output
    with pytest.raises(UserError, match="no such row"):
        run("quarantine", "replay", "--batch", str(batch), "--rule", "maximum")


@pytest.mark.usefixtures("balanced_at_the_end")
def test_bad_rows_are_listed_with_how_often_each_rule_was_broken(settings: IngestionSettings, tmp_path: Path) -> None:
    batch = take_in(settings, tmp_path, csv_file(30, 7), "listed.csv")
    output = run("quarantine", "list", "--batch", str(batch), "--limit", "3").output
    assert "allowed_values" in output
    assert output.count("product_quality: 'X' is not one of L, M, H") == 3
    assert "No bad rows" in run("quarantine", "list", "--batch", str(batch), "--column", "torque_nm").output


def test_wrong_wishes_are_answered_with_what_to_do() -> None:
    for arguments, says in (
        (("quarantine", "export"), "--batch ID"),
        (("quarantine", "list", "--batch", "seven"), "is no id of a batch"),
        (("quarantine", "replay"), "--batch ID"),
        (("quarantine", "discard", "--reason", "sums"), "--batch ID"),
        (("quarantine", "discard", "--reason", " "), "--reason TEXT"),
        (("dead-letters", "replay"), "--all"),
        (("dead-letters", "show", "12345"), "no dead letter 12345"),
        (("dead-letters", "replay", "12345"), "no dead letter 12345"),
        (("drop", "/nowhere.csv"), "is no file"),
        (("drop", __file__, "--use-case", "nobody"), "known are"),
    ):
        with pytest.raises(UserError, match=says):
            run(*arguments)


def test_the_audit_passes_while_rows_are_on_their_way(
    settings: IngestionSettings, tmp_path: Path, engine: Engine, broker_url: str
) -> None:
    take_in(settings, tmp_path, numbered_csv(60, bad_every=10), "on-its-way.csv")
    verdict = json.loads(run("audit", "--json", "--min-age", "0").stdout)
    assert (verdict["balanced"], verdict["pending_parts"], verdict["lost_parts"]) == (True, 6, 0)
    asyncio.run(record_waiting_parts(engine, broker_url))
    output = run("audit").output
    assert "In balance." in output


def test_the_audit_finds_a_lost_part(
    settings: IngestionSettings, tmp_path: Path, engine: Engine, broker_url: str
) -> None:
    content = numbered_csv(35)
    batch = take_in(settings, tmp_path, content, "lost.csv")
    asyncio.run(record_waiting_parts(engine, broker_url, most=1))
    asyncio.run(purge(broker_url))
    done = attempt("audit", "--min-age", "0")
    assert done.exit_code == 1
    assert "3 parts are lost" in done.output
    assert str(batch) in done.output
    path = tmp_path / "lost.csv"
    path.write_bytes(content)
    ingest_now(settings, path)
    asyncio.run(record_waiting_parts(engine, broker_url))
    run("audit", "--min-age", "0")


@pytest.mark.parametrize(
    ("harm", "mend", "says"),
    [
        (
            "delete from predictions.equipment_failure where batch_id = :id and row_number = 3",
            "update smartpredict.parts set rows = 9 where batch_id = :id and part_number = 0",
            "its parts say 20 predicted rows, the table holds 19",
        ),
        (
            "delete from smartpredict.quarantine where batch_id = :id",
            "update smartpredict.batches set rows_quarantined = 0, rows_in = 20 where id = :id",
            "the batch counts 2 bad rows, the quarantine holds 0",
        ),
        (
            "update smartpredict.batches set rows_in = rows_in + 1 where id = :id",
            "update smartpredict.batches set rows_in = rows_in - 1 where id = :id",
            "23 rows came in, 22 are accounted for",
        ),
        (
            "update smartpredict.batches set first_id = last_id where id = :id",
            "update smartpredict.batches set first_id = '00000000-0000-0000-0000-000000000000' where id = :id",
            "predictions have ids outside of the batch's range",
        ),
        (
            "delete from smartpredict.batches where id = :id",
            None,
            "20 rows were predicted for batches that nobody announced",
        ),
    ],
    ids=["a prediction is gone", "a bad row is gone", "a row too many came in", "ids of others", "the batch is gone"],
)
def test_the_audit_finds_what_somebody_changed_by_hand(
    settings: IngestionSettings, tmp_path: Path, engine: Engine, broker_url: str, harm: str, mend: str | None, says: str
) -> None:
    batch = take_in(settings, tmp_path, numbered_csv(22, bad_every=11), f"{abs(hash(says))}.csv")
    asyncio.run(record_waiting_parts(engine, broker_url))
    run("audit")
    execute(engine, harm, batch)
    done = attempt("audit")
    assert done.exit_code == 1
    assert says in " ".join(done.output.split())
    if mend is None:
        for table in (
            "predictions.equipment_failure",
            "smartpredict.parts",
            "smartpredict.quarantine",
            "smartpredict.part_profiles",
        ):
            execute(engine, f"delete from {table} where batch_id = :id", batch)  # noqa: S608  # names from above
    else:
        execute(engine, mend, batch)
        if "parts" in mend:
            execute(engine, "update smartpredict.batches set rows_in = rows_in - 1 where id = :id", batch)
            first = "select min(id) from smartpredict.part_profiles where batch_id = :id"
            execute(engine, f"update smartpredict.part_profiles set rows = rows - 1 where id = ({first})", batch)  # noqa: S608  # from above
    run("audit")


def test_a_dropped_file_is_followed_until_its_rows_are_predicted(
    settings: IngestionSettings, tmp_path: Path, engine: Engine, broker_url: str
) -> None:
    environment = {
        "SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_DATA": str(settings.data),
    }
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.1):
            asyncio.run(record_waiting_parts(engine, broker_url))

    worker = threading.Thread(target=work)
    file = tmp_path / "dropped.csv"
    file.write_bytes(numbered_csv(50, bad_every=10))
    with start_service("ingestion", tmp_path, environment) as service:
        service.wait_ready()
        worker.start()
        try:
            output = run("drop", str(file)).output
            again = run("drop", str(file)).output
            file.write_bytes(b"")
            refused = attempt("drop", str(file))
        finally:
            done.set()
            worker.join()
    assert "rows in 50 = predicted 45 + quarantined 5 + dead-lettered 0 + pending 0" in output
    assert "allowed_values" in output
    assert "the same file came before" in again
    assert refused.exit_code == 1
    assert "Refused: the file is empty" in refused.output


def execute(engine: Engine, statement: str, batch: UUID) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), {"id": batch})


async def purge(broker_url: str) -> None:
    """Lose what waits at the broker, as an operator may."""
    import aio_pika  # noqa: PLC0415

    connection = await aio_pika.connect(broker_url)
    async with connection:
        channel = await connection.channel()
        await (await channel.get_queue(BULK)).purge()
