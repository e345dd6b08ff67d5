"""Predict rows, or only check them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from broker.ids import to_milliseconds
from broker.service.tracing import NO_SPAN
from gateway_api.door.accounts import account_of
from gateway_api.door.problems import InvalidParameters, KeyReused, TooLarge
from gateway_api.gateway import gateway_of
from gateway_api.predict.answers import CheckAnswer, check_answer
from gateway_api.predict.file_check import CheckQuery, check_upload, sends_file
from gateway_api.predict.joining import with_joined_features
from gateway_api.predict.online import OnlineRequest, encode_answer
from gateway_api.predict.reference import CHECK, PREDICT
from gateway_api.wire.body import check_body, read_body, read_rows, require_json
from sql.ledger.request_keys import KeptRequest, RequestKeyReusedError, keep_request
from usecases.checking.row_model import Row
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.models.explaining import MAX_EXPLAINED_ROWS

MAX_KEY_LENGTH = 255
"""Longest `Idempotency-Key`; a UUID has 36 characters."""

router = APIRouter(tags=["Predict"])


@router.post("/predict", **PREDICT)
async def predict(request: Request) -> Response:
    """Predict one row, or up to 1,000 at once."""
    # The request is read by hand, and comes by the fast path: FastAPI's costs more than all that is done here.
    gateway = gateway_of(request)
    wanted = _wanted(request.scope["query_string"])
    online = gateway.online(wanted.use_case)
    require_json(request)
    body = await read_body(request, gateway.settings.max_body_bytes)
    rows = _few_if_explained(await read_rows(online.reader, body), explain=wanted.explain)
    key = request.headers.get("idempotency-key")
    if key is None:
        asked = _asked(request, rows, explain=wanted.explain)
    else:
        content = online.use_case.name.encode() + b"\0" + body
        asked = await _asked_with_key(request, key, rows, content, explain=wanted.explain)
    if online.use_case.feature_tables:
        asked = await asyncio.to_thread(
            with_joined_features, gateway.engine, online.use_case, asked, may_be_repeated=key is not None
        )
    # An explanation takes long; whoever asks only for predictions does not wait for it in the same message.
    predict_rows = online.coalescer.predict if key is None and not wanted.explain else online.lane.predict_alone
    predicted = await predict_rows(asked, gateway.settings.predict_deadline.total_seconds())
    online.metrics.rows.inc(len(rows))
    return Response(encode_answer(online.use_case, asked, predicted), media_type="application/json")


@router.post("/check", response_model_exclude_unset=True, **CHECK)
async def check(request: Request, query: Annotated[CheckQuery, Query()]) -> CheckAnswer:
    """Check one row, or up to 1,000 at once; nothing is predicted or stored."""
    gateway = gateway_of(request)
    online = gateway.online(query.use_case)
    if sends_file(request):
        return await check_upload(request, gateway, online.use_case)
    require_json(request)
    body = await read_body(request, gateway.settings.max_body_bytes)
    return check_answer(online.use_case, await asyncio.to_thread(check_body, online.reader, body))


def _few_if_explained(rows: Sequence[Row], *, explain: bool) -> Sequence[Row]:
    if explain and len(rows) > MAX_EXPLAINED_ROWS:
        raise TooLarge(f"{MAX_EXPLAINED_ROWS} rows are explained at once; send fewer, or leave `explain` out.")
    return rows


def _asked(request: Request, rows: Sequence[Row], *, explain: bool, kept: KeptRequest | None = None) -> OnlineRequest:
    """Build the request for a worker; one that was kept has its batch and its time already."""
    return OnlineRequest(
        batch_id=request.scope["request_id"] if kept is None else kept.batch_id,
        received_at=to_milliseconds(datetime.now(UTC)) if kept is None else kept.received_at,
        source=request.scope["account"].role.source,
        rows=rows,
        is_gone=request.is_disconnected,
        explain=explain,
        span=request.scope.get("span", NO_SPAN),
    )


async def _asked_with_key(
    request: Request, key: str, rows: Sequence[Row], content: bytes, *, explain: bool
) -> OnlineRequest:
    """Build a request with a key: the same one again has the same batch, and so the same ids."""
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidParameters(
            f"Idempotency-Key takes 1 to {MAX_KEY_LENGTH} printable ASCII characters, such as a UUID."
        )
    now = to_milliseconds(datetime.now(UTC))
    digest = hashlib.sha256(content).hexdigest()
    account = account_of(request)
    try:
        kept = await asyncio.to_thread(keep_request, gateway_of(request).engine, account.name, key, digest, now)
    except RequestKeyReusedError:
        raise KeyReused(
            "This Idempotency-Key was used for other rows or another use case within the last 24 hours. "
            "Take a new key for a new request."
        ) from None
    request.scope["request_id"] = kept.batch_id
    return _asked(request, rows, explain=explain, kept=kept)


class _Wanted(NamedTuple):
    """What the query of a request asks for."""

    use_case: str
    explain: bool


@lru_cache(maxsize=256)
def _wanted(query: bytes) -> _Wanted:
    """Read the parameters there are; a misspelt one is refused, lest it be another use case that predicts."""
    parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    given = dict(parameters)
    if len(given) < len(parameters) or not given.keys() <= {"use_case", "explain"}:
        names = ", ".join(name[:60] for name, _ in parameters)
        raise InvalidParameters(f"/predict takes the parameters `use_case` and `explain`, each once; found {names}.")
    explain = given.get("explain", "false")
    if explain not in {"true", "false"}:
        raise InvalidParameters(f"`explain` is true or false; found {explain[:60]!r}.")
    return _Wanted(given.get("use_case", DEFAULT_USE_CASE), explain == "true")
