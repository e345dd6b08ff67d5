"""Files over HTTP: hand one in, and follow what becomes of its rows."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.batches.answers import (
    BatchAnswer,
    BatchPage,
    BatchPredictionsSummary,
    QuarantinePage,
    batch_answer,
    upload_answer,
)
from gateway_api.batches.reference import (
    BATCH,
    BATCH_PREDICTIONS,
    BATCH_PREDICTIONS_SUMMARY,
    BATCH_QUARANTINE,
    BATCHES,
    UPLOAD,
)
from gateway_api.batches.requests import BatchPredictionsQuery, BatchQuery, QuarantineFileQuery, RowsQuery, UploadQuery
from gateway_api.door.accounts import account_of
from gateway_api.door.problems import UnknownBatch
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.wire.answers import QuarantinedRow
from gateway_api.wire.csv_stream import csv_response, file_name, wants_csv, workbook_response
from gateway_api.wire.cursors import (
    cursor_of_id,
    cursor_of_number,
    cursor_of_value,
    cut_page,
    id_of_cursor,
    number_of_cursor,
    value_of_cursor,
)
from gateway_api.wire.file_names import safe_file_name
from gateway_api.wire.incoming import ArrivingFile, hand_over
from gateway_api.wire.prediction_page import prediction_page
from gateway_api.wire.uploads import open_upload, stored_upload
from sql.labels.beside import csv_of_batch, labels_of
from sql.ledger.batch_ledger import BatchLedger, count_batches, find_batch, list_batches
from sql.predictions.archived import archived_between
from sql.predictions.of_batch import BatchRange, PlaceInBatch, batch_predictions, count_of_batch
from sql.quarantine.pages import quarantined_rows
from sql.quarantine.rows import QuarantineFilter, csv_of_quarantine, stream_quarantined
from usecases.checking.rows_workbook import MOST_ROWS, BadRow, write_workbook
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase

router = APIRouter(tags=["Batches"])


@router.post("/batches", **UPLOAD)
async def upload_batch(request: Request, query: Annotated[UploadQuery, Query()]) -> Response:
    """Take a file of any size; its rows are checked and predicted after the answer."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    upload = await open_upload(request, gateway.settings.max_upload_bytes)
    arriving = ArrivingFile(use_case, account_of(request).role.source, safe_file_name(upload.name))
    async with stored_upload(upload, gateway.uploads) as stored:
        batch = await asyncio.to_thread(hand_over, gateway.engine, gateway.incoming, arriving, stored)
    answer = upload_answer(batch, stored).model_dump(mode="json")
    return JSONResponse(answer, status_code=202, headers={"Location": f"/batches/{batch.id}"})


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
    shown, cursor = cut_page(found, query.limit, lambda last: cursor_of_id(last.batch_id))
    total = count_batches(gateway_of(request).engine, use_case=query.use_case, source=query.source, state=query.state)
    return BatchPage(batches=[batch_answer(batch) for batch in shown], next_cursor=cursor, total=total)


@router.get("/batches/{batch_id}", **BATCH)
def batch(request: Request, batch_id: UUID) -> BatchAnswer:
    """Return where the rows of a batch are."""
    return batch_answer(_known(gateway_of(request), batch_id))


@router.get("/batches/{batch_id}/predictions", **BATCH_PREDICTIONS)
def predictions_of_batch(
    request: Request, batch_id: UUID, query: Annotated[BatchPredictionsQuery, Query()]
) -> Response:
    """List the predictions of a batch, all or those that are wanted, page by page or as one file."""
    gateway = gateway_of(request)
    use_case, ids, received_at = _range(gateway, batch_id)
    wanted = query.rows_of(use_case, query.order)
    if wants_csv(query.format, request):
        name = file_name(use_case.name, "predictions", received_at)
        return csv_response(csv_of_batch(gateway.engine, use_case, ids, wanted), name)
    after = value_of_cursor(query.cursor)
    place = None if after is None else PlaceInBatch(*after)
    rows = batch_predictions(gateway.engine, use_case, ids, wanted, after=place, limit=query.limit + 1)
    labels = labels_of(gateway.engine, use_case, [row["id"] for row in rows])
    value = "score" if use_case.classes else "prediction"
    return prediction_page(
        use_case,
        rows,
        labels,
        query.limit,
        archived_rows=partial(archived_between, gateway.engine, use_case.name, batch_id=batch_id),
        cursor_of=lambda last: cursor_of_value(last["id"], last[value]),
    )


@router.get("/batches/{batch_id}/predictions/summary", **BATCH_PREDICTIONS_SUMMARY)
def summary_of_batch(request: Request, batch_id: UUID, query: Annotated[RowsQuery, Query()]) -> BatchPredictionsSummary:
    """Count the predictions of a batch, all or those that are wanted, by class."""
    gateway = gateway_of(request)
    use_case, ids, _ = _range(gateway, batch_id)
    counts = count_of_batch(gateway.engine, use_case, ids, query.rows_of(use_case))
    return BatchPredictionsSummary(
        batch_id=batch_id,
        use_case=use_case.name,
        rows=sum(counts.values()),
        by_class=dict(counts) if use_case.classes else None,
    )


@router.get("/batches/{batch_id}/quarantine", response_model=None, **BATCH_QUARANTINE)
def quarantine_of_batch(
    request: Request, batch_id: UUID, query: Annotated[QuarantineFileQuery, Query()]
) -> QuarantinePage | Response:
    """List the bad rows of a batch with everything that is wrong with them, page by page or as one file."""
    gateway = gateway_of(request)
    known = _known(gateway, batch_id)
    name = file_name(known.use_case, "refused-rows", known.received_at)
    if query.format == "xlsx":
        contract = arriving_contract(gateway.use_case(known.use_case))
        with contextlib.closing(
            stream_quarantined(gateway.engine, QuarantineFilter(batch_id=batch_id, waiting=True))
        ) as waiting:
            waiting_rows = (
                BadRow(row.row_number, row.raw, row.reasons, row.batch_id) for row in islice(waiting, MOST_ROWS)
            )
            content = write_workbook(contract, waiting_rows, are_kept=True)
        return workbook_response(content, name)
    if wants_csv(query.format, request):
        columns = arriving_contract(gateway.use_case(known.use_case)).columns
        chunks = csv_of_quarantine(gateway.engine, QuarantineFilter(batch_id=batch_id), columns)
        return csv_response(chunks, name)
    found = quarantined_rows(gateway.engine, batch_id, after=number_of_cursor(query.cursor), limit=query.limit + 1)
    shown, cursor = cut_page(found, query.limit, lambda last: cursor_of_number(last["row_number"]))
    rows = [QuarantinedRow.model_validate(dict(row)) for row in shown]
    return QuarantinePage(batch_id=batch_id, use_case=known.use_case, rows=rows, next_cursor=cursor)


def _range(gateway: Gateway, batch_id: UUID) -> tuple[UseCase, BatchRange, datetime]:
    """Return whose rows a batch has, which these are, and when it was received."""
    known = _known(gateway, batch_id)
    ids = BatchRange(known.batch_id, known.first_id, known.last_id)
    return gateway.use_case(known.use_case), ids, known.received_at


def _known(gateway: Gateway, batch_id: UUID) -> BatchLedger:
    found = find_batch(gateway.engine, batch_id)
    if found is None:
        raise UnknownBatch(f"There is no batch {batch_id}. The answer of an upload and GET /batches name them.")
    return found
