"""What counting for drift costs: a worker's time for a part of 10,000 rows without profiles, with them, and by key.

python -m benchmarks.drift.cost [--rounds 100]

The same part goes through a worker's pipeline (decode, score, count, commit) to a PostgreSQL of its own, by turns without a profile,
with one, and with one by 50 and by 1,000 machines. Beside the time of the clock stands what processors did for it, here and in the
database: that says the same on a machine that has other things to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
import pyarrow as pa
from sqlalchemy import Engine, text

from benchmarks.report import JSON_FILE, median, table
from broker.ids import part_id, to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source, encode_rows
from inference_worker.model_cache import ModelCache, ServedModel
from inference_worker.outcome import Committed
from inference_worker.pipeline import Pipeline
from local_stack.servers.postgres import PostgresServer
from monitoring.profiles.building import reference_profile
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from sql.base.engine import connect_engine
from sql.profiles.reference import publish_reference
from sql.profiles.windows import roll_up_profiles
from sql.provision import prepare_database
from training.data import load_training_data
from training.fit import as_served, fit
from training.splits import split
from usecases.contract.catalog import DEFAULT_USE_CASE, Catalog, load_catalog
from usecases.contract.spec import UseCase
from usecases.models.runtime import Model
from usecases.models.runtimes import DEFAULT_RUNTIME

ROWS = 10_000
MACHINES = (50, 1_000)
PARTS = 5
ROLLED_UP = 100
"""Parts that are moved on at once. A worker does it every twenty seconds: at 300,000 rows a second these are 600."""
NAME = "bench"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of counting: what is served, and the same part each time."""

    name: str
    served: ServedModel
    body: bytes
    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    """Seconds of processors, of the worker and of the database."""
    rolled_up: list[float] = field(default_factory=list)
    """Seconds of processors for moving a part on to minutes, hours and days, where many go at once."""


def ways(use_case: UseCase) -> list[Way]:
    """Train a model, and serve it without a profile, with one, and with one by machine."""
    data = load_training_data(use_case, Path())
    model = as_served(use_case, fit(use_case, data, split(use_case, data), None, DEFAULT_RUNTIME), DEFAULT_RUNTIME)
    rows = data.rows.slice(0, ROWS)
    keyed = use_case.model_copy(update={"drift": use_case.drift.model_copy(update={"keys": ("machine_id",)})})
    found = [
        Way("no profile", _served(use_case, model, None), _body(rows)),
        Way("profile", _served(use_case, model, rows), _body(rows)),
    ]
    for machines in MACHINES:
        of_machines = _with_machines(rows, machines)
        found.append(Way(f"{machines:,} machines", _served(keyed, model, of_machines), _body(of_machines)))
    return found


def _served(use_case: UseCase, model: Model, trained: pa.RecordBatch | None) -> ServedModel:
    served = ServedModel(1, "", use_case.schema_hash, model)
    if trained is None:
        return served
    reference = reference_profile(use_case, trained, served.score(use_case, trained))
    return ServedModel(1, "", use_case.schema_hash, model, PartCounter(use_case, reference))


def _with_machines(rows: pa.RecordBatch, machines: int) -> pa.RecordBatch:
    names = [f"M-{number}" for number in np.random.default_rng(1).integers(machines, size=rows.num_rows)]
    place = rows.schema.get_field_index("machine_id")
    return rows.set_column(place, rows.schema.field(place), pa.array(names))


def _body(rows: pa.RecordBatch) -> bytes:
    return encode_rows(rows, np.arange(1, rows.num_rows + 1, dtype=np.int32))


def _headers(use_case: UseCase, rows: int) -> Mapping[str, object]:
    batch = uuid4()
    segment = Segment(batch_id=batch, received_at=to_milliseconds(datetime.now(UTC)), source=Source.FILE, rows=rows)
    return PartHeader(
        part_id=part_id(batch, 0),
        use_case=use_case.name,
        schema_hash=use_case.schema_hash,
        lane=Lane.BULK,
        segments=(segment,),
    ).to_headers()


def processor_seconds(of: Sequence[psutil.Process]) -> float:
    """Return how long processors worked for processes, this one among them."""
    files = [Path(f"/proc/{process.pid}/schedstat") for process in of]
    return time.process_time() + sum(int(file.read_text(encoding="ascii").split()[0]) / 1e9 for file in files)


def database_processes(engine: Engine) -> list[psutil.Process]:
    """Return those that serve our connections, and the one that writes what they commit."""
    with engine.connect() as connection:
        pids = connection.scalars(
            text("select pid from pg_stat_activity where backend_type = 'walwriter' or application_name = :name"),
            {"name": f"smartpredict {NAME}"},
        )
        return [psutil.Process(pid) for pid in pids]


async def measure(engine: Engine, rounds: int) -> list[Way]:
    """Take turns, so that what else the machine does befalls all alike."""
    use_case = load_catalog()[DEFAULT_USE_CASE]
    models = ModelCache()
    pipeline = Pipeline(Catalog({use_case.name: use_case}, {}), models, engine, Lane.BULK)
    found = ways(use_case)
    for way in found:
        if way.served.tally is not None:
            publish_reference(engine, published(use_case, way.served.tally.reference))
    for turn in range(-1, rounds):
        for way in found:
            models.put(use_case.name, way.served)
            for _ in range(PARTS):
                headers = _headers(use_case, ROWS)
                database = database_processes(engine)
                started, before = time.perf_counter(), processor_seconds(database)
                outcome = await pipeline.process(headers, way.body)
                if turn >= 0:
                    way.seconds.append(time.perf_counter() - started)
                    way.busy.append(processor_seconds(database) - before)
                assert isinstance(outcome, Committed), outcome
    for way in found:
        roll_up_profiles(engine)
        models.put(use_case.name, way.served)
        for _ in range(ROLLED_UP):
            await pipeline.process(_headers(use_case, ROWS), way.body)
        database = database_processes(engine)
        before = processor_seconds(database)
        roll_up_profiles(engine)
        way.rolled_up.append((processor_seconds(database) - before) / ROLLED_UP)
    pipeline.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help=f"of {PARTS} parts each way")
    rounds: int = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="smartpredict-bench-") as folder:
        Path(folder).chmod(0o711)  # the database's own user has to pass
        server = PostgresServer(Path(folder) / "postgres").start()
        try:
            prepare_database(server.url(), [load_catalog()[DEFAULT_USE_CASE]])
            engine = connect_engine(server.url(), NAME)
            found = asyncio.run(measure(engine, rounds))
            engine.dispose()
        finally:
            server.kill()
            server.delete()
    bulk = ROWS / json.loads(JSON_FILE.read_text(encoding="utf-8"))["bulk"]["rows_per_second"]
    print(report(found, bulk))


def report(found: Sequence[Way], bulk: float) -> str:
    """Lay the medians out; what counting adds stands beside the time that bulk takes for as many rows."""
    plain, profiled = found[0], found[1]
    lines = []
    for way in found:
        added = median(way.busy) - median((plain if way is profiled else profiled).busy)
        lines.append(
            [
                way.name,
                f"{median(way.seconds) * 1e3:.2f}",
                f"{median(way.busy) * 1e3:.2f}",
                "" if way is plain else f"{added * 1e3:.2f}",
                "" if way is plain else f"{added / median(profiled.busy):.1%}",
                "" if way is plain else f"{added / bulk:.1%}",
                f"{median(way.rolled_up) * 1e3:.2f}",
            ]
        )
    head = [
        "a part of 10,000 rows",
        "ms",
        "processor, ms",
        "more, ms",
        "of the part",
        f"of bulk ({bulk * 1e3:.1f} ms)",
        "rolled up, ms",
    ]
    return table(head, lines)


if __name__ == "__main__":
    main()
