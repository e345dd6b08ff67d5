"""What counting for drift costs: a worker's time for a part of 10,000 rows without profiles, with them, and by key.

python -m benchmarks.drift.cost [--rounds 100]

The same part is decoded, scored, counted and recorded as a worker does, in a PostgreSQL of its own, by turns without a profile, with
one, and with one by 50 and by 1,000 machines. What processors do for it is measured, here and in the database: that says nearly the
same on a machine that has other things to do. What counting adds is taken from counting and recording alone, for scoring
varies by more than that.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
import pyarrow as pa
from sqlalchemy import Engine, text

from benchmarks.report import JSON_FILE, median, table
from broker.ids import part_id, to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source, encode_rows
from inference_worker.decoding import decode
from inference_worker.model_cache import ServedModel
from local_stack.servers.postgres import PostgresServer
from monitoring.profiles.building import reference_profile
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from sql.base.engine import connect_engine
from sql.ledger.recording import Recorded, record, table_rows
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
ROLLED_UP = 100
"""Parts that are moved on at once. A worker does it every twenty seconds: at 300,000 rows a second these are 600."""
NAME = "bench"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of counting: what is served, and the same part each time."""

    name: str
    served: ServedModel
    body: bytes
    scored: list[float] = field(default_factory=list)
    """Seconds of processors, here and in the database, for decoding and scoring a part ..."""
    counted: list[float] = field(default_factory=list)
    """... for counting it ..."""
    recorded: list[float] = field(default_factory=list)
    """... and for its commit."""
    rolled_up: list[float] = field(default_factory=list)
    """The same for moving a part on to minutes, hours and days, where many go at once."""

    @property
    def counting(self) -> float:
        """What depends on how rows are counted."""
        return median(self.counted) + median(self.recorded)


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


def measure(engine: Engine, rounds: int) -> list[Way]:
    """Take turns, so that what else the machine does befalls all alike."""
    use_case = load_catalog()[DEFAULT_USE_CASE]
    catalog, found = Catalog({use_case.name: use_case}, {}), ways(use_case)
    for way in found:
        if way.served.tally is not None:
            publish_reference(engine, published(use_case, way.served.tally.reference))
    database = database_processes(engine)
    for _ in range(rounds):
        for way in found:
            _take(way, catalog, engine, database)
    for way in found:
        roll_up_profiles(engine)
        for _ in range(ROLLED_UP):
            _take(way, catalog, engine, database)
        before = processor_seconds(database)
        roll_up_profiles(engine)
        way.rolled_up.append((processor_seconds(database) - before) / ROLLED_UP)
    return found


def _take(way: Way, catalog: Catalog, engine: Engine, database: Sequence[psutil.Process]) -> None:
    """Do what a worker does with a part."""
    moments = [processor_seconds(database)]
    part = decode(catalog, _headers(catalog[DEFAULT_USE_CASE], ROWS), way.body)
    scores = way.served.score(part.use_case, part.rows)
    moments.append(processor_seconds(database))
    tally = way.served.tally
    profiles = None if tally is None else tally.count_doors([(Source.FILE.value, ROWS)], part.rows, scores)
    moments.append(processor_seconds(database))
    rows = table_rows(part.header, part.row_numbers, part.rows, scores, 1)
    assert isinstance(record(engine, part.use_case, part.header, rows, 1, profiles), Recorded)
    moments.append(processor_seconds(database))
    for of, (before, after) in zip((way.scored, way.counted, way.recorded), pairwise(moments), strict=True):
        of.append(after - before)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="parts that are taken each way")
    rounds: int = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="smartpredict-bench-") as folder:
        Path(folder).chmod(0o711)  # the database's own user has to pass
        server = PostgresServer(Path(folder) / "postgres").start()
        try:
            prepare_database(server.url(), [load_catalog()[DEFAULT_USE_CASE]])
            engine = connect_engine(server.url(), NAME, pool_size=1)
            found = measure(engine, rounds)
            engine.dispose()
        finally:
            server.kill()
            server.delete()
    bulk = ROWS / json.loads(JSON_FILE.read_text(encoding="utf-8"))["bulk"]["rows_per_second"]
    print(report(found, bulk))


def report(found: Sequence[Way], bulk: float) -> str:
    """Lay the medians out; what counting adds stands beside the time that bulk takes for as many rows."""
    plain, profiled, *_ = found
    part = median(profiled.scored) + profiled.counting
    lines = []
    for way in found:
        added = way.counting - (plain if way is profiled else profiled).counting
        steps = (way.scored, way.counted, way.recorded, way.rolled_up)
        shares = [f"{added * 1e3:.2f}", f"{added / part:.1%}", f"{added / bulk:.1%}"]
        lines.append(
            [way.name, *(f"{median(of) * 1e3:.2f}" for of in steps), *(["", "", ""] if way is plain else shares)]
        )
    head = ["a part of 10,000 rows", "scored, ms", "counted", "recorded", "rolled up", "more", "of the part"]
    return table([*head, f"of bulk ({bulk * 1e3:.1f} ms)"], lines)


if __name__ == "__main__":
    main()
