"""The body of a part: rows as an Arrow stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from broker.messages import MAX_PART_ROWS, ROW_NUMBER

MAX_BODY_BYTES = 16 * 1024 * 1024
"""What RabbitMQ 4 takes by default; a larger body was not made by this code."""


class PartBodyError(ValueError):
    """The body of a message is not the Arrow stream of a part; says what is wrong with it."""


def encode_rows(rows: pa.RecordBatch, row_numbers: np.ndarray[Any, np.dtype[np.int32]]) -> bytes:
    """Write rows and their numbers as an Arrow IPC stream."""
    numbered = rows.append_column(pa.field(ROW_NUMBER, pa.int32(), nullable=False), pa.array(row_numbers, pa.int32()))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, numbered.schema) as writer:
        writer.write_batch(numbered)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def decode_rows(body: bytes, schema: pa.Schema) -> tuple[pa.RecordBatch, np.ndarray[Any, np.dtype[np.int32]]]:
    """Read rows and their numbers, and check them against the layout they must have.

    Raises
    ------
    PartBodyError
        If the body is no Arrow stream, is damaged, or has other columns than the use case.
    """
    if len(body) > MAX_BODY_BYTES:
        raise PartBodyError(f"the body has {len(body)} bytes; at most {MAX_BODY_BYTES} are allowed")
    try:
        with pa.ipc.open_stream(body) as reader:
            batch = reader.read_next_batch()
        batch.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowException, StopIteration, OSError) as error:
        raise PartBodyError(f"the body is no Arrow stream of rows: {error}") from error
    wanted = [*schema.names, ROW_NUMBER]
    if batch.schema.names != wanted:
        raise PartBodyError(f"the body has the columns {batch.schema.names} where {wanted} are expected")
    for field in schema:
        if batch.schema.field(field.name).type != field.type:
            raise PartBodyError(f"{field.name} is {batch.schema.field(field.name).type} where {field.type} is expected")
    if batch.num_rows > MAX_PART_ROWS:
        raise PartBodyError(f"the part has {batch.num_rows} rows; at most {MAX_PART_ROWS} are allowed")
    row_numbers = batch.column(ROW_NUMBER)
    if row_numbers.type != pa.int32() or row_numbers.null_count:
        raise PartBodyError(f"{ROW_NUMBER} must hold a 32-bit number for every row")
    return batch.select(schema.names), row_numbers.to_numpy()
