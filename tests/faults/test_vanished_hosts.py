"""A host that vanishes in the middle of its work and never returns: what it held goes to others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, text

from broker.transport.publisher import Publisher
from sql.base.engine import connect_engine
from sql.predictions.tables import prediction_table
from tests.support import servers
from tests.support.hosts import HERE, Host, OpenPostgres, OpenRabbit, other_host
from tests.support.pipeline import EQUIPMENT, bulk_part, equipment_rows, install_model, prepare, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually

TABLE = prediction_table(EQUIPMENT)

BACK_WITHIN_SECONDS = 60
"""What a loaded machine may take; :data:`sql.base.engine.LONGEST_SILENCE_SECONDS` is what it waits by design."""

WAITING = """
import sys
from sqlalchemy import text
from sql.base.engine import connect_engine, is_database_away

with connect_engine(sys.argv[1], "test").connect() as connection:
    print("asks", flush=True)
    try:
        connection.execute(text("select pg_sleep(600)"))
    except Exception as error:
        print("away" if is_database_away(error) else repr(error), flush=True)
"""


@dataclass
class TwoHosts:
    """This machine with both servers, and another one."""

    other: Host
    database_url: str
    broker_url: str

    def seen_from_there(self, url: str) -> str:
        """Return an address of this machine as the other one has it."""
        return url.replace("127.0.0.1", HERE)


@pytest.fixture(scope="module")
def connected(_nothing_survives: None) -> Iterator[TwoHosts]:
    with (
        other_host() as other,
        servers.server_folder() as folder,
        servers.running(OpenPostgres(folder / "postgres")) as postgres,
        servers.running(OpenRabbit(folder / "rabbitmq")) as rabbit,
        servers.fresh_database(postgres) as database_url,
        servers.fresh_vhost(rabbit) as broker_url,
    ):
        prepare(database_url, broker_url)
        yield TwoHosts(other, database_url, broker_url)


@pytest.fixture
def hosts(connected: TwoHosts) -> Iterator[TwoHosts]:
    yield connected
    connected.other.return_()


def test_rows_of_a_worker_whose_host_vanished_in_the_middle_of_a_copy_go_to_another(
    hosts: TwoHosts, tmp_path: Path
) -> None:
    install_model(tmp_path / "models")
    here = {
        "SMARTPREDICT_DATABASE_URL": hosts.database_url,
        "SMARTPREDICT_BROKER_URL": hosts.broker_url,
        "SMARTPREDICT_MODELS": str(tmp_path / "models"),
        "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
    }
    there = here | {
        "SMARTPREDICT_DATABASE_URL": hosts.seen_from_there(hosts.database_url),
        "SMARTPREDICT_BROKER_URL": hosts.seen_from_there(hosts.broker_url),
    }
    engine = connect_engine(hosts.database_url, "test")
    with start_service("inference_worker", tmp_path, there, host=hosts.other) as first:
        _send(hosts.broker_url, seed=1)
        eventually(lambda: _rows(engine) == 100, 60, lambda: first.log.read_text()[-2_000:])
        with engine.connect() as holder:
            # Its COPY waits for this lock, so that the host vanishes with a transaction open and a message in hand.
            holder.execute(text(f"lock table {TABLE.fullname} in share mode"))
            _send(hosts.broker_url, seed=2)
            eventually(lambda: _is_waiting(engine), 30)
            hosts.other.vanish()
            vanished = time.monotonic()
            first.kill()
        with start_service("inference_worker", tmp_path, here) as second:
            second.wait_ready()
            eventually(lambda: _rows(engine) == 200, BACK_WITHIN_SECONDS, lambda: second.log.read_text()[-2_000:])
    show(
        f"a worker's host vanished in the middle of a COPY: its rows predicted {time.monotonic() - vanished:.0f} s later"
    )
    engine.dispose()


def test_a_service_notices_that_the_host_of_the_database_has_vanished(hosts: TwoHosts) -> None:
    url = hosts.seen_from_there(hosts.database_url)
    with subprocess.Popen(
        hosts.other.command(sys.executable, "-c", WAITING, url), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asks\n"
        time.sleep(0.5)  # its question has to be on its way
        hosts.other.vanish()
        vanished = time.monotonic()
        said, _ = process.communicate(timeout=BACK_WITHIN_SECONDS)
        assert said == "away\n"
    show(f"the database's host vanished: noticed {time.monotonic() - vanished:.0f} s later")


def _send(url: str, *, seed: int) -> None:
    async def publish() -> None:
        async with Publisher(url, "test") as publisher:
            await publisher.publish(bulk_part(equipment_rows(100, seed=seed), uuid4()))

    asyncio.run(publish())


def _rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(TABLE)) or 0


def _is_waiting(engine: Engine) -> bool:
    query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name like '%worker%'"
    with engine.connect() as connection:
        return bool(connection.scalar(text(query)))
