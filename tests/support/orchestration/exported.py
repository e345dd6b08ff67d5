"""Predictions as they are recorded, and as they are exported."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, select

from broker.ids import first_prediction_id, last_prediction_id
from broker.messages import Lane, PartHeader, Segment, Source
from sql.base.tables import batches, parts
from sql.ledger.recording import record, table_rows
from sql.predictions.tables import prediction_table
from sql.registry.registration import register
from usecases.checking.row_model import example_row, row_model, rows_to_arrow
from usecases.contract.spec import UseCase
from usecases.stores.target import Target
from usecases.tasks.definition import Scores

IN_BOTH = pytest.mark.parametrize("target", ["folder", "store"], indirect=True)
"""Runs a test with a folder as the target, and with a bucket."""


def put_in_force(engine: Engine, like: UseCase) -> UseCase:
    """Register a use case of its own for a test."""
    found = like.model_copy(update={"name": f"exported_{uuid4().hex[:12]}"})
    with engine.begin() as connection:
        register(connection, found)
    return found


def predict(engine: Engine, use_case: UseCase, received_at: datetime, rows: int = 5, **overrides: Any) -> None:
    """Record a batch that was received at this moment; a late one is recorded long after that."""
    batch, part = plan(engine, use_case, received_at, rows)
    record_part(engine, use_case, batch, part, received_at, rows, **overrides)


def plan(
    engine: Engine, use_case: UseCase, received_at: datetime, rows: int, state: str = "ingested"
) -> tuple[UUID, UUID]:
    """Enter a batch of one part into the ledger and return the ids of both."""
    batch, part = uuid4(), uuid4()
    with engine.begin() as connection:
        connection.execute(
            batches.insert().values(
                id=batch, use_case=use_case.name, source="file", name="rows.csv", state=state, schema_hash="",
                received_at=received_at, first_id=first_prediction_id(received_at, batch),
                last_id=last_prediction_id(received_at, batch), part_rows=10_000, rows_in=rows,
            )
        )  # fmt: skip
        planned = {"part_id": part, "batch_id": batch, "part_number": 0, "lane": "bulk", "rows": rows}
        connection.execute(parts.insert().values(use_case=use_case.name, **planned))
    return batch, part


def record_part(
    engine: Engine, use_case: UseCase, batch: UUID, part: UUID, received_at: datetime, rows: int, **overrides: Any
) -> None:
    """Record a part as a worker does."""
    segment = Segment(batch_id=batch, received_at=received_at, source=Source.FILE, rows=rows)
    header = PartHeader(
        part_id=part,
        use_case=use_case.name,
        schema_hash=use_case.schema_hash,
        lane=Lane.BULK,
        segments=(segment,),
    )
    many = pa.array([[0.5, 0.25, 0.25]] * rows) if len(use_case.classes) > 2 else None
    scores = Scores(pa.repeat(use_case.classes[0], rows), pa.array(np.linspace(0, 1, rows)), many)
    model = row_model(use_case)
    example = [model.model_validate(example_row(use_case) | overrides)] * rows
    numbers = np.arange(1, rows + 1, dtype=np.int32)
    record(engine, use_case, header, table_rows(header, numbers, rows_to_arrow(use_case, example), scores, 1), 1)


def exported(target: str, use_case: UseCase) -> pa.Table:
    """Read everything that is exported, as any reader does that looks for Parquet files in folders of days."""
    files, root = fsspec.core.url_to_fs(target, skip_instance_cache=True)
    found = sorted(files.glob(f"{root}/{use_case.name}/*/*.parquet"))
    return pa.concat_tables([pq.read_table(files.open(path)) for path in found]).sort_by("id")


def in_the_table(engine: Engine, use_case: UseCase) -> list[dict[str, Any]]:
    table = prediction_table(use_case)
    with engine.connect() as connection:
        rows = connection.execute(select(table).order_by(table.c.id)).mappings()
        return [{name: str(value) if isinstance(value, UUID) else value for name, value in row.items()} for row in rows]


def manifest(target: str, use_case: UseCase, day: date) -> dict[str, Any]:
    content = Target.at(target).read(f"{use_case.name}/day={day}/_manifest.json")
    assert content is not None
    found: dict[str, Any] = json.loads(content)
    return found
