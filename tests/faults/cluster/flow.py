"""Rows that flow from a file, and callers who ask, while servers are harmed: how long neither went on is measured."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import ARRAY, Uuid, func, literal, select
from sqlalchemy.exc import SQLAlchemyError

from local_stack.machine.ports import LOOPBACK, throwaway_port
from sql.base.engine import is_database_away
from sql.ledger.batch_ledger import BatchLedger, find_batches
from tests.faults.services import TABLE, Services, connect, gateway_client, good_rows, predict, settings
from tests.support.pipeline import install_model, start_service
from tests.support.session.figures import show
from tests.support.waiting import eventually

__all__ = ["Flow", "flow_through", "pipeline"]

ROWS = int(os.environ.get("FAULT_ROWS", "40000"))
"""Rows of a file; by hand also a million."""

CALLERS = int(os.environ.get("FAULT_CALLERS", "4"))
"""Callers who ask one request after another; by hand also 64."""

WORKERS = int(os.environ.get("FAULT_WORKERS", "2"))
"""Workers that share the queues; by hand also four."""

PATIENCE_SECONDS = 120 + ROWS / 2_000
ASKED_AGAIN = {429, 503, 504}
"""What a caller may be told while servers are harmed; he asks again under the same key."""


@dataclass
class Flow:
    """What went through, and when."""

    services: Services
    port: int
    answered: dict[str, str] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    """When more rows were predicted, or all that were handed in."""
    batches: list[UUID] = field(default_factory=list)
    unforeseen: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask again and again, each key until it is answered."""
        with gateway_client(LOOPBACK, self.port, timeout=30) as client:
            for number in self.numbers:
                key = f"flow-{number}"
                while (found := self._once(client, key)) is None:
                    if self.over.is_set():
                        return
                    time.sleep(0.1)
                self.answered[key] = found
                self.answers.append(time.monotonic())
                if self.over.is_set():
                    return

    def watch(self) -> None:
        """Note when rows go on."""
        before = 0
        while not self.over.is_set():
            now = _predicted(self)
            if now > before or _is_done(self):
                self.progress.append(time.monotonic())
                before = max(now, before)
            time.sleep(0.05)

    def _once(self, client: httpx.Client, key: str) -> str | None:
        try:
            answer = predict(client, key)
        except httpx.TransportError:
            return None
        if answer.status_code == 200:
            found: str = answer.json()["predictions"][0]["id"]
            return found
        if answer.status_code not in ASKED_AGAIN:
            self.unforeseen.append(answer.text)
        return None


@contextmanager
def pipeline(folder: Path, database_url: str, broker_url: str, **more: str) -> Iterator[Flow]:
    """Run the workers, ingestion and a gateway while the block runs, which are told more settings by their names."""
    port = throwaway_port()
    install_model(folder / "models")
    told = settings(folder, database_url, broker_url) | {"SMARTPREDICT_GATEWAY_PORT": str(port), **more}
    with ExitStack() as stack:
        started = [
            stack.enter_context(start_service(name, folder, told))
            for name in (*WORKERS * ["inference_worker"], "ingestion", "gateway_api")
        ]
        gateway = started[-1]
        services = stack.enter_context(connect(folder, database_url, broker_url))
        for one in started[:-1]:
            one.wait_ready(90)
        with gateway_client(LOOPBACK, port) as client:
            eventually(lambda: _status(client) == 200, 90, lambda: gateway.log.read_text()[-2_000:])
        yield Flow(services, port)


def flow_through(flow: Flow, what: str, do_harm: Callable[[], None]) -> None:
    """Have rows flow and callers ask, do harm, and prove that each row and each answer is stored once.

    A file is dropped before, one as harm begins, and one after it.
    """
    flow.over.clear()
    flow.batches.clear()
    threads = [threading.Thread(target=work, daemon=True) for work in (*CALLERS * [flow.ask], flow.watch)]
    for thread in threads:
        thread.start()
    try:
        flow.batches.append(flow.services.drop(ROWS))
        eventually(lambda: _predicted(flow) > 0, 60)
        flow.batches.append(flow.services.drop(ROWS))
        began = time.monotonic()
        do_harm()
        flow.batches.append(flow.services.drop(ROWS))
        eventually(lambda: _is_done(flow), PATIENCE_SECONDS, lambda: f"{_predicted(flow)} rows are predicted")
        answered = len(flow.answers)
        eventually(lambda: len(flow.answers) > answered + CALLERS, 60)
    finally:
        flow.over.set()
        for thread in threads:
            thread.join(60)
    assert flow.unforeseen == []
    eventually(flow.services.is_in_balance, 60)
    for batch in flow.batches:
        assert flow.services.rows_of(batch) == good_rows(ROWS)
    assert len(set(flow.answered.values())) == len(flow.answered) > 0
    # One array, not a list of a hundred thousand parameters, which takes PostgreSQL minutes to plan.
    answered_ids = (
        func.unnest(literal([UUID(one) for one in flow.answered.values()], ARRAY(Uuid)))
        .table_valued("id")
        .render_derived(name="answered")
    )
    with flow.services.engine.connect() as connection:
        kept = connection.scalar(select(func.count()).join_from(answered_ids, TABLE, TABLE.c.id == answered_ids.c.id))
    assert kept == len(flow.answered)
    show(
        f"{what}, {WORKERS} workers: {len(flow.batches)} x {ROWS:,} rows and {len(flow.answered):,} answers, 0 lost, 0 twice; "
        f"rows stood still for {_longest_pause(flow.progress, began):.1f} s at most, callers for {_longest_pause(flow.answers, began):.1f} s"
    )


def _longest_pause(times: list[float], began: float) -> float:
    after = sorted([began, *(one for one in times if one >= began)])
    return max((later - sooner for sooner, later in itertools.pairwise(after)), default=0.0)


def _predicted(flow: Flow) -> int:
    return sum(found.predicted for found in _look(flow))


def _is_done(flow: Flow) -> bool:
    found = _look(flow)
    return len(found) == len(flow.batches) and all(one.is_done for one in found)


def _look(flow: Flow) -> list[BatchLedger]:
    try:
        return list(find_batches(flow.services.engine, tuple(flow.batches)).values())
    except SQLAlchemyError as error:
        if is_database_away(error):  # the database is what some harm
            return []
        raise


def _status(client: httpx.Client) -> int:
    try:
        return predict(client, f"ready-{time.time_ns()}").status_code
    except httpx.TransportError:
        return 0
