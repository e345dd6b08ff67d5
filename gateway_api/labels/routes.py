"""What came true, for predictions that were made before."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request

from gateway_api.door.accounts import account_of
from gateway_api.gateway import gateway_of
from gateway_api.labels.answers import LabelError, LabelsAnswer
from gateway_api.labels.reference import LABELS
from gateway_api.labels.requests import StoreLabels, check_items
from gateway_api.wire.commands import read_command
from sql.labels.taking import Delivery, store_labels

SHOWN_ERRORS = 1_000
"""Labels that were not stored and are told one by one; the counts tell of the others."""

STATEMENT_TIMEOUT = timedelta(seconds=10)
"""How long one statement may take; a search by key over too many predictions is given up then."""

router = APIRouter(tags=["Labels"])


@router.post("/labels", **LABELS)
async def labels(request: Request) -> LabelsAnswer:
    """Store what came true for predictions; good labels are committed, the others are told one by one."""
    gateway = gateway_of(request)
    command = await read_command(request, StoreLabels, gateway.settings.max_body_bytes)
    use_case = gateway.use_case(command.use_case)
    delivery = Delivery(use_case, account_of(request).role.source)
    checked = await asyncio.to_thread(check_items, use_case, command.labels)
    stored, unplaced = await asyncio.to_thread(
        store_labels, gateway.engine, delivery, [checked], shown=SHOWN_ERRORS, patience=STATEMENT_TIMEOUT
    )
    return LabelsAnswer(
        use_case=use_case.name,
        **asdict(stored),
        errors=[LabelError(pointer=f"/labels/{label.item - 1}", **asdict(label)) for label in unplaced],
    )
