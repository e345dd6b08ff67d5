"""Labels as callers send them, and as columns, as those of a file are."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import pyarrow as pa
from pydantic import Field, StrictFloat, StrictInt, StrictStr

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import UseCaseQuery
from usecases.checking.labels import LabelColumns, check_labels
from usecases.checking.row_model import key_of
from usecases.contract.spec import UseCase

MOST_LABELS = 10_000
"""Labels of one request; more go into a file for `smartpredict labels`."""


class LabelItem(Command):
    """What came true for one prediction; what its values must be is checked label by label."""

    prediction_id: str | None = Field(default=None, max_length=100)
    key: StrictStr | StrictInt | StrictFloat | None = None
    label: str | bool | int | float | None
    labelled_at: str | None = Field(default=None, max_length=100)


class StoreLabels(Command):
    """What came true."""

    use_case: str = Field(max_length=60)
    labels: list[LabelItem] = Field(min_length=1, max_length=MOST_LABELS)


class LabelFileQuery(UseCaseQuery):
    """What a file of labels is for."""

    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
    dry_run: bool = Field(default=False, description="Whether to look only, and store nothing.")


def check_items(use_case: UseCase, items: Sequence[LabelItem]) -> pa.RecordBatch:
    """Convert labels to columns, and check each of them."""
    columns = LabelColumns(
        labels=pa.array([_label(use_case, item.label) for item in items], _label_type(use_case)),
        prediction_ids=pa.array([item.prediction_id for item in items], pa.string()),
        keys=pa.array([_key(item.key) for item in items], pa.string()),
        moments=pa.array([item.labelled_at for item in items], pa.string()),
    )
    return check_labels(use_case, columns)


def _key(value: str | float | None) -> str | None:
    """Read a key as rows have theirs: a whole number as its digits."""
    found = key_of(value)
    return None if found is None else str(found)


def _label_type(use_case: UseCase) -> pa.DataType:
    return pa.string() if use_case.task.definition.names_classes else pa.float64()


def _label(use_case: UseCase, value: Any) -> str | float | None:
    """Convert what JSON may hold to one type: a class as text, or a number."""
    if use_case.task.definition.names_classes:
        return None if value is None else str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return inf  # which is refused as no finite number
