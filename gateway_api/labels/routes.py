"""What came true, for predictions that were made before."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from gateway_api.door.accounts import account_of
from gateway_api.gateway import gateway_of
from gateway_api.labels.answers import LabelError, LabelFileAnswer, LabelsAnswer
from gateway_api.labels.files import SHOWN_ERRORS, take_upload
from gateway_api.labels.reference import LABEL_FILE, LABELS
from gateway_api.labels.requests import LabelFileQuery, StoreLabels, check_items
from gateway_api.wire.commands import read_command
from sql.labels.taking import Delivery, store_labels

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


@router.post("/labels/file", **LABEL_FILE)
async def labels_of_file(request: Request, query: Annotated[LabelFileQuery, Query()]) -> LabelFileAnswer:
    """Store what came true, from a file; a dry run only tells what would be stored."""
    gateway = gateway_of(request)
    delivery = Delivery(gateway.use_case(query.use_case), account_of(request).role.source)
    return await take_upload(request, gateway, delivery, dry_run=query.dry_run)
