"""Parts as a worker records them, at whatever time a test wants them to have been recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine, update

from broker.ids import to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source
from sql.base.tables import parts
from sql.ledger.recording import record, table_rows
from usecases.checking.row_model import example_row
from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores


def record_part(
    engine: Engine,
    use_case: UseCase,
    predictions: Sequence[str] | Sequence[float],
    moment: datetime,
    *,
    sources: Sequence[Source] = (Source.FILE,),
    version: int = 1,
) -> UUID:
    """Record one part; its rows are shared out evenly among the doors. Gives the id of the part."""
    count = len(predictions)
    shares = [count // len(sources)] * len(sources)
    shares[0] += count - sum(shares)
    header = PartHeader(
        part_id=uuid4(),
        use_case=use_case.name,
        schema_hash=use_case.schema_hash,
        lane=Lane.BULK if len(sources) == 1 else Lane.ONLINE,
        segments=tuple(
            Segment(batch_id=uuid4(), received_at=to_milliseconds(moment), source=source, rows=rows)
            for source, rows in zip(sources, shares, strict=True)
        ),
    )
    numbers = np.concatenate([np.arange(1, rows + 1, dtype=np.int32) for rows in shares])
    features = pa.RecordBatch.from_pylist([example_row(use_case)] * count, schema=_plain(use_case))
    # Arrow takes no texts for its dictionaries; the table has texts anyway.
    nothing = pa.nulls(count, pa.float64())
    scores = Scores(prediction=pa.array(predictions), score=nothing, scores=None)
    record(engine, use_case, header, table_rows(header, numbers, features, scores, version), version)
    with engine.begin() as connection:
        connection.execute(update(parts).where(parts.c.part_id == header.part_id).values(recorded_at=moment))
    return header.part_id


def _plain(use_case: UseCase) -> pa.Schema:
    return pa.schema(
        [pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in row_schema(use_case)]
    )
