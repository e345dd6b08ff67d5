"""A stack of an earlier version, with data in it and messages on their way, is brought up by this one; `make test-upgrade` runs this."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

import pika
import pytest
from sqlalchemy import create_engine, text

from broker.ids import batch_id_of_message
from broker.topology import BULK, INBOX
from tests.support.command import smartpredict
from tests.support.orchestration.dropped_files import good_file, half_bad_file, large_file
from tests.support.pipeline import EQUIPMENT, equipment_rows
from tests.support.running_stack import RunningStack, audit, remember_ports
from tests.support.servers import server_folder
from tests.support.session.figures import show
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(900)

QUEUED = 30_000
"""Rows of a file that the earlier version takes in and no worker of it predicts."""

WAITING_ID = f"waiting-{uuid4()}"
"""A message that the earlier version's ingestion never sees."""


@dataclass(frozen=True)
class Before:
    """The earlier version, at the same home."""

    checkout: Path
    home: Path

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run its `smartpredict`, and return what became of it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
        return subprocess.run(
            [self.checkout / ".venv" / "bin" / "smartpredict", *arguments],
            cwd=self.checkout,
            env=inherited | {"SMARTPREDICT_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )

    def succeeds(self, *arguments: str) -> str:
        done = self.command(*arguments)
        assert done.returncode == 0, f"before: smartpredict {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    @cached_property
    def settings(self) -> dict[str, str]:
        lines = self.succeeds("env").splitlines()
        return {
            name: value.strip("'") for name, value in (line.removeprefix("export ").split("=", 1) for line in lines)
        }

    def count(self, statement: str) -> int:
        """Ask the database for a number."""
        engine = create_engine(
            self.settings["SMARTPREDICT_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:")
        )
        with engine.connect() as connection:
            found = int(connection.execute(text(statement)).scalar_one())
        engine.dispose()
        return found

    def drop(self, name: str, content: bytes) -> None:
        incoming = Path(self.settings["SMARTPREDICT_DATA"]) / "incoming" / EQUIPMENT.name
        incoming.mkdir(parents=True, exist_ok=True)
        (incoming / f"{name}.tmp").write_bytes(content)
        (incoming / f"{name}.tmp").rename(incoming / name)


@dataclass(frozen=True)
class Upgraded:
    """The stack as this version has brought it up, and what the earlier one had done."""

    stack: RunningStack
    before: Before
    rows: int
    """Predictions that were stored."""
    bad: int
    """Rows in quarantine."""
    known: bytes
    """A file that was predicted, under the name `known.csv`."""


@pytest.fixture(scope="module")
def upgraded(_nothing_survives: None) -> Iterator[Upgraded]:
    checkout = os.environ.get("SMARTPREDICT_TEST_BEFORE")
    assert checkout is not None, "this test runs by: make test-upgrade"
    with server_folder() as folder:
        home = folder / "home"
        remember_ports(home)
        before, stack = Before(Path(checkout), home), RunningStack(home)
        known = good_file(400, seed=61)
        try:
            fill(before, folder, known)
            rows = before.count("select count(*) from predictions.equipment_failure")
            bad = before.count("select count(*) from smartpredict.quarantine")
            leave_on_the_way(before)
            before.succeeds("down")
            began = time.monotonic()
            stack.command("up", "--workers", "1", "--without", "airflow")
            show(f"the stack of before brought up by this version: {time.monotonic() - began:.0f} s")
            yield Upgraded(stack, before, rows, bad, known)
        finally:
            stopped = smartpredict("down", "--delete-data", home=home)
            assert stopped.returncode == 0, stopped.stderr


def fill(before: Before, folder: Path, known: bytes) -> None:
    """Train, and send rows through every door of the earlier version."""
    before.succeeds("up", "--without", "airflow")
    before.succeeds("train", EQUIPMENT.name)
    before.succeeds("demo", "--rows", "2000")
    for name, content in (("known.csv", known), ("half-bad.csv", half_bad_file(300, seed=62))):
        (folder / name).write_bytes(content)
        before.succeeds("drop", str(folder / name))


def leave_on_the_way(before: Before) -> None:
    """Leave parts that no worker has seen, and a message that ingestion has not."""
    before.succeeds("up", "--workers", "0", "--without", "airflow")
    before.drop("queued.csv", large_file(QUEUED, seed=63))
    planned = "select coalesce(sum(rows), 0) from smartpredict.parts where recorded_at is null"
    eventually(lambda: before.count(planned) == QUEUED, 60)
    with pika.BlockingConnection(pika.URLParameters(before.settings["SMARTPREDICT_BROKER_URL"])) as connection:
        look = connection.channel()
        eventually(lambda: look.queue_declare(BULK, passive=True).method.message_count == QUEUED // 10_000, 60)
    before.succeeds("up", "--workers", "0", "--without", "airflow", "--without", "ingestion")
    with pika.BlockingConnection(pika.URLParameters(before.settings["SMARTPREDICT_UPSTREAM_URL"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        body = json.dumps(equipment_rows(5, seed=64).to_pylist()).encode()
        properties = pika.BasicProperties(message_id=WAITING_ID, content_type="application/json", delivery_mode=2)
        channel.basic_publish(INBOX, EQUIPMENT.name, body, properties, mandatory=True)


def test_what_was_on_its_way_is_predicted_once(upgraded: Upgraded) -> None:
    stack = upgraded.stack
    with stack.engine.connect() as connection:
        found = connection.execute(text("select id from smartpredict.batches where name = 'queued.csv'")).scalar_one()
    batch = UUID(str(found))
    stack.wait_done(batch)
    assert stack.stored_rows(batch) == (QUEUED, QUEUED)
    waiting = batch_id_of_message(EQUIPMENT.name, WAITING_ID)
    stack.wait_done(waiting)
    assert stack.stored_rows(waiting) == (5, 5)


def test_what_was_there_is_there(upgraded: Upgraded) -> None:
    with upgraded.stack.engine.connect() as connection:
        rows = connection.execute(text("select count(*) from predictions.equipment_failure")).scalar_one()
        bad = connection.execute(text("select count(*) from smartpredict.quarantine")).scalar_one()
    assert (rows, bad) == (upgraded.rows + QUEUED + 5, upgraded.bad)
    with upgraded.stack.api() as api:
        found = api.get("/quarantine/summary").raise_for_status().json()
        shown = api.get(f"/past-predictions?use_case={EQUIPMENT.name}&limit=5").raise_for_status().json()
    assert found
    assert len(shown["predictions"]) == 5


def test_the_same_file_again_counts_once(upgraded: Upgraded) -> None:
    batch = upgraded.stack.drop(upgraded.known, "known.csv")
    upgraded.stack.wait_done(batch)
    assert upgraded.stack.stored_rows(batch) == (400, 400)


def test_the_model_of_before_is_served_and_may_be_gone_back_to(upgraded: Upgraded) -> None:
    stack = upgraded.stack
    rows = equipment_rows(50, seed=65).to_pylist()
    with stack.api() as api:
        old = api.post("/predict", json=rows).raise_for_status().json()
    stack.command("train", EQUIPMENT.name)
    stack.command("models", "rollback", EQUIPMENT.name)

    def is_served() -> bool:
        with stack.api() as api:
            again = api.post("/predict", json=rows).raise_for_status().json()
        return [one["score"] for one in again["predictions"]] == [one["score"] for one in old["predictions"]]

    eventually(is_served, 60)


def test_the_ledger_balances(upgraded: Upgraded) -> None:
    assert audit(upgraded.stack)["balanced"] is True


def test_the_version_before_refuses_what_this_one_made_and_harms_nothing(upgraded: Upgraded) -> None:
    upgraded.stack.command("down")
    refused = upgraded.before.command("up", "--without", "airflow")
    assert refused.returncode != 0, refused.stdout
    upgraded.before.command("down")
    upgraded.stack.command("up", "--without", "airflow")
    upgraded.stack.wait_whole(60)
    assert audit(upgraded.stack)["balanced"] is True
