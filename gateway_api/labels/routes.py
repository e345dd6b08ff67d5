"""POST /labels: what came true, for predictions that were made before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pyarrow as pa
from fastapi import APIRouter
from starlette.requests import Request

from gateway_api.gateway import account_of, gateway_of
from gateway_api.labels.answers import LabelError, LabelItem, LabelsAnswer, StoreLabels
from gateway_api.labels.reference import LABELS
from gateway_api.wire.commands import read_command
from sql.labels.taking import Delivery, store_labels
from usecases.labels import LabelColumns, check_labels
from usecases.spec import UseCase

SHOWN_ERRORS = 1_000
"""Labels that were not stored and are told one by one; the counts tell of the others."""

PATIENCE = timedelta(seconds=10)
"""How long one statement may take; a search by key over too many predictions is given up then."""

router = APIRouter(tags=["Labels"])


@router.post("/labels", **LABELS)
async def labels(request: Request) -> LabelsAnswer:
    """Store what came true for predictions; good labels are committed, the others are told one by one."""
    gateway = gateway_of(request)
    command = await read_command(request, StoreLabels, gateway.settings.max_body_bytes)
    use_case = gateway.use_case(command.use_case)
    delivery = Delivery(use_case, account_of(request).role.source)
    checked = await asyncio.to_thread(_checked, use_case, command.labels)
    stored, unplaced = await asyncio.to_thread(
        store_labels, gateway.engine, delivery, [checked], shown=SHOWN_ERRORS, patience=PATIENCE
    )
    return LabelsAnswer(
        use_case=use_case.name,
        **asdict(stored),
        errors=[LabelError(pointer=f"/labels/{label.item - 1}", **asdict(label)) for label in unplaced],
    )


def _checked(use_case: UseCase, items: Sequence[LabelItem]) -> pa.RecordBatch:
    columns = LabelColumns(
        labels=pa.array([_label(use_case, item.label) for item in items], _label_type(use_case)),
        prediction_ids=pa.array([item.prediction_id for item in items], pa.string()),
        keys=pa.array([None if item.key is None else str(item.key) for item in items], pa.string()),
        moments=pa.array([item.labelled_at for item in items], pa.string()),
    )
    return check_labels(use_case, columns)


def _label_type(use_case: UseCase) -> pa.DataType:
    return pa.string() if use_case.task.definition.names_classes else pa.float64()


def _label(use_case: UseCase, value: Any) -> str | float | None:
    """Bring what JSON may hold to one type: the name or code of a class as text, or a number."""
    if use_case.task.definition.names_classes:
        if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
            value = int(value)
        return None if value is None else str(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
