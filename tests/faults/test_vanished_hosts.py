"""A host that vanishes in the middle of its work and never returns: what it held goes to others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, func, select, text

from broker.transport.publisher import Publisher
from tests.faults.services import TABLE, connect, settings
from tests.support.network.hosts import TwoHosts
from tests.support.pipeline import bulk_part, equipment_rows, install_model, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually

BACK_WITHIN_SECONDS = 30
"""After the cut; :data:`sql.base.engine.LONGEST_SILENCE_SECONDS` of it are waited by design."""

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


def test_rows_of_a_worker_whose_host_vanished_in_the_middle_of_a_copy_go_to_another(
    hosts: TwoHosts, tmp_path: Path
) -> None:
    install_model(tmp_path / "models")
    here = settings(tmp_path, hosts.database_url, hosts.broker_url)
    there = settings(tmp_path, *hosts.urls_there)
    with (
        connect(tmp_path, hosts.database_url, hosts.broker_url) as services,
        start_service("inference_worker", tmp_path, there, host=hosts.other) as first,
    ):
        engine = services.engine
        _send(hosts.broker_url, seed=1)
        eventually(lambda: _rows(engine) == 100, 60, lambda: first.log.read_text()[-2_000:])
        with engine.connect() as holder:
            # Its COPY waits for this lock, so that the host vanishes with a transaction open and a message in hand.
            holder.execute(text(f"lock table {TABLE.fullname} in share mode"))
            _send(hosts.broker_url, seed=2)
            eventually(lambda: services.sessions_that_wait("worker"), 30)
            hosts.other.vanish()
            vanished = time.monotonic()
            first.kill()
        with start_service("inference_worker", tmp_path, here) as second:
            second.wait_ready()
            left = vanished + BACK_WITHIN_SECONDS - time.monotonic()
            eventually(lambda: _rows(engine) == 200, left, lambda: second.log.read_text()[-2_000:])
    show(
        f"a worker's host vanished in the middle of a COPY: its rows predicted {time.monotonic() - vanished:.0f} s later"
    )


def test_a_service_notices_that_the_host_of_the_database_has_vanished(hosts: TwoHosts) -> None:
    url, _ = hosts.urls_there
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
