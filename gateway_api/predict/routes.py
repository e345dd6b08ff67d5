"""Predict rows, or only check them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.door.problems import InvalidParameters
from gateway_api.gateway import gateway_of
from gateway_api.predict.answers import CheckAnswer, check_answer
from gateway_api.predict.asking import predict, sends_arrow
from gateway_api.predict.columns import check_arrow
from gateway_api.predict.file_check import CheckQuery, check_upload, sends_file
from gateway_api.predict.reference import CHECK, PREDICT
from gateway_api.wire.body import check_body, read_body, require_json

router = APIRouter(tags=["Predict"])
router.post("/predict", **PREDICT)(predict)


@router.post("/check", response_model=CheckAnswer, response_model_exclude_unset=True, **CHECK)
async def check(request: Request, query: Annotated[CheckQuery, Query()]) -> CheckAnswer | Response:
    """Check one row, or up to 1,000 at once; nothing is predicted or stored."""
    gateway = gateway_of(request)
    online = gateway.online(query.use_case)
    if sends_file(request):
        return await check_upload(request, gateway, online.use_case, query.format)
    if query.format == "xlsx":
        raise InvalidParameters(
            "`format=xlsx` gives bad rows of a file; rows of JSON and of Arrow are answered as JSON."
        )
    limit = gateway.settings.max_body_bytes
    if sends_arrow(request):
        found = await asyncio.to_thread(check_arrow, online.use_case, await read_body(request, limit))
    else:
        require_json(request)
        found = await asyncio.to_thread(check_body, online.reader, await read_body(request, limit))
    return check_answer(online.use_case, found)
