"""Services that run somewhere, as their callers and the database see them."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pika
from sqlalchemy import Engine, func, select, text

from broker.ids import batch_id_of_file
from broker.topology import INBOX
from orchestration.upkeep import UpkeepSettings, audit_ledger
from sql.base.engine import connect_engine
from sql.base.tables import batches
from sql.ledger.batch_ledger import find_batch
from sql.predictions.tables import prediction_table
from tests.support.pipeline import EQUIPMENT
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

__all__ = ["TABLE", "Services", "connect", "gateway_client", "good_rows", "predict", "settings"]

BAD_ROWS = 100
"""Among so many rows of a file one is bad."""

_KEY = "secret-of-the-tests"

TABLE = prediction_table(EQUIPMENT)

_numbers = itertools.count()


def settings(folder: Path, database_url: str, broker_url: str) -> dict[str, str]:
    """Return what every service is told; the data lies in a folder."""
    return {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_DATA": str(folder / "data"),
        "SMARTPREDICT_MODELS": str(folder / "models"),
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
        "SMARTPREDICT_API_KEYS": f"api:api:{_KEY}",
    }


@dataclass(frozen=True)
class Services:
    """What tests hand in, and find of it afterwards; servers are asked directly, not by way of what is harmed."""

    folder: Path
    database_url: str
    broker_url: str
    engine: Engine

    def drop(self, rows: int) -> UUID:
        """Drop a file and return the id of its batch."""
        number = next(_numbers)
        incoming = self.folder / "data" / "incoming" / EQUIPMENT.name
        incoming.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"file-{number}.csv"
        write_inference_csv(file, rows, seed=number, bad_share=1 / BAD_ROWS)
        batch = batch_id_of_file(EQUIPMENT.name, hashlib.sha256(file.read_bytes()).hexdigest(), file.name)
        file.rename(incoming / file.name)
        return batch

    def send(self, count: int, url: str | None = None) -> str:
        """Publish messages of a row, every second one bad, each confirmed; return what their ids begin with."""
        name = f"messages-{next(_numbers)}-"
        with pika.BlockingConnection(pika.URLParameters(url or self.broker_url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for number in range(count):
                row = example_row(EQUIPMENT) | ({"torque_nm": -1.0} if number % 2 else {})
                properties = pika.BasicProperties(message_id=f"{name}{number}", delivery_mode=2)
                channel.basic_publish(INBOX, EQUIPMENT.name, json.dumps(row).encode(), properties, mandatory=True)
        return name

    def is_done(self, batch: UUID) -> bool:
        """Return whether every row of a batch has found its place."""
        found = find_batch(self.engine, batch)
        return found is not None and found.is_done

    def rows_of(self, batch: UUID) -> tuple[int, int]:
        """Count rows and different rows of a batch that are stored."""
        counts = select(func.count(), func.count(TABLE.c.row_number.distinct())).where(TABLE.c.batch_id == batch)
        with self.engine.connect() as connection:
            rows, different = connection.execute(counts).one()
        return rows, different

    def rows_of_messages(self, name: str) -> tuple[int, int]:
        """Count the rows of messages that are stored, and the messages that have one."""
        both = TABLE.join(batches, batches.c.id == TABLE.c.batch_id)
        counts = select(func.count(), func.count(batches.c.id.distinct())).select_from(both)
        with self.engine.connect() as connection:
            rows, different = connection.execute(counts.where(batches.c.name.startswith(name))).one()
        return rows, different

    def is_in_balance(self) -> bool:
        """Return whether every row is in exactly one place, and no part that is pending is lost."""
        audit = {"database_url": self.database_url, "broker_url": self.broker_url, "data": self.folder / "data"}
        return bool(audit_ledger(UpkeepSettings.model_validate({**audit, "audit_after_seconds": 0}))["balanced"])

    def sessions_that_wait(self, service: str) -> int:
        """Count the sessions of a service that wait for a lock, each with a transaction open."""
        query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = :name"
        with self.engine.connect() as connection:
            return connection.scalar(text(query), {"name": f"smartpredict {service}"}) or 0


def good_rows(rows: int) -> tuple[int, int]:
    """Return what :meth:`Services.rows_of` counts of a file in the end: each good row, once."""
    good = rows - rows // BAD_ROWS
    return good, good


@contextmanager
def connect(folder: Path, database_url: str, broker_url: str) -> Iterator[Services]:
    """Look at services while the block runs."""
    engine = connect_engine(database_url, "test")
    try:
        yield Services(folder, database_url, broker_url, engine)
    finally:
        engine.dispose()


def predict(client: httpx.Client, key: str) -> httpx.Response:
    """Ask for one prediction, as the caller that a key stands for."""
    return client.post("/predict", json=example_row(EQUIPMENT), headers={"Idempotency-Key": key})


def gateway_client(host: str, port: int, timeout: float = 60) -> httpx.Client:
    """Return a client of a gateway."""
    return httpx.Client(base_url=f"http://{host}:{port}", headers={"X-API-Key": _KEY}, timeout=timeout)
