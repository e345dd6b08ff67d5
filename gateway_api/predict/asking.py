"""From the rows of a request to their predictions, whichever protocol they came by; and POST /predict, which most come by."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from broker.ids import to_milliseconds
from broker.messages import ARROW_STREAM
from broker.service.tracing import NO_SPAN
from gateway_api.door.accounts import account_of, require_page
from gateway_api.door.problems import DeadlinePassed, InvalidParameters, KeyReused, TooLarge, UnsupportedMediaType
from gateway_api.gateway import Gateway, Online, gateway_of
from gateway_api.predict.columns import MANY_ROWS, arrow_answer, json_answer, read_arrow, read_many
from gateway_api.predict.joining import with_joined_features
from gateway_api.predict.online import OnlineRequest, Predicted, Rows, encode_answer
from gateway_api.wire.body import read_body, read_rows, require_json
from gateway_api.wire.request_keys import only_key, require_key
from sql.ledger.request_keys import RequestKeyReusedError, keep_request
from usecases.checking.json_size import LARGE_BODY
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.models.explaining import MAX_EXPLAINED_ROWS


async def predict(request: Request) -> Response:
    """Predict one row, or up to 1,000 at once."""
    # The request is read by hand, and comes by the fast path: FastAPI's costs more than all that is done here.
    gateway = gateway_of(request)
    wanted = _wanted(request.scope["query_string"])
    if not wanted.store:
        require_page(request, "predict without storing")
    online = gateway.online(wanted.use_case)
    is_arrow = sends_arrow(request)
    if not is_arrow:
        require_json(request)
    answers_arrow = ARROW_STREAM in request.headers.get("accept", "")
    if answers_arrow and wanted.explain:
        raise InvalidParameters(f"Explanations are answered as JSON. Leave `{ARROW_STREAM}` out of Accept.")
    body = await read_body(request, gateway.settings.max_body_bytes)
    read: Awaitable[Rows]
    if is_arrow:
        read = asyncio.to_thread(read_arrow, online.use_case, body)
    elif len(body) > LARGE_BODY or body.count(b"{") > MANY_ROWS:
        read = read_many(online.use_case, online.reader, body)
    else:
        read = read_rows(online.reader, body)
    rows = _few_if_explained(await read, explain=wanted.explain)
    asked = asked_over_http(request, rows, explain=wanted.explain, store=wanted.store)
    keys = request.headers.getlist("idempotency-key")
    key = only_key(keys) if keys else None
    if key is not None and not wanted.store:
        raise InvalidParameters("An Idempotency-Key names what is stored. Leave it out with `store=false`.")
    if key is not None:
        asked = await with_key(gateway, asked, account_of(request).name, key, _content(online, body))
        request.scope["request_id"] = asked.batch_id
    asked, predicted = await ask(gateway, online, asked, may_be_repeated=key is not None)
    if answers_arrow:
        return Response(arrow_answer(online.use_case, asked, predicted), media_type=ARROW_STREAM)
    write = json_answer if isinstance(asked.rows, pa.RecordBatch) else encode_answer
    return Response(write(online.use_case, asked, predicted), media_type="application/json")


def sends_arrow(request: Request) -> bool:
    """Return whether a body says that it is an Arrow stream, which is taken as it is alone.

    Raises
    ------
    UnsupportedMediaType
        If it is packed.
    """
    is_arrow = request.headers.get("content-type", "").partition(";")[0].strip().lower() == ARROW_STREAM
    if is_arrow and request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    return is_arrow


def asked_over_http(
    request: Request, rows: Rows, *, explain: bool = False, model_version: int | None = None, store: bool = True
) -> OnlineRequest:
    """Build the request for a worker."""
    return OnlineRequest(
        batch_id=request.scope["request_id"],
        received_at=to_milliseconds(datetime.now(UTC)),
        source=request.scope["account"].role.source,
        rows=rows,
        is_gone=request.is_disconnected,
        explain=explain,
        model_version=model_version,
        store=store,
        span=request.scope.get("span", NO_SPAN),
    )


async def with_key(gateway: Gateway, asked: OnlineRequest, account: str, key: str, content: bytes) -> OnlineRequest:
    """Return a request with the batch and the time of its key: the same one again has the same ids.

    Parameters
    ----------
    gateway, asked
        What keeps keys, and what is asked for.
    account, key
        Who asks, and what they call the request.
    content
        What came; the key stands for it from now on.

    Raises
    ------
    InvalidParameters
        If it is no key.
    KeyReused
        If the account has used it for other content.
    DeadlinePassed
        If the database did not confirm it in time: a commit waits for as long as a standby is away that has to have it.
    """
    digest = hashlib.sha256(content).hexdigest()
    try:
        async with asyncio.timeout(gateway.settings.predict_deadline.total_seconds()):
            kept = await asyncio.to_thread(
                keep_request, gateway.engine, account, require_key(key), digest, asked.received_at
            )
    except TimeoutError:
        raise DeadlinePassed(
            "The database did not confirm the key of this request in time, so nothing was predicted. "
            "Send it again under the same key."
        ) from None
    except RequestKeyReusedError:
        raise KeyReused(
            "This Idempotency-Key was used for other rows or another use case within the last 24 hours. "
            "Take a new key for a new request."
        ) from None
    return replace(asked, batch_id=kept.batch_id, received_at=kept.received_at)


async def ask(
    gateway: Gateway, online: Online, asked: OnlineRequest, *, may_be_repeated: bool
) -> tuple[OnlineRequest, Predicted]:
    """Have the rows of a request predicted and committed.

    Parameters
    ----------
    gateway, online
        What predicts.
    asked
        Rows that have been checked.
    may_be_repeated
        Whether the request has a key, so that it is predicted once however often it comes.

    Returns
    -------
    tuple
        The request, with the features that are joined to its rows, and what was predicted.

    Raises
    ------
    gateway_api.door.problems.Problem
        If nothing was.
    """
    if online.use_case.feature_tables:
        asked = await asyncio.to_thread(
            with_joined_features, gateway.engine, online.use_case, asked, may_be_repeated=may_be_repeated
        )
    # An explanation takes long; whoever asks only for predictions does not wait for it in the same message.
    is_alone = may_be_repeated or asked.explain or asked.model_version is not None or not asked.store
    predict_rows = online.lane.predict_alone if is_alone else online.coalescer.predict
    predicted = await predict_rows(asked, gateway.settings.predict_deadline.total_seconds())
    if asked.store:
        online.metrics.rows.inc(len(asked.rows))
    return asked, predicted


def _few_if_explained(rows: Rows, *, explain: bool) -> Rows:
    if explain and len(rows) > MAX_EXPLAINED_ROWS:
        raise TooLarge(f"{MAX_EXPLAINED_ROWS} rows are explained at once; send fewer, or leave `explain` out.")
    return rows


def _content(online: Online, body: bytes) -> bytes:
    """Return what a key stands for: the body, and who predicts it."""
    return online.use_case.name.encode() + b"\0" + body


class _Wanted(NamedTuple):
    """What the query of a request asks for."""

    use_case: str
    explain: bool
    store: bool


@lru_cache(maxsize=256)
def _wanted(query: bytes) -> _Wanted:
    """Read the parameters there are; a misspelt one is refused, lest it be another use case that predicts."""
    parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    given = dict(parameters)
    if len(given) < len(parameters) or not given.keys() <= {"use_case", "explain", "store"}:
        names = ", ".join(name[:60] for name, _ in parameters)
        raise InvalidParameters(
            f"/predict takes the parameters `use_case`, `explain` and `store`, each once; found {names}."
        )
    explain, store = given.get("explain", "false"), given.get("store", "true")
    for name, value in (("explain", explain), ("store", store)):
        if value not in {"true", "false"}:
            raise InvalidParameters(f"`{name}` is true or false; found {value[:60]!r}.")
    return _Wanted(given.get("use_case", DEFAULT_USE_CASE), explain == "true", store == "true")
