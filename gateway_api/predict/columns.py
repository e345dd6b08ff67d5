"""Rows and predictions in columns: tables that are checked like files, and answers, Arrow or JSON, a column at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from broker.ids import prediction_ids
from broker.messages import MAX_ONLINE_ROWS, ROW_NUMBER
from gateway_api.door.problems import InvalidRows, MalformedBody, TooLarge
from gateway_api.predict.online import OnlineRequest, Predicted, Rows, enclose, in_columns
from gateway_api.wire.body import MAX_SHOWN_ERRORS, CheckedRows, RowReader, invalid_rows, pointer, read_rows
from usecases.checking.chunk_check import ONE_BY_ONE, check_rows
from usecases.checking.json_size import TooManyValuesError, most_members, require_bounded
from usecases.checking.table_check import CheckedTable, check_table
from usecases.contract.arriving import brought_contract
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.arrow_ipc import ARROW_STREAM as FORMAT
from usecases.formats.arrow_types import plain_array
from usecases.formats.chunks import FileBrokenError, TableChunk
from usecases.formats.json_text import JsonError, parse_rows
from usecases.formats.reading import read_opened

MANY_ROWS = 100
"""Rows from which on it takes less time to read, check and answer them in columns than one by one."""


def checked_rows(use_case: UseCase, table: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rows of a table as a worker takes them.

    Parameters
    ----------
    use_case
        The contract.
    table
        Rows as they came, with the columns of the contract in any order.

    Raises
    ------
    InvalidRows
        If any row is bad, with every reason of every bad row.
    """
    checked = check_table(use_case, table)
    if checked.bad:
        raise invalid_rows(_told(table, checked))
    return checked.good


def _told(table: pa.RecordBatch, checked: CheckedTable) -> CheckedRows:
    reasons = ((position, reason) for position, found in checked.bad.items() for reason in found)
    errors = [
        {
            "row": position + 1,
            "pointer": pointer(position, reason.column),
            **reason.model_dump(include={"column", "rule", "value", "message"}),
        }
        for position, reason in islice(reasons, MAX_SHOWN_ERRORS)
    ]
    total = sum(map(len, checked.bad.values()))
    return CheckedRows(table.num_rows, len(checked.bad), errors, total)


async def read_many(use_case: UseCase, reader: RowReader, body: bytes) -> Rows:
    """Read a JSON body of many rows as :meth:`~gateway_api.wire.body.RowReader.read`; good ones come in columns.

    Parameters
    ----------
    use_case, reader
        The contract, and what reads rows by it one by one.
    body
        What came.
    """
    rows = await asyncio.to_thread(_good_rows, brought_contract(use_case), body)
    return await read_rows(reader, body) if rows is None else rows


def _good_rows(contract: UseCase, body: bytes) -> pa.RecordBatch | None:
    """Check rows in columns, ten times as fast as one by one; none where any is bad, for what is wrong is worded row by row."""
    with contextlib.suppress(JsonError, TooManyValuesError):
        require_bounded(body, MAX_ONLINE_ROWS, most_members(contract))
        rows = parse_rows(body)
        if isinstance(rows, list) and ONE_BY_ONE < len(rows) <= MAX_ONLINE_ROWS:
            checked = check_rows(contract, rows, 0, str)  # how a bad row is written plays no part
            return None if checked.bad else checked.good
    return None


def read_arrow(use_case: UseCase, body: bytes) -> pa.RecordBatch:
    """Read the rows of an Arrow stream as a worker takes them; columns may also have the names of their source.

    Raises
    ------
    MalformedBody
        If it is none, or damaged.
    TooLarge
        If there are more rows than one request may have.
    InvalidRows
        If the columns are not those of the use case, or any row is bad, with every reason of every bad row.
    """
    contract = brought_contract(use_case)
    return checked_rows(contract, _table_of_stream(contract, body))


def check_arrow(use_case: UseCase, body: bytes) -> CheckedRows:
    """Check the rows of an Arrow stream; bad rows are a result, not a fault.

    Raises
    ------
    gateway_api.door.problems.Problem
        If there are no rows that could be checked, or too many.
    """
    contract = brought_contract(use_case)
    table = _table_of_stream(contract, body)
    return _told(table, check_table(contract, table))


def _table_of_stream(contract: UseCase, body: bytes) -> pa.RecordBatch:
    chunks = []
    rows = 0
    try:
        with contextlib.closing(read_opened(contract, lambda: pa.BufferReader(body), FORMAT, MAX_ONLINE_ROWS)) as read:
            for chunk in read:
                rows += chunk.rows
                if rows > MAX_ONLINE_ROWS:
                    raise TooLarge(f"One request takes {MAX_ONLINE_ROWS} rows; send more as a file to POST /batches.")
                if isinstance(chunk, TableChunk):
                    chunks.append(chunk.table)
    except FileBrokenError as error:
        raise MalformedBody(f"The Arrow stream cannot be read: {error}.") from None
    except TableRefusedError as error:
        raise InvalidRows(f"The columns do not fit: {error}.", errors=[], errors_total=0) from None
    if not rows:
        raise InvalidRows("The stream is empty; send at least one row.", errors=[], errors_total=0)
    return pa.concat_batches(chunks)


def arrow_answer(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> bytes:
    """Write what became of a request as an Arrow stream: every row with its number, its id, its prediction and its values."""
    values = in_columns(use_case, request.rows)
    columns = {
        ROW_NUMBER: pa.array(np.arange(1, values.num_rows + 1, dtype=np.int32)),
        **predicted_columns(use_case, request, predicted),
    }
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    about = {
        "request_id": str(request.batch_id), "use_case": use_case.name, "model_version": str(predicted.model_version),
    }  # fmt: skip
    answer = pa.RecordBatch.from_arrays(
        [*columns.values(), *values.columns], schema=pa.schema([*fields, *values.schema], metadata=about)
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, answer.schema) as writer:
        writer.write_batch(answer)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def json_answer(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> bytes:
    """Write what became of a request as :func:`~gateway_api.predict.online.encode_answer` does, many rows three times as fast."""
    found, values = predicted_columns(use_case, request, predicted), in_columns(use_case, request.rows)
    members: dict[str, Any] = {"id": found["id"]}
    if use_case.key is not None:
        members["key"] = values.column(use_case.key)
    members |= {"prediction": found["prediction"], "score": found["score"]}
    if predicted.class_scores is not None:
        members["scores"] = {name: found[f"score_{name}"] for name in use_case.outputs}
    members["features"] = {feature.name: values.column(feature.name) for feature in use_case.features}
    rows = _json_objects(members)
    text = pc.binary_join(pa.ListArray.from_arrays([0, len(rows)], rows), ",")[0].as_py()
    return enclose(use_case, request, predicted, orjson.Fragment(f"[{text}]"))


def _json_objects(members: Mapping[str, Any]) -> pa.Array:
    """Write an object for each row; its members are columns, or objects of columns."""
    pieces: list[Any] = []
    for name, values in members.items():
        texts = _json_objects(values) if isinstance(values, Mapping) else _json_values(values)
        pieces += [f"{',' if pieces else '{'}{orjson.dumps(name).decode()}:", texts]
    return pc.binary_join_element_wise(*pieces, "}", "")


def _json_values(column: pa.Array) -> pa.Array:
    """Write each value of a column."""
    if pa.types.is_dictionary(column.type):
        return _json_values(column.dictionary).take(column.indices).fill_null("null")
    if pa.types.is_integer(column.type):
        return column.cast(pa.string()).fill_null("null")
    # NaN, which stands for a missing number there, becomes null.
    values = column.to_numpy(zero_copy_only=False) if pa.types.is_floating(column.type) else column.to_pylist()
    # Indented, each value begins a line, and no value holds an end of line, so that the text can be cut between them.
    lines = orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    return pc.split_pattern(pa.array([lines[len(_BEGIN) : -len(_END)].decode()]), _BETWEEN).flatten()


_BEGIN, _BETWEEN, _END = "[\n  ", ",\n  ", "\n]"
"""What stands around and between the values of an indented list."""


def predicted_columns(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> Mapping[str, pa.Array]:
    """Return what was predicted, a column each, by the names that downloads give them."""
    rows = len(request.rows)
    ids = prediction_ids([(request.received_at, request.batch_id, rows)], np.arange(1, rows + 1, dtype=np.int32))
    columns = {
        "id": plain_array(pa.ExtensionArray.from_storage(pa.uuid(), ids)),
        "prediction": pa.array(predicted.predictions),
        "score": pa.array(predicted.scores, pa.float64()),
    }
    if predicted.class_scores is not None:
        scores = np.asarray(predicted.class_scores, dtype=np.float64)
        columns |= {f"score_{name}": pa.array(scores[:, place]) for place, name in enumerate(use_case.outputs)}
    return columns
