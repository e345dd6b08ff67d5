"""From the tensors of a request to a table of its rows: a tensor is a column, and a matrix all columns of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.problems import MalformedBody, TooLarge
from gateway_api.predict.inference_protocol.tensors import Tensor
from usecases.checking.json_size import most_members
from usecases.columns.features import FloatFeature, IntegerFeature
from usecases.contract.row_layout import TableRefusedError, canonical_names, require_columns
from usecases.contract.spec import UseCase


def numeric_columns(use_case: UseCase) -> list[str]:
    """Return the columns that a matrix stands for, in its order: the features that are numbers."""
    return [feature.name for feature in use_case.features if isinstance(feature, FloatFeature | IntegerFeature)]


def table_of(use_case: UseCase, inputs: Sequence[Tensor]) -> pa.RecordBatch:
    """Return the rows of a request as they came, a column for each tensor; their values are not checked yet.

    Parameters
    ----------
    use_case
        What rows have to be. Columns may have the names of their source too, and those that may be empty may be absent.
    inputs
        Tensors of shape [n] or [n, 1] by the names of columns, and at most one of shape [n, k] for the numbers.

    Raises
    ------
    MalformedBody
        If the tensors are not those of the use case.
    TooLarge
        If they have more rows than one request takes.
    """
    _require_even(inputs)
    names = canonical_names(use_case, [tensor.name for tensor in inputs])
    columns = [
        column for name, tensor in zip(names, inputs, strict=True) for column in _columns(use_case, name, tensor)
    ]
    found = [name for name, _ in columns]
    try:
        require_columns(use_case, found)
    except TableRefusedError as error:
        raise MalformedBody(f"The inputs do not fit: {error}. GET /v2/models/{use_case.name} lists them.") from None
    if not columns:
        raise MalformedBody(f"No input is a column of {use_case.name}. GET /v2/models/{use_case.name} lists them.")
    return pa.RecordBatch.from_arrays([values for _, values in columns], names=found)


def require_few(use_case: UseCase, name: str, shape: Sequence[object]) -> None:
    """Refuse a tensor that says it is larger than any request may be, before its values are read.

    Raises
    ------
    TooLarge
        If its shape means more values than the most rows of the use case have.
    """
    values, most = 1, MAX_ONLINE_ROWS * most_members(use_case)
    for size in shape:
        values *= max(size, 0) if isinstance(size, int) else 1
        if values > most:
            raise TooLarge(
                f"The input {name[:60]!r} is larger than {MAX_ONLINE_ROWS} rows can be, which one request takes."
            )


def _require_even(inputs: Sequence[Tensor]) -> None:
    """Refuse tensors that are not of as many rows each."""
    if not inputs:
        raise MalformedBody("There are no `inputs`. Send a tensor for each column.")
    twice = [name for name, times in Counter(tensor.name for tensor in inputs).items() if times > 1]
    if twice:
        raise MalformedBody(f"Send each input once; {', '.join(map(repr, twice[:20]))} came several times.")
    counts = {tensor.shape[0] for tensor in inputs}
    if len(counts) > 1:
        listed = ", ".join(f"{tensor.name!r} {tensor.shape[0]}" for tensor in inputs[:20])
        raise MalformedBody(f"The inputs have different numbers of rows: {listed}. Send as many values in each.")
    rows = counts.pop()
    if rows > MAX_ONLINE_ROWS:
        raise TooLarge(f"One request takes {MAX_ONLINE_ROWS} rows; send more as a file to POST /batches.")
    if not rows:
        raise MalformedBody("The inputs are empty; send at least one row.")


def _columns(use_case: UseCase, name: str | None, tensor: Tensor) -> Iterator[tuple[str, pa.Array]]:
    width = 1 if len(tensor.shape) == 1 else tensor.shape[1]
    if name is None:
        return
    if name in use_case.columns or len(tensor.shape) == 1:
        if width != 1:
            raise MalformedBody(f"The input {tensor.name!r} is one column; send it as [n] or [n, 1].")
        yield name, tensor.values
        return
    numeric = numeric_columns(use_case)
    if width != len(numeric):
        raise MalformedBody(
            f"The input {tensor.name!r} is no column of {use_case.name}, and as a matrix it has {width} columns where "
            f"{len(numeric)} are numbers: {', '.join(numeric)}."
        )
    places = np.arange(0, tensor.shape[0] * width, width)
    for number, column in enumerate(numeric):
        yield column, tensor.values.take(pa.array(places + number))
