"""The whole product, started as a person starts it, and what tests do to it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pika
import psutil
from pika.exceptions import AMQPError, ChannelClosedByBroker
from sqlalchemy import Engine, func, select, text

from broker.ids import batch_id_of_file
from broker.topology import BULK, INBOX, ONLINE
from local_stack.machine.folders import Folders
from local_stack.processes.supervisor import Supervisor
from local_stack.stack import Stack
from local_stack.state import State
from sql.base.engine import connect_engine
from sql.ledger.batch_ledger import BatchLedger, find_batch
from sql.predictions.tables import prediction_table
from tests.support.command import smartpredict
from tests.support.pipeline import EQUIPMENT
from tests.support.servers import server_folder
from tests.support.waiting import eventually

TABLE = prediction_table(EQUIPMENT)

WORK_QUEUES = (INBOX, BULK, ONLINE)


@dataclass(frozen=True)
class RunningStack:
    """A started stack with a trained default model."""

    home: Path

    @cached_property
    def stack(self) -> Stack:
        return Stack.remembered(self.folders)

    @cached_property
    def folders(self) -> Folders:
        return Folders(self.home)

    @cached_property
    def settings(self) -> dict[str, str]:
        return self.stack.owner_settings()

    @cached_property
    def engine(self) -> Engine:
        return connect_engine(self.settings["SMARTPREDICT_DATABASE_URL"], "test")

    def command(self, *arguments: str) -> str:
        """Run a `smartpredict` command that has to succeed."""
        done = smartpredict(*arguments, home=self.home)
        assert done.returncode == 0, f"smartpredict {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def api(self, role: str = "api") -> httpx.Client:
        """Return a client of the gateway with the key of a role."""
        key = self.stack.api_key(role)
        return httpx.Client(
            base_url=self.settings["SMARTPREDICT_GATEWAY_URL"], headers={"Authorization": f"Bearer {key}"}, timeout=30
        )

    def drop(self, content: bytes, name: str, use_case: str = EQUIPMENT.name) -> UUID:
        """Drop a file as a well-behaved producer does and give the id of its batch."""
        incoming = Path(self.settings["SMARTPREDICT_DATA"]) / "incoming" / use_case
        incoming.mkdir(parents=True, exist_ok=True)
        partial = incoming / f"{name}.tmp"
        partial.write_bytes(content)
        partial.rename(incoming / name)
        return batch_id_of_file(use_case, hashlib.sha256(content).hexdigest(), name)

    def predicted(self, batch_id: UUID) -> int:
        """Count the rows of a batch that are committed so far."""
        with self.engine.connect() as connection:
            query = text(
                "select coalesce(sum(rows), 0) from smartpredict.parts where batch_id = :id and recorded_at is not null"
            )
            return int(connection.execute(query, {"id": batch_id}).scalar_one())

    def wait_done(self, batch_id: UUID, seconds: float = 90) -> BatchLedger:
        """Wait until every row of a batch has found its place."""

        def done() -> BatchLedger | None:
            with contextlib.suppress(Exception):  # the database may be the one that is away
                found = find_batch(self.engine, batch_id)
                return found if found is not None and found.is_done else None
            return None

        found = eventually(done, seconds)
        assert found is not None
        return found

    def stored_rows(self, batch_id: UUID) -> tuple[int, int]:
        """Count rows and different row numbers of a batch in its table."""
        with self.engine.connect() as connection:
            counts = select(func.count(), func.count(TABLE.c.row_number.distinct())).where(TABLE.c.batch_id == batch_id)
            rows, different = connection.execute(counts).one()
        return rows, different

    def process(self, name: str) -> psutil.Process:
        """Find a running process of the stack by its name."""
        found = eventually(
            lambda: [info for info in Supervisor(self.folders).processes() if info.name == name and info.pid]
        )
        return psutil.Process(found[0].pid)

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        victim = self.process(name)
        victim.send_signal(signal.SIGKILL)
        with contextlib.suppress(psutil.TimeoutExpired):
            victim.wait(10)

    def consumers(self) -> dict[str, int]:
        """Count the consumers of each work queue: by the queues themselves, for the management API tells it seconds later."""
        rabbitmq = self.stack.rabbitmq
        assert rabbitmq is not None
        wanted = pika.URLParameters(rabbitmq.url())
        found: dict[str, int] = {}
        # It may be away, and a queue may not be there yet.
        with contextlib.suppress(AMQPError, OSError), pika.BlockingConnection(wanted) as connection:
            for queue in WORK_QUEUES:
                with contextlib.suppress(ChannelClosedByBroker):
                    found[queue] = connection.channel().queue_declare(queue, passive=True).method.consumer_count
        return found

    def wait_whole(self, seconds: float = 30) -> None:
        """Wait until everything consumes again and the gateway says that it is ready."""

        last = "nothing was asked yet"

        def whole() -> bool:
            nonlocal last
            consumers = self.consumers()
            last = f"consumers: {consumers}"
            if len(consumers) < len(WORK_QUEUES) or not all(consumers.values()):
                return False
            try:
                with self.api() as api:
                    answer = api.get("/health/ready")
            except httpx.TransportError as error:
                last = f"the gateway: {error!r}"
                return False
            last = f"the gateway: {answer.text}"
            return answer.status_code == 200

        eventually(whole, seconds, lambda: last)


PORTS = (
    *("postgres", "rabbitmq", "rabbitmq-management", "rabbitmq-prometheus", "rabbitmq-distribution", "rabbitmq-epmd"),
    *("mlflow", "gateway", "gateway-grpc", "ui", "prometheus", "airflow"),
    *("ingestion", "trainer", "worker-1", "worker-2", "worker-3", "worker-4"),
)


def remember_ports(home: Path) -> None:
    """Lay down ports for a stack, of its servers and services, that nobody else looks for.

    The standard ones are free to every other stack of the machine while what was killed comes back.
    """
    folders = Folders(home)
    folders.state.parent.mkdir(parents=True, exist_ok=True)
    chosen = random.sample(range(20_000, 31_000), len(PORTS))
    State(ports=dict(zip(PORTS, chosen, strict=True))).save(folders)


@contextlib.contextmanager
def running_stack(*options: str) -> Iterator[RunningStack]:
    """Start the whole product in a folder of its own, train the default model, and stop it again."""
    with server_folder() as folder:
        home = folder / "home"
        running = RunningStack(home)
        remember_ports(home)
        try:
            running.command("up", "--without", "airflow", *options)
            # A new service needs a name above: on its standard port it would be in the way of the others.
            assert set(State.load(Folders(home)).ports) <= set(PORTS)
            running.command("train", EQUIPMENT.name)
            running.wait_whole(120)
            yield running
            if os.environ.get("KEEP_LOGS"):
                print((home / "logs").as_posix())  # noqa: T201  # asked for by a person
        finally:
            stopped = smartpredict("down", "--delete-data", home=home)
            assert stopped.returncode == 0, stopped.stderr


def audit(stack: RunningStack) -> dict[str, Any]:
    """Run the audit and give its report; it exits 1 where the ledger does not balance."""
    report: dict[str, Any] = json.loads(stack.command("audit", "--json"))
    return report
