"""Rows and predictions in columns: tables that are checked like files, and answers a column at a time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np
import pyarrow as pa

from broker.ids import prediction_ids
from gateway_api.predict.online import OnlineRequest, Predicted
from gateway_api.wire.body import MAX_SHOWN_ERRORS, CheckedRows, invalid_rows, pointer
from usecases.checking.table_check import check_table
from usecases.contract.spec import UseCase
from usecases.formats.arrow_types import plain_array


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
    if not checked.bad:
        return checked.good
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
    raise invalid_rows(CheckedRows(table.num_rows, len(checked.bad), errors, total))


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
