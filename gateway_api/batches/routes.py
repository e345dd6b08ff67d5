"""Files over HTTP: hand one in, and follow what becomes of its rows."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broker.ids import batch_id_of_file
from broker.messages import Source
from gateway_api.door.problems import UnknownBatch
from gateway_api.gateway import Gateway, account_of, gateway_of
from gateway_api.predict.reference import BATCH, BATCH_PREDICTIONS, BATCH_QUARANTINE, BATCHES, UPLOAD
from gateway_api.wire.answers import BatchAnswer, BatchPage, BatchRows, QuarantinedRow, QuarantinePage, UploadAnswer
from gateway_api.wire.csv_stream import csv_response, wants_csv
from gateway_api.wire.cursors import cursor_of_id, cursor_of_number, id_of_cursor, number_of_cursor
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.incoming import place
from gateway_api.wire.parameters import BatchQuery, FileQuery, UploadQuery
from gateway_api.wire.prediction_page import prediction_page
from gateway_api.wire.uploads import StoredUpload, open_upload, stored_upload
from sql.ledger.batches import Batch, BatchLedger, BatchState, announce_batch, find_batch, list_batches
from sql.predictions.past import BatchRange, batch_predictions, csv_of_batch
from sql.quarantine.pages import quarantined_rows
from sql.quarantine.rows import QuarantineFilter, csv_of_quarantine
from usecases.spec import UseCase

router = APIRouter(tags=["Batches"])


@router.post("/batches", **UPLOAD)
async def upload_batch(request: Request, query: Annotated[UploadQuery, Query()]) -> Response:
    """Take a file of any size; its rows are checked and predicted after the answer."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    upload = await open_upload(request, gateway.settings.max_upload_bytes)
    name = safe_file_name(upload.name)
    async with stored_upload(upload, gateway.uploads) as stored:
        source = account_of(request).role.source
        batch = await asyncio.to_thread(_hand_over, gateway, use_case, name, source, stored)
    return _upload_answer(batch, stored)


@router.get("/batches", **BATCHES)
def batches(request: Request, query: Annotated[BatchQuery, Query()]) -> BatchPage:
    """List batches with their ledgers, the newest first."""
    found = list_batches(
        gateway_of(request).engine,
        use_case=query.use_case,
        source=query.source,
        state=query.state,
        after=id_of_cursor(query.cursor),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    more = len(found) > query.limit
    return BatchPage(
        batches=[batch_answer(batch) for batch in shown], next_cursor=cursor_of_id(shown[-1].batch_id) if more else None
    )


@router.get("/batches/{batch_id}", **BATCH)
def batch(request: Request, batch_id: UUID) -> BatchAnswer:
    """Tell where the rows of a batch are."""
    return batch_answer(_known(gateway_of(request), batch_id))


@router.get("/batches/{batch_id}/predictions", **BATCH_PREDICTIONS)
def predictions_of_batch(request: Request, batch_id: UUID, query: Annotated[FileQuery, Query()]) -> Response:
    """List the predictions of a batch in the order of its rows, page by page or as one file."""
    gateway = gateway_of(request)
    known = _known(gateway, batch_id)
    use_case = gateway.use_case(known.use_case)
    ids = BatchRange(known.batch_id, known.first_id, known.last_id)
    if wants_csv(query.format, request):
        return csv_response(csv_of_batch(gateway.engine, use_case, ids), f"{batch_id}-predictions")
    after = id_of_cursor(query.cursor)
    rows = batch_predictions(gateway.engine, use_case, ids, after=after, limit=query.limit + 1)
    return prediction_page(use_case, rows, query.limit)


@router.get("/batches/{batch_id}/quarantine", response_model=None, **BATCH_QUARANTINE)
def quarantine_of_batch(
    request: Request, batch_id: UUID, query: Annotated[FileQuery, Query()]
) -> QuarantinePage | Response:
    """List the bad rows of a batch with everything that is wrong with them, page by page or as one file."""
    gateway = gateway_of(request)
    known = _known(gateway, batch_id)
    if wants_csv(query.format, request):
        columns = gateway.use_case(known.use_case).columns
        chunks = csv_of_quarantine(gateway.engine, QuarantineFilter(batch_id=batch_id), columns)
        return csv_response(chunks, f"{batch_id}-quarantine")
    after = number_of_cursor(query.cursor)
    rows = quarantined_rows(gateway.engine, batch_id, after=after, limit=query.limit + 1)
    shown = [QuarantinedRow.model_validate(dict(row)) for row in rows[: query.limit]]
    more = len(rows) > query.limit
    return QuarantinePage(
        batch_id=batch_id,
        use_case=known.use_case,
        rows=shown,
        next_cursor=cursor_of_number(shown[-1].row_number) if more else None,
    )


def _hand_over(gateway: Gateway, use_case: UseCase, name: str, source: Source, stored: StoredUpload) -> Batch:
    """Make the batch known, then have its file appear: so it is followed from its first moment, and keeps its source."""
    known = announce_batch(
        gateway.engine,
        batch_id=batch_id_of_file(use_case.name, stored.digest, name),
        use_case=use_case.name,
        source=source,
        name=name,
        schema_hash=use_case.schema_hash,
    )
    if known.state is BatchState.RECEIVED:
        # Also where it was announced before: the gateway may have died between the two steps.
        place(stored, gateway.incoming / use_case.name / name)
    return known


def _known(gateway: Gateway, batch_id: UUID) -> BatchLedger:
    found = find_batch(gateway.engine, batch_id)
    if found is None:
        raise UnknownBatch(f"There is no batch {batch_id}. The answer of an upload and GET /batches name them.")
    return found


def _upload_answer(batch: Batch, stored: StoredUpload) -> Response:
    answer = UploadAnswer(
        batch_id=batch.id,
        use_case=batch.use_case,
        name=batch.name,
        state=batch.state,
        received_at=batch.received_at,
        size=stored.size,
        sha256=stored.digest,
    )
    return JSONResponse(answer.model_dump(mode="json"), status_code=202, headers={"Location": f"/batches/{batch.id}"})


def batch_answer(batch: BatchLedger) -> BatchAnswer:
    """Lay a ledger out as an answer."""
    settled = batch.predicted + batch.quarantined + batch.dead_lettered
    took = batch.last_recorded_at - batch.received_at if batch.is_done and batch.last_recorded_at else None
    return BatchAnswer(
        batch_id=batch.batch_id,
        use_case=batch.use_case,
        source=batch.source,
        name=batch.name,
        state=batch.state,
        done=batch.is_done,
        balanced=batch.is_balanced,
        rows=BatchRows(
            rows_in=batch.rows_in,
            predicted=batch.predicted,
            quarantined=batch.quarantined,
            dead_lettered=batch.dead_lettered,
            pending=batch.pending,
        ),
        progress=settled / batch.rows_in if batch.rows_in else None,
        problem=batch.problem,
        model_version=batch.model_version,
        received_at=batch.received_at,
        read_at=batch.finished_at,
        committed_at=batch.last_recorded_at,
        seconds_to_commit=None if took is None else round(took.total_seconds(), 3),
    )
