"""POST /check: what is wrong with rows, before anything is predicted."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from gateway_api.gateway import gateway_of
from gateway_api.quarantine.answers import CheckAnswer
from gateway_api.quarantine.reference import CHECK
from gateway_api.quarantine.requests import UseCaseQuery
from gateway_api.wire.answers import RowError
from gateway_api.wire.body import read_body, require_json
from gateway_api.wire.row_checks import check_body

router = APIRouter(tags=["Predict"])


@router.post("/check", **CHECK)
async def check(request: Request, query: Annotated[UseCaseQuery, Query()]) -> CheckAnswer:
    """Check one row, or up to 1,000 at once; nothing is predicted or stored."""
    gateway = gateway_of(request)
    online = gateway.online(query.use_case)
    require_json(request)
    body = await read_body(request, gateway.settings.max_body_bytes)
    found = await asyncio.to_thread(check_body, online.reader, body)
    return CheckAnswer(
        use_case=online.use_case.name,
        rows_in=found.rows,
        good=found.rows - found.bad,
        bad=found.bad,
        errors=[RowError.model_validate(error) for error in found.errors],
        errors_total=found.errors_total,
    )
